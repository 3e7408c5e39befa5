"""督促状 of a run, from what the ledger says."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import psycopg

from kofu.core.errors import OperatorFault
from kofu.core.profile import Profile
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.arrears.domain.dunning_letter import DunnedClaim, DunningLetter, dunning_letter
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.rates import RateKind
from kofu.ledger.books.quotes import quotes_of
from kofu.ledger.letters.letter_batches import BatchWork, Envelope, Read
from kofu.ledger.papers.claim_places import places_of
from kofu.ledger.papers.press import PaperPress, sender_of
from kofu.ledger.people import find
from kofu.ledger.people.numbers import numbers_of
from kofu.ledger.profile.ledger_profile import PaperRules
from kofu.ledger.recipients.domain.recipients import DocumentKind, addressee_for
from kofu.ledger.recipients.outgoing import PaperToSend, recipient_now


def print_dunning_letter(
    connection: psycopg.Connection,
    run_id: UUID,
    person_id: int,
    *,
    profile: Profile,
    rules: PaperRules,
    interest: MatchingRules,
    press: PaperPress,
    acting: Acting,
) -> bytes:
    """Make the 督促状 of one person of an approved run: every 期別 of theirs that is dunned in it, as it stood then.

    It goes to who receives for the person today, on record with the reason. Raises `OperatorFault` `no_letter` where
    the run has none for the person, `held_<reason>`, `rate_missing`, and what `PaperPress.pdf` raises; nothing is on
    record then. `interest`: the rules 延滞金 is calculated by, to the day of the letter.
    """
    with connection.transaction():
        paper = dunning_paper(
            connection, run_id, person_id, profile=profile, rules=rules, interest=interest, acting=acting
        )
        pdf = press.pdf(paper.sheet)
        paper.on_record(connection, profile.code, acting)
    return pdf


def dunning_paper(
    connection: psycopg.Connection,
    run_id: UUID,
    person_id: int,
    *,
    profile: Profile,
    rules: PaperRules,
    interest: MatchingRules,
    acting: Acting,
) -> PaperToSend:
    """Read the 督促状 of a person of a run. Raises as `print_dunning_letter` does, but for what the press raises."""
    municipality_code = profile.code
    person = find.person(connection, municipality_code, person_id)
    if person is None:
        raise OperatorFault("no_letter", "nobody is known by this number")
    rows = connection.execute(
        "SELECT dunning_letter.id, dunning_letter.issued_on, dunning_run.closed_day, dunning_letter.due,"
        " claim.id, dunning_letter.due_date"
        " FROM dunning_letter JOIN dunning_run ON dunning_run.id = run_id"
        " JOIN claim ON claim.id = dunning_letter.claim_id"
        " JOIN notice ON notice.id = claim.notice_id"
        " WHERE run_id = %s AND notice.addressee_number = ANY(%s) AND notice.municipality_code = %s"
        " AND pulled_at IS NULL"
        " ORDER BY dunning_letter.due_date, claim.id",
        [run_id, list(numbers_of(connection, municipality_code, person.addressee_number)), municipality_code],
    ).fetchall()
    if not rows:
        raise OperatorFault("no_letter", "the run has no letter for this person, or was not approved")
    places = places_of(connection, {row[4] for row in rows})
    number, issued_on, closed_day = rows[0][:3]
    quotes = quotes_of(connection, list(places), issued_on, interest)
    recipient = recipient_now(
        connection,
        municipality_code,
        person.addressee_number,
        DocumentKind.DUNNING_LETTER,
        taxes=frozenset(place.tax for place in places.values()),
        acting=acting,
    )
    letter = DunningLetter(
        number=f"{number:010d}",
        addressee=addressee_for(recipient),
        issued_on=issued_on,
        as_of=closed_day,
        claims=tuple(
            DunnedClaim(place=places[claim], due_date=due_date, due=due, interest=quotes[claim].interest_by(due_date))
            for _, _, _, due, claim, due_date in rows
        ),
        first_month=interest.rates.rate(RateKind.FIRST_MONTH, issued_on.year),
        after=interest.rates.rate(RateKind.AFTER, issued_on.year),
    )
    return PaperToSend(
        sheet=dunning_letter(letter, sender_of(profile, rules, issued_on)),
        addressee_number=person.addressee_number,
        document=DocumentKind.DUNNING_LETTER,
        recipient=recipient,
        reference=f"督促 {number:010d}",
    )


def dunning_envelopes(
    connection: psycopg.Connection, run_id: UUID, *, work: BatchWork, interest: MatchingRules
) -> list[Envelope]:
    """List whom the letters of an approved run go to: one envelope for each person, under whatever number."""
    rows = connection.execute(
        "SELECT DISTINCT ON (taxpayer.id) taxpayer.id, taxpayer.addressee_number"
        " FROM dunning_letter JOIN claim ON claim.id = claim_id JOIN notice ON notice.id = claim.notice_id"
        " LEFT JOIN addressee_survivor AS survivor ON survivor.municipality_code = notice.municipality_code"
        " AND survivor.from_number = notice.addressee_number"
        " JOIN taxpayer ON taxpayer.municipality_code = notice.municipality_code"
        " AND taxpayer.addressee_number = coalesce(survivor.into_number, notice.addressee_number)"
        " WHERE run_id = %s AND notice.municipality_code = %s AND pulled_at IS NULL",
        [run_id, work.profile.code],
    ).fetchall()

    def reader(person_id: int) -> Read:
        def read(connection: psycopg.Connection) -> Sequence[PaperToSend]:
            return (
                dunning_paper(
                    connection, run_id, person_id,
                    profile=work.profile, rules=work.rules, interest=interest, acting=work.acting,
                ),
            )  # fmt: skip

        return read

    return [Envelope(person_id=one, reference=f"宛名 {number}", read=reader(one)) for one, number in rows]
