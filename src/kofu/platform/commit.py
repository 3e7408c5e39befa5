"""What became of a commit: rolled back, confirmed, or in doubt.

Three ends of a statement are told apart. Some errors say that everything was rolled back: the same may be tried again.
A lost connection says nothing: what was stored before it must be read. And one end looks like success: where a commit
waits for a synchronous standby and the wait is cut off, PostgreSQL answers as if all were well, with a warning that the
transaction "might not have been replicated". After a fail-over that commit would be gone. So a warning is no success.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from kofu.core.errors import OurFault

ROLLED_BACK: tuple[type[psycopg.Error], ...] = (
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.QueryCanceled,
)
"""Errors after which nothing of the transaction stands: it may be tried again as if it had never been."""


class CommitInDoubtError(OurFault):
    """The database confirmed something with a warning: it may be lost in a fail-over, and counts as not confirmed."""

    def __init__(self) -> None:
        """Say it in words."""
        super().__init__("commit_in_doubt", "the database does not vouch for what it stored; ask again in a moment")


@contextmanager
def certain(connection: psycopg.Connection) -> Iterator[None]:
    """Raise `CommitInDoubtError` at the end where the database warned of anything meanwhile.

    Whoever asks again with the same id is answered by what is stored then, and that answer's own commit vouches for it.
    """
    warned: list[str] = []

    def note(diagnostic: psycopg.errors.Diagnostic) -> None:
        if diagnostic.severity_nonlocalized == "WARNING":
            warned.append(diagnostic.sqlstate or "")

    connection.add_notice_handler(note)
    try:
        yield
    finally:
        connection.remove_notice_handler(note)
    if warned:
        raise CommitInDoubtError
