"""Operators' sessions in a system's database, by plain SQL: opened, found, ended.

The database keeps the hash of a token only. An account has one session per system: opening one ends the one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg

from kofu.staff.operators.domain.operator_sessions import OperatorSession
from kofu.staff.operators.tokens import hash_of


@dataclass(frozen=True, slots=True, kw_only=True)
class OsUser:
    """Who runs the command as the operating system knows it."""

    uid: int
    name: str


def open_session(
    connection: psycopg.Connection, *, account_id: int, token: str, os_user: OsUser, now: datetime, expires_at: datetime
) -> int:
    """Store a session and end the account's earlier one, in the caller's transaction; give its number."""
    end_sessions_of(connection, account_id, now=now, why="opened_again")
    row = connection.execute(
        "INSERT INTO staff_operator_session (account_id, token_hash, os_uid, os_user, opened_at, expires_at, ended_why)"
        " VALUES (%s, %s, %s, %s, %s, %s, '') RETURNING id",
        [account_id, hash_of(token), os_user.uid, os_user.name, now, expires_at],
    ).fetchone()
    return int(row[0]) if row else 0


def find_session(connection: psycopg.Connection, token: str) -> OperatorSession | None:
    """Find the session of a token, with its account as it is now."""
    row = connection.execute(
        "SELECT id, login, office_id, role, os_uid, expires_at, ended_at, active_from, active_to,"
        " password_is_initial, demonstration FROM staff_operator_of(%s)",
        [hash_of(token)],
    ).fetchone()
    if row is None:
        return None
    return OperatorSession(
        session_id=row[0],
        login=row[1],
        office=row[2],
        role=row[3],
        os_uid=row[4],
        expires_at=row[5],
        ended_at=row[6],
        active_from=row[7],
        active_to=row[8],
        password_is_initial=row[9],
        demonstration=row[10],
    )


def end_session(connection: psycopg.Connection, session_id: int, *, now: datetime, why: str) -> bool:
    """End a session; whether it stood until now."""
    done = connection.execute(
        "UPDATE staff_operator_session SET ended_at = %s, ended_why = %s WHERE id = %s AND ended_at IS NULL",
        [now, why, session_id],
    )
    return done.rowcount == 1


def end_sessions_of(connection: psycopg.Connection, account_id: int, *, now: datetime, why: str) -> int:
    """End every session of an account; give how many stood."""
    done = connection.execute(
        "UPDATE staff_operator_session SET ended_at = %s, ended_why = %s WHERE account_id = %s AND ended_at IS NULL",
        [now, why, account_id],
    )
    return done.rowcount
