"""The ground hides 複写 and shows it on a copy; the mark hides 証 and shows it under a sheet of lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from kofu.center.back import sheet
from kofu.platform.fonts import find_font

FORM = Path(sheet.__file__).parent / "forms" / "back" / "v1"
pytestmark = pytest.mark.font


def letters(size, text: str, height: int, middle) -> Image.Image:
    """Where the letters are: drawn here from the font, not taken from the picture."""
    from PIL import ImageDraw, ImageFont

    mask = Image.new("L", size, 0)
    face = ImageFont.truetype(str(find_font()), height)
    ImageDraw.Draw(mask).text(middle, text, fill=255, font=face, anchor="mm")
    return mask.filter(ImageFilter.MinFilter(5))


def around(mask: Image.Image) -> Image.Image:
    return ImageChops.invert(mask.filter(ImageFilter.MaxFilter(31)))


def darkness(picture: Image.Image, where: Image.Image) -> float:
    """Share of black where `where` is white."""
    return 1 - ImageStat.Stat(picture, where).mean[0] / 255


@pytest.fixture(scope="module")
def ground():
    tile = Image.open(FORM / "ground.png").convert("L")
    mask = Image.new("L", tile.size, 0)
    for text, across in (("複", 1), ("写", 3)):
        mask = ImageChops.lighter(mask, letters(tile.size, text, 224, (across * tile.width // 4, tile.height // 2)))
    return tile, mask


def test_on_the_original_letters_and_ground_are_equally_grey(ground):
    tile, mask = ground
    apart = abs(darkness(tile, mask) - darkness(tile, around(mask)))
    assert apart < 0.012
    assert 0.05 < darkness(tile, around(mask)) < 0.08


def test_on_a_copy_the_fine_dots_fall_out_and_the_letters_stay(ground):
    """A copier smears and then decides between black and white."""
    tile, mask = ground
    copy = tile.filter(ImageFilter.GaussianBlur(1.3)).point(lambda light: 255 if light > 128 else 0)
    assert darkness(copy, around(mask)) < 0.001
    assert darkness(copy, mask) > 0.03


def test_the_tile_goes_on_without_a_seam(ground):
    tile, _ = ground
    assert (tile.width % 8, tile.width % 18, tile.height % 8, tile.height % 18) == (0, 0, 0, 0)


def test_a_sheet_of_lines_over_the_mark_shows_its_letter():
    mark = Image.open(FORM / "mark.png").convert("L")
    hidden = letters(mark.size, "証", 290, (mark.width // 2, mark.height // 2 + 4))
    petals = mark.filter(ImageFilter.MinFilter(7)).point(lambda light: 255 if light == 0 else 0)
    inside, outside = ImageChops.multiply(hidden, petals), ImageChops.multiply(around(hidden), petals)
    assert abs(darkness(mark, inside) - darkness(mark, outside)) < 0.06
    lines = Image.new("L", mark.size, 255)
    for top in range(0, mark.height, 6):
        lines.paste(0, (0, top, mark.width, top + 2))
    under = ImageChops.darker(mark, lines)
    assert darkness(under, inside) - darkness(under, outside) > 0.2
