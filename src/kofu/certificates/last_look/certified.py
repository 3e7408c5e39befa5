"""The certified fonts: which outline is which character, by the fonts' own tables, read from bytes held in memory.

A face is known by the SHA-256 of its file, which the process attests at its start (P8). Characters lead to glyphs by
the face's own `cmap`: format 12 for characters, format 14 for a base with its variation selector (the Moji_Joho
collection of the main font). Several faces make a set; the first one that has a character is the one it is drawn with.
Private use means what a municipality registered (外字), never what a font's maker meant by it: of the first face, the
main font, such characters do not count.
"""

from __future__ import annotations

import hashlib
import struct
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from kofu.certificates.last_look.syntax import Unreadable
from kofu.certificates.last_look.true_type import Outline, TrueType, read_true_type
from kofu.core.errors import OperatorFault
from kofu.core.font_file import FontFile
from kofu.core.names import clusters

CHARACTERS, SEQUENCES = 12, 14  # formats of cmap subtables
SELECTOR_BYTES = 11
OUTLINES_KEPT = 4_096
POSTSCRIPT_NAME = 6
_WINDOWS, _UCS4, _UNICODE, _VARIATIONS = 3, 10, 0, 5
_PRIVATE_USE = "Co"


_WORD = 4  # bytes, to which a subset pads its records
_METRIC = struct.Struct(">Hh")


class Glyph(NamedTuple):
    """A glyph of a certified face: which face of the set, and its number there."""

    face: int
    number: int


class PackedGlyph(NamedTuple):
    """What a subset has of a glyph that it takes over as it is.

    Its record padded to whole words, its advance and bearing as `hmtx` has them, its width in thousandths of the size.
    `is_letter`: its text is one character, a cluster by itself whatever stands before it, and no wider than an em.
    """

    glyph: Glyph
    record: bytes
    metric: bytes
    width: float
    is_letter: bool


class PackedGlyphs(dict[str, PackedGlyph | None]):
    """What a subset has of the glyph of each text, as it was asked for; None for a text without a glyph of the face.

    None, too, for a glyph composed of others, whose parts nobody has compared.
    """

    def __init__(self, pack: Callable[[str], PackedGlyph | None]) -> None:
        """Find what is not at hand by `pack`."""
        super().__init__()
        self._pack = pack

    def __missing__(self, text: str) -> PackedGlyph | None:
        """Find one, and keep it where there is one: texts without a glyph are as many as anybody writes."""
        found = self._pack(text)
        if found is not None:
            if len(self) >= OUTLINES_KEPT:
                self.clear()
            self[text] = found
        return found


@dataclass(frozen=True, slots=True)
class CertifiedFace:
    """One certified font: its digest, its PostScript name, its program, and its glyph of each character or sequence."""

    sha256: str
    name: str
    program: TrueType
    glyphs: Mapping[str, int]

    def outline(self, number: int) -> Outline:
        """Give what draws a glyph."""
        return self.program.outline(number)


@dataclass(frozen=True, slots=True)
class CertifiedFonts:
    """The faces papers may be drawn with, in the order characters are looked for in them.

    `digest`: SHA-256 (hex) over the digests of the faces, what a set of fonts is known by. `packed`: by face, what a
    subset has of the glyph of each text.
    """

    faces: tuple[CertifiedFace, ...]
    digest: str
    packed: tuple[PackedGlyphs, ...]
    _glyphs: Mapping[str, Glyph]
    _outline: Callable[[Glyph], Outline]

    @classmethod
    def of(cls, files: Iterable[FontFile]) -> CertifiedFonts:
        """Read font files. Raises `OperatorFault` for a file that is no TrueType font with a Unicode table."""
        faces = tuple(_read_face(file) for file in files)
        glyphs: dict[str, Glyph] = {}
        for index, face in enumerate(faces):
            for cluster, number in face.glyphs.items():
                if index or unicodedata.category(cluster[0]) != _PRIVATE_USE:
                    glyphs.setdefault(cluster, Glyph(index, number))
        digest = hashlib.sha256(" ".join(face.sha256 for face in faces).encode("ascii")).hexdigest()
        outline = lru_cache(maxsize=OUTLINES_KEPT)(lambda glyph: faces[glyph.face].outline(glyph.number))

        def packed_in(face: int) -> PackedGlyphs:
            def pack(text: str) -> PackedGlyph | None:
                glyph = glyphs.get(text)
                return None if glyph is None or glyph.face != face else _packed(text, glyph, faces[face].program)

            return PackedGlyphs(pack)

        return cls(faces, digest, tuple(map(packed_in, range(len(faces)))), glyphs, outline)

    def glyph(self, cluster: str) -> Glyph | None:
        """Find the glyph of a character, or of a base with its selector. None: no face draws it exactly."""
        return self._glyphs.get(cluster)

    def face_of(self, name: str) -> int | None:
        """Find the face of a PostScript name, as a paper's file names its fonts."""
        return next((index for index, face in enumerate(self.faces) if face.name == name), None)

    def outline(self, glyph: Glyph) -> Outline:
        """Give what draws a glyph; of the glyphs asked for last it is at hand."""
        return self._outline(glyph)


def _packed(text: str, glyph: Glyph, program: TrueType) -> PackedGlyph | None:
    outline = program.outline(glyph.number)
    if outline.is_composed:
        return None
    record = outline.record + bytes(-len(outline.record) % _WORD)
    metric = _METRIC.pack(outline.advance, outline.bearing)
    is_letter = len(text) == 1 and len(clusters("一" + text)) > 1 and outline.advance <= program.units_per_em
    return PackedGlyph(glyph, record, metric, outline.advance * 1000 / program.units_per_em, is_letter)


def _read_face(file: FontFile) -> CertifiedFace:
    try:
        program = read_true_type(file.data)
        glyphs = _character_map(program.table("cmap"))
        name = _postscript_name(program.table("name"))
    except (Unreadable, struct.error, IndexError, UnicodeDecodeError) as error:
        raise OperatorFault("bad_font", f"{file.name} is no TrueType font with a Unicode character table") from error
    return CertifiedFace(file.sha256, name, program, glyphs)


def _character_map(cmap: bytes) -> Mapping[str, int]:
    found: dict[str, int] = {}
    (count,) = struct.unpack_from(">H", cmap, 2)
    tables = [struct.unpack_from(">HHI", cmap, 4 + 8 * index) for index in range(count)]
    for platform, encoding, at in tables:
        if (platform, encoding) == (_WINDOWS, _UCS4) and _format(cmap, at) == CHARACTERS:
            found |= _characters(cmap, at)
    if not found:
        raise Unreadable("a font has a table of all its characters")
    sequences: dict[str, int] = {}
    for platform, encoding, at in tables:
        if (platform, encoding) == (_UNICODE, _VARIATIONS) and _format(cmap, at) == SEQUENCES:
            sequences |= _sequences(cmap, at, found)
    return MappingProxyType({cluster: glyph for cluster, glyph in (found | sequences).items() if glyph})


def _format(cmap: bytes, at: int) -> int:
    return int.from_bytes(cmap[at : at + 2], "big")


def _characters(cmap: bytes, at: int) -> dict[str, int]:
    (count,) = struct.unpack_from(">I", cmap, at + 12)
    found: dict[str, int] = {}
    for index in range(count):
        first, last, glyph = struct.unpack_from(">III", cmap, at + 16 + 12 * index)
        for point in range(first, last + 1):
            found[chr(point)] = glyph + point - first
    return found


def _sequences(cmap: bytes, at: int, single: Mapping[str, int]) -> dict[str, int]:
    """Read base and selector: those with a glyph of their own, and those registered as the glyph of the base."""
    (count,) = struct.unpack_from(">I", cmap, at + 6)
    found: dict[str, int] = {}
    for index in range(count):
        record = at + 10 + SELECTOR_BYTES * index
        selector = chr(int.from_bytes(cmap[record : record + 3], "big"))
        default, own = struct.unpack_from(">II", cmap, record + 3)
        if default:
            (ranges,) = struct.unpack_from(">I", cmap, at + default)
            for one in range(ranges):
                place = at + default + 4 + 4 * one
                first = int.from_bytes(cmap[place : place + 3], "big")
                for point in range(first, first + cmap[place + 3] + 1):
                    if chr(point) in single:
                        found[chr(point) + selector] = single[chr(point)]
        if own:
            (pairs,) = struct.unpack_from(">I", cmap, at + own)
            for one in range(pairs):
                place = at + own + 4 + 5 * one
                base = chr(int.from_bytes(cmap[place : place + 3], "big"))
                found[base + selector] = int.from_bytes(cmap[place + 3 : place + 5], "big")
    return found


def _postscript_name(name: bytes) -> str:
    _, count, strings = struct.unpack_from(">HHH", name)
    for index in range(count):
        platform, _, _, what, size, at = struct.unpack_from(">HHHHHH", name, 6 + 12 * index)
        if what == POSTSCRIPT_NAME and platform == _WINDOWS:
            return name[strings + at : strings + at + size].decode("utf-16-be")
    raise Unreadable("a font names itself")
