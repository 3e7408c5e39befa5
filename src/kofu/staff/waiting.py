"""What waits for the administrators and what is late, counted for the home page."""

from __future__ import annotations

from datetime import date, timedelta

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.platform.audit_archive import expired_months
from kofu.staff.domain.contractors import DAYS_TO_PROOF, half_year_of, review_overdue
from kofu.staff.domain.incidents import IncidentReportKind, report_due
from kofu.staff.month_review import unreviewed_months


def count_waiting_changes(connection: psycopg.Connection) -> int:
    """Count the changes of accounts that wait for a second administrator."""
    return _count(connection, "SELECT count(*) FROM staff_account_change WHERE state = 'proposed'", [])


def count_waiting_workers(connection: psycopg.Connection) -> int:
    """Count the lines of rosters that wait for a second administrator."""
    return _count(connection, "SELECT count(*) FROM staff_roster_worker WHERE confirmed_by = ''", [])


def count_overdue_proofs(connection: psycopg.Connection, today: date) -> int:
    """Count the contracts that ended so long ago that the certificate of erasure is overdue."""
    return _count(
        connection,
        "SELECT count(*) FROM staff_service_contract AS contract WHERE ends_on < %s AND NOT EXISTS (SELECT 1 FROM"
        " staff_erasure_proof WHERE thing = 'contract' AND subject = contract.id::text)",
        [today - timedelta(days=DAYS_TO_PROOF)],
    )


def count_overdue_reviews(connection: psycopg.Connection, today: date) -> int:
    """Count the accounts in use nobody signed in this half-year, once the time for it is over; 0 before."""
    if not review_overdue(today):
        return 0
    return _count(
        connection,
        "SELECT count(*) FROM staff_account AS account WHERE active_from <= %s"
        " AND (active_to IS NULL OR active_to >= %s) AND NOT EXISTS (SELECT 1 FROM staff_account_review AS review"
        " WHERE review.half_year = %s AND review.login = account.login AND review.role = account.role"
        " AND review.office_code = account.office_id)",
        [today, today, half_year_of(today)],
    )


def count_late_reports(connection: psycopg.Connection, today: date) -> int:
    """Count the reports that are overdue on a day."""
    rows = connection.execute(
        "SELECT incident.known_at, incident.wrongful, array_agg(report.kind) FROM staff_incident AS incident"
        " LEFT JOIN staff_incident_report AS report ON report.incident_id = incident.id GROUP BY incident.id"
        " HAVING count(report.kind) < %s",
        [len(IncidentReportKind)],
    ).fetchall()
    return sum(
        kind.value not in made and report_due(kind, day_in_japan(known_at), wrongful=wrongful) < today
        for known_at, wrongful, made in rows
        for kind in IncidentReportKind
    )


def count_unreviewed_months(connection: psycopg.Connection, today: date) -> int:
    """Count the closed months of the record nobody has reviewed."""
    return len(unreviewed_months(connection, today))


def count_expired_months(connection: psycopg.Connection, today: date) -> int:
    """Count the months of the record whose seven years are over and that are not deleted."""
    return len(expired_months(connection, today=today))


def _count(connection: psycopg.Connection, statement: str, values: list[object]) -> int:
    row = connection.execute(statement, values).fetchone()
    return int(row[0]) if row else 0
