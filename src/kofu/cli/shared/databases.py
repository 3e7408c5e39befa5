"""Where a command finds the database of a system: one option, one rule, one way to open it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.shared.faults import DATABASE_OF, ExitCode, word_faults
from kofu.core.errors import OperatorFault

if TYPE_CHECKING:  # this draws in psycopg: `kofu --help` does without
    import psycopg
    from typer.models import OptionInfo


class Rights(Enum):
    """Under which role a command works."""

    OWNER = "the owner of the schema"
    OWNER_OR_ROLE = "the owner of the schema where the environment names one, else the role the system runs as"
    ROLE = "the role the system runs as"
    SCREENS = "the role of the system's staff screens where the environment names it, else the owner, else the role"


def _option(system: str, rights: Rights) -> OptionInfo:
    """Make the option --database of a system; without it the environment says where the database is."""
    option: OptionInfo = typer.Option(
        "--database",
        envvar=_variable(system, owner=rights is Rights.OWNER),
        help=f"Database of {DATABASE_OF.get(system, system)}, under {rights.value}.",
    )
    return option


def _variable(system: str, *, owner: bool) -> str:
    return f"KOFU_{system.upper()}_{'OWNER_' if owner else ''}DATABASE_URL"


IssuingOwner = Annotated[str | None, _option("issuing", Rights.OWNER)]
LedgerOwner = Annotated[str | None, _option("ledger", Rights.OWNER)]
LedgerRole = Annotated[str | None, _option("ledger", Rights.ROLE)]
RegistryOwner = Annotated[str | None, _option("registry", Rights.OWNER)]


def owner_url(system: str, database: str | None = None) -> str:
    """Give the URL named by --database, or that of the environment. Raises `OperatorFault` `no_database_url`."""
    variable = _variable(system, owner=True)
    url = database or os.environ.get(variable, "")
    if not url:
        raise OperatorFault(
            "no_database_url",
            f"{variable} is not set: name the database by it, under the role that owns the schema, or by --database"
            " where the command has it; beside `kofu up`: source var/operator.sh",
        )
    return url


def url_under(system: str, rights: Rights, database: str | None = None) -> str:
    """Give the URL a command works on. Raises `OperatorFault` `no_database_url`."""
    from kofu.platform.settings import database_url

    match rights:
        case Rights.OWNER:
            return owner_url(system, database)
        case Rights.OWNER_OR_ROLE:
            return os.environ.get(_variable(system, owner=True)) or database_url(system)
        case Rights.SCREENS:
            return os.environ.get(f"KOFU_{system.upper()}_SCREENS_DATABASE_URL") or url_under(
                system, Rights.OWNER_OR_ROLE
            )
        case Rights.ROLE:
            return database or database_url(system)


@contextmanager
def opened(
    system: str,
    rights: Rights,
    database: str | None = None,
    *,
    head: str = "",
    leaves: ExitCode = ExitCode.CANNOT,
) -> Iterator[psycopg.Connection]:
    """Connect, each statement its own transaction; what cannot be done ends the command as `word_faults` says."""
    import psycopg

    with (
        word_faults(system, head=head, leaves=leaves),
        psycopg.connect(url_under(system, rights, database), autocommit=True) as connection,
    ):
        yield connection
