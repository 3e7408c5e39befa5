"""An outbox: what is to be sent is stored with what it tells of, in one transaction, and sent after the commit.

One module for every outbox of this program. A table of an outbox has `id`, `body`, `attempts`, `last_failure` and
`delivered_at`; what else it has is its owner's. A message is read in a transaction of its own, sent while none is open,
and what came of it is stored in a third: a peer that is slow holds no lock and no snapshot here, and a process that
dies between sending and storing sends again, which every receiver takes for the same message (P11).

::

    INSERT … COMMIT ─► SELECT … COMMIT ─► send (no transaction) ─► UPDATE … COMMIT
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.pq import TransactionStatus

from kofu.core.errors import ensure

#: What a delivery fails with where the peer cannot be reached at all: the round ends, all that follows waits too.
UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Outbox:
    """An outbox by its table. `waiting`: SQL, which rows are to be sent; `lock`: one round of sending at a time."""

    table: str
    waiting: str
    lock: int

    @property
    def note(self) -> str:
        """Statement that stores what came of sending. Parameters: failure ("" for none), delivered_at or None, id."""
        return f"UPDATE {self.table} SET attempts = attempts + 1, last_failure = %s, delivered_at = %s WHERE id = %s"

    @property
    def first_after(self) -> str:
        """Statement that reads the first waiting message after an id."""
        return f"SELECT id, body FROM {self.table} WHERE {self.waiting} AND id > %s ORDER BY id LIMIT 1"

    @property
    def count(self) -> str:
        """Statement that counts what waits."""
        return f"SELECT count(*) FROM {self.table} WHERE {self.waiting}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReport:
    """How a round of sending ended. `waiting` messages stay in the outbox; `failures` are codes, without data."""

    delivered: int
    waiting: int
    failures: tuple[str, ...]

    @property
    def refused(self) -> int:
        """Messages the peer answered and did not take: people look at them."""
        return sum(failure != UNREACHABLE for failure in self.failures)


def ensure_outside_transaction(connection: psycopg.Connection | psycopg.AsyncConnection) -> None:
    """Let nothing be asked of a peer while a transaction is open here. Raises `InvariantBroken`."""
    ensure(
        connection.info.transaction_status is TransactionStatus.IDLE,
        "a peer is asked while a transaction is open: its silence would hold what the transaction holds",
    )


def send_round(
    connection: psycopg.Connection, outbox: Outbox, deliver: Callable[[bytes], str], now: datetime
) -> SendReport:
    """Send what waits, oldest first; `deliver` sends one message and gives "" or a code that says what happened.

    Rounds follow one another, never at once: a second sender waits, then finds what is left. Each delivery is committed
    by itself. A failure leaves the message waiting; the round ends where the peer cannot be reached and goes on after a
    refusal of one message. Raises `InvariantBroken` inside of a transaction.
    """
    ensure_outside_transaction(connection)
    delivered, last = 0, 0
    failures: list[str] = []
    with _one_round_at_a_time(connection, outbox.lock):
        while (message := _next(connection, outbox, last)) is not None:
            last, body = message
            ensure_outside_transaction(connection)
            failure = deliver(body)
            with connection.transaction():
                connection.execute(outbox.note, (failure, None if failure else now, last))
            if not failure:
                delivered += 1
                continue
            failures.append(failure)
            if failure == UNREACHABLE:
                break
        with connection.transaction():
            waiting = connection.execute(outbox.count).fetchone()
    return SendReport(delivered=delivered, waiting=waiting[0] if waiting else 0, failures=tuple(failures))


def _next(connection: psycopg.Connection, outbox: Outbox, after: int) -> tuple[int, bytes] | None:
    with connection.transaction():
        row = connection.execute(outbox.first_after, (after,)).fetchone()
    return None if row is None else (row[0], bytes(row[1]))


@contextmanager
def _one_round_at_a_time(connection: psycopg.Connection, lock: int) -> Iterator[None]:
    """Hold the outbox for this session. It ends with the session too: a dead sender blocks nobody."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_lock(%s)", (lock,))
    try:
        yield
    finally:
        if not connection.closed:
            with connection.transaction():
                connection.execute("SELECT pg_advisory_unlock(%s)", (lock,))
