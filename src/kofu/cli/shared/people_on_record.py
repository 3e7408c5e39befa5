"""Whom a command concerned, on record: by the system's own pseudonyms, as one entry."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kofu.cli.shared.declared import operator

if TYPE_CHECKING:  # it draws in psycopg: `kofu --help` does without
    import psycopg


def concerned(
    connection: psycopg.Connection, action: str, scope: str, people: Iterable[str], now: datetime | None = None
) -> None:
    """Put on record, in a transaction, that this command showed or gave out something of people.

    `scope`: the municipality of their 宛名番号, or what else they are known by. Of nobody there is nothing to note.
    """
    from kofu.platform.pseudonym import pseudonyms_of
    from kofu.staff.operators.entering import record_people

    who = operator()
    pseudonyms = pseudonyms_of(who.system).of_all((scope, one) for one in people)
    if pseudonyms:
        with connection.transaction():
            record_people(connection, who, action, pseudonyms, now or datetime.now(UTC))
