"""Cells of a feed: one spelling for each value."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.issuing.feed_maker import assessment, card, in_order, serial_of

from kofu.contracts.feed import Column, ColumnType, FeedMode
from kofu.contracts.feed_tables import ASSESSMENTS, CARD_CERTIFICATES
from kofu.issuing.feeds.feed_problems import FeedProblems
from kofu.issuing.feeds.feed_rules import cell_rules, check_rows, lines_without_zeros
from kofu.judgement.number_rows import read_numbers, read_texts


def broken(column, cell):
    """The reasons a cell is refused for."""
    frame = pl.DataFrame({column.name: [cell]})
    return [rule.reason for rule in cell_rules(column) if frame.select(rule.broken).item()]


def column(kind, **fields):
    return Column(name="cell", japanese="欄", type=kind, **fields)


YEN, SIGNED = column(ColumnType.YEN), column(ColumnType.YEN, negative=True)


@pytest.mark.parametrize("cell", ["0", "7", "1234567890123"])
def test_yen_in_its_only_spelling(cell):
    assert broken(YEN, cell) == broken(SIGNED, cell) == []


@pytest.mark.parametrize(
    "cell", ["-0", "+5", "007", " 5", "5 ", "1_000", "1,000", "1e3", "5.0", "５", "--5", "-", "1" * 14]
)
def test_any_other_spelling_of_yen_is_refused(cell):
    assert broken(YEN, cell) == broken(SIGNED, cell) == ["bad_cell"]


@given(st.integers(-(10**12), 10**12))
def test_a_negative_amount_is_taken_only_where_the_column_says_so(yen):
    assert broken(SIGNED, str(yen)) == []
    assert broken(YEN, str(yen)) == (["bad_cell"] if yen < 0 else [])


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (ColumnType.DATE, "2024-02-29", "2023-02-29"),
        (ColumnType.DATE, "2026-01-01", "2026-1-1"),
        (ColumnType.BIRTHDAY, "1950-??-??", "1950-02-30"),
        (ColumnType.FLAG, "1", "true"),
        (ColumnType.YEAR, "2026", "0206"),
        (ColumnType.COUNT, "3", "-1"),
        (ColumnType.DIGITS, "0012", "１２"),
        (ColumnType.YEN_LIST, "1|0|20", "1||2"),
        (ColumnType.DATE_LIST, "2026-06-30|2026-08-31", "2026-06-30|2026-06-31"),
        (ColumnType.LABEL_LIST, "1|2|全期", '1|"2'),
    ],
)
def test_each_kind_of_cell_takes_what_is_right_and_nothing_else(kind, good, bad):
    assert broken(column(kind), good) == []
    assert broken(column(kind), bad) == ["bad_cell"]


def test_length_counts_code_points_so_a_variation_selector_is_one():
    text = column(ColumnType.TEXT, max_length=2)
    assert broken(text, "邉\U000e010f") == []
    assert broken(text, "渡邉\U000e010f") == ["too_long"]


def test_an_empty_cell_is_refused_unless_optional():
    assert broken(column(ColumnType.TEXT), "") == ["required"]
    assert broken(column(ColumnType.TEXT, optional=True), "") == []


def test_a_right_row_has_no_problem_and_two_wrong_cells_are_two():
    rows = [assessment(), assessment(salary_income="x", liability="y")]
    cells = [[str(cell) for cell in in_order(ASSESSMENTS, row)] for row in rows]
    frame = pl.DataFrame(cells, schema=list(ASSESSMENTS.column_names), orient="row").with_columns(
        line=pl.Series([2, 3])
    )
    problems = FeedProblems()
    check_rows(ASSESSMENTS, FeedMode.FULL, frame, problems)
    assert [(problem.line, problem.column) for problem in problems.first] == [(3, "liability"), (3, "salary_income")]


def of_a_serial(serial: str) -> list[tuple[str, int | None, str | None]]:
    """The problems of a certificate's row with this serial, the row being sound but for it."""
    cells = {name: str(cell) for name, cell in card().items()} | {"serial": serial}
    frame = pl.DataFrame({name: [cells[name]] for name in CARD_CERTIFICATES.column_names} | {"line": [2]})
    problems = FeedProblems()
    check_rows(CARD_CERTIFICATES, FeedMode.FULL, frame, problems)
    assert all("spreadsheet" in one.sentence for one in problems.first if one.reason != "bad_cell")
    return [(one.reason, one.line, one.column) for one in problems.first]


@pytest.mark.parametrize(
    ("serial", "reason"),
    [
        (serial_of("00a1").lstrip("0"), "leading_zeros_lost"),
        ("1" * 31, "leading_zeros_lost"),
        ("0", "leading_zeros_lost"),
        ("1.23457E+31", "number_rewritten"),
        ("1E+31", "number_rewritten"),
        ("A" * 32, "bad_cell"),
        ("0x" + "1" * 30, "bad_cell"),
        (" " + "1" * 31, "bad_cell"),
    ],
)
def test_a_serial_a_spreadsheet_wrote_is_named_as_such_and_never_filled_up(serial: str, reason: str) -> None:
    assert of_a_serial(serial) == [(reason, 2, "serial")]


@pytest.mark.parametrize("serial", ["1" * 32, "0" * 31 + "1", "a" * 40])
def test_a_serial_in_the_contracts_form_is_taken(serial: str) -> None:
    assert of_a_serial(serial) == []


def test_a_number_rewritten_with_an_exponent_is_named() -> None:
    assert broken(column(ColumnType.DIGITS), "1.2E+14") == ["number_rewritten"]


@pytest.mark.parametrize(
    ("numbers", "width", "lines"),
    [
        (["0012", "0345", "12", "345"], 4, [4, 5]),
        (["12", "345", "6789"], 0, []),  # numbers nobody fills up have any width
        (["0012", "12345"], 4, []),
        ([], 0, []),
    ],
)
def test_numbers_shorter_than_a_padded_column_have_lost_their_zeros(
    numbers: list[str], width: int, lines: list[int]
) -> None:
    cells = pl.Series("cell", numbers, dtype=pl.String)
    frame = pl.DataFrame(
        {"width": cells.str.len_bytes(), "padded": cells.str.starts_with("0"), "line": range(2, len(cells) + 2)}
    )
    assert lines_without_zeros(frame) == (width, lines)


def cells_of(**cells: object) -> bytes:
    """A row of `assessments` as its bytes in a file."""
    return ",".join(str(cell) for cell in in_order(ASSESSMENTS, assessment(**cells))).encode()


def test_numbers_in_their_only_spelling_are_read_as_numbers_and_the_rest_as_text() -> None:
    frame = read_numbers(ASSESSMENTS, b"\n".join([cells_of(aggregate_income=-12), cells_of(salary_income=10**12)]), 2)
    assert frame is not None
    assert frame["aggregate_income"][0] == -12
    assert frame["salary_income"][1] == 10**12
    assert frame["addressee_number"].dtype == pl.String


@pytest.mark.parametrize("cell", ["+1", "01", "-0", " 1", "1 ", "1e5", "1.0", "", "9" * 20, "１", "-"])
def test_a_number_spelled_otherwise_is_read_as_text_and_named(cell: str) -> None:
    rows = [cells_of(), cells_of(salary_income=cell)]
    assert read_numbers(ASSESSMENTS, b"\n".join(rows), 2) is None
    frame = read_texts(ASSESSMENTS, b"\n".join(rows)).with_columns(line=pl.Series([2, 3]))
    problems = FeedProblems()
    check_rows(ASSESSMENTS, FeedMode.FULL, frame, problems)
    assert {(one.line, one.column) for one in problems.first} == {(3, "salary_income")}


def test_a_zero_too_many_is_not_made_up_by_a_row_that_lacks_a_cell() -> None:
    """Lengths are added up over a slice; lines of another number of cells never come here."""
    short, long = cells_of().rpartition(b",")[0], cells_of(salary_income="0001")
    assert read_numbers(ASSESSMENTS, b"\n".join([short, long]), 2) is None
    assert read_numbers(ASSESSMENTS, b"\n".join([long, short]), 2) is None


@pytest.mark.parametrize(
    "cells",
    [
        {"salary_income": -1},
        {"salary_income": 10**13},
        {"aggregate_income": -(10**13)},
        {"dependents_general": 10_000},
        {"dependents_general": -1},
        {"fiscal_year": 1949},
        {"fiscal_year": 3000},
        {"taxing_right": 2},
    ],
)
def test_a_number_beyond_its_bounds_is_named_alike_as_number_and_as_text(cells: dict[str, int]) -> None:
    row = cells_of(**cells)
    found = []
    for frame in (read_numbers(ASSESSMENTS, row, 1), read_texts(ASSESSMENTS, row)):
        assert frame is not None
        problems = FeedProblems()
        check_rows(ASSESSMENTS, FeedMode.FULL, frame.with_columns(line=pl.Series([2])), problems)
        found.append([one for one in problems.first if one.reason == "bad_cell"])
    assert found[0] == found[1] != []


@pytest.mark.parametrize(
    "cells", [{"salary_income": 10**13 - 1}, {"aggregate_income": 1 - 10**13}, {"dependents_general": 9999}]
)
def test_the_largest_numbers_are_taken_as_number_and_as_text(cells: dict[str, int]) -> None:
    row = cells_of(**cells)
    for frame in (read_numbers(ASSESSMENTS, row, 1), read_texts(ASSESSMENTS, row)):
        assert frame is not None
        problems = FeedProblems()
        check_rows(ASSESSMENTS, FeedMode.FULL, frame.with_columns(line=pl.Series([2])), problems)
        assert [one for one in problems.first if one.reason == "bad_cell"] == []
