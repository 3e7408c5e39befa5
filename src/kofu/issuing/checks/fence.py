"""The fence: a database that went back in time does not issue (P4, P10).

An older backup that is restored knows nothing of the certificates made since: it would give their numbers to other
papers, and deny what was handed out. The database cannot see that by itself. So what it must know stands outside it,
under `KOFU_VAR`: a mark of the highest certificate number seen, written while processes serve, and beside it what every
system has of its record (`platform.restored.Witnesses`). Before serving, the database must know both. Where it does
not, only an operator leads it past the fence (`kofu fence pass`), with numbers that start beyond everything that may
have been given.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import psycopg

from kofu.contracts.unreadable import UNREADABLE
from kofu.core.errors import OperatorFault
from kofu.issuing.acting.who_acts import Acting
from kofu.platform.made_once import replace_whole
from kofu.platform.restored import Witnesses, witnesses_of

NUMBERS_LEFT_OUT = 1_000_000
"""Numbers skipped when passing the fence: more than could be given between the last mark and the loss."""

_SEQUENCE = "issuing_certificate_number"


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What is known outside the database: the highest number seen. A field of an older mark is left where it was."""

    number: int = 0


@dataclass(frozen=True, slots=True)
class Fence:
    """The mark's file, and what else is known outside the database of `issuing`."""

    mark_file: Path
    record: Witnesses

    def read(self) -> Mark:
        """Read the mark; none yet is a mark of nothing. Raises `OperatorFault` for a file that is no mark."""
        try:
            return msgspec.json.decode(self.mark_file.read_bytes(), type=Mark)
        except FileNotFoundError:
            return Mark()
        except UNREADABLE as error:
            raise OperatorFault(
                "bad_fence_mark", f"{self.mark_file} is no mark of the fence; restore it from the copy of KOFU_VAR"
            ) from error

    def write(self, mark: Mark) -> None:
        """Write the mark, whole or not at all."""
        replace_whole(self.mark_file, msgspec.json.encode(mark))


def fence_in(var: Path) -> Fence:
    """Find the fence of `issuing` under the folder of what is made at run time."""
    return Fence(var / "fence" / "issuing.json", witnesses_of("issuing"))


def highest_number(connection: psycopg.Connection) -> int:
    """Tell the highest running number of a certificate this database has given; 0 for none."""
    row = connection.execute(f"SELECT last_value, is_called FROM {_SEQUENCE}").fetchone()
    return int(row[0]) if row and row[1] else 0


def numbers_behind(connection: psycopg.Connection, fence: Fence) -> str | None:
    """Say that the database has given fewer numbers than were seen; None where it has not."""
    mark, number = fence.read(), highest_number(connection)
    if number >= mark.number:
        return None
    return f"certificate number {mark.number} was seen, and this database has given only {number}"


def went_back(connection: psycopg.Connection, fence: Fence) -> str | None:
    """Say in which point the database is older than what is known outside it; None where it is not."""
    return numbers_behind(connection, fence) or fence.record.went_back(connection)


def require_not_gone_back(connection: psycopg.Connection, fence: Fence) -> None:
    """Raise `OperatorFault` where the database is older than what is known outside it."""
    point = went_back(connection, fence)
    if point is not None:
        raise OperatorFault(
            "database_went_back",
            f"this database is older than what was issued from it: {point}. Was a backup restored? Restore a newer "
            "one, or run `kofu fence pass`: see docs/how-to/production-database.md",
        )


def advance(connection: psycopg.Connection, fence: Fence) -> None:
    """Move the mark up to what the database has given. Never moves it back: two processes may write in any order."""
    number = highest_number(connection)
    if number > fence.read().number:
        fence.write(Mark(number=number))


def pass_fence(connection: psycopg.Connection, acting: Acting, fence: Fence, *, by: str) -> int:
    """Lead a restored database past the fence; give the first number it may use. Needs the schema owner's rights.

    Numbers start beyond the mark and what could have been given after it. What was lost stays lost: the record says
    that it was, by whom the database was let through, and the old anchor keeps accusing it in `kofu audit verify`.
    Raises `OperatorFault` where nothing is to be passed, or nobody signs.
    """
    if not by.strip():
        raise OperatorFault("unsigned", "passing the fence needs the name of the person who decides it")
    point = went_back(connection, fence)
    if point is None:
        raise OperatorFault("nothing_to_pass", "this database knows everything that is known outside it")
    mark = fence.read()
    first = max(mark.number, highest_number(connection)) + NUMBERS_LEFT_OUT
    with connection.transaction():
        connection.execute("SELECT setval(%s, %s)", [_SEQUENCE, first - 1])
        acting.record(
            connection,
            "database.went_back",
            "passed",
            actor=by,
            detail={"point": point, "numbers_from": first, "numbers_seen": mark.number},
        )
    fence.record.let_pass(connection)
    return first
