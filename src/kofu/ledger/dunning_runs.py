"""督促: the list drawn from a closed day where every channel is covered, looked at again at 決裁, sent.

A 督促状 goes out once per 期別: the database holds one letter per claim, with how far the channels reached when it was
approved. Who is on the list is decided by `domain.dunning`; what is on its way is read in `kofu.ledger.on_the_way`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.ledger.arrears import barred
from kofu.ledger.batches import record
from kofu.ledger.coverage import channels_reached
from kofu.ledger.domain.claims import Tax
from kofu.ledger.domain.coverage import ChannelRule, Reached, covered_to
from kofu.ledger.domain.dunning import (
    Candidate,
    ClosedDay,
    DunningList,
    DunningRules,
    LeftOut,
    draw_list,
    look_again,
)
from kofu.ledger.domain.recipients import DocumentKind, Held
from kofu.ledger.domain.special_collection import is_special
from kofu.ledger.on_the_way import claims_with_money_on_the_way
from kofu.ledger.post_payments import lock_posting
from kofu.ledger.read_recipients import standing_of
from kofu.ledger.request_debits import claims_asked
from kofu.ledger.under import Under


class RunState(StrEnum):
    """Where a 督促 run stands."""

    DRAWN = "drawn"  # 抽出済
    APPROVED = "approved"  # 決裁済
    SENT = "sent"  # 発送済
    WITHDRAWN = "withdrawn"  # 取下げ


NEXT: dict[tuple[RunState, str], RunState] = {
    (RunState.DRAWN, "approve"): RunState.APPROVED,
    (RunState.DRAWN, "withdraw"): RunState.WITHDRAWN,
    (RunState.APPROVED, "send"): RunState.SENT,
    (RunState.DRAWN, "take_out"): RunState.DRAWN,
    (RunState.APPROVED, "take_out"): RunState.APPROVED,
}


@dataclass(frozen=True, slots=True)
class ApprovedRun:
    """What a 決裁 did: how many letters became real; who fell out since the list was drawn, each with the reason."""

    letters: int
    fallen: tuple[tuple[int, LeftOut], ...]


@dataclass(frozen=True, slots=True)
class DrawnRun:
    """What drawing found: the run's id, the list, reasons of those left out by count."""

    run_id: UUID
    drawn: DunningList
    left_out: dict[str, int]


def draw(
    connection: psycopg.Connection,
    closed: ClosedDay,
    *,
    issued_on: date,
    channels: Sequence[ChannelRule],
    rules: DunningRules,
    under: Under,
) -> DrawnRun:
    """Draw the list of 督促状 to be sent on `issued_on` from a closed day. Sends nothing.

    Raises `OperatorFault` `dunning_day`, and `run_waiting` where a run waits for approval: decide that one first.
    """
    code = closed.municipality_code
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('dunning ' || %s, 0))", [code])
        waiting = connection.execute(
            "SELECT 1 FROM dunning_run WHERE municipality_code = %s AND state = 'drawn'", [code]
        ).fetchone()
        if waiting:
            raise OperatorFault("run_waiting", "a run waits for approval; approve or withdraw it first")
        reach = channels_reached(connection, code, channels, closed.day)
        drawn = draw_list(_candidates(connection, closed, reach, under), closed, issued_on, rules)
        left_out = dict(Counter(reason.value for _, reason in drawn.left_out))
        run_id = uuid4()
        connection.execute(
            "INSERT INTO dunning_run (id, municipality_code, closed_day, issued_on, state, lines, left_out, count,"
            " total, drawn_by, drawn_at, coverage, approved_by)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '')",
            [
                run_id, code, closed.day, issued_on, RunState.DRAWN, Jsonb(_lines_json(drawn)),
                Jsonb(left_out), len(drawn.lines), drawn.total, under.actor, under.now,
                Jsonb(_coverage_json(reach)),
            ],
        )  # fmt: skip
        _record(connection, under, "dunning.draw", RunState.DRAWN, run=str(run_id), count=len(drawn.lines))
    return DrawnRun(run_id, drawn, left_out)


def approve_run(
    connection: psycopg.Connection,
    run_id: UUID,
    *,
    channels: Sequence[ChannelRule],
    rules: DunningRules,
    under: Under,
) -> ApprovedRun:
    """決裁 by a second person: all is looked at again, then the letters become real, one per claim for ever.

    Whose money, 速報, 猶予 or objection came since the list was drawn, or who may not be sent it any more, gets none:
    each is kept with the reason. No payment is posted meanwhile. Raises `OperatorFault` `second_person_needed`,
    `run_state`.
    """
    with connection.transaction():
        run = _run(connection, run_id, "approve")
        if under.actor == run.drawn_by:
            raise OperatorFault("second_person_needed", "the one who drew the list cannot approve it")
        lock_posting(connection, run.municipality_code)
        closed = ClosedDay(run.municipality_code, run.closed_day)
        reach = channels_reached(connection, run.municipality_code, channels, run.closed_day)
        out = {int(str(line["claim_id"])) for line in run.fallen}
        listed = [claim_id for line in run.lines if (claim_id := int(line["claim_id"])) not in out]
        open_now = _candidates(connection, closed, reach, under, only=listed)
        found = look_again(listed, open_now, closed, run.issued_on, rules)
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO dunning_letter (run_id, claim_id, due, late, issued_on, covered_to)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                [(run_id, line.claim_id, line.due, line.late, run.issued_on, line.covered_to) for line in found.lines],
            )
        fallen = [*run.fallen, *({"claim_id": claim_id, "why": why.value} for claim_id, why in found.left_out)]
        connection.execute(
            "UPDATE dunning_run SET state = %s, approved_by = %s, approved_at = %s, fallen = %s WHERE id = %s",
            [run.state, under.actor, under.now, Jsonb(fallen), run_id],
        )
        _record(
            connection, under, "dunning.approve", run.state,
            run=str(run_id), count=len(found.lines), fallen=len(found.left_out),
        )  # fmt: skip
    return ApprovedRun(len(found.lines), found.left_out)


def take_out(connection: psycopg.Connection, run_id: UUID, claim_id: int, *, reason: str, under: Under) -> None:
    """Take one 期別 out of a list before 決裁, or pull its letter before the post (引抜き), with the reason.

    Both stay on the run's record. What was pulled was not dunned: it can be drawn again. Raises `OperatorFault`
    `no_such_run`, `run_state`, `reason_needed`, `not_on_run`.
    """
    if not reason.strip():
        raise OperatorFault("reason_needed", "say why this one is taken out")
    with connection.transaction():
        run = _run(connection, run_id, "take_out")
        out = {int(str(line["claim_id"])) for line in run.fallen}
        if claim_id in out or claim_id not in {int(line["claim_id"]) for line in run.lines}:
            raise OperatorFault("not_on_run", "the run does not hold this 期別, or it was taken out already")
        if run.state is RunState.APPROVED:
            _pull(connection, run_id, [claim_id], reason, under)
        told: dict[str, object] = {
            "claim_id": claim_id, "why": LeftOut.TAKEN_OUT.value, "reason": reason, "by": under.actor,
        }  # fmt: skip
        _keep_fallen(connection, run_id, [*run.fallen, told])
        _record(connection, under, "dunning.take-out", run.state, run=str(run_id), claim=claim_id)


def mark_sent(connection: psycopg.Connection, run_id: UUID, *, on: date, under: Under) -> int:
    """発送の記録: what nobody may receive any more is pulled; give how many letters were.

    Raises `OperatorFault` `run_state`, `sent_on` where the day is not the day of the letters.
    """
    with connection.transaction():
        run = _run(connection, run_id, "send")
        if on != run.issued_on:
            raise OperatorFault("sent_on", f"the letters are dated {run.issued_on}; 督促 takes effect from that day")
        pulled = _held_letters(connection, run_id, run.municipality_code, day_in_japan(under.now))
        _pull(connection, run_id, pulled, LeftOut.HELD.value, under)
        told: list[dict[str, object]] = [{"claim_id": one, "why": LeftOut.HELD.value} for one in pulled]
        _keep_fallen(connection, run_id, [*run.fallen, *told])
        connection.execute("UPDATE dunning_run SET state = %s, sent_on = %s WHERE id = %s", [run.state, on, run_id])
        _record(connection, under, "dunning.send", run.state, run=str(run_id), pulled=len(pulled))
    return len(pulled)


def withdraw_run(connection: psycopg.Connection, run_id: UUID, *, under: Under) -> None:
    """Take a list back that was not approved."""
    with connection.transaction():
        run = _run(connection, run_id, "withdraw")
        connection.execute("UPDATE dunning_run SET state = %s WHERE id = %s", [run.state, run_id])
        _record(connection, under, "dunning.withdraw", run.state, run=str(run_id))


def _pull(connection: psycopg.Connection, run_id: UUID, claim_ids: Collection[int], reason: str, under: Under) -> None:
    """Take letters out of the post before it goes: they never were sent."""
    connection.execute(
        "UPDATE dunning_letter SET pulled_at = %s, pulled_by = %s, pulled_why = %s"
        " WHERE run_id = %s AND claim_id = ANY(%s) AND pulled_at IS NULL",
        [under.now, under.actor, reason, run_id, list(claim_ids)],
    )


def _keep_fallen(connection: psycopg.Connection, run_id: UUID, fallen: Sequence[dict[str, object]]) -> None:
    connection.execute("UPDATE dunning_run SET fallen = %s WHERE id = %s", [Jsonb(list(fallen)), run_id])


def _held_letters(connection: psycopg.Connection, run_id: UUID, municipality_code: str, today: date) -> list[int]:
    """Claims of a run's letters that nobody may receive today."""
    rows = connection.execute(
        "SELECT claim.id, notice.addressee_number, notice.tax FROM dunning_letter"
        " JOIN claim ON claim.id = claim_id JOIN notice ON notice.id = claim.notice_id"
        " WHERE run_id = %s AND pulled_at IS NULL",
        [run_id],
    ).fetchall()
    held = _held(connection, municipality_code, {(number, Tax(tax)) for _, number, tax in rows}, today)
    return [claim_id for claim_id, number, tax in rows if (number, Tax(tax)) in held]


def _candidates(
    connection: psycopg.Connection,
    closed: ClosedDay,
    reach: Sequence[Reached],
    under: Under,
    *,
    only: Collection[int] | None = None,
) -> list[Candidate]:
    """Every 期別 with something due whose 納期限 is over (of `only`), with all that keeps it off the list."""
    municipality_code = closed.municipality_code
    rows = connection.execute(
        "SELECT claim.id, CASE WHEN claim_balance.due <= more.total THEN more.last_day ELSE claim.due_date END,"
        " claim_balance.due - CASE WHEN claim_balance.due <= more.total THEN 0 ELSE coalesce(more.later, 0) END,"
        " dunning_letter.issued_on, EXISTS ("
        " SELECT FROM advised_payment WHERE advised_payment.municipality_code = notice.municipality_code"
        " AND advised_payment.notice_number = notice.notice_number"
        " AND advised_payment.installment = claim.installment AND advised_payment.state = 'advised'),"
        " notice.addressee_number, notice.tax, notice.collection_method, notice.notice_number, claim.installment"
        " FROM claim_balance JOIN claim ON claim.id = claim_balance.claim_id"
        " JOIN notice ON notice.id = claim.notice_id LEFT JOIN dunning_letter ON dunning_letter.claim_id = claim.id"
        " AND dunning_letter.pulled_at IS NULL"
        # what is open may be an 増額 alone: then its own 納期限 is the one that counts
        " LEFT JOIN LATERAL (SELECT sum(amount)::bigint AS total, max(due_date) AS last_day, (sum(amount) FILTER"
        " (WHERE due_date >= %s))::bigint AS later FROM claim_increase WHERE claim_increase.claim_id = claim.id)"
        " AS more ON true"
        " WHERE claim_balance.due > 0 AND claim.due_date < %s AND notice.municipality_code = %s"
        " AND (%s::bigint[] IS NULL OR claim.id = ANY(%s)) ORDER BY claim.id",
        [closed.day, closed.day, municipality_code, only if only is None else list(only), list(only or ())],
    ).fetchall()
    claim_ids = [row[0] for row in rows]
    ends = barred(connection, claim_ids)
    received = claims_with_money_on_the_way(connection, municipality_code, [(row[0], row[8], row[9]) for row in rows])
    asked = claims_asked(connection, claim_ids)
    objected = {
        row[0]
        for row in connection.execute(
            "SELECT claim_id FROM arrears_event AS event WHERE happening = 'objected' AND claim_id = ANY(%s)"
            " AND (until IS NULL OR until >= %s)"
            " AND NOT EXISTS (SELECT FROM arrears_event AS later WHERE later.ends_id = event.id)",
            [claim_ids, day_in_japan(under.now)],
        )
    }
    # one that is over stays on record beside the one in force: the latest counts
    grace: dict[int, date] = dict(
        connection.execute(
            "SELECT claim_id, max(coalesce(until, %s)) FROM arrears_event AS event"
            " WHERE happening IN ('grace', 'extended') AND claim_id = ANY(%s)"
            " AND NOT EXISTS (SELECT FROM arrears_event AS later WHERE later.ends_id = event.id) GROUP BY claim_id",
            [date.max, claim_ids],
        ).fetchall()
    )
    held = _held(connection, municipality_code, {(row[5], Tax(row[6])) for row in rows}, day_in_japan(under.now))
    return [
        Candidate(
            claim_id=claim_id,
            due_date=due_date,
            due=due,
            covered_to=covered_to(reach, method),
            received=claim_id in received,
            debit_asked=claim_id in asked,
            objected=claim_id in objected,
            special=is_special(method),
            advised=advised,
            dunned_on=dunned_on,
            grace_until=grace.get(claim_id),
            extinguished_on=ends.get(claim_id),
            held=(number, Tax(tax)) in held,
        )
        for claim_id, due_date, due, dunned_on, advised, number, tax, method, *_ in rows
    ]


def _held(
    connection: psycopg.Connection, municipality_code: str, wanted: set[tuple[str, Tax]], today: date
) -> set[tuple[str, Tax]]:
    """Give the people and taxes whose 督促状 nobody may receive yet.

    Only the dead, the protected, who has no address and who has several numbers can be among them: the rule is asked
    for these.
    """
    asked = {
        row[0]
        for row in connection.execute(
            "SELECT addressee_number FROM taxpayer WHERE municipality_code = %s AND addressee_number = ANY(%s)"
            " AND (status = 'dead' OR protected OR address = '' OR EXISTS (SELECT FROM addressee_merge AS merge"
            " WHERE merge.municipality_code = taxpayer.municipality_code"
            " AND taxpayer.addressee_number IN (merge.from_number, merge.into_number)))",
            [municipality_code, sorted({number for number, _ in wanted})],
        )
    }
    standings = {number: standing_of(connection, municipality_code, number) for number in sorted(asked)}
    return {
        (number, tax)
        for number, tax in wanted
        if number in standings
        and isinstance(standings[number].recipient(DocumentKind.DUNNING_LETTER, today, frozenset({tax})), Held)
    }


@dataclass(frozen=True, slots=True)
class _Run:
    """A run, locked. `state`: the one after what is about to happen."""

    state: RunState
    municipality_code: str
    closed_day: date
    issued_on: date
    drawn_by: str
    lines: list[dict[str, int | bool | str]]
    fallen: list[dict[str, object]]


def _run(connection: psycopg.Connection, run_id: UUID, event: str) -> _Run:
    """Lock a run and give its next state. Raises `OperatorFault` `no_such_run`, `run_state`."""
    row = connection.execute(
        "SELECT state, municipality_code, closed_day, issued_on, drawn_by, lines, fallen FROM dunning_run WHERE id = %s"
        " FOR UPDATE",
        [run_id],
    ).fetchone()
    if row is None:
        raise OperatorFault("no_such_run", "there is no such run")
    try:
        state = NEXT[RunState(row[0]), event]
    except KeyError:
        raise OperatorFault("run_state", f"a run that is {row[0]} cannot be: {event}") from None
    return _Run(state, *row[1:])


def _lines_json(drawn: DunningList) -> list[dict[str, object]]:
    return [{**asdict(line), "covered_to": line.covered_to.isoformat()} for line in drawn.lines]


def _coverage_json(reach: Sequence[Reached]) -> list[dict[str, object]]:
    """Keep how far each channel reached, and what held it back, with the list that was drawn by it."""
    return [
        {
            "channel": one.rule.channel.value,
            "to": one.to.isoformat(),
            "missing": [file.reach.isoformat() for file in one.missing],
        }
        for one in reach
    ]


def _record(connection: psycopg.Connection, under: Under, action: str, result: str, **detail: str | int) -> None:
    record(connection, under, action, str(result), **detail, day=day_in_japan(under.now).isoformat())
