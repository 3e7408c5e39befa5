"""④⑨ パンチ委託の送付: papers go to the data-entry contractor in bundles, each with its バッチ票; returns are known.

The slips are written once, as the file that goes out with the papers, and kept: what the contractor returns is judged
by them (`payment_files`, `refund_files`), not by what somebody uploads beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault, OurFault
from kofu.core.four_eyes import require_reason
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.deliveries.domain.states import DELIVERY_LIFE, DeliveryEvent, DeliveryState
from kofu.ledger.formats.profile_layout import ProfileLayout
from kofu.ledger.keyed.codecs.punched import PunchFile, encode_slips
from kofu.ledger.keyed.domain.keying import BatchSlip
from kofu.ledger.profile.domain.answer_rules import AnswerRules, OutgoingKind
from kofu.ledger.sent_files.answers import answered, sent_out
from kofu.ledger.sent_files.stored_files import content_of_reference
from kofu.platform.stored_rows import StoredRows

BUNDLES_MAX = 200
NUMBER_DIGITS = 6


class DeliveryKind(StrEnum):
    """What kind of paper goes out."""

    PAYMENTS = "payments"  # 納付済通知書
    CLAIMS = "claims"  # 還付請求書


@dataclass(frozen=True, slots=True)
class Bundle:
    """束: how many papers, what they come to in yen, where they are from."""

    count: int
    total: int
    origin: str = ""


@dataclass(frozen=True, slots=True)
class StoredDelivery:
    """A delivery as it is listed. `returned_at`, `source`: when and as which file it came; None, "" before.

    `taken`: whether it was taken in whole; `given_up`: why it is not awaited any more, or "".
    """

    id: UUID
    kind: str
    number: int
    sent_on: date
    name: str
    papers: int
    total: int
    made_by: str
    returned_at: datetime | None
    source: str
    taken: bool
    given_up: str

    @property
    def state(self) -> DeliveryState:
        """Where it stands."""
        if self.taken:
            return DeliveryState.RETURNED
        if self.source:
            return DeliveryState.IN_HAND
        return DeliveryState.GIVEN_UP if self.given_up else DeliveryState.SENT


@dataclass(frozen=True, slots=True)
class NumberedBundle:
    """A bundle under its number."""

    batch_number: str
    count: int
    total: int
    origin: str


def make_delivery(
    connection: psycopg.Connection,
    municipality_code: str,
    kind: DeliveryKind,
    bundles: Sequence[Bundle],
    slips: ProfileLayout,
    *,
    answers: AnswerRules,
    acting: Acting,
) -> UUID:
    """Give the bundles numbers, write their slips, keep both. Raises `OperatorFault` `no_bundles`, `bundle_wrong`."""
    if not bundles or len(bundles) > BUNDLES_MAX:
        raise OperatorFault("no_bundles", f"a delivery has 1 to {BUNDLES_MAX} bundles")
    if any(bundle.count < 1 or bundle.total < 0 for bundle in bundles):
        raise OperatorFault("bundle_wrong", "a bundle has at least one paper, and a sum of 0 yen or more")
    today = day_in_japan(acting.now)
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('delivery ' || %s, 0))", [municipality_code])
        number = _one(
            connection,
            "SELECT coalesce(max(number), 0) + 1 FROM delivery WHERE municipality_code = %(code)s",
            {"code": municipality_code},
        )
        numbered = [(f"{_one(connection, _NEXT, {}):0{NUMBER_DIGITS}d}", bundle) for bundle in bundles]
        content = encode_slips(
            slips,
            PunchFile(
                items=tuple(
                    BatchSlip(batch_number=batch, count=bundle.count, total=bundle.total, made_on=today)
                    for batch, bundle in numbered
                )
            ),
        )
        delivery_id = uuid4()
        connection.execute(
            "INSERT INTO delivery (id, municipality_code, kind, number, sent_on, name, sha256, papers, total,"
            " made_by, made_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                delivery_id, municipality_code, kind.value, number, today, f"batch-hyo-{number:05d}.csv",
                hashlib.sha256(content).hexdigest(), sum(bundle.count for bundle in bundles),
                sum(bundle.total for bundle in bundles), acting.actor, acting.now,
            ],
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO delivery_bundle (delivery_id, batch_number, count, total, origin)"
                " VALUES (%s, %s, %s, %s, %s)",
                [(delivery_id, batch, bundle.count, bundle.total, bundle.origin) for batch, bundle in numbered],
            )
        sent_out(
            connection, municipality_code, OutgoingKind.DELIVERY, f"パンチ委託 送付{number}",
            counted_from=today, reference=delivery_id, answers=answers, acting=acting, content=content,
        )  # fmt: skip
        record(connection, acting, "delivery.make", kind.value, delivery=str(delivery_id))
    return delivery_id


def waiting_deliveries(connection: psycopg.Connection, municipality_code: str) -> list[StoredDelivery]:
    """List every delivery that is awaited, the oldest first."""
    return _deliveries(connection, f"{_AWAITED} ORDER BY number", {"code": municipality_code})


def count_awaited(connection: psycopg.Connection, municipality_code: str) -> int:
    """Count the deliveries that are awaited."""
    return _one(connection, f"SELECT count(*) {_FROM} AND {_AWAITED}", {"code": municipality_code})


def _deliveries(connection: psycopg.Connection, condition: str, values: Mapping[str, object]) -> list[StoredDelivery]:
    with connection.cursor(row_factory=class_row(StoredDelivery)) as cursor:
        return cursor.execute(f"{_DELIVERIES} AND {condition}", values).fetchall()


def bundles_of(connection: psycopg.Connection, delivery_id: UUID) -> list[NumberedBundle]:
    """List the bundles of a delivery."""
    with connection.cursor(row_factory=class_row(NumberedBundle)) as cursor:
        return cursor.execute(
            "SELECT batch_number, count, total, origin FROM delivery_bundle WHERE delivery_id = %s"
            " ORDER BY batch_number",
            [delivery_id],
        ).fetchall()


def slips_of(connection: psycopg.Connection, municipality_code: str, delivery_id: UUID) -> tuple[StoredDelivery, bytes]:
    """Give a delivery and the slips that went out with it. Raises `OperatorFault` `delivery_unknown`."""
    return _delivery(connection, municipality_code, delivery_id), content_of_reference(connection, delivery_id)


def give_up(
    connection: psycopg.Connection, municipality_code: str, delivery_id: UUID, *, reason: str, acting: Acting
) -> None:
    """打切り: await a delivery no more, with the reason; its file is not overdue any more.

    Raises `OperatorFault` `reason_needed`, `delivery_unknown`, `delivery_state`.
    """
    words = require_reason(reason, "say why the delivery is not awaited any more")
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('delivery ' || %s, 0))", [municipality_code])
        found = _delivery(connection, municipality_code, delivery_id)
        DELIVERY_LIFE.after(found.state, DeliveryEvent.GIVE_UP)
        connection.execute(
            "INSERT INTO delivery_given_up (delivery_id, reason, recorded_by, given_up_at) VALUES (%s, %s, %s, %s)",
            [delivery_id, words, acting.actor, acting.now],
        )
        answered(connection, delivery_id, what=f"打切り　{words}", acting=acting)
        record(connection, acting, "delivery.give_up", "done", delivery=str(delivery_id))


def require(connection: psycopg.Connection, municipality_code: str, delivery_id: UUID, event: DeliveryEvent) -> None:
    """Refuse what cannot happen to a delivery now: `OperatorFault` `delivery_unknown`, `delivery_state`."""
    DELIVERY_LIFE.after(_delivery(connection, municipality_code, delivery_id).state, event)


def _delivery(connection: psycopg.Connection, municipality_code: str, delivery_id: UUID) -> StoredDelivery:
    found = _deliveries(connection, "delivery.id = %(id)s", {"code": municipality_code, "id": delivery_id})
    if not found:
        raise OperatorFault("delivery_unknown", "there is no such delivery")
    return found[0]


def came_as(connection: psycopg.Connection, delivery_id: UUID, batch_id: UUID) -> None:
    """Note as which batch a delivery of 納付済通知書 came: posted, it is back; sent back, it is awaited again."""
    connection.execute(
        "INSERT INTO delivery_batch (batch_id, delivery_id) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        [batch_id, delivery_id],
    )


#: The batch a delivery came back as, where it is in hand: not held, and not sent back.
_CAME = (
    "SELECT batch.received_at, batch.name FROM delivery_batch JOIN batch ON batch.id = delivery_batch.batch_id"
    " WHERE delivery_batch.delivery_id = delivery.id AND batch.state IN ('checked', 'accepted', 'posting', 'posted')"
    " ORDER BY batch.received_at DESC LIMIT 1"
)
_FROM = (
    "FROM delivery LEFT JOIN delivery_return ON delivery_return.delivery_id = delivery.id"
    " LEFT JOIN delivery_given_up ON delivery_given_up.delivery_id = delivery.id"
    f" LEFT JOIN LATERAL ({_CAME}) AS came ON true WHERE delivery.municipality_code = %(code)s"
)
_DELIVERIES = (
    "SELECT delivery.id, delivery.kind, number, sent_on, delivery.name, papers, delivery.total, made_by,"
    " coalesce(returned_at, came.received_at) AS returned_at, coalesce(source, came.name, '') AS source,"
    f" returned_at IS NOT NULL AS taken, coalesce(delivery_given_up.reason, '') AS given_up {_FROM}"
)
_AWAITED = "returned_at IS NULL AND came.name IS NULL AND delivery_given_up.delivery_id IS NULL"
#: The deliveries of a municipality (`code`) that came or were given up, the newest first.
ENDED = StoredRows(row=StoredDelivery, query=f"{_DELIVERIES} AND NOT ({_AWAITED})", order="number DESC")
_NEXT = "SELECT nextval('delivery_bundle_number')"


def _one(connection: psycopg.Connection, statement: str, values: Mapping[str, object]) -> int:
    row = connection.execute(statement, values).fetchone()
    if row is None:
        raise OurFault("no_number", "the database gave no number")
    return int(row[0])
