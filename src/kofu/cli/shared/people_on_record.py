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
    from kofu.platform.made_once import secret_file
    from kofu.platform.pseudonym import Pseudonyms
    from kofu.platform.settings import var_dir
    from kofu.staff.operators.entering import record_people

    who = operator()
    names = Pseudonyms(secret_file(var_dir() / "keys" / f"{who.system}-pseudonyms.key"))
    pseudonyms = tuple(dict.fromkeys(found for one in people if (found := names.of(scope, one)) is not None))
    if pseudonyms:
        with connection.transaction():
            record_people(connection, who, action, pseudonyms, now or datetime.now(UTC))
