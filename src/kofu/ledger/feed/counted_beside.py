"""What the ledger states is counted while its rows are written: on a connection beside, in the night's own snapshot.

The balances' own totals and the figures of the state depend on nothing the night marks, so they need not wait for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import IsolationLevel, sql

from kofu.ledger.feed.feed_figures import state_figures
from kofu.ledger.feed.feed_rows import collection_totals, plan_for_a_ward

SECONDS_BETWEEN_CANCELS = 0.5


@dataclass(frozen=True, slots=True)
class Counted:
    """`totals`: the control totals of all notices, from the balances; `figures`: of all that is stated, by name."""

    totals: dict[str, int]
    figures: dict[str, int]


@contextmanager
def counted_beside(
    work: psycopg.Connection, connect: Callable[[], psycopg.Connection], municipality_code: str, *, full: bool
) -> Iterator[Callable[[], Counted]]:
    """Begin to count in the snapshot of `work`, a transaction that reads it to its end; give what waits for the result.

    What counting raises is raised there. Leaving without having asked ends the counting.
    """
    row = work.execute("SELECT pg_export_snapshot()").fetchone()
    snapshot = row[0] if row else ""
    with connect() as beside, ThreadPoolExecutor(max_workers=1, thread_name_prefix="count-beside") as thread:
        counting = thread.submit(_count, beside, snapshot, municipality_code, full=full)
        try:
            yield counting.result
        finally:
            while not counting.done():
                beside.cancel_safe()
                wait([counting], timeout=SECONDS_BETWEEN_CANCELS)


def _count(connection: psycopg.Connection, snapshot: str, municipality_code: str, *, full: bool) -> Counted:
    connection.autocommit = False
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    with connection.transaction():
        connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(snapshot))
        plan_for_a_ward(connection, full=full)
        totals = collection_totals(connection, municipality_code) if full else {}
        return Counted(totals, state_figures(connection, municipality_code))
