"""`kofu conformance URL`: put a ward's server through the published contract."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from kofu.cli.shared.declared import open_command
from kofu.cli.shared.faults import ExitCode, word_faults


@open_command("tries the test server of a ward, with invented people")
def conformance(
    url: Annotated[str, typer.Argument(help="Address of the ward's server, https://…")],
    plan: Annotated[Path, typer.Option(help="TOML: test subjects and certificates; docs/how-to/check-conformance.md.")],
    only: Annotated[str, typer.Option(help="Only clauses whose name begins with this.")] = "",
    *,
    json: Annotated[bool, typer.Option("--json", help="Write the report as JSON.")] = False,
) -> None:
    """Put a ward's test server through the published contract, clause by clause; ends with 1 where one is broken."""
    from kofu.conformance.plan import read_plan
    from kofu.conformance.run import CLAUSES, ClauseResult, run

    def show_result(finding: ClauseResult) -> None:
        if json:
            return
        typer.echo(f"{'kept  ' if finding.kept else 'BROKEN'} {finding.clause:<24} {finding.rule}")
        if not finding.kept:
            typer.echo(f"       {'':<24} seen: {finding.seen}")

    if not url.startswith("https://"):
        raise typer.BadParameter("is an https:// address", param_hint="URL")
    if not any(clause.name.startswith(only) for clause in CLAUSES):
        raise typer.BadParameter("names no clause", param_hint="--only")
    with word_faults(head="kofu conformance"):
        values, tls = read_plan(plan)
        report = run(url, values, tls, on_result=show_result, only=only)
    if json:
        typer.echo(msgspec.json.format(msgspec.json.encode(report), indent=2).decode())
    else:
        broken = sum(not finding.kept for finding in report.findings)
        typer.echo(f"{len(report.findings)} clauses, {broken} broken")
    if not report.conforms:
        raise typer.Exit(ExitCode.REFUSED)
