"""Reading a finished PDF back with pdfium: every text with its place, every drawing, nothing about facts.

Everything on a page is an object of one of two kinds, text or path; any other kind (pictures, forms, shadings) is
reported as strange, and so are annotations, attachments and interactive forms. Texts are read object by object, with
the box of their ink. Places are mm from the top left corner of the page.

pdfium is not for several threads at once, so one lock per process stands around each reading.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

import pypdfium2.raw as pdfium
from pypdfium2 import PdfDocument  # noqa: F401 - importing it initialises the library once for the process

from kofu.certificates.last_look.layout import Box
from kofu.core.errors import OurFault

PAGES_MAX = 20
OBJECTS_MAX = 5_000
TEXT_UNITS_MAX = 4_096
WHITE = "\n"
"""What stands for white space that pdfium does not name: like the end of a line, it may be any space or none."""
INK_MM_MIN = 0.01
LINE_POINTS_MAX = 3.0  # rules are 1 pt, the border of a seal 2.6 pt; the smallest type is 6 pt high
MM_PER_POINT = 25.4 / 72
_LOCK = Lock()
_BLACK = (0, 0, 0, 255)


class Unreadable(OurFault):
    """The bytes are no PDF that can be read to its end."""

    def __init__(self, message: str) -> None:
        """Build the error from a sentence without text of the paper."""
        super().__init__("unreadable_pdf", message)


@dataclass(frozen=True, slots=True)
class Text:
    """One text object: what it says and the box of its ink. `hidden`: clipped, not filled black, or nothing."""

    text: str
    box: Box
    hidden: bool
    baseline: float  # mm from the top: the ink of a comma or an apostrophe does not tell its line


@dataclass(frozen=True, slots=True)
class FilledPath:
    """A filled path: its box, how many points it has, those asked for as (index, x, y) in its own coordinates."""

    box: Box
    points: int
    samples: tuple[tuple[int, float, float], ...]
    matrix: tuple[float, float, float, float, float, float]

    def on_page(self, x: float, y: float, page_height: float) -> tuple[float, float]:
        """Tell where a point of the path's own coordinates lies on a page of `page_height` mm: mm from the top left."""
        a, b, c, d, e, f = self.matrix
        return (a * x + c * y + e) * MM_PER_POINT, page_height - (b * x + d * y + f) * MM_PER_POINT


@dataclass(frozen=True, slots=True)
class Page:
    """One page. `strange` counts objects that have no business on a certificate."""

    width: float
    height: float
    texts: tuple[Text, ...]
    filled: tuple[FilledPath, ...]
    strange: int
    fonts_missing: int


def read_pages(pdf: bytes, sampled: Mapping[int, tuple[int, ...]]) -> tuple[Page, ...]:
    """Read all pages. `sampled`: of filled paths with so many points, the indexes to read. Raises `Unreadable`."""
    with _LOCK, _document(pdf) as document:
        count = pdfium.FPDF_GetPageCount(document)
        if not 1 <= count <= PAGES_MAX:
            raise Unreadable("a certificate has at least one page and not many")
        extras = pdfium.FPDFDoc_GetAttachmentCount(document) + (pdfium.FPDF_GetFormType(document) != 0)
        return tuple(_read_page(document, index, extras, sampled) for index in range(count))


@contextmanager
def _document(pdf: bytes) -> Iterator[object]:
    document = pdfium.FPDF_LoadMemDocument64(pdf, len(pdf), None)
    if not document:
        raise Unreadable("pdfium cannot open the bytes")
    try:
        yield document
    finally:
        pdfium.FPDF_CloseDocument(document)


def _read_page(document: object, index: int, extras: int, sampled: Mapping[int, tuple[int, ...]]) -> Page:
    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        raise Unreadable("pdfium cannot load a page")
    try:
        texts = pdfium.FPDFText_LoadPage(page)
        if not texts:
            raise Unreadable("pdfium cannot read the text of a page")
        try:
            return _Reader(page, texts, extras, sampled).read()
        finally:
            pdfium.FPDFText_ClosePage(texts)
    finally:
        pdfium.FPDF_ClosePage(page)


class _Reader:
    """Reads one page. The buffers pdfium writes into are made once: a page has hundreds of objects."""

    def __init__(self, page: object, texts: object, extras: int, sampled: Mapping[int, tuple[int, ...]]) -> None:
        self._sampled = sampled
        self._page = page
        self._texts = texts
        self._strange = extras + pdfium.FPDFPage_GetAnnotCount(page)
        self._width = pdfium.FPDF_GetPageWidthF(page)
        self._height = pdfium.FPDF_GetPageHeightF(page)
        self._buffer = ctypes.create_string_buffer(2 * TEXT_UNITS_MAX)
        self._units = ctypes.cast(self._buffer, ctypes.POINTER(ctypes.c_ushort))
        self._edges = tuple(ctypes.c_float() for _ in range(4))
        self._edge_refs = tuple(map(ctypes.byref, self._edges))
        self._colour = tuple(ctypes.c_uint() for _ in range(4))
        self._colour_refs = tuple(map(ctypes.byref, self._colour))
        self._matrix = pdfium.FS_MATRIX()
        self._modes = (ctypes.c_int(), ctypes.c_int())
        self._mode_refs = tuple(map(ctypes.byref, self._modes))

    def read(self) -> Page:
        count = pdfium.FPDFPage_CountObjects(self._page)
        if not 0 <= count <= OBJECTS_MAX:
            raise Unreadable("a page of a certificate has a limited number of objects")
        texts: list[Text] = []
        filled: list[FilledPath] = []
        fonts: dict[int, object] = {}
        for index in range(count):
            item = pdfium.FPDFPage_GetObject(self._page, index)
            kind = pdfium.FPDFPageObj_GetType(item)
            if kind == pdfium.FPDF_PAGEOBJ_TEXT:
                texts.append(self._text(item))
                font = pdfium.FPDFTextObj_GetFont(item)
                fonts[ctypes.addressof(font.contents)] = font
            elif kind == pdfium.FPDF_PAGEOBJ_PATH:
                pdfium.FPDFPath_GetDrawMode(item, *self._mode_refs)
                self._strange += self._modes[1].value != 0 and self._is_thick(item)
                if self._modes[0].value:
                    filled.append(self._path(item))
            else:
                self._strange += 1
        return Page(
            width=self._width * MM_PER_POINT,
            height=self._height * MM_PER_POINT,
            texts=tuple(texts),
            filled=tuple(filled),
            strange=self._strange,
            fonts_missing=sum(1 for font in fonts.values() if pdfium.FPDFFont_GetIsEmbedded(font) != 1),
        )

    def _text(self, item: object) -> Text:
        size = pdfium.FPDFTextObj_GetText(item, self._texts, self._units, 2 * TEXT_UNITS_MAX)
        if size > 2 * TEXT_UNITS_MAX:
            raise Unreadable("a text of a certificate has a limited length")
        text = ctypes.string_at(self._buffer, size - 2).decode("utf-16-le", errors="replace") if size > 1 else ""
        text = text.replace("\x02", "-")  # how pdfium tells a hyphen at the end of a line
        pdfium.FPDFPageObj_GetFillColor(item, *self._colour_refs)
        red, green, blue, alpha = self._colour
        black = (red.value, green.value, blue.value, alpha.value) == _BLACK
        visible = black and pdfium.FPDFTextObj_GetTextRenderMode(item) == pdfium.FPDF_TEXTRENDERMODE_FILL
        clipped = pdfium.FPDFClipPath_CountPaths(pdfium.FPDFPageObj_GetClipPath(item)) > 0
        box = self._box(item)
        if not text and box.right - box.left < INK_MM_MIN and box.bottom - box.top < INK_MM_MIN:
            text = WHITE  # pdfium gives no text for an object that is nothing but U+3000
        hidden = clipped or not visible or not text.strip(" ")
        return Text(text, box, hidden=hidden, baseline=self._baseline(item))

    def _baseline(self, item: object) -> float:
        if not pdfium.FPDFPageObj_GetMatrix(item, self._matrix):
            raise Unreadable("a text of a page has no place")
        baseline: float = (self._height - self._matrix.f) * MM_PER_POINT
        return baseline

    def _is_thick(self, item: object) -> bool:
        """Whether a line is so thick that it could cover a text."""
        width = self._edges[0]
        pdfium.FPDFPageObj_GetStrokeWidth(item, self._edge_refs[0])
        drawn: float = width.value
        if drawn <= LINE_POINTS_MAX:
            return False
        matrix = pdfium.FS_MATRIX()
        pdfium.FPDFPageObj_GetMatrix(item, matrix)
        scale: float = max(abs(matrix.a), abs(matrix.b), abs(matrix.c), abs(matrix.d))
        return drawn * scale > LINE_POINTS_MAX

    def _box(self, item: object) -> Box:
        if not pdfium.FPDFPageObj_GetBounds(item, *self._edge_refs):
            raise Unreadable("an object of a page has no place")
        left, bottom, right, top = self._edges
        height = self._height
        return Box(
            left.value * MM_PER_POINT,
            (height - top.value) * MM_PER_POINT,
            right.value * MM_PER_POINT,
            (height - bottom.value) * MM_PER_POINT,
        )

    def _path(self, item: object) -> FilledPath:
        x, y = ctypes.c_float(), ctypes.c_float()
        count = pdfium.FPDFPath_CountSegments(item)
        points = []
        for index in self._sampled.get(count, ()):
            pdfium.FPDFPathSegment_GetPoint(pdfium.FPDFPath_GetPathSegment(item, index), x, y)
            points.append((index, x.value, y.value))
        matrix = pdfium.FS_MATRIX()
        if not pdfium.FPDFPageObj_GetMatrix(item, matrix):
            raise Unreadable("a path of a page has no place")
        turned = (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)
        return FilledPath(self._box(item), count, tuple(points), turned)
