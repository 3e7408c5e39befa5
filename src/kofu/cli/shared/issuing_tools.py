"""What the verbs of issuing share: the database, the clock's ground, words for faults."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.shared.told import CANNOT, told

if TYPE_CHECKING:  # these draw in psycopg: `kofu --help` does without
    import psycopg

    from kofu.issuing.acting.ground import Ground

__all__ = ["CANNOT", "By", "database", "ground", "municipality_code"]

By = Annotated[str, typer.Option(help="Your own name or staff id: it goes on record.")]


@contextmanager
def database(*, owner: bool = False) -> Iterator[psycopg.Connection]:
    """Connect to the database of issuing; end the command with words where something cannot be done."""
    import psycopg

    from kofu.platform.settings import database_url

    with told("issuing"):
        url = os.environ.get("KOFU_ISSUING_OWNER_DATABASE_URL") if owner else None
        with psycopg.connect(url or database_url("issuing"), autocommit=True) as connection:
            yield connection


def ground(by: str) -> Ground:
    """Stand on the machine's clock, acting as `by`."""
    from kofu.issuing.acting.ground import system_ground

    return system_ground(lane="issuing-command", actor=by)


def municipality_code() -> str:
    """Code of the municipality of the profile in use."""
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path

    return load_profile(profile_path()).code
