"""What a command cannot do is told in a line: where, what is wrong, what to do, whose fault.

The one place that words it, and the one that says how a command ends:

===========  ==========================================================================================
exit code    meaning
===========  ==========================================================================================
0 `DONE`     the work is done, and what was looked at holds
1 `REFUSED`  what was asked is refused, or what was looked at does not hold
2 `CANNOT`   the command could not do its work: an option, a file, rights, the database
3 `HELD`     two people must look first; nothing left
70 `DEFECT`  kofu is wrong (`EX_SOFTWARE`): whoever maintains it must look
===========  ==========================================================================================
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, NoReturn

import typer

from kofu.core.errors import Blame, KofuError

if TYPE_CHECKING:  # this draws in psycopg: `kofu --help` does without
    import psycopg


class ExitCode(IntEnum):
    """How a command ends; the table above."""

    DONE = 0
    REFUSED = 1
    CANNOT = 2
    HELD = 3
    DEFECT = 70


DATABASE_OF = {"center": "the centre", "ledger": "the ledger", "registry": "the registry"}
#: What stands behind the words of an error, by whose fault it is; an operator's or a resident's says what to do itself.
MUST_ACT = {
    Blame.OURS: "; this is a defect of kofu: give this line to whoever maintains it",
    Blame.PEER: "; who sent it must put it right",
    Blame.OPERATOR: "",
    Blame.RESIDENT: "",
}


@contextmanager
def word_faults(system: str = "", *, head: str = "", leaves: ExitCode = ExitCode.CANNOT) -> Iterator[None]:
    """End the command with words where something cannot be done.

    `system`: whose database is worked on. `head`: what did not come about, such as "not taken over". `leaves`: the exit
    code where it is not our fault. A fault that is none of input, rights, files or line stays a traceback.
    """
    import psycopg

    try:
        yield
    except (KofuError, OSError, psycopg.Error) as error:
        _end(error, system, head, leaves)
    except _wrapping() as wrapped:
        _end(_inside(wrapped), system, head, leaves)


def _end(error: KofuError | OSError | psycopg.Error, system: str, head: str, leaves: ExitCode) -> NoReturn:
    """Word an error and end the command; what quotes nothing and only a programmer can mend is raised again."""
    words = words_of(error, system)
    if words is None:
        raise error
    typer.echo(f"{head}: {words}" if head else words, err=True)
    raise typer.Exit(ExitCode.DEFECT if _is_ours(error) else leaves) from None


def _wrapping() -> tuple[type[Exception], ...]:
    """Give what Django puts around an error of the database, in a command that has set Django up."""
    django = sys.modules.get("django.db.utils")
    return () if django is None else (django.Error,)


def _inside(error: Exception) -> KofuError | OSError | psycopg.Error:
    """Give the error itself, without what Django put around it."""
    import psycopg

    found = error if isinstance(error, KofuError | OSError | psycopg.Error) else error.__cause__
    if not isinstance(found, KofuError | OSError | psycopg.Error):
        raise error
    return found


def words_of(error: KofuError | OSError | psycopg.Error, system: str) -> str | None:
    """Word an error in one line; None for one that only a programmer can mend and that quotes nothing."""
    if isinstance(error, KofuError):
        return f"{error}{MUST_ACT[error.blame]}"
    if not isinstance(error, OSError):
        return _of_database(error, system)
    if error.filename is not None:
        return f"{error.filename}: {error.strerror}; look at the path, and at the rights of who runs this"
    return str(error) if isinstance(error, FileExistsError) else None  # our own words: what is there is kept


def _is_ours(error: Exception) -> bool:
    import psycopg

    if isinstance(error, KofuError):
        return error.blame is Blame.OURS
    return isinstance(error, psycopg.IntegrityError | psycopg.InternalError)


def _of_database(error: psycopg.Error, system: str) -> str:
    """Say what to do about a database; its own text may quote what was typed, a row or a password."""
    import psycopg
    from psycopg import errors

    owner = DATABASE_OF.get(system, system)
    database = f"the database of {owner}"
    match error:
        case psycopg.OperationalError() if error.sqlstate is None:
            return f"{database} does not answer; is `kofu up` running?"
        case errors.InsufficientPrivilege():
            variable = f"KOFU_{system.upper()}_OWNER_DATABASE_URL"
            return f"nothing was changed: this needs the owner's rights; name the owner's database by {variable}"
        case errors.UndefinedTable() | errors.UndefinedColumn() | errors.UndefinedFunction():
            return f"nothing was changed: the database is not of this program's version; run `kofu migrate {system}`"
        case errors.DataError():
            return "nothing was changed: a number or a text given is none the database can hold"
        case psycopg.ProgrammingError() if error.sqlstate is None:
            return f"nothing was changed: the address of {owner}'s database is none a program can read"
        case _:
            rule = f", {error.diag.constraint_name}" if error.diag.constraint_name else ""
            return f"{database} refused a step and undid it ({type(error).__name__}{rule}); run it again"
