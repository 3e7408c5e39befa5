"""`kofu roster …`: contractors, their contracts and 作業者名簿, where people work by commands (registry, centre)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

from kofu.cli.across_systems.staff import System, acting_on
from kofu.cli.shared.declared import command_action
from kofu.staff.domain.contractors import EntrustedWork

app = typer.Typer(no_args_is_help=True, help="Contractors (委託先), their contracts and the roster of their workers.")

Day = Annotated[datetime, typer.Option(formats=["%Y-%m-%d"])]
MaybeDay = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]
Number = Annotated[int, typer.Argument(help="Number, as `kofu roster list` shows it.")]


@app.command(name="list")
@command_action("contractor.view")
def list_(system: System) -> None:
    """List the contracts and who works under them; a line nobody confirmed opens no account."""
    with acting_on(system, "kofu roster"):
        from kofu.staff.models import RosterWorker, ServiceContract

        for contract in ServiceContract.objects.select_related("contractor").order_by("pk"):
            days = f"{contract.starts_on} to {contract.ends_on}"
            typer.echo(f"{contract.pk}: {contract.contractor.name}, {contract.title}, {days}")
            for one in RosterWorker.objects.filter(contract=contract).order_by("pk"):
                by = f"confirmed by {one.confirmed_by}" if one.confirmed_by else f"WAITS, recorded by {one.recorded_by}"
                typer.echo(f"  worker {one.pk}: {one.name} {one.login or 'no account'}; {by}")


@app.command()
@command_action("contractor.record")
def contract(
    system: System,
    *,
    contractor: Annotated[str, typer.Option(help="The company.")],
    title: Annotated[str, typer.Option(help="件名.")],
    responsible: Annotated[str, typer.Option(help="取扱責任者.")],
    starts_on: Day,
    ends_on: Day,
    work: Annotated[EntrustedWork, typer.Option(help="What is entrusted.")] = EntrustedWork.MAINTENANCE,
) -> None:
    """Record a contract as it was signed; prints its number."""
    with acting_on(system, "kofu roster") as by:
        from kofu.staff import contractors

        terms = contractors.ContractTerms(
            title=title, work=work, starts_on=starts_on.date(), ends_on=ends_on.date(), responsible=responsible
        )
        typer.echo(contractors.add_contract(by, contractor, terms).pk)


@app.command()
@command_action("contractor.record")
def worker(
    system: System,
    contract: Number,
    *,
    name: Annotated[str, typer.Option(help="The worker.")],
    starts_on: Day,
    trained_on: MaybeDay = None,
    pledged_on: MaybeDay = None,
    ends_on: MaybeDay = None,
    login: Annotated[str, typer.Option(help="Login of the account; none for who has none.")] = "",
) -> None:
    """Put a worker on the roster of a contract; another administrator confirms. Prints the line's number."""
    with acting_on(system, "kofu roster") as by:
        from kofu.core.errors import OperatorFault
        from kofu.staff import contractors
        from kofu.staff.models import ServiceContract

        found = ServiceContract.objects.filter(pk=contract).first()
        if found is None:
            raise OperatorFault(
                "no_such_contract", f"there is no contract {contract}; `kofu roster list` shows those there are"
            )
        details = contractors.WorkerDetails(
            name=name, login=login, starts_on=starts_on.date(), ends_on=_day(ends_on), trained_on=_day(trained_on),
            pledged_on=_day(pledged_on),
        )  # fmt: skip
        typer.echo(contractors.add_worker(by, found, details).pk)


@app.command()
@command_action("contractor.confirm")
def confirm(system: System, worker: Number) -> None:
    """Confirm a line another administrator recorded: from now on the worker's account opens."""
    with acting_on(system, "kofu roster") as by:
        from kofu.staff import contractors

        contractors.confirm_worker(by, worker)
        typer.echo("confirmed")


@app.command()
@command_action("contractor.record")
def end(system: System, worker: Number, last_day: Day) -> None:
    """Bring the last day of a worker forward; the account's sessions end."""
    with acting_on(system, "kofu roster") as by:
        from kofu.staff import contractors

        contractors.end_worker(by, worker, last_day.date())
        typer.echo(f"ends on {last_day:%Y-%m-%d}")


def _day(given: datetime | None) -> date | None:
    return None if given is None else given.date()
