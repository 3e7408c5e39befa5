"""The evening's announcement: what tonight's feed will hold, counted in the ledger before it is written, and signed.

Counted from the marks and the sums of the ledger itself, not from the lines of a feed: a row that is lost between the
ledger and the feed's manifest shows, here before the feed leaves (`night`) and at the receiver.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import psycopg
from psycopg import IsolationLevel

from kofu.contracts.announcement import AnnouncedFile, Announcement
from kofu.contracts.feed import FeedKind
from kofu.contracts.feed_tables import ASSESSMENTS, COLLECTIONS
from kofu.core.errors import OperatorFault
from kofu.ledger.acting.night_lock import LOCK, UNLOCK
from kofu.ledger.feed.feed_rows import expected_totals, note_changes
from kofu.ledger.feed.night import Connect, folder_of, last_feed
from kofu.platform import audit
from kofu.platform.feeds import write_announcement
from kofu.platform.message_keys import MessageKey


def announce(
    connect: Connect,
    *,
    municipality_code: str,
    out: Path,
    business_date: date,
    key: MessageKey,
    actor: str,
    clock: Callable[[], datetime],
    full: bool = False,
) -> Announcement | None:
    """Say beside where the next feed's folder will be what it holds; give it. An earlier word on that feed is replaced.

    None where a sealed feed of a broken night only waits for its name: the next run publishes it, nothing is counted.
    Raises `OperatorFault` `night_running`; the disk's and the database's own errors pass through.
    """
    with connect() as work, connect() as notes:
        locked = work.execute(LOCK, [municipality_code]).fetchone()
        if not (locked and locked[0]):
            raise OperatorFault("night_running", "a run is writing the feed; announce before it, or after its end")
        try:
            last = last_feed(notes, municipality_code)
            if last.manifest_sha256 and not last.published:
                return None
            generation = last.generation + 1
            base = last.generation if last.is_base and not full else None
            written = Announcement(
                kind=FeedKind.TAX,
                municipality_code=municipality_code,
                generation=generation,
                business_date=business_date,
                announced_at=clock(),
                files=_count(work, municipality_code, generation, full=base is None),
            )
            write_announcement(folder_of(out, generation), written, key=key)
            with notes.transaction():
                audit.append(
                    notes,
                    f"ledger-night-{municipality_code}",
                    audit.AuditEntry(
                        action="feed.announce",
                        actor=actor,
                        result="full" if base is None else "difference",
                        occurred_at=written.announced_at,
                        detail={"generation": generation, "rows": sum(file.rows for file in written.files)},
                    ),
                )
            return written
        finally:
            if not work.closed and not work.broken:
                work.execute(UNLOCK, [municipality_code])


def _count(
    work: psycopg.Connection, municipality_code: str, generation: int, *, full: bool
) -> tuple[AnnouncedFile, ...]:
    """Mark what changed as the night will, count and sum it, and take the marks back."""
    work.isolation_level = IsolationLevel.REPEATABLE_READ
    work.autocommit = False
    try:
        work.execute("SET LOCAL jit = off")
        changed = note_changes(work, municipality_code, generation)
        return tuple(
            AnnouncedFile(
                name=table.file_name,
                rows=changed[table.name].standing if full else changed[table.name].difference,
                control_totals=expected_totals(work, table, municipality_code, None if full else generation),
            )
            for table in (ASSESSMENTS, COLLECTIONS)
        )
    finally:
        work.rollback()
        work.autocommit = True
