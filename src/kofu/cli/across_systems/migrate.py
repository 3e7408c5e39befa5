"""`kofu migrate SYSTEM`: bring a production database to this program's schema."""

from __future__ import annotations

from typing import Annotated

import typer

from kofu.cli.shared.databases import owner_url
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.core.errors import OperatorFault


def migrate(system: Annotated[str, typer.Argument(help="issuing, registry, center or ledger.")]) -> None:
    """Migrate one system's database, named by KOFU_<SYSTEM>_OWNER_DATABASE_URL, and set its role's rights."""
    from kofu.platform.migrate import migrate as run
    from kofu.platform.settings import DATABASE_SYSTEMS

    with word_faults(system, head="kofu migrate", leaves=ExitCode.REFUSED):
        if system not in DATABASE_SYSTEMS:
            raise OperatorFault("unknown_system", f"{system!r} is none of {', '.join(DATABASE_SYSTEMS)}")
        run(system, owner_url(system))
    typer.echo(f"{system}: the schema is up to date")
