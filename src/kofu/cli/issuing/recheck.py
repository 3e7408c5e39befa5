"""`kofu recheck`: derive again, independently, what was issued on a day, and compare."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.shared.declared import command_action
from kofu.cli.shared.faults import ExitCode
from kofu.cli.shared.issuing_tools import acting_here, database
from kofu.core.calendar import JST, day_in_japan

if TYPE_CHECKING:
    from collections.abc import Callable

    from kofu.certificates.facts import CertificateOrder
    from kofu.core.font_file import FontFile
    from kofu.issuing.checks.recheck import Derived


@command_action("recheck.run", "issuing")
def recheck(
    day: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day in Japan; default yesterday.")] = None,
    *,
    sweep: Annotated[
        bool, typer.Option("--sweep", help="Also close what nobody decided, and ask about unreported papers.")
    ] = False,
    result_within_minutes: Annotated[int, typer.Option(min=1, help="How long a print result may take.")] = 60,
) -> None:
    """Re-derive every certificate of a day from its generation and compare digests; a mismatch stops issuance.

    Each is also read by a second reader that shares nothing with the last look.
    """
    from kofu.certificates.make import make_again
    from kofu.issuing.checks.recheck import Derived
    from kofu.issuing.checks.recheck import recheck as look
    from kofu.issuing.glyphs.glyph_sets import kept_fonts
    from kofu.issuing.requests.sweep import sweep as close_open_ends
    from kofu.issuing.serving.runtime import press_of, read_environment

    which = day.date() if day else day_in_japan(datetime.now(UTC)) - timedelta(days=1)
    with database() as connection:
        environment = read_environment(connection)

        def derived_with(drawn: FontFile | None) -> Callable[[CertificateOrder], Derived]:
            """Derive with a set of registered glyphs; its press is built when it is asked for."""
            press = cache(lambda: press_of(replace(environment, drawn=drawn)))

            def derive(order: CertificateOrder) -> Derived:
                made = make_again(order, press())
                return Derived(made.sha256, made.facts_digest)

            return derive

        derive, *earlier = map(derived_with, kept_fonts(connection, environment.profile.code) or (None,))
        here = acting_here()
        if sweep:
            swept = close_open_ends(connection, here, result_within=timedelta(minutes=result_within_minutes))
            typer.echo(f"swept: {swept.aborted} never decided, {swept.unknown} without print result")
        start, end = midnight(which), midnight(which + timedelta(days=1))
        report = look(connection, here, environment.profile, derive, start=start, end=end, earlier=earlier)
    typer.echo(f"{which}: {report.copies} copies derived again, {len(report.case_ids)} mismatches")
    for case_id in report.case_ids:
        typer.echo(f"  case {case_id}")
    if report.case_ids:
        raise typer.Exit(ExitCode.REFUSED)


def midnight(day: date) -> datetime:
    """Give the first instant of a day in Japan."""
    return datetime.combine(day, time(), JST)
