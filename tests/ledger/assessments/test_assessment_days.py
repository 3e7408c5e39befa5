"""① Which day an assessment is due, from the bytes of the file to the 延滞金 of the payment."""

from __future__ import annotations

from datetime import UTC, date, datetime

import psycopg
import pytest
from tests.ledger.arrears.people_owing import DESK
from tests.ledger.arrears.people_owing import RULES as WAIT
from tests.ledger.assessments.assessed import (
    CLERK,
    RULES,
    WARD,
    connection,
    database,
    increased,
    pay,
    register,
    row,
    take,
)

from kofu.ledger.arrears import dunning_runs
from kofu.ledger.arrears.read import arrears_of
from kofu.ledger.assessments.domain.received_files import FileState
from kofu.ledger.books.domain.quote import Quote
from kofu.ledger.books.journal import find_claims
from kofu.ledger.books.quotes import quotes_of
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.payments.domain.closed_day import ClosedDay
from kofu.ledger.payments.domain.matching import MatchOutcome

pytestmark = pytest.mark.storage
__all__ = ["connection", "database", "increased"]  # fixtures


def quoted(connection: psycopg.Connection, on: date) -> Quote:
    claim = find_claims(connection, WARD, [("2026000001", "1")])["2026000001", "1"]
    return quotes_of(connection, [claim.claim_id], on, RULES)[claim.claim_id]


def interest_fixed(connection: psycopg.Connection) -> int:
    found = connection.execute("SELECT sum(interest_assessed)::bigint FROM claim_balance").fetchone()
    assert found is not None
    return int(found[0])


def test_an_increase_paid_by_its_own_due_date_bears_no_interest(increased) -> None:
    """法326条1項: 延滞金 runs from the 納期限 of what it is owed on."""
    assert pay(increased, date(2026, 11, 2), 200_000) is MatchOutcome.SETTLED
    assert interest_fixed(increased) == 0
    assert verify_ledger(increased, every_step=True).holds


def test_an_increase_paid_late_bears_interest_from_its_own_due_date(increased) -> None:
    """200,000 yen, 11-03 to 12-31: 30 days at 2.8 % to 12-02, 29 at 9.1 %: 460 + 1,446 = 1,906 → 1,900."""
    assert quoted(increased, date(2026, 12, 31)).interest == 1_900
    pay(increased, date(2026, 12, 31), 200_000)
    assert interest_fixed(increased) == 1_900


def test_an_increase_that_is_not_due_yet_is_no_arrears(increased) -> None:
    assert arrears_of(increased, WARD, "1", date(2026, 11, 2)).none
    late = arrears_of(increased, WARD, "1", date(2026, 11, 3))
    assert (late.none, late.principal) == (False, 200_000)


def test_an_increase_is_dunned_by_its_own_due_date(increased) -> None:
    """法329条1項: 督促 is of what was not paid by its 納期限; payments of 11-02 may be on their way for 14 days."""
    for day, reason in ((date(2026, 10, 30), "not_reconciled"), (date(2026, 11, 4), "not_reconciled")):
        run = drawn(increased, day)
        assert (run.drawn.lines, run.left_out) == ((), {reason: 1})
        dunning_runs.withdraw_run(increased, run.run_id, acting=CLERK)
    assert [line.due for line in drawn(increased, date(2026, 11, 20)).drawn.lines] == [200_000]


def drawn(connection: psycopg.Connection, day: date) -> dunning_runs.DrawnRun:
    closed = ClosedDay(WARD, day)
    return dunning_runs.draw(connection, closed, issued_on=day, channels=DESK, rules=WAIT, acting=CLERK)


def test_the_file_of_an_increase_read_again_posts_nothing(increased) -> None:
    content = row("increase", "2026-10-15", [("1", "2026-11-02", 700_000)], reason="再送")
    register(increased, content, datetime(2026, 10, 16, tzinfo=UTC))
    assert increased.execute("SELECT sum(amount) FROM claim_increase").fetchone() == (200_000,)
    assert quoted(increased, date(2026, 10, 20)).principal == 200_000


def test_a_reduction_takes_the_increase_back_with_its_day(increased) -> None:
    register(increased, row("reduce", "2026-10-20", [("1", "2026-11-02", 600_000)]), datetime(2026, 10, 20, tzinfo=UTC))
    assert increased.execute("SELECT due_date, sum(amount)::bigint FROM claim_increase GROUP BY 1").fetchall() == [
        (date(2026, 11, 2), 100_000)
    ]
    assert quoted(increased, date(2026, 12, 31)).principal == 100_000


def test_a_notice_due_on_a_saturday_is_due_on_monday_and_bears_interest_from_there(connection) -> None:
    """法20条の5第2項: 2026-10-31 is a Saturday. 1,000,000 paid 12-02: 30 days at 2.8 % make 2,300, not 2,700."""
    register(connection, row("new", "2026-10-01", [("1", "2026-10-31", 1_000_000)]))
    claim = find_claims(connection, WARD, [("2026000001", "1")])["2026000001", "1"]
    assert claim.due_date == date(2026, 11, 2)
    pay(connection, date(2026, 12, 2), 1_000_000)
    assert interest_fixed(connection) == 2_300


@pytest.mark.parametrize(("parts", "more", "code"), [
    ([("1", "2019-06-30", 10_000)], {}, "due_date_outside_year"),
    ([("1", "2031-06-30", 10_000)], {}, "due_date_outside_year"),
    ([("1", "2026-06-30", 12_345)], {}, "amount_below_100"),
    ([("1", "2031-06-30", 10_000)], {"fiscal_year": "2031", "origin_year": "2031"}, "decided_outside_year"),
    ([("1", "2026-06-30", 10_000)], {"origin_year": "2010"}, "origin_year"),
])  # fmt: skip
def test_years_and_amounts_that_cannot_be_hold_the_row_with_their_reason(connection, parts, more, code) -> None:
    """法20条の4の2第3項 (100円), 17条の5 (期間制限)."""
    checked = take(connection, row("new", "2026-06-01", parts, **more))
    assert checked.state is FileState.HELD
    assert [problem.code for problem in checked.problems] == [code]


def test_a_tax_of_the_per_capita_levy_alone_is_due_once_in_june(connection) -> None:
    """法320条: 均等割額に相当する金額以下である場合にあつては、6月中."""
    empty = {"installments": "", "due_dates": "", "amounts": ""}
    register(connection, row("new", "2026-06-01", [("1", "2026-06-30", 5_000)], **empty))
    rows = connection.execute("SELECT installment, due_date, assessed FROM claim JOIN claim_balance ON id = claim_id")
    assert rows.fetchall() == [("1", date(2026, 6, 30), 5_000)]


def test_only_the_reduction_that_needs_a_rate_nobody_knows_yet_is_held(connection) -> None:
    """令和9年の率: paid in part on 2027-01-15, then reduced to what was paid: 延滞金 of 2027 cannot be calculated."""
    register(connection, row("new", "2026-06-01", [("1", "2026-06-30", 500_000)]))
    assert pay(connection, date(2027, 1, 15), 300_000) is MatchOutcome.PARTIAL
    held = take(connection, row("reduce", "2027-02-01", [("1", "2026-06-30", 300_000)]))
    assert [problem.code for problem in held.problems] == ["rate_missing"]
    register(connection, row("reduce", "2027-02-01", [("1", "2026-06-30", 400_000)]))
