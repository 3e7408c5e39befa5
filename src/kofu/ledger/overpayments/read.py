"""Cases of money owed back, read for screens and papers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from kofu.ledger.overpayments.domain.grounds import CauseOfExcess
from kofu.ledger.overpayments.domain.refunds import REFUND_LIFE, RefundEvent, RefundState
from kofu.ledger.overpayments.kept import KeptPlan, causes_from_json, plan_from_json
from kofu.ledger.people.find import FoundPerson, whole_person
from kofu.platform.stored_rows import StoredRows


@dataclass(frozen=True, slots=True)
class PersonOwedBack:
    """A person with money owed back that nobody decided on yet, in yen."""

    person_id: int
    addressee_number: str
    name: str
    overpaid: int
    in_error: int
    since: date


@dataclass(frozen=True, slots=True)
class OwedBackOfClaim:
    """What is owed back of one claim: 過納金 and 誤納金, in yen."""

    claim_id: int
    overpaid: int
    in_error: int


@dataclass(frozen=True, slots=True)
class CaseHead:
    """A case in a list."""

    id: UUID
    number: int
    state: str
    addressee_number: str
    name: str
    applied_total: int
    refund_total: int
    proposed_by: str
    proposed_at: datetime
    decided_on: date | None
    claimed_on: date | None


@dataclass(frozen=True, slots=True)
class CasePage:
    """A case with everything that happened to it. `person`: whose it is, under every number that means them."""

    person: FoundPerson
    id: UUID
    number: int
    state: str
    causes: Mapping[int, CauseOfExcess]
    plan: KeptPlan
    applied_total: int
    refund_total: int
    proposed_by: str
    proposed_at: datetime
    approved_by: str
    decided_on: date | None
    notified_on: date | None
    claimed_on: date | None
    bank_code: str
    branch_code: str
    account_type: str
    account_number: str
    account_holder: str
    transfer_on: date | None
    lapse_on: date | None
    events: tuple[tuple[str, str, datetime, Mapping[str, str | int]], ...]
    places: tuple[tuple[int, int, str], ...]

    @property
    def addressee_number(self) -> str:
        """The 宛名番号 that stands for the person."""
        return self.person.addressee_number

    @property
    def interest_open(self) -> bool:
        """Whether 還付加算金 is fixed only when the claim comes, and it has not come."""
        return bool(self.plan.open)

    @property
    def is_revocable(self) -> bool:
        """Whether something is decided and not paid out, so that the decision can be taken back."""
        return self.refund_total > 0 and REFUND_LIFE.allows(RefundState(self.state), RefundEvent.REVOKE)

    def place(self, claim_id: int, year_label: Callable[[int], str]) -> str:
        """Name a claim of the case: year as `year_label` writes it, tax, notice, 期別; "" for another's."""
        return next((f"{year_label(year)} {rest}" for one, year, rest in self.places if one == claim_id), "")


def owed_back(connection: psycopg.Connection, municipality_code: str) -> list[PersonOwedBack]:
    """List people with money owed back, oldest payment first, who have no case waiting for approval."""
    with connection.cursor(row_factory=class_row(PersonOwedBack)) as cursor:
        return cursor.execute(
            "WITH owed AS (SELECT coalesce(survivor.into_number, notice.addressee_number) AS addressee_number,"
            " sum(share.overpaid)::bigint AS overpaid, sum(share.in_error)::bigint AS in_error,"
            " min(payment.received_on) AS since"
            " FROM payment_balance JOIN payment ON payment.id = payment_balance.payment_id"
            " JOIN share ON share.payment_id = payment.id JOIN claim ON claim.id = share.claim_id"
            " JOIN notice ON notice.id = claim.notice_id"
            " LEFT JOIN addressee_survivor AS survivor ON survivor.municipality_code = notice.municipality_code"
            " AND survivor.from_number = notice.addressee_number"
            " WHERE (payment_balance.overpaid > 0 OR payment_balance.in_error > 0)"
            " AND (share.overpaid > 0 OR share.in_error > 0) AND notice.municipality_code = %(code)s GROUP BY 1)"
            " SELECT taxpayer.id AS person_id, addressee_number, taxpayer.name, overpaid, in_error, since"
            " FROM owed JOIN taxpayer USING (addressee_number)"
            " WHERE taxpayer.municipality_code = %(code)s AND addressee_number NOT IN ("
            " SELECT coalesce(survivor.into_number, refund_case.addressee_number)"
            " FROM refund_case LEFT JOIN addressee_survivor AS survivor"
            " ON survivor.municipality_code = refund_case.municipality_code"
            " AND survivor.from_number = refund_case.addressee_number"
            " WHERE refund_case.municipality_code = %(code)s AND refund_case.state IN ('proposed', 'sent_back'))"
            " ORDER BY since, addressee_number",
            {"code": municipality_code},
        ).fetchall()


def owed_back_of(connection: psycopg.Connection, claim_ids: Sequence[int]) -> list[OwedBackOfClaim]:
    """List what is owed back of some claims; a claim of which nothing is stands not in it."""
    with connection.cursor(row_factory=class_row(OwedBackOfClaim)) as cursor:
        return cursor.execute(
            "SELECT claim_id, sum(overpaid)::bigint AS overpaid, sum(in_error)::bigint AS in_error FROM share"
            " WHERE claim_id = ANY(%s) AND (overpaid > 0 OR in_error > 0) GROUP BY claim_id ORDER BY claim_id",
            [list(claim_ids)],
        ).fetchall()


def count_owed_back(connection: psycopg.Connection, municipality_code: str) -> int:
    """Count payments with money owed back that nobody decided on."""
    row = connection.execute(
        "SELECT count(*) FROM payment_balance JOIN payment ON payment.id = payment_balance.payment_id"
        " WHERE payment.municipality_code = %s AND (overpaid > 0 OR in_error > 0)",
        [municipality_code],
    ).fetchone()
    return int(row[0]) if row else 0


def count_cases(connection: psycopg.Connection, municipality_code: str, *states: str) -> int:
    """Count cases in some states."""
    row = connection.execute(
        "SELECT count(*) FROM refund_case WHERE municipality_code = %s AND state = ANY(%s)",
        [municipality_code, list(states)],
    ).fetchone()
    return int(row[0]) if row else 0


#: Parameters: `code` of the municipality, `states`. By number, the latest first.
CASES = StoredRows(
    row=CaseHead,
    query=(
        "SELECT refund_case.id, number, state, refund_case.addressee_number, coalesce(name, '') AS name,"
        " applied_total, refund_total, proposed_by, proposed_at, decided_on, claimed_on"
        " FROM refund_case LEFT JOIN taxpayer USING (municipality_code, addressee_number)"
        " WHERE municipality_code = %(code)s AND refund_case.state = ANY(%(states)s)"
    ),
    order="number DESC",
)


def cases(connection: psycopg.Connection, municipality_code: str, states: tuple[str, ...]) -> list[CaseHead]:
    """List cases in some states, by number, the latest first."""
    return CASES.rows(connection, {"code": municipality_code, "states": list(states)})


def case_page(connection: psycopg.Connection, municipality_code: str, case_id: UUID) -> CasePage | None:
    """Read a case, or None."""
    with connection.transaction():
        row = connection.execute(
            "SELECT addressee_number, id, number, state, causes, plan, applied_total, refund_total, proposed_by,"
            " proposed_at, approved_by, decided_on, notified_on, claimed_on, bank_code, branch_code, account_type,"
            " account_number, account_holder, transfer_on, lapse_on"
            " FROM refund_case WHERE municipality_code = %s AND id = %s",
            [municipality_code, case_id],
        ).fetchone()
        person = None if row is None else whole_person(connection, municipality_code, row[0])
        if row is None or person is None:
            return None
        causes, plan = causes_from_json(row[4]), plan_from_json(row[5])
        claim_ids = {claim_id for step in plan.applied for claim_id in (step.from_claim, step.to_claim)}
        claim_ids |= {refund.claim_id for refund in plan.refunds} | {line.claim_id for line in plan.added}
        events = connection.execute(
            "SELECT event, actor, occurred_at, detail FROM refund_event WHERE case_id = %s ORDER BY id", [case_id]
        ).fetchall()
        places = connection.execute(
            "SELECT claim.id, fiscal_year, CASE tax WHEN 'resident' THEN '住民税' ELSE '軽自動車税' END"
            " || ' ' || notice_number || '-'"
            " || installment"
            " FROM claim JOIN notice ON notice.id = claim.notice_id WHERE claim.id = ANY(%s)",
            [sorted(claim_ids)],
        ).fetchall()
    return CasePage(person, *(*row[1:4], causes, plan, *row[6:], tuple(events), tuple(places)))
