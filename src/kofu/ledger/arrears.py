"""督促 and 時効: the list drawn from a closed day, approved by a second person, sent; what bears on 時効, on record.

A 督促状 goes out once per 期別: the database holds one letter per claim. Whether and when a claim is extinguished is
decided by `domain.prescription` from the letters and events, each step with its rule.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.ledger.domain.claims import Claim, Tax
from kofu.ledger.domain.dunning import Candidate, ClosedDay, DunningList, DunningRules, draw_list, seizable_from
from kofu.ledger.domain.exemptions import ClaimTerms, terms_of
from kofu.ledger.domain.interest import DuePart
from kofu.ledger.domain.matching import MatchingRules
from kofu.ledger.domain.prescription import (
    Event,
    Extinction,
    Ground,
    Happening,
    extinction,
    starting_day,
    with_part_payments,
)
from kofu.ledger.domain.recipients import DocumentKind, Held
from kofu.ledger.domain.special_collection import is_special
from kofu.ledger.read_recipients import standing_of
from kofu.ledger.under import Under
from kofu.platform import audit

#: What lasts until its end is put on record.
LASTING = (Happening.SEIZED, Happening.PARTICIPATED, Happening.GRACE, Happening.SUSPENDED)
_STAYS = (
    'SELECT id, claim_id, happening, "on", reason, actor FROM arrears_event AS event'
    " WHERE happening = ANY(%s) AND until IS NULL"
    " AND NOT EXISTS (SELECT FROM arrears_event AS later WHERE later.ends_id = event.id)"
)
SOONEST_END = timedelta(days=3 * 365)
#: Days on which the payer paid something at a claim (消込), and it still lies there. What the office appropriated or
#: got by a seizure acknowledges nothing.
_PAID_BY_PAYER = (
    "SELECT DISTINCT share.claim_id, payment.received_on FROM share JOIN payment ON payment.id = share.payment_id"
    " WHERE share.claim_id = ANY(%s) AND (share.principal > 0 OR share.interest > 0) AND channel <> 'seizure'"
    " AND EXISTS (SELECT FROM transfer JOIN entry ON entry.id = transfer.entry_id WHERE transfer.claim_id ="
    " share.claim_id AND transfer.payment_id = share.payment_id AND entry.kind = 'allocated')"
)


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
}


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
    under: Under,
    rules: DunningRules | None = None,
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
        drawn = draw_list(_candidates(connection, code, closed.day, under), closed, issued_on, rules)
        left_out = dict(Counter(reason.value for _, reason in drawn.left_out))
        run_id = uuid4()
        connection.execute(
            "INSERT INTO dunning_run (id, municipality_code, closed_day, issued_on, state, lines, left_out, count,"
            " total, drawn_by, drawn_at, approved_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '')",
            [
                run_id, code, closed.day, issued_on, RunState.DRAWN, Jsonb([asdict(line) for line in drawn.lines]),
                Jsonb(left_out), len(drawn.lines), drawn.total, under.actor, under.now,
            ],
        )  # fmt: skip
        _record(connection, under, "dunning.draw", RunState.DRAWN, run=str(run_id), count=len(drawn.lines))
    return DrawnRun(run_id, drawn, left_out)


def approve_run(connection: psycopg.Connection, run_id: UUID, *, under: Under) -> int:
    """決裁 by a second person: the letters become real, one per claim for ever; give how many.

    Who has paid meanwhile gets none. Raises `OperatorFault` `second_person_needed`, `run_state`.
    """
    with connection.transaction():
        state, drawn_by, lines, issued_on = _run(connection, run_id, "approve")
        if under.actor == drawn_by:
            raise OperatorFault("second_person_needed", "the one who drew the list cannot approve it")
        inserted = connection.execute(
            "INSERT INTO dunning_letter (run_id, claim_id, due, late, issued_on)"
            " SELECT %s, line.claim_id, claim_balance.due, line.late, %s"
            " FROM unnest(%s::bigint[], %s::boolean[]) AS line (claim_id, late)"
            " JOIN claim_balance ON claim_balance.claim_id = line.claim_id WHERE claim_balance.due > 0"
            " ON CONFLICT (claim_id) DO NOTHING",
            [run_id, issued_on, [line["claim_id"] for line in lines], [line["late"] for line in lines]],
        ).rowcount
        connection.execute(
            "UPDATE dunning_run SET state = %s, approved_by = %s, approved_at = %s WHERE id = %s",
            [state, under.actor, under.now, run_id],
        )
        _record(connection, under, "dunning.approve", state, run=str(run_id), count=inserted)
    return inserted


def mark_sent(connection: psycopg.Connection, run_id: UUID, *, on: date, under: Under) -> None:
    """発送の記録. Raises `OperatorFault` `run_state`, `sent_on` where the day is not the day of the letters."""
    with connection.transaction():
        state, _, _, issued_on = _run(connection, run_id, "send")
        if on != issued_on:
            raise OperatorFault("sent_on", f"the letters are dated {issued_on}; 督促 takes effect from that day")
        connection.execute("UPDATE dunning_run SET state = %s, sent_on = %s WHERE id = %s", [state, on, run_id])
        _record(connection, under, "dunning.send", state, run=str(run_id))


def withdraw_run(connection: psycopg.Connection, run_id: UUID, *, under: Under) -> None:
    """Take a list back that was not approved."""
    with connection.transaction():
        state, *_ = _run(connection, run_id, "withdraw")
        connection.execute("UPDATE dunning_run SET state = %s WHERE id = %s", [state, run_id])
        _record(connection, under, "dunning.withdraw", state, run=str(run_id))


def seized_early(connection: psycopg.Connection, claim_id: int, on: date) -> bool:
    """Tell whether a 差押 on a day came before the law lets it come: no 督促状 on record, or not yet ten days past."""
    row = connection.execute("SELECT issued_on FROM dunning_letter WHERE claim_id = %s", [claim_id]).fetchone()
    return row is None or on < seizable_from(row[0])


@dataclass(frozen=True, slots=True)
class Stay:
    """Something that lasts and has no end on record: 差押, 交付要求, 猶予, 執行停止 of a claim."""

    event_id: int
    claim_id: int
    happening: Happening
    on: date
    reason: str
    actor: str


def ends_by_decision(happening: Happening, *, withdrawn: bool) -> bool:
    """Tell whether an end is decided (解除, 取消) by two people, or came of itself (換価・配当の終了) and is noted."""
    return withdrawn or happening in {Happening.GRACE, Happening.SUSPENDED}


def stays(connection: psycopg.Connection, claim_ids: Iterable[int]) -> tuple[Stay, ...]:
    """List what lasts of these claims, the earliest first."""
    rows = connection.execute(
        f'{_STAYS} AND claim_id = ANY(%s) ORDER BY "on", id', [list(LASTING), sorted(set(claim_ids))]
    )
    return tuple(Stay(number, claim_id, Happening(what), *rest) for number, claim_id, what, *rest in rows)


def stay(connection: psycopg.Connection, event_id: int, *, on: date, today: date) -> Stay:
    """Give something that lasts and can end `on` a day.

    Raises `OperatorFault` `no_such_event`, `event_ended` where it has ended or would end before it began, `end_ahead`.
    """
    row = connection.execute(f"{_STAYS} AND id = %s", [list(LASTING), event_id]).fetchone()
    if row is None:
        known = connection.execute("SELECT 1 FROM arrears_event WHERE id = %s", [event_id]).fetchone()
        raise (
            OperatorFault("event_ended", "the event has ended, or is none that lasts")
            if known
            else OperatorFault("no_such_event", "there is no such event")
        )
    number, claim_id, what, *rest = row
    found = Stay(number, claim_id, Happening(what), *rest)
    if on < found.on:
        raise OperatorFault("event_ended", "the event would end before it began")
    if on > today:
        raise OperatorFault("end_ahead", "an end is recorded when it has come, not ahead")
    return found


def end_event(
    connection: psycopg.Connection,
    event_id: int,
    *,
    on: date,
    withdrawn: bool,
    reason: str,
    under: Under,
    fact_on: date | None = None,
) -> None:
    """Put on record that something that lasts ended on a day (差押の解除, 停止の取消). Nothing is changed: it is added.

    `fact_on`: the day of the fact a 猶予 or 停止 was revoked for: from there 延滞金 runs again (法15条の9第1項).
    Raises `OperatorFault` `no_such_event`, `event_ended`, `fact_after_end`.
    """
    if fact_on is not None and fact_on > on:
        raise OperatorFault("fact_after_end", "the fact it was revoked for lies after the decision")
    with connection.transaction():
        row = connection.execute(
            'SELECT claim_id, happening, "on", until, ground, EXISTS (SELECT FROM arrears_event AS later WHERE'
            " later.ends_id = event.id) FROM arrears_event AS event WHERE id = %s",
            [event_id],
        ).fetchone()
        if row is None:
            raise OperatorFault("no_such_event", "there is no such event")
        claim_id, happening, began, until, ground, ended = row
        if ended or until is not None or on < began:
            raise OperatorFault("event_ended", "the event has ended, or would end before it began")
        connection.execute(
            'INSERT INTO arrears_event (claim_id, happening, "on", until, withdrawn, ends_id, ground, fact_on, reason,'
            " actor) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [claim_id, happening, began, on, withdrawn, event_id, ground, fact_on, reason, under.actor],
        )
        _record(connection, under, f"arrears.{happening}.end", "recorded", claim=claim_id)


def events_of(connection: psycopg.Connection, claim_ids: Collection[int]) -> dict[int, list[Event]]:
    """Read what bears on 時効 and 延滞金 of claims: 督促, what was put on record, and part payments, which are 承認."""
    wanted = sorted(set(claim_ids))
    events: defaultdict[int, list[Event]] = defaultdict(list)
    for claim_id, issued_on in connection.execute(
        "SELECT claim_id, issued_on FROM dunning_letter WHERE claim_id = ANY(%s)", [wanted]
    ):
        events[claim_id].append(Event(Happening.DUNNED, issued_on))
    for claim_id, happening, on, until, withdrawn, ground, fact_on in connection.execute(
        'SELECT claim_id, happening, "on", until, withdrawn, ground, fact_on FROM arrears_event AS event'
        " WHERE claim_id = ANY(%s) AND NOT EXISTS (SELECT FROM arrears_event AS later WHERE later.ends_id = event.id)",
        [wanted],
    ):
        events[claim_id].append(
            Event(Happening(happening), on, until, withdrawn, Ground(ground) if ground else None, fact_on)
        )
    paid: defaultdict[int, list[date]] = defaultdict(list)
    for claim_id, received_on in connection.execute(_PAID_BY_PAYER, [wanted]):
        paid[claim_id].append(received_on)
    return {claim_id: with_part_payments(events[claim_id], paid[claim_id]) for claim_id in wanted}


def extinctions(connection: psycopg.Connection, claim_ids: Iterable[int]) -> dict[int, Extinction]:
    """Tell for each claim when it is extinguished without payment, step by step."""
    wanted = sorted(set(claim_ids))
    events = events_of(connection, wanted)
    dates = connection.execute(
        "SELECT claim.id, due_date, statutory_due_date FROM claim JOIN notice ON notice.id = notice_id"
        " WHERE claim.id = ANY(%s)",
        [wanted],
    )
    return {claim_id: extinction(starting_day(due, statutory), events[claim_id]) for claim_id, due, statutory in dates}


def barred(connection: psycopg.Connection, claim_ids: Iterable[int]) -> dict[int, date]:
    """Give the claims that are extinguished or will be, each with its first day on which nothing is owed."""
    return {
        claim_id: found.on for claim_id, found in extinctions(connection, claim_ids).items() if found.on is not None
    }


def with_barred(
    connection: psycopg.Connection, rules: MatchingRules, claims: Collection[Claim], today: date
) -> MatchingRules:
    """Give the rules with what is the claims' own: which the law may have ended by `today`, and by what terms they run.

    Money for what has ended is 誤納, not theirs. Nothing ends within three years of its 納期限, but for what was given
    up at once (15条の7第5項). 増額 with days of their own, 猶予, 停止 and 延長 are the terms of 延滞金.
    """
    late = {claim.claim_id for claim in claims if claim.due_date < today}
    old = {claim.claim_id for claim in claims if claim.due_date < today - SOONEST_END}
    given_up = connection.execute(
        "SELECT claim_id FROM arrears_event WHERE happening = 'given_up' AND claim_id = ANY(%s)", [sorted(late - old)]
    )
    wanted = old | {row[0] for row in given_up}
    terms = terms_of_claims(connection, [claim.claim_id for claim in claims])
    return replace(rules, barred={**rules.barred, **barred(connection, wanted)}, terms={**rules.terms, **terms})


def terms_of_claims(connection: psycopg.Connection, claim_ids: Collection[int]) -> dict[int, ClaimTerms]:
    """Read by what terms 延滞金 of claims runs, where they are not the plain ones."""
    wanted = sorted(set(claim_ids))
    increases: defaultdict[int, list[DuePart]] = defaultdict(list)
    for claim_id, due_date, amount in connection.execute(
        "SELECT claim_id, due_date, sum(amount)::bigint FROM claim_increase WHERE claim_id = ANY(%s)"
        " GROUP BY claim_id, due_date HAVING sum(amount) > 0 ORDER BY claim_id, due_date",
        [wanted],
    ):
        increases[claim_id].append(DuePart(due_date, amount))
    lasting = connection.execute(
        "SELECT DISTINCT claim_id FROM arrears_event WHERE claim_id = ANY(%s)"
        " AND happening IN ('grace', 'suspended', 'extended')",
        [wanted],
    )
    own = {row[0] for row in lasting}
    events = events_of(connection, own) if own else {}
    return {
        claim_id: terms_of(events.get(claim_id, ()), increases.get(claim_id, ())) for claim_id in own | set(increases)
    }


def _candidates(connection: psycopg.Connection, municipality_code: str, closed: date, under: Under) -> list[Candidate]:
    """Every 期別 with something due whose 納期限 is over, with all that keeps it off the list."""
    rows = connection.execute(
        "SELECT claim.id, claim.due_date, claim_balance.due, dunning_letter.issued_on, EXISTS ("
        " SELECT FROM advised_payment WHERE advised_payment.municipality_code = notice.municipality_code"
        " AND advised_payment.notice_number = notice.notice_number"
        " AND advised_payment.installment = claim.installment AND advised_payment.state = 'advised'),"
        " notice.addressee_number, notice.tax, notice.collection_method"
        " FROM claim_balance JOIN claim ON claim.id = claim_balance.claim_id"
        " JOIN notice ON notice.id = claim.notice_id LEFT JOIN dunning_letter ON dunning_letter.claim_id = claim.id"
        " WHERE claim_balance.due > 0 AND claim.due_date < %s AND notice.municipality_code = %s ORDER BY claim.id",
        [closed, municipality_code],
    ).fetchall()
    ends = barred(connection, [row[0] for row in rows])
    grace = {
        claim_id: until or date.max
        for claim_id, until in connection.execute(
            "SELECT claim_id, until FROM arrears_event AS event WHERE happening IN ('grace', 'extended')"
            " AND claim_id = ANY(%s)"
            " AND NOT EXISTS (SELECT FROM arrears_event AS later WHERE later.ends_id = event.id)",
            [[row[0] for row in rows]],
        )
    }
    held = _held(connection, municipality_code, {(row[5], Tax(row[6])) for row in rows}, day_in_japan(under.now))
    return [
        Candidate(
            claim_id=claim_id,
            due_date=due_date,
            due=due,
            special=is_special(method),
            advised=advised,
            dunned_on=dunned_on,
            grace_until=grace.get(claim_id),
            extinguished_on=ends.get(claim_id),
            held=(number, Tax(tax)) in held,
        )
        for claim_id, due_date, due, dunned_on, advised, number, tax, method in rows
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


def _run(
    connection: psycopg.Connection, run_id: UUID, event: str
) -> tuple[RunState, str, list[dict[str, int | bool]], date]:
    """Lock a run and give its next state. Raises `OperatorFault` `no_such_run`, `run_state`."""
    row = connection.execute(
        "SELECT state, drawn_by, lines, issued_on FROM dunning_run WHERE id = %s FOR UPDATE", [run_id]
    ).fetchone()
    if row is None:
        raise OperatorFault("no_such_run", "there is no such run")
    try:
        state = NEXT[RunState(row[0]), event]
    except KeyError:
        raise OperatorFault("run_state", f"a run that is {row[0]} cannot be: {event}") from None
    return state, row[1], row[2], row[3]


def _record(connection: psycopg.Connection, under: Under, action: str, result: str, **detail: str | int) -> None:
    audit.append(
        connection,
        under.lane,
        audit.AuditEntry(
            action=action,
            actor=under.actor,
            result=str(result),
            occurred_at=under.now,
            subject_pseudonym=under.pseudonym,
            detail={**detail, "day": day_in_japan(under.now).isoformat()},
        ),
    )
