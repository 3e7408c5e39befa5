"""移行の比較: every claim whose 延滞金 differs from the old system's is named, with what is known of why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import psycopg
import pytest
from tests.ledger.books.claims_owing import RULES, WARD, owing

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.interest import NewYear
from kofu.ledger.taking_over.compare_interest import compare_interest
from kofu.ledger.taking_over.domain.old_figures import DifferenceReason, Differing, InterestFigures, differences

ON = date(2025, 4, 12)
HEAD = "notice_number,installment,interest\n"


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened


def test_each_kind_of_difference_is_named() -> None:
    old = {("A", "1"): 1_000, ("B", "1"): 500, ("C", "1"): 3_000, ("D", "1"): 0, ("E", "1"): 2_000}
    here = {
        ("A", "1"): InterestFigures(0, 1_000),
        ("B", "1"): InterestFigures(700, 600),
        ("D", "1"): InterestFigures(0, 0),
        ("E", "1"): InterestFigures(None, None),
        ("F", "1"): InterestFigures(4_000, 4_000),
        ("G", "1"): InterestFigures(0, 0),
    }
    assert differences(old, here) == (
        Differing(("A", "1"), 1_000, 0, DifferenceReason.NEW_YEAR),
        Differing(("B", "1"), 500, 700, DifferenceReason.OTHER),
        Differing(("C", "1"), 3_000, None, DifferenceReason.NOT_TAKEN_OVER),
        Differing(("E", "1"), 2_000, None, DifferenceReason.RATE_MISSING),
        Differing(("F", "1"), None, 4_000, DifferenceReason.NOT_NAMED),
    )


@pytest.mark.storage
@pytest.mark.parametrize(("here", "old", "ours"), [(NewYear.CUT, 1_000, 0), (NewYear.JOIN, 0, 1_000)])
def test_a_claim_that_differs_by_the_new_year_alone_is_named_as_such(connection, tmp_path, here, old, ours) -> None:
    """安曇野市の公表例: 16,000 yen due 2024-07-01, on 2025-04-12: 1,000 joined, 999 → 0 cut."""
    owing(connection, "A1", date(2024, 7, 1), 16_000)
    owing(connection, "A2", date(2024, 7, 1), 56_000)
    file = tmp_path / "old.csv"
    file.write_text(f"{HEAD}A1,1,{old}\nA2,1,3500\n", encoding="utf-8")
    found = compare_interest(connection, WARD, file, on=ON, rules=replace(RULES, new_year=here))
    assert (found.named, found.here) == (2, 2)
    assert found.differing == (Differing(("A1", "1"), old, ours, DifferenceReason.NEW_YEAR),)


@pytest.mark.storage
@pytest.mark.parametrize("content", ["wrong\n", f"{HEAD}A1,1,x\n", f"{HEAD}A1,1,0\nA1,1,0\n"])
def test_a_file_that_cannot_be_read_is_refused_with_its_line(connection, tmp_path: Path, content: str) -> None:
    file = tmp_path / "old.csv"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(OperatorFault, match=r"old\.csv"):
        compare_interest(connection, WARD, file, on=ON, rules=RULES)
