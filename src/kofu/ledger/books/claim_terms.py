"""By what terms claims run, read from their record: 時効, 猶予, 停止, 延長, 増額 with days of their own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta

import psycopg

from kofu.ledger.books.domain.claims import Claim
from kofu.ledger.books.domain.exemptions import ClaimTerms, terms_of
from kofu.ledger.books.domain.interest import DuePart
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.prescription import (
    DeferralGround,
    Extinction,
    Happening,
    PrescriptionEvent,
    extinction,
    starting_day,
    with_part_payments,
)

SOONEST_END = timedelta(days=3 * 365)

#: SQL of a `claim`: whether the law may have ended it by the day `today`. Of no other are four years from the 納期限
#: over (five count from there, or from the 法定納期限 of the year), and nothing on record cuts them short.
PERHAPS_ENDED = (
    "(claim.due_date < %(today)s::date - interval '4 years' OR EXISTS (SELECT FROM arrears_event"
    " WHERE arrears_event.claim_id = claim.id AND happening IN ('suspended', 'given_up')))"
)


#: Days on which the payer paid something at a claim (消込), and it still lies there. What the office appropriated or
#: got by a seizure acknowledges nothing.
_PAID_BY_PAYER = (
    "SELECT DISTINCT share.claim_id, payment.received_on FROM share JOIN payment ON payment.id = share.payment_id"
    " WHERE share.claim_id = ANY(%s) AND (share.principal > 0 OR share.interest > 0) AND channel <> 'seizure'"
    " AND EXISTS (SELECT FROM transfer JOIN entry ON entry.id = transfer.entry_id WHERE transfer.claim_id ="
    " share.claim_id AND transfer.payment_id = share.payment_id AND entry.kind = 'allocated')"
)


#: Nothing stands in for another record.
AS_RECORDED: Mapping[int, PrescriptionEvent] = {}


def recorded_events(
    connection: psycopg.Connection, claim_ids: Collection[int], instead: Mapping[int, PrescriptionEvent] = AS_RECORDED
) -> Mapping[int, list[PrescriptionEvent]]:
    """Read what was done about claims and stands: 督促 that were sent, and what was put on record.

    `instead`: what would stand in for records, by their numbers: it shows what follows before it is done.
    """
    wanted = sorted(set(claim_ids))
    events: defaultdict[int, list[PrescriptionEvent]] = defaultdict(list)
    for claim_id, issued_on in connection.execute(
        "SELECT claim_id, issued_on FROM dunning_letter WHERE claim_id = ANY(%s) AND pulled_at IS NULL", [wanted]
    ):
        events[claim_id].append(PrescriptionEvent(Happening.DUNNED, issued_on))
    for event_id, claim_id, happening, on, until, withdrawn, ground, fact_on in connection.execute(
        'SELECT id, claim_id, happening, "on", until, withdrawn, ground, fact_on FROM arrears_event AS event'
        " WHERE claim_id = ANY(%s) AND NOT EXISTS (SELECT FROM arrears_event AS later WHERE later.ends_id = event.id)",
        [wanted],
    ):
        recorded = PrescriptionEvent(
            Happening(happening), on, until, withdrawn, DeferralGround(ground) if ground else None, fact_on
        )
        events[claim_id].append(instead.get(event_id, recorded))
    return events


def events_of(
    connection: psycopg.Connection, claim_ids: Collection[int], instead: Mapping[int, PrescriptionEvent] = AS_RECORDED
) -> dict[int, list[PrescriptionEvent]]:
    """Read what bears on 時効 and 延滞金 of claims: `recorded_events`, and part payments, which are 承認."""
    wanted = sorted(set(claim_ids))
    events = recorded_events(connection, wanted, instead)
    paid: defaultdict[int, list[date]] = defaultdict(list)
    for claim_id, received_on in connection.execute(_PAID_BY_PAYER, [wanted]):
        paid[claim_id].append(received_on)
    return {claim_id: with_part_payments(events.get(claim_id, []), paid[claim_id]) for claim_id in wanted}


def extinctions(
    connection: psycopg.Connection, claim_ids: Iterable[int], instead: Mapping[int, PrescriptionEvent] = AS_RECORDED
) -> dict[int, Extinction]:
    """Tell for each claim when it is extinguished without payment, step by step. `instead`: as in `events_of`."""
    wanted = sorted(set(claim_ids))
    if not wanted:  # as nearly always: what is young has not ended
        return {}
    events = events_of(connection, wanted, instead)
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


def ended_by(connection: psycopg.Connection, claim_ids: Iterable[int], day: date) -> dict[int, Extinction]:
    """Give the claims that are extinguished on a day, each with what ended it."""
    found = extinctions(connection, claim_ids)
    return {claim_id: ended for claim_id, ended in found.items() if ended.is_over(day)}


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
