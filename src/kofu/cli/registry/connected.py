"""The registry's database for its verbs, and words for their faults."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import psycopg
import typer

from kofu.core.errors import KofuError, OperatorFault


def registry_database() -> AbstractContextManager[psycopg.Connection]:
    """Connect to the registry's database with the least rights."""
    from kofu.platform.settings import database_url

    return connected(database_url("registry"))


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection]:
    """Connect; raises `OperatorFault` `registry_unreachable`."""
    try:
        connection = psycopg.connect(url, autocommit=True)
    except psycopg.OperationalError as error:
        raise OperatorFault("registry_unreachable", "the registry's database does not answer") from error
    with connection:
        yield connection


@contextmanager
def registry_told() -> Iterator[None]:
    """Tell a known error in one line and leave with 1."""
    try:
        yield
    except KofuError as error:
        typer.echo(f"kofu: {error}", err=True)
        raise typer.Exit(1) from error
