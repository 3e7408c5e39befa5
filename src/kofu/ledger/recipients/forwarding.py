"""送付先変更: another address the person asked for, for a period; ended and, under 支援措置, confirmed on record."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault, ensure
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.recipients.domain.recipients import Forwarding, ForwardingEvent, ForwardingState, after_forwarding
from kofu.ledger.recipients.read_recipients import RecordedForwarding, addressee_of_forwarding, standing_of

REPLACED = "新しい送付先の登録"  # the reason that stands beside an end that came with another registration


def forward(
    connection: psycopg.Connection,
    municipality_code: str,
    addressee_number: str,
    forwarding: Forwarding,
    *,
    reason: str,
    acting: Acting,
) -> UUID:
    """Register a 送付先変更; give its id. One that overlaps ends the day before this one begins.

    Raises `OperatorFault` `person_unknown`, `mandate_ended` (the person is dead), `forwarding_incomplete`,
    `forwarding_period`.
    """
    ensure(bool(reason), "a 送付先変更 names its reason")
    if not forwarding.address:
        raise OperatorFault("forwarding_incomplete", "the address documents are to go to is needed")
    if forwarding.valid_until is not None and forwarding.valid_until < forwarding.valid_from:
        raise OperatorFault("forwarding_period", "the period ends before it begins")
    with connection.transaction():
        standing = standing_of(connection, municipality_code, addressee_number, lock=True)
        if standing.person.dead:
            raise OperatorFault("mandate_ended", "the person died: 相続人代表者 receives")
        for former in standing.forwardings:
            last = former.forwarding.valid_until
            if last is None or last >= forwarding.valid_from:
                day_before = forwarding.valid_from - timedelta(days=1)
                _move(connection, former, ForwardingEvent.REPLACE, on=day_before, acting=acting, reason=REPLACED)
        forwarding_id = uuid4()
        connection.execute(
            "INSERT INTO forwarding (id, municipality_code, addressee_number, postal_code, address, care_of, reason,"
            " confirmed, valid_from, valid_until, registered_by, registered_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                forwarding_id, municipality_code, addressee_number, forwarding.postal_code, forwarding.address,
                forwarding.care_of, reason, forwarding.confirmed, forwarding.valid_from, forwarding.valid_until,
                acting.actor, acting.now,
            ],
        )  # fmt: skip
        record(connection, acting, "forwarding.register", "registered", forwarding=forwarding_id.hex)
    return forwarding_id


def end_forwarding(
    connection: psycopg.Connection,
    municipality_code: str,
    forwarding_id: UUID,
    *,
    last_day: date,
    reason: str,
    acting: Acting,
) -> None:
    """解除: documents go there until `last_day`; once more, until an earlier one.

    Raises `OperatorFault` `forwarding_ended`.
    """
    with connection.transaction():
        found = _locked(connection, municipality_code, forwarding_id)
        _move(connection, found, ForwardingEvent.END, on=last_day, reason=reason, acting=acting)
        record(connection, acting, "forwarding.end", "ended", forwarding=forwarding_id.hex)


def confirm_forwarding(
    connection: psycopg.Connection, municipality_code: str, forwarding_id: UUID, *, acting: Acting
) -> None:
    """支援措置: put on record that the protected person knows and wants this address."""
    with connection.transaction():
        found = _locked(connection, municipality_code, forwarding_id)
        _move(connection, found, ForwardingEvent.CONFIRM, on=day_in_japan(acting.now), acting=acting)
        record(connection, acting, "forwarding.confirm", "confirmed", forwarding=forwarding_id.hex)


def _locked(connection: psycopg.Connection, municipality_code: str, forwarding_id: UUID) -> RecordedForwarding:
    number = addressee_of_forwarding(connection, municipality_code, forwarding_id)
    standing = standing_of(connection, municipality_code, number, lock=True)
    return next(one for one in standing.forwardings if one.forwarding_id == forwarding_id)


def _move(
    connection: psycopg.Connection,
    found: RecordedForwarding,
    event: ForwardingEvent,
    *,
    on: date,
    acting: Acting,
    reason: str = "",
) -> None:
    state = ForwardingState.ENDED if found.ended else ForwardingState.REGISTERED
    after_forwarding(state, event, last=found.forwarding.valid_until, on=on)
    kept = ForwardingEvent.CONFIRM if event is ForwardingEvent.CONFIRM else ForwardingEvent.END
    connection.execute(
        "INSERT INTO forwarding_event (forwarding_id, event, effective_on, actor, occurred_at, reason)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [found.forwarding_id, kept, on, acting.actor, acting.now, reason],
    )
