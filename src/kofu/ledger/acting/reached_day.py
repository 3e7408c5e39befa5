"""The day the system has reached, told to the database: from it on, what is out of reach is hidden there.

The clock is the system's (`docs/why/prescription.md`); the database only takes later days. Whoever holds the
application's role can hide rows early, by a day to come, and never bring one back.
"""

from __future__ import annotations

from datetime import date

import psycopg

from kofu.core.errors import OperatorFault

APPLICATION = "kofu_ledger"


def reach_day(connection: psycopg.Connection, day: date) -> None:
    """Tell the database which day it is. An earlier day than it has reached changes nothing."""
    connection.execute("SELECT ledger_reach_day(%s) FROM reached_day WHERE day < %s", [day, day])


def stand_within_reach(connection: psycopg.Connection, day: date) -> None:
    """Go on under the application's role on a connection a command opened as the owner of the schema.

    The owner's rows are hidden from nobody, so a command reads and works as the screens do. The connection must be in
    autocommit. Raises `OperatorFault` `not_of_the_application` where the owner may not take the role on.
    """
    reach_day(connection, day)
    try:
        connection.execute(f"SET ROLE {APPLICATION}")
    except psycopg.errors.InsufficientPrivilege as error:
        raise OperatorFault(
            "not_of_the_application",
            f"commands work under the application's role: let an administrator GRANT {APPLICATION} to the owner's role",
        ) from error
