"""`kofu migrate SYSTEM`: bring a production database to this program's schema."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from kofu.core.errors import KofuError, OperatorFault


def migrate(system: Annotated[str, typer.Argument(help="issuing, registry, center or ledger.")]) -> None:
    """Migrate one system's database, named by KOFU_<SYSTEM>_OWNER_DATABASE_URL, and set its role's rights."""
    from kofu.platform.migrate import migrate as run
    from kofu.platform.settings import DATABASE_SYSTEMS

    try:
        if system not in DATABASE_SYSTEMS:
            raise OperatorFault("unknown_system", f"{system!r} is none of {', '.join(DATABASE_SYSTEMS)}")
        name = f"KOFU_{system.upper()}_OWNER_DATABASE_URL"
        url = os.environ.get(name)
        if url is None:
            raise OperatorFault("no_database_url", f"{name} is not set: the URL of the role that owns the schema")
        run(system, url)
    except KofuError as error:
        typer.echo(f"kofu migrate: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{system}: the schema is up to date")
