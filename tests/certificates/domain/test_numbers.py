"""発行番号: 住民記録システム標準仕様書 §5.5 names day, municipality, machine and number; the machine may be missing."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.certificates.domain.numbers import Series, certificate_number, series_of
from kofu.core.errors import InvariantBroken

DAY = date(2026, 11, 24)


def test_a_kiosks_number_names_day_municipality_and_running_number() -> None:
    assert certificate_number(DAY, "139998", 12) == "20261124-139998-000000012"


def test_a_counters_number_names_the_counter_in_the_place_of_the_machine() -> None:
    assert certificate_number(DAY, "139998", 12, Series.COUNTER) == "20261124-139998-C-000000012"


@given(st.integers(1, 10**12), st.integers(1, 10**12))
def test_no_number_of_the_counter_is_ever_one_of_a_kiosk(kiosk: int, counter: int) -> None:
    """Each series counts by itself: equal running numbers on one day must still be two numbers."""
    assert certificate_number(DAY, "139998", kiosk) != certificate_number(DAY, "139998", counter, Series.COUNTER)


@given(st.sampled_from(Series), st.integers(1, 10**12))
def test_a_number_tells_its_series(series: Series, running: int) -> None:
    assert series_of(certificate_number(DAY, "139998", running, series)) is series


@pytest.mark.parametrize("text", ["", "2026-00012345", "20261124-139998-X-000000012", "20261124-139998-000000012 "])
def test_what_is_no_number_has_no_series(text: str) -> None:
    assert series_of(text) is None


def test_a_running_number_is_positive() -> None:
    with pytest.raises(InvariantBroken):
        certificate_number(DAY, "139998", 0, Series.COUNTER)
