"""What bears on 時効, on record: 督促, 催告, 差押, 承認, 猶予, 停止; whether and when a claim is extinguished.

It is decided by `domain.prescription` from the letters (`dunning_runs`) and events, each step with its rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.ledger.domain.arrears_events import StayEvent, StayState, after_stay
from kofu.ledger.domain.claims import Claim
from kofu.ledger.domain.dunning import seizable_from
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
from kofu.ledger.under import Under
from kofu.platform import audit

#: What lasts until its end is put on record; a 猶予 for a period until then, unless it is revoked before (法15条の3).
LASTING = (Happening.SEIZED, Happening.PARTICIPATED, Happening.GRACE, Happening.SUSPENDED, Happening.OBJECTED)
#: An event that goes on past a day. What ends another lies before the end of that, and lasts no more.
LASTS_PAST = (
    "(event.until IS NULL OR (event.happening = 'grace' AND event.until > %(day)s AND NOT EXISTS (SELECT"
    " FROM arrears_event AS begun WHERE begun.id = event.ends_id AND coalesce(begun.until > event.until, true))))"
    " AND NOT EXISTS (SELECT FROM arrears_event AS later WHERE later.ends_id = event.id)"
)
#: Whether an end of an event was proposed and waits.
END_PROPOSED = (
    "EXISTS (SELECT FROM claim_decision WHERE claim_decision.claim_id = event.claim_id AND kind = 'end_event'"
    " AND state = 'proposed' AND (basis -> 0 ->> 'event')::bigint = event.id)"
)
_COLUMNS = 'id, claim_id, happening, "on", until, reason, actor'
SOONEST_END = timedelta(days=3 * 365)
#: Days on which the payer paid something at a claim (消込), and it still lies there. What the office appropriated or
#: got by a seizure acknowledges nothing.
_PAID_BY_PAYER = (
    "SELECT DISTINCT share.claim_id, payment.received_on FROM share JOIN payment ON payment.id = share.payment_id"
    " WHERE share.claim_id = ANY(%s) AND (share.principal > 0 OR share.interest > 0) AND channel <> 'seizure'"
    " AND EXISTS (SELECT FROM transfer JOIN entry ON entry.id = transfer.entry_id WHERE transfer.claim_id ="
    " share.claim_id AND transfer.payment_id = share.payment_id AND entry.kind = 'allocated')"
)


def seized_early(connection: psycopg.Connection, claim_id: int, on: date) -> bool:
    """Tell whether a 差押 on a day came before the law lets it come: no 督促状 on record, or not yet ten days past."""
    row = connection.execute(
        "SELECT min(issued_on) FROM dunning_letter WHERE claim_id = %s AND pulled_at IS NULL", [claim_id]
    ).fetchone()
    return row is None or row[0] is None or on < seizable_from(row[0])


@dataclass(frozen=True, slots=True)
class Stay:
    """Something that lasts and has no end on record: 差押, 交付要求, 猶予, 執行停止 of a claim.

    `until`: the last day a 猶予 was granted for.
    """

    event_id: int
    claim_id: int
    happening: Happening
    on: date
    until: date | None
    reason: str
    actor: str


def ends_by_decision(happening: Happening, *, withdrawn: bool) -> bool:
    """Tell whether an end is decided (解除, 取消) by two people, or came of itself (換価・配当の終了) and is noted."""
    return withdrawn or happening in {Happening.GRACE, Happening.SUSPENDED}


def stays(connection: psycopg.Connection, claim_ids: Iterable[int], *, today: date) -> tuple[Stay, ...]:
    """List what lasts of these claims, the earliest first."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM arrears_event AS event WHERE happening = ANY(%(lasting)s) AND {LASTS_PAST}"
        ' AND claim_id = ANY(%(claims)s) ORDER BY "on", id',
        {"lasting": list(LASTING), "day": today, "claims": sorted(set(claim_ids))},
    )
    return tuple(Stay(number, claim_id, Happening(what), *rest) for number, claim_id, what, *rest in rows)


def stay(connection: psycopg.Connection, event_id: int, *, on: date, today: date, event: StayEvent) -> Stay:
    """Give something that lasts and can end `on` a day by an event.

    Raises `OperatorFault` `no_such_event`, `event_ended` where it has ended or would end before it began, `end_ahead`,
    `proposed_already`.
    """
    found = _that_can_end(connection, event_id, on=on, event=event)
    if on > today:
        raise OperatorFault("end_ahead", "an end is recorded when it has come, not ahead")
    return found


def _that_can_end(connection: psycopg.Connection, event_id: int, *, on: date, event: StayEvent) -> Stay:
    row = connection.execute(
        f"SELECT {_COLUMNS}, happening = ANY(%(lasting)s), {LASTS_PAST}, {END_PROPOSED}, EXISTS (SELECT"
        " FROM arrears_event AS later WHERE later.ends_id = event.id AND later.happening = 'taken_back')"
        " FROM arrears_event AS event WHERE id = %(id)s",
        {"lasting": list(LASTING), "day": on, "id": event_id},
    ).fetchone()
    if row is None:
        raise OperatorFault("no_such_event", "there is no such event")
    number, claim_id, what, began, until, reason, actor, of_a_kind, lasts, proposed, taken_back = row
    if not of_a_kind:
        raise OperatorFault("event_ended", "the event is none that lasts")
    state = StayState.TAKEN_BACK if taken_back else StayState.ENDED
    if lasts:
        state = StayState.END_PROPOSED if proposed else StayState.LASTING
    after_stay(state, event)
    if on < began:
        raise OperatorFault("event_ended", "the event would end before it began")
    return Stay(number, claim_id, Happening(what), began, until, reason, actor)


def end_event(
    connection: psycopg.Connection,
    event_id: int,
    *,
    on: date,
    withdrawn: bool,
    reason: str,
    under: Under,
    fact_on: date | None = None,
    decided: bool = False,
) -> None:
    """Put on record that something that lasts ended on a day (差押の解除, 停止の取消). Nothing is changed: it is added.

    `fact_on`: the day of the fact a 猶予 or 停止 was revoked for: from there 延滞金 runs again (法15条の9第1項).
    `decided`: two people decided a proposal of it.
    Raises `OperatorFault` `no_such_event`, `event_ended`, `fact_after_end`.
    """
    if fact_on is not None and fact_on > on:
        raise OperatorFault("fact_after_end", "the fact it was revoked for lies after the decision")
    with connection.transaction():
        found = _that_can_end(
            connection, event_id, on=on, event=StayEvent.APPROVE_END if decided else StayEvent.NOTE_END
        )
        connection.execute(
            'INSERT INTO arrears_event (claim_id, happening, "on", until, withdrawn, ends_id, ground, fact_on, reason,'
            ' actor) SELECT claim_id, happening, "on", %s, %s, id, ground, %s, %s, %s FROM arrears_event WHERE id = %s',
            [on, withdrawn, fact_on, reason, under.actor, event_id],
        )
        _record(connection, under, f"arrears.{found.happening}.end", "recorded", claim=found.claim_id)


def events_of(connection: psycopg.Connection, claim_ids: Collection[int]) -> dict[int, list[Event]]:
    """Read what bears on 時効 and 延滞金 of claims: 督促, what was put on record, and part payments, which are 承認."""
    wanted = sorted(set(claim_ids))
    events: defaultdict[int, list[Event]] = defaultdict(list)
    for claim_id, issued_on in connection.execute(
        "SELECT claim_id, issued_on FROM dunning_letter WHERE claim_id = ANY(%s) AND pulled_at IS NULL", [wanted]
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
