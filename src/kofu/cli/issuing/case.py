"""`kofu case`: look at cases, add what was found, sign. Two people close a case."""

from __future__ import annotations

from typing import Annotated

import typer

from kofu.cli.shared.declared import command_action, operator
from kofu.cli.shared.issuing_tools import acting_here, database, municipality_code

app = typer.Typer(no_args_is_help=True, help="Work on cases: what must be explained, closed by two people.")

CaseId = Annotated[str, typer.Argument(metavar="CASE", help="Id of the case.")]


@app.command(name="list")
@command_action("case.view", "issuing")
def list_(*, everything: Annotated[bool, typer.Option("--all", help="Closed cases too.")] = False) -> None:
    """List open cases, oldest first."""
    from kofu.cli.shared.people_on_record import concerned
    from kofu.issuing.cases.case_store import list_cases
    from kofu.issuing.requests.behind_requests import people_of_cases

    with database() as connection:
        code = municipality_code()
        found = list_cases(connection, code, only_open=not everything)
        concerned(connection, "case.view", code, people_of_cases(connection, code, (case.case_id for case in found)))
        for case in found:
            standing = "closed" if case.closed_at else "open"
            typer.echo(f"{case.case_id}  {case.opened_at:%Y-%m-%d %H:%MZ}  {standing:6}  {case.kind}  {case.summary}")


@app.command()
@command_action("case.view", "issuing")
def show(case_id: CaseId) -> None:
    """Show everything known about a case."""
    from kofu.certificates.domain.findings import SIGNERS, standing
    from kofu.cli.shared.people_on_record import concerned
    from kofu.issuing.cases.cases import show as read
    from kofu.issuing.requests.behind_requests import people_of_cases

    with database() as connection:
        found, code = read(connection, case_id), municipality_code()
        concerned(connection, "case.view", code, people_of_cases(connection, code, [case_id]))
    typer.echo(f"{found.case.kind}: {found.case.summary}")
    typer.echo(f"request {found.case.request_id or '-'}, opened {found.case.opened_at:%Y-%m-%d %H:%M:%SZ}")
    for piece in found.evidence:
        typer.echo(f"  {piece.added_at:%Y-%m-%d %H:%M:%SZ}  {piece.added_by}: {piece.text}")
    for signature in found.signatures:
        lapsed = " (LAPSED: the account was reset since)" if signature.lapsed else ""
        typer.echo(f"  signed by {signature.by}{lapsed}: {signature.finding}")
    left = SIGNERS - len(standing(found.signatures))
    typer.echo("closed" if found.case.closed_at else f"open: {left} signature(s) to go")


@app.command()
@command_action("case.evidence", "issuing")
def add(case_id: CaseId, text: Annotated[str, typer.Option(help="What you found; no names.")]) -> None:
    """Add evidence to an open case."""
    from kofu.cli.shared.people_on_record import concerned
    from kofu.issuing.cases.cases import add_evidence
    from kofu.issuing.requests.behind_requests import people_of_cases

    with database() as connection, connection.transaction():
        code = municipality_code()
        concerned(connection, "case.evidence", code, people_of_cases(connection, code, [case_id]))
        add_evidence(connection, acting_here(), case_id, by=operator().actor, text=text)
    typer.echo("added")


@app.command()
@command_action("case.sign", "issuing")
def sign(case_id: CaseId, finding: Annotated[str, typer.Option(help="What was looked at and what was found.")]) -> None:
    """Sign with your finding; the second person's signature closes the case."""
    from kofu.certificates.domain.findings import Signature
    from kofu.cli.shared.people_on_record import concerned
    from kofu.issuing.cases.cases import sign as put
    from kofu.issuing.requests.behind_requests import people_of_cases

    with database() as connection, connection.transaction():
        code = municipality_code()
        concerned(connection, "case.sign", code, people_of_cases(connection, code, [case_id]))
        closed = put(connection, acting_here(), case_id, Signature(by=operator().actor, finding=finding))
    typer.echo("closed" if closed else "signed: another person's finding closes it")


@app.command(name="open")
@command_action("case.open", "issuing")
def open_(
    summary: Annotated[str, typer.Option(help="What the centre, or anybody, asks us to look at; no names.")],
    request: Annotated[str, typer.Option(help="Id of the request, where known.")] = "",
) -> None:
    """Open a case for something the centre asks about (エラー確認)."""
    from kofu.cli.shared.people_on_record import concerned
    from kofu.issuing.cases.cases import open_case
    from kofu.issuing.cases.domain.kinds import CaseKind
    from kofu.issuing.requests.behind_requests import people_of_requests

    with database() as connection, connection.transaction():
        code = municipality_code()
        concerned(connection, "case.open", code, people_of_requests(connection, code, [request]))
        case_id = open_case(
            connection,
            acting_here(),
            municipality_code=code,
            kind=CaseKind.CENTER_ERROR,
            summary=summary,
            request_id=request,
            cause="",
        )
    typer.echo(case_id)
