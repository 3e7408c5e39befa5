"""`kofu feed held | release | reject`: feeds that wait for two people. The screens of the console do the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.shared.declared import command_action, operator
from kofu.cli.shared.issuing_tools import acting_here, database, municipality_code

if TYPE_CHECKING:
    from kofu.issuing.feeds.judged_feed_store import JudgedFeed
    from kofu.judgement.judgement import Judgement

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the judged feed, as `kofu feed held` shows.")]
Words = Annotated[str, typer.Option(help="What was looked at and what was found; no names.")]


@command_action("feed.view", "issuing")
def held() -> None:
    """List the feeds that wait for two people, with what is beyond their bounds."""
    from kofu.issuing.feeds.held_feeds import waiting

    with database(owner=True) as connection:
        for feed in waiting(connection, municipality_code()):
            typer.echo(_headline(feed))
            for line in lines_of(feed.judgement):
                typer.echo(f"  {line}")


@command_action("feed.release", "issuing")
def release(number: Number, finding: Words) -> None:
    """Release a held feed; the second person's word lets the next `kofu feed take` or `import` activate it."""
    from kofu.certificates.domain.findings import Signature
    from kofu.issuing.feeds.held_feeds import release_feed as put

    with database(owner=True) as connection:
        done = put(
            connection, acting_here(), municipality_code(), number, Signature(by=operator().actor, finding=finding)
        )
    typer.echo("released: `kofu feed activate` takes it in" if done else "signed: another person's word releases it")


@command_action("feed.release", "issuing")
def reject(number: Number, finding: Words) -> None:
    """Refuse a held feed for good; the sender must send another."""
    from kofu.certificates.domain.findings import Signature
    from kofu.issuing.feeds.held_feeds import reject as put

    with database(owner=True) as connection:
        put(connection, acting_here(), municipality_code(), number, Signature(by=operator().actor, finding=finding))
    typer.echo("refused: it will never be activated")


def _headline(feed: JudgedFeed) -> str:
    return (
        f"{feed.id}  {feed.state}  {feed.feed} feed, generation {feed.feed_generation} ({feed.mode}),"
        f" {feed.business_date}, judged {feed.judged_at:%Y-%m-%d %H:%MZ}"
    )


def lines_of(judgement: Judgement) -> list[str]:
    """Say what of a judgement is beyond its bounds, and why else it is held; examples by line."""
    lines = [f"doubt: {doubt}" for doubt in judgement.doubts]
    for figure in judgement.figures:
        if figure.out_of_bounds and figure.bound is not None:
            before = "none" if figure.before is None else f"{figure.before:,}"
            week = "none" if figure.week_before is None else f"{figure.week_before:,}"
            of = "" if figure.of is None else f" of {figure.of:,}"
            lines.append(
                f"{figure.name}: {figure.after:,}{of} (before {before}, a week before {week};"
                f" bound {figure.bound.permille / 10:g} % and {figure.bound.absolute:,})"
            )
    lines += [f"{rule}: {count:,} rows" for rule, count in sorted(judgement.counts.items())]
    lines += [str(finding) for finding in judgement.findings[:10]]
    if judgement.sample is not None:
        sample = judgement.sample
        fields = ", ".join(f"{name} {count}" for name, count in sorted(sample.fields.items()))
        lines.append(f"sample: {sample.differing} of {sample.papers} papers differ; {fields or 'no field'}")
    if not judgement.announced:
        lines.append("not announced by its sender")
    return lines
