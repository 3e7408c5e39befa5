"""Pages of papers as pictures, compared with the ones kept."""

from __future__ import annotations

import pypdfium2
from PIL import Image, ImageChops

PIXELS_PER_INCH = 80
DIFFERENT = 60  # of 255: more than another rounding of an edge
PIXELS_MAX = 12  # a single digit in the smallest type changes more


def picture(pdf: bytes, page: int = 0) -> Image.Image:
    return pypdfium2.PdfDocument(pdf)[page].render(scale=PIXELS_PER_INCH / 72).to_pil().convert("L")


def pixels_apart(first: Image.Image, second: Image.Image) -> int:
    assert first.size == second.size
    return sum(ImageChops.difference(first, second).histogram()[DIFFERENT:])
