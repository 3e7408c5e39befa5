"""How far a feed is taken in: a bar with rate and remaining time on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:  # it draws in polars and psycopg: `kofu --help` does without
    from kofu.issuing.feeds.import_feed import Progress

PLAIN_LINE_EVERY_SECONDS = 5.0


@contextmanager
def feed_progress() -> Iterator[Progress]:
    """Show a bar with rate and remaining time on a terminal, plain lines elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _PlainProgress()
        return
    columns = (
        TextColumn("{task.description:<26}"),
        BarColumn(),
        TextColumn("{task.fields[rate]:>15}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Bar(*columns, console=console) as bar:
        yield _BarProgress(bar)


class _Rate:
    """How many rows are done, judged by the bytes done."""

    def __init__(self, total_bytes: int, rows: int) -> None:
        self.total_bytes, self.rows = total_bytes, rows
        self.done_bytes = 0
        self._started = time.monotonic()

    def advance(self, done_bytes: int) -> None:
        self.done_bytes = min(self.done_bytes + done_bytes, self.total_bytes)

    @property
    def rows_done(self) -> int:
        return self.rows * self.done_bytes // max(self.total_bytes, 1)

    @property
    def rows_per_second(self) -> float:
        return self.rows_done / max(time.monotonic() - self._started, 0.001)

    @property
    def seconds_left(self) -> float:
        return (self.rows - self.rows_done) / max(self.rows_per_second, 1.0)


class _BarProgress:
    """A bar per phase."""

    def __init__(self, bar: object) -> None:
        self._bar = bar
        self._task: object = None
        self._rate = _Rate(0, 0)

    def begin(self, phase: str, total_bytes: int, rows: int) -> None:
        """Begin a bar; one without a length pulses."""
        self._finish()
        self._rate = _Rate(total_bytes, rows)
        self._task = self._bar.add_task(phase, total=total_bytes or None, rate="")  # type: ignore[attr-defined]  # rich's Progress, imported when needed

    def advance(self, done_bytes: int) -> None:
        """Move the bar on."""
        self._rate.advance(done_bytes)
        rate = f"{self._rate.rows_per_second:,.0f} rows/s"
        self._bar.update(self._task, advance=done_bytes, rate=rate)  # type: ignore[attr-defined]  # as above

    def _finish(self) -> None:
        if self._task is not None:
            self._bar.update(self._task, total=1, completed=1)  # type: ignore[attr-defined]  # as above


class _PlainProgress:
    """A line at the beginning of each phase and every few seconds in it."""

    def __init__(self) -> None:
        self._phase = ""
        self._rate = _Rate(0, 0)
        self._last_line_at = time.monotonic()

    def begin(self, phase: str, total_bytes: int, rows: int) -> None:
        """Say what begins."""
        self._phase, self._rate, self._last_line_at = phase, _Rate(total_bytes, rows), time.monotonic()
        typer.echo(f"{phase}: {rows:,} rows" if rows else phase, err=True)

    def advance(self, done_bytes: int) -> None:
        """Say how far it is, not too often."""
        self._rate.advance(done_bytes)
        if time.monotonic() - self._last_line_at >= PLAIN_LINE_EVERY_SECONDS:
            self._last_line_at = time.monotonic()
            rate = self._rate
            typer.echo(
                f"{self._phase}: {rate.rows_done:,} of {rate.rows:,} rows, {rate.rows_per_second:,.0f}/s, "
                f"{rate.seconds_left:,.0f} s left",
                err=True,
            )
