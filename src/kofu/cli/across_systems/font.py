"""`kofu font`: say which font the papers are drawn with, fetching it where it is missing."""

from __future__ import annotations

import typer

from kofu.cli.shared.declared import open_command
from kofu.cli.shared.faults import word_faults


@open_command("finds or fetches the public font")
def font() -> None:
    """Find the certificate font, or fetch it from Debian's package; print path and digest."""
    from kofu.platform.fonts import ensure_font, read_font

    with word_faults():
        path = ensure_font()
        digest = read_font(path).sha256
    typer.echo(f"{path}\nsha256 {digest}")
