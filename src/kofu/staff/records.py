"""The audit entries of the staff screens: every visit, every login, every change of an account (P10)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import psycopg
from django.db import connection as django_connection
from django.db import transaction

from kofu.core.errors import ensure
from kofu.platform.audit import AuditEntry, append
from kofu.staff.work import StaffActor, StaffVisit, lane, use_case_connection

ANONYMOUS = StaffActor(login="anonymous", office="", role="")


def entry(
    actor: StaffActor,
    action: str,
    result: str,
    *,
    persons: Sequence[str] = (),
    detail: dict[str, str | int] | None = None,
) -> AuditEntry:
    """Build the entry of what a member of staff did. `persons`: the pseudonyms of everybody concerned."""
    return AuditEntry(
        action=action,
        actor=actor.login,
        result=result,
        detail={"office": actor.office, "role": actor.role, **(detail or {})},
        occurred_at=datetime.now(UTC),
    ).naming(persons)


def record_visit(visit: StaffVisit, result: str) -> None:
    """Append a visit in a transaction of its own: one entry, by one statement, with everybody it concerned.

    Raises `psycopg.Error` where the log cannot be written; nothing may be shown then.
    """
    detail: dict[str, str | int] = {"screen": visit.screen, "method": visit.method, **visit.detail}
    if visit.purpose:
        detail["purpose"] = visit.purpose
    with use_case_connection() as connection, connection.transaction():
        made = entry(
            visit.actor, visit.action.code, visit.result or result, persons=tuple(visit.persons), detail=detail
        )
        append(connection, lane("screens"), made)


def record_with_change(actor: StaffActor, action: str, result: str, detail: dict[str, str | int] | None = None) -> None:
    """Append an entry in the running Django transaction: durable exactly when the change is.

    Raises `InvariantBroken` outside `transaction.atomic()`.
    """
    ensure(django_connection.in_atomic_block, "a change and its audit entry share one transaction")
    append(own_connection(), lane("accounts"), entry(actor, action, result, detail=detail))


def own_connection() -> psycopg.Connection:
    """Give the running Django transaction's own connection: what is asked or stored by it and a change are one."""
    raw = django_connection.connection
    ensure(isinstance(raw, psycopg.Connection), "the database is PostgreSQL by psycopg")
    return raw


def record_alone(actor: StaffActor, action: str, result: str, detail: dict[str, str | int] | None = None) -> None:
    """Append an entry by itself (a refused login, a logout)."""
    with transaction.atomic():
        record_with_change(actor, action, result, detail)
