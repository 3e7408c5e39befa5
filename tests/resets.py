"""What happens to an account behind a proposal, as two administrators confirmed it."""

from __future__ import annotations

from datetime import date, datetime

import psycopg


def reset(connection: psycopg.Connection, login: str, at: datetime, *, known_at: datetime | None = None) -> None:
    """Put the reset of an account at an instant on record: password and second factor were taken away."""
    _change(connection, "reset", login, at, known_at)


def another_role(connection: psycopg.Connection, login: str, at: datetime, *, known_at: datetime | None = None) -> None:
    """Put on record that an account got another role."""
    _change(connection, "change", login, at, known_at)


def _change(connection: psycopg.Connection, kind: str, login: str, at: datetime, known_at: datetime | None) -> None:
    connection.execute(
        "INSERT INTO staff_account_change (kind, login, display_name, role, reason, first_half, state, proposed_by,"
        " proposed_at, decided_by, decided_at, decided_reason, known_at, ends_standing)"
        " VALUES (%s, %s, '', '', 'x', '', %s, 'admin1', %s, 'admin2', %s, '', %s, true)",
        [kind, login, "in_force" if known_at is None else "known", at, at, known_at],
    )


def account_until(
    connection: psycopg.Connection,
    login: str,
    last_day: date | None,
    *,
    role: str = "clerk",
    demonstration: bool = False,
) -> None:
    """Make an account that was in use until a day; one of the demonstration whose password was taken."""
    connection.execute(
        "INSERT INTO staff_office (code, name, is_branch) VALUES ('x', 'x', false) ON CONFLICT DO NOTHING"
    )
    connection.execute(
        "INSERT INTO staff_account (login, display_name, office_id, role, active_from, active_to, password,"
        " password_is_initial, demonstration, session_mark, created_at, created_by)"
        " VALUES (%s, '', 'x', %s, '2019-01-01', %s, '!', false, %s, '', '2019-01-01', 'x')"
        " ON CONFLICT (login) DO UPDATE SET active_to = EXCLUDED.active_to",
        [login, role, last_day, demonstration],
    )
