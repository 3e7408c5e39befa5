"""The counter's day on the real database: open, enter, void, close, post, reconcile, close the day."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from uuid import UUID

import psycopg
import pytest
from tests.ledger.small_ledger import DAY, NOW, WARD, by, new_ledger

from kofu.core.errors import OperatorFault
from kofu.ledger.books.accounting import last_closed_day
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.rates_file import rates
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.payments import suspense, till
from kofu.ledger.payments.batches import Batch, accept, load_batch
from kofu.ledger.payments.close_day import close_day, closed_day, read_day, state_channel
from kofu.ledger.payments.domain.batches import BatchState
from kofu.ledger.payments.domain.closed_day import ClosedDay
from kofu.ledger.payments.domain.matching import MatchOutcome
from kofu.ledger.payments.post_batch import post_batch
from kofu.ledger.payments.till import TillEntry
from kofu.ledger.slips.codecs.barcode import Barcode
from kofu.ledger.slips.codecs.convenience import Slip, SlipKey, barcode_for, barcode_profile
from kofu.platform.postgres import SystemDatabase

pytestmark = pytest.mark.storage
RULES = MatchingRules(rates())
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def database(system_database) -> SystemDatabase:
    return new_ledger(system_database)


@pytest.fixture
def connection(database: SystemDatabase) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        yield opened


def opened(connection: psycopg.Connection, office: str = "b05") -> Batch:
    return till.open_batch(
        connection, municipality_code=WARD, office=office, is_branch=office != "shunou", acting=by("clerk")
    )


def taken(number: int = 1, amount: int = 10_000, **changed) -> TillEntry:
    values = {
        "notice_number": f"{number:017d}",
        "installment": "1",
        "amount": amount,
        "received_on": DAY,
    }
    return TillEntry(**(values | changed))


def closed_batch(connection: psycopg.Connection, *entries: TillEntry) -> Batch:
    batch = opened(connection)
    for entry in entries:
        till.enter(connection, batch.id, entry, acting=by("clerk"))
    cash = sum(entry.amount + entry.interest for entry in entries)
    return till.close(connection, batch.id, papers=len(entries), cash=cash, acting=by("clerk"))


def stated(connection: psycopg.Connection, rows: int, total: int, channel: Channel = Channel.BRANCH) -> None:
    state_channel(connection, WARD, DAY, channel, rows=rows, total=total, acting=by("clerk"))


def the_payment(connection: psycopg.Connection) -> UUID:
    row = connection.execute("SELECT id FROM payment").fetchone()
    assert row is not None
    return row[0]


def code_of(refused: pytest.ExceptionInfo[OperatorFault]) -> str:
    return refused.value.code


def test_an_office_has_one_open_batch_a_day(connection) -> None:
    assert opened(connection).id == opened(connection).id
    assert opened(connection, "shunou").channel == Channel.COUNTER


def test_what_is_entered_is_counted_closed_and_posted(connection) -> None:
    batch = closed_batch(connection, taken(1), taken(2, 4_000))
    assert (batch.stands, batch.rows, batch.total) == (BatchState.CHECKED, 2, 14_000)
    done = post_batch(connection, batch.id, rules=RULES, acting=by("clerk"))
    assert done.counts == {MatchOutcome.SETTLED: 1, MatchOutcome.PARTIAL: 1}
    assert verify_ledger(connection, every_step=True).holds


def test_a_mistake_is_taken_back_by_a_further_row_and_is_not_posted(connection) -> None:
    batch = opened(connection)
    till.enter(connection, batch.id, taken(1, 100_000), acting=by("clerk"))
    till.void(connection, batch.id, 1, acting=by("clerk"))
    with pytest.raises(OperatorFault) as refused:
        till.void(connection, batch.id, 1, acting=by("clerk"))
    assert code_of(refused) == "entry_unknown"
    standing = till.enter(connection, batch.id, taken(1), acting=by("clerk"))
    assert [entry.number for entry in standing.live] == [3]
    assert load_batch(connection, batch.id).total == 10_000
    till.close(connection, batch.id, papers=1, cash=10_000, acting=by("clerk"))
    post_batch(connection, batch.id, rules=RULES, acting=by("clerk"))
    assert connection.execute("SELECT amount, source FROM payment").fetchall() == [
        (10_000, "b05 令和8.6.20 第1束 3行目")
    ]
    assert connection.execute("SELECT count(*) FROM batch_row").fetchone() == (3,)


def test_a_batch_does_not_close_on_another_count(connection) -> None:
    batch = opened(connection)
    till.enter(connection, batch.id, taken(), acting=by("clerk"))
    with pytest.raises(OperatorFault) as refused:
        till.close(connection, batch.id, papers=1, cash=9_000, acting=by("clerk"))
    assert code_of(refused) == "count_differs"


def test_a_difference_that_cannot_be_found_is_named_and_another_person_decides(connection) -> None:
    batch = opened(connection)
    till.enter(connection, batch.id, taken(), acting=by("clerk"))
    held = till.close(connection, batch.id, papers=1, cash=9_000, difference="過不足金 1,000円", acting=by("clerk"))
    assert held.stands is BatchState.HELD
    with pytest.raises(OperatorFault) as refused:
        accept(connection, batch.id, reason="確認", acting=by("clerk"))
    assert code_of(refused) == "second_person_needed"
    assert accept(connection, batch.id, reason="確認", acting=by("chief")).stands is BatchState.ACCEPTED


def test_a_closed_batch_takes_nothing_more(connection) -> None:
    batch = closed_batch(connection, taken())
    with pytest.raises(OperatorFault) as refused:
        till.enter(connection, batch.id, taken(2), acting=by("clerk"))
    assert code_of(refused) == "batch_closed"
    assert opened(connection).id != batch.id


def test_the_barcode_of_a_slip_is_an_entry() -> None:
    profile = barcode_profile(Layouts(None, specimen=True))
    key = SlipKey(fiscal_year=2026, tax="resident", notice_number="00000000000000001", installment="1")
    barcode = barcode_for(profile, Slip(key=key, amount=10_000, pay_by=date(2026, 6, 30)), printed_on=DAY)
    assert isinstance(barcode, Barcode)
    assert till.from_barcode(profile, barcode.digits, received_on=DAY) == taken(1)


def test_the_clerk_sees_what_the_ledger_knows_before_entering(connection) -> None:
    found = till.on_the_paper(connection, WARD, "00000000000000001", "1")
    assert found is not None
    assert (found.due_date, found.fiscal_year) == (date(2026, 6, 30), 2026)
    assert till.on_the_paper(connection, WARD, "99999999999999999", "1") is None


# -- the day ----------------------------------------------------------------------------------------------------------


def test_a_day_closes_when_ledger_batches_and_statement_agree_and_then_takes_nothing_more(connection) -> None:
    batch = closed_batch(connection, taken(1), taken(2))
    with pytest.raises(OperatorFault) as waiting:
        close_day(connection, WARD, DAY, channels=(), acting=by("chief"))
    assert code_of(waiting) == "batches_wait"
    post_batch(connection, batch.id, rules=RULES, acting=by("clerk"))
    with pytest.raises(OperatorFault) as unstated:
        close_day(connection, WARD, DAY, channels=(), acting=by("chief"))
    assert code_of(unstated) == "totals_differ"
    stated(connection, 2, 20_001)
    with pytest.raises(OperatorFault) as differing:
        close_day(connection, WARD, DAY, channels=(), acting=by("chief"))
    assert "branch" in differing.value.message
    stated(connection, 2, 20_000)
    with pytest.raises(OperatorFault) as unproven:
        closed_day(connection, WARD, DAY)
    assert code_of(unproven) == "day_not_closed"
    proof = close_day(connection, WARD, DAY, channels=(), acting=by("chief"))
    assert closed_day(connection, WARD, DAY) == proof == ClosedDay(WARD, DAY)
    assert last_closed_day(connection, WARD) == DAY
    assert opened(connection).booked_on == date(2026, 6, 22)


def test_a_day_is_closed_once_whoever_tries(database: SystemDatabase) -> None:
    def worker(_: int) -> str:
        with psycopg.connect(database.app_url, autocommit=True) as own:
            try:
                return close_day(own, WARD, DAY, channels=(), acting=by("chief")).day.isoformat()
            except OperatorFault as fault:
                return fault.code

    with ThreadPoolExecutor(3) as pool:
        said = list(pool.map(worker, range(3)))
    assert said.count("day_closed") == 2


def test_a_day_to_come_cannot_be_closed(connection) -> None:
    with pytest.raises(OperatorFault) as refused:
        close_day(connection, WARD, DAY + timedelta(days=1), channels=(), acting=by("chief"))
    assert code_of(refused) == "day_to_come"


# -- 仮受 and 訂正 -----------------------------------------------------------------------------------------------------


def test_a_payment_in_suspense_is_assigned_and_counts_from_the_day_it_was_paid(connection) -> None:
    batch = closed_batch(connection, taken(7, notice_number="99999999999999999"))
    post_batch(connection, batch.id, rules=RULES, acting=by("clerk"))
    (waiting,) = suspense.list_suspense(connection, WARD)
    assert (waiting.amount, waiting.reason) == (10_000, MatchOutcome.UNKNOWN_NOTICE)
    assert {one.due for one in suspense.candidates(connection, WARD, waiting)} == {10_000}
    (found,) = suspense.candidates(connection, WARD, waiting, words="00000000000000007")
    outcome = suspense.assign(
        connection,
        waiting.payment_id,
        notice_number=found.notice_number,
        installment=found.installment,
        rules=RULES,
        reason="納付済通知書で確認",
        acting=by("clerk", TOMORROW),
    )
    assert outcome is MatchOutcome.SETTLED
    assert suspense.list_suspense(connection, WARD) == []
    assert connection.execute("SELECT settled_on FROM claim_balance WHERE paid > 0").fetchone() == (DAY,)
    assert verify_ledger(connection, every_step=True).holds
    with pytest.raises(OperatorFault) as again:
        suspense.send_back(connection, waiting.payment_id, reason="x", acting=by("clerk"))
    assert code_of(again) == "not_in_suspense"


def test_money_that_was_meant_for_another_municipality_goes_back(connection) -> None:
    batch = closed_batch(connection, taken(7, notice_number="99999999999999999"))
    post_batch(connection, batch.id, rules=RULES, acting=by("clerk"))
    (waiting,) = suspense.list_suspense(connection, WARD)
    suspense.send_back(connection, waiting.payment_id, reason="他区の納付書のため組戻し", acting=by("clerk"))
    assert suspense.list_suspense(connection, WARD) == []
    assert verify_ledger(connection, every_step=True).holds


def test_a_correction_takes_two_people_and_leaves_the_claim_open_again(connection) -> None:
    batch = closed_batch(connection, taken(3))
    post_batch(connection, batch.id, rules=RULES, acting=by("clerk"))
    payment_id = the_payment(connection)
    proposed = suspense.propose_correction(connection, payment_id, reason="二重入力", acting=by("clerk"))
    with pytest.raises(OperatorFault) as twice:
        suspense.propose_correction(connection, payment_id, reason="二重入力", acting=by("other"))
    assert code_of(twice) == "proposed_already"
    with pytest.raises(OperatorFault) as alone:
        suspense.decide_correction(connection, proposed, approve=True, rules=RULES, acting=by("clerk"))
    assert code_of(alone) == "second_person_needed"
    suspense.decide_correction(connection, proposed, approve=True, rules=RULES, acting=by("chief"))
    assert connection.execute("SELECT sum(paid), min(due) FROM claim_balance").fetchone() == (0, 10_000)
    assert suspense.list_corrections(connection, WARD) == []
    day = read_day(connection, WARD, DAY)
    assert (day.taken_out_rows, day.taken_out_total) == (1, 10_000)
    assert verify_ledger(connection, every_step=True).holds
