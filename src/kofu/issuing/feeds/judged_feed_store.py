"""Judged feeds in the database: what was said of them, who signed, where they stand."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime

import msgspec
import psycopg
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from kofu.certificates.domain.findings import Signature
from kofu.certificates.stored_signatures import signatures_in
from kofu.contracts.feed import Manifest
from kofu.issuing.feeds.domain.judged_feeds import FeedEvent, FeedState
from kofu.judgement.judgement import Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedFeed:
    """One judged feed. `folder` and `manifest_sha256` name the very bytes."""

    id: int
    municipality_code: str
    manifest_sha256: str
    feed: str
    feed_generation: int
    mode: str
    business_date: date
    extracted_at: datetime
    folder: str
    state: str
    report: object
    judged_at: datetime
    judged_by: str
    ended_at: datetime | None

    @property
    def judgement(self) -> Judgement:
        """What the gates said."""
        return msgspec.convert(self.report, Judgement)

    @property
    def stands(self) -> FeedState:
        """Where it stands."""
        return FeedState(self.state)


_COLUMNS = ", ".join(one.name for one in fields(JudgedFeed))


def insert_judged(
    connection: psycopg.Connection,
    manifest: Manifest,
    judgement: Judgement,
    *,
    manifest_sha256: str,
    folder: str,
    state: FeedState,
    at: datetime,
    by: str,
) -> int:
    """Store a judgement; give its id."""
    row = connection.execute(
        "INSERT INTO issuing_judged_feed (municipality_code, manifest_sha256, feed, feed_generation, mode,"
        " business_date, extracted_at, folder, state, report, judged_at, judged_by, ended_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        (
            manifest.municipality_code,
            manifest_sha256,
            manifest.kind,
            manifest.generation,
            manifest.mode,
            manifest.business_date,
            manifest.extracted,
            folder,
            state,
            Jsonb(msgspec.to_builtins(judgement)),
            at,
            by,
            None if state is FeedState.HELD else at,
        ),
    ).fetchone()
    return int(row[0]) if row else 0


def last_of_digest(connection: psycopg.Connection, municipality_code: str, manifest_sha256: str) -> JudgedFeed | None:
    """Give the newest judgement of a feed with this manifest, or None."""
    with connection.cursor(row_factory=class_row(JudgedFeed)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM issuing_judged_feed WHERE municipality_code = %s AND manifest_sha256 = %s"
            " ORDER BY id DESC LIMIT 1",
            (municipality_code, manifest_sha256),
        ).fetchone()


def read_judged(
    connection: psycopg.Connection, municipality_code: str, judged_id: int, *, lock: bool = False
) -> JudgedFeed | None:
    """Give one judged feed, locked until the transaction ends where asked for."""
    with connection.cursor(row_factory=class_row(JudgedFeed)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM issuing_judged_feed WHERE municipality_code = %s AND id = %s"
            + (" FOR UPDATE" if lock else ""),
            (municipality_code, judged_id),
        ).fetchone()


def last_judged(
    connection: psycopg.Connection,
    municipality_code: str,
    *,
    last: int,
    states: tuple[FeedState, ...] = tuple(FeedState),
) -> tuple[JudgedFeed, ...]:
    """Give the newest judged feeds in some states, the newest first."""
    with connection.cursor(row_factory=class_row(JudgedFeed)) as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM issuing_judged_feed WHERE municipality_code = %s AND state = ANY(%s)"
            " ORDER BY id DESC LIMIT %s",
            (municipality_code, [state.value for state in states], last),
        )
        return tuple(cursor.fetchall())


def signatures_of(connection: psycopg.Connection, judged_id: int, step: FeedEvent) -> tuple[Signature, ...]:
    """Give who signed for a step, in order."""
    return signatures_in(connection, "issuing_feed_signature", judged_feed_id=judged_id, step=step)


def sign(connection: psycopg.Connection, judged_id: int, step: FeedEvent, signature: Signature, at: datetime) -> None:
    """Add one person's word. A second one of the same person breaks the unique constraint."""
    connection.execute(
        "INSERT INTO issuing_feed_signature (judged_feed_id, step, signed_by, signed_at, finding)"
        " VALUES (%s, %s, %s, %s, %s)",
        (judged_id, step, signature.by, at, signature.finding),
    )


def move(connection: psycopg.Connection, judged_id: int, state: FeedState, at: datetime) -> None:
    """Write where a judged feed stands now; the database refuses a way that the table of states does not have."""
    connection.execute(
        "UPDATE issuing_judged_feed SET state = %s, ended_at = %s WHERE id = %s",
        (state, None if state is FeedState.RELEASED else at, judged_id),
    )
