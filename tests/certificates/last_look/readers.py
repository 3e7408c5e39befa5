"""Papers as other readers show them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pypdfium2
from PIL import Image, ImageChops, ImageFilter

PIXELS_PER_INCH = 80
DIFFERENT = 40  # of 255


def by_pdfium(pdf: bytes, _: Path) -> Image.Image:
    return pypdfium2.PdfDocument(pdf)[0].render(scale=PIXELS_PER_INCH / 72).to_pil().convert("L")


def by_poppler(pdf: bytes, folder: Path) -> Image.Image:
    (folder / "in.pdf").write_bytes(pdf)
    program = [
        "pdftoppm",
        "-gray",
        "-singlefile",
        "-r",
        str(PIXELS_PER_INCH),
        str(folder / "in.pdf"),
        str(folder / "out"),
    ]
    subprocess.run(program, check=True, capture_output=True, timeout=60)
    return Image.open(folder / "out.pgm").copy()


def look_the_same(right: Image.Image, now: Image.Image) -> bool:
    """Whether each pixel is as dark as one of its neighbours was: another rounding of an edge is not seen."""
    if right.size != now.size:
        return False
    darkest, lightest = right.filter(ImageFilter.MinFilter(3)), right.filter(ImageFilter.MaxFilter(3))
    beyond = (ImageChops.subtract(darkest, now), ImageChops.subtract(now, lightest))
    return not any(any(one.histogram()[DIFFERENT:]) for one in beyond)
