"""The fixed part of a paper's file: what draws the form, before anything that is this paper's own.

A paper set from a forme shows one drawing first, the form, and its own texts over it. Everything the drawing needs
stands at the beginning of the file, before the page's own content; so where two files begin with the same bytes, the
same form is drawn, and what the look has read of it once holds for all of them. This module finds out, from the bytes
alone, whether a file is built like that, and where its fixed part ends. Every doubt is a no: then the form's drawing
counts as something that has no business on the page.

What must hold, since pdfium is to draw what these bytes say and nothing else (ISO 32000-1, 7.5):

- one cross-reference table, of one section, at the end; each entry leads to the object of its number; the objects
  follow each other without gaps. So no object can be replaced by a later one.
- the page's content is the first object that is the paper's own; it begins by showing the form: no state that could
  change the drawing (position, spacing, clipping) is set before.
- of the fixed objects only the page and the catalog refer to others behind them.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

_END = re.compile(rb"startxref\n([0-9]{1,10})\n%%EOF\n\Z")
_TABLE = re.compile(rb"xref\n0 ([0-9]{1,6})\n0000000000 65535 f \n")
_ENTRY_BYTES = 20
_ENTRY = re.compile(rb"([0-9]{10}) 00000 n \n")
_TRAILER = re.compile(rb"trailer\n<</Size ([0-9]+)/Root ([0-9]+) 0 R/Info [0-9]+ 0 R/ID\[<[0-9a-f]+><[0-9a-f]+>\]>>\n")
_PAGES = re.compile(rb"/Pages ([0-9]+) 0 R")
_ONE_PAGE = re.compile(rb"/Kids ?\[([0-9]+) 0 R\]")
_CONTENTS = re.compile(rb"/Contents ([0-9]+) 0 R")
_DRAWING = re.compile(rb"/XObject<</([A-Za-z0-9]+) ([0-9]+) 0 R>>")
_REFERENCE = re.compile(rb"([0-9]+)\s+[0-9]+\s+R\b")
_OBJECTS_MAX = 10_000
_END_BYTES_MAX = 64


@dataclass(frozen=True, slots=True)
class FixedPart:
    """What identifies the fixed part, the SHA-256 of its bytes; and where the page's own content shows it.

    `closed`: nothing of the drawing lies behind the fixed part.
    """

    digest: bytes
    closed: bool
    shown_from: int
    shown_to: int

    def left_out(self, pdf: bytes) -> bytes:
        """Give the same file without its form: the one operator that shows it is blank, all else is as it was."""
        return b"".join((pdf[: self.shown_from], b" " * (self.shown_to - self.shown_from), pdf[self.shown_to :]))


def find_fixed_part(pdf: bytes) -> FixedPart | None:
    """Find the fixed part of a file; None where the file is not built like that."""
    offsets, root = _objects(pdf)
    if not offsets:
        return None
    body = _Bodies(pdf, offsets)
    pages = _number(_PAGES, body.of(root))
    page = _number(_ONE_PAGE, body.of(pages))
    leaf = body.of(page)
    contents = _number(_CONTENTS, leaf)
    drawing = _DRAWING.search(leaf)
    if not 0 < contents < len(offsets) or drawing is None or leaf.count(b"/XObject") != 1:
        return None
    if not 0 < int(drawing[2]) < contents or not 0 < page < contents or not 0 < root < contents:
        return None
    own = body.of(contents)
    shows = re.match(rb"[0-9]+ 0 obj\n<</Length [0-9]+>>\nstream\n(/%s Do)\n" % drawing[1], own)
    if shows is None:
        return None
    fixed = pdf[: offsets[contents]]
    closed = all(
        int(found) < contents
        for number in range(1, contents)
        if number not in {page, root}
        for found in _REFERENCE.findall(body.dictionary(number))
    )
    return FixedPart(
        hashlib.sha256(fixed).digest(), closed, offsets[contents] + shows.start(1), offsets[contents] + shows.end(1)
    )


class _Bodies:
    """The bytes of each object. `offsets` by number, with the end of the last object behind them at number 0."""

    def __init__(self, pdf: bytes, offsets: list[int]) -> None:
        self._pdf = pdf
        self._offsets = offsets

    def of(self, number: int) -> bytes:
        """Give an object's bytes; nothing for a number that is none."""
        if not 0 < number < len(self._offsets):
            return b""
        end = self._offsets[number + 1] if number + 1 < len(self._offsets) else self._offsets[0]
        return self._pdf[self._offsets[number] : end]

    def dictionary(self, number: int) -> bytes:
        """Give an object's bytes without those of its stream."""
        return self.of(number).split(b"\nstream\n", 1)[0]


def _objects(pdf: bytes) -> tuple[list[int], int]:
    """Read the one cross-reference table: where each object is (0: where they end), and which is the catalog."""
    nothing: tuple[list[int], int] = ([], 0)
    if not pdf.startswith(b"%PDF-1.4\n") or b"/Linearized" in pdf[:1024]:
        return nothing
    end = _END.search(pdf, max(0, len(pdf) - _END_BYTES_MAX))
    table = _TABLE.match(pdf, int(end[1])) if end else None
    if end is None or table is None or not 1 < int(table[1]) < _OBJECTS_MAX:
        return nothing
    count = int(table[1])
    first = table.end()
    trailer = _TRAILER.match(pdf, first + (count - 1) * _ENTRY_BYTES)
    if trailer is None or trailer.end() != end.start() or int(trailer[1]) != count:
        return nothing
    entries = _ENTRY.findall(pdf[first : trailer.start()])
    if len(entries) != count - 1:
        return nothing
    offsets = [table.start(), *map(int, entries)]
    following = [*offsets[2:], table.start()]
    for number, (start, stop) in enumerate(zip(offsets[1:], following, strict=True), 1):
        if (
            start >= stop
            or not pdf.startswith(b"%d 0 obj\n" % number, start)
            or not pdf.endswith(b"\nendobj\n", start, stop)
        ):
            return nothing
    return offsets, int(trailer[2])


def _number(pattern: re.Pattern[bytes], body: bytes) -> int:
    """Find the one number a pattern names; 0 where it names none, or several."""
    found = pattern.findall(body)
    return int(found[0]) if len(found) == 1 else 0
