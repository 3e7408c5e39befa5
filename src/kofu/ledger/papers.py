"""Papers of the ledger as PDF/A-1b: made in memory from what the ledger says, handed out, never stored.

A name with a character the font does not draw exactly, or a text too long for its place at the smallest type, stops the
paper: a person's name is never drawn differently and never cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from kofu.core.calendar import JST, day_in_japan
from kofu.core.errors import OperatorFault, OurFault
from kofu.core.font_file import FontFile
from kofu.core.profile import Profile
from kofu.ledger import read_person
from kofu.ledger.adapters.ledger_profile import PaperRules
from kofu.ledger.addressees import numbers_of
from kofu.ledger.domain.bank_accounts import Account
from kofu.ledger.domain.claims import Tax
from kofu.ledger.domain.dunning_letter import DunnedClaim, DunningLetter, dunning_letter
from kofu.ledger.domain.matching import MatchingRules
from kofu.ledger.domain.paper_words import PaperForm, Place, Sender, Sheet, addressee_for
from kofu.ledger.domain.post_order import PostKey
from kofu.ledger.domain.posting import Part
from kofu.ledger.domain.rates import RateKind
from kofu.ledger.domain.recipients import DocumentKind, Recipient
from kofu.ledger.domain.refund_interest import RefundCause
from kofu.ledger.domain.refund_papers import AppliedTo, DecidedRefund, OwedBack, offset_notice, refund_notice
from kofu.ledger.domain.refunds import RefundState
from kofu.ledger.outgoing import put_on_record, recipient_now
from kofu.ledger.quotes import quotes_of
from kofu.ledger.read_refunds import CasePage, case_page
from kofu.ledger.under import Under
from kofu.platform.fonts import read_font
from kofu.press.engine import Press
from kofu.press.glyphs import CannotDraw, GlyphCoverage, Undrawable

FORMS_ROOT = Path(__file__).resolve().parent / "forms"
SETS_KEPT = 2
UNDECIDED = frozenset({RefundState.PROPOSED, RefundState.WITHDRAWN})
MAKERS = {PaperForm.REFUND_NOTICE: refund_notice, PaperForm.OFFSET_NOTICE: offset_notice}


class TextCannotBeDrawn(CannotDraw):
    """The font does not draw the text of `field` exactly. `undrawable` names the characters, for staff only."""

    def __init__(self, field: str, undrawable: tuple[Undrawable, ...]) -> None:
        """Name the field and what of it cannot be drawn."""
        super().__init__(undrawable)
        self.field = field


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperToSend:
    """A paper before it is pressed and put on record: what it says, about whom, to whom it goes."""

    sheet: Sheet
    addressee_number: str
    document: DocumentKind
    recipient: Recipient
    reference: str

    @property
    def key(self) -> PostKey:
        """Its place in the order of the post."""
        to = self.recipient
        return PostKey(postal_code=to.postal_code, address=to.address, name=to.name, number=self.reference)

    def on_record(self, connection: psycopg.Connection, municipality_code: str, under: Under) -> None:
        """Put it on record, in the transaction in which it was pressed."""
        put_on_record(
            connection, municipality_code, self.addressee_number, self.document, self.recipient,
            reference=self.reference, under=under,
        )  # fmt: skip


class PaperPress:
    """The press of the ledger's letters and what its font draws exactly. One serves all threads of a process."""

    def __init__(self, font: Path, drawn: FontFile | None = None) -> None:
        """Read the font; `drawn`: the registered glyphs (外字). Raises `OperatorFault` where it cannot be read."""
        held = read_font(font)
        self.engine = Press(held, FORMS_ROOT, drawn)
        self.glyphs = GlyphCoverage(held, drawn)

    def pdf(self, sheet: Sheet) -> bytes:
        """Press a sheet; the same sheet gives the same bytes, since the date in the file is the paper's own.

        Raises `TextCannotBeDrawn`, and `press.engine.DoesNotFit` for a text too long at the smallest type.
        """
        return self.file([sheet])

    def file(self, sheets: Sequence[Sheet]) -> bytes:
        """Press sheets of one form one behind the other into one file. Raises as `pdf` does."""
        for sheet in sheets:
            for field, text in sheet.texts.items():
                undrawable = self.glyphs.check(text)
                if undrawable:
                    raise TextCannotBeDrawn(field, undrawable)
        first = sheets[0]
        created = datetime.combine(first.issued_on, time(), JST)
        papers = [(sheet.texts, {"rows": sheet.rows, "specimen": sheet.specimen}) for sheet in sheets]
        return self.engine.render_many(first.form, first.version, papers, created)


@lru_cache(maxsize=SETS_KEPT)
def paper_press(font: Path, drawn: FontFile | None) -> PaperPress:
    """Give the press of this process: the font is read once, and again with another set of registered glyphs."""
    return PaperPress(font, drawn)


def sender_of(profile: Profile, rules: PaperRules, on: date) -> Sender:
    """Give who sends papers on a day. Raises `OperatorFault` where the profile names nobody for it."""
    authority = profile.authority_on(on)
    return Sender(
        office=authority.office,
        name=authority.name,
        section=rules.section,
        contact=rules.contact,
        seal=rules.seal,
        appeal=rules.appeal,
        municipality=profile.name,
        appeal_first=rules.appeal_first,
        era_change=profile.era_change,
        municipal_tax=profile.municipal_tax,
        prefectural_tax=profile.prefectural_tax,
        specimen=profile.specimen,
    )


def print_refund_paper(
    connection: psycopg.Connection,
    form: PaperForm,
    case_id: UUID,
    *,
    profile: Profile,
    rules: PaperRules,
    press: PaperPress,
    under: Under,
) -> bytes:
    """Make 還付通知書 or 充当通知書 of a decided case. It bears the day of the notice, or today's before it was sent.

    Its amounts are those of the decision, whatever the ledger did since. It goes to who receives for the person today,
    on record with the reason. Raises `OperatorFault` `no_such_case`, `not_decided`, `nothing_to_refund`,
    `nothing_applied`, `held_<reason>`, and what `PaperPress.pdf` raises; nothing is on record then.
    """
    with connection.transaction():
        paper = refund_paper(connection, form, case_id, profile=profile, rules=rules, under=under)
        pdf = press.pdf(paper.sheet)
        paper.on_record(connection, profile.code, under)
    return pdf


def refund_paper(
    connection: psycopg.Connection, form: PaperForm, case_id: UUID, *, profile: Profile, rules: PaperRules, under: Under
) -> PaperToSend:
    """Read a paper of a decided case. Raises as `print_refund_paper` does, but for what the press raises."""
    found = case_page(connection, profile.code, case_id)
    if found is None:
        raise OperatorFault("no_such_case", "there is no such case of a refund")
    if RefundState(found.state) in UNDECIDED:
        raise OperatorFault("not_decided", "papers are printed once the case is decided")
    decided, recipient = _decided(connection, found, form, profile.code, under)
    return PaperToSend(
        sheet=MAKERS[form](decided, sender_of(profile, rules, decided.issued_on)),
        addressee_number=found.addressee_number,
        document=DocumentKind(form.value),
        recipient=recipient,
        reference=f"還付 {found.number}",
    )


def print_dunning_letter(
    connection: psycopg.Connection,
    run_id: UUID,
    person_id: int,
    *,
    profile: Profile,
    rules: PaperRules,
    interest: MatchingRules,
    press: PaperPress,
    under: Under,
) -> bytes:
    """Make the 督促状 of one person of an approved run: every 期別 of theirs that is dunned in it, as it stood then.

    It goes to who receives for the person today, on record with the reason. Raises `OperatorFault` `no_letter` where
    the run has none for the person, `held_<reason>`, `rate_missing`, and what `PaperPress.pdf` raises; nothing is on
    record then. `interest`: the rules 延滞金 is calculated by, to the day of the letter.
    """
    with connection.transaction():
        paper = dunning_paper(
            connection, run_id, person_id, profile=profile, rules=rules, interest=interest, under=under
        )
        pdf = press.pdf(paper.sheet)
        paper.on_record(connection, profile.code, under)
    return pdf


def dunning_paper(
    connection: psycopg.Connection,
    run_id: UUID,
    person_id: int,
    *,
    profile: Profile,
    rules: PaperRules,
    interest: MatchingRules,
    under: Under,
) -> PaperToSend:
    """Read the 督促状 of a person of a run. Raises as `print_dunning_letter` does, but for what the press raises."""
    municipality_code = profile.code
    person = read_person.person(connection, municipality_code, person_id)
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
    places = _places(connection, {row[4] for row in rows})
    number, issued_on, closed_day = rows[0][:3]
    quotes = quotes_of(connection, list(places), issued_on, interest)
    recipient = recipient_now(
        connection,
        municipality_code,
        person.addressee_number,
        DocumentKind.DUNNING_LETTER,
        taxes=frozenset(place.tax for place in places.values()),
        under=under,
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


def _decided(
    connection: psycopg.Connection, found: CasePage, form: PaperForm, municipality_code: str, under: Under
) -> tuple[DecidedRefund, Recipient]:
    if found.lapse_on is None:
        raise OurFault("refund_without_day", "a decided refund has a day on which it lapses")
    owed = _owed(connection, found)
    targets = _places(connection, {step["to_claim"] for step in found.plan["applied"]})
    recipient = recipient_now(
        connection,
        municipality_code,
        found.addressee_number,
        DocumentKind(form.value),
        taxes=frozenset(place.tax for place in (*(line.place for line in owed), *targets.values())),
        under=under,
    )
    account = None
    if found.bank_code:
        account = Account(
            bank_code=found.bank_code,
            branch_code=found.branch_code,
            account_type=found.account_type,
            account_number=found.account_number,
            holder=found.account_holder,
        )
    decided = DecidedRefund(
        number=found.number,
        addressee=addressee_for(recipient),
        issued_on=found.notified_on or day_in_japan(under.now),
        owed=owed,
        applied=_applied(found.plan["applied"], targets),
        interest=sum(line["amount"] for line in found.plan["added"]),
        refund=found.refund_total,
        claim_until=found.lapse_on,
        account=account,
        interest_open=found.interest_open,
    )
    return decided, recipient


def _applied(steps: list[dict[str, Any]], targets: dict[int, Place]) -> tuple[AppliedTo, ...]:
    """充当先 in the order of the plan; several credits to the same part of a claim on the same day are one line."""
    sums: dict[tuple[int, str, str, bool], int] = {}
    for step in steps:
        line = (step["to_claim"], step["part"], step["effective_on"], step["from_refund_interest"])
        sums[line] = sums.get(line, 0) + step["amount"]
    return tuple(
        AppliedTo(
            place=targets[claim_id],
            part=Part(part),
            amount=amount,
            effective_on=date.fromisoformat(effective_on),
            from_interest=from_interest,
        )
        for (claim_id, part, effective_on, from_interest), amount in sums.items()
    )


def _owed(connection: psycopg.Connection, found: CasePage) -> tuple[OwedBack, ...]:
    """Read what the decision took from each claim, from its own entries, and how the claim stood before them."""
    causes = {word["claim_id"]: RefundCause(word["cause"]) for word in found.causes}
    claim_ids = {step["from_claim"] for step in found.plan["applied"]}
    claim_ids |= {line["claim_id"] for line in found.plan["refunds"]}
    places = _places(connection, claim_ids)
    rows = connection.execute(
        "WITH moved AS (SELECT claim_id, debit, credit, amount, entry.sequence, entry.source FROM transfer"
        " JOIN entry ON entry.id = entry_id WHERE claim_id = ANY(%(claims)s)),"
        " decision AS (SELECT min(sequence) AS first FROM moved WHERE source = %(source)s)"
        " SELECT claim_id,"
        " coalesce(sum(CASE WHEN debit = 'due' THEN amount ELSE -amount END) FILTER (WHERE sequence < first AND"
        " (debit, credit) IN (('due', 'assessed'), ('assessed', 'due'), ('due', 'waived'), ('waived', 'due'))), 0),"
        " coalesce(sum(CASE WHEN credit = 'due' THEN amount ELSE -amount END) FILTER (WHERE sequence < first AND"
        " (debit, credit) IN (('unallocated', 'due'), ('due', 'unallocated'))), 0),"
        " coalesce(sum(CASE WHEN debit = 'overpaid' THEN amount ELSE -amount END) FILTER (WHERE source = %(source)s"
        " AND 'overpaid' IN (debit, credit)), 0),"
        " coalesce(sum(CASE WHEN debit = 'in_error' THEN amount ELSE -amount END) FILTER (WHERE source = %(source)s"
        " AND 'in_error' IN (debit, credit)), 0),"
        " coalesce(sum(amount) FILTER (WHERE source = %(source)s AND debit IN ('overpaid', 'in_error')), 0)"
        " FROM moved, decision GROUP BY claim_id ORDER BY claim_id",
        {"claims": sorted(claim_ids), "source": f"還付 {found.number}"},
    ).fetchall()
    return tuple(
        OwedBack(
            place=places[claim_id],
            assessed=int(assessed),
            paid=int(paid) + int(decided),
            overpaid=int(overpaid),
            in_error=int(in_error),
            cause=causes.get(claim_id, RefundCause.REASSESSMENT),
        )
        for claim_id, assessed, paid, overpaid, in_error, decided in rows
        if overpaid or in_error
    )


def _places(connection: psycopg.Connection, claim_ids: set[int]) -> dict[int, Place]:
    rows = connection.execute(
        "SELECT claim.id, tax, fiscal_year, origin_year, collection_method, notice_number, installment"
        " FROM claim JOIN notice ON notice.id = notice_id WHERE claim.id = ANY(%s)",
        [sorted(claim_ids)],
    )
    return {
        claim_id: Place(
            tax=Tax(tax),
            fiscal_year=year,
            origin_year=origin,
            collection_method=method,
            notice_number=number,
            installment=installment,
        )
        for claim_id, tax, year, origin, method, number, installment in rows
    }
