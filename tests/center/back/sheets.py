"""Sheets as a printer and a scanner make them: what the tests of the back of the paper start from."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pypdfium2
from PIL import Image, ImageChops, ImageFilter
from tests.center.papers import backs, document

from kofu.center.back.keys import BackKeys
from kofu.center.back.sealed import unseal
from kofu.center.back.symbols import find_sheets

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
CITY = "139998"


def printed(pages: int = 1, later: int = 0):
    return backs().add_to(document(pages), CITY, NOW + timedelta(minutes=later))


def drawn(pdf: bytes, index: int, dpi: int = 300) -> Image.Image:
    with pypdfium2.PdfDocument(pdf) as opened:
        return opened[index].render(scale=dpi / 72, grayscale=True).to_pil().convert("L")


def scanned(
    page: Image.Image, *, turn=0.0, blur=0.7, noise=8.0, paper=235, ink=35, scale=1.0, quality=75
) -> Image.Image:
    """Do to a page what a printer and a scanner do: turn, stretch, smear, grey, grain, JPEG."""
    size = (round(page.width * scale), round(page.height * scale))
    seen = page.resize(size, Image.Resampling.BICUBIC).rotate(turn, Image.Resampling.BICUBIC, fillcolor=255)
    seen = seen.filter(ImageFilter.GaussianBlur(blur)).point(lambda light: round(ink + light * (paper - ink) / 255))
    seen = ImageChops.add(seen, Image.effect_noise(seen.size, noise), 1, -128)
    out = io.BytesIO()
    seen.save(out, "JPEG", quality=quality)
    return Image.open(out).convert("L")


def front_of(scan: Image.Image, keys: BackKeys | None = None):
    (sheet,) = find_sheets(scan).values()
    assert sheet.whole
    return unseal(sheet.sealed(), sheet.nonce, keys or backs().keys)
