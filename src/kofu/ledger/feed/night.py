"""⑲ The night: write the tax feed from the ledger itself, full or as the difference to the last, whole or not at all.

::

    lock ─► publish what a broken night had sealed ─► one snapshot: mark what changed, lay the glyph set beside
         ─► stream, count, sum, sign
         ─► judge: rows, people, figures ─► COMMIT (the generation is taken, its content is fixed)
         ─► the folder gets its name

What can never be fails the run; figures beyond their bounds end it *held*: nothing leaves, two people look, and the
next run with exactly these figures writes (`held_nights`).

Before the commit a broken night leaves nothing: no generation, no mark, no folder; it starts clean. After it, the feed
lies whole on the disk, and the next run, or the same started again, gives it its name. A generation number therefore
never stands for two contents. Should a sealed feed be lost with its disk, the next one is a full feed.

The lock is held by the connection that works: it ends with it, however that ends, and never by time (P3, P5).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID, uuid4

import msgspec
import psycopg
from psycopg import IsolationLevel
from psycopg.types.json import Jsonb

from kofu.contracts.announcement import announces
from kofu.contracts.feed import FeedMode, Manifest, ManifestFile, Table
from kofu.contracts.feed_tables import ASSESSMENTS, COLLECTIONS
from kofu.core.errors import KofuError, OperatorFault, OurFault
from kofu.core.gates import USUAL_GATES, FeedGates
from kofu.judgement.row_rules import broken_by_rows
from kofu.ledger.acting.night_lock import LOCK, UNLOCK
from kofu.ledger.feed import held_nights
from kofu.ledger.feed.counted_beside import counted_beside
from kofu.ledger.feed.daily_feed import Night, write_daily_feed
from kofu.ledger.feed.feed_rows import ChangedRows, note_changes, plan_for_a_ward, rows
from kofu.ledger.feed.held_nights import NightHeldError
from kofu.ledger.feed.judge_figures import JudgedNight, NightFigures, judge_figures
from kofu.ledger.feed.judge_night import NightJudge, RowRules
from kofu.ledger.glyphs.glyphs import lay_set
from kofu.platform import audit
from kofu.platform.feeds import discard_unfinished, own_announcement, publish_sealed
from kofu.platform.message_keys import MessageKey
from kofu.platform.read_ahead import read_ahead

PREFIX = "tax-"

Connect = Callable[[], psycopg.Connection]
Progress = Callable[[int, int], None]


def unseen(_done: int, _expected: int) -> None:
    """Show nobody how far a night is."""


class NightRunState(StrEnum):
    """How a run stands. `broken`: its process ended without a word. `held`: its figures wait for two people."""

    RUNNING = "running"
    DONE = "done"
    HELD = "held"
    FAILED = "failed"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class NightReport:
    """What a night wrote: the feed's folder, its generation and mode; of each file its rows and control totals.

    `resumed`: the feed had been sealed by a broken run before, and only got its name.
    """

    folder: Path
    generation: int
    mode: FeedMode
    files: tuple[ManifestFile, ...]
    resumed: bool = False

    @property
    def rows(self) -> int:
        """Rows of all files."""
        return sum(file.rows for file in self.files)


@dataclass(frozen=True, slots=True)
class LastFeed:
    """The newest generation of the ledger's feeds."""

    generation: int
    mode: str
    business_date: date | None
    folder: str
    manifest_sha256: str
    published: bool
    files: tuple[ManifestFile, ...]

    @property
    def is_base(self) -> bool:
        """Whether a difference can build on it: written by the ledger, and where `issuing` finds it."""
        return self.published and self.mode not in {"taken_over", "elsewhere"}


def last_feed(connection: psycopg.Connection, municipality_code: str) -> LastFeed:
    """Read the newest generation; generation 0 where there is none."""
    row = connection.execute(
        "SELECT generation, mode, business_date, folder, manifest_sha256, published_at IS NOT NULL, files"
        " FROM feed_generation WHERE municipality_code = %s ORDER BY generation DESC LIMIT 1",
        [municipality_code],
    ).fetchone()
    if row is None:
        return LastFeed(0, "", None, "", "", published=False, files=())
    generation, mode, day, folder, digest, published, files = row
    stated = msgspec.convert(files, tuple[ManifestFile, ...])
    return LastFeed(generation, mode, day, folder, digest, published=published, files=stated)


def folder_of(out: Path, generation: int) -> Path:
    """Name the folder of a generation."""
    return out / f"{PREFIX}{generation:06d}"


def run_night(
    connect: Connect,
    *,
    municipality_code: str,
    out: Path,
    business_date: date,
    key: MessageKey,
    actor: str,
    clock: Callable[[], datetime],
    full: bool = False,
    progress: Progress = unseen,
    rules: RowRules = broken_by_rows,
    gates: FeedGates = USUAL_GATES,
) -> NightReport:
    """Write tonight's feed into a new folder under `out` and give what was written.

    `progress` hears (rows written, rows expected), the run's record too: others see it there. `rules` judge each row
    before the feed leaves, as `issuing` will judge it; `gates` are the bounds of its figures.

    `connect` gives connections under the application's role, in autocommit. `business_date` is the day whose close the
    feed shows. A difference is written where there is a published feed of the ledger to build on, unless `full`.
    Raises `OperatorFault` `night_running` where another run is at work, `business_date_backwards` for a day before the
    last feed's, `OurFault` `feed_differs` where what was written is not what the ledger counts, `judged …` where a row
    says what can never be, `NightHeldError` where two people must look first, `OperatorFault` `announced_otherwise`
    where the feed is not what was announced; the disk's and the database's own errors pass through. After any of them
    no feed is there that was not there before.
    """
    with connect() as work, connect() as notes:
        locked = work.execute(LOCK, [municipality_code]).fetchone()
        if not (locked and locked[0]):
            raise OperatorFault("night_running", "another run is writing the feed; see the run page, wait for its end")
        try:
            night = _Run(
                work=work,
                notes=notes,
                connect=connect,
                code=municipality_code,
                out=out,
                date=business_date,
                key=key,
                actor=actor,
                clock=clock,
                progress=progress,
                judge=NightJudge(business_date, rules),
                gates=gates,
            )
            return night.resume() or night.write(full=full)
        finally:
            if not work.closed and not work.broken:
                work.execute(UNLOCK, [municipality_code])


def is_running(connection: psycopg.Connection, municipality_code: str) -> bool:
    """Tell whether a run holds the lock now."""
    locked = connection.execute(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND (classid::bigint << 32) | objid::bigint = hashtextextended('kofu ledger night ' || %s, 0))",
        [municipality_code],
    ).fetchone()
    return bool(locked and locked[0])


@dataclass(slots=True, kw_only=True)
class _Run:
    """One run: `work` holds the lock and the snapshot, `notes` says how far it is, for all to see."""

    work: psycopg.Connection
    notes: psycopg.Connection
    connect: Connect
    code: str
    out: Path
    date: date
    key: MessageKey
    actor: str
    clock: Callable[[], datetime]
    progress: Progress
    judge: NightJudge
    gates: FeedGates
    run_id: UUID = field(default_factory=uuid4)
    done: int = 0
    expected: int = 0

    # -- what a broken run left ---------------------------------------------------------------------------------------

    def resume(self) -> NightReport | None:
        """Close what broken runs left open. Gives tonight's feed, where only its name was missing."""
        self.notes.execute(
            "UPDATE feed_run SET state = 'broken', finished_at = %s WHERE municipality_code = %s AND state = 'running'",
            [self.clock(), self.code],
        )
        last = last_feed(self.notes, self.code)
        resumed = None
        if last.manifest_sha256 and not last.published:
            folder = self.out / last.folder
            if publish_sealed(folder, last.manifest_sha256):
                self._publish(last.generation)
                resumed = NightReport(
                    folder=folder,
                    generation=last.generation,
                    mode=FeedMode(last.mode),
                    files=last.files,
                    resumed=True,
                )
        discard_unfinished(self.out, PREFIX)
        return resumed if resumed is not None and last.business_date == self.date else None

    def _publish(self, generation: int) -> None:
        self.notes.execute(
            "UPDATE feed_generation SET published_at = %s WHERE municipality_code = %s AND generation = %s",
            [self.clock(), self.code, generation],
        )
        self.notes.execute(
            "UPDATE feed_run SET state = 'done', failure = '', generation = made.generation"
            " FROM feed_generation AS made"
            " WHERE made.run_id = feed_run.id AND made.municipality_code = %s AND made.generation = %s",
            [self.code, generation],
        )

    # -- tonight's feed -----------------------------------------------------------------------------------------------

    def write(self, *, full: bool) -> NightReport:
        """Write a feed and record the run, however it ends."""
        last = last_feed(self.notes, self.code)
        base = last.generation if last.is_base and not full else None
        mode = FeedMode.FULL if base is None else FeedMode.DIFFERENCE
        night = Night(
            municipality_code=self.code,
            generation=last.generation + 1,
            base_generation=base,
            business_date=self.date,
            created_at=self.clock(),
            base_sha256=None if base is None else last.manifest_sha256,
        )
        self.notes.execute(
            "INSERT INTO feed_run (id, municipality_code, mode, business_date, state, phase, rows_done, rows_expected,"
            " failure, started_by, started_at) VALUES (%s, %s, %s, %s, 'running', 'compare', 0, 0, '', %s, %s)",
            [self.run_id, self.code, mode, self.date, self.actor, self.clock()],
        )
        try:
            if last.business_date is not None and self.date < last.business_date:
                raise OperatorFault(  # noqa: TRY301 - the run is on record, with why it failed
                    "business_date_backwards", f"the last feed shows {last.business_date}; give that day or a later one"
                )
            files = self._write(night, last)
        except NightHeldError as held:
            self._end(NightRunState.HELD, failure=held.code, held_id=held.held_id)
            raise
        except BaseException as error:
            self._end(
                NightRunState.FAILED, failure=error.code if isinstance(error, KofuError) else type(error).__name__
            )
            raise
        self._publish(night.generation)
        self._end(NightRunState.DONE, generation=night.generation)
        return NightReport(
            folder=folder_of(self.out, night.generation), generation=night.generation, mode=mode, files=files
        )

    def _end(
        self, state: NightRunState, *, failure: str = "", generation: int | None = None, held_id: int | None = None
    ) -> None:
        if self.notes.closed or self.notes.broken:
            return  # the next run finds this one running without its lock, and calls it broken
        self.notes.execute(
            "UPDATE feed_run SET state = %s, failure = %s, generation = %s, held_night_id = %s, rows_done = %s,"
            " finished_at = %s WHERE id = %s",
            [state, failure[:64], generation, held_id, self.done, self.clock(), self.run_id],
        )

    def _write(self, night: Night, last: LastFeed) -> tuple[ManifestFile, ...]:
        """Stream both tables out of one snapshot; the commit stands between the last byte and the folder's name."""
        sealed: list[Manifest] = []
        difference = None if night.base_generation is None else night.generation
        assessments = self._counted_rows(ASSESSMENTS, difference)
        collections = self._counted_rows(COLLECTIONS, difference)
        self.work.isolation_level = IsolationLevel.REPEATABLE_READ
        self.work.autocommit = False
        beside = ExitStack()
        try:
            full = night.base_generation is None
            plan_for_a_ward(self.work, full=full)
            counted = beside.enter_context(counted_beside(self.work, self.connect, self.code, full=full))
            changed = note_changes(self.work, self.code, night.generation)
            night = replace(night, glyph_set=lay_set(self.work, self.code, self.out, self.key))
            self._expect(night, changed)

            def seal(manifest: Manifest, data: bytes) -> None:
                self._check(night, manifest, changed, counted().totals)
                compared = JudgedNight(
                    municipality_code=self.code,
                    generation=night.generation,
                    before=last.generation,
                    business_date=self.date,
                )
                figures = self._judge(compared, manifest, counted().figures)
                self._record(night, manifest, data, figures)
                self.work.commit()
                sealed.append(manifest)

            write_daily_feed(
                folder_of(self.out, night.generation),
                night,
                assessments=assessments,
                collections=collections,
                key=self.key,
                seal=seal,
            )
        finally:
            assessments.close()  # a COPY that is still open is ended
            collections.close()
            beside.close()
            if not self.work.closed and not self.work.broken:
                self.work.rollback()
                self.work.autocommit = True
        return sealed[0].files

    def _expect(self, night: Night, changed: dict[str, ChangedRows]) -> None:
        self.expected = sum(_rows_of(night, one) for one in changed.values())
        self.notes.execute("UPDATE feed_run SET rows_expected = %s WHERE id = %s", [self.expected, self.run_id])
        self.progress(0, self.expected)

    def _counted_rows(self, table: Table, changed_in: int | None) -> Generator[bytes]:
        """Pass the rows of a table on, judged, and say how far it is; the next come while the last are looked at."""
        self._note_phase(table.name)
        with closing(rows(self.work, table, self.code, changed_in)) as copied, read_ahead(copied) as batches:
            for lines in batches:
                looked_at = self.judge.look(table, lines)
                yield lines
                self.done += looked_at
                self.progress(self.done, self.expected)
                self._note_phase(table.name)
        self.progress(self.done, self.expected)

    def _note_phase(self, phase: str) -> None:
        self.notes.execute(
            "UPDATE feed_run SET phase = %s, rows_done = %s WHERE id = %s", [phase, self.done, self.run_id]
        )

    def _check(self, night: Night, manifest: Manifest, changed: dict[str, ChangedRows], totals: dict[str, int]) -> None:
        """Compare what was written with what the ledger counts by other ways, in the same snapshot, and judge it."""
        self.judge.require_sound()
        stated = {file.name: file for file in manifest.files}
        for table in (ASSESSMENTS, COLLECTIONS):
            expected = _rows_of(night, changed[table.name])
            if stated[table.file_name].rows != expected:
                raise OurFault(
                    "feed_differs",
                    f"{table.file_name}: {stated[table.file_name].rows} rows written, the ledger counts {expected}",
                )
        announcement = own_announcement(folder_of(self.out, night.generation), self.key.public_key())
        if announcement is not None and not announces(announcement, manifest):
            raise OperatorFault(
                "announced_otherwise",
                f"generation {night.generation} was announced with other rows, totals or another day; find what moved"
                " since, announce it again (`kofu ledger announce`), then run the night",
            )
        if night.base_generation is None and stated[COLLECTIONS.file_name].control_totals != totals:
            raise OurFault("feed_differs", f"{COLLECTIONS.file_name}: its totals are not those of the balances")

    def _judge(self, compared: JudgedNight, manifest: Manifest, state: dict[str, int]) -> NightFigures:
        """Judge the figures of the night; hold it where they are doubtful and nobody has let exactly these pass."""
        rows = sum(file.rows for file in manifest.files)
        judged = judge_figures(self.work, compared, state, warnings=self.judge.warnings, rows=rows, gates=self.gates)
        if not judged.doubtful:
            return judged
        released = held_nights.is_released(self.work, self.code, judged.sha256)
        if released is None:
            held_id = held_nights.keep_figures(self.notes, compared, manifest.mode, judged, self.clock())
            raise NightHeldError(held_id, sum(figure.out_of_bounds for figure in judged.figures))
        held_nights.mark_written(self.work, released, self.clock())
        return judged

    def _record(self, night: Night, manifest: Manifest, data: bytes, figures: NightFigures) -> None:
        """Take the generation, mark which corrections it states, and put it on record, before the commit."""
        digest = hashlib.sha256(data).hexdigest()
        self.work.execute(
            "INSERT INTO feed_generation (municipality_code, generation, mode, base_generation, business_date,"
            " created_at, folder, manifest_sha256, files, figures, run_id)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                self.code, night.generation, manifest.mode, night.base_generation, night.business_date,
                night.created_at, folder_of(self.out, night.generation).name, digest,
                Jsonb(msgspec.to_builtins(manifest.files)), Jsonb(figures.values), self.run_id,
            ],
        )  # fmt: skip
        self.work.execute(
            "UPDATE issuance_hold SET generation = %s WHERE municipality_code = %s AND kind = 'correcting'"
            " AND settled_at IS NOT NULL AND generation IS NULL AND released_at IS NULL",
            [night.generation, self.code],
        )
        audit.append(
            self.work,
            f"ledger-night-{self.code}",  # a lane of the nights alone: its head is in this old snapshot
            audit.AuditEntry(
                action="feed.write",
                actor=self.actor,
                result=manifest.mode.value,
                occurred_at=self.clock(),
                detail={
                    "generation": night.generation,
                    "rows": sum(file.rows for file in manifest.files),
                    "manifest_sha256": digest,
                    "figures_sha256": figures.sha256,
                },
            ),
        )


def _rows_of(night: Night, changed: ChangedRows) -> int:
    return changed.standing if night.base_generation is None else changed.difference
