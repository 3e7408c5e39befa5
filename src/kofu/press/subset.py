"""A subset of the font for the texts of one paper, assembled from the font file's own outlines.

One slot per cluster (a character with its variation selector), so that each glyph on paper leads back to exactly the
text it was set from, even where two texts share an outline. Slot 0 is .notdef, as TrueType wants it. The tables are
those a PDF needs of an embedded TrueType font (ISO 32000-1, 9.9); outlines and hinting are copied as they are.
"""

from __future__ import annotations

import io
import struct
import sys
from array import array
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

from fontTools.ttLib import TTFont, TTLibError

from kofu.core.errors import OperatorFault
from kofu.core.font_file import FontFile

_COPIED = ("cvt ", "fpgm", "prep")
_COMPOSITE = -1
_LONG_OFFSETS = 1
_WORD = 0xFFFFFFFF


_Table = tuple[bytes, int, int]
"""A table: its bytes in whole words, its length without what fills them up, its checksum."""


class GlyphRecord(NamedTuple):
    """What a subset takes of one glyph, ready as bytes: its outline in whole words, its metric, its checksum.

    `width`: how far it advances in thousandths of the size, as a PDF says it.
    """

    outline: bytes
    metric: bytes
    checksum: int
    width: bytes


class FontOutlines:
    """The outlines and widths of one TrueType font held in memory.

    A glyph's record is kept once it was asked for, one for each glyph of the font at most. It is made of the font alone
    and the same whoever's paper shows it.
    """

    def __init__(self, file: FontFile) -> None:
        """Open the font. Raises `OperatorFault` for a file that is no TrueType font."""
        try:
            with TTFont(io.BytesIO(file.data), lazy=True) as font:
                self._glyph_ids = {name: index for index, name in enumerate(font.getGlyphOrder())}
                self._offsets = font["loca"].locations
                self._widths = [(width, side) for width, side in map(font["hmtx"].metrics.get, font.getGlyphOrder())]
                self.units_per_em: int = font["head"].unitsPerEm
                tables = font.reader.tables
                self._glyf_at: int = tables["glyf"].offset
                fixed = {name: bytes(font.reader[name]) for name in _COPIED if name in tables}
                self._fixed = {name: _ready(table) for name, table in fixed.items()}
                self._counted = {name: bytes(font.reader[name]) for name in ("head", "hhea", "maxp")}
                self._file = file.data
        except (KeyError, ValueError, TTLibError) as error:
            raise OperatorFault("bad_font", "the font file is no TrueType font that can be read") from error
        self._records: dict[int, GlyphRecord] = {}
        self._by_count: dict[int, dict[str, _Table]] = {}  # as many as papers have numbers of characters

    def glyph_id(self, name: str) -> int:
        """Give the number of a glyph of the font."""
        return self._glyph_ids[name]

    def width(self, glyph: int) -> int:
        """Give how far a glyph advances, in units of the font."""
        return int(self._widths[glyph][0])

    def record(self, glyph: int) -> GlyphRecord:
        """Give what a subset takes of a glyph. Raises `ValueError` for one composed of others."""
        known = self._records.get(glyph)
        if known is not None:
            return known
        start, end = self._offsets[glyph], self._offsets[glyph + 1]
        data = self._file[self._glyf_at + start : self._glyf_at + end]
        if data and int.from_bytes(data[:2], "big", signed=True) == _COMPOSITE:
            raise ValueError("the glyph is composed of others")
        outline = _whole(data)
        width, side = self._widths[glyph]
        record = GlyphRecord(
            outline,
            struct.pack(">Hh", width, side),
            _checksum(outline),
            b"%.7g" % (width * 1000 / self.units_per_em),
        )
        self._records[glyph] = record
        return record

    def subset(self, records: Sequence[GlyphRecord]) -> bytes:
        """Assemble a font whose slot 0 draws the first of `records`, .notdef, and so on."""
        count = len(records)
        outlines, metrics, checksums, _ = zip(*records, strict=True)
        glyf = b"".join(outlines)
        offsets = struct.pack(f">{count + 1}I", *accumulate(map(len, outlines), initial=0))
        own = {
            "glyf": (glyf, len(glyf), sum(checksums) & _WORD),
            "hmtx": _ready(b"".join(metrics)),
            "loca": _ready(offsets),
        }
        return _file_of(self._fixed | self._with_count(count) | own)

    def _with_count(self, count: int) -> dict[str, _Table]:
        """Give the tables that say how many glyphs there are."""
        known = self._by_count.get(count)
        if known is None:
            head, hhea, maxp = (bytearray(self._counted[name]) for name in ("head", "hhea", "maxp"))
            struct.pack_into(">I", head, 8, 0)  # the checksum over the whole file: of no use in a PDF
            struct.pack_into(">h", head, 50, _LONG_OFFSETS)
            struct.pack_into(">H", hhea, 34, count)
            struct.pack_into(">H", maxp, 4, count)
            known = {name: _ready(bytes(table)) for name, table in (("head", head), ("hhea", hhea), ("maxp", maxp))}
            self._by_count[count] = known
        return known


def _ready(table: bytes) -> _Table:
    whole = _whole(table)
    return whole, len(table), _checksum(whole)


def _file_of(tables: dict[str, _Table]) -> bytes:
    """Put tables into one file, in the order of their names (OpenType 1.9, table directory)."""
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    parts = [struct.pack(">IHHHH", 0x00010000, count, 16 * power, power.bit_length() - 1, 16 * (count - power))]
    at = 12 + 16 * count
    bodies = []
    for name in sorted(tables):
        whole, size, checksum = tables[name]
        parts.append(struct.pack(">4sIII", name.encode("ascii"), checksum, at, size))
        bodies.append(whole)
        at += len(whole)
    return b"".join((*parts, *bodies))


def _whole(table: bytes) -> bytes:
    """Fill up to whole words of four bytes."""
    return table + b"\0" * (-len(table) % 4)


def _checksum(whole: bytes) -> int:
    words = array("I", whole)
    if sys.byteorder == "little":
        words.byteswap()
    return sum(words) & _WORD
