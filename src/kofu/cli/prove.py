"""`kofu prove`: decide over a history whether anything in it must not be."""

from __future__ import annotations

import json as to_json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from kofu.cli.shared.declared import open_command
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.core.errors import OperatorFault

app = typer.Typer(no_args_is_help=True, help="Check histories by rules that know the model, not the code.")
SHOWN = 100


@app.callback()
def prove() -> None:
    """Check histories by rules that know the model, not the code."""


@app.command()
@open_command("decides over a history or databases whose URL is typed: counts, rules and ids, no person")
def check(
    folder: Annotated[Path | None, typer.Argument(help="A history: docs/how-to/check-a-history.md.")] = None,
    issuing: Annotated[str, typer.Option(help="Instead of a folder: URL of the database of issuing.")] = "",
    ledger: Annotated[str, typer.Option(help="URL of the database of the ledger.")] = "",
    *,
    json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> None:
    """Check a history by every rule; ends with 1 where one is broken, and names the shortest evidence."""
    from kofu_proof.check import check as check_history
    from kofu_proof.databases import read_databases
    from kofu_proof.history import UnreadableHistoryError, read_history

    if (folder is None) == (not issuing and not ledger):
        raise typer.BadParameter("name a folder, or databases by --issuing and --ledger", param_hint="FOLDER")
    with word_faults(head="nothing decided"):
        try:
            history = read_history(folder) if folder is not None else read_databases(issuing or None, ledger or None)
            result = check_history(history)
        except UnreadableHistoryError as error:
            raise OperatorFault("history_unreadable", str(error)) from error
    if json:
        typer.echo(to_json.dumps(asdict(result) | {"sound": result.sound}, ensure_ascii=False, indent=1))
    else:
        typer.echo(
            f"{result.requests:,} requests, {result.papers:,} papers, {result.audit_entries:,} entries of the record,"
            f" {result.events:,} events"
        )
        if result.payments:
            typer.echo(f"{result.payments:,} payments in the books, {result.told:,} things told of them")
        for line in result.undecided:
            typer.echo(f"  {line}")
        for violation in result.violations[:SHOWN]:
            typer.echo(f"  {violation.line()}", err=True)
        typer.echo("sound" if result.sound else f"{len(result.violations)} violations")
    if not result.sound:
        raise typer.Exit(ExitCode.REFUSED)
