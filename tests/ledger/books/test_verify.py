"""The ledger's checker sees what the keeping code would not: each balance it guards, spoilt on purpose, is found."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import psycopg
import pytest
from tests.ledger.year_of_four import a_year

from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Channel, Notice, Payment, Tax
from kofu.ledger.books.domain.posting import Excess
from kofu.ledger.books.journal import Posting, add_notices, add_payments, open_books, store_books
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.books.verify_people import PEOPLE_CHECKS

pytestmark = pytest.mark.storage

DAY = date(2026, 6, 25)
UNDER = Posting(actor="test", booked_on=DAY, recorded_at=datetime(2026, 6, 26, tzinfo=UTC))


@pytest.fixture(scope="module")
def ledger(system_database) -> str:
    """The owner's URL of a ledger with one claim, paid too much, reduced, and partly refunded."""
    database = system_database("ledger")
    notice = Notice(
        municipality_code="139998",
        notice_number="1",
        addressee_number="1",
        tax=Tax.RESIDENT,
        fiscal_year=2026,
        origin_year=2026,
        collection_method="ordinary",
        statutory_due_date=date(2026, 6, 30),
    )
    with psycopg.connect(database.app_url, autocommit=True) as connection, connection.transaction():
        ((claim,),) = add_notices(connection, [(notice, [("1", date(2026, 6, 30))])])
        payment = Payment(
            payment_id=uuid4(),
            municipality_code="139998",
            key="1",
            channel=Channel.COUNTER,
            received_on=DAY,
            booked_on=DAY,
            amount=10_500,
        )
        books = open_books(connection, claim_ids=[claim.claim_id])
        add_payments(connection, [payment], books)
        place = (payment.payment_id, claim.claim_id)
        books.post(posting.assess(claim.claim_id, 10_000, DAY))
        books.post(posting.receive(payment.payment_id, 10_500, DAY))
        books.post(posting.allocate(*place, DAY, principal=10_000))
        books.post(posting.owe_back(*place, 500, DAY, Excess.IN_ERROR))
        books.post_all(posting.reduce(books, claim.claim_id, 3_000, DAY))
        books.post(posting.decide_refund(*place, 2_000, DAY, excess=Excess.OVERPAID))
        books.post(posting.pay_refund(*place, DAY, amount=1_500))
        store_books(connection, books, UNDER)
    return database.owner_url


def test_a_ledger_kept_by_its_own_code_holds(ledger: str) -> None:
    with psycopg.connect(ledger) as connection:
        report = verify_ledger(connection, every_step=True)
    assert report.holds, report.differences
    people = {name for name, _, _ in PEOPLE_CHECKS}  # nobody is merged here: tests/ledger/people/test_whole_person.py
    rare = people | {
        name for name, count in report.checks if "督促" in name or "increases" in name
    }  # see test_coverage, test_increases_stated
    others = [count for name, count in report.checks if name not in rare]
    assert all(others), [name for name, count in report.checks if not count]


@pytest.mark.parametrize(
    ("spoil", "check"),
    [
        ("UPDATE claim_balance SET assessed = assessed + 1", "claim balances are what the transfers say"),
        ("UPDATE payment_balance SET in_error = 499, refunded = 1501", "payment balances are what the transfers say"),
        ("UPDATE share SET principal = principal - 1, overpaid = overpaid + 1", "shares are what the transfers say"),
        ("UPDATE claim_balance SET settled_on = NULL", "a claim is settled exactly where nothing is due"),
        (
            (
                "INSERT INTO transfer (entry_id, debit, credit, amount, claim_id, payment_id)"
                " SELECT entry_id, 'unallocated', 'suspense', 7, NULL, payment_id FROM transfer"
                " WHERE debit = 'received'"
            ),
            "all money of a payment has a place, and there is as much as came in",
        ),
        (
            (
                "INSERT INTO transfer (entry_id, debit, credit, amount, claim_id, payment_id)"
                " SELECT entry_id, 'assessed', 'due', 1, claim_id, NULL FROM transfer WHERE debit = 'due' LIMIT 1"
            ),
            "no due was ever below zero",
        ),
        (
            (
                "INSERT INTO entry (id, kind, effective_on, booked_on, actor, source, reason, detail, recorded_at)"
                " VALUES (gen_random_uuid(), 'waived', now(), now(), '', '', '', '{}', now())"
            ),
            "every entry moves something",
        ),
        ("UPDATE share SET principal = 0", "what payments have at a claim is what the claim was paid"),
        (
            (
                "INSERT INTO claim_increase (claim_id, due_date, amount, effective_on, source)"
                " SELECT claim_id, now(), assessed + 100, now(), '' FROM claim_balance LIMIT 1"
            ),
            "increases with a 納期限 of their own are part of what is assessed",
        ),
    ],
)
def test_a_spoilt_ledger_is_found(ledger: str, spoil: str, check: str) -> None:
    with psycopg.connect(ledger) as connection:
        connection.execute(spoil)
        report = verify_ledger(connection, every_step=True)
        connection.rollback()
    assert check in {difference.check for difference in report.differences}


def test_money_that_was_allocated_by_arrival_is_found(system_database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slip paid on 29 June is owed back beside the one of 31 October, which pays: the guard is off."""
    monkeypatch.setattr("kofu.ledger.payments.place_payments.comes_out_of_order", lambda *_: False)
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as connection:
        year = a_year(connection, [500_000])
        year.arrive(date(2026, 11, 4), year.slip("1", date(2026, 10, 31), 600_000))
        year.arrive(date(2026, 11, 10), year.slip("1", date(2026, 6, 29), 500_000))
        report = verify_ledger(connection)
        found = {difference.check for difference in report.differences}
        assert found == {"money was allocated in the order in which it was received"}
        assert verify_ledger(connection, in_order=False).holds


def test_money_owed_back_beside_a_due_it_could_pay_is_found(system_database) -> None:
    """Planted: of a slip that paid its 期別, the yen were put to 誤納, each balance by its transfers."""
    database = system_database("ledger")
    with psycopg.connect(database.app_url, autocommit=True) as connection:
        year = a_year(connection, [25_000])
        slip = year.slip("1", date(2026, 6, 10), 25_000)
        year.arrive(date(2026, 6, 20), slip)
        at = (slip.payment_id, year.claim("1"), DAY)
        assert verify_ledger(connection).holds
        year.post(
            DAY,
            posting.free(*at, principal=25_000, reason="x"),
            posting.owe_back(slip.payment_id, year.claim("1"), 25_000, DAY, Excess.IN_ERROR),
        )
        report = verify_ledger(connection)
    assert {one.check for one in report.differences} == {"nothing is owed back as 誤納 at a 期別 whose 本税 is due"}


def test_money_that_waits_without_its_case_is_found(system_database) -> None:
    database = system_database("ledger")
    with psycopg.connect(database.app_url, autocommit=True) as connection:
        year = a_year(connection, [25_000], dues={"1": date(2020, 6, 30)})
        on = date(2025, 9, 1)
        year.post(on, lambda books: (posting.write_off(books, year.claim("1"), on, reason="18条"),))
        year.arrive(date(2025, 9, 10), year.slip("1", date(2025, 6, 29), 25_000))
        assert verify_ledger(connection, every_step=True).holds
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("DELETE FROM receipt_case")
        report = verify_ledger(owner)
    assert [difference.check for difference in report.differences] == [
        "money that waits because a claim was written off has its case"
    ]
