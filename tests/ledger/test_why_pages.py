"""The worked examples of docs/why are what the program calculates, line by line."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from kofu.ledger.books.domain.interest import Calculation, interest
from kofu.ledger.books.domain.prescription import ExtinctionCause, Happening, PrescriptionEvent, extinction
from kofu.ledger.books.domain.refund_interest import Origin, RefundCause, refund_interest
from kofu.ledger.books.rates_file import load_rates

WHY = Path(__file__).parents[2] / "docs" / "why"
RATES = load_rates()
LATE = interest(due_date=date(2021, 5, 31), assessed=65_000, payments=(), until=date(2022, 1, 31), rates=RATES)
OFFSET = interest(due_date=date(2025, 9, 1), assessed=200_000, payments=(), until=date(2026, 7, 1), rates=RATES)
REFUND, IN_ERROR = (
    refund_interest(300_000, Origin(cause=cause, paid_on=date(2025, 9, 1)), date(2026, 10, 30), RATES)
    for cause in (RefundCause.REASSESSMENT, RefundCause.OTHER)
)


def rows(page: str) -> list[list[str]]:
    lines = (WHY / page).read_text(encoding="utf-8").splitlines()
    return [re.split(r"\s*\|\s*", line.strip("| ")) for line in lines if re.match(r"\| \d{4}-", line)]


@pytest.mark.parametrize(
    ("page", "calculation"),
    [("interest.md", LATE), ("refund-interest.md", REFUND), ("appropriation.md", OFFSET)],
)
def test_the_lines_of_the_page_are_the_pieces_of_the_calculation(page: str, calculation: Calculation) -> None:
    assert rows(page) == [
        [str(s.first), str(s.last), str(s.days), f"{s.base:,}", str(s.rate), f"{s.amount:,}"]
        for s in calculation.segments
    ]
    text = (WHY / page).read_text(encoding="utf-8")
    assert f"The sum is {calculation.sum:,}, cut below 100: **{calculation.amount:,} 円**" in text


def test_the_refund_for_another_cause_comes_to_what_the_page_says() -> None:
    assert IN_ERROR.segments[0].first == date(2025, 10, 2)
    assert IN_ERROR.amount == 3_900


def test_the_steps_of_the_page_are_the_steps_of_the_five_years() -> None:
    happened = [
        PrescriptionEvent(Happening.DUNNED, date(2020, 7, 20)),
        PrescriptionEvent(Happening.ACKNOWLEDGED, date(2023, 3, 31)),
        PrescriptionEvent(Happening.DUNNED, date(2024, 9, 10)),
        PrescriptionEvent(Happening.SUSPENDED, date(2025, 4, 10)),
    ]
    found = extinction(date(2020, 7, 1), happened)
    shown = [[str(s.event.on), str(s.last_day), "no effect" if s.without_effect else s.basis] for s in found.steps]
    assert [[row[0], row[2], row[3]] for row in rows("prescription.md")[1:]] == shown
    assert (found.on, found.cause) == (date(2028, 4, 1), ExtinctionCause.PRESCRIBED)
