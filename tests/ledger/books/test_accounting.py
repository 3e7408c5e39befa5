"""A closed day takes no posting of any kind, days close in order, and a wrong 会計日 is changed by two people."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from tests.ledger.small_ledger import WARD, by, new_ledger

from kofu import ledger
from kofu.core.errors import OperatorFault
from kofu.ledger.arrears import decide_claims
from kofu.ledger.books.accounting import accounting_days, posting_now
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.journal import Posting, open_books, store_books
from kofu.ledger.books.rates_file import rates
from kofu.ledger.payments import suspense
from kofu.ledger.payments.batches import Batch, load_batch, receive, reject
from kofu.ledger.payments.close_day import close_day, open_days, state_channel
from kofu.ledger.payments.day_decisions import decide, propose_move, waiting_decisions
from kofu.ledger.payments.domain.batches import FileContent, PaymentRow, RowEvent
from kofu.ledger.payments.post_batch import post_batch
from kofu.platform.postgres import SystemDatabase

pytestmark = pytest.mark.storage
RULES = MatchingRules(rates())
WEDNESDAY = date(2026, 7, 15)
THURSDAY, FRIDAY, TUESDAY = date(2026, 7, 16), date(2026, 7, 17), date(2026, 7, 21)  # Monday is 海の日


def closed(connection: psycopg.Connection, municipality_code: str, day: date) -> None:
    connection.execute(
        "INSERT INTO day_close (municipality_code, day, totals, digest, closed_by, closed_at)"
        " VALUES (%s, %s, '[]', '', 'x', %s)",
        [municipality_code, day, at(day)],
    )


def at(day: date) -> datetime:
    """Noon in Japan."""
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC)


@pytest.fixture
def database(system_database) -> SystemDatabase:
    """A ledger that is closed to 14 July."""
    made = new_ledger(system_database)
    with psycopg.connect(made.app_url, autocommit=True) as connection:
        closed(connection, WARD, date(2026, 7, 14))
    return made


@pytest.fixture
def connection(database: SystemDatabase) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        yield opened


def received(
    connection: psycopg.Connection,
    booked_on: date,
    paid: date,
    now: date = FRIDAY,
    *,
    key: str = "k",
    notice: int = 1,
    ward: str = WARD,
) -> Batch:
    row = PaymentRow(
        line=1, event=RowEvent.PAY, key=key, received_on=paid, amount=10_000, notice_number=f"{notice:017d}",
        installment="1",
    )  # fmt: skip
    return receive(
        connection,
        municipality_code=ward,
        channel=Channel.ELECTRONIC,
        kind="electronic",
        name=f"{key}.csv",
        content=key.encode(),
        booked_on=booked_on,
        read=lambda _: FileContent((row,)),
        acting=by("clerk", at(now)),
    )


def posted(connection: psycopg.Connection, day: date, **more) -> Batch:
    batch = received(connection, day, day, **more)
    post_batch(connection, batch.id, rules=RULES, acting=by("clerk", at(day)))
    state_channel(connection, WARD, day, Channel.ELECTRONIC, rows=1, total=10_000, acting=by("clerk", at(FRIDAY)))
    return batch


def close(connection: psycopg.Connection, day: date, now: date = FRIDAY) -> None:
    close_day(connection, WARD, day, channels=(), acting=by("chief", at(now)))


def code_of(refused: pytest.ExceptionInfo[OperatorFault]) -> str:
    return refused.value.code


@pytest.mark.parametrize(
    ("booked_on", "code"), [(date(2062, 11, 29), "day_to_come"), (WEDNESDAY, "day_before_receipt")]
)
def test_a_file_is_not_received_for_a_day_its_money_cannot_be_booked_on(connection, booked_on: date, code: str) -> None:
    with pytest.raises(OperatorFault, match=r"open: .*2026-07-17") as refused:
        received(connection, booked_on, THURSDAY)
    assert code_of(refused) == code
    assert connection.execute("SELECT count(*) FROM batch").fetchone() == (0,)


def test_a_file_is_not_received_for_a_closed_day(connection) -> None:
    close(connection, WEDNESDAY)
    posted(connection, THURSDAY)
    close(connection, THURSDAY)
    with pytest.raises(OperatorFault, match="2026-07-16 is closed; open: 2026-07-17") as refused:
        received(connection, THURSDAY, THURSDAY, key="late")
    assert code_of(refused) == "day_closed"


def test_days_close_in_order_and_what_is_open_before_is_named(connection) -> None:
    """真庭市 2024-07: a day of payments was passed over, and letters went to people who had paid."""
    close(connection, WEDNESDAY)
    batch = received(connection, THURSDAY, THURSDAY)
    with pytest.raises(
        OperatorFault, match=r"2026-07-17 cannot be closed before: 2026-07-16 \(k.csv waits\)"
    ) as refused:
        close(connection, FRIDAY)
    assert code_of(refused) == "days_open_before"
    post_batch(connection, batch.id, rules=RULES, acting=by("clerk", at(FRIDAY)))
    with pytest.raises(OperatorFault, match="before: 2026-07-16"):
        close(connection, FRIDAY)
    state_channel(connection, WARD, THURSDAY, Channel.ELECTRONIC, rows=1, total=10_000, acting=by("c", at(FRIDAY)))
    close(connection, THURSDAY)
    close(connection, FRIDAY)


def test_the_list_of_unclosed_days_says_what_is_missing_on_each(connection) -> None:
    close(connection, WEDNESDAY)
    received(connection, THURSDAY, THURSDAY)
    found = open_days(connection, WARD, TUESDAY)
    assert [day.day for day in found] == [THURSDAY, FRIDAY, TUESDAY]
    assert [day.waiting for day in found] == [("k.csv",), (), ()]
    assert [day.differing for day in found] == [("electronic",), (), ()]


def test_a_batch_that_was_sent_back_keeps_no_day_open(connection) -> None:
    batch = received(connection, WEDNESDAY, WEDNESDAY)
    reject(connection, batch.id, reason="x", acting=by("clerk", at(FRIDAY)))
    close(connection, WEDNESDAY)


def test_what_is_decided_after_the_day_is_closed_is_booked_on_the_next_open_day(connection) -> None:
    """還付決定, 支払, 不納欠損, 充当, 訂正: each asks the one function for its day."""
    close(connection, WEDNESDAY)
    close(connection, THURSDAY)
    (claim_id,) = connection.execute("SELECT min(id) FROM claim").fetchone()
    with connection.transaction():
        books = open_books(connection, claim_ids=[claim_id])
        books.post(*posting.revise_interest(books, claim_id, 1_200, THURSDAY))
        store_books(connection, books, posting_now(connection, WARD, by("t", at(FRIDAY))))
    posted(connection, FRIDAY, notice=9)
    wrong = posted(connection, FRIDAY, key="wrong", notice=99)
    state_channel(connection, WARD, FRIDAY, Channel.ELECTRONIC, rows=2, total=20_000, acting=by("c", at(FRIDAY)))
    close(connection, FRIDAY)
    proposed = decide_claims.propose_waiver(connection, claim_id, 700, reason="災害", acting=by("clerk", at(FRIDAY)))
    decide_claims.approve(connection, proposed.decision_id, acting=by("chief", at(FRIDAY)))
    (payment_id,) = connection.execute("SELECT id FROM payment WHERE batch_id = %s", [wrong.id]).fetchone()
    suspense.send_back(connection, payment_id, reason="組戻し", acting=by("clerk", at(FRIDAY)))
    found = connection.execute("SELECT DISTINCT kind, booked_on FROM entry WHERE booked_on > %s", [FRIDAY]).fetchall()
    assert {day for _, day in found} == {TUESDAY}
    assert {"voided", "interest_waived"} <= {kind for kind, _ in found}


def an_entry(connection: psycopg.Connection, day: date) -> None:
    (claim_id,) = connection.execute("SELECT min(id) FROM claim").fetchone()
    with connection.transaction():
        books = open_books(connection, claim_ids=[claim_id])
        more = books.claims[claim_id].interest_assessed + 100
        books.post(*posting.revise_interest(books, claim_id, more, day))
        store_books(connection, books, Posting(actor="t", booked_on=day, recorded_at=at(day)))


def test_the_database_refuses_an_entry_on_a_closed_day_whoever_writes_it(database: SystemDatabase, connection) -> None:
    close(connection, WEDNESDAY)
    posted(connection, THURSDAY)
    close(connection, THURSDAY)
    with pytest.raises(psycopg.errors.CheckViolation, match="2026-07-16 is closed"):
        an_entry(connection, THURSDAY)
    with pytest.raises(psycopg.errors.CheckViolation, match="2026-07-01 is closed"):
        an_entry(connection, date(2026, 7, 1))
    an_entry(connection, FRIDAY)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:  # the guard is what refuses it
        owner.execute("ALTER TABLE transfer DISABLE TRIGGER transfer_on_open_day")
        an_entry(connection, THURSDAY)


def test_another_municipality_in_the_same_database_is_not_closed_with_it(connection) -> None:
    closed(connection, "131041", FRIDAY)
    an_entry(connection, THURSDAY)


def test_days_begin_with_the_first_entry_of_a_municipality_whatever_stands_in_the_database_beside_it(
    database: SystemDatabase, connection
) -> None:
    """Its first entry of an assessment or of money; another's begin nothing."""
    an_entry(connection, THURSDAY)
    an_entry(connection, FRIDAY)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE day_close DISABLE TRIGGER USER")
        owner.execute("DELETE FROM day_close")
        owner.execute("ALTER TABLE notice DISABLE TRIGGER USER")
        owner.execute(  # the first of all is of 0 yen: nothing is posted of it
            'INSERT INTO notice SELECT (jsonb_populate_record(one, \'{"id": 0, "notice_number": "0"}\')).*'
            " FROM notice AS one WHERE id = (SELECT min(id) FROM notice)"
        )
    (first, of_money) = connection.execute(
        "SELECT min(booked_on), min(booked_on) FILTER (WHERE kind <> 'assessed') FROM entry"
    ).fetchone()
    assert first < of_money
    assert accounting_days(connection, WARD, FRIDAY).begun == first
    assert accounting_days(connection, "131041", FRIDAY).begun is None
    for day in (THURSDAY, FRIDAY):  # money for notices nobody knows
        batch = received(connection, day, day, day, key=f"{day}", ward="131041")
        post_batch(connection, batch.id, rules=RULES, acting=by("clerk", at(day)))
    with pytest.raises(OperatorFault, match="nothing is booked on 2026-07-15"):
        received(connection, WEDNESDAY, WEDNESDAY, key="earlier", ward="131041")
    assert accounting_days(connection, "131041", FRIDAY).begun == THURSDAY


def test_the_database_closes_days_in_order(connection) -> None:
    close(connection, WEDNESDAY)
    posted(connection, THURSDAY)
    close(connection, THURSDAY)
    close(connection, FRIDAY)
    with pytest.raises(psycopg.errors.CheckViolation, match="later accounting day"):
        closed(connection, WARD, THURSDAY)


def test_closing_waits_for_a_posting_that_has_begun(database: SystemDatabase, connection) -> None:
    """Without the lock a day would close between the check and the commit, and the entry would lie in a closed day."""
    close(connection, WEDNESDAY)
    done = threading.Event()

    def closing() -> None:
        with psycopg.connect(database.app_url, autocommit=True) as own:
            close(own, THURSDAY)
        done.set()

    with psycopg.connect(database.app_url, autocommit=True) as poster, poster.transaction():
        day = posting_now(poster, WARD, by("t", at(THURSDAY))).booked_on
        thread = threading.Thread(target=closing)
        thread.start()
        while not connection.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        ).fetchone()[0]:
            pass
        assert not done.is_set()
        an_entry(poster, day)
    thread.join()
    assert done.is_set()


def test_two_people_change_the_day_of_a_batch_before_it_is_posted(connection) -> None:
    close(connection, WEDNESDAY)
    batch = received(connection, THURSDAY, THURSDAY, notice=2)
    decision = propose_move(connection, batch.id, FRIDAY, reason="入金は翌日", acting=by("clerk", at(FRIDAY)))
    with pytest.raises(OperatorFault) as again:
        propose_move(connection, batch.id, FRIDAY, reason="x", acting=by("other", at(FRIDAY)))
    assert code_of(again) == "proposed_already"
    with pytest.raises(OperatorFault) as alone:
        decide(connection, decision, approve=True, acting=by("clerk", at(FRIDAY)))
    assert code_of(alone) == "second_person_needed"
    assert load_batch(connection, batch.id).booked_on == THURSDAY
    decide(connection, decision, approve=True, acting=by("chief", at(FRIDAY)))
    assert load_batch(connection, batch.id).booked_on == FRIDAY
    assert waiting_decisions(connection, WARD) == []
    close(connection, THURSDAY)


@pytest.mark.parametrize(
    ("day", "reason", "code"),
    [
        (date(2062, 11, 29), "x", "day_to_come"),
        (WEDNESDAY, "x", "day_closed"),
        (FRIDAY, "x", "day_same"),
        (THURSDAY, "x", "day_before_receipt"),
        (TUESDAY, " ", "reason_needed"),
    ],
)
def test_a_batch_is_moved_only_to_a_day_that_fits(connection, day: date, reason: str, code: str) -> None:
    close(connection, WEDNESDAY)
    batch = received(connection, FRIDAY, FRIDAY, notice=2)
    with pytest.raises(OperatorFault) as refused:
        propose_move(connection, batch.id, day, reason=reason, acting=by("clerk", at(TUESDAY)))
    assert code_of(refused) == code


def test_a_day_that_was_closed_before_the_second_person_came_is_refused(connection) -> None:
    batch = received(connection, FRIDAY, WEDNESDAY, notice=2)
    decision = propose_move(connection, batch.id, WEDNESDAY, reason="x", acting=by("clerk", at(FRIDAY)))
    close(connection, WEDNESDAY)
    with pytest.raises(OperatorFault) as refused:
        decide(connection, decision, approve=True, acting=by("chief", at(FRIDAY)))
    assert code_of(refused) == "day_closed"
    decide(connection, decision, approve=False, acting=by("chief", at(FRIDAY)))
    assert load_batch(connection, batch.id).booked_on == FRIDAY


def test_a_batch_whose_money_is_in_the_ledger_keeps_its_day(connection) -> None:
    batch = posted(connection, THURSDAY)
    with pytest.raises(OperatorFault) as refused:
        propose_move(connection, batch.id, FRIDAY, reason="x", acting=by("clerk", at(FRIDAY)))
    assert code_of(refused) == "batch_state"


def test_days_on_which_offices_rest_are_not_asked_for(connection) -> None:
    for day in (WEDNESDAY, THURSDAY, FRIDAY):
        close(connection, day, TUESDAY)
    assert accounting_days(connection, WARD, TUESDAY).open_days() == (TUESDAY,)


def test_every_posting_gets_its_day_from_one_place() -> None:
    """Who posts asks `books.accounting`; money of a batch is held by `post_group` on the day chosen for it."""
    building = {
        path.name for path in Path(ledger.__file__).parent.rglob("*.py") if re.search(r"\bPosting\(", path.read_text())
    }
    assert building == {"accounting.py"}
