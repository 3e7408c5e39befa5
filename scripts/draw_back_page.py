"""Draw the pictures of the back page: the ground with its hidden 複写, and the mark with its hidden 証.

    python scripts/draw_back_page.py [--font path/to/ipamjm.ttf]

They are drawn at 600 dots an inch, one dot of the picture for one dot of the printer, and kept beside the back's form.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from kofu.platform.fonts import find_font

FOLDER = Path(__file__).resolve().parent.parent / "src" / "kofu" / "center" / "back" / "forms" / "back" / "v1"
#: Both screens have about one black dot in sixteen, so that they look alike: fine dots fall out of a copy, coarse stay.
FINE_PITCH, FINE_DOT = 8, ((0, 0), (1, 0), (0, 1), (1, 1))
COARSE_PITCH = 18
COARSE_DOT = tuple((x, y) for y in range(5) for x in range(5) if (x, y) not in {(0, 0), (4, 0), (0, 4), (4, 4)})
TILE = (576, 288)  # 24.4 by 12.2 mm; both sides are multiples of both pitches
LETTER = 224  # 9.5 mm
MARK = 520  # 22 mm
LINE_PITCH, LINE_DOTS = 6, 2  # of the mark: a line of 0.08 mm every 0.25 mm


def letters(size: tuple[int, int], text: str, height: int, font: Path, middle: tuple[int, int]) -> Image.Image:
    """Letters as a mask."""
    mask = Image.new("1", size, 0)
    face = ImageFont.truetype(str(font), height)
    ImageDraw.Draw(mask).text(middle, text, fill=1, font=face, anchor="mm", stroke_width=height // 28)
    return mask


def draw_tile(font: Path) -> Image.Image:
    """Draw the ground: fine dots, and coarse ones where a letter is."""
    mask = Image.new("1", TILE, 0)
    for text, middle in (("複", (TILE[0] // 4, TILE[1] // 2)), ("写", (3 * TILE[0] // 4, TILE[1] // 2))):
        mask.paste(1, (0, 0), letters(TILE, text, LETTER, font, middle))
    tile = Image.new("1", TILE, 1)
    for pitch, dot, inside in ((FINE_PITCH, FINE_DOT, 0), (COARSE_PITCH, COARSE_DOT, 1)):
        for row, top in enumerate(range(0, TILE[1], pitch)):
            for left in range((row % 2) * (pitch // 2), TILE[0], pitch):
                if bool(mask.getpixel((left, top))) == bool(inside):
                    for x, y in dot:
                        tile.putpixel(((left + x) % TILE[0], (top + y) % TILE[1]), 0)
    return tile


def draw_mark(font: Path) -> Image.Image:
    """Draw the mark: a cherry blossom of fine lines; inside the letter they are moved by half their distance."""
    blossom = Image.new("1", (MARK, MARK), 0)
    pen = ImageDraw.Draw(blossom)
    centre = MARK / 2
    for petal in range(5):
        turn = math.radians(72 * petal - 90)
        outline = []
        for step in range(61):
            along = step / 60 * 2 - 1  # from one side of the petal to the other
            reach = 0.96 - 0.06 * (1 - min(1, abs(along) * 6)) - 0.55 * abs(along) ** 3
            angle = turn + along * math.radians(35)
            outline.append((centre + reach * centre * math.cos(angle), centre + reach * centre * math.sin(angle)))
        pen.polygon([(centre, centre), *outline], fill=1)
    hidden = letters((MARK, MARK), "証", 290, font, (MARK // 2, MARK // 2 + 4))
    mark = Image.new("1", (MARK, MARK), 1)
    for y in range(MARK):
        for x in range(MARK):
            moved = LINE_PITCH // 2 if hidden.getpixel((x, y)) else 0
            if blossom.getpixel((x, y)) and (y + moved) % LINE_PITCH < LINE_DOTS:
                mark.putpixel((x, y), 0)
    return mark


def main() -> None:
    """Draw both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--font", type=Path, help="the font file; else it is looked for")
    font = parser.parse_args().font or find_font()
    for name, picture in (("ground.png", draw_tile(font)), ("mark.png", draw_mark(font))):
        picture.save(FOLDER / name, optimize=True, dpi=(600, 600))


if __name__ == "__main__":
    main()
