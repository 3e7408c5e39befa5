"""What a command cannot do is told in a line: where, what is wrong, what to do. No traceback, nothing half-said."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from kofu.core.errors import KofuError

if TYPE_CHECKING:  # this draws in psycopg: `kofu --help` does without
    import psycopg

CANNOT = 2  # exit code: the command could not do its work
OF = {"center": "the centre", "ledger": "the ledger"}


@contextmanager
def told(system: str = "") -> Iterator[None]:
    """End the command with words where something cannot be done.

    `system`: whose database is worked on. A fault that is none of input, rights, files or line stays a traceback.
    """
    import psycopg

    try:
        yield
    except KofuError as error:
        said = str(error)
    except psycopg.OperationalError:
        said = f"the database of {OF.get(system, system)} cannot be reached; is `kofu up` running?"
    except (psycopg.DataError, psycopg.ProgrammingError) as error:
        said = f"nothing was changed: {_why(error, system)}"
    except OSError as error:
        if error.filename is None:
            raise
        said = f"{error.filename}: {error.strerror}; look at the path, and at the rights of who runs this"
    else:
        return
    typer.echo(said, err=True)
    raise typer.Exit(CANNOT) from None


def _why(error: psycopg.Error, system: str) -> str:
    """Say what to do about words or rights the database does not take; its own text may quote what was typed."""
    import psycopg
    from psycopg import errors

    match error:
        case errors.InsufficientPrivilege():
            variable = f"KOFU_{system.upper()}_OWNER_DATABASE_URL"
            return f"this needs the owner's rights; name the owner's database by {variable}"
        case errors.UndefinedTable() | errors.UndefinedColumn():
            return f"the database is not of this program's version; run `kofu migrate {system}`"
        case errors.DataError():
            return "a number or a text given is none the database can hold"
        case psycopg.ProgrammingError() if error.sqlstate is None:  # it may quote a password
            return f"the address of {OF.get(system, system)}'s database is none a program can read"
        case _:
            raise error
