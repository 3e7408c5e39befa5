"""Take in a feed: whole or not at all (P6).

::

    signature, manifest ─► order of generations ─► each file once: bytes, lines, cells, rows ─► versions: what changed
        ─► count and control totals of what the database holds ─► judge ─► move the pointer ─► COMMIT
                                                                      └─► refused or held: ROLLBACK

Rows are checked, and made ready, while the database writes those before them. Everything from the first COPY to the
commit is one transaction on one connection that holds the municipality's load lock. Until the commit every reader sees
yesterday's generation; a problem, a crash, a killed backend, a full disk roll it all back. `verify_feed` does the part
that needs no database.

A feed that is judged doubtful is *held*: rolled back, its judgement kept, and activated by a later import of the very
same bytes once two people have released it (`held_feeds`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kofu.contracts.announcement import Announcement
from kofu.contracts.feed import MANIFEST_NAME, FeedKind, FeedMode, Manifest, ManifestFile, Table
from kofu.contracts.feed_tables import tables_of
from kofu.core.calendar import JST
from kofu.core.errors import OperatorFault, OurFault
from kofu.issuing.feeds import feed_store, judged_feed_store
from kofu.issuing.feeds.domain.judged_feeds import FeedState
from kofu.issuing.feeds.feed_files import FileReader, SignedManifest, check_file_list, read_announcement, read_manifest
from kofu.issuing.feeds.feed_positions import FeedPosition, order_problem
from kofu.issuing.feeds.feed_problems import FeedProblem, FeedProblems
from kofu.issuing.feeds.judge import Judge, Judging
from kofu.issuing.feeds.judged_feed_store import JudgedFeed
from kofu.issuing.feeds.row_judge import RowJudge
from kofu.issuing.feeds.transpose_rows import RowTransposer
from kofu.issuing.feeds.version_store import PreparedSlice, VersionWriter, check_removals, set_apart
from kofu.judgement.findings import FeedVerdict, Finding, Severity
from kofu.judgement.judgement import Judgement
from kofu.platform import audit
from kofu.platform.read_ahead import read_ahead

#: The lane of the loader in the audit log: loads of all municipalities of a deployment follow one another there.
LANE = "feeds"
NOT_JUDGED = Judging()


class ImportOutcome(StrEnum):
    """How an import or a verification ended."""

    SOUND = "sound"  # verified without a database
    ACTIVATED = "activated"
    ALREADY_ACTIVE = "already_active"  # the same feed again: nothing changed
    HELD = "held"  # nothing changed: two people look at its figures, yesterday keeps serving
    REFUSED = "refused"  # nothing changed: the generation active before keeps serving


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of a feed. `problems` holds the first hundred, `problem_count` all. No cell's value stands in it.

    `judgement`: what the gates said, where it came so far; `judged_id`: its number, by which a held feed is released.
    `transposed`: how often each 外字 code was put as the character the municipality's tables say.
    """

    outcome: ImportOutcome
    kind: FeedKind | None = None
    feed_generation: int | None = None
    business_date: date | None = None
    manifest_sha256: str = ""
    data_generation: int | None = None
    rows: int = 0
    versions_added: int = 0
    versions_closed: int = 0
    problems: tuple[FeedProblem, ...] = ()
    problem_count: int = 0
    judgement: Judgement | None = None
    judged_id: int | None = None
    transposed: Mapping[str, int] = field(default_factory=dict)


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


class _HeldError(Exception):
    """Leaves the transaction, so that it rolls back; the judgement is in the work."""


@dataclass(slots=True)
class _Work:
    """One import: what is constant, and the problems found so far."""

    folder: Path
    signed: SignedManifest
    stated: dict[str, ManifestFile]
    problems: FeedProblems
    progress: Progress
    announcement: Announcement | None
    rows: RowJudge
    transposer: RowTransposer
    added: int = field(default=0)
    closed: int = field(default=0)
    judgement: Judgement | None = field(default=None)
    known: JudgedFeed | None = field(default=None)

    @property
    def manifest(self) -> Manifest:
        return self.signed.manifest

    def stop_at_problems(self) -> None:
        if self.problems.count:
            raise _RefusedError

    def report(self, outcome: ImportOutcome, data_generation: int | None = None) -> ImportReport:
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
            judgement=self.judgement,
            judged_id=None if self.known is None else self.known.id,
            transposed=dict(self.transposer.counts),
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
    problems = FeedProblems()
    work = _begin(folder, keys, municipality_code, problems, progress or NoProgress(), Judging())
    if work is None:
        return _refused(problems)
    for table in tables_of(work.manifest.kind):
        if table.file_name in work.stated and (folder / table.file_name).is_file():
            stated = work.stated[table.file_name]
            work.progress.begin(table.file_name, stated.bytes, stated.rows)
            reader = FileReader(
                table, work.manifest.mode, stated, problems, judge=work.rows, transposer=work.transposer
            )
            for _ in reader.batches(folder / table.file_name, work.progress.advance):
                pass
    return work.report(ImportOutcome.REFUSED if problems.count else ImportOutcome.SOUND)


def import_feed(
    connect: Callable[[], psycopg.Connection],
    folder: Path,
    *,
    keys: Mapping[FeedKind, Ed25519PublicKey],
    municipality_code: str,
    now: datetime,
    actor: str,
    judging: Judging | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Verify, stage, judge and activate a feed of `municipality_code`, or change nothing.

    `connect` gives a new connection with the rights of the loader; it is closed at the end. `keys` are the senders'
    public keys. `now` (aware) is the moment of activation on record, `actor` who started it. `judging`: the bounds of
    the municipality's profile, and what its papers are drawn with. Wrong feeds come back as REFUSED with their
    problems, doubtful ones as HELD with their figures; both leave a record and an audit entry. Raises `OperatorFault`
    for a missing folder or another load in progress, `OurFault` where the database refuses what the checks let
    through, `psycopg.Error` where it fails.
    """
    problems = FeedProblems()
    judging = judging or Judging()
    work = _begin(folder, keys, municipality_code, problems, progress or NoProgress(), judging)
    if work is not None and work.manifest.business_date > now.astimezone(JST).date():
        problems.add(MANIFEST_NAME, "business_date_ahead", "the business date lies in the future")
    with connect() as connection:
        if work is None:
            report = _refused(problems)
            audit.append(connection, LANE, _entry(report, municipality_code, actor, now))
            return report
        outcome = ImportOutcome.REFUSED
        if not problems.count:
            try:
                with connection.transaction():
                    report = _load(connection, work, now=now, judging=judging)
                    if report.outcome is ImportOutcome.ACTIVATED:
                        _record(connection, work, FeedState.ACTIVATED, now, actor)
                        audit.append(connection, LANE, _entry(report, municipality_code, actor, now, judging))
                return report  # noqa: TRY300 - the ways that were rolled back end below
            except _RefusedError:
                outcome = ImportOutcome.REFUSED
            except _HeldError:
                outcome = ImportOutcome.HELD
            except (psycopg.DataError, psycopg.IntegrityError) as error:
                # the database quotes the row it stumbles over; the row stays out of exceptions and reports
                sqlstate = error.sqlstate
                raise OurFault(
                    "load_failed", f"the database refused what the checks let through ({sqlstate})"
                ) from None
        return _put_aside(connection, work, outcome, municipality_code, actor, now)


def _put_aside(  # noqa: PLR0917 - what a record needs
    connection: psycopg.Connection,
    work: _Work,
    outcome: ImportOutcome,
    municipality_code: str,
    actor: str,
    now: datetime,
) -> ImportReport:
    """Record a feed that was refused or held: the load is rolled back, what was said of it stays."""
    with connection.transaction():
        state = FeedState.HELD if outcome is ImportOutcome.HELD else FeedState.REFUSED
        asked_again = work.known is not None and work.known.stands in {FeedState.HELD, FeedState.REJECTED}
        if work.manifest.municipality_code == municipality_code and not asked_again:
            _record(connection, work, state, now, actor)
        report = work.report(outcome)
        audit.append(connection, LANE, _entry(report, municipality_code, actor, now))
    return report


def _entry(
    report: ImportReport, municipality_code: str, actor: str, now: datetime, judging: Judging = NOT_JUDGED
) -> audit.AuditEntry:
    """Record what became of a feed: which one, how many rows, how many problems and the first one's reason.

    Of an activated one also by which tables its 外字 were put as characters, and how often.
    """
    detail: dict[str, str | int] = {
        "municipality": municipality_code,
        "feed": str(report.kind),
        "feed_generation": report.feed_generation or 0,
        "manifest_sha256": report.manifest_sha256,
    }
    if report.outcome is ImportOutcome.ACTIVATED:
        detail |= {
            "data_generation": report.data_generation or 0,
            "rows": report.rows,
            "versions_added": report.versions_added,
            "versions_closed": report.versions_closed,
        }
        if judging.transposition.rows:
            detail |= {
                "transposition_sha256": " ".join(judging.transposition.sha256),
                "transposed": sum(report.transposed.values()),
            }
    elif report.judgement is not None and report.outcome is ImportOutcome.HELD:
        beyond = [figure.name for figure in report.judgement.figures if figure.out_of_bounds]
        detail |= {"beyond_bounds": " ".join(beyond), "doubts": " ".join(report.judgement.doubts)}
    else:
        detail |= {"problems": report.problem_count, "first_reason": report.problems[0].reason}
    return audit.AuditEntry(
        action="feed_import", actor=actor, result=report.outcome.value, occurred_at=now, detail=detail
    )


def _begin(  # noqa: PLR0917 - what both ways in are given
    folder: Path,
    keys: Mapping[FeedKind, Ed25519PublicKey],
    municipality_code: str | None,
    problems: FeedProblems,
    progress: Progress,
    judging: Judging,
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
    announcement = read_announcement(folder, keys[signed.manifest.kind], problems)
    if announcement is not None and announcement.announced_at > signed.manifest.extracted:
        problems.add(MANIFEST_NAME, "announced_late", "the announcement was written after the data were read")
    rows = RowJudge(problems, signed.manifest.business_date, judging.rules, judging.coverage)
    transposer = RowTransposer(judging.transposition)
    return _Work(folder, signed, stated, problems, progress, announcement, rows, transposer)


def _refused(problems: FeedProblems) -> ImportReport:
    return ImportReport(outcome=ImportOutcome.REFUSED, problems=problems.first, problem_count=problems.count)


def _load(connection: psycopg.Connection, work: _Work, *, now: datetime, judging: Judging) -> ImportReport:
    """Do everything between BEGIN and COMMIT.

    Raises `_RefusedError` where the feed must not be activated, `_HeldError` where two people must look first.
    """
    manifest = work.manifest
    if not feed_store.try_to_lock(connection, manifest.municipality_code):
        raise OperatorFault("load_in_progress", "another load of this municipality is running; wait for its end")
    known = feed_store.manifest_of(connection, manifest.municipality_code, manifest.kind, manifest.generation)
    position = feed_store.position_of(connection, manifest.municipality_code, manifest.kind)
    if known is not None and known.sha256 == work.signed.sha256 and position.generation == manifest.generation:
        return work.report(ImportOutcome.ALREADY_ACTIVE, known.data_generation)
    if out_of_order := order_problem(manifest, position):
        work.problems.add(MANIFEST_NAME, *out_of_order)
    _look_up(connection, work)
    work.stop_at_problems()
    if work.known is not None and work.known.stands is FeedState.HELD:
        work.judgement = work.known.judgement
        raise _HeldError
    load = feed_store.next_load(connection, manifest.municipality_code)
    if manifest.mode is FeedMode.DIFFERENCE:
        # its rows are found by their keys, one after another; a table of notices would be read whole for a hundredth
        connection.execute("SET LOCAL random_page_cost = 1.1")
    _write_versions(connection, work, load)
    _judge(connection, work, load, position, judging)
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
    return work.report(ImportOutcome.ACTIVATED, load.data_generation)


def _write_versions(connection: psycopg.Connection, work: _Work, load: feed_store.Load) -> None:
    """Write the versions of every file while it is checked, then look at what the database holds before anyone else.

    With the first problem the writing stops, the checking goes on: the report shall name as many as it can.
    """
    manifest = work.manifest
    refused: psycopg.IntegrityError | None = None
    for table in tables_of(manifest.kind):
        stated = work.stated[table.file_name]
        work.progress.begin(table.file_name, stated.bytes, stated.rows)
        writer = None
        if not work.problems.count and refused is None:
            compared = feed_store.is_compared(connection, manifest.municipality_code, table)
            writer = VersionWriter(connection, table, manifest.mode, load, compared=compared)
        refused = _read_and_write(work, table, stated, writer) or refused
        if writer is None or work.problems.count or refused is not None:
            continue
        writer.finish()
        feed_store.analyze_facts(connection, table, written=writer.added + writer.closed)
        writer.check(stated, work.problems)
        if manifest.mode is FeedMode.DIFFERENCE and not work.problems.count:
            check_removals(connection, table, load, work.problems)
        work.closed += writer.closed
        work.added += writer.added
    work.stop_at_problems()
    if refused is not None:
        raise refused
    if manifest.kind is FeedKind.RESIDENT:
        feed_store.check_card_holders(connection, load, work.problems)
    work.stop_at_problems()


def _read_and_write(
    work: _Work, table: Table, stated: ManifestFile, writer: VersionWriter | None
) -> psycopg.IntegrityError | None:
    """Check a file to its end, prepare what it comes to and write it: a slice each, beside one another.

    Gives what the database refused: a key that stands twice in the file, whose end tells in which lines.
    """
    mode = work.manifest.mode
    reader = FileReader(table, mode, stated, work.problems, judge=work.rows, transposer=work.transposer)
    refused: psycopg.IntegrityError | None = None
    with ExitStack() as beside:
        batches = reader.batches(work.folder / table.file_name, work.progress.advance)
        slices = beside.enter_context(read_ahead(batches))
        prepared: Iterator[PreparedSlice] = (
            writer.prepare(rows) for rows in slices if writer is not None and not work.problems.count
        )
        if mode is FeedMode.FULL:  # a difference asks the database which of its rows stand
            prepared = beside.enter_context(read_ahead(prepared))
        for one in prepared:
            if writer is None or work.problems.count or refused is not None:
                continue
            try:
                writer.write(one)
            except psycopg.IntegrityError as error:
                refused = error
    return refused


def _look_up(connection: psycopg.Connection, work: _Work) -> None:
    """Find what people said of this very feed: held, released, or rejected for good."""
    known = judged_feed_store.last_of_digest(connection, work.manifest.municipality_code, work.signed.sha256)
    if known is None or known.stands is FeedState.REFUSED:
        return
    work.known = known
    if known.stands is FeedState.REJECTED:
        work.problems.add(MANIFEST_NAME, "rejected", "people looked at this feed and refused it; ask for a new one")


def _judge(
    connection: psycopg.Connection, work: _Work, load: feed_store.Load, position: FeedPosition, judging: Judging
) -> None:
    """Judge the new state before anyone can read it. What is hard becomes a problem; what is doubtful is held."""
    work.progress.begin("judge", 0, 0)
    for table in tables_of(work.manifest.kind):
        set_apart(connection, table, work.manifest.mode, load)
    judgement = Judge(
        connection=connection,
        manifest=work.manifest,
        load=load,
        position=position,
        rows=work.rows,
        judging=judging,
        announcement=work.announcement,
    ).judge()
    work.judgement = judgement
    hard = [one for one in judgement.findings if one.severity is Severity.HARD]
    for one in hard:
        work.problems.add(one.file, one.rule, one.sentence, line=one.line, column=one.column)
    work.stop_at_problems()
    if judgement.verdict is FeedVerdict.REFUSE:
        raise _RefusedError
    released = work.known is not None and work.known.stands is FeedState.RELEASED
    if judgement.verdict is FeedVerdict.HOLD and not released:
        raise _HeldError


def _record(connection: psycopg.Connection, work: _Work, state: FeedState, now: datetime, actor: str) -> None:
    """Keep what was said of the feed, inside the caller's transaction; a released one only moves on."""
    if work.known is not None and work.known.stands is FeedState.RELEASED and state is FeedState.ACTIVATED:
        judged_feed_store.move(connection, work.known.id, FeedState.ACTIVATED, now)
        return
    judgement = work.judgement or Judgement(
        verdict=FeedVerdict.REFUSE,
        figures=(),
        findings=(),
        counts={},
        doubts=(),
        announced=work.announcement is not None,
    )
    if state is FeedState.REFUSED:
        refused = tuple(
            Finding(
                rule=one.reason,
                severity=Severity.HARD,
                file=one.file,
                line=one.line,
                column=one.column,
                sentence=one.sentence,
            )
            for one in work.problems.first
        )
        judgement = replace(judgement, verdict=FeedVerdict.REFUSE, findings=refused)
    judged_id = judged_feed_store.insert_judged(
        connection,
        work.manifest,
        judgement,
        manifest_sha256=work.signed.sha256,
        folder=str(work.folder.resolve()),
        state=state,
        at=now,
        by=actor,
    )
    work.known = judged_feed_store.read_judged(connection, work.manifest.municipality_code, judged_id)
