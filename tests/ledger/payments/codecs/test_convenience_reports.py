"""速報, 速報取消 and 確報 by a layout that is data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.damage import damaged
from tests.ledger.whole_files import read_reports

from kofu.core.errors import OperatorFault
from kofu.ledger.formats.fixed_width import Newline
from kofu.ledger.formats.layouts import demonstration
from kofu.ledger.formats.problems import FileRefused
from kofu.ledger.payments.codecs.convenience_reports import ReportFile, StoreReport, encode, load
from kofu.ledger.payments.domain.convenience import ReportEvent
from kofu.ledger.slips.codecs.barcode import build

GOLDEN = Path(__file__).parents[2] / "golden" / "convenience_reports.txt"
TOML = demonstration("demonstration_convenience_reports")
LAYOUT = load(TOML, file="demonstration.toml")


def barcode(number: int, amount: int) -> str:
    free = f"20260101{number:010d}"
    return build(issuer="912345", free=free, reissued=0, pay_by=date(2026, 8, 31), amount=amount).digits


def report(event: ReportEvent, number: int, amount: int, at: str = "101500", sent: date | None = None) -> StoreReport:
    return StoreReport(
        event=event,
        barcode=barcode(number, amount),
        received_on=date(2026, 6, 20),
        received_at=at,
        amount=amount,
        chain="M1",
        store="00012345",
        transferred_on=sent,
    )


FILE = ReportFile(
    reports=(
        report(ReportEvent.ADVISE, 1, 24_000),
        report(ReportEvent.CANCEL, 1, 24_000),
        report(ReportEvent.CONFIRM, 2, 31_500, sent=date(2026, 6, 26)),
    ),
    header=(("record", "H"), ("created_on", date(2026, 6, 21)), ("agency", "ﾐﾎﾝｼﾕｳﾉｳ")),
)


def test_the_file_is_the_golden_one_to_the_byte() -> None:
    golden = GOLDEN.read_bytes()
    assert encode(LAYOUT, FILE) == golden
    assert read_reports(LAYOUT, golden, file="golden") == FILE
    assert FILE.total == 79_500


def test_the_shipped_layout_says_that_it_is_invented() -> None:
    assert LAYOUT.fictitious
    assert "架空" in LAYOUT.name


def test_two_payments_of_one_slip_on_one_day_are_two() -> None:
    """地方税お支払サイト 2023: 636 slips were paid twice. A second payment is 誤納 and goes back, never dropped."""
    first, second = report(ReportEvent.CONFIRM, 1, 24_000), report(ReportEvent.CONFIRM, 1, 24_000, at="101730")
    assert first.key != second.key
    assert report(ReportEvent.ADVISE, 1, 24_000).key == first.key


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"DA", b"DX", "unknown_code"),
        (b"20260620", b"20260631", "not_a_date"),
        (barcode(2, 31_500).encode(), barcode(2, 31_500)[:-1].encode() + b"X", "not_digits"),
        (b"T00000003", b"T00000004", "total"),
        (b"000000079500", b"000000079501", "total"),
        (b"\r\nT", b"\r\nX", "unknown_record"),
        (b"T00000003000000079500" + b" " * 69 + b"\r\n", b"", "trailer_missing"),
    ],
)
def test_a_wrong_record_refuses_the_file_with_its_reason(old, new, reason) -> None:
    data = encode(LAYOUT, FILE)
    assert old in data
    with pytest.raises(FileRefused) as refusal:
        read_reports(LAYOUT, data.replace(old, new, 1), file="x")
    assert refusal.value.problems[0].reason == reason


def test_an_amount_that_is_not_the_barcodes_refuses_the_file() -> None:
    data = encode(LAYOUT, FILE).replace(b"00024000M1", b"00024001M1", 1).replace(b"000000079500", b"000000079501")
    with pytest.raises(FileRefused, match="the barcode says 24000"):
        read_reports(LAYOUT, data, file="x")


def test_a_barcode_with_a_wrong_check_digit_refuses_the_file() -> None:
    digits = barcode(1, 24_000)
    wrong = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    data = encode(LAYOUT, FILE).replace(digits.encode(), wrong.encode(), 1)
    with pytest.raises(FileRefused, match="barcode_wrong"):
        read_reports(LAYOUT, data, file="x")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (b'form = "digits", width = 6', b'form = "text", width = 6', "received_at is text"),
        (b'name = "received_at"', b'name = "time"', "no field received_at"),
        (b'"advise"', b'"paid"', "codes of kind mean"),
        (b'name = "kind"', b'name = "sort"', "no field kind"),
        (b"width = 61", b"width = 62", "has 90 bytes"),
        (b'marker = "D"', b'marker = "H"', "do not tell the records apart"),
        (b'role = "data"', b'role = "end"', "no data record"),
        (b'marker = "T"\n', b"", "marker each"),
        (b'"convenience_reports"', b'"electronic_payments"', "choose another"),
        (b'shape = "fixed"', b'shape = "tree"', "shape"),
        (
            b'width = 8 },\n    { name = "received_at"',
            b'width = 8, blank = "zeros" },\n    { name = "received_at"',
            "blank",
        ),
        (b"name =", b"name", "demonstration.toml"),
    ],
)
def test_a_layout_that_cannot_be_is_refused_with_its_reason(old, new, why) -> None:
    assert old in TOML
    with pytest.raises(OperatorFault, match="layout_wrong") as refusal:
        load(TOML.replace(old, new, 1), file="demonstration.toml")
    assert why in refusal.value.message


def test_a_layout_may_say_the_kind_once_in_the_header() -> None:
    text = TOML.decode()
    kind = next(line for line in text.splitlines(keepends=True) if '"kind"' in line)
    created = '    { name = "created_on"'
    moved = text.replace(kind, "").replace("width = 2 }", "width = 3 }")
    moved = moved.replace(created, kind + created).replace("width = 61", "width = 60")
    layout = load(moved.encode(), file="x.toml")
    file = replace(FILE, reports=(FILE.reports[2],))
    assert read_reports(layout, encode(layout, file), file="x").reports == file.reports


reports = st.builds(
    report,
    st.sampled_from(ReportEvent),
    st.integers(0, 10**10 - 1),
    st.integers(1, 300_000),
    st.from_regex(r"([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]", fullmatch=True),
    st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
)


@given(st.lists(reports, max_size=5), st.sampled_from(Newline))
def test_what_is_written_is_read_back_the_same(items, newline) -> None:
    file = replace(FILE, reports=tuple(items), newline=newline)
    data = encode(LAYOUT, file)
    assert read_reports(LAYOUT, data, file="x") == file
    assert encode(LAYOUT, read_reports(LAYOUT, data, file="x")) == data


@given(st.binary(max_size=400) | damaged(encode(LAYOUT, FILE)))
def test_any_bytes_are_read_or_refused_and_never_crash(data) -> None:
    try:
        file = read_reports(LAYOUT, data, file="x")
    except FileRefused:
        return
    assert read_reports(LAYOUT, encode(LAYOUT, file), file="x") == file
