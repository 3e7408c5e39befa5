"""`kofu glyphs`: carry the registered glyphs (外字) from the ledger to where papers of kiosks are drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kofu.cli.shared.databases import LedgerOwner, Rights, opened
from kofu.cli.shared.declared import command_action
from kofu.cli.shared.faults import word_faults

app = typer.Typer(no_args_is_help=True, help="The drawn glyphs (外字): export the ledger's set, take it in, show it.")


@app.command()
@command_action("glyph.export", "ledger")
def export(
    to: Annotated[Path | None, typer.Option(help="Folder the set's folder is written into; default VAR/feeds.")] = None,
    database: LedgerOwner = None,
) -> None:
    """Write the ledger's newest set, signed with its key of feeds."""
    from kofu.contracts.feed import FeedKind
    from kofu.ledger.glyphs.glyphs import lay_set
    from kofu.platform.feeds import signing_key
    from kofu.platform.glyph_sets import set_folder
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path, var_dir

    with opened("ledger", Rights.OWNER, database) as connection:
        code, parent = load_profile(profile_path()).code, to or var_dir() / "feeds"
        stated = lay_set(connection, code, parent, signing_key(var_dir() / "keys", FeedKind.TAX))
    if stated is None:
        typer.echo("no glyph was registered yet: there is nothing to export")
        return
    typer.echo(f"{set_folder(parent, stated.version)}\nversion {stated.version}, sha256 {stated.sha256}")


@app.command()
@command_action("glyph.take", "issuing")
def take(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the set: glyphs.json, glyphs.sig, font.")],
    keys: Annotated[Path | None, typer.Option(help="Folder of feed-tax.pub.pem; default VAR/keys.")] = None,
) -> None:
    """Verify a set and hold it, as `kofu feed take` does with the one a feed names; running processes draw with it."""
    from kofu.cli.shared.issuing_tools import acting_here
    from kofu.cli.shared.issuing_tools import database as issuing_database
    from kofu.contracts.feed import FeedKind
    from kofu.issuing.glyphs.glyph_sets import take_set
    from kofu.platform.feeds import public_key
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path, var_dir

    with word_faults():
        key = public_key(keys or var_dir() / "keys", FeedKind.TAX)
        code = load_profile(profile_path()).code
    with issuing_database(owner=True) as connection:
        taken = take_set(connection, acting_here(), folder, key, code)
    typer.echo(f"version {taken.manifest.version} is held: {len(taken.manifest.characters)} characters")


@app.command()
@command_action("feed.view", "issuing")
def show() -> None:
    """Show the set this deployment holds, and what came of the last delivery."""
    from kofu.cli.shared.issuing_tools import database as issuing_database
    from kofu.issuing.glyphs.glyph_sets import kept_set, last_delivery
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path

    with issuing_database(owner=True) as connection:
        code = load_profile(profile_path()).code
        kept, last = kept_set(connection, code), last_delivery(connection, code)
    if last is not None and not last.outcome.is_current:
        typer.echo(f"feed {last.feed_generation} named version {last.version}: {last.outcome.value} ({last.reason})")
    if kept is None:
        typer.echo("no set was taken: papers are drawn with the main font alone")
        return
    typer.echo(
        f"version {kept.manifest.version}, sha256 {kept.font.sha256}, made {kept.manifest.made_at:%Y-%m-%d %H:%MZ}"
    )
    for characters in kept.manifest.characters:
        typer.echo(f"  {characters}")
