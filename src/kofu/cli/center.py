"""`kofu center …`: keys of the back page."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from kofu.core.errors import KofuError

app = typer.Typer(no_args_is_help=True, help="The centre: keys, stops, statements.")


@app.command("new-key")
def new_key(
    begins: Annotated[str, typer.Option(help="First day it seals (YYYY-MM-DD); today where nothing is said.")] = "",
) -> None:
    """Make a key of the back page. The centre and the verification page know it after their next start."""
    from datetime import UTC, datetime

    from kofu.center.back.keys import keys_dir, make_key
    from kofu.core.calendar import day_in_japan

    try:
        day = date.fromisoformat(begins) if begins else day_in_japan(datetime.now(UTC))
    except ValueError as error:
        raise typer.BadParameter(f"{begins!r} is not a day like 2026-12-01", param_hint="--begins") from error
    try:
        key = make_key(keys_dir(), day)
    except KofuError as error:
        typer.echo(f"kofu center new-key: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"key {key.key_id.hex()} seals from {key.begins} on; it lies in {keys_dir()}")
