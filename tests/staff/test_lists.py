"""Lists: every column orders, days and yen narrow as people write them, a file is on record with all who are in it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date

import pytest
from tests.staff_screens import LedgerScreens

pytestmark = pytest.mark.storage  # one process holds one Django: the ledger's


@dataclass(frozen=True)
class Owed:
    """A row."""

    addressee_number: str
    name: str
    since: date | None
    yen: int
    state: str


@dataclass(frozen=True)
class NoticeAlone:
    notice_number: str


ROWS = [
    Owed("1", "中央 一", date(2026, 5, 1), 12_000, "決裁待ち"),
    Owed("2", "=HYPERLINK(1)", None, 3_000, "決裁待ち"),
    Owed("3", "＋麻生", date(2025, 4, 1), 90_000, "通知済"),
]


def spec():
    from kofu.staff.lists import ColumnKind, ListColumn, ListSpec

    return ListSpec(
        "owed",
        "見本の一覧",
        (
            ListColumn("氏名", lambda row: row.name),
            ListColumn("納期限", lambda row: row.since, ColumnKind.DAY),
            ListColumn("金額", lambda row: row.yen, ColumnKind.YEN, summed=True),
            ListColumn("状態", lambda row: row.state, ColumnKind.CHOICE),
            ListColumn("処理"),
        ),
    )


def shown(query: str = ""):
    from django.test import RequestFactory

    from kofu.staff.lists import shown_list

    return shown_list(RequestFactory().get(f"/list/{query}"), spec(), ROWS)


@pytest.fixture(autouse=True)
def _django(ledger_screens: LedgerScreens):
    """Django is set up."""


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ("", "123"),
        ("?owed.by=1", "312"),  # what has no day stands last, either way round
        ("?owed.by=-1", "132"),
        ("?owed.by=2", "213"),
        ("?owed.by=-2", "312"),
        ("?owed.by=4", "123"),  # buttons have no order
        ("?owed.by=99", "123"),
        ("?owed.by=x", "123"),
        ("?owed-1_from=令和8年4月1日", "1"),
        ("?owed-1_to=R8.4.1", "3"),
        ("?owed-2_from=１２，０００円&owed-2_to=12000", "1"),
        ("?owed-3=通知済", "3"),
        ("?owed-3=決裁待ち&owed.by=2", "21"),
        ("?owed-2_from=x", ""),  # what cannot be read shows nobody, and says so
    ],
)
def test_a_list_is_ordered_and_narrowed_as_its_address_says(query: str, order: str) -> None:
    assert "".join(row.addressee_number for row in shown(query).rows) == order


def test_only_who_stands_on_the_page_is_shown() -> None:
    """The file names everybody, the page those on it (III-7⑥ of the assessment)."""
    from kofu.staff.shown_people import people_in

    assert list(people_in({"list": shown("?owed-3=通知済")})) == ["3"]


def test_a_notice_that_stands_alone_on_the_page_is_seen_and_one_on_the_next_page_is_not() -> None:
    """Who stands behind a 通知書番号 is looked up for the record (`note_shown`): on lists, too."""
    from django.test import RequestFactory

    from kofu.staff.lists import ListColumn, ListSpec, shown_list
    from kofu.staff.shown_people import notices_in

    columns = (ListColumn("通知書番号", lambda row: row.notice_number),)
    rows = [NoticeAlone("N1"), NoticeAlone("N2")]
    one = shown_list(RequestFactory().get("/list/"), ListSpec("paid", "見本の一覧", columns, rows=1), rows)
    assert list(notices_in({"list": one})) == ["N1"]
    assert list(notices_in(list(one.everything))) == ["N1", "N2"]


def test_a_click_on_a_head_orders_a_second_one_turns_round_and_keeps_what_narrows() -> None:
    from django.template import Context, Template

    one = shown("?owed-3=決裁待ち&owed.by=2&owed=2")
    drawn = Template("{% load staff %}{% list_heads one %}").render(Context({"one": one})).replace("&amp;", "&")
    assert 'aria-sort="ascending"' in drawn
    assert "owed.by=-2" in drawn
    assert drawn.count("owed-3=%E6") == 4, "every way keeps the choice; the column of buttons leads nowhere"
    assert "owed=2" not in drawn, "a new order begins at its first page"


def test_no_cell_of_a_file_is_a_formula_and_numbers_stay_numbers() -> None:
    """CWE-1236: a name that begins like a formula is text in every spreadsheet. Excel reads UTF-8 by its mark."""
    from kofu.staff.lists import csv_of

    content = csv_of(spec(), ROWS)
    assert content.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(content.decode("utf-8-sig")))) == [
        ["氏名", "納期限", "金額", "状態"],
        ["中央 一", "2026-05-01", "12000", "決裁待ち"],
        ["'=HYPERLINK(1)", "", "3000", "決裁待ち"],
        ["'＋麻生", "2025-04-01", "90000", "通知済"],
    ]


@pytest.mark.parametrize("first", [*"=+-@\t\r\n＝＋－＠﹦﹢﹣﹫", "\N{MINUS SIGN}"])
def test_whatever_width_a_formula_begins_in_it_is_text(first: str) -> None:
    """CWE-1236: a text that went through another table of characters begins by the small form or the minus sign."""
    from kofu.staff.lists import csv_of

    content = csv_of(spec(), [Owed("1", f"{first}1+1", None, -5, "")]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(content, newline="")))[1] == [f"'{first}1+1", "", "-5", ""]


def test_a_list_is_given_out_for_excel_or_as_csv_and_as_nothing_else(ledger_screens: LedgerScreens) -> None:
    """The workbook keeps the zeros of 宛名番号, which Excel takes off a CSV; both are on record with their digest."""
    client = ledger_screens.client("clerk", login="givesout")
    page = client.get("/payments/corrections/").content.decode()
    assert "ファイルに出力する" not in page, "an empty list has no file"
    for kind, begins, content_type in (("xlsx", b"PK\x03\x04", "spreadsheetml"), ("csv", b"\xef\xbb\xbf", "text/csv")):
        given = client.get(f"/payments/corrections/?page.file={kind}&purpose=posting")
        assert given.content.startswith(begins)
        assert content_type in given["Content-Type"]
        assert f".{kind}" in given["Content-Disposition"]
    assert client.get("/payments/corrections/?page.file=exe&purpose=posting")["Content-Type"].startswith("text/html")
    done = [detail for _, result, _, detail in ledger_screens.entries("givesout") if result == "exported"]
    assert len({detail["sha256"] for detail in done}) == 2


def test_a_role_without_the_right_gets_no_file_and_the_attempt_is_recorded(ledger_screens: LedgerScreens) -> None:
    client = ledger_screens.client("branch_clerk", login="nofile", office="b05")
    assert "ファイルに出力する" not in client.get("/payments/").content.decode()
    assert client.get("/payments/?page.file=csv&purpose=posting").status_code == 403
    assert ("payment.view", "refused") in [(action, result) for action, result, *_ in ledger_screens.entries("nofile")]
