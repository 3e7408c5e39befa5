"""The scrambled image: twenty QR symbols (ISO/IEC 18004, version 29, level M) that carry the sealed front.

As few as can hold it are needed, the others are spares: a fold, a stamp or a hole may take them. Each symbol holds

    "KFB1" · nonce (12) · index · needed · length of the whole (3) · its part (1,241)

A scan is read in several ways, from the quick to the thorough, until enough symbols of one sheet are found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import zxingcpp
from PIL import Image, ImageFilter

from kofu.center.back.sealed import MAGIC, NONCE_BYTES
from kofu.center.domain.erasure import add_spares, restore
from kofu.core.errors import ensure

COLUMNS, ROWS = 4, 5
SYMBOLS = COLUMNS * ROWS
MODULES = 133  # a side of QR version 29
GAP = 5  # modules between symbols: the quiet zone of four and one more
DOTS_PER_MODULE = 4  # at 300 dots an inch: 0.34 mm
BLOCK_MODULES = (COLUMNS * (MODULES + GAP) - GAP, ROWS * (MODULES + GAP) - GAP)
MM_PER_MODULE = DOTS_PER_MODULE * 25.4 / 300
BLOCK_MM = (BLOCK_MODULES[0] * MM_PER_MODULE, BLOCK_MODULES[1] * MM_PER_MODULE)
SYMBOL_BYTES = 1262  # of version 29 at level M
HEADER_BYTES = len(MAGIC) + NONCE_BYTES + 5
PART_BYTES = SYMBOL_BYTES - HEADER_BYTES
SPARES_MIN = 3
SEALED_BYTES_MAX = (SYMBOLS - SPARES_MIN) * PART_BYTES

_QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
_FINE = 3508  # dots of the long side of A4 at 300 an inch
_PASSES: tuple[tuple[float, float], ...] = ((1.0, 0.0), (1.5, 0.0), (1.5, 0.8), (2.0, 1.2), (1.25, 1.6))
"""Ways of reading: enlarge the scan to so many times 300 dots an inch, after smoothing it by so many dots."""


@dataclass(slots=True)
class FoundSymbols:
    """Symbols of one sheet found so far."""

    nonce: bytes
    needed: int
    length: int
    parts: dict[int, bytes] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether there are enough of them."""
        return len(self.parts) >= self.needed

    def sealed(self) -> bytes:
        """Give what they carry together."""
        return restore(self.parts, needed=self.needed, length=self.length)


def draw_block(sealed: bytes, nonce: bytes) -> Image.Image:
    """Draw the symbols of `sealed` as one picture of two colours, four dots a module."""
    ensure(len(sealed) <= SEALED_BYTES_MAX, "the sealed front fits into the symbols")
    needed = max(1, -(-len(sealed) // PART_BYTES))
    fill = hashlib.shake_256(sealed).digest(needed * PART_BYTES - len(sealed))  # zeros would draw stripes
    filled = sealed + fill
    parts = add_spares(filled, needed=needed, total=SYMBOLS, part_bytes=PART_BYTES)
    block = Image.new("L", BLOCK_MODULES, 255)
    for index, part in enumerate(parts):
        header = MAGIC + nonce + bytes((index, needed)) + len(sealed).to_bytes(3, "big")
        row, column = divmod(index, COLUMNS)
        block.paste(_symbol(header + part), (column * (MODULES + GAP), row * (MODULES + GAP)))
    width, height = BLOCK_MODULES
    size = (width * DOTS_PER_MODULE, height * DOTS_PER_MODULE)
    return block.resize(size, Image.Resampling.NEAREST).convert("1", dither=Image.Dither.NONE)


def find_sheets(scan: Image.Image) -> dict[bytes, FoundSymbols]:
    """Read the symbols of a scan (grey) until one sheet is whole, or every way was tried. Sheets by their nonce."""
    sheets: dict[bytes, FoundSymbols] = {}
    for picture in _ways(scan):
        for symbol in zxingcpp.read_barcodes(
            picture, formats=_QR, try_invert=False, try_downscale=False, try_rotate=False
        ):
            _take(sheets, bytes(symbol.bytes))
        if any(sheet.whole for sheet in sheets.values()):
            break
    return sheets


def _ways(scan: Image.Image) -> Iterator[Image.Image]:
    for factor, smoothing in _PASSES:
        picture = scan.filter(ImageFilter.GaussianBlur(smoothing)) if smoothing else scan
        scale = factor * _FINE / max(picture.size)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        yield picture.resize(size, Image.Resampling.BICUBIC)


def _take(sheets: dict[bytes, FoundSymbols], data: bytes) -> None:
    if len(data) != SYMBOL_BYTES or not data.startswith(MAGIC):
        return
    nonce = data[len(MAGIC) : len(MAGIC) + NONCE_BYTES]
    index, needed = data[HEADER_BYTES - 5], data[HEADER_BYTES - 4]
    length = int.from_bytes(data[HEADER_BYTES - 3 : HEADER_BYTES], "big")
    if not (index < SYMBOLS and 0 < needed <= SYMBOLS and length <= needed * PART_BYTES):
        return
    sheet = sheets.setdefault(nonce, FoundSymbols(nonce, needed, length))
    if (sheet.needed, sheet.length) == (needed, length):
        sheet.parts[index] = data[HEADER_BYTES:]


def _symbol(data: bytes) -> Image.Image:
    """One symbol, one dot a module. The mask is fixed: sealed bytes are random, no other mask would look better."""
    drawn = zxingcpp.create_barcode(data, zxingcpp.BarcodeFormat.QRCode, ec_level="M", data_mask=3).to_image(
        scale=1, add_quiet_zones=False
    )
    ensure(drawn.shape[:2] == (MODULES, MODULES), "a symbol has the size of its version")
    return Image.frombuffer("L", (MODULES, MODULES), memoryview(drawn).tobytes())  # type: ignore[arg-type]  # it is a buffer
