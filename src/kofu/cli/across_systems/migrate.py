"""`kofu migrate SYSTEM`: bring a production database to this program's schema."""

from __future__ import annotations

from typing import Annotated

import typer

from kofu.cli.shared.databases import owner_url
from kofu.cli.shared.declared import command_action, operator
from kofu.cli.shared.faults import ExitCode, word_faults


@command_action("system.migrate", first=True)
def migrate(system: Annotated[str, typer.Argument(help="issuing, registry, center or ledger.")]) -> None:
    """Migrate one system's database, named by KOFU_<SYSTEM>_OWNER_DATABASE_URL, and set its role's rights."""
    from datetime import UTC, datetime

    from kofu.platform.migrate import migrate as run
    from kofu.staff.operators.entering import record_done

    with word_faults(system, head="kofu migrate", leaves=ExitCode.REFUSED):
        url = owner_url(system)
        run(system, url)
        record_done(url, operator(), "system.migrate", datetime.now(UTC))
    typer.echo(f"{system}: the schema is up to date")
