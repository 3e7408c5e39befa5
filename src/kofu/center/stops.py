"""Stops in the database: entered and lifted by people, read by the running centre at every question."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg

from kofu.center.domain.stops import Stop, Stops, standing
from kofu.core.errors import OperatorFault
from kofu.core.kinds import CertificateKind

REASON_CHARACTERS_MAX = 200
FAR_FUTURE = datetime(9000, 1, 1, tzinfo=UTC)
_COLUMNS = "stop_id, municipality_code, kind, begins_at, ends_at, reason_ja, reason_en"


@dataclass(frozen=True, slots=True)
class Entered:
    """A stop with who set it, and who lifted it ("" where it was not)."""

    stop: Stop
    set_by: str
    lifted_by: str


async def standing_stops(connection: psycopg.AsyncConnection, now: datetime) -> Stops:
    """Read what is stopped at `now`."""
    cursor = await connection.execute(
        f"SELECT {_COLUMNS} FROM center_stop WHERE lifted_at IS NULL AND begins_at <= %s"
        " AND (ends_at IS NULL OR ends_at > %s) ORDER BY begins_at, stop_id",
        [now, now],
    )
    return standing((_stop(row) for row in await cursor.fetchall()), now)


async def find_stop(connection: psycopg.AsyncConnection, stop_id: str) -> Stop | None:
    """Find a stop by its id, whether it is over or not."""
    cursor = await connection.execute(f"SELECT {_COLUMNS} FROM center_stop WHERE stop_id = %s", [stop_id])
    row = await cursor.fetchone()
    return None if row is None else _stop(row)


def set_stop(connection: psycopg.Connection, stop: Stop, *, by: str, now: datetime) -> str:
    """Enter a stop and return its id. Raises `OperatorFault` for one that is over, or without reasons."""
    if stop.ends_at is not None and (stop.ends_at <= stop.begins_at or stop.ends_at <= now):
        raise OperatorFault("stop_is_over", "a stop ends after it begins, and in the future")
    for reason in (stop.reason_ja, stop.reason_en):
        if not reason.strip() or len(reason) > REASON_CHARACTERS_MAX:
            raise OperatorFault("bad_reason", f"a stop has a reason of 1 to {REASON_CHARACTERS_MAX} characters in both")
    _named(by)
    stop_id = secrets.token_hex(16)
    connection.execute(
        f"INSERT INTO center_stop ({_COLUMNS}, set_by, set_at, lifted_by)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, '')",
        [
            stop_id,
            stop.municipality_code,
            stop.kind.value if stop.kind else "",
            stop.begins_at,
            stop.ends_at,
            stop.reason_ja,
            stop.reason_en,
            by,
            now,
        ],
    )
    return stop_id


def _named(by: str) -> None:
    if not by.strip():
        raise OperatorFault("nobody_named", "who does this is on record: the account that is logged in")


def lift_stop(connection: psycopg.Connection, stop_id: str, *, by: str, now: datetime) -> None:
    """Let a stop end now. Raises `OperatorFault` where no such stop is in force or to come."""
    _named(by)
    cursor = connection.execute(
        "UPDATE center_stop SET lifted_by = %s, lifted_at = %s"
        " WHERE stop_id = %s AND lifted_at IS NULL AND (ends_at IS NULL OR ends_at > %s)",
        [by, now, stop_id, now],
    )
    if cursor.rowcount != 1:
        raise OperatorFault("no_such_stop", f"there is no stop {stop_id} to lift; see `kofu center stop list`")


def entered_stops(connection: psycopg.Connection, begin: datetime, end: datetime) -> Sequence[Entered]:
    """List the stops that touch the time from `begin` until `end`, lifted ones too."""
    rows = connection.execute(
        f"SELECT {_COLUMNS}, set_by, lifted_by FROM center_stop"
        " WHERE begins_at < %s AND (ends_at IS NULL OR ends_at > %s) ORDER BY begins_at, stop_id",
        [end, begin],
    ).fetchall()
    return [Entered(_stop(row[:7]), row[7], row[8]) for row in rows]


def _stop(row: Sequence[object]) -> Stop:
    stop_id, municipality_code, kind, begins_at, ends_at, reason_ja, reason_en = row
    return Stop(
        stop_id=str(stop_id),
        municipality_code=str(municipality_code),
        kind=CertificateKind(str(kind)) if kind else None,
        begins_at=_instant(begins_at),
        ends_at=None if ends_at is None else _instant(ends_at),
        reason_ja=str(reason_ja),
        reason_en=str(reason_en),
    )


def _instant(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise TypeError("an instant stands in this column")
    return value
