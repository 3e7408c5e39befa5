"""The words a page draws, and where: read with PDFium, which shares nothing with the press or the last look."""

from __future__ import annotations

import ctypes
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium


class UnreadablePaperError(Exception):
    """PDFium does not open the paper."""


_BREAKS = frozenset({0x0A, 0x0D, 0x20})
_HALVES = range(0xD800, 0xE000)
"""Halves of one character, as UTF-16 writes it."""


class Word(NamedTuple):
    """Characters drawn in one run; where, in points from the lower left corner. `x`, `y`: its middle."""

    text: str
    left: float
    right: float
    x: float
    y: float


class Page:
    """The words of a page, found by what they say and by how high they stand."""

    def __init__(self, words: Iterable[Word]) -> None:
        """Sort the words in."""
        self.words = tuple(words)
        self._called: dict[str, list[Word]] = defaultdict(list)
        self._high: dict[int, list[Word]] = defaultdict(list)
        for word in self.words:
            self._called[word.text].append(word)
            self._high[int(word.y)].append(word)

    def called(self, text: str) -> list[Word]:
        """Give the words that say `text`, from above."""
        return sorted(self._called.get(text, ()), key=lambda word: -word.y)

    def between(self, low: float, high: float) -> list[Word]:
        """Give the words whose middle lies between two heights."""
        return [word for y in range(int(low), int(high) + 1) for word in self._high.get(y, ()) if low < word.y < high]

    def row(self, word: Word, reach: float) -> list[Word]:
        """Give the words beside one."""
        return self.between(word.y - reach, word.y + reach)


def pages_of(pdf: bytes) -> tuple[Page, ...]:
    """Give the words of each page. Raises `UnreadablePaperError`."""
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise UnreadablePaperError(str(error)) from error
    try:
        return tuple(Page(_words(document[number])) for number in range(len(document)))
    finally:
        document.close()


def _words(page: pypdfium2.PdfPage) -> Iterator[Word]:
    """Put characters together to runs: PDFium itself says where one ends, by a blank or break that nothing drew."""
    textpage = page.get_textpage()
    raw = textpage.raw
    try:
        count = textpage.count_chars()
        units = _units(raw, count)
        place = _Place(raw)
        begin = 0
        ends = [index for index, unit in enumerate(units) if unit in _BREAKS]
        for index in (*ends, count):
            if index < count and pdfium.FPDFText_IsGenerated(raw, index) != 1:
                continue
            if index > begin:
                yield _word(place, units[begin:index], begin)
            begin = index + 1
    finally:
        textpage.close()


def _units(raw: pdfium.FPDF_TEXTPAGE, count: int) -> Sequence[int]:
    """Give every character's number, all at once where PDFium counts them as it numbers them."""
    text = (ctypes.c_ushort * (count + 1))()
    if pdfium.FPDFText_GetText(raw, 0, count, text) == count + 1:
        return text[:count]
    return [pdfium.FPDFText_GetUnicode(raw, index) for index in range(count)]


def _word(place: _Place, units: Sequence[int], begin: int) -> Word:
    """Place a run by its first and its last character."""
    text = "".join(map(chr, units))
    if any(unit in _HALVES for unit in units):
        text = text.encode("utf-16", "surrogatepass").decode("utf-16")
    first = place.of(begin)
    last = place.of(begin + len(units) - 1) if len(units) > 1 else first
    left, right = min(first[0], last[0]), max(first[1], last[1])
    middle = (min(first[2], last[2]) + max(first[3], last[3])) / 2
    return Word(text, left, right, (left + right) / 2, middle)


class _Place:
    """Where characters stand; PDFium writes it into the same four numbers each time."""

    def __init__(self, raw: pdfium.FPDF_TEXTPAGE) -> None:
        """Look at a page."""
        self._raw = raw
        self._sides = tuple(ctypes.c_double() for _ in range(4))
        self._into = tuple(map(ctypes.byref, self._sides))

    def of(self, index: int) -> tuple[float, float, float, float]:
        """Give left, right, bottom, top of a character, in points."""
        pdfium.FPDFText_GetCharBox(self._raw, index, *self._into)
        left, right, bottom, top = self._sides
        return left.value, right.value, bottom.value, top.value
