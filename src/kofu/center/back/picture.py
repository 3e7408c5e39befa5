"""The front as a small picture: black on white, as fine as fits on the back."""

from __future__ import annotations

import io
from dataclasses import dataclass
from threading import Lock

import pypdfium2
from PIL import Image

from kofu.core.errors import PeerFault

#: Fineness tried, dots an inch, the finest first. Below the last a certificate's small print cannot be read.
DPI_STEPS: tuple[int, ...] = (130, 120, 110, 100, 90, 80)
BLACK_BELOW = 150
PAGES_MAX = 20
SIDE_POINTS_MAX = 1000  # A4 has 842
#: PDFium is not made for several threads at once.
_ONE_AT_A_TIME = Lock()
_POINTS_PER_INCH = 72
_SIZE_POWER = 1.5  # by which a lossless picture grows with its fineness, measured on the forms


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as lossless WebP, and its fineness."""

    data: bytes
    dpi: int


def count_pages(pdf: bytes) -> int:
    """Count the pages. Raises `PeerFault` for what is no PDF of a certificate."""
    with _ONE_AT_A_TIME:
        document = _open(pdf)
        try:
            return len(document)
        finally:
            document.close()


def picture_of(pdf: bytes, index: int, bytes_max: int) -> Picture:
    """Draw page `index` as finely as `bytes_max` allows. Raises `PeerFault` for a page that fits at no fineness."""
    step = 0
    while step < len(DPI_STEPS):
        dpi = DPI_STEPS[step]
        data = _compress(_draw(pdf, index, dpi))
        if len(data) <= bytes_max:
            return Picture(data, dpi)
        likely = dpi * (bytes_max / len(data)) ** (1 / _SIZE_POWER)
        step += 1
        while step + 1 < len(DPI_STEPS) and DPI_STEPS[step] > likely:
            step += 1
    raise PeerFault("front_too_dense", "the ward's page has more detail than its back can hold")


def _draw(pdf: bytes, index: int, dpi: int) -> Image.Image:
    with _ONE_AT_A_TIME:
        document = _open(pdf)
        try:
            page = document[index]
            if max(page.get_size()) > SIDE_POINTS_MAX:
                raise PeerFault("front_too_large", "the ward's page is larger than the paper")
            drawn: Image.Image = page.render(scale=dpi / _POINTS_PER_INCH, grayscale=True).to_pil()
        finally:
            document.close()
    return drawn.convert("L").point(lambda light: 255 if light >= BLACK_BELOW else 0)


def _compress(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.convert("RGB").save(out, format="WEBP", lossless=True, quality=30, method=3)
    return out.getvalue()


def _open(pdf: bytes) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(pdf)
    except pypdfium2.PdfiumError as error:
        raise PeerFault("front_unreadable", "the ward's document cannot be read as a PDF") from error
    if not 0 < len(document) <= PAGES_MAX:
        document.close()
        raise PeerFault("front_pages", f"a certificate has one to {PAGES_MAX} pages")
    return document
