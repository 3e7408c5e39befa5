"""What a claim comes to on a day, as the screens of the person, the claim, the 納付書 and the 猶予 show it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from tests.ledger.feeding import CODE
from tests.staff_screens import LedgerScreens

from kofu.core.calendar import day_in_japan
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Notice, Tax
from kofu.ledger.books.journal import Posting, add_notices, open_books, store_books

pytestmark = pytest.mark.storage

PICTURES = Path(__file__).parents[2] / "artefacts" / "quotes"
DUE = date(2026, 2, 2)


@pytest.fixture(scope="module")
def late(ledger_screens: LedgerScreens) -> tuple[int, int]:
    """A person and their claim: 56,400 yen due R8.2.2 (中央市's published example), under 執行停止 since 2026-06-01."""
    return owing(ledger_screens, "0000888", "見本　遅子", "suspended")


@pytest.fixture(scope="module")
def given_up(ledger_screens: LedgerScreens) -> tuple[int, int]:
    """Another person with such a claim, which was given up on that day (即時消滅)."""
    return owing(ledger_screens, "0000889", "見本　消子", "suspended", "given_up")


def owing(screens: LedgerScreens, number: str, name: str, *happened: str) -> tuple[int, int]:
    """A person who has not paid, and their claim, with what is on record of it since 2026-06-01."""
    with psycopg.connect(screens.database.app_url, autocommit=True) as connection, connection.transaction():
        row = connection.execute(
            "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
            " postal_code, address, status, protected)"
            " VALUES (%s, %s, %s, '', '', '', '', '', '', 'resident', false) RETURNING id",
            [CODE, number, name],
        ).fetchone()
        assert row is not None
        notice = Notice(
            municipality_code=CODE,
            notice_number=number.zfill(17),
            addressee_number=number,
            tax=Tax.RESIDENT,
            fiscal_year=2025,
            origin_year=2025,
            collection_method="ordinary",
            statutory_due_date=DUE,
        )
        ((claim,),) = add_notices(connection, [(notice, [("4", DUE)])])
        books = open_books(connection, claim_ids=[claim.claim_id])
        books.post(posting.assess(claim.claim_id, 56_400, date(2025, 6, 1)))
        store_books(connection, books, Posting(actor="test", booked_on=DUE, recorded_at=datetime.now(UTC)))
        for happening in happened:
            connection.execute(
                'INSERT INTO arrears_event (claim_id, happening, "on", withdrawn, reason, actor)'
                " VALUES (%s, %s, '2026-06-01', false, '無財産', 'test')",
                [claim.claim_id, happening],
            )
    return row[0], claim.claim_id


def words(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def opened(screens: LedgerScreens, path: str, role: str = "clerk"):
    """Open a page as a person does who is asked for the purpose first."""
    client = screens.client(role)
    answer = client.get(path)
    if answer.status_code == 302:
        client.post(answer["Location"], {"purpose": "certificate"})
        answer = client.get(path)
    return answer


def kept(name: str, answer) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"{name}.html").write_bytes(answer.content)


def test_the_page_of_a_claim_shows_what_it_comes_to_on_a_day_line_by_line(ledger_screens, late) -> None:
    person, claim = late
    answer = opened(ledger_screens, f"/person/{person}/claim/{claim}/?on=2026-05-29&amount=57000")
    kept("claim", answer)
    said = words(answer)
    for text in (
        "56,400 円",
        "1,300 円",
        "57,700 円",
        "1,348 → 1,300",
        "本税に 56,400 円、延滞金に 600 円",
        "延滞金 700 円",
    ):
        assert text in said
    assert "2.8%" in said
    assert "9.1%" in said


def test_exempt_days_stand_with_their_law(ledger_screens, late) -> None:
    person, claim = late
    said = words(opened(ledger_screens, f"/person/{person}/claim/{claim}/?on=2026-06-30"))
    assert "免除 執行停止 法15条の9第1項（法15条の7第1項）" in re.sub(r"\s+", " ", said.replace("\u3000", " "))
    assert "57,700 円" in said, "the days after 2026-05-31 bear nothing"


def test_a_day_more_than_a_year_ahead_is_refused_on_the_screen(ledger_screens, late) -> None:
    """甲賀市 2019-06."""
    person, claim = late
    far = day_in_japan(datetime.now(UTC)) + timedelta(days=400)
    for path in (f"/person/{person}/claim/{claim}/?on={far}", f"/payments/slip/{person}/{claim}/?pay_by={far}"):
        answer = opened(ledger_screens, path)
        assert answer.status_code == 422
        assert "一年より先の日では計算できません" in answer.content.decode()


def test_the_person_s_page_shows_the_interest_before_it_is_paid(ledger_screens, late) -> None:
    person, _ = late
    answer = opened(ledger_screens, f"/person/{person}/")
    kept("person", answer)
    said = words(answer)
    assert "延滞金（本日まで） 1,300 円" in said, "stopped since 2026-06-01: the same on every later day"
    assert "本日納付する額 57,700 円" in said


def test_the_screen_of_the_slip_shows_the_amount_of_the_day_of_payment(ledger_screens, late) -> None:
    person, claim = late
    answer = opened(ledger_screens, f"/payments/slip/{person}/{claim}/")
    kept("slip", answer)
    assert "57,700 円" in words(answer)


def test_the_list_of_what_lasts_shows_what_each_claim_comes_to_today(ledger_screens, late) -> None:
    answer = opened(ledger_screens, "/arrears/stays/", "approver")
    kept("stays", answer)
    assert "56,400 1,300" in words(answer)


def test_several_installments_are_offered_on_one_slip_with_their_sum(ledger_screens, late) -> None:
    person, claim = late
    answer = opened(ledger_screens, f"/payments/slips/{person}/")
    kept("together", answer)
    said = words(answer)
    assert "56,400 1,300" in said
    assert "納付する額 57,700 円" in said.replace("\u3000", " ")
    day = day_in_japan(datetime.now(UTC)) + timedelta(days=3)
    asked = opened(ledger_screens, f"/payments/slips/{person}/?pay_by={day}&claims={claim}")
    assert "57,700 円" in words(asked)


def test_what_is_spared_from_collection_is_not_called_arrears(ledger_screens, late) -> None:
    """A clerk reads what stands: 執行停止中, on the page of the person and on that of the claim."""
    person, claim = late
    shown = words(opened(ledger_screens, f"/person/{person}/"))
    assert "執行停止中" in shown
    assert "猶予・停止中" in shown
    assert "執行停止中" in words(opened(ledger_screens, f"/person/{person}/claim/{claim}/"))


def test_what_the_law_has_ended_is_owed_on_no_page_and_each_says_so_in_the_same_words(
    ledger_screens, late, given_up
) -> None:
    """法15条の7第5項: nobody owes it, though 不納欠損 has not taken it out of the books. The twin still owes."""
    person, claim = given_up
    said = words(opened(ledger_screens, f"/person/{person}/"))
    assert "本日納付する額 0 円 時効等により消滅（欠損前）" in said
    assert "本税（納期限を過ぎたもの） 0 円 時効等により消滅（欠損前）の本税。納付は求めない 56,400 円" in said
    assert "税 時効等により消滅（欠損前） 56,400 円" in said, "the heading of the year"
    assert "うち時効等により消滅（欠損前） 56,400" in said, "its sum"
    assert "執行停止により即時消滅（欠損前）" in said, "the claim, with what ended it"
    of_claim = words(opened(ledger_screens, f"/person/{person}/claim/{claim}/"))
    assert "即時消滅（地方税法第15条の7第5項）により、" in of_claim
    assert "に消滅しています（欠損前）。納付する額はありません。" in of_claim
    on_slip = words(opened(ledger_screens, f"/payments/slip/{person}/{claim}/"))
    assert "即時消滅（地方税法第15条の7第5項）により、" in on_slip
    listed = words(opened(ledger_screens, "/arrears/overdue/"))
    assert "見本 遅子" in listed.replace("\u3000", " ")
    assert "見本 消子" not in listed.replace("\u3000", " ")
    assert (
        "時効等により消滅（欠損前）のものが 1期別、本税 56,400円あります"
        "（うち、滞納がなくこの一覧にない方のもの 56,400円）" in listed
    )
    assert "時効等により消滅（欠損前）の徴収金" in words(opened(ledger_screens, "/arrears/ended/", "approver"))
    twin = words(opened(ledger_screens, f"/person/{late[0]}/"))
    assert "消滅" not in twin
    assert "未納 56,400 円 延滞金 1,300 円" in twin.replace("\u3000", " ")
