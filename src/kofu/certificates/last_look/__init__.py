"""The last look (最終照合): reads what a finished paper draws and compares it with the facts, by code of its own (P2).

`take_last_look` is the only way to a `ReleasedCertificate`. It knows nothing of how the paper was made, and shares no
code with what made it:

    wording                     writes every expected text itself, from the order's facts
    layout, form_ink, slots     where each text stands, and what the form itself marks, as approved
    syntax, file, document      the file: one revision, every byte and every key accounted for
    true_type, certified,       the certified fonts, and the paper's own held against them, outline by outline
    embedded
    content, marks              what is drawn, for exactly the operators papers are written with
    svg, code                   the seal, the word 見本, the signed code
    ink, values                 the comparison: nothing is missing, nothing else is there
    plain                       the same for values as nearly all stand, of a whole page at once
    metadata                    what the file says of itself
    judgement                   whether a difference is one person's text or the machine

What PDFium reads out of the same bytes is a second witness (`witness`): the nightly re-check and the tests ask it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look.approved import approved_producers
from kofu.certificates.last_look.certified import CertifiedFonts
from kofu.certificates.last_look.code import code_faults
from kofu.certificates.last_look.content import Begun
from kofu.certificates.last_look.document import FixedPart, PaperFile, read_document
from kofu.certificates.last_look.file import read_file
from kofu.certificates.last_look.form_ink import PageKind
from kofu.certificates.last_look.ink import KnownForm, PageRead, WantedPage, compare_page
from kofu.certificates.last_look.judgement import MismatchCause, judge
from kofu.certificates.last_look.layout import Layout, load_layout
from kofu.certificates.last_look.metadata import describes_itself
from kofu.certificates.last_look.mismatch import LastLookMismatch, MismatchKind, PaperDifference
from kofu.certificates.last_look.slots import PageSlots, slots_by_page
from kofu.certificates.last_look.syntax import Unreadable
from kofu.certificates.last_look.values import POINTS_PER_MM, PaperReading
from kofu.certificates.last_look.wording import ExpectedTexts, expected_texts
from kofu.certificates.released import LAST_LOOK_ONLY, ReleasedCertificate
from kofu.certificates.signing_keys import PublicKey

__all__ = [
    "CertifiedFonts",
    "LastLookMismatch",
    "MismatchCause",
    "MismatchKind",
    "PaperDifference",
    "facts_digest",
    "judge",
    "take_last_look",
]

SEAL_MM_MAX = 25.0
"""住民記録システム標準仕様 5.6: an electronic seal is at most 25 mm square."""
FORMS_MAX = 256


def take_last_look(
    order: CertificateOrder, pdf: bytes, fonts: CertifiedFonts, *, code_keys: Sequence[PublicKey] = ()
) -> ReleasedCertificate:
    """Read `pdf` and release it where it shows what `order` says, all of it and nothing more, in the certified `fonts`.

    With `code_keys` the paper must bear a code that one of them signed, and that says the facts; without, no code.
    Raises `LastLookMismatch` with every difference found, and `OperatorFault` where the form version is not approved
    or the seal's drawing cannot be read: without something to compare with, nothing is released.
    """
    expected = expected_texts(order)
    layout = load_layout(order.kind.value, order.form_version)
    pages, form_bytes, found = _compare(order, pdf, layout, expected, fonts=fonts, keys=code_keys)
    if found:
        raise LastLookMismatch(found)
    return ReleasedCertificate(
        pdf=pdf,
        pages=pages,
        certificate_number=order.certificate_number,
        title=expected.texts["title"],
        facts_digest=facts_digest(order),
        form_bytes=form_bytes,
        seal=LAST_LOOK_ONLY,
    )


def _compare(
    order: CertificateOrder,
    pdf: bytes,
    layout: Layout,
    expected: ExpectedTexts,
    *,
    fonts: CertifiedFonts,
    keys: Sequence[PublicKey],
) -> tuple[int, int, tuple[PaperDifference, ...]]:
    """Compare the paper with an order.

    How many pages the order has, with how many bytes the file begins as others of its form do, and the differences.
    """
    values, faults = slots_by_page(layout, expected)
    found = [*expected.faults, *faults]
    if not 0 < order.authority.seal_mm <= SEAL_MM_MAX:
        found.append(PaperDifference(0, "seal", MismatchKind.SEAL))
    wanted = [
        WantedPage(
            layout,
            number,
            PageKind(number == len(values), page.rows),
            order.authority,
            order.specimen,
            bool(keys) and number == len(values),
        )
        for number, page in enumerate(values, start=1)
    ]
    forms = _Forms(order, fonts, wanted)
    try:
        file = read_file(pdf)
        document = read_document(file, fonts, forms.fixed)
        if not describes_itself(document, file.trailer.identifiers, order.as_of, approved_producers()):
            found.append(PaperDifference(0, "", MismatchKind.METADATA))
        reads = _read_pages(document, values, wanted, PaperReading(fonts, {}), forms)
    except Unreadable as fault:
        return len(values), 0, (*found, PaperDifference(0, "", MismatchKind.UNREADABLE, fault.message))
    if len(document.pages) != len(values):
        found.append(PaperDifference(0, "", MismatchKind.PAGE_COUNT))
    for read in reads:
        found.extend(read.differences)
    if keys and not found:
        found += _code_differences(order, expected, layout, reads, keys)
    return len(values), 0 if document.fixed is None else len(document.fixed.data), tuple(found)


def _read_pages(
    document: PaperFile, values: Sequence[PageSlots], wanted: Sequence[WantedPage], reading: PaperReading, forms: _Forms
) -> list[PageRead]:
    known = document.fixed is not None and document.fixed is forms.fixed
    reads = [
        compare_page(page, slots, want, reading, KnownForm(known, forms.begun(want)))
        for page, slots, want in zip(document.pages, values, wanted, strict=False)
    ]
    if not known and len(document.pages) == len(wanted) and not any(read.differences for read in reads):
        forms.remember(document, reads)
    return reads


def _code_differences(
    order: CertificateOrder,
    expected: ExpectedTexts,
    layout: Layout,
    reads: Sequence[PageRead],
    keys: Sequence[PublicKey],
) -> list[PaperDifference]:
    pages = len(reads)
    if layout.code is None:
        return [PaperDifference(pages, "signed_code", MismatchKind.CODE)]
    return code_faults(
        order,
        expected,
        reads[-1].code,
        pages=pages,
        box=layout.code,
        page_height=layout.height * POINTS_PER_MM,
        keys=keys,
    )


_Key = tuple[object, ...]
_right_fixed_parts: dict[_Key, FixedPart] = {}
_right_beginnings: dict[_Key, Begun] = {}


class _Forms:
    """What was read of forms before and found to be what is wanted, so that it need not be read in every paper.

    Of a paper that shows its forms as drawings, the bytes its file begins with, in which they lie; of another, the
    beginning of its content. Nothing in either is anybody's. It is kept only after all pages were compared with the
    approved form, seal and specimen mark, one by one, for just these kinds of pages. `fixed`: the bytes a right file
    of the order begins with, where they are known: the very bytes are compared, so no other file is taken for it.
    """

    def __init__(self, order: CertificateOrder, fonts: CertifiedFonts, wanted: Sequence[WantedPage]) -> None:
        authority = order.authority
        self._frame = (
            *(order.kind.value, order.form_version, order.specimen),
            *(authority.seal_svg, authority.seal_mm, fonts.digest),
        )
        self._wanted = wanted
        self._key = (*self._frame, *(want.kind for want in wanted))
        self.fixed = _right_fixed_parts.get(self._key)

    def begun(self, wanted: WantedPage) -> Begun | None:
        """Give how the content of a page begins that does not show its form as a drawing."""
        return _right_beginnings.get((*self._frame, wanted.kind, wanted.code))

    def remember(self, document: PaperFile, reads: Sequence[PageRead]) -> None:
        """Keep what was found right on all pages."""
        for kept in (_right_fixed_parts, _right_beginnings):
            if len(kept) >= FORMS_MAX:
                kept.clear()
        if document.fixed is not None:
            _right_fixed_parts[self._key] = document.fixed
        for want, read in zip(self._wanted, reads, strict=True):
            if read.begun is not None:
                _right_beginnings[(*self._frame, want.kind, want.code)] = read.begun


def facts_digest(order: CertificateOrder) -> str:
    """SHA-256 (hex) over every fact of the order: generation, form version and seal included, keys in a fixed order."""
    return hashlib.sha256(msgspec.json.encode(order, order="deterministic")).hexdigest()
