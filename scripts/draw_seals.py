"""Draw the fictitious seals of the demo profiles and the 見本 mark of demo papers, from outlines of the font.

    python scripts/draw_seals.py path/to/ipamjm.ttf

Text becomes paths: nothing of it can be read back from a PDF as text, no font is needed to print it, and everything is
opaque (PDF/A-1b). Run again only to change them; the drawings are committed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
SIDE = 240  # drawing units of a seal; printed at the profile's size in mm
FRAME = 9
INNER = 18
SEALS = {
    "mihon-mayor": "東京都見本区長之印",
    "mihon-deputy": "見本区長職務代理印",
    "aozora-mayor": "見本県青空市長之印",
    "aozora-deputy": "青空市長見本代理印",
}


class Outlines:
    """Glyph outlines of a font, placed into boxes."""

    def __init__(self, path: Path) -> None:
        """Read the font; its glyphs are drawn in units of the em."""
        self.font = TTFont(path)
        self.glyphs = self.font.getGlyphSet()
        self.characters = self.font.getBestCmap()

    def path(self, character: str, x: float, y: float, width: float, height: float) -> str:
        """SVG path of a character whose ink fills the box with its top left corner at (x, y)."""
        name = self.characters[ord(character)]
        glyph = self.font["glyf"][name]
        across = width / (glyph.xMax - glyph.xMin)
        down = height / (glyph.yMax - glyph.yMin)
        pen = SVGPathPen(self.glyphs, ntos=lambda number: f"{number:.1f}".rstrip("0").rstrip("."))
        move = (across, 0, 0, -down, x - glyph.xMin * across, y + glyph.yMax * down)
        self.glyphs[name].draw(TransformPen(pen, move))
        return pen.getCommands()


def seal(outlines: Outlines, text: str) -> str:
    """Nine characters in three columns read from the right, inside a frame: the customary shape of an official seal."""
    cell = (SIDE - 2 * (FRAME + INNER)) / 3
    gap = 5
    paths = []
    for index, character in enumerate(text):
        column, row = divmod(index, 3)
        x = SIDE - FRAME - INNER - (column + 1) * cell + gap
        y = FRAME + INNER + row * cell + gap
        paths.append(outlines.path(character, x, y, cell - 2 * gap, cell - 2 * gap))
    edge = FRAME / 2 + 1
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIDE} {SIDE}">\n'
        f'<rect x="{edge}" y="{edge}" width="{SIDE - 2 * edge}" height="{SIDE - 2 * edge}" rx="10" fill="none" '
        f'stroke="#000000" stroke-width="{FRAME}"/>\n'
        f'<path fill="#000000" stroke="#000000" stroke-width="2.2" stroke-linejoin="round" d="{" ".join(paths)}"/>\n'
        "</svg>\n"
    )


def specimen(outlines: Outlines) -> str:
    """見本 in open grey outlines, slanted, to lie under the text of a demo paper."""
    paths = " ".join(outlines.path(character, 20 + 280 * at, 20, 240, 240) for at, character in enumerate("見本"))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-20 -110 600 500">\n'
        f'<path transform="rotate(-24 280 140)" fill="#e8e8e8" d="{paths}"/>\n</svg>\n'
    )


def main() -> None:
    """Write all drawings."""
    outlines = Outlines(Path(sys.argv[1]))
    seals = ROOT / "profiles" / "seals"
    seals.mkdir(parents=True, exist_ok=True)
    for name, text in SEALS.items():
        (seals / f"{name}.svg").write_text(seal(outlines, text), encoding="utf-8")
    forms = ROOT / "src" / "kofu" / "certificates" / "forms"
    (forms / "specimen.svg").write_text(specimen(outlines), encoding="utf-8")


if __name__ == "__main__":
    main()
