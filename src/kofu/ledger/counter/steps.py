"""⑪–⑭ What else happens to an application: approved, refused, taken back, handed over, voided, reissued.

Each step is one transaction with its event and its audit entry; a step that cannot happen now changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row

from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import PendingProposal, require_reason
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.counter.desk import CounterDesk, registry_holds_of
from kofu.ledger.counter.domain.states import CounterEvent, CounterState
from kofu.ledger.counter.issue import body_digest, store
from kofu.ledger.counter.store import StoredApplication, application, copies_of, lock_and_read, record_event
from kofu.platform.standing_proposals import require_decider


def approve(
    connection: psycopg.Connection, application_id: UUID, *, reason: str, office: str, acting: Acting
) -> CounterState:
    """決裁: a second person lets an application about somebody under 支援措置 go on, with a reason.

    Raises `OperatorFault` `second_person_needed`, `reason_needed`, `counter_state`.
    """
    require_reason(reason)
    with connection.transaction():
        stored = lock_and_read(connection, application_id)
        require_decider(connection, acting.actor, *_applied(connection, application_id), what="an application")
        return _step(connection, stored, CounterEvent.APPROVE, reason=reason, office=office, acting=acting)


def deny(
    connection: psycopg.Connection, application_id: UUID, *, reason: str, office: str, acting: Acting
) -> CounterState:
    """決裁しない: the application is refused, with a reason. Raises `OperatorFault` as `approve` does."""
    require_reason(reason)
    with connection.transaction():
        stored = lock_and_read(connection, application_id)
        return _step(connection, stored, CounterEvent.DENY, reason=reason, office=office, acting=acting)


def refuse(
    connection: psycopg.Connection, application_id: UUID, *, reason: str, office: str, acting: Acting
) -> CounterState:
    """交付不可: record that nothing is issued. `reason`: codes of what stood in the way, as the preview gave them."""
    require_reason(reason)
    with connection.transaction():
        stored = _locked_here(connection, application_id, office)
        return _step(connection, stored, CounterEvent.REFUSE, reason=reason, office=office, acting=acting)


def withdraw(
    connection: psycopg.Connection, application_id: UUID, *, reason: str, office: str, acting: Acting
) -> CounterState:
    """取下げ: the applicant goes without a paper."""
    with connection.transaction():
        stored = _locked_here(connection, application_id, office)
        return _step(connection, stored, CounterEvent.WITHDRAW, reason=reason, office=office, acting=acting)


def hand_over(
    connection: psycopg.Connection, application_id: UUID, *, fee_taken: int, office: str, acting: Acting
) -> int:
    """交付: the applicant has the papers, the office the fee; give the yen.

    Raises `OperatorFault` `fee_differs` where what was taken is not what the copies cost, `not_printed` where a copy
    was never printed, `counter_state`, `other_office`.
    """
    with connection.transaction():
        stored = _locked_here(connection, application_id, office)
        copies = copies_of(connection, application_id)
        due = sum(copy.fee for copy in copies)
        if stored.state is CounterState.ISSUED and fee_taken != due:
            raise OperatorFault("fee_differs", f"the fee is {due} yen, {fee_taken} yen were taken")
        printed = connection.execute(
            "SELECT count(DISTINCT detail->>'position') FROM counter_event WHERE application_id = %s"
            " AND event = 'print'",
            [application_id],
        ).fetchone()
        if stored.state is CounterState.ISSUED and (printed is None or printed[0] < len(copies)):
            raise OperatorFault("not_printed", "a copy was not printed yet; print every copy, then hand over")
        _step(connection, stored, CounterEvent.HAND_OVER, office=office, acting=acting, fee=fee_taken)
    return due


def void(
    connection: psycopg.Connection, application_id: UUID, *, reason: str, fee_returned: int, office: str, acting: Acting
) -> CounterState:
    """無効: the papers are taken back and count no more; their numbers stay consumed. `fee_returned` in yen.

    Raises `OperatorFault` `reason_needed`, `fee_differs` where more is given back than was taken, `counter_state`,
    `other_office`.
    """
    require_reason(reason)
    with connection.transaction():
        stored = _locked_here(connection, application_id, office)
        return _void(connection, stored, reason=reason, fee_returned=fee_returned, office=office, acting=acting)


def reissue(
    connection: psycopg.Connection,
    desk: CounterDesk,
    application_id: UUID,
    *,
    reason: str,
    free_reason: str,
    fee_returned: int,
    office: str,
    acting: Acting,
) -> UUID:
    """再交付: void an application and take the same one again; give the new one's id. It is previewed and issued anew.

    `free_reason`: why the new one costs nothing ("": it costs what the first one did). Raises as `void` does, and
    `reissued_already`.
    """
    require_reason(reason)
    new_id = uuid4()
    registry_holds = registry_holds_of(connection, desk, application(connection, application_id).addressee_number)
    with connection.transaction():
        stored = _locked_here(connection, application_id, office)
        if connection.execute("SELECT 1 FROM counter_application WHERE replaces_id = %s", [application_id]).fetchone():
            raise OperatorFault("reissued_already", "this application was reissued before; go on with that one")
        if stored.state is not CounterState.VOIDED:
            _void(connection, stored, reason=reason, fee_returned=fee_returned, office=office, acting=acting)
        asked = replace(stored.asked, free_reason=free_reason or stored.asked.free_reason)
        store(
            connection, desk, new_id, asked, addressee_number=stored.addressee_number, office=office,
            digest=body_digest(asked, stored.addressee_number, office), registry_holds=registry_holds, acting=acting,
            replaces=application_id,
        )  # fmt: skip
    return new_id


def _void(
    connection: psycopg.Connection,
    stored: StoredApplication,
    *,
    reason: str,
    fee_returned: int,
    office: str,
    acting: Acting,
) -> CounterState:
    taken = connection.execute(
        "SELECT coalesce(sum(fee), 0) FROM counter_event WHERE application_id = %s", [stored.id]
    ).fetchone()
    if not 0 <= fee_returned <= (taken[0] if taken else 0):
        raise OperatorFault("fee_differs", "no more can be given back than was taken")
    return _step(
        connection, stored, CounterEvent.VOID, reason=reason, office=office, acting=acting, fee=-fee_returned
    )  # fmt: skip


def _locked_here(connection: psycopg.Connection, application_id: UUID, office: str) -> StoredApplication:
    stored = lock_and_read(connection, application_id)
    if stored.office != office:
        raise OperatorFault("other_office", "another office took this application; it goes on there")
    return stored


def _step(
    connection: psycopg.Connection,
    stored: StoredApplication,
    event: CounterEvent,
    *,
    office: str,
    acting: Acting,
    reason: str = "",
    fee: int = 0,
) -> CounterState:
    state = record_event(connection, stored, event, office=office, acting=acting, reason=reason.strip(), fee=fee)
    record(
        connection, acting, f"counter_certificate.{event.value}", state.value,
        application=str(stored.id), office=office, fee=fee,
    )  # fmt: skip
    return state


def _applied(connection: psycopg.Connection, application_id: UUID) -> list[PendingProposal]:
    with connection.cursor(row_factory=class_row(PendingProposal)) as cursor:
        return cursor.execute(
            "SELECT applied_by AS by, applied_at AS at FROM counter_application WHERE id = %s", [application_id]
        ).fetchall()
