"""An account whose password and second factor were taken away, as two administrators confirmed it."""

from __future__ import annotations

from datetime import datetime

import psycopg


def reset(connection: psycopg.Connection, login: str, at: datetime) -> None:
    """Put the reset of an account at an instant on record."""
    connection.execute(
        "INSERT INTO staff_account_change (kind, login, display_name, role, reason, first_half, state, proposed_by,"
        " proposed_at, decided_by, decided_at, decided_reason) VALUES ('reset', %s, '', '', 'x', '', 'in_force',"
        " 'admin1', %s, 'admin2', %s, '')",
        [login, at, at],
    )
