"""Number plates as residents write them."""

from __future__ import annotations

import pytest

from kofu.core.errors import ResidentFault
from kofu.kiosk.domain.plate import LETTERS, places, read_plate


@pytest.mark.parametrize(
    "written", ["見本 580 あ 12-34", "見本　５８０　あ　１２－３４", " 見本  580 あ 12−34 ", "見本 580 あ 12ー34"]
)
def test_however_the_plate_is_written_it_reads_as_the_ward_has_it(written) -> None:
    assert read_plate(written) == "見本 580 あ 12-34"


@pytest.mark.parametrize("written", ["", "   ", "あ" * 21, "見本\x00"])
def test_what_is_no_plate_is_not_taken(written) -> None:
    with pytest.raises(ResidentFault):
        read_plate(written)


def test_letters_that_no_plate_bears_are_not_on_the_keys() -> None:
    """道路運送車両法施行規則: お, し, へ, ん are not used."""
    assert set("おしへん").isdisjoint(LETTERS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("東京都見本区", ("見本", "見本区")),
        ("青空市", ("青空", "青空市")),
        ("神奈川県見本郡青空町", ("青空", "青空町")),
        ("みほん", ("みほん",)),
    ],
)
def test_the_first_keys_are_the_wards_own_places(name, expected) -> None:
    assert places(name) == expected
