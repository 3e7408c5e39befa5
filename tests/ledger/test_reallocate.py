"""再充当 (最判令和3年6月22日) on the real database: proposed with its plan, approved by another, posted as entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import psycopg
import pytest

from kofu.core.errors import OperatorFault
from kofu.ledger import decide_claims, reallocate
from kofu.ledger.adapters.journal import Posting, add_notices, add_payments, open_books, store_books
from kofu.ledger.adapters.rates_file import rates
from kofu.ledger.domain import posting
from kofu.ledger.domain.claims import Channel, Notice, Payment, Tax
from kofu.ledger.domain.matching import MatchingRules
from kofu.ledger.under import Under
from kofu.ledger.verify import verify_ledger

pytestmark = pytest.mark.storage

WARD = "139998"
CLERK = Under("clerk", "test", datetime(2026, 11, 20, 3, tzinfo=UTC), "p")
CHIEF = replace(CLERK, actor="chief")
DIVIDEND, PAID = date(2025, 3, 3), date(2026, 2, 2)
RULES = MatchingRules(rates())
BOOKED = Posting(actor="t", booked_on=date(2026, 11, 1), recorded_at=CLERK.now)


def a_dividend_whose_claim_was_cancelled(connection: psycopg.Connection) -> tuple[UUID, UUID, list[int]]:
    """令和4年度 took 50,000 円 of a seizure and was cancelled; 令和5年度 was open on that day and was paid in 2026."""
    years = [(2022, date(2022, 8, 31)), (2023, date(2023, 8, 31))]
    notices = [
        (
            Notice(
                municipality_code=WARD,
                notice_number=f"{year}0001",
                addressee_number="1",
                tax=Tax.RESIDENT,
                fiscal_year=year,
                origin_year=year,
                collection_method="ordinary",
                statutory_due_date=due,
            ),
            [("2", due)],
        )
        for year, due in years
    ]
    payments = [
        Payment(
            payment_id=uuid4(),
            municipality_code=WARD,
            key=channel.value,
            channel=channel,
            received_on=on,
            booked_on=on,
            amount=amount,
        )
        for channel, on, amount in ((Channel.SEIZURE, DIVIDEND, 50_000), (Channel.BANK, PAID, 60_000))
    ]
    with connection.transaction():
        ids = [claim.claim_id for (claim,) in add_notices(connection, notices)]
        books = open_books(connection, claim_ids=ids)
        add_payments(connection, payments, books)
        for claim_id, (_, due) in zip(ids, years, strict=True):
            books.post(posting.assess(claim_id, 50_000 if claim_id == ids[0] else 60_000, due))
        for claim_id, payment in zip(ids, payments, strict=True):
            books.post(posting.receive(payment.payment_id, payment.amount, payment.received_on))
            books.post(posting.allocate(payment.payment_id, claim_id, payment.received_on, principal=payment.amount))
        books.post_all(posting.reduce(books, ids[0], 50_000, date(2026, 11, 1), cancelled=True))
        store_books(connection, books, BOOKED)
    return payments[0].payment_id, payments[1].payment_id, ids


def test_two_people_give_the_dividend_to_the_year_that_was_open_on_its_day(system_database) -> None:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as connection:
        seized, paid, ids = a_dividend_whose_claim_was_cancelled(connection)
        entries = connection.execute("SELECT count(*) FROM entry").fetchone()
        shown = reallocate.plan(connection, WARD, "1", rules=RULES, under=CLERK)
        assert [(step.payment_id, step.to_claim, step.amount) for step in shown.moved] == [(seized, ids[1], 50_000)]
        assert connection.execute("SELECT count(*) FROM entry").fetchone() == entries
        with pytest.raises(OperatorFault, match="names its reason"):
            reallocate.propose(connection, WARD, "1", reason="", rules=RULES, under=CLERK)
        made = reallocate.propose(connection, WARD, "1", reason="賦課取消", rules=RULES, under=CLERK)
        with pytest.raises(OperatorFault, match="decide it first"):
            reallocate.propose(connection, WARD, "1", reason="賦課取消", rules=RULES, under=CLERK)
        with pytest.raises(OperatorFault, match="cannot approve"):
            reallocate.approve(connection, made.decision_id, rules=RULES, under=CLERK)
        with pytest.raises(OperatorFault, match="its own page"):
            decide_claims.approve(connection, made.decision_id, under=CHIEF)
        assert reallocate.approve(connection, made.decision_id, rules=RULES, under=CHIEF) == 50_000
        with connection.transaction():
            books = open_books(connection, claim_ids=ids)
        assert books.shares[seized, ids[1]].principal == 50_000
        assert books.shares[seized, ids[0]].overpaid == 0
        assert books.shares[paid, ids[1]].principal == 10_000
        assert books.payments[paid].allocated + books.payments[paid].overpaid == 60_000
        with pytest.raises(OperatorFault, match="open on its day"):
            reallocate.propose(connection, WARD, "1", reason="賦課取消", rules=RULES, under=CLERK)
        audited = connection.execute(
            "SELECT count(*) FROM claim_decision WHERE kind = 'reallocate' AND state = 'approved'"
        ).fetchone()
        assert audited == (1,)
        report = verify_ledger(connection, every_step=True)
        assert report.holds, report.differences


def test_a_plan_the_ledger_has_left_behind_is_not_posted(system_database) -> None:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as connection:
        _, _, ids = a_dividend_whose_claim_was_cancelled(connection)
        made = reallocate.propose(connection, WARD, "1", reason="賦課取消", rules=RULES, under=CLERK)
        with connection.transaction():
            books = open_books(connection, claim_ids=[ids[1]])
            books.post_all(posting.reduce(books, ids[1], 20_000, date(2026, 11, 10)))
            store_books(connection, books, BOOKED)
        with pytest.raises(OperatorFault, match="moved on"):
            reallocate.approve(connection, made.decision_id, rules=RULES, under=CHIEF)
        decide_claims.withdraw(connection, made.decision_id, under=CHIEF)
        assert verify_ledger(connection, every_step=True).holds
