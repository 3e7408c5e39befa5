"""The engine under files of fixed width, and its cells."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.core.errors import OperatorFault
from kofu.ledger.formats.cells import Blank, DateFormat, Form, LayoutField, UnfitCell, read_cell, write_cell
from kofu.ledger.formats.charsets import Charset
from kofu.ledger.formats.fixed_width import (
    FixedLayout,
    Newline,
    RecordRole,
    RecordType,
    join_records,
    read_rows,
    shown_record,
    split_records,
    write_record,
)
from kofu.ledger.formats.problems import FileProblems


def field(form: Form, width: int, **more) -> LayoutField:
    return LayoutField(name="x", japanese="項目", form=form, width=width, **more)


@pytest.mark.parametrize(
    ("form", "width", "value", "written"),
    [
        (Form.NUMBER, 6, 120, "000120"),
        (Form.NUMBER, 0, 120, "120"),
        (Form.DIGITS, 4, "0012", "0012"),
        (Form.TEXT, 4, "ｱ", "ｱ"),
        (Form.DATE, 8, date(2026, 6, 1), "20260601"),
    ],
)
def test_numbers_stand_right_among_zeros_and_digits_keep_theirs(form, width, value, written) -> None:
    """全銀: N is right-aligned and filled with zeros, C left-aligned and filled with spaces."""
    assert write_cell(field(form, width), value) == written
    assert read_cell(field(form, width), written) == value


@pytest.mark.parametrize(
    ("form", "text", "day"),
    [
        (DateFormat.YYMMDD, "260601", date(2026, 6, 1)),
        (DateFormat.ISO, "2026-06-01", date(2026, 6, 1)),
        (DateFormat.SLASHES, "2026/06/01", date(2026, 6, 1)),
        (DateFormat.YYYYMMDD, "20280229", date(2028, 2, 29)),
    ],
)
def test_days_are_read_as_the_layout_writes_them(form, text, day) -> None:
    dated = field(Form.DATE, 0, date_format=form)
    assert read_cell(dated, text) == day
    assert write_cell(dated, day) == text


@pytest.mark.parametrize("form", list(DateFormat))
@pytest.mark.parametrize(
    "text", ["", "20260631", "2026-6-1", "2026--0601", "20-260601", "２０２６０６０１", "00000000", "260631"]
)
def test_what_is_no_day_is_refused(form, text) -> None:
    with pytest.raises(UnfitCell):
        read_cell(field(Form.DATE, 0, date_format=form), text)


@pytest.mark.parametrize(("blank", "filling"), [(Blank.SPACES, "        "), (Blank.ZEROS, "00000000")])
def test_a_blank_day_is_written_as_the_layout_says(blank, filling) -> None:
    blanked = field(Form.DATE, 8, blank=blank)
    assert write_cell(blanked, None) == filling
    assert read_cell(blanked, filling) is None


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (Form.NUMBER, -1),
        (Form.NUMBER, 1_000_000),
        (Form.NUMBER, "12"),
        (Form.NUMBER, None),
        (Form.DIGITS, "12"),
        (Form.DIGITS, ""),
        (Form.DIGITS, 123456),
        (Form.TEXT, "ｱ "),
        (Form.TEXT, None),
        (Form.DATE, "20260601"),
        (Form.CODE, "9"),
    ],
)
def test_a_value_that_does_not_fit_is_never_written(form, value) -> None:
    with pytest.raises(UnfitCell):
        write_cell(field(form, 6, codes={"1": "one"}), value)


def test_what_is_wrong_in_a_personal_cell_is_not_quoted() -> None:
    with pytest.raises(UnfitCell) as unfit:
        read_cell(field(Form.CODE, 7, codes={"1": "one"}, personal=True), "1234567")
    assert "1234567" not in unfit.value.found


LAYOUT = FixedLayout(
    name="test",
    charset=Charset.CP932,
    records=(
        RecordType(
            RecordRole.DATA,
            "データ",
            "D",
            (
                LayoutField(name="record", japanese="区分", form=Form.CONSTANT, width=1, value="D"),
                LayoutField(name="name", japanese="氏名", form=Form.TEXT, width=6),
                LayoutField(name="amount", japanese="金額", form=Form.NUMBER, width=3),
            ),
        ),
    ),
)


def test_widths_count_bytes_not_characters() -> None:
    data = write_record(LAYOUT, LAYOUT.records[0], {"name": "見本", "amount": 7}, "record 1")
    assert len(data) == 10
    rows = read_rows(LAYOUT, data, FileProblems("x")).rows
    assert (rows[0].text("name"), rows[0].whole("amount")) == ("見本", 7)
    with pytest.raises(OperatorFault, match="8 bytes, at most 6 fit"):
        write_record(LAYOUT, LAYOUT.records[0], {"name": "見本太郎", "amount": 7}, "record 1")


def test_a_character_cut_in_half_is_named_by_its_byte() -> None:
    problems = FileProblems("x")
    read = read_rows(LAYOUT, b"D12345\x8a007", problems)
    assert (read.rows, read.bad) == ((), {1})
    problem = next(iter(problems))
    assert (problem.record, problem.position, problem.field, problem.reason) == (1, 7, "氏名", "bad_byte")
    assert str(problem).startswith("x, record 1, position 7, 氏名: byte 8a; only characters of cp932")


@given(
    st.lists(st.from_regex(rb"[A-Z]{10}", fullmatch=True), min_size=1, max_size=8),
    st.sampled_from(Newline),
    st.sampled_from([b"", b"\x1a", b"\r\n", b"\x1a\r\n", b"\r\n\x1a"]),
)
def test_records_are_cut_as_they_were_joined(records, newline, tail) -> None:
    """Whatever stands between them and behind the last: 0x1A and a further newline too (zengin4j)."""
    data = join_records(records, newline, tail)
    problems = FileProblems("x")
    found = split_records(data, 10, problems)
    assert not problems
    assert list(found.pieces) == records
    assert join_records(found.pieces, found.newline, found.tail) == data


@pytest.mark.parametrize("mark", [b"", b"\n", b"\r\n", b"\r"])
def test_a_record_that_cannot_be_read_can_be_shown(mark) -> None:
    data = mark.join([b"1" * 10, b"2\xb6" + b"\x80" + b"2" * 7, b"9" * 10]) + mark
    assert shown_record(data, 2, 10) == "2ｶ\\x802222222"
    assert (shown_record(data, 0, 10), shown_record(data, 4, 10)) == ("", "")


@given(st.binary(max_size=80))
def test_any_bytes_are_cut_or_refused(data) -> None:
    problems = FileProblems("x")
    found = split_records(data, 10, problems)
    assert problems or join_records(found.pieces, found.newline, found.tail) == data


@pytest.mark.parametrize(
    "records",
    [
        (RecordType(RecordRole.DATA, "a", "", ()),),
        (RecordType(RecordRole.DATA, "a", "1", (field(Form.TEXT, 3), field(Form.TEXT, 3))),),
        (RecordType(RecordRole.DATA, "a", "1", (field(Form.TEXT, 3), field(Form.SPARE, 0))),),
        (
            RecordType(RecordRole.DATA, "a", "1", (field(Form.TEXT, 3),)),
            RecordType(RecordRole.END, "b", "2", (field(Form.TEXT, 4),)),
        ),
        (
            RecordType(RecordRole.DATA, "a", "1", (field(Form.TEXT, 3),)),
            RecordType(RecordRole.END, "b", "1", (field(Form.TEXT, 3),)),
        ),
    ],
)
def test_a_layout_that_cannot_be_is_refused(records) -> None:
    with pytest.raises(OperatorFault, match="layout_wrong"):
        FixedLayout(name="x", records=records).check()
