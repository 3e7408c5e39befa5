"""TrueType tables (OpenType 1.9) as the last look reads them, of certified fonts and of what a paper has embedded."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kofu.certificates.last_look.syntax import Unreadable

TABLES_MAX = 40
GLYPHS_MAX = 65_535
_TRUE_TYPE = 0x00010000
_BOX = struct.Struct(">hhhhh")
_METRIC = struct.Struct(">Hh")
_SHORT_UNIT = 2  # short offsets of `loca` count pairs of bytes


class Outline(NamedTuple):
    """What draws a glyph: the bytes of its record, how far it advances, where it begins (left side bearing)."""

    record: bytes
    advance: int
    bearing: int

    @property
    def is_composed(self) -> bool:
        """Whether a glyph is put together of others: its number of contours is below zero."""
        return len(self.record) >= _BOX.size and self.record[0] >= 0x80  # noqa: PLR2004 - the sign

    def box(self) -> tuple[int, int, int, int] | None:
        """Give the edges of its ink in units of the font: left, bottom, right, top; None for a glyph without ink."""
        if len(self.record) < _BOX.size:
            return None
        _, left, bottom, right, top = _BOX.unpack_from(self.record)
        if self.is_composed:
            raise Unreadable("a glyph is composed of others")
        return left, bottom, right, top


@dataclass(frozen=True, slots=True)
class TrueType:
    """A font program: its tables by tag, and where what a glyph needs is found in them.

    `offsets`: where each outline begins in `glyf`, and where the last one ends.
    """

    data: bytes
    tables: Mapping[str, tuple[int, int]]
    count: int
    metrics: int
    offsets: tuple[int, ...]
    units_per_em: int

    def table(self, tag: str) -> bytes:
        """Give the bytes of a table; nothing for one that is not there."""
        start, size = self.tables.get(tag, (0, 0))
        return self.data[start : start + size]

    def outline(self, glyph: int) -> Outline:
        """Give what draws a glyph. Raises `Unreadable` for a number the font does not have."""
        if not 0 <= glyph < self.count:
            raise Unreadable("a glyph is not in its font")
        start, end = self.offsets[glyph], self.offsets[glyph + 1]
        glyf, size = self.tables["glyf"]
        if not 0 <= start <= end <= size:
            raise Unreadable("a glyph lies outside its table")
        metric = self.tables["hmtx"][0]
        advance, bearing = _METRIC.unpack_from(self.data, metric + 4 * min(glyph, self.metrics - 1))
        if glyph >= self.metrics:
            at = metric + 4 * self.metrics + 2 * (glyph - self.metrics)
            (bearing,) = struct.unpack_from(">h", self.data, at)
        return Outline(self.data[glyf + start : glyf + end], advance, bearing)

    def is_blank(self, glyph: int) -> bool:
        """Whether a glyph marks nothing."""
        if not 0 <= glyph < self.count:
            raise Unreadable("a glyph is not in its font")
        return self.offsets[glyph] == self.offsets[glyph + 1]


def read_true_type(data: bytes) -> TrueType:
    """Read a font program. Raises `Unreadable` where it is none, or its tables do not fit together."""
    try:
        tables = _directory(data)
        return _with_counts(data, tables)
    except (struct.error, KeyError) as error:
        raise Unreadable("a font program lacks what draws its glyphs") from error


def _directory(data: bytes) -> dict[str, tuple[int, int]]:
    version, count = struct.unpack_from(">IH", data)
    if version != _TRUE_TYPE or not 0 < count <= TABLES_MAX:
        raise Unreadable("a font program is TrueType")
    tables: dict[str, tuple[int, int]] = {}
    for index in range(count):
        tag, _, start, size = struct.unpack_from(">4sIII", data, 12 + 16 * index)
        name = tag.decode("latin-1")
        if name in tables or start + size > len(data):
            raise Unreadable("a font program has each table once, inside itself")
        tables[name] = (start, size)
    return tables


def _with_counts(data: bytes, tables: dict[str, tuple[int, int]]) -> TrueType:
    (count,) = struct.unpack_from(">H", data, tables["maxp"][0] + 4)
    (metrics,) = struct.unpack_from(">H", data, tables["hhea"][0] + 34)
    (offsets,) = struct.unpack_from(">h", data, tables["head"][0] + 50)
    needed = (count + 1) * (4 if offsets else 2)
    if (
        not 0 < count <= GLYPHS_MAX
        or not 0 < metrics <= count
        or tables["loca"][1] < needed
        or tables["hmtx"][1] < 4 * metrics + 2 * (count - metrics)
        or "glyf" not in tables
    ):
        raise Unreadable("a font program lacks what draws its glyphs")
    places = struct.unpack_from(f">{count + 1}{'I' if offsets else 'H'}", data, tables["loca"][0])
    if not offsets:
        places = tuple([one * _SHORT_UNIT for one in places])
    (units,) = struct.unpack_from(">H", data, tables["head"][0] + 18)
    return TrueType(data, tables, count, metrics, places, units)
