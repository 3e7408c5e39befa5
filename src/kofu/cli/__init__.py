"""The `kofu` command: one verb per thing an operator does.

A start of `kofu` loads the module of the verb it was given and no other: half of its processor time was other verbs'.
On a machine that is busy the kill switch (`kofu stop`) waits for nothing another verb needs.
"""

from __future__ import annotations

import sys
from importlib import import_module

import typer

#: Where each verb lives, under `kofu.cli`. A module knows no parent: a function is one verb, an app a verb with verbs
#: of its own.
VERBS = {
    "up": "up.up:up",
    "serve": "up.serve:serve",
    "login": "across_systems.login:login",
    "logout": "across_systems.login:logout",
    "whoami": "across_systems.login:whoami",
    "migrate": "across_systems.migrate:migrate",
    "evidence": "across_systems.evidence:evidence",
    "font": "across_systems.font:font",
    "conformance": "conformance:conformance",
    "issue": "issuing.issue:issue",
    "operation": "across_systems.operation:operation",
    "kiosk-password": "kiosk:kiosk_password",
    "recheck": "issuing.recheck:recheck",
    "reconcile": "issuing.reconcile:reconcile",
    "simulate": "simulate:simulate",
    "glyphs": "across_systems.glyphs:app",
    "machine": "across_systems.machine:app",
    "ward": "ward:app",
    "feed": "issuing.feed:app",
    "erasure": "issuing.erasure:app",
    "ledger": "ledger.ledger:app",
    "payments": "ledger.payments:app",
    "day": "ledger.day:app",
    "refunds": "ledger.refunds:app",
    "hold": "registry.hold:app",
    "registry": "registry.stand_in:app",
    "staff": "across_systems.staff:app",
    "roster": "across_systems.roster:app",
    "service": "across_systems.login:service_app",
    "stop": "issuing.stop:app",
    "case": "issuing.case:app",
    "center": "center:app",
    "code": "code:app",
    "token": "token:app",
    "attest": "issuing.attest:app",
    "audit": "across_systems.audit:app",
    "fence": "issuing.fence:app",
    "restore": "across_systems.restore:app",
    "prove": "prove:app",
}


def build(asked: str = "") -> typer.Typer:
    """Put the verbs together; of those the one that is `asked` for, where it names one."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Tax certificates at convenience-store kiosks, from the feed to the paper.",
    )
    app.callback()(lambda: None)  # one verb alone is asked for by its name, too
    for name in (asked,) if asked in VERBS else VERBS:
        module, _, found = VERBS[name].partition(":")
        verb = getattr(import_module(f"kofu.cli.{module}"), found)
        if isinstance(verb, typer.Typer):
            app.add_typer(verb, name=name)
        else:
            app.command(name)(verb)
    return app


def main() -> None:
    """Run the command line. Nothing it makes is open to other accounts of the machine."""
    from kofu.platform.secret_files import closed_mask

    closed_mask()
    build(*sys.argv[1:2])()
