"""速報, 速報取消, 確報: what stores advised of and what became of it. An advice is never money.

An advice notes that a payment is on its way: it keeps 督促 away and makes nothing paid. A confirmation is posted. What
is odd (confirmed after a cancellation, cancelled after a confirmation) and what is not confirmed in time wait on lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import psycopg
from psycopg.rows import class_row

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import require_reason
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.payments.domain.batches import PaymentRow, RowEvent
from kofu.ledger.payments.domain.convenience import AdviceState, Booking, ReportEvent, advance

ONE_DAY = timedelta(days=1)
EVENTS = {RowEvent.ADVISE: ReportEvent.ADVISE, RowEvent.CANCEL: ReportEvent.CANCEL, RowEvent.PAY: ReportEvent.CONFIRM}


@dataclass(frozen=True, slots=True)
class DecidedRows:
    """Rows that are money now, and the keys of those that wait in 仮受."""

    paying: list[PaymentRow]
    suspended: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Advised:
    """A payment at a store as the ledger knows it. `waited` days since its advice."""

    id: int
    key: str
    state: str
    notice_number: str
    installment: str
    amount: int
    received_on: date
    advised_on: date | None
    finding: str
    waited: int | None


def advance_reports(
    connection: psycopg.Connection, municipality_code: str, rows: Sequence[PaymentRow], acting: Acting
) -> DecidedRows:
    """Take reports through the life of their payments, in the caller's transaction and in the order of the file."""
    standing: dict[str, tuple[AdviceState, str]] = {
        key: (AdviceState(state), finding)
        for key, state, finding in connection.execute(
            "SELECT key, state, finding FROM advised_payment WHERE municipality_code = %s AND key = ANY(%s)"
            " ORDER BY key FOR UPDATE",
            [municipality_code, [row.key for row in rows]],
        )
    }
    changed: dict[str, PaymentRow] = {}
    advised_on: dict[str, date] = {}
    paying: list[PaymentRow] = []
    suspended: set[str] = set()
    for row in rows:
        state, finding = standing.get(row.key, (AdviceState.NONE, ""))
        step = advance(state, EVENTS[row.event])
        # a confirmation told again is passed on too: the ledger knows its key, and counts it as known
        if row.event is RowEvent.PAY:
            paying.append(row)
        if step.booking is Booking.SUSPEND:
            suspended.add(row.key)
        if row.event is RowEvent.ADVISE:
            advised_on.setdefault(row.key, day_in_japan(acting.now))
        if step.finding is not None and step.finding.is_case:
            finding = step.finding.value
        if (step.state, finding) != (state, standing.get(row.key, (state, ""))[1]):
            changed[row.key] = row
        standing[row.key] = (step.state, finding)
    keys = sorted(changed)
    connection.execute(
        "INSERT INTO advised_payment (municipality_code, key, state, notice_number, installment, amount, received_on,"
        " advised_on, finding, finding_cleared_by, finding_cleared_how, changed_at)"
        " SELECT %s, told.*, '', '', %s FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::bigint[],"
        " %s::date[], %s::date[], %s::text[]) AS told"
        " ON CONFLICT (municipality_code, key) DO UPDATE SET state = EXCLUDED.state, finding = EXCLUDED.finding,"
        " advised_on = coalesce(advised_payment.advised_on, EXCLUDED.advised_on), changed_at = EXCLUDED.changed_at,"
        " finding_cleared_by = CASE WHEN advised_payment.finding = EXCLUDED.finding"
        " THEN advised_payment.finding_cleared_by ELSE '' END",
        [
            municipality_code,
            acting.now,
            keys,
            [standing[key][0].value for key in keys],
            [changed[key].notice_number for key in keys],
            [changed[key].installment for key in keys],
            [changed[key].amount for key in keys],
            [changed[key].received_on for key in keys],
            [advised_on.get(key) for key in keys],
            [standing[key][1] for key in keys],
        ],
    )
    return DecidedRows(paying, frozenset(suspended))


def waiting_for_confirmation(
    connection: psycopg.Connection, municipality_code: str, *, today: date, days: int | None = None
) -> list[Advised]:
    """List what was advised of and not confirmed, oldest first; `days`: only what waits for more than that."""
    before = today + ONE_DAY if days is None else today - timedelta(days)
    return _list(connection, municipality_code, today, "state = 'advised' AND advised_on < %s", before)


def findings(connection: psycopg.Connection, municipality_code: str, *, today: date) -> list[Advised]:
    """List what is odd and nobody has dealt with."""
    condition = "finding <> '' AND finding_cleared_by = '' AND %s::date IS NOT NULL"
    return _list(connection, municipality_code, today, condition, today)


def clear_finding(connection: psycopg.Connection, advised_id: int, *, how: str, acting: Acting) -> None:
    """Take something odd off the work list, saying what was found. Raises `OperatorFault`."""
    require_reason(how, "say what was found and done")
    with connection.transaction():
        row = connection.execute(
            "UPDATE advised_payment SET finding_cleared_by = %s, finding_cleared_how = %s"
            " WHERE id = %s AND finding <> '' AND finding_cleared_by = '' RETURNING finding",
            [acting.actor, how, advised_id],
        ).fetchone()
        if row is None:
            raise OperatorFault("finding_unknown", "there is nothing odd to clear, or it was cleared already")
        record(connection, acting, "payments.clear_finding", row[0], advised=advised_id)


def _list(
    connection: psycopg.Connection, municipality_code: str, today: date, condition: str, value: date
) -> list[Advised]:
    with connection.cursor(row_factory=class_row(Advised)) as cursor:
        return cursor.execute(
            "SELECT id, key, state, notice_number, installment, amount, received_on, advised_on, finding,"
            f" %s::date - advised_on AS waited FROM advised_payment WHERE municipality_code = %s AND {condition}"
            " ORDER BY advised_on, id",
            [today, municipality_code, value],
        ).fetchall()
