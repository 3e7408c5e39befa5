"""`kofu serve SYSTEM`: one system in this process (and its workers)."""

from __future__ import annotations

from typing import Annotated

import typer

from kofu.core.errors import KofuError

#: System → app factory, name of its TLS certificate, workers. Without a certificate: screens on plain HTTP, since
#: browser and server are one device.
SYSTEMS: dict[str, tuple[str, str, int]] = {
    "issuing": ("kofu.issuing.gateway:create_app", "issuing", 2),
    "registry": ("kofu.registry.app:create_app", "registry", 1),
    "center": ("kofu.center.app:create_app", "center", 1),
    "kiosk": ("kofu.kiosk.app:create_app", "", 1),
    "start": ("kofu.cli.start_page:create_app", "", 1),
}


def serve(
    system: Annotated[str, typer.Argument(help=f"One of: {', '.join(SYSTEMS)}.")],
    workers: Annotated[int, typer.Option(min=0, max=64, help="Worker processes; 0 takes the system's default.")] = 0,
) -> None:
    """Serve one system until told to stop; what it needs comes from the environment."""
    from kofu.platform.serve import serve as run
    from kofu.platform.settings import port_of
    from kofu.platform.tls import tls_files

    if system not in SYSTEMS:
        raise typer.BadParameter(f"{system!r} is none of {', '.join(SYSTEMS)}", param_hint="SYSTEM")
    factory, certificate, default_workers = SYSTEMS[system]
    try:
        run(
            factory,
            port=port_of(system),
            tls=tls_files(certificate) if certificate else None,
            workers=workers or default_workers,
        )
    except KofuError as error:
        typer.echo(f"kofu serve {system}: {error}", err=True)
        raise typer.Exit(1) from error
