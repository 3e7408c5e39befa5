"""口座振替 on screen: an account is registered and ended, a file is made and handed out, by who may."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import psycopg
import pytest
from tests.ledger.feeding import CODE
from tests.staff_screens import LedgerScreens

from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Notice, Tax
from kofu.ledger.books.journal import Posting, add_notices, open_books, store_books
from kofu.ledger.debit.codecs.direct_debit import decode_request

pytestmark = pytest.mark.storage

DUE = date(2031, 1, 31)  # far ahead: the request is made before the day, whatever day the tests run on
NUMBER = "00000000000000777"
FORM = {
    "applied_on": "2026-04-01",
    "starts_on": "2026-05-01",
    "bank_code": "0001",
    "branch_code": "001",
    "account_type": "1",
    "account_number": "1234567",
    "holder": "ミホン ハナコ",
}


@pytest.fixture(scope="module")
def person_id(ledger_screens: LedgerScreens) -> int:
    """A person who owes 普通徴収 on a day ahead."""
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as connection, connection.transaction():
        row = connection.execute(
            "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
            " postal_code, address, status, protected)"
            " VALUES (%s, '0000777', '見本　花子', '', '', '', '', '', '', 'resident', false) RETURNING id",
            [CODE],
        ).fetchone()
        notice = Notice(
            municipality_code=CODE,
            notice_number=NUMBER,
            addressee_number="0000777",
            tax=Tax.RESIDENT,
            fiscal_year=2030,
            origin_year=2030,
            collection_method="ordinary",
            statutory_due_date=DUE,
        )
        ((claim,),) = add_notices(connection, [(notice, [("4", DUE)])])
        books = open_books(connection, claim_ids=[claim.claim_id])
        books.post(posting.assess(claim.claim_id, 12_000, date(2030, 6, 1)))
        store_books(connection, books, Posting(actor="test", booked_on=DUE, recorded_at=datetime.now(UTC)))
    return row[0]


def words(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def purposeful(screens: LedgerScreens, role: str, person_id: int):
    """A client that has said why it looks at the person."""
    client = screens.client(role)
    address = f"/debit/person/{person_id}/"
    shown = client.get(address, follow=True)
    if "口座振替の登録" not in shown.content.decode() or "purpose" in shown.request["PATH_INFO"]:
        client.post(shown.request["PATH_INFO"], {"purpose": "correction", "next": address})
    return client


def test_an_account_is_registered_asked_for_and_ended(ledger_screens: LedgerScreens, person_id: int) -> None:
    clerk = purposeful(ledger_screens, "clerk", person_id)
    address = f"/debit/person/{person_id}/"
    wrong = clerk.post(address, FORM | {"branch_code": "999"})
    assert wrong.status_code == 422
    assert "この店舗コードはありません" in words(wrong)
    backwards = clerk.post(address, FORM | {"starts_on": "2026-03-01"})
    assert "開始日は依頼書の受付日以後" in words(backwards)
    registered = words(clerk.post(address, FORM, follow=True))
    assert "口座を登録しました" in registered
    assert "ミホン" not in registered.split("<form")[0], "names stand as the banks write them"

    assert "令和13.1.31" in words(clerk.get("/debit/"))
    made = clerk.post("/debit/make/", {"debit_on": DUE.isoformat()}, follow=True)
    assert "1 件、12,000 円の依頼ファイルを作りました" in words(made)
    page = made.request["PATH_INFO"]
    assert "結果を待つ" in words(made)
    handed = clerk.post(f"{page}file/")
    assert handed["Content-Disposition"] == 'attachment; filename="kouza-20310131-01.txt"'
    (line,) = decode_request(handed.content, file="x", processed_on=DUE).lines
    assert (line.amount, line.account_number) == (12_000, "1234567")
    again = words(clerk.post("/debit/make/", {"debit_on": DUE.isoformat()}, follow=True))
    assert "この日に振り替えるものはありません" in again

    shown = words(clerk.get(address))
    mandate = re.search(r"/end/([0-9a-f-]{36})/", shown)[1]
    ended = words(clerk.post(f"{address}end/{mandate}/", {"ends_on": "2031-02-01", "reason": "payer"}, follow=True))
    assert "口座振替を終了しました" in ended
    assert "本人の申出" in ended
    actions = {action for action, *_ in ledger_screens.entries()}
    assert {"debit.register", "debit.request", "debit.end"} <= actions


@pytest.mark.parametrize("role", ["auditor", "branch_clerk"])
def test_who_may_look_makes_no_file(ledger_screens: LedgerScreens, role: str) -> None:
    client = ledger_screens.client(role)
    assert client.get("/debit/").status_code == 200
    assert client.post("/debit/make/", {"debit_on": DUE.isoformat()}).status_code == 403
