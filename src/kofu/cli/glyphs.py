"""`kofu glyphs`: carry the registered glyphs (外字) from the ledger to where papers of kiosks are drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kofu.cli.ledger_url import ledger_url
from kofu.core.errors import KofuError

app = typer.Typer(no_args_is_help=True, help="The drawn glyphs (外字): export the ledger's set, take it in, show it.")

REFUSED = 1

Database = Annotated[
    str | None,
    typer.Option(
        envvar="KOFU_LEDGER_OWNER_DATABASE_URL", help="Database of the ledger, under the owner of its schema."
    ),
]


@app.command()
def export(
    to: Annotated[Path | None, typer.Option(help="Folder the set's folder is written into; default VAR/feeds.")] = None,
    database: Database = None,
) -> None:
    """Write the ledger's newest set, signed with its key of feeds."""
    import psycopg

    from kofu.contracts.feed import FeedKind
    from kofu.core.names import code_points_of
    from kofu.ledger.glyphs import current_set
    from kofu.platform.feeds import signing_key
    from kofu.platform.glyph_sets import write_glyph_set
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path, var_dir
    from kofu.press.glyph_font import clusters_of

    try:
        code = load_profile(profile_path()).code
        with psycopg.connect(ledger_url(database), autocommit=True) as connection:
            held = current_set(connection, code)
        if held.font is None or held.made_at is None:
            typer.echo("no glyph was registered yet: there is nothing to export")
            return
        folder = write_glyph_set(
            to or var_dir() / "feeds",
            held.font,
            signing_key(var_dir() / "keys", FeedKind.TAX),
            municipality_code=code,
            version=held.version,
            characters=tuple(sorted(map(code_points_of, clusters_of(held.font)))),
            made_at=held.made_at,
        )
    except (KofuError, psycopg.OperationalError) as error:
        typer.echo(f"not exported: {error}", err=True)
        raise typer.Exit(REFUSED) from error
    typer.echo(f"{folder}\nversion {held.version}, sha256 {held.font.sha256}")


@app.command()
def take(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the set: glyphs.json, glyphs.sig, font.")],
    keys: Annotated[Path | None, typer.Option(help="Folder of feed-tax.pub.pem; default VAR/keys.")] = None,
) -> None:
    """Verify a set and hold it. Then register (`kofu attest register`) and start the issuing processes again."""
    from kofu.contracts.feed import FeedKind
    from kofu.platform.feeds import public_key
    from kofu.platform.glyph_sets import held_dir, take_glyph_set
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path, var_dir
    from kofu.press.glyph_font import clusters_of

    try:
        taken = take_glyph_set(
            folder,
            public_key(keys or var_dir() / "keys", FeedKind.TAX),
            municipality_code=load_profile(profile_path()).code,
            characters_of=clusters_of,
            into=held_dir(),
        )
    except (KofuError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(REFUSED) from error
    typer.echo(f"version {taken.manifest.version} is held: {len(taken.manifest.characters)} characters")
    typer.echo("run `kofu attest register --by NAME`, then start the issuing processes again")


@app.command()
def show() -> None:
    """Show the set this deployment holds."""
    from kofu.platform.glyph_sets import held_dir, held_glyph_set

    try:
        held = held_glyph_set(held_dir())
    except KofuError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(REFUSED) from error
    if held is None:
        typer.echo("no set was taken: papers are drawn with the main font alone")
        return
    typer.echo(
        f"version {held.manifest.version}, sha256 {held.font.sha256}, made {held.manifest.made_at:%Y-%m-%d %H:%MZ}"
    )
    for characters in held.manifest.characters:
        typer.echo(f"  {characters}")
