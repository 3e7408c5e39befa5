"""Batches of letters for the tests of posting them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import psycopg
from tests.ledger.arrears.people_owing import CHIEF, CLERK, WARD, approve, draw

from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Notice, Tax
from kofu.ledger.books.journal import Posting, add_notices, open_books, store_books

DUE = date(2026, 8, 31)
#: name, 郵便番号, address, of the numbers 1, 2, …: not in the order of the post
PEOPLE = (
    ("見本 一郎", "1600022", "東京都見本区青葉台二丁目１０番１号"),
    ("見本 二葉", "", "東京都見本区緑町一丁目１番１号"),
    ("見本 三郎", "1600022", "東京都見本区青葉台二丁目２番１号"),
    ("見本 四葉", "1000001", "東京都見本区花園町一丁目１番１号"),
)


def people(connection: psycopg.Connection, count: int) -> None:
    """So many people, each with one 期別 overdue; the first ones live where `PEOPLE` says."""
    notices, taxpayers = [], []
    for number in range(1, count + 1):
        name, code, address = (
            PEOPLE[number - 1]
            if number <= len(PEOPLE)
            else (f"見本 {number}", f"16{number % 97:05d}", f"東京都見本区青葉台{number % 9 + 1}丁目{number}番")
        )
        taxpayers.append((WARD, str(number), name, code, address))
        notice = Notice(
            municipality_code=WARD,
            notice_number=f"D{number}",
            addressee_number=str(number),
            tax=Tax.RESIDENT,
            fiscal_year=2026,
            origin_year=2026,
            collection_method="ordinary",
            statutory_due_date=DUE,
        )
        notices.append((notice, [("1", DUE)]))
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
            " postal_code, address, status, protected) VALUES (%s, %s, %s, '', '', '', '', %s, %s, 'resident', FALSE)",
            taxpayers,
        )
    with connection.transaction():
        claims = [claim for group in add_notices(connection, notices) for claim in group]
        books = open_books(connection, claim_ids=[claim.claim_id for claim in claims])
        for claim in claims:
            books.post(posting.assess(claim.claim_id, 30_000, DUE))
        store_books(connection, books, Posting(actor="t", booked_on=DUE, recorded_at=CLERK.now))


def approved(connection: psycopg.Connection) -> UUID:
    drawn = draw(connection)
    approve(connection, drawn.run_id, CHIEF)
    return drawn.run_id


def claim_of(connection: psycopg.Connection, number: int) -> int:
    return connection.execute(
        "SELECT claim.id FROM claim JOIN notice ON notice.id = notice_id WHERE notice_number = %s", [f"D{number}"]
    ).fetchone()[0]
