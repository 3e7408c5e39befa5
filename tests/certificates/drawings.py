"""Drawings of glyphs for tests: no real character, but ink that cannot be mistaken for another drawing's."""

from __future__ import annotations

from kofu.core.font_file import FontFile
from kofu.press.glyph_font import DrawnGlyph, build_glyph_font

TSUJI = "辻\U000e0100"  # an Adobe-Japan1 selector: not one of the main font's
PRIVATE = "\ue123"
PLANE_16 = "\U00100001"


def svg_of(path: str) -> bytes:
    """A drawing in a square of a thousand units."""
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1000"><path d="{path}"/></svg>'.encode()


WITH_A_DOT = svg_of(
    "M80 120H420V180H80Z M460 80H920V160H460Z M660 160H740V900H660Z M80 820C200 700 300 820 420 900V960Z"
)
CROSSED = svg_of("M100 100L900 820L820 900L60 180Z M900 180L180 900L100 820L820 100Z M460 40H540V960H460Z")


def set_of(*glyphs: tuple[str, bytes | None]) -> FontFile:
    """The font of some drawn glyphs."""
    return build_glyph_font([DrawnGlyph(cluster, svg) for cluster, svg in glyphs])


BOTH = set_of((TSUJI, WITH_A_DOT), (PRIVATE, CROSSED))
EXCHANGED = set_of((TSUJI, CROSSED), (PRIVATE, WITH_A_DOT))
