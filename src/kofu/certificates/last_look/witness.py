"""The second witness: what PDFium, an engine of its own, reads out of the same bytes.

The last look compares outlines; this compares the text that a program finds in them, through the file's own table of
meanings, object by object in the boxes. The nightly re-check asks it about every paper of the day, the tests about
every form: both must agree. It takes several milliseconds, so it does not stand before each release.

PDFium is not for several threads at once, so one lock per process stands around each reading.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from threading import Lock
from typing import NamedTuple, TypeAlias

import pypdfium2
import pypdfium2.raw

from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look.certified import CertifiedFonts, Glyph
from kofu.certificates.last_look.form_ink import Label, PageKind
from kofu.certificates.last_look.layout import Layout, load_layout
from kofu.certificates.last_look.mismatch import MismatchKind, PaperDifference
from kofu.certificates.last_look.slots import PageSlots, slots_by_page
from kofu.certificates.last_look.values import POINTS_PER_MM
from kofu.certificates.last_look.wording import expected_texts
from kofu.core.names import clusters

LINE_STEP = 4.0  # points; lines of one text are further apart: the smallest type is 6 pt
TOLERANCE = 0.4 * POINTS_PER_MM  # ink of a glyph may stand out of its box by a hair
_BREAK = "\n"
_SPACES = " \u3000"
_SPACE_SIGNS: frozenset[object] = frozenset(_SPACES)
_ONE_AT_A_TIME = Lock()
_Sign: TypeAlias = "Glyph | str"


class WitnessText(NamedTuple):
    """One text object: what it says, the edges of its ink and its baseline, in points from the bottom left."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    baseline: float


def texts_of(pdf: bytes) -> tuple[tuple[WitnessText, ...], ...]:
    """Read the texts of every page. Raises `pypdfium2.PdfiumError` for bytes PDFium cannot read."""
    with _ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(pdf)
        try:
            return tuple(_texts_on(document[index]) for index in range(len(document)))
        finally:
            document.close()


def _texts_on(page: pypdfium2.PdfPage) -> tuple[WitnessText, ...]:
    found = []
    textpage = page.get_textpage()
    for item in page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_TEXT], max_depth=2, textpage=textpage):
        text = str(item.extract()).replace("\x02", "-").strip("\r\n")  # \x02: a hyphen at the end of a line
        if text.strip(_SPACES):
            left, bottom, right, top = item.get_bounds()
            found.append(WitnessText(text, left, bottom, right, top, item.get_matrix().f))
    return tuple(found)


def witness(order: CertificateOrder, pdf: bytes, fonts: CertifiedFonts) -> tuple[PaperDifference, ...]:
    """Say where PDFium reads another text than the order's; empty where it agrees."""
    layout = load_layout(order.kind.value, order.form_version)
    expected, _ = slots_by_page(layout, expected_texts(order))
    try:
        pages = texts_of(pdf)
    except pypdfium2.PdfiumError:
        return (PaperDifference(0, "", MismatchKind.UNREADABLE),)
    if len(pages) != len(expected):
        return (PaperDifference(0, "", MismatchKind.PAGE_COUNT),)
    found: list[PaperDifference] = []
    for number, (texts, values) in enumerate(zip(pages, expected, strict=True), start=1):
        kind = PageKind(number == len(pages), values.rows)
        labels = [mark for mark in layout.ink.on(kind) if isinstance(mark, Label)]
        found += _page(number, texts, values, layout, labels, fonts=fonts)
    return tuple(found)


def _page(
    number: int,
    texts: Sequence[WitnessText],
    values: PageSlots,
    layout: Layout,
    labels: Sequence[Label],
    *,
    fonts: CertifiedFonts,
) -> list[PaperDifference]:
    height = layout.height * POINTS_PER_MM
    inside: dict[int, list[WitnessText]] = {}
    others: Counter[tuple[_Sign, ...]] = Counter()
    for text in texts:
        index = _box_of(text, values, height)
        if index is None:
            others[_signs(text.text.strip(_SPACES), fonts)] += 1
        else:
            inside.setdefault(index, []).append(text)
    found = []
    for index, slot in enumerate(values.slots):
        if not _agree(_read(inside.get(index, []), fonts), _signs(slot.text, fonts)):
            found.append(PaperDifference(number, slot.field, MismatchKind.SECOND_WITNESS))
    if others != Counter(signs for label in labels if (signs := _signs("".join(label.clusters).strip(_SPACES), fonts))):
        found.append(PaperDifference(number, "", MismatchKind.SECOND_WITNESS))
    return found


def _box_of(text: WitnessText, values: PageSlots, height: float) -> int | None:
    for index, slot in enumerate(values.slots):
        left, top, right, bottom = (edge * POINTS_PER_MM for edge in slot.box)
        if (
            text.left >= left - TOLERANCE
            and text.right <= right + TOLERANCE
            and text.top <= height - top + TOLERANCE
            and text.bottom >= height - bottom - TOLERANCE
        ):
            return index
    return None


def _read(texts: Sequence[WitnessText], fonts: CertifiedFonts) -> tuple[_Sign, ...]:
    """Put the texts of a box together, line by line."""
    lines: list[list[WitnessText]] = []
    for text in sorted(texts, key=lambda one: -one.baseline):
        if lines and lines[-1][0].baseline - text.baseline < LINE_STEP:
            lines[-1].append(text)
        else:
            lines.append([text])
    read: list[_Sign] = []
    for number, line in enumerate(lines):
        read += [_BREAK] if number else []
        for text in sorted(line, key=lambda one: one.left):
            read += _signs(text.text, fonts)
    return tuple(read)


def _signs(text: str, fonts: CertifiedFonts) -> tuple[_Sign, ...]:
    """Give the glyph of each character: of several texts of one glyph the file can name only one."""
    return tuple(cluster if cluster in _SPACE_SIGNS else fonts.glyph(cluster) or cluster for cluster in clusters(text))


def _agree(read: Sequence[_Sign], expected: Sequence[_Sign]) -> bool:
    """Compare one by one; only white space has several ways to be right.

    PDFium adds a space of its own where characters stand apart, reads several as one, and gives no text for an object
    that is nothing but U+3000; where a line ends, the spaces at the break are not set.
    """
    at = 0
    for sign in read:
        while at < len(expected) and expected[at] in _SPACE_SIGNS and sign != expected[at]:
            at += 1
        if at < len(expected) and sign == expected[at]:
            at += 1
        elif sign not in {_BREAK, " "}:
            return False
    return all(sign in _SPACE_SIGNS for sign in expected[at:])
