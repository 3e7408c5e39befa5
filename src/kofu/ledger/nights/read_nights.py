"""What the run page shows: the runs, the latest first, and the generations they wrote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import class_row, kwargs_row

from kofu.ledger.feed.night import is_running

RUNS_MAX = 30
GENERATIONS_MAX = 30


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run: what it is to write, how far it is, how it ended."""

    id: UUID
    mode: str
    business_date: date
    state: str
    phase: str
    rows_done: int
    rows_expected: int
    generation: int | None
    failure: str
    held_id: int | None
    held_state: str | None
    started_by: str
    started_at: datetime
    finished_at: datetime | None

    @property
    def seconds(self) -> int | None:
        """How long it took, in seconds; None while it runs."""
        return None if self.finished_at is None else round((self.finished_at - self.started_at).total_seconds())

    @property
    def duration(self) -> str:
        """How long it took, as h:mm:ss."""
        return "" if self.seconds is None else str(timedelta(seconds=self.seconds))

    @property
    def percent(self) -> int:
        """How much of the expected rows is written, 0 to 100."""
        return min(100, self.rows_done * 100 // self.rows_expected) if self.rows_expected else 0


class GenerationFile(msgspec.Struct, frozen=True):
    """Of a file of a generation what the page shows: its data rows, and its control totals by column."""

    name: str
    rows: int
    control_totals: dict[str, int]


@dataclass(frozen=True, slots=True)
class GenerationLine:
    """A generation: of each file its rows and control totals; when it was published, when `issuing` read it."""

    generation: int
    mode: str
    base_generation: int | None
    business_date: date
    folder: str
    files: tuple[GenerationFile, ...]
    created_at: datetime
    published_at: datetime | None
    delivered_at: datetime | None


@dataclass(frozen=True, slots=True)
class NightPage:
    """The whole page. `running`: the run at work now, if any."""

    running: RunLine | None
    runs: tuple[RunLine, ...]
    generations: tuple[GenerationLine, ...]


def _generation(*, files: object, **columns: Any) -> GenerationLine:
    """Make a generation of a row. Raises `msgspec.ValidationError` where what is kept of its files are none."""
    return GenerationLine(files=msgspec.convert(files, tuple[GenerationFile, ...]), **columns)


def read_night(connection: psycopg.Connection, municipality_code: str) -> NightPage:
    """Read the page. A run noted as running whose lock nobody holds has broken off, and is shown so."""
    working = is_running(connection, municipality_code)
    with connection.cursor(row_factory=class_row(RunLine)) as cursor:
        runs = cursor.execute(
            "SELECT run.id, run.mode, run.business_date,"
            " CASE WHEN run.state = 'running' AND NOT %s THEN 'broken' ELSE run.state END AS state, phase, rows_done,"
            " rows_expected, generation, failure, held.id AS held_id, held.state AS held_state, started_by, started_at,"
            " finished_at FROM feed_run AS run LEFT JOIN held_night AS held ON held.id = run.held_night_id"
            f" WHERE run.municipality_code = %s ORDER BY started_at DESC, run.id LIMIT {RUNS_MAX}",
            [working, municipality_code],
        ).fetchall()
    with connection.cursor(row_factory=kwargs_row(_generation)) as cursor:
        generations = cursor.execute(
            "SELECT generation, mode, base_generation, business_date, folder, files, created_at, published_at,"
            " delivered_at FROM feed_generation WHERE municipality_code = %s"
            f" ORDER BY generation DESC LIMIT {GENERATIONS_MAX}",
            [municipality_code],
        ).fetchall()
    running = next((run for run in runs if run.state == "running"), None)
    return NightPage(running, tuple(runs), tuple(generations))
