"""The journal on the real PostgreSQL: what is posted is stored, balances follow, nothing is changed later (P12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from uuid import uuid4

import psycopg
import pytest

from kofu.core.errors import InvariantBroken
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import Books
from kofu.ledger.books.domain.claims import Channel, Claim, Notice, Payment, Tax
from kofu.ledger.books.domain.posting import Excess
from kofu.ledger.books.journal import (
    Posting,
    add_notices,
    add_payments,
    claims_of_person,
    find_claims,
    open_books,
    store_books,
)
from kofu.ledger.people.domain.numbers import numbers_of

pytestmark = pytest.mark.storage

WARD = "139998"
DUE = date(2026, 6, 30)
PAID = date(2026, 6, 25)
NOW = datetime(2026, 6, 26, 1, tzinfo=UTC)
UNDER = Posting(actor="test", booked_on=date(2026, 6, 26), recorded_at=NOW, source="tests")


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    """A connection under the ledger's least right."""
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened


def notice(number: str, **changed: object) -> Notice:
    values = {
        "municipality_code": WARD,
        "notice_number": number,
        "addressee_number": "000000000000001",
        "tax": Tax.RESIDENT,
        "fiscal_year": 2026,
        "origin_year": 2026,
        "collection_method": "ordinary",
        "statutory_due_date": DUE,
    }
    return Notice(**(values | changed))


def assessed(connection: psycopg.Connection, number: str, amount: int) -> Claim:
    """A claim of one installment, assessed."""
    with connection.transaction():
        ((claim,),) = add_notices(connection, [(notice(number), [("1", DUE)])])
        books = open_books(connection, claim_ids=[claim.claim_id])
        books.post(posting.assess(claim.claim_id, amount, date(2026, 6, 1)))
        store_books(connection, books, UNDER)
    return claim


def paid(connection: psycopg.Connection, claim: Claim, amount: int, key: str) -> Payment:
    """A payment, everything up to what is due allocated, the rest owed back as 誤納."""
    payment = Payment(
        payment_id=uuid4(),
        municipality_code=WARD,
        key=key,
        channel=Channel.COUNTER,
        received_on=PAID,
        booked_on=UNDER.booked_on,
        amount=amount,
    )
    with connection.transaction():
        books = open_books(connection, claim_ids=[claim.claim_id])
        add_payments(connection, [payment], books)
        due = books.claims[claim.claim_id].due
        books.post(posting.receive(payment.payment_id, amount, PAID))
        if due:
            books.post(posting.allocate(payment.payment_id, claim.claim_id, PAID, principal=min(due, amount)))
        if amount > due:
            books.post(posting.owe_back(payment.payment_id, claim.claim_id, amount - due, PAID, Excess.IN_ERROR))
        store_books(connection, books, UNDER)
    return payment


def reopened(connection: psycopg.Connection, claim: Claim) -> Books:
    with connection.transaction():
        return open_books(connection, claim_ids=[claim.claim_id])


def test_a_payment_settles_its_claim_and_the_rest_is_owed_back(connection) -> None:
    claim = assessed(connection, "20260000001", 30_000)
    payment = paid(connection, claim, 30_500, "counter/1")
    books = reopened(connection, claim)
    balance = books.claims[claim.claim_id]
    assert (balance.due, balance.paid, balance.settled_on) == (0, 30_000, PAID)
    assert books.payments[payment.payment_id].in_error == 500
    assert books.shares[payment.payment_id, claim.claim_id].principal == 30_000


def test_a_reduction_frees_the_latest_payments_first(connection) -> None:
    claim = assessed(connection, "20260000002", 30_000)
    payment = paid(connection, claim, 30_000, "counter/2")
    with connection.transaction():
        books = open_books(connection, claim_ids=[claim.claim_id])
        books.post_all(posting.reduce(books, claim.claim_id, 12_000, date(2026, 9, 1)))
        store_books(connection, books, UNDER)
    after = reopened(connection, claim)
    assert after.claims[claim.claim_id].assessed == 18_000
    assert after.claims[claim.claim_id].due == 0
    assert after.payments[payment.payment_id].overpaid == 12_000


def test_the_same_payment_comes_in_once(connection) -> None:
    claim = assessed(connection, "20260000003", 1_000)
    paid(connection, claim, 1_000, "counter/3")
    with pytest.raises(psycopg.errors.UniqueViolation):
        paid(connection, claim, 1_000, "counter/3")
    assert reopened(connection, claim).claims[claim.claim_id].paid == 1_000


@pytest.mark.parametrize("table", ["notice", "claim", "payment", "entry", "transfer"])
def test_nobody_changes_a_recorded_row(system_database, table: str) -> None:
    """P12: neither the running role (by right) nor the owner (by trigger)."""
    database = system_database("ledger")
    for url in (database.app_url, database.owner_url):
        with (
            psycopg.connect(url) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(f"DELETE FROM {table}")


def test_money_without_a_place_is_not_stored(connection) -> None:
    claim = assessed(connection, "20260000004", 1_000)
    payment = Payment(
        payment_id=uuid4(),
        municipality_code=WARD,
        key="counter/4",
        channel=Channel.COUNTER,
        received_on=PAID,
        booked_on=PAID,
        amount=1_000,
    )

    def receive_and_forget() -> None:
        with connection.transaction():
            books = open_books(connection, claim_ids=[claim.claim_id])
            add_payments(connection, [payment], books)
            books.post(posting.receive(payment.payment_id, 1_000, PAID))
            store_books(connection, books, UNDER)

    with pytest.raises(InvariantBroken, match="has a place"):
        receive_and_forget()
    assert connection.execute("SELECT count(*) FROM payment WHERE key = 'counter/4'").fetchone() == (0,)


def test_claims_are_found_by_notice_number_and_by_person(connection) -> None:
    claim = assessed(connection, "20260000005", 1_000)
    assert find_claims(connection, WARD, [("20260000005", "1"), ("9", "1")]) == {("20260000005", "1"): claim}
    assert claim in claims_of_person(connection, WARD, numbers_of("000000000000001", {}))
