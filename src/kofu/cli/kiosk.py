"""`kofu kiosk-password`: the hash of the maintenance password, for the kiosk's configuration."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import typer

from kofu.cli.shared.declared import open_command
from kofu.cli.shared.faults import ExitCode

PASSWORD_CHARACTERS_MIN = 12


def maintenance_password_file(var: Path) -> Path:
    """Where the demonstration keeps the password of the kiosk's maintenance mode."""
    return var / "secrets" / "kiosk-maintenance"


@open_command("computes a hash from what is typed")
def kiosk_password(
    password: Annotated[
        str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, help="Asked for where not given.")
    ],
) -> None:
    """Print what to set as KOFU_KIOSK_PASSWORD_HASH: the hash of the maintenance worker's password."""
    from kofu.kiosk.maintenance import hash_password

    if len(password) < PASSWORD_CHARACTERS_MIN:
        typer.echo(f"the password is too short: at least {PASSWORD_CHARACTERS_MIN} characters, please", err=True)
        raise typer.Exit(ExitCode.CANNOT)
    typer.echo(f"KOFU_KIOSK_PASSWORD_HASH={hash_password(password, secrets.token_bytes(16))}")
