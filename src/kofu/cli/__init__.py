"""The `kofu` command: one verb per thing an operator does."""

from __future__ import annotations

import sys

import typer


def build() -> typer.Typer:
    """Put the verbs together. What a verb needs it imports when it runs."""
    from kofu.cli import (
        attest,
        audit,
        case,
        center,
        code,
        conformance,
        database,
        feed,
        fence,
        font,
        glyphs,
        hold,
        issue,
        kiosk,
        ledger,
        payments,
        recheck,
        reconcile,
        refunds,
        serve,
        staff,
        stop,
        up,
        ward,
    )

    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Tax certificates at convenience-store kiosks, from the feed to the paper.",
    )
    app.command()(up.up)
    app.command()(serve.serve)
    app.command()(database.migrate)
    app.command()(font.font)
    app.add_typer(glyphs.app, name="glyphs")
    app.add_typer(ward.app, name="ward")
    app.add_typer(feed.app, name="feed")
    app.add_typer(ledger.app, name="ledger")
    app.add_typer(payments.app, name="payments")
    app.add_typer(payments.day_app, name="day")
    app.add_typer(refunds.app, name="refunds")
    app.add_typer(hold.app, name="hold")
    app.add_typer(hold.registry_app, name="registry")
    conformance.register(app)
    issue.register(app)
    kiosk.register(app)
    recheck.register(app)
    reconcile.register(app)
    app.add_typer(staff.app, name="staff")
    app.add_typer(stop.app, name="stop")
    app.add_typer(case.app, name="case")
    app.add_typer(center.app, name="center")
    app.add_typer(code.app, name="code")
    app.add_typer(attest.app, name="attest")
    app.add_typer(audit.app, name="audit")
    app.add_typer(fence.app, name="fence")
    return app


def emergency() -> typer.Typer:
    """Give the kill switch alone: on a machine that is busy it must not wait for what other verbs need."""
    from kofu.cli import stop

    app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    app.add_typer(stop.app, name="stop")
    return app


def main() -> None:
    """Run the command line."""
    (emergency if sys.argv[1:2] == ["stop"] else build)()()
