"""Closed months of the audit log leave the database, come back, and are deleted when their time is over (P10).

A month is a run of anchors: all that were made in it (time in Japan), with what they anchored. It leaves when an anchor
of a later month stands, in the order of the months, after its files were written and verified. What is deleted after
seven years is deleted by two people's word; the manifest and a tombstone stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault, ensure
from kofu.core.four_eyes import same_person
from kofu.platform.audit import AuditEntry, append
from kofu.platform.audit_chain import Row, row_of
from kofu.platform.audit_manifest import ANCHORS_LANE, SegmentManifest, Tombstone
from kofu.platform.audit_months import AUDIT_MONTH_LIFE, SegmentEvent, SegmentState
from kofu.platform.audit_order import AnchoredBatch, batches, left, parts_of, segments
from kofu.platform.audit_segment import (
    SegmentAsked,
    SegmentFiles,
    instant_of,
    kept_until,
    month_after,
    rows_in,
    verify_segment,
    write_segment,
    write_tombstone,
)
from kofu.platform.audit_tree import LeafRun
from kofu.platform.message_keys import MessageKey

LANE = "archive"
_COLUMNS = (
    "entry.lane, entry.sequence, entry.previous_hash, entry.hash, entry.body, entry.version,"
    " extract(epoch FROM entry.recorded_at) * 1000000"
)


@dataclass(frozen=True, slots=True)
class Archive:
    """A system's months outside its database: the folder, the key that signs them, who acts (for the record)."""

    system: str
    folder: Path
    key: MessageKey
    actor: str

    def files(self, month: str) -> SegmentFiles:
        """Give the files of a month."""
        return SegmentFiles(self.folder, month)


@dataclass(frozen=True, slots=True)
class ClosedMonth:
    """A month that can leave: its anchors, how many entries. `restored`: it had left before, and came back."""

    month: str
    batches: tuple[AnchoredBatch, ...]
    entries: int
    restored: bool = False


def closed_months(connection: psycopg.Connection, *, until: str) -> list[ClosedMonth]:
    """Give the months up to `until` (such as `2026-10`) that can leave, oldest first. Raises `OperatorFault`."""
    month_after(until)
    back = connection.execute(
        "SELECT segment.month, sum(part.last - part.first + 1)::bigint FROM audit_segment AS segment"
        " JOIN audit_segment_lane AS part ON part.month = segment.month"
        " WHERE state = 'restored' AND segment.month <= %s GROUP BY 1 ORDER BY 1",
        [until],
    ).fetchall()
    found = [ClosedMonth(month, (), entries, restored=True) for month, entries in back]
    by_month: dict[str, list[AnchoredBatch]] = {}
    for batch in batches(connection, left(segments(connection))):
        by_month.setdefault(f"{day_in_japan(batch.instant):%Y-%m}", []).append(batch)
    newest = max(by_month, default="")
    for month in sorted(by_month):
        if month <= until and month < newest:
            own = tuple(by_month[month])
            found.append(ClosedMonth(month, own, own[-1].size - own[0].start))
    return found


def _rows(connection: psycopg.Connection, own: tuple[AnchoredBatch, ...]) -> Iterator[Row]:
    """Read what anchors added, in the order of the tree."""
    for batch in own:
        for columns in connection.execute(
            f"SELECT {_COLUMNS} FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) AS span(lane, first, last)"
            " JOIN audit_entry AS entry ON entry.lane = span.lane AND entry.sequence BETWEEN span.first AND span.last"
            ' ORDER BY entry.lane COLLATE "C", entry.sequence',
            [
                [span.lane for span in batch.spans],
                [span.first for span in batch.spans],
                [span.last for span in batch.spans],
            ],
        ).fetchall():
            yield row_of(columns)
        anchor = connection.execute(
            f"SELECT {_COLUMNS} FROM audit_entry AS entry WHERE lane = %s AND sequence = %s",
            [ANCHORS_LANE, batch.number],
        ).fetchone()
        if anchor is not None:
            yield row_of(anchor)


def archive_month(connection: psycopg.Connection, archive: Archive, closed: ClosedMonth) -> int:
    """Take a month out of the database, after its files are on the disk and verified; give how many entries left.

    `connection` is the owner's, in autocommit mode. Raises `OperatorFault` where the files do not verify, or the
    database does not have what its anchors say; then nothing has left.
    """
    if not closed.restored:
        before = segments(connection)
        previous = _text(connection, before[-1].month) if before else ""
        write_segment(
            archive.files(closed.month),
            _rows(connection, closed.batches),
            system=archive.system,
            start=closed.batches[0].start,
            previous=hashlib.sha256(previous.encode()).hexdigest() if previous else "",
            key=archive.key,
        )
    text = archive.files(closed.month).manifest.read_bytes()
    manifest = msgspec.json.decode(text, type=SegmentManifest)
    _require_sound(connection, archive, manifest, text)
    with connection.transaction():
        if closed.restored:
            _move(connection, closed.month, SegmentEvent.ARCHIVE)
        else:
            _put_on_record(connection, manifest, text.decode())
        gone = connection.execute(
            "DELETE FROM audit_entry AS entry USING audit_segment_lane AS part WHERE part.month = %s"
            " AND entry.lane = part.lane AND entry.sequence BETWEEN part.first AND part.last",
            [closed.month],
        ).rowcount
        if gone != manifest.end - manifest.start:
            raise OperatorFault(
                "month_differs",
                f"{closed.month}: the file holds {manifest.end - manifest.start} entries, the database {gone}",
            )
        _record(connection, archive, "audit.archived", closed.month, gone)
    return gone


def _text(connection: psycopg.Connection, month: str) -> str:
    row = connection.execute("SELECT manifest FROM audit_segment WHERE month = %s", [month]).fetchone()
    if row is None:
        raise OperatorFault("no_segment", f"no segment {month} has left this database")
    return str(row[0])


def _require_sound(connection: psycopg.Connection, archive: Archive, manifest: SegmentManifest, text: bytes) -> None:
    """Verify a month by its files and by the tree as the database has it."""
    before = LeafRun()
    for part in parts_of(connection):
        if before.end >= manifest.start:
            break
        before.add(part)
    asked = SegmentAsked(manifest=manifest, text=text, key=archive.key.public_key(), before=before)
    checked = verify_segment(archive.files(manifest.month), asked)
    if checked.expired:
        raise OperatorFault("expired", f"the entries of {manifest.month} were deleted when their time was over")
    if checked.flaws:
        first = checked.flaws[0]
        raise OperatorFault("segment_unsound", f"{manifest.month}: {first.lane} {first.sequence}: {first.what}")


def _put_on_record(connection: psycopg.Connection, manifest: SegmentManifest, text: str) -> None:
    connection.execute(
        "INSERT INTO audit_segment (month, manifest, state, earliest, latest) VALUES (%s, %s, 'archived', %s, %s)",
        [manifest.month, text, instant_of(manifest.earliest), instant_of(manifest.latest)],
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO audit_segment_lane (month, lane, first, last, hash, last_recorded_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [
                (manifest.month, one.lane, one.first, one.last, bytes.fromhex(one.hash), instant_of(one.micros))
                for one in manifest.lanes
            ],
        )


def _record(connection: psycopg.Connection, archive: Archive, action: str, month: str, entries: int) -> None:
    entry = AuditEntry(
        action=action,
        actor=archive.actor,
        result="done",
        occurred_at=datetime.now(UTC),
        detail={"month": month, "entries": entries},
    )
    append(connection, LANE, entry)


def _move(connection: psycopg.Connection, month: str, event: SegmentEvent) -> None:
    """Move a month along its life, locked until the transaction ends. Raises `OperatorFault` `not_archived`."""
    row = connection.execute("SELECT state FROM audit_segment WHERE month = %s FOR UPDATE", [month]).fetchone()
    if row is None:
        raise OperatorFault("not_archived", f"{month} is not outside the database; archive it first")
    after = AUDIT_MONTH_LIFE.after(SegmentState(row[0]), event)
    connection.execute("UPDATE audit_segment SET state = %s WHERE month = %s", [after, month])


def restore_month(connection: psycopg.Connection, archive: Archive, month: str) -> int:
    """Put a month back into the database, after its files were verified; give how many entries came back.

    Raises `OperatorFault` `not_archived` where it is not outside the database.
    """
    text = _text(connection, month)
    manifest = msgspec.json.decode(text, type=SegmentManifest)
    _require_sound(connection, archive, manifest, text.encode())
    with connection.transaction():
        _move(connection, month, SegmentEvent.RESTORE)
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO audit_entry (lane, sequence, previous_hash, hash, body, version, recorded_at)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (
                    (row.lane, row.sequence, row.previous, row.hash, row.body, row.version, instant_of(int(row.micros)))
                    for row in rows_in(archive.files(month))
                ),
            )
        _record(connection, archive, "audit.restored", month, manifest.end - manifest.start)
    return manifest.end - manifest.start


def expired_months(connection: psycopg.Connection, *, today: date) -> list[str]:
    """Give the months outside the database whose seven years are over."""
    rows = connection.execute("SELECT month FROM audit_segment WHERE state = 'archived' ORDER BY month").fetchall()
    return [month for (month,) in rows if kept_until(month) <= today]


def expire_month(connection: psycopg.Connection, archive: Archive, month: str, *, today: date) -> bool:
    """Give one person's word that a month's entries may be deleted; the second person's deletes them. Whether it did.

    Raises `OperatorFault` before seven years are over, and where the same person asks twice.
    """
    text = _text(connection, month)
    if month not in expired_months(connection, today=today):
        raise OperatorFault(
            "not_expired", f"entries of {month} are kept until {kept_until(month)}, outside the database"
        )
    with connection.transaction():
        connection.execute("SELECT FROM audit_segment WHERE month = %s FOR UPDATE", [month])
        given = connection.execute(
            "SELECT by_whom, staff_lapsed_at(by_whom, given_at) FROM audit_expiry_word WHERE month = %s"
            " ORDER BY given_at",
            [month],
        ).fetchall()
        if any(same_person(archive.actor, one) and lapsed is not None for one, lapsed in given):
            raise OperatorFault(
                "proposal_lapsed",
                f"the account of {archive.actor} was reset, ended or given another role since it gave this word:"
                " two others give it",
            )
        words = [str(one) for one, lapsed in given if lapsed is None]
        if any(same_person(archive.actor, one) for one in words):
            raise OperatorFault("same_person", f"{archive.actor} has given this word already; a second person must")
        connection.execute("INSERT INTO audit_expiry_word (month, by_whom) VALUES (%s, %s)", [month, archive.actor])
        words.append(archive.actor)
        manifest = msgspec.json.decode(text, type=SegmentManifest)
        entries = manifest.end - manifest.start
        if len(words) < 2:  # noqa: PLR2004 - two people
            _record(connection, archive, "audit.expiry_proposed", month, entries)
            return False
        _move(connection, month, SegmentEvent.EXPIRE)
        _record(connection, archive, "audit.expired", month, entries)
    bury(archive, text, month, by=(words[0], words[1]), day=today)
    return True


def bury(archive: Archive, manifest: str, month: str, *, by: tuple[str, str], day: date) -> None:
    """Put up a month's tombstone and delete its entries."""
    ensure(not same_person(*by), "two people")
    digest = hashlib.sha256(manifest.encode()).hexdigest()
    stone = Tombstone(system=archive.system, month=month, manifest=digest, day=day, by=by)
    write_tombstone(archive.files(month), stone, archive.key)


def segments_over(connection: psycopg.Connection, start: datetime, end: datetime) -> list[tuple[str, str]]:
    """Give the months outside the database that hold entries of a time, with what became of them."""
    return connection.execute(
        "SELECT month, state FROM audit_segment WHERE state <> 'restored' AND earliest < %s AND latest >= %s"
        " ORDER BY month DESC",
        [end, start],
    ).fetchall()
