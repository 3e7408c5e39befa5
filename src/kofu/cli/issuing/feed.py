"""`kofu feed`: verify a feed, take it in, see where the feeds stand, retire old years."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.issuing import feed_held
from kofu.cli.issuing.feed_progress import feed_progress
from kofu.cli.shared.databases import IssuingOwner, owner_url
from kofu.cli.shared.declared import command_action, open_command, operator
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.core.calendar import JST
from kofu.core.errors import OperatorFault

if TYPE_CHECKING:  # these draw in polars and psycopg: `kofu --help` does without
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from kofu.contracts.feed import FeedKind
    from kofu.core.profile import Profile
    from kofu.issuing.feeds.import_feed import ImportReport
    from kofu.issuing.glyphs.glyph_sets import Delivered

app = typer.Typer(no_args_is_help=True, help="Take in the daily feeds of taxes and residents.")


Folder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the feed: manifest.json, manifest.sig, *.csv.")]
Keys = Annotated[
    Path | None, typer.Option(help="Folder of the senders' public keys feed-KIND.pub.pem; default VAR/keys.")
]
ProfilePath = Annotated[Path | None, typer.Option(envvar="KOFU_PROFILE", help="Profile (TOML) of the municipality.")]


@app.command()
@open_command("reads a folder; it touches no database, changes nothing and quotes no cell")
def verify(folder: Folder, keys: Keys = None) -> None:
    """Check a feed without a database: signature, files, checksums, every cell. Changes nothing."""
    from kofu.issuing.feeds.import_feed import verify_feed

    with _faults("verify"), feed_progress() as progress:
        report = verify_feed(folder, keys=_public_keys(keys), progress=progress)
    _print_outcome(report)


@app.command(name="import")
@command_action("feed.take", "issuing")
def import_(
    folder: Folder,
    keys: Keys = None,
    profile: ProfilePath = None,
    database: IssuingOwner = None,
) -> None:
    """Take in a feed: all of it becomes the new data generation, or nothing changes; doubtful ones are held."""
    with _faults("import"):
        values, url, public = _profile(profile), owner_url("issuing", database), _public_keys(keys)
    _print_outcome(_import("import", folder, values, url, public))


@app.command()
@command_action("feed.take", "issuing")
def take(
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", exists=True, file_okay=False, help="Folder the sender leaves its feeds' folders in."
        ),
    ],
    keys: Keys = None,
    profile: ProfilePath = None,
    database: IssuingOwner = None,
) -> None:
    """Take in every tax feed under a folder that is newer than the active one, in order. None is no error.

    What two people have released meanwhile comes first. Behind a feed that is held the later ones wait.
    """
    import psycopg

    from kofu.contracts.feed import FeedKind
    from kofu.issuing.feeds.waiting_feeds import waiting_feeds

    with _faults("take"):
        values, url, public = _profile(profile), owner_url("issuing", database), _public_keys(keys)
    _activate(values, url, public)
    with _faults("take"):
        waiting = waiting_feeds(
            lambda: psycopg.connect(url), folder, kind=FeedKind.TAX, keys=public, municipality_code=values.code
        )
    if not waiting:
        typer.echo(f"no tax feed in {folder} is newer than the active one")
    for path in waiting:
        _print_outcome(_import("take", path, values, url, public))


@app.command()
@command_action("feed.take", "issuing")
def activate(keys: Keys = None, profile: ProfilePath = None, database: IssuingOwner = None) -> None:
    """Activate the held feeds that two people have released: exactly the bytes that were judged."""
    with _faults("activate"):
        values, url, public = _profile(profile), owner_url("issuing", database), _public_keys(keys)
    if not _activate(values, url, public):
        typer.echo("no released feed waits")


app.command()(feed_held.held)
app.command()(feed_held.release)
app.command()(feed_held.reject)


def _activate(values: Profile, url: str, keys: dict[FeedKind, Ed25519PublicKey]) -> int:
    """Take in what was released; give how many."""
    import psycopg

    from kofu.issuing.feeds.held_feeds import released_folders

    with _faults("activate"), psycopg.connect(url) as connection:
        folders = released_folders(connection, values.code)
    for path in folders:
        _print_outcome(_import("activate", path, values, url, keys))
    return len(folders)


def _import(verb: str, folder: Path, values: Profile, url: str, keys: dict[FeedKind, Ed25519PublicKey]) -> ImportReport:
    """Take in one feed, judged by the bounds of the profile and by what its papers are drawn with.

    The glyph set it names is taken first, from beside it.
    """
    import psycopg

    from kofu.contracts.feed import FeedKind
    from kofu.issuing.acting.who_acts import system_acting
    from kofu.issuing.feeds.import_feed import LANE, import_feed
    from kofu.issuing.feeds.judging import judging_of
    from kofu.issuing.glyphs.glyph_sets import drawn_glyphs, take_beside

    actor = operator().actor
    with _faults(verb), psycopg.connect(url, autocommit=True) as connection:
        acting = system_acting(lane=LANE, actor=actor)
        _tell_glyphs(take_beside(connection, acting, folder, keys[FeedKind.TAX], values.code))
        drawn = drawn_glyphs(connection, values.code)
    with _faults(verb), feed_progress() as progress:
        return import_feed(
            lambda: psycopg.connect(url),
            folder,
            keys=keys,
            municipality_code=values.code,
            now=datetime.now(UTC),
            actor=actor,
            judging=judging_of(values, drawn),
            progress=progress,
        )


@app.command()
@command_action("feed.view", "issuing")
def status(profile: ProfilePath = None, database: IssuingOwner = None) -> None:
    """Show which generation is active, how old the feeds are, and the last loads."""
    import psycopg

    from kofu.issuing.feeds.generations import active_state, last_generations

    with _faults("status"):
        municipality = _profile(profile).code
        with psycopg.connect(owner_url("issuing", database)) as connection:
            state = active_state(connection, municipality)
            loads = last_generations(connection, municipality)
    if state is None:
        typer.echo(f"{municipality}: no data generation was ever activated")
        return
    typer.echo(f"{municipality}: data generation {state.data_generation}")
    typer.echo(f"  tax feed       {state.tax_feed_generation:>5}  {state.tax_business_date or 'never'}")
    typer.echo(f"  resident feed  {state.resident_feed_generation:>5}  {state.resident_business_date or 'never'}")
    if state.retired_before_year:
        typer.echo(f"  fiscal years before {state.retired_before_year} are erased")
    for load in loads:
        at = load.activated_at.astimezone(JST)
        typer.echo(
            f"  {load.number:>5}  {at:%Y-%m-%d %H:%M:%S}  {load.feed} {load.feed_generation} ({load.mode}):"
            f" {load.rows_stated:,} rows, {load.rows_added:,} written, {load.rows_closed:,} closed"
        )


def _print_outcome(report: ImportReport) -> None:
    """Print what became of a feed; leave with REFUSED where it is wrong."""
    from kofu.issuing.feeds.import_feed import ImportOutcome

    name = f"{report.kind} feed, generation {report.feed_generation}" if report.kind else "feed"
    match report.outcome:
        case ImportOutcome.SOUND:
            typer.echo(f"{name}: sound, {report.rows:,} rows")
        case ImportOutcome.ACTIVATED:
            typer.echo(
                f"{name}: activated as data generation {report.data_generation}: {report.rows:,} rows stated, "
                f"{report.versions_added:,} versions written, {report.versions_closed:,} closed"
            )
            _tell_transposed(report)
        case ImportOutcome.ALREADY_ACTIVE:
            typer.echo(f"{name}: already active as data generation {report.data_generation}; nothing changed")
        case ImportOutcome.HELD:
            typer.echo(
                f"{name}: held as number {report.judged_id}; nothing was changed, two people look at it"
                " (`kofu feed held`, or the console):",
                err=True,
            )
            for line in feed_held.lines_of(report.judgement) if report.judgement else ():
                typer.echo(f"  {line}", err=True)
            _tell_transposed(report)
            raise typer.Exit(ExitCode.HELD)
        case ImportOutcome.REFUSED:
            typer.echo(f"{name}: refused; nothing was changed. {report.problem_count:,} problems:", err=True)
            for problem in report.problems:
                typer.echo(f"  {problem}", err=True)
            if report.problem_count > len(report.problems):
                typer.echo(f"  … and {report.problem_count - len(report.problems):,} more", err=True)
            raise typer.Exit(ExitCode.REFUSED)


def _tell_glyphs(delivered: Delivered | None) -> None:
    """Say what came of the glyph set (外字の組) a feed names; one that is held already is no news."""
    from kofu.issuing.glyphs.glyph_sets import GlyphSetIntake

    if delivered is None or delivered.outcome is GlyphSetIntake.HELD:
        return
    if delivered.outcome is GlyphSetIntake.TAKEN:
        typer.echo(f"glyph set {delivered.version}: taken; running processes draw with it within seconds")
        return
    typer.echo(
        f"glyph set {delivered.version}: {delivered.outcome.value} ({delivered.reason}); the one that is held stays,"
        " who needs the new glyphs is refused until it comes",
        err=True,
    )


def _tell_transposed(report: ImportReport) -> None:
    """Say which codes of 外字 were put as characters by the profile's tables, and how often."""
    from kofu.core.names import code_points_of

    for code, times in sorted(report.transposed.items()):
        typer.echo(f"  {code_points_of(code)} put as the profile's table says, {times:,} times")


def _faults(verb: str) -> AbstractContextManager[None]:
    """Say in one line why the command could not do its work."""
    return word_faults("issuing", head=f"kofu feed {verb}")


def _public_keys(folder: Path | None) -> dict[FeedKind, Ed25519PublicKey]:
    """Read the keys of both senders. Raises `OperatorFault` naming the file that is missing."""
    from kofu.contracts.feed import FeedKind
    from kofu.platform.feeds import public_key
    from kofu.platform.settings import var_dir

    where = folder or var_dir() / "keys"
    try:
        return {kind: public_key(where, kind) for kind in FeedKind}
    except FileNotFoundError as error:
        raise OperatorFault(
            "no_feed_key", f"there is no sender's key {error.filename}; name its folder by --keys"
        ) from error


def _profile(path: Path | None) -> Profile:
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path

    return load_profile(path or profile_path())
