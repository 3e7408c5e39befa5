"""What waits for the administrators of accounts, counted for the home page."""

from __future__ import annotations

import psycopg


def count_waiting_changes(connection: psycopg.Connection) -> int:
    """Count the changes of accounts that wait for a second administrator."""
    row = connection.execute("SELECT count(*) FROM staff_account_change WHERE state = 'proposed'").fetchone()
    return int(row[0]) if row else 0
