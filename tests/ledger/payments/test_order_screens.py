"""領収日順の事案 on the screens: proposed by one, decided by another; the person's page says why money moved."""

from __future__ import annotations

import re
from datetime import date

import psycopg
import pytest
from tests.ledger.year_of_four import WARD, a_year

from kofu.ledger.books.domain import posting
from kofu.ledger.payments import decide_receipt_cases as cases

pytestmark = pytest.mark.storage


@pytest.fixture(scope="module")
def screens(ledger_screens):
    with psycopg.connect(ledger_screens.database.owner_url) as owner:
        owner.execute(
            "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
            " postal_code, address, status, protected) VALUES (%s, 'R1', '見本 花子', 'ミホン ハナコ', '', '',"
            " '1980-04-01', '', '見本区1', 'resident', false)",
            [WARD],
        )
    return ledger_screens


def looked_at(client, address: str) -> str:
    """Get a page about a person, giving the purpose where it is asked for."""
    answer = client.get(address)
    if answer.status_code == 302:
        client.post(answer["Location"], {"purpose": "correction"})
        answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def test_a_case_is_proposed_by_one_person_and_decided_by_another(screens) -> None:
    with psycopg.connect(screens.database.app_url, autocommit=True) as connection:
        year = a_year(connection, [25_000], number="R0001", dues={"1": date(2020, 6, 30)}, person="R1")
        on = date(2025, 9, 1)
        year.post(on, lambda books: (posting.write_off(books, year.claim("1"), on, reason="18条"),))
        year.arrive(date(2025, 9, 10), year.slip("1", date(2025, 6, 29), 25_000))
        (case,) = cases.list_cases(connection, WARD)
    clerk, chief = screens.client("clerk", login="rc"), screens.client("approver", login="rh")
    assert "不納欠損の前に納付されていた収納" in clerk.get("/payments/orders/").content.decode()
    page = looked_at(clerk, f"/payments/orders/{case.id}/")
    assert "不納欠損を取り消して消し込む" in page
    answer = {"answer": "reverse", "reason": "領収日が時効の完成前"}
    said = clerk.post(f"/payments/orders/{case.id}/propose/", answer, follow=True).content.decode()
    assert "別の人が決裁します" in said
    said = chief.post(f"/payments/orders/{case.id}/decide/", {"decision": "approve"}, follow=True).content.decode()
    assert "決裁しました" in said, re.findall(r'class="message[^>]*>([^<]+)', said)
    with psycopg.connect(screens.database.app_url) as connection:
        assert connection.execute(
            "SELECT paid, written_off FROM claim_balance WHERE claim_id = %s", [year.claim("1")]
        ).fetchone() == (25_000, 0)


def test_the_page_of_a_person_says_why_money_moved(screens) -> None:
    """「なぜ動いたか」, in Japanese, with the day the payment was received and the day it was booked."""
    with psycopg.connect(screens.database.app_url, autocommit=True) as connection:
        year = a_year(connection, [50_000], number="R0002", dues={"1": date(2026, 6, 30)}, person="R1")
        year.arrive(date(2026, 11, 4), year.slip("1", date(2026, 10, 31), 50_000))
        year.arrive(date(2026, 11, 10), year.slip("1", date(2026, 6, 29), 50_000))
        (person_id,) = connection.execute("SELECT id FROM taxpayer WHERE addressee_number = 'R1'").fetchone()
    page = looked_at(screens.client("clerk", login="rp"), f"/person/{person_id}/entries/")
    assert "充て直し" in page
    assert "領収日の早い収納が後から届いたため" in page
