"""The bars of the slip, read back by a reader that shares no code with them (zxing-cpp)."""

from __future__ import annotations

import itertools
from datetime import date

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from kofu.core.errors import InvariantBroken
from kofu.ledger.slips.codecs.barcode import build, parse
from kofu.ledger.slips.codecs.code128 import values_of, widths_of

SAMPLE = "91912345000000000000004520875004013100295004"
PIXELS_PER_MODULE = 3
QUIET_MODULES = 10


def drawn(widths: tuple[int, ...]) -> Image.Image:
    row = [255] * QUIET_MODULES
    for place, width in enumerate(widths):
        row += [0 if place % 2 == 0 else 255] * width
    row += [255] * QUIET_MODULES
    picture = Image.new("L", (len(row), 1))
    picture.putdata(row)
    return picture.resize((len(row) * PIXELS_PER_MODULE, 120), Image.Resampling.NEAREST)


def read(picture: Image.Image):
    found = zxingcpp.read_barcodes(picture)
    assert len(found) == 1
    return found[0]


def test_the_sample_is_288_modules_and_so_at_most_60_mm_at_0_2_mm() -> None:
    """標準料金代理収納: the symbol is at most 60 mm wide."""
    assert sum(widths_of(values_of(SAMPLE))) == 288


def test_the_bars_of_the_sample_are_a_gs1_128_with_its_digits() -> None:
    found = read(drawn(widths_of(values_of(SAMPLE))))
    assert found.content_type == zxingcpp.ContentType.GS1
    assert found.symbology_identifier == "]C1"
    assert "".join(letter for letter in found.text if letter.isdigit()) == SAMPLE


@settings(max_examples=25, deadline=None)
@given(st.from_regex(r"[0-9]{21}", fullmatch=True), st.integers(1, 300_000))
def test_the_bars_of_any_slip_read_back_as_its_digits(free, amount) -> None:
    barcode = build(issuer="912345", free=free, reissued=0, pay_by=date(2026, 8, 31), amount=amount)
    text = read(drawn(widths_of(values_of(barcode.digits)))).text
    assert parse("".join(letter for letter in text if letter.isdigit())) == barcode


def runs(row: bytes) -> tuple[int, ...]:
    """Give how many modules are alike, one after the other."""
    return tuple(len(list(alike)) for _, alike in itertools.groupby(row))


@given(st.from_regex(r"91[0-9]{42}", fullmatch=True))
def test_the_bars_are_those_another_writer_draws_with_fnc1_in_front(digits) -> None:
    """A second opinion on the whole symbol: zxing-cpp's own writer, told that it is GS1."""
    written = zxingcpp.create_barcode(f"(91){digits[2:]}", zxingcpp.BarcodeFormat.Code128, gs1=True)
    image = memoryview(written.to_image(scale=1, add_quiet_zones=False))
    assert written.symbology_identifier == "]C1"
    assert runs(image.tobytes()[: image.shape[1]]) == widths_of(values_of(digits))


def test_every_pair_of_digits_has_bars_of_its_own() -> None:
    widths = [widths_of((value,)) for value in range(106)]
    assert len(set(widths)) == 106
    assert all(sum(width) == 11 for width in widths)
    assert sum(widths_of((106,))) == 13


def test_an_odd_number_of_digits_is_a_defect() -> None:
    with pytest.raises(InvariantBroken):
        values_of("123")
