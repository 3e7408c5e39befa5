"""ward.people: invented people of every shape, the same ones each time, whose amounts add up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any

import pytest

from kofu.contracts.feed import Column, ColumnType, Table
from kofu.contracts.feed_tables import (
    ASSESSMENTS,
    CARD_CERTIFICATES,
    COLLECTIONS,
    DEDUCTION_COLUMNS,
    INCOME_COLUMNS,
    RESIDENTS,
    TAX_COLUMNS,
)
from kofu.core.birthday import parse_birthday
from kofu.core.names import name_text_fault
from kofu.ward.draw import Draw
from kofu.ward.people import LARGEST_WARD, Municipality, WardPerson, WardPlan, newest_year, population
from kofu.ward.shapes import GALLERY, Life, NameShape, Paying, PersonShape

DAY = date(2026, 11, 23)
WARD = Municipality(code="139998", name="東京都見本区")


def people(size: int, *, seed: int = 1, day: date = DAY, years: int = 4):
    return population(WardPlan(municipality=WARD, seed=seed, size=size, day=day, years=years))


@lru_cache(maxsize=1)
def two_thousand() -> tuple[WardPerson, ...]:
    return tuple(people(2000))


def named(table: Table, row: tuple) -> dict:
    return dict(zip(table.column_names, row, strict=True))


def assessments():
    return [named(ASSESSMENTS, row) for person in two_thousand() for row in person.assessments]


def collections():
    return [named(COLLECTIONS, row) for person in two_thousand() for row in person.collections]


def yen(text: str) -> list[int]:
    return [int(part) for part in text.split("|")]


def test_the_same_seed_makes_the_same_people() -> None:
    assert tuple(people(300)) == two_thousand()[:300]


def test_another_seed_makes_other_people() -> None:
    assert [p.resident for p in people(50, seed=2)] != [p.resident for p in two_thousand()[:50]]


def test_a_person_is_the_same_in_a_ward_of_any_size() -> None:
    assert list(islice(people(LARGEST_WARD), 200)) == list(two_thousand()[:200])


@pytest.mark.parametrize("size", [0, LARGEST_WARD + 1])
def test_a_ward_of_nobody_or_of_too_many_is_refused(size) -> None:
    with pytest.raises(ValueError, match="1 to 1,000,000"):
        next(people(size))


def test_every_value_of_every_axis_occurs_in_two_thousand_people() -> None:
    seen = {value for person in two_thousand() for value in person.shape.values()}
    every = {value for axis in PersonShape.__dataclass_fields__ for value in type(getattr(GALLERY[0], axis))}
    assert every - seen == set()
    drawn = {value for person in two_thousand()[len(GALLERY) :] for value in person.shape.values()}
    assert {Life.CHILD, Life.MOVED_OUT, NameShape.VARIANT, NameShape.LATIN, Paying.LAST_LATE} <= drawn


def rows_by_table():
    return (
        (ASSESSMENTS, [row for p in two_thousand() for row in p.assessments]),
        (COLLECTIONS, [row for p in two_thousand() for row in p.collections]),
        (RESIDENTS, [p.resident for p in two_thousand()]),
        (CARD_CERTIFICATES, [row for p in two_thousand() for row in p.certificates]),
    )


def test_keys_stand_once() -> None:
    for table, rows in rows_by_table():
        positions = [table.column_names.index(name) for name in table.key]
        keys = [tuple(row[position] for position in positions) for row in rows]
        assert len(set(keys)) == len(keys), table.name


FITS: dict[ColumnType, Callable[[Column, Any], bool]] = {
    ColumnType.CODE: lambda column, cell: cell in column.codes,
    ColumnType.YEN: lambda column, cell: isinstance(cell, int) and (column.negative or cell >= 0),
    ColumnType.COUNT: lambda _, cell: isinstance(cell, int) and cell >= 0,
    ColumnType.FLAG: lambda _, cell: cell in (0, 1),
    ColumnType.DIGITS: lambda _, cell: cell.isascii() and cell.isdigit(),
    ColumnType.DATE: lambda _, cell: isinstance(cell, date),
    ColumnType.YEAR: lambda _, cell: 2000 < cell < 2100,
}


def test_every_cell_is_what_the_contract_says() -> None:
    for table, rows in rows_by_table():
        for row in rows:
            for column, cell in zip(table.columns, row, strict=True):
                where = f"{table.name}.{column.name}"
                if cell is None:
                    assert column.optional, where
                    continue
                assert FITS.get(column.type, lambda _, cell: isinstance(cell, str))(column, cell), where
                assert not column.max_length or len(cell) <= column.max_length, where


def test_names_and_birthdays_are_fit_to_be_received() -> None:
    for person in two_thousand():
        row = named(RESIDENTS, person.resident)
        assert name_text_fault(row["name"]) is None
        assert name_text_fault(row["address"]) is None
        parse_birthday(row["birthday"])


def test_incomes_and_deductions_add_up() -> None:
    kinds = [c.name for c in INCOME_COLUMNS]
    parts = [name for name in kinds if name.endswith("_income") and name not in ("total_income", "aggregate_income")]
    deductions = [c.name for c in DEDUCTION_COLUMNS if c.name != "deduction_total"]
    for row in assessments():
        assert row["aggregate_income"] == max(0, sum(row[name] for name in parts))
        assert row["total_income"] == max(0, row["aggregate_income"] - row["loss_carryforward"])
        assert row["deduction_total"] == sum(row[name] for name in deductions)


def test_taxable_bases_are_income_less_deductions_in_thousands() -> None:
    for row in assessments():
        bases = [row[name] for name in row if name.startswith("base_")]
        assert all(base % 1000 == 0 for base in bases)
        assert sum(bases) <= max(0, row["total_income"] - row["deduction_total"])


def test_the_years_tax_is_the_sum_of_its_parts_and_fits_the_liability() -> None:
    parts = [c.name for c in TAX_COLUMNS if c.name != "annual_tax"]
    for row in assessments():
        assert row["annual_tax"] == sum(row[name] for name in parts)
        levy = row["ward_income_levy"] + row["metro_income_levy"]
        expected = "taxable" if levy else "per_capita_only" if row["annual_tax"] else "nontaxable"
        assert row["liability"] == expected
        assert (row["collection_method"] == "none") == (row["annual_tax"] == 0)


def test_per_capita_levies_and_forest_tax_follow_the_fiscal_year() -> None:
    """地方税法38条, 310条 and 森林環境税法: 3,000 + 1,000 + 1,000 from FY2024, 3,500 + 1,500 before."""
    for row in assessments():
        if row["annual_tax"]:
            got = (row["ward_per_capita_levy"], row["metro_per_capita_levy"], row["forest_environment_tax"])
            assert got == ((3000, 1000, 1000) if row["fiscal_year"] >= 2024 else (3500, 1500, 0))


def test_who_declared_nothing_or_was_taxed_elsewhere_has_no_amounts() -> None:
    silent = [row for row in assessments() if row["declaration"] != "declared" or not row["taxing_right"]]
    assert silent
    amounts = [c.name for c in (*INCOME_COLUMNS, *DEDUCTION_COLUMNS, *TAX_COLUMNS)]
    assert all(row[name] == 0 for row in silent for name in amounts)


def test_notices_of_a_year_ask_for_exactly_the_years_tax() -> None:
    asked: dict[tuple, int] = {}
    for row in collections():
        if row["tax"] == "resident" and row["origin_year"] == row["fiscal_year"]:
            key = (row["addressee_number"], row["fiscal_year"])
            asked[key] = asked.get(key, 0) + row["assessed_total"]
    due = {(r["addressee_number"], r["fiscal_year"]): r["annual_tax"] for r in assessments() if r["annual_tax"]}
    assert asked == due


def test_installments_are_parallel_and_never_overpaid() -> None:
    for row in collections():
        assessed, paid = yen(row["assessed"]), yen(row["paid"])
        assert len(assessed) == len(paid) == len(row["due_dates"].split("|")) == len(row["installments"].split("|"))
        assert all(0 <= p <= a for p, a in zip(paid, assessed, strict=True))
        assert (sum(assessed), sum(paid)) == (row["assessed_total"], row["paid_total"])


def test_the_first_card_can_get_a_taxation_certificate_at_once() -> None:
    first = two_thousand()[0]
    assert named(RESIDENTS, first.resident)["status"] == "resident"
    assert named(CARD_CERTIFICATES, first.certificates[0])["status"] == "valid"
    newest = named(ASSESSMENTS, first.assessments[-1])
    assert (newest["fiscal_year"], newest["liability"], newest["taxing_right"]) == (2026, "taxable", 1)


@pytest.mark.parametrize(
    ("day", "year"), [(date(2026, 5, 9), 2025), (date(2026, 5, 10), 2026), (date(2027, 1, 1), 2026)]
)
def test_in_april_last_years_assessment_is_still_the_newest(day, year) -> None:
    assert newest_year(day) == year
    assert all(row[2] <= year for person in people(100, day=day) for row in person.assessments)


@pytest.mark.parametrize("day", [date(2024, 2, 29), date(2026, 1, 2), date(2028, 4, 1)])
def test_any_day_can_be_the_business_date(day) -> None:
    assert len(list(people(1500, day=day, years=6))) == 1500


def test_someone_under_fifteen_is_really_under_fifteen() -> None:
    for person in two_thousand():
        if person.shape.life is Life.CHILD:
            born = parse_birthday(named(RESIDENTS, person.resident)["birthday"])
            age = born.youngest_age_on(DAY)
            assert age is None or age < 15
            assert person.assessments == ()


def test_chance_does_not_depend_on_the_python_at_hand() -> None:
    """The same people on every machine: these numbers were drawn once and must never change."""
    draw = Draw(1, 4711)
    assert [draw.below(1000) for _ in range(5)] == EXPECTED_DRAWS


EXPECTED_DRAWS = [150, 78, 496, 338, 460]


def test_labels_say_what_is_special() -> None:
    labels = [person.shape.label() for person in two_thousand()[: len(GALLERY)]]
    assert labels[0] == "給与のみ・完納"
    assert len(set(labels)) == len(labels)
