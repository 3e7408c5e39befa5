"""消去証明 of what went to the data-entry contractor: deliveries that are over and not certified as erased yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.staff.domain.contractors import ProvedThing, proof_due


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedProof:
    """A delivery that is over (back, or given up) and whose data nobody certified as erased; `due`: until when."""

    delivery_id: UUID
    number: int
    kind: str
    ended_on: date
    due: date

    def is_late(self, today: date) -> bool:
        """Whether the day it was due is over."""
        return self.due < today


def awaited_proofs(connection: psycopg.Connection, municipality_code: str) -> list[AwaitedProof]:
    """Give the deliveries whose certificate of erasure is awaited, the oldest first."""
    rows = connection.execute(
        "SELECT * FROM (SELECT delivery.id, delivery.number, delivery.kind, COALESCE(delivery_return.returned_at,"
        " (SELECT max(batch.received_at) FROM delivery_batch JOIN batch ON batch.id = delivery_batch.batch_id"
        " WHERE delivery_batch.delivery_id = delivery.id AND batch.state = 'posted'),"
        " delivery_given_up.given_up_at) AS ended_at FROM delivery"
        " LEFT JOIN delivery_return ON delivery_return.delivery_id = delivery.id"
        " LEFT JOIN delivery_given_up ON delivery_given_up.delivery_id = delivery.id"
        " WHERE delivery.municipality_code = %s AND NOT EXISTS (SELECT 1 FROM staff_erasure_proof"
        " WHERE thing = %s AND subject = delivery.id::text)) AS over WHERE ended_at IS NOT NULL ORDER BY ended_at",
        [municipality_code, ProvedThing.DELIVERY.value],
    ).fetchall()
    found = []
    for delivery_id, number, kind, ended_at in rows:
        ended_on = day_in_japan(ended_at)
        found.append(
            AwaitedProof(delivery_id=delivery_id, number=number, kind=kind, ended_on=ended_on, due=proof_due(ended_on))
        )
    return found
