"""`kofu evidence`: look now whether every sentence of the ward's assessment is kept, and write it for the assessor."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.shared.declared import command_action, operator
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.core.short_text import shortened

if TYPE_CHECKING:  # these draw in psycopg: `kofu --help` does without
    from datetime import datetime

    from kofu.core.profile import Profile
    from kofu.evidence.domain.standing import KeptEntry, TakenLook
    from kofu.evidence.report import EvidenceReport

MARKS = {"holds": "holds   ", "deviates": "DEVIATES", "not_seen": "NOT SEEN", "broken": "BROKEN  "}


@command_action("evidence.verify", "issuing", "ledger")
def evidence(
    pdf: Annotated[Path | None, typer.Option(help="Write the assessor's paper (PDF/A-1b) here.")] = None,
    as_json: Annotated[Path | None, typer.Option("--json", help="Write it for other programs here.")] = None,
) -> None:
    """Look at every promise in every system whose database is named; exit code 1 where one is not kept or overdue.

    What cannot be reached from here says so, and is not counted as kept. Each look stays on record.
    """
    from datetime import UTC, datetime

    from kofu.evidence.domain.standing import EvidenceVerdict, KeptState
    from kofu.evidence.report import as_json as write_json

    with word_faults("issuing", head="kofu evidence"):
        report = look_everywhere(datetime.now(UTC), operator().actor)
        if as_json is not None:
            as_json.write_bytes(write_json(report))
        if pdf is not None:
            from kofu.evidence.paper import evidence_pdf
            from kofu.platform.fonts import find_font

            pdf.write_bytes(evidence_pdf(report, find_font()))
    _print_report(report)
    wrong = report.count(EvidenceVerdict.BROKEN), report.count_kept(KeptState.OVERDUE)
    if any(wrong):
        typer.echo(f"{wrong[0]} not kept, {wrong[1]} records overdue", err=True)
        raise typer.Exit(ExitCode.REFUSED)


def _print_report(report: EvidenceReport) -> None:
    for line in report.lines:
        mark = MARKS[line.verdict.value] if line.verdict else "by hand "
        by_hand = f"  [{line.kept.label}]" if line.kept else ""
        typer.echo(f"{mark} {line.promise.number:2d} {shortened(line.promise.words, 40)}{by_hand}")
        for one in line.looks:
            if one.last is not None and one.last.finding.verdict.value != "holds":
                typer.echo(f"         {one.check.code} {one.system}: {one.last.finding.found}")


def look_everywhere(now: datetime, by: str) -> EvidenceReport:
    """Look at every promise from here, put what was found on record, and give the report.

    Looks are kept where they belong (`report.KEEPERS`), as far as that database is named here.
    """
    import os

    import psycopg

    from kofu.core.calendar import day_in_japan
    from kofu.evidence.looking import keep, last_kept
    from kofu.evidence.report import KEEPERS, EvidenceReport, lines_of
    from kofu.evidence.table import promise_table
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import database_url, profile_path

    table, profile = promise_table(), load_profile(profile_path())
    looks = _looks(profile, now, by)
    kept: dict[int, KeptEntry] = {}
    for keeper in sorted(set(KEEPERS.values())):
        if not os.environ.get(f"KOFU_{keeper.upper()}_DATABASE_URL"):
            continue
        with psycopg.connect(database_url(keeper)) as connection:
            keep(connection, [one for one in looks if KEEPERS[one.system] == keeper])
            own = {one.number for one in table.promises if one.kept_in is not None and one.kept_in.page == keeper}
            kept |= {number: entry for number, entry in last_kept(connection).items() if number in own}
    return EvidenceReport(
        source=table.source,
        municipality=profile.name,
        specimen=profile.specimen,
        made_at=now,
        lines=lines_of(table, looks, kept, day_in_japan(now)),
    )


def _looks(profile: Profile, now: datetime, by: str) -> list[TakenLook]:
    import functools
    import os

    import psycopg

    from kofu.evidence.ground import EvidenceGround
    from kofu.evidence.looking import look
    from kofu.evidence.table import promise_table
    from kofu.platform.settings import database_url, var_dir, with_patience

    var = var_dir()

    def opened(system: str, *, screens: bool) -> psycopg.Connection:
        """Open by the rights of the screens where they suffice and are named here, else by the running system's."""
        named = os.environ.get(f"KOFU_{system.upper()}_SCREENS_DATABASE_URL", "") if screens else ""
        return psycopg.connect(with_patience(named) if named else database_url(system), autocommit=True)

    return [
        look(
            check,
            EvidenceGround(
                system=system,
                now=now,
                profile=profile,
                var=var,
                open_database=functools.partial(opened, system, screens=check.on_page),
            ),
            by,
        )
        for check in promise_table().checks
        for system in check.systems
    ]
