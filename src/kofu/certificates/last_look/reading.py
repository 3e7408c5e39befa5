"""Reading a finished PDF back with pdfium: every text with its place, every drawing, nothing about facts.

Everything on a page is an object of one of two kinds, text or path; any other kind (pictures, shadings) is reported as
strange, and so are annotations, attachments and interactive forms. The one exception is the form itself, where it is
the fixed part of the file (see `fixed_part`): one drawing, shown once, first, as it is. It is read like the rest the
first time its bytes are met; from then on what was read is kept under their digest, which is no person's. Texts are
read object by object, with the box of their ink. Places are mm from the top left corner of the page.

pdfium is not for several threads at once, so one lock per process stands around each reading.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, NamedTuple

import pypdfium2.raw as pdfium
from pypdfium2 import PdfDocument  # noqa: F401 - importing it initialises the library once for the process

from kofu.certificates.last_look.fixed_part import find_fixed_part
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
ONE_AT_A_TIME = Lock()
_BLACK = [0, 0, 0, 255]


def _bare(function: Any, result: Any, *arguments: Any) -> Callable[..., Any]:
    """Bind a function of pdfium to plain addresses: hundreds of objects a page, and no Python pointer made for each."""
    address: Any = ctypes.cast(function, ctypes.c_void_p).value
    return ctypes.CFUNCTYPE(result, *arguments)(address)


_P, _I = ctypes.c_void_p, ctypes.c_int
_get_object = _bare(pdfium.FPDFPage_GetObject, _P, _P, _I)
_render_mode = _bare(pdfium.FPDFTextObj_GetTextRenderMode, _I, _P)
_draw_mode = _bare(pdfium.FPDFPath_GetDrawMode, _I, _P, _P, _P)
_text_of = _bare(pdfium.FPDFTextObj_GetText, ctypes.c_ulong, _P, _P, _P, ctypes.c_ulong)
_font_of = _bare(pdfium.FPDFTextObj_GetFont, _P, _P)
_is_embedded = _bare(pdfium.FPDFFont_GetIsEmbedded, _I, _P)
_fill_colour = _bare(pdfium.FPDFPageObj_GetFillColor, _I, _P, _P, _P, _P, _P)
_clip_path = _bare(pdfium.FPDFPageObj_GetClipPath, _P, _P)
_clips = _bare(pdfium.FPDFClipPath_CountPaths, _I, _P)
_bounds = _bare(pdfium.FPDFPageObj_GetBounds, _I, _P, _P, _P, _P, _P)
_stroke_width = _bare(pdfium.FPDFPageObj_GetStrokeWidth, _I, _P, _P)
_matrix_of = _bare(pdfium.FPDFPageObj_GetMatrix, _I, _P, _P)
_kind_of = _bare(pdfium.FPDFPageObj_GetType, _I, _P)
_count_in = _bare(pdfium.FPDFFormObj_CountObjects, _I, _P)
_object_in = _bare(pdfium.FPDFFormObj_GetObject, _P, _P, ctypes.c_ulong)
_AS_IT_IS = [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]


class Unreadable(OurFault):
    """The bytes are no PDF that can be read to its end."""

    def __init__(self, message: str) -> None:
        """Build the error from a sentence without text of the paper."""
        super().__init__("unreadable_pdf", message)


class Text(NamedTuple):
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


@dataclass(frozen=True, slots=True, eq=False)
class Objects:
    """What was read of the objects of a page, or of its fixed part. `strange` counts those with no business there.

    `held`: of a fixed part, the frames it was compared in and found to be the form.
    """

    texts: tuple[Text, ...]
    filled: tuple[FilledPath, ...]
    strange: int
    fonts_missing: int
    held: list[object] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its own objects, and those of the fixed part it shows, if it is built like that."""

    width: float
    height: float
    own: Objects
    fixed: Objects | None

    @property
    def texts(self) -> tuple[Text, ...]:
        """All texts of the page."""
        return self.own.texts if self.fixed is None else (*self.fixed.texts, *self.own.texts)

    @property
    def filled(self) -> tuple[FilledPath, ...]:
        """All filled paths of the page."""
        return self.own.filled if self.fixed is None else (*self.fixed.filled, *self.own.filled)

    @property
    def strange(self) -> int:
        """How many objects have no business on a certificate."""
        return self.own.strange + (self.fixed.strange if self.fixed else 0)

    @property
    def fonts_missing(self) -> int:
        """How many fonts are not embedded."""
        return self.own.fonts_missing + (self.fixed.fonts_missing if self.fixed else 0)


Sampled = Mapping[int, tuple[int, ...]]


def read_pages(pdf: bytes, sampled: Sampled) -> tuple[Page, ...]:
    """Read all pages. `sampled`: of filled paths with so many points, the indexes to read. Raises `Unreadable`.

    Where the file's fixed part was read before, the form is left out of what pdfium is given: nothing of it has to be
    parsed and gathered once more, and every drawing that is still shown has no business there.
    """
    found = find_fixed_part(pdf)
    key = (found.digest, tuple(sorted(sampled.items()))) if found is not None and found.closed else None
    with ONE_AT_A_TIME:
        known = None if key is None else _known.get(key)
        read = pdf if known is None or found is None else found.left_out(pdf)
        with _document(read) as document:
            count = pdfium.FPDF_GetPageCount(document)
            if not 1 <= count <= PAGES_MAX:
                raise Unreadable("a certificate has at least one page and not many")
            extras = pdfium.FPDFDoc_GetAttachmentCount(document) + (pdfium.FPDF_GetFormType(document) != 0)
            return tuple(_read_page(document, index, extras, sampled, _Form(key, known)) for index in range(count))


FIXED_MAX = 64
_Key = tuple[bytes, tuple[tuple[int, tuple[int, ...]], ...]]
_known: dict[_Key, Objects] = {}  # guarded by ONE_AT_A_TIME


class _Form(NamedTuple):
    """The fixed part of a file: what it is kept under (None: it has none), and what is known of it."""

    key: _Key | None
    known: Objects | None


def _remember(key: _Key, fixed: Objects) -> None:
    if len(_known) >= FIXED_MAX:
        _known.clear()
    _known[key] = fixed


@contextmanager
def _document(pdf: bytes) -> Iterator[object]:
    document = pdfium.FPDF_LoadMemDocument64(pdf, len(pdf), None)
    if not document:
        raise Unreadable("pdfium cannot open the bytes")
    try:
        yield document
    finally:
        pdfium.FPDF_CloseDocument(document)


def _read_page(document: object, index: int, extras: int, sampled: Sampled, form: _Form) -> Page:
    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        raise Unreadable("pdfium cannot load a page")
    try:
        texts = pdfium.FPDFText_LoadPage(page)
        if not texts:
            raise Unreadable("pdfium cannot read the text of a page")
        try:
            return _Reader(page, texts, extras, sampled).read(form)
        finally:
            pdfium.FPDFText_ClosePage(texts)
    finally:
        pdfium.FPDF_ClosePage(page)


def _is_as_it_is(item: int | None) -> bool:
    """Whether an object is a drawing shown in its own place and size, all of it."""
    matrix = (ctypes.c_float * 6)()
    return (
        _kind_of(item) == pdfium.FPDF_PAGEOBJ_FORM
        and bool(_matrix_of(item, ctypes.addressof(matrix)))
        and list(matrix) == _AS_IT_IS
        and _clips(_clip_path(item)) <= 0
    )


class _Reader:
    """Reads one page. The buffers pdfium writes into are made once: a page has hundreds of objects."""

    def __init__(self, page: Any, texts: Any, extras: int, sampled: Sampled) -> None:
        self._sampled = sampled
        self._page = page
        self._page_at = ctypes.cast(page, ctypes.c_void_p).value
        self._texts_at = ctypes.cast(texts, ctypes.c_void_p).value
        self._strange = extras + pdfium.FPDFPage_GetAnnotCount(page)
        self._width = pdfium.FPDF_GetPageWidthF(page)
        self._height = pdfium.FPDF_GetPageHeightF(page)
        self._buffer = ctypes.create_string_buffer(2 * TEXT_UNITS_MAX)
        self._buffer_at = ctypes.addressof(self._buffer)
        self._edges = (ctypes.c_float * 4)()
        self._edges_at = _addresses(self._edges)
        self._colour = (ctypes.c_uint * 4)()
        self._colour_at = _addresses(self._colour)
        self._matrix = (ctypes.c_float * 6)()
        self._matrix_at = ctypes.addressof(self._matrix)
        self._modes = (ctypes.c_int * 2)()
        self._modes_at = _addresses(self._modes)

    def read(self, form: _Form) -> Page:
        """Read the page; and the form's drawing, where it is not known yet."""
        count = pdfium.FPDFPage_CountObjects(self._page)
        if not 0 <= count <= OBJECTS_MAX:
            raise Unreadable("a page of a certificate has a limited number of objects")
        items = [_get_object(self._page_at, index) for index in range(count)]
        fixed = form.known
        if form.key is not None and fixed is None and items and _is_as_it_is(items[0]):
            drawing = items.pop(0)
            count = _count_in(drawing)
            if not 0 <= count <= OBJECTS_MAX:
                raise Unreadable("a form has a limited number of objects")
            fixed = self._objects([_object_in(drawing, index) for index in range(count)], 0)
            _remember(form.key, fixed)
        own = self._objects(items, self._strange)
        return Page(self._width * MM_PER_POINT, self._height * MM_PER_POINT, own, fixed)

    def _objects(self, items: list[int], strange: int) -> Objects:
        texts: list[Text] = []
        filled: list[FilledPath] = []
        fonts: set[int] = set()
        for item in items:
            mode = _render_mode(item)
            if mode != pdfium.FPDF_TEXTRENDERMODE_UNKNOWN:  # unknown: of every object that is no text
                texts.append(self._text(item, mode))
                fonts.add(_font_of(item))
            elif _draw_mode(item, *self._modes_at):  # 0: of every object that is no path
                fill, stroke = self._modes
                strange += stroke != 0 and self._is_thick(item)
                if fill:
                    filled.append(self._path(item))
            else:
                strange += 1
        missing = sum(1 for font in fonts if _is_embedded(font) != 1)
        return Objects(tuple(texts), tuple(filled), strange, missing)

    def _text(self, item: int, mode: int) -> Text:
        size = _text_of(item, self._texts_at, self._buffer_at, 2 * TEXT_UNITS_MAX)
        if size > 2 * TEXT_UNITS_MAX:
            raise Unreadable("a text of a certificate has a limited length")
        text = ctypes.string_at(self._buffer_at, size - 2).decode("utf-16-le", errors="replace") if size > 1 else ""
        text = text.replace("\x02", "-")  # how pdfium tells a hyphen at the end of a line
        visible = (
            mode == pdfium.FPDF_TEXTRENDERMODE_FILL
            and _fill_colour(item, *self._colour_at)
            and self._colour[:] == _BLACK
        )
        clipped = _clips(_clip_path(item)) > 0
        box = self._box(item)
        if not text and box.right - box.left < INK_MM_MIN and box.bottom - box.top < INK_MM_MIN:
            text = WHITE  # pdfium gives no text for an object that is nothing but U+3000
        hidden = clipped or not visible or not text.strip(" ")
        if not _matrix_of(item, self._matrix_at):
            raise Unreadable("a text of a page has no place")
        return Text(text, box, hidden, (self._height - self._matrix[5]) * MM_PER_POINT)

    def _is_thick(self, item: int) -> bool:
        """Whether a line is so thick that it could cover a text."""
        _stroke_width(item, self._edges_at[0])
        drawn = self._edges[0]
        if drawn <= LINE_POINTS_MAX:
            return False
        _matrix_of(item, self._matrix_at)
        return drawn * max(map(abs, self._matrix[:4])) > LINE_POINTS_MAX

    def _box(self, item: int) -> Box:
        if not _bounds(item, *self._edges_at):
            raise Unreadable("an object of a page has no place")
        left, bottom, right, top = self._edges
        height = self._height
        return Box(
            left * MM_PER_POINT, (height - top) * MM_PER_POINT, right * MM_PER_POINT, (height - bottom) * MM_PER_POINT
        )

    def _path(self, item: int) -> FilledPath:
        x, y = ctypes.c_float(), ctypes.c_float()
        path = ctypes.cast(item, pdfium.FPDF_PAGEOBJECT)
        count = pdfium.FPDFPath_CountSegments(path)
        points = []
        for index in self._sampled.get(count, ()):
            pdfium.FPDFPathSegment_GetPoint(pdfium.FPDFPath_GetPathSegment(path, index), x, y)
            points.append((index, x.value, y.value))
        if not _matrix_of(item, self._matrix_at):
            raise Unreadable("a path of a page has no place")
        a, b, c, d, e, f = self._matrix
        return FilledPath(self._box(item), count, tuple(points), (a, b, c, d, e, f))


def _addresses(values: ctypes.Array[Any]) -> tuple[int, ...]:
    """Tell where each value of an array is; the array must outlive the addresses."""
    start = ctypes.addressof(values)
    step = ctypes.sizeof(values) // len(values)
    return tuple(range(start, start + ctypes.sizeof(values), step))
