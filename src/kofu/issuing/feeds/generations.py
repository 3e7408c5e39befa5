"""Which data generation a municipality stands at, and the loads that led there: for operators and screens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import psycopg
from psycopg.rows import class_row

from kofu.contracts.feed import FeedKind
from kofu.issuing.feeds.feed_store import position_of
from kofu.issuing.requests.fact_store import Pointer, select_pointer

LAST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationRecord:
    """An activated load. Rows are counted: stated by the feed, versions written, versions closed."""

    number: int
    feed: str
    feed_generation: int
    mode: str
    business_date: date
    rows_stated: int
    rows_added: int
    rows_closed: int
    activated_at: datetime


def active_state(connection: psycopg.Connection, municipality_code: str) -> Pointer | None:
    """Give the pointer of a municipality, or None where nothing was ever activated."""
    with connection.cursor() as cursor:
        return select_pointer(cursor, municipality_code)


def active_feed(connection: psycopg.Connection, municipality_code: str, kind: FeedKind) -> str:
    """Give the SHA-256 of the manifest of the active feed of a kind; "" where none is active."""
    return position_of(connection, municipality_code, kind).manifest_sha256


def last_generations(
    connection: psycopg.Connection, municipality_code: str, *, last: int = LAST
) -> tuple[GenerationRecord, ...]:
    """Give the newest loads, the newest first."""
    with connection.cursor(row_factory=class_row(GenerationRecord)) as cursor:
        cursor.execute(
            "SELECT number, feed, feed_generation, mode, business_date, rows_stated, rows_added, rows_closed,"
            " activated_at"
            " FROM generation WHERE municipality_code = %s ORDER BY number DESC LIMIT %s",
            (municipality_code, last),
        )
        return tuple(cursor.fetchall())
