"""The synthetic ward is lawful: whatever the seed, the size and the day, no row breaks a rule of arithmetic."""

from __future__ import annotations

from collections import Counter
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kofu.contracts.feed import Table
from kofu.contracts.feed_tables import ASSESSMENTS, COLLECTIONS, RESIDENTS
from kofu.judgement.arithmetic import broken_by_arithmetic
from kofu.ward.people import Municipality, WardPerson, WardPlan, population
from kofu.ward.shapes import GALLERY

WARD = Municipality(code="139998", name="東京都見本区")
JUDGED_YEARS_DAYS = st.dates(date(2024, 5, 10), date(2027, 3, 31))


def people(seed: int, size: int, day: date) -> list[WardPerson]:
    return list(population(WardPlan(municipality=WARD, seed=seed, size=size, day=day, years=4)))


def frame(table: Table, rows: list[tuple]) -> pl.DataFrame:
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    schema = dict.fromkeys(table.column_names, pl.String)
    return pl.DataFrame(cells, schema=schema, orient="row").with_row_index("line", offset=2)


def assert_lawful(made: list[WardPerson], day: date) -> None:
    assessments = frame(ASSESSMENTS, [row for person in made for row in person.assessments])
    collections = frame(COLLECTIONS, [row for person in made for row in person.collections])
    for table, rows in ((ASSESSMENTS, assessments), (COLLECTIONS, collections)):
        assert {rule.name: lines.to_list() for rule, lines in broken_by_arithmetic(table, rows, day)} == {}
    asked: Counter[tuple[str, str]] = Counter()
    of_the_year = (pl.col("tax") == "resident") & (pl.col("origin_year") == pl.col("fiscal_year"))
    for row in collections.filter(of_the_year).rows(named=True):
        asked[row["addressee_number"], row["fiscal_year"]] += int(row["assessed_total"])
    for row in assessments.rows(named=True):
        assert asked[row["addressee_number"], row["fiscal_year"]] == int(row["annual_tax"])


@pytest.mark.parametrize("seed", [1, 20261124])
def test_a_ward_of_thousands_breaks_no_rule_of_the_year(seed) -> None:
    """地方税法: no income below zero, nobody above the limits of income, no base where no 所得割 is."""
    day = date(2026, 11, 24)
    assert_lawful(people(seed, 3_000, day), day)


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10**6), size=st.integers(1, len(GALLERY) + 100), day=JUDGED_YEARS_DAYS)
def test_a_ward_of_any_seed_size_and_day_breaks_no_rule_of_its_years(seed, size, day) -> None:
    assert_lawful(people(seed, size, day), day)


def test_what_the_law_limits_still_occurs_in_the_gallery() -> None:
    """A ward without 勤労学生, ひとり親 and 寡婦 would be lawful too, and show nothing."""
    made = people(1, len(GALLERY), date(2026, 11, 24))
    rows = frame(ASSESSMENTS, [row for person in made for row in person.assessments])
    for name in ("self_working_student", "self_single_parent", "self_widow", "flat_reduction"):
        assert (rows[name].cast(pl.Int64) > 0).any(), name


def test_a_widow_is_a_woman() -> None:
    """地方税法292条1項11号."""
    sex = RESIDENTS.column_names.index("sex")
    widow = ASSESSMENTS.column_names.index("self_widow")
    sexes = {p.resident[sex] for p in people(7, 2_000, date(2026, 11, 24)) if any(row[widow] for row in p.assessments)}
    assert sexes == {"female"}
