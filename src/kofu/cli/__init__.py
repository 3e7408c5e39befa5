"""The `kofu` command: one verb per thing an operator does."""

from __future__ import annotations

import sys
from collections.abc import Callable

import typer


def build() -> typer.Typer:
    """Put the verbs together. What a verb needs it imports when it runs.

    A module of verbs knows no parent: a function is one verb, an app is a verb with verbs of its own.
    """
    from kofu.cli import center, code, conformance, kiosk, prove, simulate, token, ward
    from kofu.cli.across_systems import (
        audit,
        evidence,
        font,
        glyphs,
        login,
        machine,
        migrate,
        operation,
        restore,
        roster,
        staff,
    )
    from kofu.cli.issuing import attest, case, erasure, feed, fence, issue, recheck, reconcile, stop
    from kofu.cli.ledger import day, ledger, payments, refunds
    from kofu.cli.registry import hold, stand_in
    from kofu.cli.up import serve, up

    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Tax certificates at convenience-store kiosks, from the feed to the paper.",
    )
    single: dict[str, Callable[..., None]] = {
        "up": up.up,
        "serve": serve.serve,
        "login": login.login,
        "logout": login.logout,
        "whoami": login.whoami,
        "migrate": migrate.migrate,
        "evidence": evidence.evidence,
        "font": font.font,
        "conformance": conformance.conformance,
        "issue": issue.issue,
        "operation": operation.operation,
        "kiosk-password": kiosk.kiosk_password,
        "recheck": recheck.recheck,
        "reconcile": reconcile.reconcile,
        "simulate": simulate.simulate,
    }
    groups = {
        "glyphs": glyphs.app,
        "machine": machine.app,
        "ward": ward.app,
        "feed": feed.app,
        "erasure": erasure.app,
        "ledger": ledger.app,
        "payments": payments.app,
        "day": day.app,
        "refunds": refunds.app,
        "hold": hold.app,
        "registry": stand_in.app,
        "staff": staff.app,
        "roster": roster.app,
        "service": login.service_app,
        "stop": stop.app,
        "case": case.app,
        "center": center.app,
        "code": code.app,
        "token": token.app,
        "attest": attest.app,
        "audit": audit.app,
        "fence": fence.app,
        "restore": restore.app,
        "prove": prove.app,
    }
    for name, verb in single.items():
        app.command(name)(verb)
    for name, verbs in groups.items():
        app.add_typer(verbs, name=name)
    return app


def emergency() -> typer.Typer:
    """Give the kill switch alone: on a machine that is busy it must not wait for what other verbs need."""
    from kofu.cli.issuing import stop

    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.add_typer(stop.app, name="stop")
    return app


def main() -> None:
    """Run the command line. Nothing it makes is open to other accounts of the machine."""
    from kofu.platform.secret_files import closed_mask

    closed_mask()
    (emergency if sys.argv[1:2] == ["stop"] else build)()()
