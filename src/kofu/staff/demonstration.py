"""Accounts made for the demonstration cannot serve: their passwords are published.

A process that serves real papers refuses to start while one of them opens anything; `kofu staff end-demo` ends them.
"""

from __future__ import annotations

from datetime import date

import psycopg

from kofu.core.errors import OperatorFault


def require_no_demo_accounts(connection: psycopg.Connection, system: str, *, specimen: bool, today: date) -> None:
    """Raise `OperatorFault` `account_of_the_demonstration` where papers are real and a published password works.

    `specimen`: papers say 見本 here. `today`: the day in Japan.
    """
    if specimen:
        return
    row = connection.execute("SELECT staff_demonstration_active(%s)", [today]).fetchone()
    if row is None or row[0]:
        raise OperatorFault(
            "account_of_the_demonstration",
            f"{system} has accounts of the demonstration, whose passwords are published, and papers are real here"
            f" (specimen = false): `kofu staff end-demo {system}` ends them",
        )
