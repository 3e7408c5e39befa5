"""Holds to `issuing`, at once: stored in the outbox, sent until `issuing` says it stands, never forgotten (P7).

`registry` and `ledger` both send holds; each has a table `hold_outbox` of its own, written in the transaction of what
the hold tells of, and sends from it with its own certificate.
"""

from __future__ import annotations

from datetime import date, datetime

import httpx
import msgspec
import psycopg

from kofu.contracts.issuing import Hold, HoldAccepted, HoldKind
from kofu.contracts.unreadable import UNREADABLE
from kofu.core.errors import OperatorFault
from kofu.platform.outbox import UNREACHABLE, Outbox, SendReport, send_round

OUTBOX_LOCK = 0x686F6C6473  # "holds", so that it is seen for what it is in pg_locks
TO_BE_SENT = "delivered_at IS NULL AND discarded_at IS NULL"
HOLDS = Outbox("hold_outbox", TO_BE_SENT, OUTBOX_LOCK)
TIMEOUT = httpx.Timeout(10.0, connect=5.0)


def queue_one(connection: psycopg.Connection, hold: Hold, queued_at: datetime) -> bool:
    """Put a message into the outbox, in the caller's transaction; False where it is there already (hold, revision).

    Raises `OperatorFault` `hold_changed` where the hold is of another kind or of somebody else: its first message says
    for ever what it is of, and `issuing` takes no other.
    """
    first = connection.execute(
        "SELECT body FROM hold_outbox WHERE hold_id = %s ORDER BY revision LIMIT 1", (hold.hold_id,)
    ).fetchone()
    if first is not None and not continues(msgspec.json.decode(bytes(first[0]), type=Hold), hold):
        raise OperatorFault(
            "hold_changed", "this identifier is of another hold, which stands as it does: a new hold has a new one"
        )
    inserted = connection.execute(
        "INSERT INTO hold_outbox (hold_id, revision, body, queued_at, attempts, last_failure)"
        " VALUES (%s, %s, %s, %s, 0, '') ON CONFLICT (hold_id, revision) DO NOTHING",
        (hold.hold_id, hold.revision, msgspec.json.encode(hold), queued_at),
    ).rowcount
    return bool(inserted)


def continues(first: Hold, later: Hold) -> bool:
    """Whether a message can be of the hold the first message began: of the same kind, and of the same one."""
    return _kind_and_subject(first) == _kind_and_subject(later)


def _kind_and_subject(hold: Hold) -> tuple[str, HoldKind, str | None, str | None]:
    return hold.municipality_code, hold.kind, hold.addressee_number, hold.serial


def new_hold(
    *,
    hold_id: str,
    municipality_code: str,
    kind: HoldKind,
    addressee_number: str | None,
    serial: str | None,
    effective_from: date,
    sent_at: datetime,
) -> Hold:
    """Begin a hold at revision 1. Raises `OperatorFault` unless exactly one of addressee number and serial is given."""
    if (addressee_number is None) == (serial is None):
        raise OperatorFault("hold_subject", "a hold is on an 宛名番号 or on a serial: give exactly one")
    if (kind is HoldKind.SERIAL_REVOKED) != (serial is not None):
        raise OperatorFault("hold_subject", "a revocation is of a serial, every other hold is on an 宛名番号")
    return Hold(
        hold_id=hold_id,
        revision=1,
        municipality_code=municipality_code,
        kind=kind,
        addressee_number=addressee_number,
        serial=serial,
        released=False,
        effective_from=effective_from,
        sent_at=sent_at,
    )


def next_release(connection: psycopg.Connection, hold_id: str, sent_at: datetime) -> Hold:
    """Give the message that ends a hold: its latest revision plus one, whatever was sent under its identifier since.

    Raises `OperatorFault` `unknown_hold`, `discarded_hold`, `hold_ended`, `final_hold`.
    """
    rows = connection.execute(
        "SELECT body, revision, discarded_at IS NULL FROM hold_outbox WHERE hold_id = %s ORDER BY revision", (hold_id,)
    ).fetchall()
    if not rows:
        raise OperatorFault("unknown_hold", "no hold with this identifier was ever put")
    kept = [msgspec.json.decode(bytes(body), type=Hold) for body, _, stays in rows if stays]
    if not kept:
        raise OperatorFault("discarded_hold", "this hold was discarded and never stood: there is nothing to release")
    latest = [hold for hold in kept if continues(kept[0], hold)][-1]
    if latest.released:
        raise OperatorFault("hold_ended", "this hold is ended already: there is nothing to release")
    if latest.kind is HoldKind.SERIAL_REVOKED:
        raise OperatorFault("final_hold", "a revoked certificate stays revoked: the person gets a new one")
    return msgspec.structs.replace(latest, revision=rows[-1][1] + 1, released=True, sent_at=sent_at)


def subject_of(connection: psycopg.Connection, hold_id: str) -> str:
    """Give the 宛名番号 a hold is on; "" for one on a serial. Raises `OperatorFault` `unknown_hold`."""
    row = connection.execute(
        "SELECT body FROM hold_outbox WHERE hold_id = %s ORDER BY revision LIMIT 1", (hold_id,)
    ).fetchone()
    if row is None:
        raise OperatorFault("unknown_hold", "no hold with this identifier was ever put")
    return msgspec.json.decode(bytes(row[0]), type=Hold).addressee_number or ""


def send_waiting(connection: psycopg.Connection, client: httpx.Client, now: datetime) -> SendReport:
    """Send what waits to `issuing` (`client` has its address and our certificate), as `outbox.send_round` does."""
    return send_round(connection, HOLDS, lambda body: _deliver(client, body), now)


def _deliver(client: httpx.Client, body: bytes) -> str:
    """Send one message; give "" where `issuing` has it, otherwise a code that says what happened."""
    try:
        answer = client.post("/v1/holds", content=body, headers={"content-type": "application/json"}, timeout=TIMEOUT)
    except httpx.TransportError:
        return UNREACHABLE
    if answer.status_code // 100 != 2:  # noqa: PLR2004 - 2xx
        return f"http_{answer.status_code}"
    try:
        accepted = msgspec.json.decode(answer.content, type=HoldAccepted)
        sent = msgspec.json.decode(body, type=Hold)
    except UNREADABLE:
        return "bad_answer"
    stands = accepted.hold_id == sent.hold_id and accepted.standing_revision >= sent.revision
    return "" if stands else "not_standing"
