"""A font as a paper has it embedded (ISO 32000-1, 9.7): compared with the certified face it says it is, code by code.

What decides how a code is drawn is held against the certified font: the record of its outline byte for byte, its
advance (in the program and in the file), where it begins, and the tables a rasteriser runs (`cvt `, `fpgm`, `prep`,
`head`, `maxp`, `hhea`). So an outline that was exchanged, drawn otherwise or moved is another outline.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from kofu.certificates.last_look.approved import approved_producers
from kofu.certificates.last_look.certified import CertifiedFonts, Glyph
from kofu.certificates.last_look.syntax import Unreadable, Value
from kofu.certificates.last_look.true_type import TrueType, read_true_type

CODES_MAX = 65_535
WIDTH_TOLERANCE = 0.01  # thousandths of the size
_PADDING_MAX = 3
_RUN = ("cvt ", "fpgm", "prep")
_KNOWN = frozenset({*_RUN, "glyf", "head", "hhea", "hmtx", "loca", "maxp", "name", "post"})
_SAID = re.compile(rb"<([0-9A-Fa-f]{4})> <((?:[0-9A-Fa-f]{4}){1,8})>\r?\n")
_SECTION = re.compile(
    rb"([0-9]{1,3}) beginbfchar\r?\n((?:<[0-9A-Fa-f]{4}> <(?:[0-9A-Fa-f]{4}){1,8}>\r?\n)*)endbfchar\r?\n"
)


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
    same = (
        _KNOWN.issuperset(here.tables)
        and all(here.table(tag) == right.table(tag) for tag in _RUN)
        and _without(here.table("head"), (8, 12), (50, 52)) == _without(right.table("head"), (8, 12), (50, 52))
        and _without(here.table("hhea"), (34, 36)) == _without(right.table("hhea"), (34, 36))
        and _without(here.table("maxp"), (4, 6)) == _without(right.table("maxp"), (4, 6))
    )
    if not same:
        raise Unreadable("a font of the paper has other tables than the certified one")


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
            given = dict(enumerate(then, first))
            at += 2
        elif isinstance(then, int) and at + 2 < len(widths) and first <= then <= CODES_MAX:
            given = dict.fromkeys(range(first, then + 1), widths[at + 2])
            at += 3
        else:
            raise Unreadable("a width belongs to a code")
        for code, width in given.items():
            if code in found or not isinstance(width, (int, float)):
                raise Unreadable("a code has one width")
            found[code] = float(width)
    return found


def _meanings(to_unicode: bytes) -> dict[int, str]:
    """Read what the codes are said to mean (9.10.3): pairs of a code and a text, nothing else."""
    found: dict[int, str] = {}
    for section in _SECTION.finditer(to_unicode):
        pairs = _SAID.findall(section[2])
        if len(pairs) != int(section[1]):
            raise Unreadable("a section of meanings is as long as it says")
        try:
            meant = {int(code, 16): bytes.fromhex(text.decode("ascii")).decode("utf-16-be") for code, text in pairs}
        except UnicodeDecodeError as error:
            raise Unreadable("a code means a text") from error
        if len(meant) != len(pairs) or not found.keys().isdisjoint(meant):
            raise Unreadable("a code has one meaning")
        found |= meant
    if shape_of_meanings(to_unicode) not in approved_producers().meanings:
        raise Unreadable("meanings are given one by one, and by nothing else")
    return found


def shape_of_meanings(to_unicode: bytes) -> str:
    """Digest a table of meanings without its pairs: what is left is the same in every paper of a producer."""
    return hashlib.sha256(_SECTION.sub(b"", to_unicode)).hexdigest()
