"""What the verbs of issuing share: the database, the clock's ground, words for faults."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.core.errors import KofuError

if TYPE_CHECKING:  # these draw in psycopg: `kofu --help` does without
    import psycopg

    from kofu.issuing.adapters.ground import Ground

CANNOT = 2  # exit code: the command could not do its work

By = Annotated[str, typer.Option(help="Your own name or staff id: it goes on record.")]


@contextmanager
def database(*, owner: bool = False) -> Iterator[psycopg.Connection]:
    """Connect to the database of issuing; end the command with words where something cannot be done."""
    import psycopg

    from kofu.platform.settings import database_url

    try:
        url = os.environ.get("KOFU_ISSUING_OWNER_DATABASE_URL") if owner else None
        with psycopg.connect(url or database_url("issuing"), autocommit=True) as connection:
            yield connection
    except KofuError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(CANNOT) from None
    except psycopg.OperationalError:
        typer.echo("the database of issuing cannot be reached; is `kofu up` running?", err=True)
        raise typer.Exit(CANNOT) from None
    except (psycopg.DataError, psycopg.ProgrammingError) as error:
        typer.echo(f"nothing was changed: {_why(error)}", err=True)
        raise typer.Exit(CANNOT) from None


def _why(error: psycopg.Error) -> str:
    """Say what to do about words or rights the database does not take; its own text may quote what was typed."""
    from psycopg import errors

    match error:
        case errors.InsufficientPrivilege():
            return "this needs the owner's rights; name the owner's database by KOFU_ISSUING_OWNER_DATABASE_URL"
        case errors.UndefinedTable() | errors.UndefinedColumn():
            return "the database is not of this program's version; run `kofu migrate issuing`"
        case errors.DataError():
            return "a number or a text given is none the database can hold"
        case _:
            raise error


def ground(by: str) -> Ground:
    """Stand on the machine's clock, acting as `by`."""
    from kofu.issuing.adapters.ground import system_ground

    return system_ground(lane="issuing-command", actor=by)


def municipality_code() -> str:
    """Code of the municipality of the profile in use."""
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path

    return load_profile(profile_path()).code
