"""Somebody else at the database, in this process or in one of its own, who does one step at a time when told to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from tests.issuing.world import ROOT

PLACES = ("thread", "process")


class Here:
    """Acts through a connection of this process; the test runs the other side in a thread."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)

    def do(self, statement: str, *values: object) -> str:
        """Run one statement; give the first cell of its answer, "" where there is none."""
        cursor = self._connection.execute(statement, values)
        row = cursor.fetchone() if cursor.description else None
        return str(row[0]) if row else ""

    def end(self) -> None:
        self._connection.close()


class Elsewhere:
    """Acts in a process of its own."""

    def __init__(self, url: str) -> None:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.incidents.actors", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=ROOT,
        )

    def do(self, statement: str, *values: object) -> str:
        """Run one statement there; give the first cell of its answer."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps([statement, values], default=str) + "\n")
        stdin.flush()
        return str(json.loads(stdout.readline()))

    def end(self) -> None:
        self._process.kill()
        self._process.communicate(timeout=10)


@contextmanager
def actor(place: str, url: str) -> Iterator[Here | Elsewhere]:
    """Give somebody who acts in a `thread` of this process or in a `process` of its own."""
    made = Here(url) if place == "thread" else Elsewhere(url)
    try:
        yield made
    finally:
        made.end()


@contextmanager
def planted(owner_url: str, function: str, good: str, bad: str) -> Iterator[None]:
    """Plant a bug in a function of the database: its source with `good` replaced by `bad`; take it out afterwards."""
    with psycopg.connect(owner_url, autocommit=True) as owner:
        row = owner.execute("SELECT pg_get_functiondef(%s::regproc)", [function]).fetchone()
        assert row is not None
        source = str(row[0])
        assert good in source, f"the bug cannot be planted: {good!r} is not in {function}"
        owner.execute(source.replace(good, bad).encode())
    try:  # nobody is connected meanwhile: the database may be the one others are copied from
        yield
    finally:
        with psycopg.connect(owner_url, autocommit=True) as owner:
            owner.execute(source.encode())


def waits_for_a_lock(connection: psycopg.Connection) -> bool:
    """Whether somebody at this database waits for a lock at this moment."""
    row = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    ).fetchone()
    return bool(row and row[0])


def main(url: str) -> None:
    here = Here(url)
    for line in sys.stdin:
        statement, values = json.loads(line)
        sys.stdout.write(json.dumps(here.do(statement, *values)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
