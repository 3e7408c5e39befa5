"""Read as of one moment: whatever others commit meanwhile, all reads see what stood when the first began."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from kofu.core.errors import ensure

#: Of PostgreSQL: one snapshot for the transaction, taken by its first statement; what reads only cannot fail for it.
ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"


@contextmanager
def one_moment(connection: psycopg.Connection) -> Iterator[None]:
    """Hold one snapshot of the database on a connection that is in no transaction. Nothing can be written in it.

    Transactions that the reads open inside are savepoints of it and see the same. Raises `InvariantBroken` inside of a
    transaction: its snapshot may be older than what the caller wants to see.
    """
    ensure(connection.info.transaction_status.name == "IDLE", "one moment is read outside of any transaction")
    with connection.transaction():
        connection.execute(ONE_MOMENT)
        yield
