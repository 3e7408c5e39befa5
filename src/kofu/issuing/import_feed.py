"""Take in a feed: whole or not at all (P6).

::

    signature, manifest ─► order of generations ─► each file once: bytes, lines, cells, rows ─► COPY to staging
        ─► count and control totals of what was staged ─► close and open versions ─► move the pointer ─► COMMIT

Everything from the first COPY to the commit is one transaction on one connection that holds the municipality's load
lock. Until the commit every reader sees yesterday's generation; a problem, a crash, a killed backend, a full disk roll
it all back. `verify_feed` does the part that needs no database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol
from zoneinfo import ZoneInfo

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kofu.contracts.feed import MANIFEST_NAME, FeedKind, FeedMode, Manifest, ManifestFile
from kofu.contracts.feed_tables import tables_of
from kofu.core.errors import OperatorFault, OurFault
from kofu.issuing.adapters import feed_store
from kofu.issuing.adapters.feed_files import FileReader, SignedManifest, check_file_list, read_manifest
from kofu.issuing.feed_rules import Problem, Problems, order_problem, shrink_problem
from kofu.platform import audit

#: The lane of the loader in the audit log: loads of all municipalities of a deployment follow one another there.
LANE = "feeds"
TOKYO = ZoneInfo("Asia/Tokyo")


class Outcome(StrEnum):
    """How an import or a verification ended."""

    SOUND = "sound"  # verified without a database
    ACTIVATED = "activated"
    ALREADY_ACTIVE = "already_active"  # the same feed again: nothing changed
    REFUSED = "refused"  # nothing changed: the generation active before keeps serving


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of a feed. `problems` holds the first hundred, `problem_count` all. No cell's value stands in it."""

    outcome: Outcome
    kind: FeedKind | None = None
    feed_generation: int | None = None
    business_date: date | None = None
    manifest_sha256: str = ""
    data_generation: int | None = None
    rows: int = 0
    versions_added: int = 0
    versions_closed: int = 0
    problems: tuple[Problem, ...] = ()
    problem_count: int = 0


class Progress(Protocol):
    """Where the work tells how far it is."""

    def begin(self, phase: str, total_bytes: int, rows: int) -> None:
        """Begin a phase; `total_bytes` is 0 where its length is unknown."""

    def advance(self, done_bytes: int) -> None:
        """Add bytes done in this phase."""


class NoProgress:
    """Tells nobody."""

    def begin(self, phase: str, total_bytes: int, rows: int) -> None:
        """Do nothing."""

    def advance(self, done_bytes: int) -> None:
        """Do nothing."""


class _RefusedError(Exception):
    """Leaves the transaction, so that it rolls back; the problems are in the report."""


@dataclass(slots=True)
class _Work:
    """One import: what is constant, and the problems found so far."""

    folder: Path
    signed: SignedManifest
    stated: dict[str, ManifestFile]
    problems: Problems
    progress: Progress
    added: int = field(default=0)
    closed: int = field(default=0)

    @property
    def manifest(self) -> Manifest:
        return self.signed.manifest

    def stop_at_problems(self) -> None:
        if self.problems.count:
            raise _RefusedError

    def report(self, outcome: Outcome, data_generation: int | None = None) -> ImportReport:
        return ImportReport(
            outcome=outcome,
            kind=self.manifest.kind,
            feed_generation=self.manifest.generation,
            business_date=self.manifest.business_date,
            manifest_sha256=self.signed.sha256,
            data_generation=data_generation,
            rows=sum(file.rows for file in self.manifest.files),
            versions_added=self.added,
            versions_closed=self.closed,
            problems=self.problems.first,
            problem_count=self.problems.count,
        )


def verify_feed(
    folder: Path,
    *,
    keys: Mapping[FeedKind, Ed25519PublicKey],
    municipality_code: str | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Check all of a feed that can be checked without a database. Changes nothing.

    Raises `OperatorFault` where there is no such folder.
    """
    problems = Problems()
    work = _begin(folder, keys, municipality_code, problems, progress or NoProgress())
    if work is None:
        return _refused(problems)
    for table in tables_of(work.manifest.kind):
        if table.file_name in work.stated and (folder / table.file_name).is_file():
            stated = work.stated[table.file_name]
            work.progress.begin(table.file_name, stated.bytes, stated.rows)
            reader = FileReader(table, work.manifest.mode, stated, problems)
            for _ in reader.batches(folder / table.file_name, work.progress.advance):
                pass
    return work.report(Outcome.REFUSED if problems.count else Outcome.SOUND)


def import_feed(
    connect: Callable[[], psycopg.Connection],
    folder: Path,
    *,
    keys: Mapping[FeedKind, Ed25519PublicKey],
    municipality_code: str,
    now: datetime,
    actor: str,
    accept_shrinking: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """Verify, stage and activate a feed of `municipality_code`, or change nothing.

    `connect` gives a new connection with the rights of the loader; it is closed at the end. `keys` are the senders'
    public keys. `now` (aware) is the moment of activation on record, `actor` who started it. `accept_shrinking` lets a
    full feed through that drops more than a fifth of the standing rows. Wrong feeds come back as REFUSED with their
    problems and leave an audit entry. Raises `OperatorFault` for a missing folder or another load in progress,
    `OurFault` where the database refuses what the checks let through, `psycopg.Error` where it fails.
    """
    problems = Problems()
    work = _begin(folder, keys, municipality_code, problems, progress or NoProgress())
    if work is not None and work.manifest.business_date > now.astimezone(TOKYO).date():
        problems.add(MANIFEST_NAME, "business_date_ahead", "the business date lies in the future")
    with connect() as connection:
        if work is not None and not problems.count:
            try:
                with connection.transaction():
                    report = _load(connection, work, now=now, accept_shrinking=accept_shrinking)
                    if report.outcome is Outcome.ACTIVATED:
                        audit.append(connection, LANE, _entry(report, municipality_code, actor, now))
            except _RefusedError:
                report = work.report(Outcome.REFUSED)
            except (psycopg.DataError, psycopg.IntegrityError) as error:
                # the database quotes the row it stumbles over; the row stays out of exceptions and reports
                sqlstate = error.sqlstate
                raise OurFault(
                    "load_failed", f"the database refused what the checks let through ({sqlstate})"
                ) from None
        else:
            report = work.report(Outcome.REFUSED) if work else _refused(problems)
        if report.outcome is Outcome.ACTIVATED and report.kind is not None:
            feed_store.analyze_facts(connection, report.kind)
        elif report.outcome is Outcome.REFUSED:
            audit.append(connection, LANE, _entry(report, municipality_code, actor, now))
    return report


def _entry(report: ImportReport, municipality_code: str, actor: str, now: datetime) -> audit.AuditEntry:
    """Record what became of a feed: which one, how many rows, how many problems and the first one's reason."""
    detail: dict[str, str | int] = {
        "municipality": municipality_code,
        "feed": str(report.kind),
        "feed_generation": report.feed_generation or 0,
        "manifest_sha256": report.manifest_sha256,
    }
    if report.outcome is Outcome.ACTIVATED:
        detail |= {
            "data_generation": report.data_generation or 0,
            "rows": report.rows,
            "versions_added": report.versions_added,
            "versions_closed": report.versions_closed,
        }
    else:
        detail |= {"problems": report.problem_count, "first_reason": report.problems[0].reason}
    return audit.AuditEntry(
        action="feed_import", actor=actor, result=report.outcome.value, occurred_at=now, detail=detail
    )


def _begin(
    folder: Path,
    keys: Mapping[FeedKind, Ed25519PublicKey],
    municipality_code: str | None,
    problems: Problems,
    progress: Progress,
) -> _Work | None:
    """Read the manifest and compare its list of files with the folder."""
    signed = read_manifest(folder, keys, problems)
    if signed is None:
        return None
    if municipality_code is not None and signed.manifest.municipality_code != municipality_code:
        problems.add(MANIFEST_NAME, "wrong_municipality", "the feed is that of another municipality")
    if (signed.manifest.mode is FeedMode.DIFFERENCE) != (signed.manifest.base_generation is not None):
        problems.add(MANIFEST_NAME, "bad_manifest", "a difference names its base generation, a full feed none")
    if signed.manifest.generation < 1:
        problems.add(MANIFEST_NAME, "bad_manifest", "generations count from 1")
    stated = check_file_list(folder, signed.manifest, problems)
    return _Work(folder, signed, stated, problems, progress)


def _refused(problems: Problems) -> ImportReport:
    return ImportReport(outcome=Outcome.REFUSED, problems=problems.first, problem_count=problems.count)


def _load(connection: psycopg.Connection, work: _Work, *, now: datetime, accept_shrinking: bool) -> ImportReport:
    """Do everything between BEGIN and COMMIT. Raises `_RefusedError` where the feed must not be activated."""
    manifest = work.manifest
    if not feed_store.try_to_lock(connection, manifest.municipality_code):
        raise OperatorFault("load_in_progress", "another load of this municipality is running; wait for its end")
    known = feed_store.manifest_of(connection, manifest.municipality_code, manifest.kind, manifest.generation)
    position = feed_store.position_of(connection, manifest.municipality_code, manifest.kind)
    if known is not None and known.sha256 == work.signed.sha256 and position.generation == manifest.generation:
        return work.report(Outcome.ALREADY_ACTIVE, known.data_generation)
    if out_of_order := order_problem(manifest, position):
        work.problems.add(MANIFEST_NAME, *out_of_order)
    work.stop_at_problems()
    load = feed_store.next_load(connection, manifest.municipality_code)
    _stage(connection, work, load)
    _change_versions(connection, work, load, accept_shrinking=accept_shrinking)
    work.progress.begin("activate", 0, 0)
    feed_store.move_pointer(
        connection,
        load,
        manifest,
        manifest_sha256=work.signed.sha256,
        added=work.added,
        closed=work.closed,
        activated_at=now,
    )
    return work.report(Outcome.ACTIVATED, load.data_generation)


def _stage(connection: psycopg.Connection, work: _Work, load: feed_store.Load) -> None:
    """Copy every file to its staging table while checking it, then check what the database holds.

    With the first problem the copying stops, the checking goes on: the report shall name as many as it can.
    """
    manifest = work.manifest
    for table in tables_of(manifest.kind):
        stated = work.stated[table.file_name]
        work.progress.begin(table.file_name, stated.bytes, stated.rows)
        feed_store.create_staging(connection, table)
        reader = FileReader(table, manifest.mode, stated, work.problems)
        with feed_store.staging_copy(connection, table) as copy:
            for batch in reader.batches(work.folder / table.file_name, work.progress.advance):
                if not work.problems.count:
                    copy.write(batch)
    work.stop_at_problems()
    for table in tables_of(manifest.kind):
        feed_store.check_staged(connection, table, work.stated[table.file_name], work.problems)
        if manifest.mode is FeedMode.DIFFERENCE:
            feed_store.check_removals(connection, table, load, work.problems)
    work.stop_at_problems()


def _change_versions(
    connection: psycopg.Connection, work: _Work, load: feed_store.Load, *, accept_shrinking: bool
) -> None:
    """Close what the feed changes or drops, open what it brings, and look at the result before anyone else does."""
    manifest = work.manifest
    for table in tables_of(manifest.kind):
        work.progress.begin(f"versions of {table.name}", 0, work.stated[table.file_name].rows)
        before = feed_store.count_standing(connection, table, load) if manifest.mode is FeedMode.FULL else 0
        closed = feed_store.close_versions(connection, table, manifest.mode, load)
        added = feed_store.open_versions(connection, table, load)
        work.closed += closed
        work.added += added
        if not accept_shrinking and (shrunk := shrink_problem(before, before - closed + added)):
            work.problems.add(table.file_name, *shrunk)
    if manifest.kind is FeedKind.RESIDENT:
        feed_store.check_card_holders(connection, load, work.problems)
    work.stop_at_problems()
