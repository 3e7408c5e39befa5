"""還付通知書 and 充当通知書 of a decided case, from what the ledger says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault, OurFault
from kofu.core.profile import Profile
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.books.domain.posting import ClaimPart
from kofu.ledger.books.domain.refund_interest import RefundCause
from kofu.ledger.letters.letter_batches import BatchWork, Envelope, Read
from kofu.ledger.overpayments.domain.papers import AppliedTo, ClaimOwedBack, DecidedRefund, offset_notice, refund_notice
from kofu.ledger.overpayments.domain.refunds import Applied, RefundState
from kofu.ledger.overpayments.read import CasePage, case_page
from kofu.ledger.papers.claim_places import places_of
from kofu.ledger.papers.domain.paper_words import ClaimPlace
from kofu.ledger.papers.press import PaperPress, sender_of
from kofu.ledger.profile.domain.paper_forms import PaperForm
from kofu.ledger.profile.ledger_profile import PaperRules
from kofu.ledger.recipients.domain.recipients import DocumentKind, Recipient, addressee_for
from kofu.ledger.recipients.outgoing import PaperToSend, recipient_now

UNDECIDED = frozenset({RefundState.PROPOSED, RefundState.WITHDRAWN})


MAKERS = {PaperForm.REFUND_NOTICE: refund_notice, PaperForm.OFFSET_NOTICE: offset_notice}


def print_refund_paper(
    connection: psycopg.Connection,
    form: PaperForm,
    case_id: UUID,
    *,
    profile: Profile,
    rules: PaperRules,
    press: PaperPress,
    acting: Acting,
) -> bytes:
    """Make 還付通知書 or 充当通知書 of a decided case. It bears the day of the notice, or today's before it was sent.

    Its amounts are those of the decision, whatever the ledger did since. It goes to who receives for the person today,
    on record with the reason. Raises `OperatorFault` `no_such_case`, `not_decided`, `nothing_to_refund`,
    `nothing_applied`, `held_<reason>`, and what `PaperPress.pdf` raises; nothing is on record then.
    """
    with connection.transaction():
        paper = refund_paper(connection, form, case_id, profile=profile, rules=rules, acting=acting)
        pdf = press.pdf(paper.sheet)
        paper.on_record(connection, profile.code, acting)
    return pdf


def refund_paper(
    connection: psycopg.Connection,
    form: PaperForm,
    case_id: UUID,
    *,
    profile: Profile,
    rules: PaperRules,
    acting: Acting,
) -> PaperToSend:
    """Read a paper of a decided case. Raises as `print_refund_paper` does, but for what the press raises."""
    found = case_page(connection, profile.code, case_id)
    if found is None:
        raise OperatorFault("no_such_case", "there is no such case of a refund")
    if RefundState(found.state) in UNDECIDED:
        raise OperatorFault("not_decided", "papers are printed once the case is decided")
    decided, recipient = _decided(connection, found, form, profile.code, acting)
    return PaperToSend(
        sheet=MAKERS[form](decided, sender_of(profile, rules, decided.issued_on)),
        addressee_number=found.addressee_number,
        document=DocumentKind(form.value),
        recipient=recipient,
        reference=f"還付 {found.number}",
    )


def _decided(
    connection: psycopg.Connection, found: CasePage, form: PaperForm, municipality_code: str, acting: Acting
) -> tuple[DecidedRefund, Recipient]:
    if found.lapse_on is None:
        raise OurFault("refund_without_day", "a decided refund has a day on which it lapses")
    owed = _owed(connection, found)
    targets = places_of(connection, {step.to_claim for step in found.plan.applied})
    recipient = recipient_now(
        connection,
        municipality_code,
        found.addressee_number,
        DocumentKind(form.value),
        taxes=frozenset(place.tax for place in (*(line.place for line in owed), *targets.values())),
        acting=acting,
    )
    account = None
    if found.bank_code:
        account = BankAccount(
            bank_code=found.bank_code,
            branch_code=found.branch_code,
            account_type=found.account_type,
            account_number=found.account_number,
            holder=found.account_holder,
        )
    decided = DecidedRefund(
        number=found.number,
        addressee=addressee_for(recipient),
        issued_on=found.notified_on or day_in_japan(acting.now),
        owed=owed,
        applied=_applied(found.plan.applied, targets),
        interest=sum(line.amount for line in found.plan.added),
        refund=found.refund_total,
        claim_until=found.lapse_on,
        account=account,
        interest_open=found.interest_open,
    )
    return decided, recipient


def _applied(steps: Sequence[Applied], targets: dict[int, ClaimPlace]) -> tuple[AppliedTo, ...]:
    """充当先 in the order of the plan; several credits to the same part of a claim on the same day are one line."""
    sums: dict[tuple[int, ClaimPart, date, bool], int] = {}
    for step in steps:
        line = (step.to_claim, step.part, step.effective_on, step.from_refund_interest)
        sums[line] = sums.get(line, 0) + step.amount
    return tuple(
        AppliedTo(
            place=targets[claim_id],
            part=part,
            amount=amount,
            effective_on=effective_on,
            from_interest=from_interest,
        )
        for (claim_id, part, effective_on, from_interest), amount in sums.items()
    )


def _owed(connection: psycopg.Connection, found: CasePage) -> tuple[ClaimOwedBack, ...]:
    """Read what the decision took from each claim, from its own entries, and how the claim stood before them."""
    claim_ids = {step.from_claim for step in found.plan.applied}
    claim_ids |= {line.claim_id for line in found.plan.refunds}
    places = places_of(connection, claim_ids)
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
        ClaimOwedBack(
            place=places[claim_id],
            assessed=int(assessed),
            paid=int(paid) + int(decided),
            overpaid=int(overpaid),
            in_error=int(in_error),
            cause=found.causes[claim_id].cause if claim_id in found.causes else RefundCause.REASSESSMENT,
        )
        for claim_id, assessed, paid, overpaid, in_error, decided in rows
        if overpaid or in_error
    )


def refund_envelopes(connection: psycopg.Connection, case_ids: Sequence[UUID], *, work: BatchWork) -> list[Envelope]:
    """List whom the papers of decided cases go to: 還付通知書 and 充当通知書 of a case in one envelope."""
    rows = connection.execute(
        "SELECT refund_case.id, number, refund_total, applied_total, taxpayer.id FROM refund_case"
        " LEFT JOIN addressee_survivor AS survivor ON survivor.municipality_code = refund_case.municipality_code"
        " AND survivor.from_number = refund_case.addressee_number"
        " JOIN taxpayer ON taxpayer.municipality_code = refund_case.municipality_code"
        " AND taxpayer.addressee_number = coalesce(survivor.into_number, refund_case.addressee_number)"
        " WHERE refund_case.id = ANY(%s) AND refund_case.municipality_code = %s",
        [list(case_ids), work.profile.code],
    ).fetchall()

    def reader(case_id: UUID, forms: Sequence[PaperForm]) -> Read:
        def read(connection: psycopg.Connection) -> Sequence[PaperToSend]:
            return [
                refund_paper(connection, form, case_id, profile=work.profile, rules=work.rules, acting=work.acting)
                for form in forms
            ]

        return read

    envelopes = []
    for case_id, number, refund, applied, person_id in rows:
        due = ((PaperForm.REFUND_NOTICE, refund), (PaperForm.OFFSET_NOTICE, applied))
        forms = [form for form, amount in due if amount]
        envelopes.append(Envelope(person_id=person_id, reference=f"還付 {number}", read=reader(case_id, forms)))
    return envelopes
