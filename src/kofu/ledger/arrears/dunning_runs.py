"""督促: the list drawn from a closed day where every channel is covered, looked at again at 決裁, sent.

A 督促状 goes out once for what has one 納期限: the database holds one letter for each 期別 and 納期限 (an 増額 has its
own), with how far the channels reached when it was approved. Who is on the list is decided by `domain.dunning`; what is
on its way is read in `kofu.ledger.payments.on_the_way`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import PendingProposal, require_reason
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.arrears.domain.dunning import (
    Dunned,
    DunningCandidate,
    DunningList,
    Fallen,
    NotDunned,
    draw_list,
    look_again,
)
from kofu.ledger.arrears.domain.dunning_runs import DUNNING_RUN_LIFE, DunningRunEvent, DunningRunState
from kofu.ledger.arrears.kept_runs import (
    FallenOut,
    fallen_from_json,
    fallen_to_json,
    lines_from_json,
    lines_to_json,
    reach_to_json,
)
from kofu.ledger.books.claim_terms import barred, terms_of_claims
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.books.domain.matching_rules import PLAIN_TERMS
from kofu.ledger.books.domain.prescription import DeferralGround
from kofu.ledger.books.domain.special_collection import is_special
from kofu.ledger.debit.request_debits import claims_asked
from kofu.ledger.payments.coverage import channels_reached
from kofu.ledger.payments.domain.closed_day import ClosedDay
from kofu.ledger.payments.domain.coverage import Reached, covered_to
from kofu.ledger.payments.on_the_way import claims_with_money_on_the_way
from kofu.ledger.payments.post_group import lock_posting
from kofu.ledger.profile.domain.channel_rules import ChannelRule
from kofu.ledger.profile.domain.dunning_rules import DunningRules
from kofu.ledger.recipients.domain.recipients import DocumentKind, Held
from kofu.ledger.recipients.read_recipients import standing_of
from kofu.platform.standing_proposals import require_decider


@dataclass(frozen=True, slots=True)
class ApprovedRun:
    """What a 決裁 did: how many letters became real; who fell out since the list was drawn, each with the reason."""

    letters: int
    fallen: tuple[Fallen, ...]


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
    acting: Acting,
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
        drawn = draw_list(_candidates(connection, closed, reach, acting), closed, issued_on, rules)
        left_out = dict(Counter(reason.value for _, reason in drawn.left_out))
        run_id = uuid4()
        connection.execute(
            "INSERT INTO dunning_run (id, municipality_code, closed_day, issued_on, state, lines, left_out, count,"
            " total, drawn_by, drawn_at, coverage, approved_by)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '')",
            [
                run_id, code, closed.day, issued_on, DunningRunState.DRAWN, Jsonb(lines_to_json(drawn.lines)),
                Jsonb(left_out), len(drawn.lines), drawn.total, acting.actor, acting.now,
                Jsonb(reach_to_json(reach)),
            ],
        )  # fmt: skip
        _record(connection, acting, "dunning.draw", DunningRunState.DRAWN, run=str(run_id), count=len(drawn.lines))
    return DrawnRun(run_id, drawn, left_out)


def approve_run(
    connection: psycopg.Connection,
    run_id: UUID,
    *,
    channels: Sequence[ChannelRule],
    rules: DunningRules,
    acting: Acting,
) -> ApprovedRun:
    """決裁 by a second person: all is looked at again, then the letters become real, one per 期別 and 納期限 for ever.

    Whose money, 速報, 猶予 or objection came since the list was drawn, or who may not be sent it any more, gets none:
    each is kept with the reason. No payment is posted meanwhile. Raises `OperatorFault` `second_person_needed`,
    `run_state`, `letter_day_past` where the day on the letters has passed: the ten days to pay run from it (法331条).
    """
    with connection.transaction():
        run = _run(connection, run_id, DunningRunEvent.APPROVE)
        require_decider(connection, acting.actor, PendingProposal(run.drawn_by, run.drawn_at), what="a list of 督促")
        if run.issued_on < day_in_japan(acting.now):
            raise OperatorFault(
                "letter_day_past", f"the letters are dated {run.issued_on}; withdraw and draw them anew"
            )
        lock_posting(connection, run.municipality_code)
        closed = ClosedDay(run.municipality_code, run.closed_day)
        reach = channels_reached(connection, run.municipality_code, channels, run.closed_day)
        listed = run.left
        open_now = _candidates(connection, closed, reach, acting, only={claim_id for claim_id, _ in listed})
        found = look_again(listed, open_now, closed, run.issued_on, rules)
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO dunning_letter (run_id, claim_id, due_date, due, late, issued_on, covered_to)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                [
                    (run_id, line.claim_id, line.due_date, line.due, line.late, run.issued_on, line.covered_to)
                    for line in found.lines
                ],
            )
        fallen = [*run.fallen, *(FallenOut(one.claim_id, one.due_date, one.why) for one in found.fallen)]
        connection.execute(
            "UPDATE dunning_run SET state = %s, approved_by = %s, approved_at = %s, fallen = %s WHERE id = %s",
            [run.state, acting.actor, acting.now, Jsonb(fallen_to_json(fallen)), run_id],
        )
        _record(
            connection, acting, "dunning.approve", run.state,
            run=str(run_id), count=len(found.lines), fallen=len(found.fallen),
        )  # fmt: skip
    return ApprovedRun(len(found.lines), found.fallen)


def take_out(connection: psycopg.Connection, run_id: UUID, claim_id: int, *, reason: str, acting: Acting) -> None:
    """Take one 期別 out of a list before 決裁, or pull its letters before the post (引抜き), with the reason.

    Both stay on the run's record. What was pulled was not dunned: it can be drawn again. Raises `OperatorFault`
    `no_such_run`, `run_state`, `reason_needed`, `not_on_run`.
    """
    require_reason(reason, "say why this one is taken out")
    with connection.transaction():
        run = _run(connection, run_id, DunningRunEvent.TAKE_OUT)
        days = [due_date for one, due_date in run.left if one == claim_id]
        if not days:
            raise OperatorFault("not_on_run", "the run does not hold this 期別, or it was taken out already")
        if run.state is DunningRunState.APPROVED:
            _pull(connection, run_id, [claim_id], reason, acting)
        taken = [FallenOut(claim_id, day, NotDunned.TAKEN_OUT, reason, acting.actor) for day in days]
        _keep_fallen(connection, run_id, [*run.fallen, *taken])
        _record(connection, acting, "dunning.take-out", run.state, run=str(run_id), claim=claim_id)


def take_out_several(
    connection: psycopg.Connection, run_id: UUID, claim_ids: Sequence[int], *, reason: str, acting: Acting
) -> int:
    """Take several 期別 out for one reason, each on record by itself: all of them or, where one cannot be, none.

    Gives how many. Raises `OperatorFault` as `take_out` does, and `nothing_chosen`.
    """
    chosen = list(dict.fromkeys(claim_ids))
    if not chosen:
        raise OperatorFault("nothing_chosen", "nothing was chosen to be taken out")
    with connection.transaction():
        for claim_id in chosen:
            take_out(connection, run_id, claim_id, reason=reason, acting=acting)
    return len(chosen)


def mark_sent(connection: psycopg.Connection, run_id: UUID, *, on: date, acting: Acting) -> int:
    """発送の記録: what nobody may receive any more, and what 徴収の猶予 came for, is pulled; give how many 期別 were.

    Raises `OperatorFault` `run_state`, `sent_on` where the day is not the day of the letters.
    """
    with connection.transaction():
        run = _run(connection, run_id, DunningRunEvent.SEND)
        if on != run.issued_on:
            raise OperatorFault("sent_on", f"the letters are dated {run.issued_on}; 督促 takes effect from that day")
        held = _held_letters(connection, run_id, run.municipality_code, day_in_japan(acting.now))
        grace = _grace_until(connection, [claim_id for claim_id, _ in run.left])
        pulled = dict.fromkeys([one for one, until in grace.items() if run.issued_on <= until], NotDunned.IN_GRACE)
        pulled |= dict.fromkeys(held, NotDunned.HELD)
        for claim_id, why in pulled.items():
            _pull(connection, run_id, [claim_id], why.value, acting)
        fallen_out = [FallenOut(*at, pulled[at[0]]) for at in run.left if at[0] in pulled]
        _keep_fallen(connection, run_id, [*run.fallen, *fallen_out])
        connection.execute("UPDATE dunning_run SET state = %s, sent_on = %s WHERE id = %s", [run.state, on, run_id])
        _record(connection, acting, "dunning.send", run.state, run=str(run_id), pulled=len(pulled))
    return len(pulled)


def withdraw_run(connection: psycopg.Connection, run_id: UUID, *, acting: Acting) -> None:
    """Take a list back that was not approved."""
    with connection.transaction():
        run = _run(connection, run_id, DunningRunEvent.WITHDRAW)
        connection.execute("UPDATE dunning_run SET state = %s WHERE id = %s", [run.state, run_id])
        _record(connection, acting, "dunning.withdraw", run.state, run=str(run_id))


def _pull(
    connection: psycopg.Connection, run_id: UUID, claim_ids: Collection[int], reason: str, acting: Acting
) -> None:
    """Take letters out of the post before it goes: they never were sent."""
    connection.execute(
        "UPDATE dunning_letter SET pulled_at = %s, pulled_by = %s, pulled_why = %s"
        " WHERE run_id = %s AND claim_id = ANY(%s) AND pulled_at IS NULL",
        [acting.now, acting.actor, reason, run_id, list(claim_ids)],
    )


def _keep_fallen(connection: psycopg.Connection, run_id: UUID, fallen: Sequence[FallenOut]) -> None:
    connection.execute("UPDATE dunning_run SET fallen = %s WHERE id = %s", [Jsonb(fallen_to_json(fallen)), run_id])


def _held_letters(connection: psycopg.Connection, run_id: UUID, municipality_code: str, today: date) -> list[int]:
    """Claims of a run's letters that nobody may receive today."""
    rows = connection.execute(
        "SELECT claim.id, notice.addressee_number, notice.tax FROM dunning_letter"
        " JOIN claim ON claim.id = claim_id JOIN notice ON notice.id = claim.notice_id"
        " WHERE run_id = %s AND pulled_at IS NULL",
        [run_id],
    ).fetchall()
    held = _held_documents(connection, municipality_code, {(number, Tax(tax)) for _, number, tax in rows}, today)
    return [claim_id for claim_id, number, tax in rows if (number, Tax(tax)) in held]


def _candidates(
    connection: psycopg.Connection,
    closed: ClosedDay,
    reach: Sequence[Reached],
    acting: Acting,
    *,
    only: Collection[int] | None = None,
) -> list[DunningCandidate]:
    """Every 期別 with something due whose first 納期限 is over (of `only`), with all that keeps it off the list."""
    municipality_code = closed.municipality_code
    rows = connection.execute(
        "SELECT claim.id, claim.due_date, claim_balance.assessed - claim_balance.waived, claim_balance.due, EXISTS ("
        " SELECT FROM advised_payment WHERE advised_payment.municipality_code = notice.municipality_code"
        " AND advised_payment.notice_number = notice.notice_number"
        " AND advised_payment.installment = claim.installment AND advised_payment.state = 'advised'),"
        " notice.addressee_number, notice.tax, notice.collection_method, notice.notice_number, claim.installment"
        " FROM claim_balance JOIN claim ON claim.id = claim_balance.claim_id"
        " JOIN notice ON notice.id = claim.notice_id"
        " WHERE claim_balance.due > 0 AND claim.due_date < %s AND notice.municipality_code = %s"
        " AND (%s::bigint[] IS NULL OR claim.id = ANY(%s)) ORDER BY claim.id",
        [closed.day, municipality_code, only if only is None else list(only), list(only or ())],
    ).fetchall()
    claim_ids = [row[0] for row in rows]
    terms = terms_of_claims(connection, claim_ids)
    dunned = _dunned_for(connection, claim_ids)
    ends = barred(connection, claim_ids)
    received = claims_with_money_on_the_way(connection, municipality_code, [(row[0], row[8], row[9]) for row in rows])
    asked = claims_asked(connection, claim_ids)
    objected = {
        row[0]
        for row in connection.execute(
            "SELECT claim_id FROM arrears_event AS event WHERE happening = 'objected' AND claim_id = ANY(%s)"
            " AND (until IS NULL OR until >= %s)"
            " AND NOT EXISTS (SELECT FROM arrears_event AS later WHERE later.ends_id = event.id)",
            [claim_ids, day_in_japan(acting.now)],
        )
    }
    grace = _grace_until(connection, claim_ids)
    held = _held_documents(
        connection, municipality_code, {(row[5], Tax(row[6])) for row in rows}, day_in_japan(acting.now)
    )
    return [
        DunningCandidate(
            claim_id=claim_id,
            parts=(own := terms.get(claim_id, PLAIN_TERMS)).unpaid_parts(due_date, assessed, due),
            due_dates=frozenset(part.due_date for part in own.parts(due_date, assessed)),
            covered_to=covered_to(reach, method),
            received=claim_id in received,
            debit_asked=claim_id in asked,
            objected=claim_id in objected,
            special=is_special(method),
            advised=advised,
            dunned_for=dunned[claim_id],
            grace_until=grace.get(claim_id),
            extinguished_on=ends.get(claim_id),
            held=(number, Tax(tax)) in held,
        )
        for claim_id, due_date, assessed, due, advised, number, tax, method, *_ in rows
    ]


def _dunned_for(connection: psycopg.Connection, claim_ids: Sequence[int]) -> Mapping[int, frozenset[date]]:
    """Read for which 納期限 a 督促状 of these claims was sent."""
    found: defaultdict[int, frozenset[date]] = defaultdict(frozenset)
    for claim_id, due_date in connection.execute(
        "SELECT claim_id, due_date FROM dunning_letter WHERE claim_id = ANY(%s) AND pulled_at IS NULL",
        [list(claim_ids)],
    ):
        found[claim_id] |= {due_date}
    return found


def _grace_until(connection: psycopg.Connection, claim_ids: Sequence[int]) -> dict[int, date]:
    """Read until when 徴収の猶予 of claims lasts or lasted: one that is over stands beside the one in force.

    換価の猶予 (法15条の5, 15条の6) forbids no 督促, and 期限の延長 is a matter of the 納期限.
    """
    rows = connection.execute(
        "SELECT claim_id, max(coalesce(until, %s)) FROM arrears_event AS event"
        " WHERE happening = 'grace' AND ground <> %s AND claim_id = ANY(%s)"
        " AND NOT EXISTS (SELECT FROM arrears_event AS later WHERE later.ends_id = event.id) GROUP BY claim_id",
        [date.max, DeferralGround.CONVERSION, list(claim_ids)],
    )
    return dict(rows.fetchall())


def _held_documents(
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

    state: DunningRunState
    municipality_code: str
    closed_day: date
    issued_on: date
    drawn_by: str
    drawn_at: datetime
    lines: tuple[Dunned, ...]
    fallen: tuple[FallenOut, ...]

    @property
    def left(self) -> list[tuple[int, date]]:
        """The lines that have not fallen out: 期別 and 納期限."""
        out = {(line.claim_id, line.due_date) for line in self.fallen}
        drawn = [(line.claim_id, line.due_date) for line in self.lines]
        return [at for at in drawn if at not in out]


def _run(connection: psycopg.Connection, run_id: UUID, event: DunningRunEvent) -> _Run:
    """Lock a run and give its next state. Raises `OperatorFault` `no_such_run`, `run_state`."""
    row = connection.execute(
        "SELECT state, municipality_code, closed_day, issued_on, drawn_by, drawn_at, lines, fallen FROM dunning_run"
        " WHERE id = %s FOR UPDATE",
        [run_id],
    ).fetchone()
    if row is None:
        raise OperatorFault("no_such_run", "there is no such run")
    state, *rest, lines, fallen = row
    following = DUNNING_RUN_LIFE.after(DunningRunState(state), event)
    return _Run(following, *(*rest, lines_from_json(lines), fallen_from_json(fallen)))


def _record(connection: psycopg.Connection, acting: Acting, action: str, result: str, **detail: str | int) -> None:
    record(connection, acting, action, str(result), **detail, day=day_in_japan(acting.now).isoformat())
