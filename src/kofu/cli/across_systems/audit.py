"""`kofu audit`: check the audit log, anchor it outside the database."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.core.errors import OperatorFault

app = typer.Typer(no_args_is_help=True, help="Check the audit log and anchor it outside the database.")
TOKYO = ZoneInfo("Asia/Tokyo")
SHOWN = 100

System = Annotated[str, typer.Argument(help="issuing, registry, center or ledger.")]
Folder = Annotated[Path | None, typer.Option(help="Folder of the anchors; default VAR/anchors/SYSTEM.")]
Key = Annotated[Path | None, typer.Option(help="Key of the anchors (Ed25519, PEM); default VAR/keys/anchor.key.")]


@app.command()
def verify(system: System, anchors: Folder = None, key: Key = None) -> None:
    """Follow every chain and every anchor; exit code 1 where something cannot be."""
    import psycopg

    from kofu.platform.anchor_key import anchor_key
    from kofu.platform.audit_verify import verify as check
    from kofu.platform.settings import database_url, var_dir

    with word_faults(system, head="kofu audit verify"):
        folder = anchors or var_dir() / "anchors" / system
        public_key = anchor_key(key or var_dir() / "keys" / "anchor.key").public_key()
        with psycopg.connect(database_url(system)) as connection:
            report = check(connection, folder, public_key)
    typer.echo(f"{system}: {report.entries:,} entries in {report.lanes} lanes, {report.anchors} anchors")
    for flaw in report.flaws[:SHOWN]:
        typer.echo(f"  lane {flaw.lane}, entry {flaw.sequence}: {flaw.what}", err=True)
    if not report.sound:
        typer.echo(f"{len(report.flaws)} flaws: the log was changed or lost; keep this machine as it is", err=True)
        raise typer.Exit(ExitCode.REFUSED)
    typer.echo("sound")


@app.command()
def anchor(system: System, anchors: Folder = None, key: Key = None) -> None:
    """Write today's anchor; keep a copy where the database's administrators cannot reach."""
    import psycopg

    from kofu.platform.anchor_key import anchor_key
    from kofu.platform.audit_verify import write_anchor
    from kofu.platform.settings import database_url, var_dir

    with word_faults(system, head="kofu audit anchor"):
        folder = anchors or var_dir() / "anchors" / system
        private_key = anchor_key(key or var_dir() / "keys" / "anchor.key")
        with psycopg.connect(database_url(system)) as connection:
            day = datetime.now(TOKYO).date()
            try:
                path = write_anchor(connection, folder, system=system, day=day, key=private_key)
            except FileExistsError as error:
                raise OperatorFault("anchored", f"today's anchor is there already: {error.filename}") from error
    typer.echo(str(path))
