"""The second font of the papers: drawn glyphs (外字) a municipality registered, the same bytes wherever it is built.

A TrueType file: a `cmap` of format 12 for single characters, of format 14 for a base with its selector. Whatever
table of it reaches a paper says the same whichever glyphs are in it, and a glyph keeps its number for ever: so a paper
made again bears the same bytes, also where another glyph was registered or withdrawn meanwhile.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTFont, TTLibError
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable
from fontTools.ttLib.tables._g_l_y_f import Glyph

from kofu.core.errors import OperatorFault, ensure
from kofu.core.font_file import FontFile
from kofu.core.names import clusters, is_variation_selector
from kofu.press.glyph_outline import CONTOURS_MAX, DESCENT, POINTS_MAX, UNITS_PER_EM, GlyphOutline, read_outline

FAMILY = "KofuGlyphs"
FILE_NAME = "kofu-glyphs.ttf"
GLYPHS_MAX = 10_000
_CHARACTERS, _SEQUENCES = 12, 14
_FIRST = 2  # slots 0 and 1 are .notdef and the space
_MADE = 3_850_070_400  # 1 January 2026 in the seconds of a font: a set bears no date, each of its versions does
_PRIVATE_USE = "Co"


@dataclass(frozen=True, slots=True)
class DrawnGlyph:
    """One place in the font, in the order of registration. `svg` of one that was withdrawn is None: it stays empty."""

    cluster: str
    svg: bytes | None


def registrable(cluster: str) -> bool:
    """Whether a glyph may be drawn for it: a private-use character, a letter, or a letter with one selector."""
    if clusters(cluster) != (cluster,) or is_variation_selector(cluster[0]):
        return False
    category = unicodedata.category(cluster[0])
    if len(cluster) == 1:
        return category == _PRIVATE_USE or category.startswith("L")
    pair = len(cluster) == 2 and is_variation_selector(cluster[1])  # noqa: PLR2004 - base, selector
    return pair and category.startswith("L")


def build_glyph_font(glyphs: Sequence[DrawnGlyph]) -> FontFile:
    """Build the font. Raises `OperatorFault` `bad_outline` for a drawing that is none."""
    ensure(len(glyphs) <= GLYPHS_MAX, "a municipality has a limited number of drawn glyphs")
    standing = [glyph.cluster for glyph in glyphs if glyph.svg is not None]
    ensure(all(map(registrable, standing)), "letters, their sequences and private-use characters are registered")
    ensure(len(set(standing)) == len(standing), "a character has one drawn glyph")
    names = [f"kofu{slot:05d}" for slot in range(_FIRST, _FIRST + len(glyphs))]
    outlines = {
        name: read_outline(glyph.svg) if glyph.svg is not None else GlyphOutline(())
        for name, glyph in zip(names, glyphs, strict=True)
    }
    named = {glyph.cluster: name for name, glyph in zip(names, glyphs, strict=True) if glyph.svg is not None}
    return FontFile.of(FILE_NAME, _assemble(outlines, named))


def _assemble(outlines: dict[str, GlyphOutline], named: dict[str, str]) -> bytes:
    builder = FontBuilder(UNITS_PER_EM, isTTF=True)
    builder.font.recalcBBoxes = builder.font.recalcTimestamp = False
    builder.setupGlyphOrder([".notdef", "space", *outlines])
    builder.setupCharacterMap(
        {0x20: "space"} | {ord(cluster): name for cluster, name in named.items() if len(cluster) == 1},
        uvs=[(ord(cluster[0]), ord(cluster[1]), name) for cluster, name in named.items() if len(cluster) > 1],
    )
    _only_whole_tables(builder.font)
    glyphs = {".notdef": Glyph(), "space": Glyph()} | {name: outline.glyph() for name, outline in outlines.items()}
    for glyph in glyphs.values():
        glyph.recalcBounds(None)
    builder.setupGlyf(glyphs, calcGlyphBounds=False)
    builder.setupHorizontalMetrics({name: (UNITS_PER_EM, getattr(glyph, "xMin", 0)) for name, glyph in glyphs.items()})
    ascent = UNITS_PER_EM - DESCENT
    builder.setupHorizontalHeader(
        ascent=ascent, descent=-DESCENT, advanceWidthMax=UNITS_PER_EM, xMaxExtent=UNITS_PER_EM
    )
    builder.setupOS2(
        sTypoAscender=ascent,
        sTypoDescender=-DESCENT,
        sTypoLineGap=0,
        usWinAscent=ascent,
        usWinDescent=DESCENT,
        sCapHeight=1464,
        sxHeight=1008,
    )
    builder.setupNameTable({"familyName": FAMILY, "styleName": "Regular", "psName": FAMILY, "version": "Version 1.0"})
    builder.setupPost(keepGlyphNames=False)
    builder.setupMaxp()
    _say_the_same_of_every_set(builder.font)
    made = io.BytesIO()
    builder.font.save(made, reorderTables=True)
    return made.getvalue()


def _only_whole_tables(font: TTFont) -> None:
    """Keep the tables of all characters alone, one of format 12 (FontBuilder leaves it out below U+10000), and 14."""
    sequences = [table for table in font["cmap"].tables if table.format == _SEQUENCES]
    whole = CmapSubtable.newSubtable(_CHARACTERS)
    whole.platformID, whole.platEncID, whole.language = 3, 10, 0
    whole.cmap = dict(font["cmap"].getBestCmap())
    font["cmap"].tables = [*sequences, whole]


def _say_the_same_of_every_set(font: TTFont) -> None:
    """Give the tables that are copied into papers what is true of every set: its limits, not its own largest."""
    head, most = font["head"], font["maxp"]
    head.created = head.modified = _MADE
    head.xMin, head.yMin, head.xMax, head.yMax = 0, -DESCENT, UNITS_PER_EM, UNITS_PER_EM - DESCENT
    head.indexToLocFormat = 1
    most.maxPoints, most.maxContours = POINTS_MAX, CONTOURS_MAX
    for limit in (
        "maxCompositePoints",
        "maxCompositeContours",
        "maxTwilightPoints",
        "maxStorage",
        "maxFunctionDefs",
        "maxInstructionDefs",
        "maxStackElements",
        "maxSizeOfInstructions",
        "maxComponentElements",
        "maxComponentDepth",
    ):
        setattr(most, limit, 0)
    most.maxZones = 1


def clusters_of(file: FontFile) -> frozenset[str]:
    """Read which characters and sequences a set of drawn glyphs has. Raises `OperatorFault` for a file that is none."""
    try:
        with TTFont(io.BytesIO(file.data), lazy=True) as font:
            tables = font["cmap"].tables
            single = {chr(point) for table in tables if table.format == _CHARACTERS for point in table.cmap}
            pairs = {
                chr(base) + chr(selector)
                for table in tables
                if table.format == _SEQUENCES
                for selector, bases in table.uvsDict.items()
                for base, _ in bases
            }
    except (KeyError, ValueError, TTLibError) as error:
        raise OperatorFault("bad_font", "the file of the registered glyphs is no font that can be read") from error
    return frozenset(cluster for cluster in single | pairs if registrable(cluster))
