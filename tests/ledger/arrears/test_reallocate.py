"""再充当 (最判令和3年6月22日) on the real database: proposed with its plan, approved by another, posted as entries."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import psycopg
import pytest
from tests.ledger.dividend import BOOKED, WARD, a_dividend_whose_claim_was_cancelled

from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.arrears import decide_claims, reallocate
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.journal import open_books, store_books
from kofu.ledger.books.rates_file import rates
from kofu.ledger.books.verify import verify_ledger

pytestmark = pytest.mark.storage

CLERK = Acting("clerk", "test", datetime(2026, 11, 20, 3, tzinfo=UTC), "p")
CHIEF = replace(CLERK, actor="chief")
RULES = MatchingRules(rates())


def test_two_people_give_the_dividend_to_the_year_that_was_open_on_its_day(system_database) -> None:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as connection:
        seized, paid, ids = a_dividend_whose_claim_was_cancelled(connection)
        entries = connection.execute("SELECT count(*) FROM entry").fetchone()
        shown = reallocate.plan(connection, WARD, "1", rules=RULES, acting=CLERK)
        assert [(step.payment_id, step.to_claim, step.amount) for step in shown.moved] == [(seized, ids[1], 50_000)]
        assert connection.execute("SELECT count(*) FROM entry").fetchone() == entries
        with pytest.raises(OperatorFault, match="names its reason"):
            reallocate.propose(connection, WARD, "1", reason="", rules=RULES, acting=CLERK)
        made = reallocate.propose(connection, WARD, "1", reason="賦課取消", rules=RULES, acting=CLERK)
        with pytest.raises(OperatorFault, match="decide it first"):
            reallocate.propose(connection, WARD, "1", reason="賦課取消", rules=RULES, acting=CLERK)
        with pytest.raises(OperatorFault, match="second_person_needed"):
            reallocate.approve(connection, made.decision_id, rules=RULES, acting=CLERK)
        with pytest.raises(OperatorFault, match="its own page"):
            decide_claims.approve(connection, made.decision_id, acting=CHIEF)
        assert reallocate.approve(connection, made.decision_id, rules=RULES, acting=CHIEF) == 50_000
        with connection.transaction():
            books = open_books(connection, claim_ids=ids)
        assert books.shares[seized, ids[1]].principal == 50_000
        assert books.shares[seized, ids[0]].overpaid == 0
        assert books.shares[paid, ids[1]].principal == 10_000
        assert books.payments[paid].allocated + books.payments[paid].overpaid == 60_000
        with pytest.raises(OperatorFault, match="open on its day"):
            reallocate.propose(connection, WARD, "1", reason="賦課取消", rules=RULES, acting=CLERK)
        audited = connection.execute(
            "SELECT count(*) FROM claim_decision WHERE kind = 'reallocate' AND state = 'approved'"
        ).fetchone()
        assert audited == (1,)
        report = verify_ledger(connection, every_step=True)
        assert report.holds, report.differences


def test_a_plan_the_ledger_has_left_behind_is_not_posted(system_database) -> None:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as connection:
        _, _, ids = a_dividend_whose_claim_was_cancelled(connection)
        made = reallocate.propose(connection, WARD, "1", reason="賦課取消", rules=RULES, acting=CLERK)
        with connection.transaction():
            books = open_books(connection, claim_ids=[ids[1]])
            books.post_all(posting.reduce(books, ids[1], 20_000, date(2026, 11, 10)))
            store_books(connection, books, BOOKED)
        with pytest.raises(OperatorFault, match="moved on"):
            reallocate.approve(connection, made.decision_id, rules=RULES, acting=CHIEF)
        decide_claims.decline(connection, made.decision_id, acting=CHIEF)
        assert verify_ledger(connection, every_step=True).holds
