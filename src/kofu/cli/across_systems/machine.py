"""`kofu machine …`: certificates of the machines that take part: which there are, the next one, revocation."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kofu.cli.shared.declared import command_action, open_command
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.core.errors import OperatorFault

app = typer.Typer(no_args_is_help=True, help="Certificates of kiosks and systems: docs/how-to/machine-certificates.md.")

Name = Annotated[str, typer.Argument(metavar="MACHINE", help="Name in the certificate, such as kiosk-0001.")]


@app.command("list")
@open_command("names and days of certificates; who may read the folder is its right, and no person is in it")
def list_certificates(
    metrics: Annotated[Path | None, typer.Option(help="Write them for a monitor too (OpenMetrics text).")] = None,
) -> None:
    """Show the certificates that lie here and until when they are good.

    Exit code 1 where one ends within a week, or the list of those revoked is overdue.
    """
    from kofu.platform.machines import WARN_DAYS, as_metrics, certificates_here, list_here, list_overdue, now_utc
    from kofu.platform.made_once import replace_whole
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path
    from kofu.platform.tls import tls_dir

    now = now_utc()
    with word_faults():
        found = certificates_here(tls_dir(), load_profile(profile_path()).machines.names, now)
        listed = list_here(tls_dir())
        if metrics is not None:
            replace_whole(metrics.resolve(), as_metrics(found, now, listed).encode(), mode=0o644)
    for one in found:
        said = [f"ends {one.ends:%Y-%m-%d}, {one.days_left(now)} days left"]
        said += ["REVOKED"] * one.revoked + ["not in the profile: refused"] * (not one.known)
        said += [f"RENEW: fewer than {one.warning} days" if one.warning else "OVER"] * (one.warning is not None)
        typer.echo(f"{one.name:<16} {'; '.join(said)}")
    overdue = list_overdue(listed, now)
    if listed is not None:
        next_at = f"{listed.next_update_utc:%Y-%m-%d}" if listed.next_update_utc else "no day named"
        typer.echo(f"{'ca.crl':<16} of {listed.last_update_utc:%Y-%m-%d}; next {next_at}{'; OVERDUE' * overdue}")
    if overdue or any(one.warning is not None and one.warning <= min(WARN_DAYS) for one in found):
        raise typer.Exit(ExitCode.REFUSED)


@app.command()
@command_action("machine.change", "issuing")
def renew(
    name: Name,
    host: Annotated[list[str] | None, typer.Option(help="Host or address it answers at; default loopback.")] = None,
) -> None:
    """Make the next certificate of a machine by the development authority; processes take it without a restart."""
    from kofu.platform.tls import LOOPBACK, issue_certificate, tls_dir

    with word_faults():
        _require_known(name)
        files = issue_certificate(tls_dir(), name, tuple(host) if host else LOOPBACK)
    typer.echo(f"{name}: {files.certificate}; lines opened from now on show it")


@app.command()
@command_action("machine.change", "issuing")
def revoke(name: Name) -> None:
    """Revoke the certificate of a machine that lies here; its open lines end too, without a restart."""
    from kofu.platform.machines import now_utc
    from kofu.platform.machines import revoke as put_on_list
    from kofu.platform.tls import require_machine_name, tls_dir

    with word_faults():
        require_machine_name(name)
        serial = put_on_list(tls_dir(), tls_dir() / f"{name}.pem", now_utc())
    typer.echo(f"{name}: certificate {serial:x} is revoked; lay {tls_dir() / 'ca.crl'} beside ca.pem on every machine")


def _require_known(name: str) -> None:
    """Let only a machine the profile names have a certificate: whoever else has one is refused everywhere anyway."""
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path

    known = load_profile(profile_path()).machines.names
    if name not in known:
        raise OperatorFault(
            "unknown_machine",
            f"the profile names no machine like this; it names {', '.join(sorted(known))}. A new kiosk is put into"
            " [machines] of the profile first",
        )
