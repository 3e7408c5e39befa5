"""A case of money owed back as it is stored: read and locked, moved, its plan as it is kept, its story."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from kofu.core.errors import OperatorFault
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.accounting import posting_now
from kofu.ledger.books.domain.books import Books
from kofu.ledger.books.domain.claims import Claim
from kofu.ledger.books.journal import Posting, claims_of_person, open_books
from kofu.ledger.overpayments.domain.grounds import CauseOfExcess
from kofu.ledger.overpayments.domain.refunds import RefundState
from kofu.ledger.overpayments.kept import KeptPlan, causes_from_json, plan_from_json
from kofu.ledger.people.numbers import numbers_of


@dataclass(frozen=True, slots=True)
class RefundCase:
    """What the steps of a case need of it. `refund_total`: yen to be paid out; `causes`: by claim."""

    case_id: UUID
    number: int
    municipality_code: str
    addressee_number: str
    state: RefundState
    causes: Mapping[int, CauseOfExcess]
    plan: KeptPlan
    proposed_by: str
    proposed_at: datetime
    refund_total: int
    lapse_on: date | None
    notified_on: date | None


def lock_case(connection: psycopg.Connection, case_id: UUID) -> RefundCase:
    """Read and lock a case. Raises `OperatorFault` `no_such_case`."""
    row = connection.execute(
        "SELECT id, number, municipality_code, addressee_number, state, causes, plan, proposed_by, proposed_at,"
        " refund_total, lapse_on, notified_on FROM refund_case WHERE id = %s FOR UPDATE",
        [case_id],
    ).fetchone()
    if row is None:
        raise OperatorFault("no_such_case", "there is no such case of a refund")
    case_id, number, municipality_code, addressee_number, state, causes, plan, *rest = row
    return RefundCase(
        case_id,
        number,
        municipality_code,
        addressee_number,
        RefundState(state),
        causes_from_json(causes),
        plan_from_json(plan),
        *rest,
    )


def open_person(
    connection: psycopg.Connection, municipality_code: str, addressee_number: str
) -> tuple[Books, list[Claim]]:
    """Open and lock the books of all claims on a person, under every number that means them."""
    numbers = numbers_of(connection, municipality_code, addressee_number)
    claims = claims_of_person(connection, municipality_code, numbers)
    return open_books(connection, claim_ids=[claim.claim_id for claim in claims]), claims


def posting_of(connection: psycopg.Connection, case: RefundCase, acting: Acting, source: str = "") -> Posting:
    """Give under what the entries of a step of a case are stored; `source` where it is not the case itself."""
    return posting_now(connection, case.municipality_code, acting, source=source or f"還付 {case.number}")


def move(connection: psycopg.Connection, case_id: UUID, state: RefundState, **columns: object) -> None:
    """Put a case into a state, with other columns that change."""
    names = ["state", *columns]
    connection.execute(
        f"UPDATE refund_case SET {', '.join(f'{name} = %s' for name in names)} WHERE id = %s",
        [state, *columns.values(), case_id],
    )


def put_event(
    connection: psycopg.Connection,
    case_id: UUID,
    event: str,
    state: RefundState,
    acting: Acting,
    *,
    detail: Mapping[str, str | int],
) -> None:
    """Tell in the story of a case, and in the audit log, what happened to it."""
    connection.execute(
        "INSERT INTO refund_event (case_id, event, actor, occurred_at, detail) VALUES (%s, %s, %s, %s, %s)",
        [case_id, str(event), acting.actor, acting.now, Jsonb(dict(detail))],
    )
    record(connection, acting, f"refund.{event}", state.value, case=str(case_id))
