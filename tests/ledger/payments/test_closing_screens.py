"""日次締め on screen: what is open and missing is named, two people decide about a file that did not come."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.staff_screens import LedgerScreens

from kofu.core.calendar import day_in_japan, is_business_day
from kofu.core.wareki import format_short
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.payments.codecs import electronic
from kofu.ledger.payments.codecs.electronic import ElectronicFile, ElectronicPayment, electronic_layout

pytestmark = pytest.mark.storage
WARD = "139998"
LAYOUTS = Layouts(None, specimen=True)
TODAY = day_in_japan(datetime.now(UTC))
CLOSED_TO = TODAY - timedelta(
    days=21
)  # over every holiday there is: business days follow, each with an electronic file


def words(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.fixture
def oldest(ledger_screens: LedgerScreens) -> Iterator[date]:
    """A ledger closed three weeks ago; gives the oldest open day. The screens of other tests share the database."""
    with psycopg.connect(ledger_screens.database.owner_url, autocommit=True) as owner:
        _begin_anew(owner)
        owner.execute(
            "INSERT INTO day_close (municipality_code, day, totals, digest, closed_by, closed_at)"
            " VALUES (%s, %s, '[]', '', 'x', now())",
            [WARD, CLOSED_TO],
        )
        days = (CLOSED_TO + timedelta(days=n) for n in range(1, 22))
        yield next(day for day in days if is_business_day(day) or day == TODAY)
        _begin_anew(owner)


def _begin_anew(owner: psycopg.Connection) -> None:
    owner.execute("ALTER TABLE day_close DISABLE TRIGGER day_close_append_only")
    owner.execute("DELETE FROM day_close")
    owner.execute("DELETE FROM accounting_decision")
    owner.execute("ALTER TABLE day_close ENABLE TRIGGER day_close_append_only")


def missing_of(page: str) -> list[str]:
    return re.findall(r'name="wanted" value="([^"]+)"', page)


def test_the_oldest_open_day_is_shown_and_the_first_page_counts_the_others(ledger_screens, oldest: date) -> None:
    chief = ledger_screens.client("approver")
    page = words(chief.get("/payments/closing/"))
    assert f"日次締め {format_short(oldest)}" in page
    assert "締めていない会計日（古い順）" in page
    assert "締めていない会計日（前日まで）" in words(chief.get("/"))


def test_a_later_day_is_not_closed_first(ledger_screens, oldest: date) -> None:
    chief = ledger_screens.client("approver")
    answer = words(chief.post("/payments/closing/close/", {"day": TODAY.isoformat()}, follow=True))
    assert "先に締める会計日があります。古い日から順に締めてください。" in answer


def test_two_people_decide_about_files_that_did_not_come_and_the_day_is_closed(ledger_screens, oldest: date) -> None:
    clerk, chief = ledger_screens.client("clerk"), ledger_screens.client("approver")
    answer = words(chief.post("/payments/closing/close/", {"day": oldest.isoformat()}, follow=True))
    assert "届くはずのファイルが届いていません。" in answer
    assert "地方税共同機構" in answer
    wanted = missing_of(answer)
    assert any(key.startswith("electronic/") for key in wanted)
    unnamed = clerk.post(
        "/payments/closing/files/",
        {"day": oldest.isoformat(), "wanted": wanted, "kind": "came", "batch": "", "reason": "x"},
    )
    assert unnamed.status_code == 422
    assert "届いたファイル（登録済みのもの）を選んでください。" in words(unnamed)
    given = {"day": oldest.isoformat(), "wanted": wanted, "kind": "comes_later", "batch": "", "reason": "電話で確認"}
    asked = words(clerk.post("/payments/closing/files/", given, follow=True))
    assert f"{len(wanted)}件を起案しました。" in asked
    assert "決裁待ちの会計日・ファイル" in words(chief.get("/"))
    for decision in re.findall(
        r'action="(/payments/closing/decision/[^"]+)"', chief.get("/payments/closing/").content.decode()
    ):
        assert "決裁しました。" in words(chief.post(decision, {"decision": "approve"}, follow=True))
    closed = words(chief.post("/payments/closing/close/", {"day": oldest.isoformat()}, follow=True))
    assert "を締めました。" in closed
    assert "未着のまま締めたファイル（届くまで督促を止めています）" in closed


def test_a_file_for_a_day_that_is_not_open_is_refused_with_those_that_are(ledger_screens, oldest: date) -> None:
    clerk = ledger_screens.client("clerk")
    payment = ElectronicPayment(
        transaction="T-1",
        received_on=TODAY,
        amount=1_000,
        notice_number="1".zfill(17),
        installment="1",
        fiscal_year=2026,
        tax="resident",
        method="ペイジー",
    )
    content = electronic.encode(electronic_layout(LAYOUTS), ElectronicFile(payments=(payment,)))

    def received(booked_on: str) -> str:
        file = SimpleUploadedFile("denshi.csv", content)
        return words(
            clerk.post("/payments/receive/", {"kind": "electronic", "file": file, "booked_on": booked_on}, follow=True)
        )

    for day in ("2062-11-29", CLOSED_TO.isoformat()):
        assert f"この会計日は使えません。開いている会計日は {format_short(oldest)}" in received(day)
    if oldest < TODAY:
        assert "領収日より前の会計日には登録できません。" in received(oldest.isoformat())
    assert "消込・登録する" in received(TODAY.isoformat())


def test_two_people_move_a_batch_to_another_day(ledger_screens, oldest: date) -> None:
    clerk, chief = ledger_screens.client("clerk"), ledger_screens.client("approver")
    payment = ElectronicPayment(
        transaction="T-1",
        received_on=CLOSED_TO,
        amount=1_000,
        notice_number="1".zfill(17),
        installment="1",
        fiscal_year=2026,
        tax="resident",
        method="ペイジー",
    )
    file = SimpleUploadedFile(
        "denshi.csv", electronic.encode(electronic_layout(LAYOUTS), ElectronicFile(payments=(payment,)))
    )
    made = clerk.post(
        "/payments/receive/", {"kind": "electronic", "file": file, "booked_on": oldest.isoformat()}, follow=True
    )
    page = made.request["PATH_INFO"]
    moved = words(clerk.post(f"{page}move/", {"booked_on": TODAY.isoformat(), "reason": "入金は翌日"}, follow=True))
    assert "会計日の変更を起案しました。" in moved
    (decision,) = re.findall(
        r'action="(/payments/closing/decision/[^"]+)"', chief.get("/payments/closing/").content.decode()
    )
    chief.post(decision, {"decision": "approve"})
    assert f"{format_short(TODAY)}" in words(clerk.get(page))


@pytest.mark.parametrize("typed", ["9999-12-31", "0001-01-01", "99991231"])
def test_a_day_no_ledger_was_kept_on_is_read_as_none(ledger_screens, oldest: date, typed) -> None:
    """A slip of the year, found by the walk that tries odd values: periods were counted past the last year there is."""
    clerk = ledger_screens.client("clerk")
    assert format_short(oldest) in words(clerk.get("/payments/closing/", {"day": typed}))
    assert clerk.post("/payments/closing/state/", {"day": typed}).status_code == 422
