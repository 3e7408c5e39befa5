"""What the screens of 時効・不納欠損 and 再充当 read: claims that may have ended, proposals about claims."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import psycopg
from psycopg.rows import class_row, dict_row

from kofu.ledger.arrears.domain.proposals import DecisionKind
from kofu.ledger.arrears.proposal_basis import KeptReallocation, ProposalBasis, basis_from_json, reallocation_from_json
from kofu.ledger.books.claim_terms import PERHAPS_ENDED
from kofu.ledger.books.domain.special_collection import SPECIAL_METHODS
from kofu.ledger.books.journal import PAYABLE_TO


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpaidClaim:
    """A claim with something unpaid. `unpaid`: 本税 and 延滞金 together, in yen."""

    claim_id: int
    person_id: int
    addressee_number: str
    name: str
    notice_number: str
    installment: str
    payable_to: date
    unpaid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingDecision:
    """A proposal about a claim that waits for a second person. `amount`: yen."""

    id: UUID
    kind: DecisionKind
    amount: int
    reason: str
    proposed_by: str
    proposed_at: datetime
    addressee_number: str
    notice_number: str
    installment: str
    basis: ProposalBasis


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStanding:
    """A claim as its page of 時効 shows it. Amounts in yen."""

    person_id: int
    name: str
    addressee_number: str
    notice_number: str
    installment: str
    payable_to: date
    due: int
    interest_due: int
    written_off: int
    interest_written_off: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReallocationDecision:
    """A 再充当 that was proposed, and what became of it. `amount`: yen."""

    id: UUID
    amount: int
    reason: str
    plan: KeptReallocation
    state: str
    proposed_by: str
    proposed_at: datetime
    decided_by: str
    decided_at: datetime | None
    person_id: int
    name: str
    addressee_number: str


def count_waiting_decisions(connection: psycopg.Connection, municipality_code: str) -> int:
    """Count the proposals about claims that wait for approval."""
    row = connection.execute(
        "SELECT count(*) FROM claim_decision JOIN claim ON claim.id = claim_decision.claim_id"
        " JOIN notice ON notice.id = claim.notice_id"
        " WHERE notice.municipality_code = %s AND claim_decision.state = 'proposed'",
        [municipality_code],
    ).fetchone()
    return int(row[0]) if row else 0


def claims_perhaps_ended(connection: psycopg.Connection, municipality_code: str, today: date) -> list[UnpaidClaim]:
    """List what is unpaid and may have ended by `today`; the oldest first."""
    with connection.cursor(row_factory=class_row(UnpaidClaim)) as cursor:
        return cursor.execute(
            "SELECT claim.id AS claim_id, taxpayer.id AS person_id, taxpayer.addressee_number, taxpayer.name,"
            " notice_number, installment,"
            f" {PAYABLE_TO} AS payable_to, claim_balance.due + claim_balance.interest_due AS unpaid"
            " FROM claim_balance JOIN claim ON claim.id = claim_balance.claim_id"
            " JOIN notice ON notice.id = claim.notice_id JOIN taxpayer USING (municipality_code, addressee_number)"
            " WHERE (claim_balance.due > 0 OR claim_balance.interest_due > 0) AND notice.municipality_code = %(code)s"
            f" AND notice.collection_method <> ALL(%(special)s) AND {PERHAPS_ENDED}"
            " ORDER BY claim.due_date, claim.id",
            {"code": municipality_code, "special": list(SPECIAL_METHODS), "today": today},
        ).fetchall()


def waiting_decisions(connection: psycopg.Connection, municipality_code: str) -> list[WaitingDecision]:
    """List the proposals that wait, the oldest first."""
    rows = connection.execute(
        "SELECT claim_decision.id, kind, amount, reason, proposed_by, proposed_at, addressee_number, notice_number,"
        " installment, basis FROM claim_decision JOIN claim ON claim.id = claim_id JOIN notice ON notice.id = notice_id"
        " WHERE claim_decision.state = 'proposed' AND municipality_code = %s"
        " ORDER BY proposed_at, claim_decision.id",
        [municipality_code],
    )
    return [
        WaitingDecision(
            id=decision_id,
            kind=DecisionKind(kind),
            amount=amount,
            reason=reason,
            proposed_by=proposed_by,
            proposed_at=proposed_at,
            addressee_number=addressee_number,
            notice_number=notice_number,
            installment=installment,
            basis=basis_from_json(DecisionKind(kind), basis),
        )
        for (
            decision_id, kind, amount, reason, proposed_by, proposed_at, addressee_number, notice_number, installment,
            basis,
        ) in rows
    ]  # fmt: skip


def claim_standing(connection: psycopg.Connection, municipality_code: str, claim_id: int) -> ClaimStanding | None:
    """Read a claim with its person and balances; None where the municipality has none such."""
    with connection.cursor(row_factory=class_row(ClaimStanding)) as cursor:
        return cursor.execute(
            "SELECT taxpayer.id AS person_id, taxpayer.name, taxpayer.addressee_number, notice_number, installment,"
            f" {PAYABLE_TO} AS payable_to, claim_balance.due, claim_balance.interest_due, written_off,"
            " interest_written_off"
            " FROM claim JOIN claim_balance ON claim_balance.claim_id = claim.id"
            " JOIN notice ON notice.id = claim.notice_id JOIN taxpayer USING (municipality_code, addressee_number)"
            " WHERE claim.id = %s AND notice.municipality_code = %s",
            [claim_id, municipality_code],
        ).fetchone()


def reallocation_of(
    connection: psycopg.Connection, municipality_code: str, decision_id: UUID
) -> ReallocationDecision | None:
    """Read a 再充当 with its person; None where the municipality has none such."""
    with connection.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(
            "SELECT claim_decision.id, amount, reason, basis, state, proposed_by, proposed_at, decided_by, decided_at,"
            " taxpayer.id AS person_id, taxpayer.name, taxpayer.addressee_number FROM claim_decision"
            " JOIN claim ON claim.id = claim_id JOIN notice ON notice.id = notice_id"
            " JOIN taxpayer USING (municipality_code, addressee_number)"
            " WHERE claim_decision.id = %s AND kind = 'reallocate' AND municipality_code = %s",
            [decision_id, municipality_code],
        ).fetchone()
    if row is None:
        return None
    return ReallocationDecision(plan=reallocation_from_json(row.pop("basis")), **row)
