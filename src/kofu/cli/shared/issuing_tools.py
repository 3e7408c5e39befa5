"""What the verbs of issuing share: the database, who acts by which clock, the municipality."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from kofu.cli.shared.databases import Rights, opened
from kofu.cli.shared.declared import operator

if TYPE_CHECKING:  # these draw in psycopg: `kofu --help` does without
    import psycopg

    from kofu.issuing.acting.who_acts import Acting


def database(*, owner: bool = False) -> AbstractContextManager[psycopg.Connection]:
    """Connect to the database of issuing; end the command with words where something cannot be done."""
    return opened("issuing", Rights.OWNER_OR_ROLE if owner else Rights.ROLE)


def acting_here() -> Acting:
    """Stand on the machine's clock, acting as who runs this command."""
    from kofu.issuing.acting.who_acts import system_acting

    return system_acting(lane="issuing-command", actor=operator().actor)


def municipality_code() -> str:
    """Code of the municipality of the profile in use."""
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path

    return load_profile(profile_path()).code
