"""`kofu serve SYSTEM`: one system in this process (and its workers)."""

from __future__ import annotations

from typing import Annotated

import typer

from kofu.cli.shared.declared import open_command
from kofu.cli.shared.faults import word_faults

#: System → app factory, name of its TLS certificate, workers. Without a certificate: screens on plain HTTP, since
#: browser and server are one device; the verification page and the witness of audit logs stand behind the proxy that
#: holds their public certificates.
SYSTEMS: dict[str, tuple[str, str, int]] = {
    "issuing": ("kofu.issuing.serving.gateway:create_app", "issuing", 2),
    "registry": ("kofu.registry.app:create_app", "registry", 1),
    "center": ("kofu.center.app:create_app", "center", 1),
    "verification": ("kofu.center.verification:create_app", "", 1),
    "kiosk": ("kofu.kiosk.app:create_app", "", 1),
    "start": ("kofu.cli.up.start_page:create_app", "", 1),
    "witness": ("kofu.platform.audit_witness:create_app", "", 1),
}

#: Screens of the staff → app factory.
SCREENS: dict[str, str] = {
    "ledger": "kofu.ledger.web.server:create_app",
    "console": "kofu.issuing.web.server:create_app",
}
NAMES = (*SYSTEMS, *SCREENS)
#: They pass certificates on and must keep nothing of them, in memory neither.
KEEP_NOTHING = ("kiosk", "center")


@open_command("a process of the service manager; what it may is the right of its role in the database")
def serve(
    system: Annotated[str, typer.Argument(help=f"One of: {', '.join(NAMES)}.")],
    workers: Annotated[int, typer.Option(min=0, max=64, help="Worker processes; 0 takes the system's default.")] = 0,
) -> None:
    """Serve one system until told to stop; what it needs comes from the environment."""
    from kofu.platform.anchoring import start_anchoring
    from kofu.platform.profiles import load_profile
    from kofu.platform.restored import require_whole
    from kofu.platform.secret_files import require_closed
    from kofu.platform.serve import serve as run
    from kofu.platform.serve import serve_screens
    from kofu.platform.settings import DATABASE_SYSTEMS, STAFF_SCREENS, listen_address, port_of, profile_path, staff_tls
    from kofu.platform.tls import tls_files
    from kofu.platform.wiped_memory import restart_wiping

    if system in KEEP_NOTHING:
        restart_wiping()
    if system not in NAMES:
        raise typer.BadParameter(f"{system!r} is none of {', '.join(NAMES)}", param_hint="SYSTEM")
    with word_faults(system, head=f"kofu serve {system}"):
        require_closed()
        factory, certificate, default_workers = SYSTEMS.get(system, ("", "", 1))
        tls = tls_files(certificate) if certificate else None
        if system in DATABASE_SYSTEMS or system in STAFF_SCREENS:
            require_whole(STAFF_SCREENS.get(system, system))
        if system in DATABASE_SYSTEMS:
            start_anchoring(system)
        if system in SCREENS:
            serve_screens(SCREENS[system], port=port_of(system), tls=staff_tls(system), workers=workers or 1)
            return
        known = load_profile(profile_path()).machines
        run(
            factory,
            port=port_of(system),
            tls=tls,
            host=listen_address() if tls else "127.0.0.1",
            machines=known.names if certificate else None,
            revocation=known.revocation,
            workers=workers or default_workers,
        )
