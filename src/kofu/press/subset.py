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

from fontTools.ttLib import TTFont, TTLibError

from kofu.core.errors import OperatorFault
from kofu.core.font_file import FontFile

_COPIED = ("cvt ", "fpgm", "prep")
_COMPOSITE = -1
_LONG_OFFSETS = 1


class FontOutlines:
    """The outlines and widths of one TrueType font held in memory: nothing is kept of what was asked for."""

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
                wanted = ("head", "hhea", "maxp", *(name for name in _COPIED if name in tables))
                self._tables = {name: bytes(font.reader[name]) for name in wanted}
                self._file = file.data
        except (KeyError, ValueError, TTLibError) as error:
            raise OperatorFault("bad_font", "the font file is no TrueType font that can be read") from error

    def glyph_id(self, name: str) -> int:
        """Give the number of a glyph of the font."""
        return self._glyph_ids[name]

    def width(self, glyph: int) -> int:
        """Give how far a glyph advances, in units of the font."""
        return int(self._widths[glyph][0])

    def outline(self, glyph: int) -> bytes:
        """Give the bytes that draw a glyph. Raises `ValueError` for one composed of others: it cannot stand alone."""
        start, end = self._offsets[glyph], self._offsets[glyph + 1]
        data = self._file[self._glyf_at + start : self._glyf_at + end]
        if data and int.from_bytes(data[:2], "big", signed=True) == _COMPOSITE:
            raise ValueError("the glyph is composed of others")
        return data

    def subset(self, glyphs: Sequence[int]) -> bytes:
        """Assemble a font whose slot 1 draws the first of `glyphs`, and so on. Raises `ValueError`, see `outline`."""
        slots = (0, *glyphs)
        outlines = [self.outline(glyph) for glyph in slots]
        outlines = [outline + b"\0" * (-len(outline) % 4) for outline in outlines]
        offsets, end = [0], 0
        for outline in outlines:
            end += len(outline)
            offsets.append(end)
        count = len(slots)
        head = bytearray(self._tables["head"])
        struct.pack_into(">I", head, 8, 0)  # the checksum over the whole file: of no use in a PDF
        struct.pack_into(">h", head, 50, _LONG_OFFSETS)
        hhea = bytearray(self._tables["hhea"])
        struct.pack_into(">H", hhea, 34, count)
        maxp = bytearray(self._tables["maxp"])
        struct.pack_into(">H", maxp, 4, count)
        tables = {name: self._tables[name] for name in _COPIED if name in self._tables} | {
            "glyf": b"".join(outlines),
            "head": bytes(head),
            "hhea": bytes(hhea),
            "hmtx": b"".join(struct.pack(">Hh", *self._widths[glyph]) for glyph in slots),
            "loca": struct.pack(f">{count + 1}I", *offsets),
            "maxp": bytes(maxp),
        }
        return _file_of(tables)


def _file_of(tables: dict[str, bytes]) -> bytes:
    """Put tables into one file, in the order of their names (OpenType 1.9, table directory)."""
    count = len(tables)
    power = 1 << (count.bit_length() - 1)
    parts = [struct.pack(">IHHHH", 0x00010000, count, 16 * power, power.bit_length() - 1, 16 * (count - power))]
    at = 12 + 16 * count
    bodies = []
    for name in sorted(tables):
        body = tables[name]
        padded = body + b"\0" * (-len(body) % 4)
        parts.append(struct.pack(">4sIII", name.encode("ascii"), _checksum(padded), at, len(body)))
        bodies.append(padded)
        at += len(padded)
    return b"".join((*parts, *bodies))


def _checksum(padded: bytes) -> int:
    words = array("I", padded)
    if sys.byteorder == "little":
        words.byteswap()
    return sum(words) & 0xFFFFFFFF
