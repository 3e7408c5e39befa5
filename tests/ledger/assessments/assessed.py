"""Assessments registered and paid, for the tests of the days they carry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from uuid import uuid4

import psycopg
import pytest
from tests.ledger.posted_payments import post_payments

from kofu.contracts.assessment_tables import RESIDENT_TAX_CHANGES
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.assessments.codecs.assessment_files import read_either
from kofu.ledger.assessments.domain.received_files import FileState
from kofu.ledger.assessments.received import Checked
from kofu.ledger.assessments.register_assessments import post, receive
from kofu.ledger.books.domain.claims import Channel, Payment
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.rates_file import rates
from kofu.ledger.payments.domain.matching import MatchOutcome
from kofu.platform.postgres import SystemDatabase

WARD = "139998"
RULES = MatchingRules(rates())
CLERK = Acting("clerk", "test", datetime(2026, 6, 1, tzinfo=UTC))


@pytest.fixture
def database(system_database) -> SystemDatabase:
    return system_database("ledger")


@pytest.fixture
def connection(database: SystemDatabase) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        opened.execute(
            "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name,"
            " birthday, postal_code, address, status, protected)"
            " VALUES (%s, '1', '見本', '', '', '', '', '1600000', '東京都見本区', 'resident', false)",
            [WARD],
        )
        yield opened


def row(change: str, decided: str, parts: list[tuple[str, str, int]], **more: str) -> bytes:
    """A file of one notice: 期別 as (label, 納期限, yen)."""
    total = str(sum(amount for *_, amount in parts))
    cells = {
        "change": change,
        "notice_number": "2026000001",
        "addressee_number": "1",
        "fiscal_year": "2026",
        "origin_year": "2026",
        "collection_method": "ordinary",
        "effective_on": decided,
        "reason": "" if change == "new" else "所得の追加",
        "statutory_due_date": "2026-06-30",
        "annual_amount": total,
        "ward_amount": total,
        "metro_amount": "0",
        "forest_amount": "0",
        "installments": "|".join(label for label, *_ in parts),
        "due_dates": "|".join(day for _, day, _ in parts),
        "amounts": "|".join(str(amount) for *_, amount in parts),
    } | more
    names = RESIDENT_TAX_CHANGES.column_names
    return (",".join(names) + "\n" + ",".join(cells[name] for name in names) + "\n").encode()


def take(connection: psycopg.Connection, content: bytes) -> Checked:
    read = partial(read_either, municipality_code=WARD, file="fuka.csv")
    return receive(connection, municipality_code=WARD, name="fuka.csv", content=content, read=read, acting=CLERK)


def register(connection: psycopg.Connection, content: bytes, now: datetime = CLERK.now) -> None:
    checked = take(connection, content)
    assert checked.state is FileState.CHECKED, [problem.code for problem in checked.problems]
    read = partial(read_either, municipality_code=WARD, file="fuka.csv")
    post(connection, checked.file_id, read=read, rules=RULES, acting=replace(CLERK, now=now))


def pay(connection: psycopg.Connection, on: date, amount: int) -> MatchOutcome:
    key = uuid4()
    payment = Payment(
        payment_id=key,
        municipality_code=WARD,
        key=f"test/{key}",
        channel=Channel.COUNTER,
        received_on=on,
        booked_on=on,
        amount=amount,
        notice_number="2026000001",
        installment="1",
    )
    posted = post_payments(
        connection,
        [payment],
        municipality_code=WARD,
        rules=RULES,
        actor="clerk",
        now=CLERK.now,
        booked_on=on,
    )
    (outcome,) = posted.counts
    return outcome


@pytest.fixture
def increased(connection) -> psycopg.Connection:
    """500,000 due 2026-06-30 and paid in time; 200,000 more by a decision of 2026-10-15, due 2026-11-02."""
    register(connection, row("new", "2026-06-01", [("1", "2026-06-30", 500_000)]))
    assert pay(connection, date(2026, 6, 29), 500_000) is MatchOutcome.SETTLED
    register(
        connection,
        row("increase", "2026-10-15", [("1", "2026-11-02", 700_000)]),
        datetime(2026, 10, 15, tzinfo=UTC),
    )
    return connection
