"""Each fault of arithmetic is found by its rule in a ward that is lawful without it."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import polars as pl
import pytest

from kofu.contracts.feed_tables import ASSESSMENTS, DEDUCTION_COLUMNS, TAX_COLUMNS
from kofu.judgement.arithmetic import broken_by_arithmetic
from kofu.judgement.findings import Severity
from kofu.ward.arithmetic_faults import ARITHMETIC_FAULTS
from kofu.ward.people import Municipality, WardPlan, population

DAY = date(2026, 11, 24)
HOLD_A_ROW = {"fixed-credit-over-limit", "salary-income-off-table"}


@lru_cache(maxsize=1)
def sound() -> pl.DataFrame:
    plan = WardPlan(municipality=Municipality(code="139998", name="東京都見本区"), seed=1, size=200, day=DAY)
    rows = [[str(cell) for cell in row] for person in population(plan) for row in person.assessments]
    return pl.DataFrame(rows, schema=dict.fromkeys(ASSESSMENTS.column_names, pl.String), orient="row")


def broken(frame: pl.DataFrame) -> dict[str, Severity]:
    numbered = frame.with_row_index("line", offset=2)
    return {rule.name: rule.severity for rule, _ in broken_by_arithmetic(ASSESSMENTS, numbered, DAY)}


def test_the_ward_without_a_fault_is_lawful():
    assert broken(sound()) == {}


@pytest.mark.parametrize("fault", ARITHMETIC_FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_found_by_its_rule(fault):
    found = broken(fault.change(sound()))
    if fault.name in HOLD_A_ROW:
        assert found == {fault.rule: Severity.ROW_HELD}
    else:
        assert found[fault.rule] is Severity.HARD


@pytest.mark.parametrize("fault", ARITHMETIC_FAULTS, ids=lambda fault: fault.name)
def test_a_fault_keeps_the_sums_the_file_must_keep(fault):
    """Only the law of the year can find it: 所得控除合計 and 年税額 still add up."""
    changed = fault.change(sound())
    for total, columns in (("deduction_total", DEDUCTION_COLUMNS), ("annual_tax", TAX_COLUMNS)):
        parts = pl.sum_horizontal([pl.col(c.name).cast(pl.Int64) for c in columns if c.name != total])
        assert changed.select((pl.col(total).cast(pl.Int64) == parts).all()).item()
    assert changed.columns == sound().columns
    assert changed.height == sound().height


def test_a_ward_without_a_fitting_row_is_told():
    with pytest.raises(ValueError, match="larger ward"):
        ARITHMETIC_FAULTS[-1].change(sound().head(0))
