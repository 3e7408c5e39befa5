"""The file of rates: dated, whole, and clear about what is wrong or missing in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.rates import RateKind
from kofu.ledger.books.rates_file import load_rates

GOOD = "first_month = 28, after = 91, refund = 13"


@pytest.fixture
def written(tmp_path: Path):
    def write(text: str) -> Path:
        path = tmp_path / "rates.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_trap_2_the_rates_of_2026_rose() -> None:
    """日野市: 2.8, 9.1, 1.3 % after 2.4, 8.7, 0.9 %."""
    rates = load_rates()
    kinds = (RateKind.FIRST_MONTH, RateKind.AFTER, RateKind.REFUND)
    assert [rates.rate(kind, 2025) for kind in kinds] == [24, 87, 9]
    assert [rates.rate(kind, 2026) for kind in kinds] == [28, 91, 13]


def test_since_2021_refunds_bear_half_a_percent_less_than_the_base_of_late_payments() -> None:
    """還付加算金特例基準割合 = 平均貸付割合 + 0.5 %, 延滞金特例基準割合 = + 1 %; the low rate is that and 1 % more."""
    rates = load_rates()
    for year in range(2021, 2027):
        assert rates.rate(RateKind.FIRST_MONTH, year) - rates.rate(RateKind.REFUND, year) == 15
        assert rates.rate(RateKind.AFTER, year) - rates.rate(RateKind.FIRST_MONTH, year) == 63
        assert rates.rate(RateKind.GRACE, year) == rates.rate(RateKind.REFUND, year)


def test_every_year_from_1990_to_2026_is_there_and_2027_is_not_guessed() -> None:
    rates = load_rates()
    assert sorted(rates.years) == list(range(1990, 2027))
    with pytest.raises(OperatorFault, match=r"rates\.toml has no rate refund for 2027") as caught:
        rates.rate(RateKind.REFUND, 2027)
    assert caught.value.code == "rate_missing"


def test_grace_has_no_rate_before_2014() -> None:
    with pytest.raises(OperatorFault, match="grace for 2013"):
        load_rates().rate(RateKind.GRACE, 2013)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "years"),
        ("[years", "cannot be read"),
        (f"[years]\nR8 = {{ {GOOD} }}", "years.R8 is not a calendar year"),
        ("[years]\n2026 = { first_month = 28, after = 91 }", "years.2026 has no refund"),
        (f"[years]\n2026 = {{ {GOOD}, late = 1 }}", "years.2026.late is no rate"),
        ("[years]\n2026 = { first_month = 2.8, after = 91, refund = 13 }", "years.2026.first_month must be per mille"),
        ("[years]\n2026 = { first_month = 28, after = 910, refund = 13 }", "years.2026.after must be per mille"),
    ],
)
def test_what_is_wrong_in_the_file_is_named_by_its_key(written, text: str, said: str) -> None:
    with pytest.raises(OperatorFault) as caught:
        load_rates(written(text))
    assert caught.value.code == "rates_file"
    assert said in caught.value.message


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OperatorFault, match=r"missing\.toml"):
        load_rates(tmp_path / "missing.toml")
