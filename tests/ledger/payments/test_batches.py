"""Batches of payments on the real database: received once, held whole, decided by two, posted once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime

import psycopg
import pytest
from tests.ledger.small_ledger import DAY, NOW, WARD, by, new_ledger

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.rates_file import rates
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.payments import post_batch as posting_module
from kofu.ledger.payments.advised import clear_finding, findings, waiting_for_confirmation
from kofu.ledger.payments.batches import (
    Batch,
    accept,
    clear_problem,
    load_batch,
    problems_of,
    receive,
    record_of,
    reject,
    sent_back_before,
)
from kofu.ledger.payments.day_decisions import propose_move
from kofu.ledger.payments.domain.batches import BatchState, FileContent, PaymentRow, RowEvent, RowProblem
from kofu.ledger.payments.domain.matching import MatchOutcome
from kofu.ledger.payments.post_batch import PostedBatch, post_batch, post_waiting
from kofu.platform.postgres import SystemDatabase

pytestmark = pytest.mark.storage

RULES = MatchingRules(rates())


@pytest.fixture
def database(system_database) -> SystemDatabase:
    return new_ledger(system_database)


@pytest.fixture
def connection(database: SystemDatabase) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        yield opened


def paying(line: int, *, event: RowEvent = RowEvent.PAY, key: str = "", amount: int = 10_000) -> PaymentRow:
    return PaymentRow(
        line=line,
        event=event,
        key=key or f"k{line}",
        received_on=date(2026, 6, 19),
        amount=amount,
        notice_number=f"{line:017d}",
        installment="1",
    )


def take_in(
    connection: psycopg.Connection,
    reading: FileContent,
    *,
    content: bytes = b"file",
    channel: Channel = Channel.DIRECT_DEBIT,
    booked_on: date = DAY,
) -> Batch:
    return receive(
        connection,
        municipality_code=WARD,
        channel=channel,
        kind="test",
        name="result.txt",
        content=content,
        booked_on=booked_on,
        read=lambda _: reading,
        acting=by("first"),
    )


def post(connection: psycopg.Connection, batch: Batch) -> PostedBatch:
    return post_batch(connection, batch.id, rules=RULES, acting=by("first"))


GOOD = FileContent(tuple(paying(line) for line in range(1, 21)))
ONE_BAD = replace(GOOD, problems=(RowProblem(21, "顧客番号", "key_unknown", "no such key"),))


def test_a_sound_file_is_checked_and_posted_once(connection) -> None:
    batch = take_in(connection, GOOD)
    assert (batch.stands, batch.rows, batch.total) == (BatchState.CHECKED, 20, 200_000)
    assert post(connection, batch).counts == Counter({MatchOutcome.SETTLED: 20})
    assert load_batch(connection, batch.id).stands is BatchState.POSTED
    assert post(connection, batch).posted == 0
    assert verify_ledger(connection, every_step=True).holds


def test_the_same_file_received_again_is_the_same_batch(connection) -> None:
    batch = take_in(connection, GOOD)
    post(connection, batch)
    again = take_in(connection, GOOD)
    assert (again.id, again.stands) == (batch.id, BatchState.POSTED)
    assert connection.execute("SELECT count(*) FROM payment").fetchone() == (20,)


def test_a_file_with_a_bad_row_is_held_and_nothing_of_it_is_posted(connection) -> None:
    batch = take_in(connection, ONE_BAD)
    assert (batch.stands, batch.bad_rows) == (BatchState.HELD, 1)
    with pytest.raises(OperatorFault) as refused:
        post(connection, batch)
    assert refused.value.code == "batch_state"
    assert connection.execute("SELECT count(*) FROM payment").fetchone() == (0,)
    (problem,) = problems_of(connection, WARD, batch_id=batch.id)
    assert (problem.problem.line, problem.problem.code) == (21, "key_unknown")


def test_a_second_person_accepts_it_without_the_bad_row_which_then_waits_on_a_list(connection) -> None:
    batch = take_in(connection, ONE_BAD)
    with pytest.raises(OperatorFault) as refused:
        accept(connection, batch.id, reason="sender confirms", acting=by("first"))
    assert refused.value.code == "second_person_needed"
    with pytest.raises(OperatorFault) as unreasoned:
        accept(connection, batch.id, reason=" ", acting=by("second"))
    assert unreasoned.value.code == "reason_needed"
    assert accept(connection, batch.id, reason="sender confirms", acting=by("second")).stands is BatchState.ACCEPTED
    assert post(connection, batch).posted == 20
    (left,) = problems_of(connection, WARD)
    clear_problem(connection, left.id, how="電話で確認し再送依頼", acting=by("first"))
    assert problems_of(connection, WARD) == []


def test_a_file_that_was_sent_back_can_come_again_as_it_was(connection) -> None:
    """吉岡町 2025-07: what was sent back by mistake had to be taken in after all. Both times stay on record."""
    batch = take_in(connection, GOOD)
    assert reject(connection, batch.id, reason="別年度のファイル", acting=by("first")).stands is BatchState.REJECTED
    again = take_in(connection, GOOD)
    assert (again.id == batch.id, again.stands) == (False, BatchState.CHECKED)
    assert post(connection, again).posted == 20
    assert post(connection, take_in(connection, GOOD)).posted == 0
    (before,) = sent_back_before(connection, again.id)
    assert (before.decided_by, before.reason) == ("first", "別年度のファイル")
    assert load_batch(connection, batch.id).stands is BatchState.REJECTED


def test_a_file_that_was_sent_back_twice_can_come_a_third_time(connection) -> None:
    for _ in range(2):
        reject(connection, take_in(connection, ONE_BAD).id, reason="x", acting=by("first"))
    third = take_in(connection, ONE_BAD)
    assert len(sent_back_before(connection, third.id)) == 2


def test_a_corrected_file_takes_what_the_first_left_out_and_nothing_twice(connection) -> None:
    first = take_in(connection, ONE_BAD)
    accept(connection, first.id, reason="再送を待つ", acting=by("second"))
    post(connection, first)
    corrected = take_in(connection, FileContent((*GOOD.rows, paying(21))), content=b"corrected")
    assert {one.problem.code for one in problems_of(connection, WARD, batch_id=corrected.id)} == {"known_payment"}
    accept(connection, corrected.id, reason="21行目の訂正", acting=by("second"))
    assert [one.problem.line for one in problems_of(connection, WARD)] == [21]  # what is in the ledger is no work
    assert post(connection, corrected).posted == 1
    assert connection.execute("SELECT count(*) FROM payment").fetchone() == (21,)


def test_a_payment_that_comes_again_with_another_amount_is_for_somebody_to_look_at(connection) -> None:
    post(connection, take_in(connection, GOOD))
    rows = (paying(1, amount=9_000), paying(2), paying(22))
    again = take_in(connection, FileContent(rows), content=b"corrected")
    found = [(one.problem.line, one.problem.code) for one in problems_of(connection, WARD, batch_id=again.id)]
    assert found == [(1, "known_otherwise"), (2, "known_payment")]
    accept(connection, again.id, reason="1行目は確認中", acting=by("second"))
    assert [one.problem.line for one in problems_of(connection, WARD)] == [1]


def test_a_corrected_second_keying_is_another_file_and_both_keyings_are_kept(connection) -> None:
    def came(second: bytes, *problems: RowProblem) -> Batch:
        return receive(
            connection, municipality_code=WARD, channel=Channel.BANK, kind="keyed", name="punch.txt", content=b"first",
            booked_on=DAY, read=lambda _: FileContent((keyed_row(1, 1),), problems), acting=by("first"),
            keyed=(second, b"slips"),
        )  # fmt: skip

    held = came(b"wrong", RowProblem(1, "", "keyings_differ", "look at the paper"))
    right = came(b"right")
    assert (held.stands, right.stands) == (BatchState.HELD, BatchState.CHECKED)
    assert came(b"right").id == right.id
    kept = connection.execute("SELECT second, slips FROM batch WHERE id = %s", [right.id]).fetchone()
    assert tuple(bytes(piece) for piece in kept) == (b"right", b"slips")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"received_on": date(2026, 5, 31)}, "day_before_notice"),  # the notices are of 2026-06-01
        ({"received_on": date(2025, 6, 19)}, "day_before_notice"),
        ({"fiscal_year": 2027, "notice_number": "9" * 17}, "year_cannot_be"),
        ({"fiscal_year": 2062}, "year_cannot_be"),
        ({"fiscal_year": 26}, "year_cannot_be"),
    ],
)
def test_a_day_or_year_that_cannot_be_holds_its_row_and_no_other(connection, row, code) -> None:
    """Nobody pays by a notice before its tax was decided, and none of a year that has not begun."""
    batch = take_in(connection, FileContent((replace(paying(1), **row), paying(2))))
    found = {one.problem.code for one in problems_of(connection, WARD, batch_id=batch.id) if one.problem.line == 1}
    assert code in found
    accept(connection, batch.id, reason="1行目は確認中", acting=by("second"))
    assert post(connection, batch).posted == 1


def keyed_row(sequence: int, notice: int, **changes) -> PaymentRow:
    row = replace(paying(sequence), key=f"20260619|000001|{sequence}", notice_number=f"{notice:017d}")
    return replace(row, **changes)


def take_keyed(connection, *rows: PaymentRow, content: bytes) -> Batch:
    return receive(
        connection, municipality_code=WARD, channel=Channel.BANK, kind="keyed", name="punch.txt", content=content,
        booked_on=DAY, read=lambda _: FileContent(rows), acting=by("first"),
    )  # fmt: skip


@pytest.mark.parametrize("posted_before", [True, False])
def test_a_bundle_number_used_again_on_a_day_is_a_new_bundle(connection, posted_before) -> None:
    first = take_keyed(connection, keyed_row(1, 1), keyed_row(2, 2), content=b"first")
    if posted_before:
        post(connection, first)
    second = take_keyed(connection, keyed_row(1, 3), keyed_row(2, 4), content=b"second")
    assert second.stands is BatchState.CHECKED
    third = take_keyed(connection, keyed_row(1, 5), content=b"third")
    for batch in (first, second, third):
        post(connection, batch)
    assert connection.execute("SELECT count(*), count(DISTINCT key) FROM payment").fetchone() == (5, 5)
    assert verify_ledger(connection, every_step=True).holds


def test_the_same_bundle_sent_again_is_known_and_its_money_counted_once(connection) -> None:
    post(connection, take_keyed(connection, keyed_row(1, 1), keyed_row(2, 2), content=b"first"))
    again = take_keyed(connection, keyed_row(1, 1), keyed_row(2, 2, amount=9_000), content=b"again")
    codes = [one.problem.code for one in problems_of(connection, WARD, batch_id=again.id)]
    assert (again.stands, codes) == (BatchState.HELD, ["known_payment", "known_otherwise"])


@pytest.mark.parametrize(
    ("changes", "code"), [({"fiscal_year": 2025}, "year_contradicts"), ({"tax": "light_vehicle"}, "tax_contradicts")]
)
def test_a_row_that_contradicts_its_notice_is_held_and_the_others_can_be_taken(connection, changes, code) -> None:
    stated = {"fiscal_year": 2026, "tax": "resident"}
    rows = (keyed_row(1, 1, **stated), keyed_row(2, 2, **(stated | changes)), keyed_row(3, 999, **stated))
    batch = take_keyed(connection, *rows, content=b"x")
    assert [(one.problem.line, one.problem.code) for one in problems_of(connection, WARD, batch_id=batch.id)] == [
        (2, code)
    ]
    accept(connection, batch.id, reason="原票を確認中", acting=by("second"))
    assert post(connection, batch).posted == 2  # a notice nobody knows goes to 仮受, as ever


def test_a_file_of_which_no_row_can_be_read_can_only_be_sent_back(connection) -> None:
    batch = take_in(connection, FileContent((), (RowProblem(0, "", "file_refused", "no header"),)))
    with pytest.raises(OperatorFault) as refused:
        accept(connection, batch.id, reason="x", acting=by("second"))
    assert refused.value.code == "nothing_to_accept"


@pytest.mark.parametrize(
    ("reading", "code"),
    [
        (FileContent((paying(1), replace(paying(2), key="k1"))), "row_twice"),
        (FileContent((paying(1, amount=0),)), "amount_wrong"),
        (FileContent((replace(paying(1), received_on=date(2026, 6, 21)),)), "day_to_come"),
        (FileContent((paying(1),), stated_rows=2), "count_differs"),
        (FileContent((paying(1),), stated_total=9_999), "total_differs"),
    ],
)
def test_what_holds_a_file(connection, reading: FileContent, code: str) -> None:
    batch = take_in(connection, reading)
    assert batch.stands is BatchState.HELD
    assert [one.problem.code for one in problems_of(connection, WARD, batch_id=batch.id)] == [code]


def test_a_payment_that_another_file_brought_already_holds_the_file(connection) -> None:
    post(connection, take_in(connection, GOOD))
    later = take_in(connection, FileContent((paying(5), paying(25))), content=b"corrected file")
    assert [one.problem.code for one in problems_of(connection, WARD, batch_id=later.id)] == ["known_payment"]


def test_posting_that_crashed_goes_on_where_it_stopped_and_stands_as_its_twin_without_a_crash(
    system_database, monkeypatch
) -> None:
    monkeypatch.setattr(posting_module, "ROWS_PER_GROUP", 8)

    def die(done: int) -> None:
        if done == 16:
            raise KeyboardInterrupt

    standing = []
    for crashes in (True, False):
        with psycopg.connect(new_ledger(system_database).app_url, autocommit=True) as connection:
            batch = take_in(connection, GOOD)
            if crashes:
                with pytest.raises(KeyboardInterrupt):
                    post_batch(connection, batch.id, rules=RULES, acting=by("first"), progress=die)
                assert connection.execute("SELECT count(*) FROM payment").fetchone() == (16,)
                assert load_batch(connection, batch.id).stands is BatchState.POSTING
            ((posted, rest),) = post_waiting(connection, WARD, rules=RULES, acting=by("first"))
            assert posted.stands is BatchState.POSTED
            assert rest.posted + rest.known == 20
            assert verify_ledger(connection).holds
            standing.append(
                connection.execute(
                    "SELECT payment.key, kind, debit, credit, transfer.amount FROM transfer"
                    " JOIN entry ON entry.id = entry_id JOIN payment ON payment.id = payment_id ORDER BY 1, 2, 3"
                ).fetchall()
            )
    assert standing[0] == standing[1]


def test_a_batch_whose_posting_has_begun_is_neither_sent_back_nor_moved_to_another_day(connection, monkeypatch) -> None:
    """返戻 of half a file would leave the money of the other half in the ledger, under a batch nobody received."""
    monkeypatch.setattr(posting_module, "ROWS_PER_GROUP", 8)
    batch = take_in(connection, GOOD)

    def send_back(done: int) -> None:
        for attempt in (
            lambda: reject(connection, batch.id, reason="誤送信", acting=by("second")),
            lambda: propose_move(connection, batch.id, DAY, reason="誤送信", acting=by("second")),
        ):
            with pytest.raises(OperatorFault) as refused:
                attempt()
            assert refused.value.code == "batch_state", done

    done = post_batch(connection, batch.id, rules=RULES, acting=by("first"), progress=send_back)
    assert (done.posted, load_batch(connection, batch.id).stands) == (20, BatchState.POSTED)


def test_what_was_sent_back_while_the_night_ran_keeps_nothing_else_from_being_posted(connection) -> None:
    files = [take_in(connection, FileContent((paying(line),)), content=b"file %d" % line) for line in (24, 25, 26)]
    sent_back = []

    def send_back(posting: Batch, _: int) -> None:
        if not sent_back:
            other = next(one for one in files if one.id != posting.id)
            sent_back.append(reject(connection, other.id, reason="誤送信", acting=by("second")).id)

    posted = post_waiting(connection, WARD, rules=RULES, acting=by("first"), progress=send_back)
    assert {batch.id for batch, _ in posted} == {one.id for one in files} - set(sent_back)


def test_two_processes_that_receive_and_post_the_same_file_do_it_once(database: SystemDatabase, monkeypatch) -> None:
    monkeypatch.setattr(posting_module, "ROWS_PER_GROUP", 3)

    def worker(_: int) -> int:
        with psycopg.connect(database.app_url, autocommit=True) as own:
            return post(own, take_in(own, GOOD)).posted

    with ThreadPoolExecutor(3) as pool:
        assert sum(pool.map(worker, range(3))) == 20
    with psycopg.connect(database.app_url) as connection:
        assert connection.execute("SELECT count(*) FROM batch").fetchone() == (1,)
        assert connection.execute("SELECT count(*) FROM payment").fetchone() == (20,)
        assert verify_ledger(connection).holds


# -- 速報, 速報取消, 確報 ----------------------------------------------------------------------------------------------


def tell(connection: psycopg.Connection, event: RowEvent, content: bytes, *, now: datetime = NOW) -> PostedBatch:
    reading = FileContent((paying(1, event=event, key="slip|moment"),))
    batch = receive(
        connection,
        municipality_code=WARD,
        channel=Channel.CONVENIENCE,
        kind="test",
        name="reports.txt",
        content=content,
        booked_on=DAY,
        read=lambda _: reading,
        acting=by("first", now),
    )
    return post_batch(connection, batch.id, rules=RULES, acting=by("first", now))


def test_an_advice_is_no_money_and_its_confirmation_is(connection) -> None:
    """Trap 9: 速報 never makes 完納."""
    assert tell(connection, RowEvent.ADVISE, b"1").posted == 0
    assert connection.execute("SELECT count(*) FROM payment").fetchone() == (0,)
    (advised,) = waiting_for_confirmation(connection, WARD, today=DAY)
    assert (advised.amount, advised.notice_number) == (10_000, "00000000000000001")
    assert tell(connection, RowEvent.PAY, b"2").counts == Counter({MatchOutcome.SETTLED: 1})
    assert waiting_for_confirmation(connection, WARD, today=DAY) == []
    assert tell(connection, RowEvent.PAY, b"3").known == 1


def test_an_advice_that_is_not_confirmed_in_time_is_on_the_list(connection) -> None:
    tell(connection, RowEvent.ADVISE, b"1")
    assert waiting_for_confirmation(connection, WARD, today=date(2026, 6, 25), days=5) == []
    (late,) = waiting_for_confirmation(connection, WARD, today=date(2026, 6, 26), days=5)
    assert late.waited == 6


def test_a_confirmation_after_the_cancellation_waits_in_suspense_and_is_odd(connection) -> None:
    tell(connection, RowEvent.ADVISE, b"1")
    tell(connection, RowEvent.CANCEL, b"2")
    assert findings(connection, WARD, today=DAY) == []
    assert tell(connection, RowEvent.PAY, b"3").counts == Counter({MatchOutcome.UNSETTLED_REPORT: 1})
    (odd,) = findings(connection, WARD, today=DAY)
    assert odd.finding == "confirmed_after_cancellation"
    clear_finding(connection, odd.id, how="収納代行会社に確認、入金あり", acting=by("first"))
    assert findings(connection, WARD, today=DAY) == []
    assert verify_ledger(connection).holds


def test_something_else_that_is_odd_is_listed_although_the_first_was_cleared(connection) -> None:
    tell(connection, RowEvent.ADVISE, b"1")
    tell(connection, RowEvent.CANCEL, b"2")
    tell(connection, RowEvent.PAY, b"3")
    (odd,) = findings(connection, WARD, today=DAY)
    clear_finding(connection, odd.id, how="入金を確認", acting=by("first"))
    tell(connection, RowEvent.CANCEL, b"4")
    assert [one.finding for one in findings(connection, WARD, today=DAY)] == ["cancelled_after_confirmation"]


def audited(connection: psycopg.Connection, batch: Batch) -> list[tuple[int, int, int]]:
    """Give first line, last line and payments of each group of the batch that the audit log knows."""
    return connection.execute(
        "SELECT (detail ->> 'first_line')::int, (detail ->> 'last_line')::int, (detail ->> 'payments')::int"
        " FROM (SELECT body::jsonb AS entry, body::jsonb -> 'detail' AS detail FROM audit_entry) AS log"
        " WHERE entry ->> 'action' = 'payments.post' AND detail ->> 'batch' = %s ORDER BY 1",
        [str(batch.id)],
    ).fetchall()


def test_b9_every_posted_group_of_payments_has_its_audit_entry(connection, monkeypatch) -> None:
    """P10: each group by itself, since each is committed by itself."""
    monkeypatch.setattr(posting_module, "ROWS_PER_GROUP", 8)
    batch = take_in(connection, GOOD)
    assert post(connection, batch).posted == 20
    assert audited(connection, batch) == [(1, 8, 8), (9, 16, 8), (17, 20, 4)]


def test_b9_a_group_whose_audit_entry_cannot_be_written_is_not_posted(database: SystemDatabase, connection) -> None:
    batch = take_in(connection, GOOD)
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute(
            "CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF NEW.body LIKE '%payments.post%' THEN RAISE EXCEPTION 'disk full'; END IF; RETURN NEW; END $$;"
            "CREATE TRIGGER fault BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION fault()"
        )
    with pytest.raises(psycopg.errors.RaiseException):
        post(connection, batch)
    assert connection.execute("SELECT count(*) FROM payment").fetchone() == (0,)


def test_b9_twin_a_group_posted_without_its_entry_is_seen(connection, monkeypatch) -> None:
    monkeypatch.setattr(posting_module, "record", lambda *_words, **_more: None)
    batch = take_in(connection, GOOD)
    assert post(connection, batch).posted == 20
    assert audited(connection, batch) == []


def test_the_record_of_a_row_that_was_left_out_is_kept_as_it_came(connection) -> None:
    """One record that cannot be read among good ones: taken without it, it can be looked at and cleared."""
    content = b"header\r\ngood\r\nbad \xff\r\n"
    problem = RowProblem(3, "バーコード", "bad_byte", "byte ff")
    batch = take_in(connection, FileContent((paying(2),), (problem,)), content=content)
    accept(connection, batch.id, reason="収納代行会社に照会中", acting=by("second"))
    assert post(connection, batch).posted == 1
    (left,) = problems_of(connection, WARD)
    assert record_of(connection, WARD, left.id) == (left, "bad \\xff")
    assert record_of(connection, "131041", left.id) is None
    clear_problem(connection, left.id, how="正しいバーコードで入力", acting=by("first"))
    assert problems_of(connection, WARD) == []
