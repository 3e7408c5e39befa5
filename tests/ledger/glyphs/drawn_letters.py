"""Letters with drawn characters, read back."""

from __future__ import annotations

import io

import pikepdf
from fontTools.ttLib import TTFont


def outlines(font: TTFont) -> set[bytes]:
    """The outlines of a font that mark something, as points."""
    table = font["glyf"]
    found = (table[name] for name in font.getGlyphOrder())
    return {repr(list(glyph.coordinates)).encode() for glyph in found if glyph.numberOfContours > 0}


def second_font(pdf: bytes) -> TTFont:
    """The font of the registered glyphs as the paper has it embedded."""
    with pikepdf.open(io.BytesIO(pdf)) as file:
        for one in file.objects:
            if isinstance(one, pikepdf.Dictionary) and str(one.get("/FontName", "")).endswith("+KofuGlyphs"):
                return TTFont(io.BytesIO(one.FontFile2.read_bytes()))
    raise AssertionError("no text is drawn with the second font")
