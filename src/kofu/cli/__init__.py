"""The `kofu` command: one verb per thing an operator does."""

from __future__ import annotations

import typer


def build() -> typer.Typer:
    """Put the verbs together. What a verb needs it imports when it runs."""
    from kofu.cli import audit, database, font, serve, up
    from kofu.cli import feed as feed_verbs
    from kofu.cli import ward as ward_verbs

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
    app.add_typer(ward_verbs.app, name="ward")
    app.add_typer(feed_verbs.app, name="feed")
    app.add_typer(audit.app, name="audit")
    return app


def main() -> None:
    """Run the command line."""
    build()()
