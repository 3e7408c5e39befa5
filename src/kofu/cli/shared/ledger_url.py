"""Where the commands of an operator find the ledger's database."""

from __future__ import annotations

import os

from kofu.core.errors import OperatorFault


def ledger_url(database: str | None) -> str:
    """Give the URL named by an option, or that of the environment. Raises `OperatorFault` `no_database_url`."""
    url = database or os.environ.get("KOFU_LEDGER_OWNER_DATABASE_URL", "")
    if not url:
        raise OperatorFault(
            "no_database_url",
            "KOFU_LEDGER_OWNER_DATABASE_URL is not set; beside `kofu up`: source var/operator.sh",
        )
    return url
