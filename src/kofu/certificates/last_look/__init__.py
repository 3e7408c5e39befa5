"""The last look (最終照合): reads the finished paper back and compares it with the facts, by code of its own (P2).

`release` is the only way to a `ReleasedCertificate`. It knows nothing of how the paper was made: from the order it
writes every expected text itself (`wording`), from the form version it takes the boxes and the approved labels
(`layout`), from the bytes it reads every text and drawing with another PDF engine (`reading`), and `comparison` finds
what differs. Every text of the paper must be an expected value in its own box or an approved label in its own place,
once; so what is swapped, missing, added, doubled, stale or somebody else's has nowhere to hide.

It does not see what only the eye sees: a glyph drawn wrongly under the right code point is the matter of
`press.glyphs`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache

import msgspec

from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look.code import code_faults
from kofu.certificates.last_look.comparison import Drawings, Slot, compare_page, sampled_points, slots_by_page
from kofu.certificates.last_look.drawing import Outline, read_drawing, read_seal
from kofu.certificates.last_look.layout import SPECIMEN_DRAWING, Box, Layout, load_layout
from kofu.certificates.last_look.mismatch import Difference, Fault, LastLookMismatch
from kofu.certificates.last_look.reading import Unreadable, read_pages
from kofu.certificates.last_look.wording import expected_texts
from kofu.certificates.released import LAST_LOOK_ONLY, ReleasedCertificate
from kofu.certificates.signing_keys import PublicKey

__all__ = ["Difference", "Fault", "LastLookMismatch", "differences", "facts_digest", "release"]

SEAL_MM_MAX = 25.0
"""住民記録システム標準仕様 5.6: an electronic seal is at most 25 mm square."""


def release(order: CertificateOrder, pdf: bytes, *, code_keys: Sequence[PublicKey] = ()) -> ReleasedCertificate:
    """Read `pdf` and release it where it says what `order` says, all of it and nothing more.

    With `code_keys` the paper must bear a code that one of them signed, and that says the facts; without, no code.
    Raises `LastLookMismatch` with every difference found, and `OperatorFault` where the form version is not approved
    or the seal's drawing cannot be read: without something to compare with, nothing is released.
    """
    expected = expected_texts(order)
    layout = load_layout(order.kind.value, order.form_version)
    pages, faults = slots_by_page(layout, expected)
    code = layout.code if code_keys else None
    found = _compare(order, pdf, layout, pages, [*expected.faults, *faults], code=code)
    if code_keys and not found:
        last = len(pages)
        found = (
            (Difference(last, "signed_code", Fault.CODE),)
            if code is None
            else tuple(code_faults(order, expected, pdf, page=last, box=code, keys=code_keys))
        )
    if found:
        raise LastLookMismatch(found)
    return ReleasedCertificate(
        pdf=pdf,
        sha256=hashlib.sha256(pdf).hexdigest(),
        pages=len(pages),
        certificate_number=order.certificate_number,
        title=expected.texts["title"],
        facts_digest=facts_digest(order),
        seal=LAST_LOOK_ONLY,
    )


def differences(order: CertificateOrder, pdf: bytes) -> tuple[Difference, ...]:
    """Every difference between the paper and the order's facts, in the order of pages; empty where there is none."""
    return compare(order, pdf, load_layout(order.kind.value, order.form_version))


def compare(order: CertificateOrder, pdf: bytes, layout: Layout) -> tuple[Difference, ...]:
    """Find the differences with a given layout."""
    expected = expected_texts(order)
    slots, faults = slots_by_page(layout, expected)
    return _compare(order, pdf, layout, slots, [*expected.faults, *faults])


def _compare(
    order: CertificateOrder,
    pdf: bytes,
    layout: Layout,
    slots: list[list[Slot]],
    found: list[Difference],
    *,
    code: Box | None = None,
) -> tuple[Difference, ...]:
    if not 0 < order.authority.seal_mm <= SEAL_MM_MAX:
        found.append(Difference(0, "seal", Fault.SEAL))
    drawings = Drawings(
        seal=read_seal(order.authority.seal_svg),
        seal_mm=order.authority.seal_mm,
        specimen=specimen_outlines() if order.specimen else (),
        code=code,
    )
    try:
        pages = read_pages(pdf, sampled_points(drawings))
    except Unreadable:
        return (*found, Difference(0, "", Fault.UNREADABLE))
    if len(pages) != len(slots):
        found.append(Difference(0, "", Fault.PAGE_COUNT))
    for number, (page, of_page) in enumerate(zip(pages, slots, strict=False), start=1):
        last = number == len(slots)
        found.extend(compare_page(number, page, of_page, layout, drawings, last=last))
    return tuple(found)


@cache
def specimen_outlines() -> tuple[Outline, ...]:
    """Read the word 見本 once: it comes with the program."""
    return read_drawing(SPECIMEN_DRAWING.read_bytes()).outlines


def facts_digest(order: CertificateOrder) -> str:
    """SHA-256 (hex) over every fact of the order: generation, form version and seal included, keys in a fixed order."""
    return hashlib.sha256(msgspec.json.encode(order, order="deterministic")).hexdigest()
