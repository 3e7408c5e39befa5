"""A font as a paper has it embedded (ISO 32000-1, 9.7): compared with the certified face it says it is, code by code.

What decides how a code is drawn is held against the certified font: the record of its outline byte for byte, its
advance (in the program and in the file), where it begins, and the tables a rasteriser runs (`cvt `, `fpgm`, `prep`,
`head`, `maxp`, `hhea`). So an outline that was exchanged, drawn otherwise or moved is another outline.
"""

from __future__ import annotations

import hashlib
import re
import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, repeat
from math import inf
from operator import sub
from typing import NamedTuple

from kofu.certificates.last_look.approved import approved_producers
from kofu.certificates.last_look.certified import CertifiedFonts, Glyph
from kofu.certificates.last_look.syntax import Unreadable, Value
from kofu.certificates.last_look.true_type import TrueType, read_true_type

CODES_MAX = 65_535
WIDTH_TOLERANCE = 0.01  # thousandths of the size
_PADDING_MAX = 3
_METRIC_BYTES = 4
_RUN = ("cvt ", "fpgm", "prep")
_KNOWN = frozenset({*_RUN, "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post"})
_SAID = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]{4,32})>\r?\n")
_SECTION = re.compile(rb"([0-9]{1,3}) beginbfchar\r?\n([0-9A-Fa-f<> \r\n]*)endbfchar\r?\n")
_UNIT_DIGITS = 4
_AS_DIGITS = bytes.maketrans(b"123456789abcdefABCDEF", b"0" * 21)
_EVEN_PAIR = b"<0000> <0000>\n"


class SaidGlyphs(NamedTuple):
    """The glyphs of codes from 1 on that each draw what they are said to mean, column by column.

    `widths`: in thousandths of the size. `are_letters`: see `PackedGlyph.is_letter`.
    """

    texts: tuple[str, ...]
    glyphs: tuple[Glyph, ...]
    widths: tuple[float, ...]
    are_letters: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class EmbeddedFont:
    """A font of a paper: which certified face it is, its program, advances by code, and what codes are said to mean."""

    face: int
    program: TrueType
    advances: Mapping[int, float]
    meanings: Mapping[int, str]

    def draws(self, code: int, glyph: Glyph, fonts: CertifiedFonts) -> bool:
        """Whether `code` draws exactly the outline of a certified glyph, and advances as far."""
        if glyph.face != self.face:
            return False
        right = fonts.outline(glyph)
        record, advance, bearing = self.program.outline(code)
        return (
            not right.is_composed  # its parts would be other records, which nobody has compared
            and (record == right.record or _is_padded(record, right.record))
            and advance == right.advance
            and bearing == right.bearing
            and abs(self.advance(code) - advance * 1000 / self.program.units_per_em) <= WIDTH_TOLERANCE
        )

    def is_blank(self, code: int) -> bool:
        """Whether a code marks nothing."""
        return self.program.is_blank(code)

    def advance(self, code: int) -> float:
        """How far a code advances, in thousandths of the size. Raises `Unreadable` where the file does not say."""
        if code not in self.advances:
            raise Unreadable("a text has a code without a width")
        return self.advances[code]

    def means(self, code: int, glyph: Glyph, fonts: CertifiedFonts) -> bool:
        """Whether what the file says of a code, to whoever copies it or reads it aloud, is a text of this glyph.

        One glyph can serve several texts (蘇, and 蘇 with the selector of the same shape); the table names one of them.
        """
        meaning = self.meanings.get(code)
        return meaning is not None and fonts.glyph(meaning) == glyph

    def as_said(self, fonts: CertifiedFonts) -> SaidGlyphs | None:
        """Give the glyph of every code from 1 on, where each draws what it is said to mean; None where one does not.

        All at once: the records one behind the other are those of the certified glyphs, the metrics and widths too.
        What a subset that does this otherwise draws is asked code by code (`draws`, `means`).
        """
        program, codes = self.program, range(1, self.program.count)
        packed = list(map(fonts.packed[self.face].__getitem__, self.meanings.values()))
        known = [one for one in packed if one is not None]
        if (
            not codes
            or len(known) != len(codes)
            or tuple(self.meanings) != tuple(codes)
            or program.metrics != program.count
        ):
            return None
        glyphs, records, metrics, widths, are_letters = zip(*known, strict=True)
        offsets, (glyf, size) = program.offsets[1:], program.tables["glyf"]
        hmtx = program.tables["hmtx"][0] + _METRIC_BYTES
        advances = tuple(map(self.advances.get, codes, repeat(inf)))  # a code without a width is as far off as can be
        same = (
            offsets == tuple(accumulate(map(len, records), initial=offsets[0]))
            and offsets[-1] <= size
            and program.data[glyf + offsets[0] : glyf + offsets[-1]] == b"".join(records)
            and program.data[hmtx : hmtx + _METRIC_BYTES * len(codes)] == b"".join(metrics)
            and (advances == widths or max(map(abs, map(sub, advances, widths))) <= WIDTH_TOLERANCE)
        )
        return SaidGlyphs(tuple(self.meanings.values()), glyphs, widths, are_letters) if same else None


def _is_padded(here: bytes, right: bytes) -> bool:
    """Whether a record of an outline is the certified one padded to whole words with zeros, as a subset may have it."""
    spare = here[len(right) :]
    return here.startswith(right) and len(spare) <= _PADDING_MAX and bool(right or not spare) and not spare.strip(b"\0")


def read_embedded(
    name: str, program: bytes, widths: Value, *, to_unicode: bytes, members: bytes, fonts: CertifiedFonts
) -> EmbeddedFont:
    """Read a font. Raises `Unreadable` where it is not a subset of a certified face."""
    tag, _, own = name.partition("+")
    face = fonts.face_of(own)
    if face is None or not re.fullmatch(r"[A-Z]{6}", tag):
        raise Unreadable("a font of the paper is a subset of a certified one")
    font = read_true_type(program)
    _require_tables(font, fonts.faces[face].program)
    if members != ((1 << font.count) - 1 << -font.count % 8).to_bytes(-(-font.count // 8), "big"):
        raise Unreadable("a font says that all its glyphs are in it (PDF/A-1, 6.3.5)")
    return EmbeddedFont(face, font, _advances(widths), _meanings(to_unicode))


def _require_tables(here: TrueType, right: TrueType) -> None:
    """Hold the tables that work on every outline against those of the certified font."""
    if not _KNOWN.issuperset(here.tables) or _working(here) != _working_of(right.data):
        raise Unreadable("a font of the paper has other tables than the certified one")


def _working(font: TrueType) -> tuple[bytes, ...]:
    """Give the tables that work on every outline, without what is each subset's own."""
    head, hhea, maxp = map(font.table, ("head", "hhea", "maxp"))
    own = (_without(head, (8, 12), (50, 52)), _without(hhea, (34, 36)), _without(maxp, (4, 6)))
    return *map(font.table, _RUN), *own


@lru_cache(maxsize=16)  # certified fonts do not come and go
def _working_of(certified: bytes) -> tuple[bytes, ...]:
    return _working(read_true_type(certified))


def _without(table: bytes, *parts: tuple[int, int]) -> bytes:
    """Blank what is each subset's own: its checksum, the form of its offsets, its number of glyphs."""
    blanked = bytearray(table)
    for start, end in parts:
        blanked[start:end] = bytes(end - start)
    return bytes(blanked)


def _advances(widths: Value) -> dict[int, float]:
    """Read the advances: `first last width`, or `first [width …]` (9.7.4.3)."""
    if not isinstance(widths, tuple):
        raise Unreadable("a font says how far its codes advance")
    found: dict[int, float] = {}
    at = 0
    while at < len(widths):
        first, then = widths[at], widths[at + 1] if at + 1 < len(widths) else None
        if not isinstance(first, int) or first < 0:
            raise Unreadable("a width belongs to a code")
        if isinstance(then, tuple):
            codes, own = range(first, first + len(then)), then
            at += 2
        elif isinstance(then, int) and at + 2 < len(widths) and first <= then <= CODES_MAX:
            codes = range(first, then + 1)
            own = (widths[at + 2],) * len(codes)
            at += 3
        else:
            raise Unreadable("a width belongs to a code")
        numbers = [width for width in own if isinstance(width, (int, float))]
        if len(numbers) < len(own) or (found and not found.keys().isdisjoint(codes)):
            raise Unreadable("a code has one width")
        found.update(zip(codes, map(float, numbers), strict=True))
    return found


def _meanings(to_unicode: bytes) -> dict[int, str]:
    """Read what the codes are said to mean (9.10.3): pairs of a code and a text, nothing else."""
    between, counts, sections = _in_sections(to_unicode)
    found: dict[int, str] = {}
    for count, section in zip(counts, sections, strict=True):
        codes, texts = _even_pairs(section) or _pairs(section)
        if len(codes) != int(count):
            raise Unreadable("a section of meanings is as long as it says")
        meant = dict(zip(codes, texts, strict=True))
        if len(meant) != len(codes) or not found.keys().isdisjoint(meant):
            raise Unreadable("a code has one meaning")
        found |= meant
    if _digest(between) not in approved_producers().meanings:
        raise Unreadable("meanings are given one by one, and by nothing else")
    return found


def _even_pairs(section: bytes) -> tuple[Sequence[int], str] | None:
    """Read pairs in which each text is one code unit, all at once; None where not all are."""
    size = len(_EVEN_PAIR)
    count = len(section) // size
    if section.translate(_AS_DIGITS) != _EVEN_PAIR * count:
        return None
    units = array("H", bytes.fromhex(section.translate(None, b"<>\n ").decode("ascii")))  # codes and texts in turn
    try:
        texts = units[1::2].tobytes().decode("utf-16-be")
    except UnicodeDecodeError as error:
        raise Unreadable("a code means a text") from error
    if sys.byteorder == "little":
        units.byteswap()
    return (units[::2], texts) if len(texts) == count else None


def _pairs(section: bytes) -> tuple[list[int], list[str]]:
    """Read pairs one by one."""
    parts = _SAID.split(section)  # what stands between two pairs, a code, a text, and so on
    codes, texts = parts[1::3], parts[2::3]
    if any(parts[::3]) or any(len(text) % _UNIT_DIGITS for text in texts):
        raise Unreadable("a code means a text")
    try:
        return [int(code, 16) for code in codes], [
            bytes.fromhex(one.decode("ascii")).decode("utf-16-be") for one in texts
        ]
    except UnicodeDecodeError as error:
        raise Unreadable("a code means a text") from error


def _in_sections(to_unicode: bytes) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """Cut a table of meanings: what stands around its sections, how long each says it is, and what is in it."""
    parts = _SECTION.split(to_unicode)
    return parts[::3], parts[1::3], parts[2::3]


def _digest(around: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join(around)).hexdigest()


def shape_of_meanings(to_unicode: bytes) -> str:
    """Digest a table of meanings without its pairs: what is left is the same in every paper of a producer."""
    return _digest(_in_sections(to_unicode)[0])
