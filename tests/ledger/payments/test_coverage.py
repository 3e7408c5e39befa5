"""Files that are expected and missing, 督促 only where every channel is covered, and what falls out at 決裁."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import psycopg
import pytest
from tests.ledger.small_ledger import WARD, by

from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.arrears import dunning, dunning_runs
from kofu.ledger.arrears.domain.dunning import Fallen, NotDunned
from kofu.ledger.arrears.events import add_event
from kofu.ledger.books.accounting import posting_now
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Channel, Notice, Tax
from kofu.ledger.books.domain.day_decisions import DayDecision, DecisionState
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.prescription import Happening, PrescriptionEvent
from kofu.ledger.books.journal import add_notices, open_books, store_books
from kofu.ledger.books.rates_file import rates
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.payments.batches import Batch, accept, receive
from kofu.ledger.payments.close_day import close_day, closed_day, state_channel
from kofu.ledger.payments.coverage import FileKey, channels_reached, late_files, missing_on, propose_file
from kofu.ledger.payments.day_decisions import decide
from kofu.ledger.payments.domain.batches import FileContent, PaymentRow, RowEvent, RowProblem
from kofu.ledger.payments.post_batch import post_batch
from kofu.ledger.profile.domain.channel_rules import ChannelRule, Rhythm
from kofu.ledger.profile.domain.dunning_rules import DunningRules
from kofu.ledger.profile.ledger_profile import ledger_profile

pytestmark = pytest.mark.storage
DUE = date(2023, 7, 31)
RULES = DunningRules(timedelta(days=14))
DESK = ChannelRule(channel=Channel.COUNTER, rhythm=Rhythm.AT_DESK)
STORES = ChannelRule(
    channel=Channel.CONVENIENCE, rhythm=Rhythm.PERIODS, sender="代行", period_ends=(5, 10, 15, 20, 26, 31),
    arrives_after_days=16,
)  # fmt: skip
DAILY = ChannelRule(channel=Channel.ELECTRONIC, rhythm=Rhythm.BUSINESS_DAYS, sender="共同機構", lag_business_days=1)
CHANNELS = (DESK, STORES)
TO_26_JULY = FileKey(Channel.CONVENIENCE, date(2023, 8, 14), date(2023, 7, 26))
TO_31_JULY = FileKey(Channel.CONVENIENCE, date(2023, 8, 16), DUE)


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    """A ledger closed to 10 August: the file of 14 August is the next one."""
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        opened.execute(
            "INSERT INTO day_close (municipality_code, day, totals, digest, closed_by, closed_at)"
            " VALUES (%s, '2023-08-10', '[]', '', 'x', %s)",
            [WARD, at(date(2023, 8, 10))],
        )
        yield opened


def at(day: date, hour: int = 3) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def owing(connection: psycopg.Connection, number: str, method: str = "ordinary") -> int:
    notice = Notice(
        municipality_code=WARD, notice_number=number, addressee_number="1", tax=Tax.RESIDENT, fiscal_year=2023,
        origin_year=2023, collection_method=method, statutory_due_date=DUE,
    )  # fmt: skip
    with connection.transaction():
        ((claim,),) = add_notices(connection, [(notice, [("1", DUE)])])
        books = open_books(connection, claim_ids=[claim.claim_id])
        books.post(posting.assess(claim.claim_id, 30_000, DUE))
        store_books(connection, books, posting_now(connection, WARD, by("t", at(date(2023, 8, 14)))))
    return claim.claim_id


def pay(line: int, number: str, paid: date, event: RowEvent = RowEvent.PAY) -> PaymentRow:
    return PaymentRow(
        line=line, event=event, key=f"{number}/{paid}", received_on=paid, amount=30_000, notice_number=number,
        installment="1",
    )  # fmt: skip


def file(connection: psycopg.Connection, day: date, *rows: PaymentRow, name: str = "", problem: int = 0) -> Batch:
    problems = (RowProblem(problem, "金額", "amount_wrong", "x"),) if problem else ()
    return receive(
        connection, municipality_code=WARD, channel=Channel.CONVENIENCE, kind="convenience", name=name or f"{day}.dat",
        content=repr((day, rows, name)).encode(), booked_on=day, read=lambda _: FileContent(rows, problems),
        acting=by("clerk", at(day)),
    )  # fmt: skip


def post(connection: psycopg.Connection, batch: Batch, day: date) -> None:
    post_batch(connection, batch.id, rules=MatchingRules(rates()), acting=by("clerk", at(day)))


def close(connection: psycopg.Connection, day: date, now: date, channels: tuple[ChannelRule, ...] = CHANNELS) -> None:
    close_day(connection, WARD, day, channels=channels, acting=by("chief", at(now)))


def stated(connection: psycopg.Connection, day: date, rows: int) -> None:
    state_channel(
        connection, WARD, day, Channel.CONVENIENCE, rows=rows, total=rows * 30_000, acting=by("clerk", at(day))
    )


def the_file_of_14_august(connection: psycopg.Connection) -> None:
    owing(connection, "other")
    post(connection, file(connection, date(2023, 8, 14), pay(1, "other", date(2023, 7, 25))), date(2023, 8, 14))
    stated(connection, date(2023, 8, 14), 1)
    close(connection, date(2023, 8, 14), date(2023, 8, 14))


def draw(connection: psycopg.Connection, day: date, issued_on: date) -> dunning_runs.DrawnRun:
    return dunning_runs.draw(
        connection, closed_day(connection, WARD, day), issued_on=issued_on, channels=CHANNELS, rules=RULES,
        acting=by("clerk", at(issued_on)),
    )  # fmt: skip


def approve(connection: psycopg.Connection, run_id: UUID, day: date) -> dunning_runs.ApprovedRun:
    acting = Acting("chief", "test", at(day, 6))
    return dunning_runs.approve_run(connection, run_id, channels=CHANNELS, rules=RULES, acting=acting)


def decided(connection: psycopg.Connection, key: FileKey, kind: DayDecision, now: date, **more) -> None:
    proposal = propose_file(
        connection, WARD, CHANNELS, key, kind, reason="電話で確認", acting=by("clerk", at(now)), **more
    )
    with pytest.raises(OperatorFault) as alone:
        decide(connection, proposal, approve=True, acting=by("clerk", at(now)))
    assert alone.value.code == "second_person_needed"
    assert decide(connection, proposal, approve=True, acting=by("chief", at(now))) is DecisionState.APPROVED


def test_nobody_is_dunned_whose_payment_of_the_last_days_of_july_is_on_its_way(connection) -> None:
    """青森市 2023-08: due 7/31, paid 7/27–31 at stores, the file comes 8/16 and is posted 8/18, the list drawn 8/17."""
    claim = owing(connection, "paid-in-time")
    owing(connection, "never-paid")
    the_file_of_14_august(connection)
    close(connection, date(2023, 8, 15), date(2023, 8, 17))
    batch = file(connection, date(2023, 8, 16), pay(1, "paid-in-time", date(2023, 7, 28)))
    assert [(one.rule.channel, one.to) for one in channels_reached(connection, WARD, CHANNELS, date(2023, 8, 15))] == [
        (Channel.COUNTER, date(2023, 8, 15)),
        (Channel.CONVENIENCE, date(2023, 7, 26)),
    ]
    early = draw(connection, date(2023, 8, 15), date(2023, 8, 17))
    assert (early.drawn.lines, early.left_out) == ((), {"not_covered": 2})
    dunning_runs.withdraw_run(connection, early.run_id, acting=by("clerk", at(date(2023, 8, 17))))
    post(connection, batch, date(2023, 8, 18))
    stated(connection, date(2023, 8, 16), 1)
    close(connection, date(2023, 8, 16), date(2023, 8, 18))
    then = draw(connection, date(2023, 8, 16), date(2023, 8, 18))
    assert claim not in [line.claim_id for line in then.drawn.lines]
    assert [line.covered_to for line in then.drawn.lines] == [DUE]


def everything_is_there(connection: psycopg.Connection) -> None:
    the_file_of_14_august(connection)
    close(connection, date(2023, 8, 15), date(2023, 8, 16))
    owing(connection, "another")
    post(connection, file(connection, date(2023, 8, 16), pay(1, "another", DUE)), date(2023, 8, 16))
    stated(connection, date(2023, 8, 16), 1)
    close(connection, date(2023, 8, 16), date(2023, 8, 16))


def came_a_file(connection: psycopg.Connection, _: int) -> None:
    file(connection, date(2023, 8, 17), pay(1, "changed", DUE))


def came_an_advice(connection: psycopg.Connection, _: int) -> None:
    advice = file(connection, date(2023, 8, 17), pay(1, "changed", date(2023, 8, 17), RowEvent.ADVISE))
    post(connection, advice, date(2023, 8, 17))


def came_a_grace(connection: psycopg.Connection, claim: int) -> None:
    grace = PrescriptionEvent(Happening.GRACE, date(2023, 8, 17), date(2024, 8, 16))
    add_event(connection, claim, grace, reason="徴収猶予", acting=by("clerk", at(date(2023, 8, 17))))


def came_an_objection(connection: psycopg.Connection, claim: int) -> None:
    objection = PrescriptionEvent(Happening.OBJECTED, date(2023, 8, 17))
    add_event(connection, claim, objection, reason="審査請求", acting=by("clerk", at(date(2023, 8, 17))))


def came_the_money(connection: psycopg.Connection, _: int) -> None:
    post(connection, file(connection, date(2023, 8, 17), pay(1, "changed", DUE)), date(2023, 8, 17))


def came_money_with_a_bad_row(connection: psycopg.Connection, _: int) -> None:
    owing(connection, "good")
    rows = (pay(1, "good", DUE), pay(2, "changed", DUE))
    batch = file(connection, date(2023, 8, 17), *rows, problem=2)
    accept(connection, batch.id, reason="x", acting=by("chief", at(date(2023, 8, 17))))
    post(connection, batch, date(2023, 8, 17))


def came_money_to_suspense(connection: psycopg.Connection, _: int) -> None:
    row = replace(pay(1, "changed", DUE), installment="9")
    post(connection, file(connection, date(2023, 8, 17), row), date(2023, 8, 17))


def was_a_file_found_missing(connection: psycopg.Connection, _: int) -> None:
    proposal = uuid4()
    connection.execute(
        "INSERT INTO accounting_decision (id, municipality_code, kind, channel, day, reach, reason, state, proposed_by,"
        " proposed_at, decided_by, decided_at) VALUES (%s, %s, 'comes_later', 'convenience', '2023-08-14',"
        " '2023-07-11', 'x', 'approved', 'a', now(), 'b', now())",
        [proposal, WARD],
    )


@pytest.mark.parametrize(
    ("happens", "why"),
    [
        (came_a_file, NotDunned.RECEIVED),
        (came_an_advice, NotDunned.ADVISED),
        (came_a_grace, NotDunned.IN_GRACE),
        (came_an_objection, NotDunned.OBJECTED),
        (came_the_money, NotDunned.NOTHING_DUE),
        (came_money_with_a_bad_row, NotDunned.RECEIVED),
        (came_money_to_suspense, NotDunned.RECEIVED),
    ],
)
def test_what_comes_between_drawing_and_approval_takes_the_claim_out_with_its_reason(connection, happens, why) -> None:
    changed, stays = owing(connection, "changed"), owing(connection, "stays")
    everything_is_there(connection)
    run = draw(connection, date(2023, 8, 16), date(2023, 8, 17))
    assert {line.claim_id for line in run.drawn.lines} == {changed, stays}
    happens(connection, changed)
    done = approve(connection, run.run_id, date(2023, 8, 17))
    assert (done.letters, done.fallen) == (1, (Fallen(changed, DUE, why),))
    stored = connection.execute("SELECT fallen FROM dunning_run WHERE id = %s", [run.run_id]).fetchone()
    assert stored == ([{"claim_id": changed, "due_date": DUE.isoformat(), "why": why.value}],)
    assert connection.execute("SELECT claim_id, covered_to FROM dunning_letter").fetchall() == [(stays, DUE)]
    assert verify_ledger(connection).holds


def test_a_file_two_people_find_missing_after_the_drawing_stops_the_letters(connection) -> None:
    changed, stays = owing(connection, "changed"), owing(connection, "stays")
    everything_is_there(connection)
    run = draw(connection, date(2023, 8, 16), date(2023, 8, 17))
    was_a_file_found_missing(connection, changed)
    done = approve(connection, run.run_id, date(2023, 8, 17))
    assert (done.letters, {one.claim_id: one.why for one in done.fallen}) == (
        0,
        {changed: NotDunned.NOT_COVERED, stays: NotDunned.NOT_COVERED},
    )


def test_an_objection_that_ended_stops_nothing(connection) -> None:
    claim = owing(connection, "objected")
    everything_is_there(connection)
    acting = by("clerk", at(date(2023, 8, 17)))
    event = add_event(
        connection, claim, PrescriptionEvent(Happening.OBJECTED, date(2023, 8, 16)), reason="審査請求", acting=acting
    )
    assert draw(connection, date(2023, 8, 16), date(2023, 8, 17)).left_out == {"objected": 1}
    connection.execute("UPDATE dunning_run SET state = 'withdrawn'")
    dunning.end_event(connection, event, on=date(2023, 8, 17), withdrawn=False, reason="裁決", acting=acting)
    assert [line.claim_id for line in draw(connection, date(2023, 8, 16), date(2023, 8, 18)).drawn.lines] == [claim]


def test_a_day_is_not_closed_while_a_file_it_always_has_is_missing(connection) -> None:
    """いわき市 2024 (715 letters), 伊達市 2023."""
    with pytest.raises(OperatorFault, match=r"convenience to 2023-07-26 \(代行\)") as refused:
        close(connection, date(2023, 8, 14), date(2023, 8, 14))
    assert refused.value.code == "files_missing"
    assert [one.file.reach for one in missing_on(connection, WARD, CHANNELS, date(2023, 8, 11), date(2023, 8, 16))] == [
        date(2023, 7, 26),
        DUE,
    ]


def test_a_channel_that_was_never_connected_holds_every_day(connection) -> None:
    with pytest.raises(OperatorFault, match="electronic to 2023-08-13"):
        close(connection, date(2023, 8, 14), date(2023, 8, 14), (DESK, DAILY))


def test_an_advice_alone_is_not_the_file_of_payments(connection) -> None:
    owing(connection, "a")
    post(
        connection,
        file(connection, date(2023, 8, 14), pay(1, "a", date(2023, 8, 14), RowEvent.ADVISE)),
        date(2023, 8, 14),
    )
    with pytest.raises(OperatorFault) as refused:
        close(connection, date(2023, 8, 14), date(2023, 8, 14))
    assert refused.value.code == "files_missing"


def test_where_the_sender_says_nothing_was_paid_the_channel_is_covered(connection) -> None:
    decided(connection, TO_26_JULY, DayDecision.NOTHING_PAID, date(2023, 8, 14))
    close(connection, date(2023, 8, 14), date(2023, 8, 14))
    reach = {one.rule.channel: one.to for one in channels_reached(connection, WARD, CHANNELS, date(2023, 8, 14))}
    assert reach[Channel.CONVENIENCE] == date(2023, 7, 26)
    assert late_files(connection, WARD, CHANNELS) == []


def test_a_day_closed_without_its_file_holds_the_channel_until_the_file_is_posted(connection) -> None:
    decided(connection, TO_26_JULY, DayDecision.COMES_LATER, date(2023, 8, 14))
    for day in (14, 15):
        close(connection, date(2023, 8, day), date(2023, 8, 16))
    owing(connection, "on-time")
    owing(connection, "late")
    on_time = file(connection, date(2023, 8, 16), pay(1, "on-time", DUE))
    post(connection, on_time, date(2023, 8, 16))
    stated(connection, date(2023, 8, 16), 1)
    close(connection, date(2023, 8, 16), date(2023, 8, 16))

    def reach() -> date:
        return channels_reached(connection, WARD, CHANNELS, date(2023, 8, 16))[1].to

    assert reach() == date(2023, 7, 20)
    assert [one.file.reach for one in late_files(connection, WARD, CHANNELS)] == [date(2023, 7, 26)]
    post(connection, file(connection, date(2023, 8, 17), pay(1, "late", date(2023, 7, 24))), date(2023, 8, 17))
    assert reach() == DUE
    assert late_files(connection, WARD, CHANNELS) == []


def test_a_late_file_that_looks_like_another_is_named_by_two_people(connection) -> None:
    decided(connection, TO_26_JULY, DayDecision.COMES_LATER, date(2023, 8, 14))
    close(connection, date(2023, 8, 14), date(2023, 8, 16))
    with pytest.raises(OperatorFault) as unnamed:
        propose_file(
            connection, WARD, CHANNELS, TO_26_JULY, DayDecision.CAME, reason="x", acting=by("c", at(date(2023, 8, 15)))
        )
    assert unnamed.value.code == "batch_needed"
    owing(connection, "old")
    late = file(connection, date(2023, 8, 15), pay(1, "old", date(2023, 7, 3)))
    post(connection, late, date(2023, 8, 15))
    assert late_files(connection, WARD, CHANNELS) != []
    decided(connection, TO_26_JULY, DayDecision.CAME, date(2023, 8, 15), batch_id=late.id)
    assert late_files(connection, WARD, CHANNELS) == []


def test_a_file_the_profile_does_not_expect_any_more_still_holds_its_channel(connection) -> None:
    decided(connection, TO_26_JULY, DayDecision.COMES_LATER, date(2023, 8, 14))
    other = (DESK, replace(STORES, period_ends=(31,)))
    assert channels_reached(connection, WARD, other, date(2023, 8, 31))[1].to == date.min
    assert [one.file.reach for one in late_files(connection, WARD, other)] == [date(2023, 7, 26)]
    proposal = propose_file(
        connection, WARD, other, TO_26_JULY, DayDecision.NOTHING_PAID, reason="x", acting=by("c", at(date(2023, 8, 15)))
    )
    decide(connection, proposal, approve=True, acting=by("chief", at(date(2023, 8, 15))))
    assert late_files(connection, WARD, other) == []


@pytest.mark.parametrize(
    ("key", "now", "code"),
    [
        (replace(TO_26_JULY, reach=date(2023, 7, 27)), date(2023, 8, 14), "file_not_expected"),
        (replace(TO_26_JULY, channel=Channel.ELECTRONIC), date(2023, 8, 14), "file_not_expected"),
        (TO_31_JULY, date(2023, 8, 15), "file_to_come"),
    ],
)
def test_nothing_is_decided_about_a_file_nobody_waits_for(connection, key: FileKey, now: date, code: str) -> None:
    with pytest.raises(OperatorFault) as refused:
        propose_file(connection, WARD, CHANNELS, key, DayDecision.NOTHING_PAID, reason="x", acting=by("clerk", at(now)))
    assert refused.value.code == code


def test_a_letter_that_was_not_covered_is_found_by_the_verification(connection) -> None:
    claim = owing(connection, "a")
    run = uuid4()
    connection.execute(
        "INSERT INTO dunning_run (id, municipality_code, closed_day, issued_on, state, lines, left_out, count, total,"
        " drawn_by, drawn_at, approved_by, approved_at)"
        " VALUES (%s, %s, '2023-08-15', '2023-08-17', 'approved', '[]', '{}', 1, 1, 'a', %s, 'b', %s)",
        [run, WARD, at(date(2023, 8, 17)), at(date(2023, 8, 17))],
    )
    connection.execute(
        "INSERT INTO dunning_letter (run_id, claim_id, due_date, due, late, issued_on, covered_to)"
        " VALUES (%s, %s, %s, 30000, false, '2023-08-17', '2023-07-26')",
        [run, claim, DUE],
    )
    file(connection, date(2023, 8, 16), pay(1, "a", date(2023, 7, 28)))
    found = [difference.check for difference in verify_ledger(connection).differences]
    assert found == [
        "every 督促 was covered by all channels when it was approved",
        "no 督促 was approved while money for it lay in a file that was not posted",
    ]


def test_the_shipped_profile_names_every_channel() -> None:
    rules = ledger_profile(WARD).channel_rules
    assert {rule.channel for rule in rules} == set(Channel) - {Channel.TAKEN_OVER}


def test_a_profile_that_forgets_a_channel_is_refused() -> None:
    found = ledger_profile(WARD)
    rest = tuple(entry for entry in found.channels if entry.channel is not Channel.ELECTRONIC)
    forgetful = msgspec.structs.replace(found, channels=rest)
    with pytest.raises(OperatorFault, match="electronic"):
        _ = forgetful.channel_rules
