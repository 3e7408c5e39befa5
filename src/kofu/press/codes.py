"""Two-dimensional codes as drawings: one black path, so that a PDF/A holds it as lines and not as a picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import zxingcpp

from kofu.core.errors import OurFault

QUIET_MODULES = 4  # ISO/IEC 18004: four modules of white on every side
VERSION_MAX = 14
CHARACTERS_MAX = 528  # of the alphanumeric mode that version 14 holds at level M
_BASE_MODULES = 17
_PER_VERSION = 4
_BLACK = re.compile(rb"\0+")


class CodeTooLarge(OurFault):
    """The content does not fit the largest code allowed; nothing of it is left out silently."""

    def __init__(self, size: int) -> None:
        """Tell the size in characters."""
        super().__init__("code_too_large", f"a code holds {CHARACTERS_MAX} characters, this content has {size}")


@dataclass(frozen=True, slots=True)
class CodeDrawing:
    """A code as the black stretches of its rows; `modules` counts a side with its quiet zone.

    `stretches`: row, from and until, counted in modules from the upper left corner of the quiet zone.
    """

    stretches: tuple[tuple[int, int, int], ...]
    modules: int

    @property
    def svg(self) -> str:
        """The code as SVG whose one path fills the black modules."""
        path = "".join(f"M{left} {row}h{right - left}v1h{left - right}z" for row, left, right in self.stretches)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.modules} {self.modules}">'
            f'<path fill="#000" d="{path}"/></svg>'
        )


def draw_code(content: str) -> CodeDrawing:
    """Draw `content` as a QR code of level M. The same text gives the same drawing. Raises `CodeTooLarge`.

    The text is of the alphanumeric mode: digits, capital letters, space and $ % * + - . / :
    """
    if len(content) > CHARACTERS_MAX:
        raise CodeTooLarge(len(content))
    image = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_image(
        scale=1, add_quiet_zones=False
    )
    height, width = image.shape[:2]
    if width != height or width > _BASE_MODULES + _PER_VERSION * VERSION_MAX:
        raise CodeTooLarge(len(content))
    dark = memoryview(image).tobytes()  # type: ignore[arg-type]  # it is a buffer
    side = width + 2 * QUIET_MODULES
    stretches = tuple(
        (row + QUIET_MODULES, left + QUIET_MODULES, right + QUIET_MODULES)
        for row in range(height)
        for left, right in _runs(dark[row * width : (row + 1) * width])
    )
    return CodeDrawing(stretches, side)


def _runs(row: bytes) -> Iterator[tuple[int, int]]:
    """Give the black stretches of a row, from and until."""
    return (found.span() for found in _BLACK.finditer(row))
