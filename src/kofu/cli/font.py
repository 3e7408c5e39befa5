"""`kofu font`: say which font the papers are drawn with, fetching it where it is missing."""

from __future__ import annotations

import typer

from kofu.core.errors import KofuError


def font() -> None:
    """Find the certificate font, or fetch it from Debian's package; print path and digest."""
    from kofu.platform.fonts import ensure_font, read_font

    try:
        path = ensure_font()
    except KofuError as error:
        typer.echo(f"kofu font: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{path}\nsha256 {read_font(path).sha256}")
