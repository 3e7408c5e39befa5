"""① Assessment files: every line a change or a problem with its place, nothing else."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.damage import damaged

from kofu.contracts.assessment_tables import ASSESSMENT_TABLES, RESIDENT_TAX_CHANGES
from kofu.contracts.feed import ColumnType
from kofu.ledger.assessments.codecs.assessment_files import (
    iterate,
    read_either,
)
from kofu.ledger.assessments.domain.assessments import AssessmentLine, Change
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.formats.problems import FileRefused
from kofu.ledger.formats.table_cells import _READERS

GOLDEN = Path(__file__).parents[2] / "golden"
RESIDENT = (GOLDEN / "resident_tax_changes.csv").read_bytes()
VEHICLE = (GOLDEN / "light_vehicle_changes.csv").read_bytes()
WARD = "139998"
NEW = RESIDENT.splitlines()[1].decode()


def resident(line: str) -> bytes:
    return RESIDENT.splitlines()[0] + b"\n" + line.encode() + b"\n"


def test_the_golden_resident_tax_file_is_read_whole() -> None:
    lines, problems = read_either(RESIDENT, municipality_code=WARD, file="x.csv")
    assert not problems
    assert [line.line for line in lines] == [2, 3, 4, 5, 6]
    assert [line.change for line in lines] == [Change.NEW] * 3 + [Change.REDUCE, Change.CANCEL]
    assert [line.total for line in lines] == [103_700, 121_500, 60_000, 12_000, 0]
    assert all(sum(part.amount for part in line.parts) == line.total for line in lines)
    first = lines[0]
    assert first.notice.notice_number == "0012345678"
    assert first.notice.addressee_number == "000000000000101"
    assert (first.notice.tax, first.notice.collection_method) == (Tax.RESIDENT, "ordinary")
    assert [part.amount for part in first.parts] == [28_700, 25_000, 25_000, 25_000]
    assert [part.installment for part in lines[2].parts] == ["04", "06", "08", "10", "12", "02"]
    assert lines[3].reason == "医療費控除の追加, 申告"
    assert lines[3].notice.origin_year == 2025
    assert lines[4].parts == ()


def test_the_golden_light_vehicle_file_is_read_whole() -> None:
    lines, problems = read_either(VEHICLE, municipality_code=WARD, file="x.csv")
    assert not problems
    assert [line.parts[0].due_date for line in lines[:2]] == [date(2026, 6, 1), date(2026, 7, 31)]
    assert [line.notice.inspected for line in lines] == [True, False, False]
    assert lines[0].notice.plate_number == "見本 580 あ 12-34"
    assert lines[0].notice.chassis_last4 == "1234"
    assert lines[2].parts == ()


@pytest.mark.parametrize("data", [RESIDENT, VEHICLE])
def test_the_header_row_tells_which_table_it_is(data) -> None:
    lines, problems = read_either(data, municipality_code=WARD, file="x.csv")
    assert lines
    assert not problems


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        (("new,", "replace,"), "異動区分", "bad_cell"),
        (("0012345678", ""), "通知書番号", "required"),
        (("0012345678", "001234567８"), "通知書番号", "bad_cell"),
        (("0012345678", "0" * 21), "通知書番号", "too_long"),
        (("2026-05-20", "2026-02-30"), "異動年月日", "bad_cell"),
        (("2026-05-20", "20260520"), "異動年月日", "bad_cell"),
        (("103700", "0103700"), "調定額計", "bad_cell"),
        (("103700", "-103700"), "調定額計", "bad_cell"),
        (("103700", "103600"), "調定額計", "breakdown"),
        (("61620", "61,620"), "", "cells"),
        (("ordinary", "pension"), "期別", "installments_needed"),
        (("2026-05-20", "2027-02-10"), "期別", "installments_needed"),
        (("1000,,,", "1000,1|2,,"), "期別", "uneven_lists"),
        (("1000,,,", "1000,1|2,2026-06-30,103700"), "期別", "uneven_lists"),
        (("1000,,,", "1000,1|,2026-06-30,103700"), "期別", "bad_cell"),
        (("2026,2026", "2026,2027"), "相当年度", "origin_year"),
        (("2026,2026", "26,2026"), "課税年度", "bad_cell"),
        (("new,", "increase,"), "異動事由", "required"),
    ],
)
def test_a_wrong_line_is_named_by_line_column_and_reason(change, field, code) -> None:
    lines, problems = read_either(resident(NEW.replace(*change, 1)), municipality_code=WARD, file="x.csv")
    assert not lines
    assert [(problem.line, problem.field, problem.code) for problem in problems] == [(2, field, code)]
    assert "0012345678" not in problems[0].message


def test_what_is_assessed_in_the_course_of_the_year_is_split_into_the_installments_still_to_come() -> None:
    """随時: decided on 1 July, the first 納期限 has passed; what is under 1,000 yen goes into the first one left."""
    lines, problems = read_either(
        resident(NEW.replace("2026-05-20", "2026-07-01", 1)), municipality_code=WARD, file="x.csv"
    )
    assert not problems
    assert [(part.installment, part.due_date, part.amount) for part in lines[0].parts] == [
        ("2", date(2026, 8, 31), 35_700),
        ("3", date(2026, 11, 2), 34_000),
        ("4", date(2027, 2, 1), 34_000),
    ]


def test_a_vehicle_assessed_after_may_needs_its_due_date() -> None:
    data = VEHICLE.replace(b"2026-07-31", b"")
    lines, problems = read_either(data, municipality_code=WARD, file="x.csv")
    assert [(problem.line, problem.code) for problem in problems] == [(3, "due_date_needed")]
    assert len(lines) == 2


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf" + RESIDENT, "header"),
        (VEHICLE.replace(b"plate_number", b"plate", 1), "header"),
        (RESIDENT.replace("課税権".encode(), "課税権".encode("cp932")), "not_utf8"),
        (RESIDENT.replace("申告".encode() + b'"', "申告".encode()), "quoting"),
    ],
)
def test_what_is_no_such_table_is_refused_whole(data, reason) -> None:
    with pytest.raises(FileRefused) as refusal:
        read_either(data, municipality_code=WARD, file="x.csv")
    assert refusal.value.problems[0].reason == reason


def test_every_type_of_a_column_has_a_reader() -> None:
    used = {column.type for table in ASSESSMENT_TABLES for column in table.columns}
    assert used <= set(_READERS)
    assert ColumnType.YEN in used


@given(st.binary(max_size=300).map(lambda tail: RESIDENT + tail) | damaged(RESIDENT) | st.binary(max_size=50))
def test_any_bytes_give_lines_and_problems_or_are_refused(data) -> None:
    try:
        items = list(iterate(RESIDENT_TAX_CHANGES, data, municipality_code=WARD, file="x.csv"))
    except FileRefused:
        return
    for item in items:
        if isinstance(item, AssessmentLine):
            assert sum(part.amount for part in item.parts) >= 0
        else:
            assert item.line >= 2
