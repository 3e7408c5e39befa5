"""領収日順の事案 as they are stored: opened where something stands against the order of receipt."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.journal import Posting
from kofu.ledger.payments.case_findings import findings_of, findings_to_json, left_to_json
from kofu.ledger.payments.domain.make_anew import AnewObstacle, AnewPlan, EntryCause
from kofu.ledger.payments.domain.receipt_cases import CaseState, ReceiptCaseAnswer


def open_case(
    connection: psycopg.Connection,
    obstacle: AnewObstacle,
    ideal: AnewPlan,
    *,
    bound: AnewPlan | None,
    cause: EntryCause,
    booked: Posting,
) -> None:
    """Open a case: what would be by the order of receipt, what is instead, what has left. One per payment and kind.

    What two people have decided to keep is not asked again. `bound`: None where money waits until it is decided.
    """
    claims = list(ideal.facts.claims)
    left = [one for one in ideal.left if one[0] is obstacle]
    claim_id = left[0][2] if left else next(iter(ideal.reversed_), claims[0].claim_id)
    found = findings_of(obstacle, ideal, bound)
    kept = connection.execute(
        "SELECT 1 FROM receipt_case WHERE claim_id = %s AND obstacle = %s AND state = %s AND answer = ANY(%s)"
        " AND found -> 'left' = %s",
        [
            claim_id,
            obstacle,
            CaseState.DECIDED,
            [ReceiptCaseAnswer.KEEP, ReceiptCaseAnswer.IN_ERROR],
            Jsonb(left_to_json(found)),
        ],
    ).fetchone()
    if kept is not None and bound is not None:
        return
    connection.execute(
        "INSERT INTO receipt_case (id, claim_id, payment_id, obstacle, state, answer, found, reason, opened_at,"
        " proposed_by, decided_by) VALUES (%s, %s, %s, %s, %s, '', %s, '', %s, '', '') ON CONFLICT DO NOTHING",
        [
            uuid4(), claim_id, cause.payment_id or (left[0][1] if left else None), obstacle, CaseState.OPEN,
            Jsonb(findings_to_json(found)), booked.recorded_at,
        ],
    )  # fmt: skip


def waiting_at(connection: psycopg.Connection, claim_ids: Sequence[int]) -> list[UUID]:
    """Give the cases at these claims that nobody has decided yet, oldest first."""
    rows = connection.execute(
        "SELECT id FROM receipt_case WHERE claim_id = ANY(%s) AND state <> %s ORDER BY opened_at",
        [list(claim_ids), CaseState.DECIDED],
    )
    return [case_id for (case_id,) in rows]


def close_case_of(connection: psycopg.Connection, payment_id: UUID, acting: Acting) -> None:
    """End the case a payment waited for, since its money went back (組戻し)."""
    connection.execute(
        "UPDATE receipt_case SET state = %s, answer = %s, decided_by = %s, decided_at = %s"
        " WHERE payment_id = %s AND obstacle = %s AND state <> %s",
        [
            CaseState.DECIDED, ReceiptCaseAnswer.SENT_BACK, acting.actor, acting.now, payment_id,
            AnewObstacle.WRITTEN_OFF, CaseState.DECIDED,
        ],
    )  # fmt: skip
