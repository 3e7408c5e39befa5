"""How far a long command is: a bar with rate and remaining time on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

PLAIN_LINE_EVERY_SECONDS = 5.0

Counting = Callable[[int, int], None]


@contextmanager
def counting(what: str) -> Iterator[Counting]:
    """Give what is to be called with (how many are done, of how many); 0 of how many: that is not known yet."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(what)
        return
    columns = (
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:>12}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(what, total=None, rate="")
        started = time.monotonic()

        def move(done: int, everything: int) -> None:
            rate = f"{_per_second(done, started):,.0f}/s" if done else ""
            bar.update(task, completed=done, total=everything or None, rate=rate)

        yield move


def _lines(what: str) -> Counting:
    """Say how far it is every few seconds, and at the end."""
    started = said = time.monotonic()

    def show_count(done: int, everything: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said < PLAIN_LINE_EVERY_SECONDS and done != everything:
            return
        said = now
        rate = _per_second(done, started)
        left = f", {(everything - done) / rate:,.0f} s left" if 0 < done < everything else ""
        of = f" of {everything:,}" if everything else ""
        typer.echo(f"{done:,}{of} {what}, {rate:,.0f}/s{left}", err=True)

    return show_count


def _per_second(done: int, started: float) -> float:
    return done / max(time.monotonic() - started, 0.001)
