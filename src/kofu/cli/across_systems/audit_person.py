"""`kofu audit person`: everything a system's record has about one person, for systems without screens, too."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kofu.cli.shared.declared import command_action, open_command
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.core.errors import OperatorFault

if TYPE_CHECKING:  # they draw in psycopg: `kofu --help` does without
    import psycopg

    from kofu.evidence.disclosure import SystemAnswer
    from kofu.staff.person_record import PersonRead

System = Annotated[str, typer.Argument(help="issuing, registry, center or ledger.")]
KNOWN_BY = {
    "number": (r"[0-9]{1,15}", "a 宛名番号: 1 to 15 digits 0 to 9, leading zeros as the register writes them"),
    "serial": (r"[0-9a-f]{1,40}", "a serial: up to 40 of 0 to 9 and a to f, as the centre writes it"),
    "resident_code": (r"[0-9]{11}", "a 住民票コード: 11 digits 0 to 9"),
}
DAYS_BACK = 365
DAYS_MAX = 36_525
"""A hundred years: longer than any record is kept."""


@command_action("audit.person")
def person(
    system: System,
    known_by: Annotated[
        str, typer.Option(help="What standard input holds: number (宛名番号), serial, resident_code.")
    ] = "number",
    days: Annotated[int, typer.Option(min=1, max=DAYS_MAX, help="How many days back.")] = DAYS_BACK,
    *,
    answer: Annotated[bool, typer.Option("--answer", help="As the resident reads it, as JSON.")] = False,
) -> None:
    """Print who looked at a person and what was done; the person is read from standard input, and is on record.

    Of a number nobody has it says so, with exit code 1: it was asked for all the same, and that is on record.
    """
    import psycopg

    from kofu.cli.shared.people_on_record import concerned
    from kofu.core.calendar import day_in_japan
    from kofu.platform.profiles import load_profile
    from kofu.platform.pseudonym import pseudonyms_of
    from kofu.platform.settings import database_url, profile_path
    from kofu.staff.person_record import entries_about, is_named

    if known_by not in KNOWN_BY:
        raise typer.BadParameter(f"{known_by!r} is none of {', '.join(KNOWN_BY)}", param_hint="--known-by")
    number = typer.get_text_stream("stdin").readline().strip()
    now = datetime.now(UTC)
    today = day_in_japan(now)
    with word_faults(system, head="kofu audit person", leaves=ExitCode.REFUSED):
        _require_form(known_by, number, "standard input")
        scope = load_profile(profile_path()).code if known_by == "number" else known_by
        asked = pseudonyms_of(system).of_all([(scope, number)])
        with psycopg.connect(database_url(system), autocommit=True) as connection:
            concerned(connection, "audit.person", scope, [number], now)
            read = entries_about(connection, asked, today - timedelta(days=days), today)
            known = _known(connection, system, known_by, scope, number)
            named = known is not False or is_named(connection, asked)
            if answer:
                typer.echo(_answer(connection, system, read, known=known, named=named))
                return
        if not named:
            raise OperatorFault(
                "person_unknown", f"nobody has this {known_by} in {system}, and its record names nobody by it: check it"
            )
    for one in read.entries:
        body = json.loads(one.body)
        others = f"  and {len(body['subjects']) - 1} others" if body.get("subjects") else ""
        typer.echo(f"{body['occurred_at']}  {body['actor']}  {body['action']}  {body['result']}{others}")
    for month in read.elsewhere:
        what = (
            "was deleted after seven years" if month.expired else f"`kofu audit restore {system} {month.month} --apply`"
        )
        typer.echo(f"{month.month} is not in the database: {what}", err=True)
    if read.cut:
        typer.echo("there are more: ask for fewer days", err=True)
    if known is False:
        typer.echo(f"nobody has this {known_by} in {system} now: erased since, or known elsewhere alone", err=True)
    typer.echo(f"{len(read.entries)} entries")


def _known(connection: psycopg.Connection, system: str, known_by: str, scope: str, word: str) -> bool | None:
    """Say whether a system has somebody now by what is asked for; None where it cannot tell."""
    if system == "registry":
        from kofu.registry.known_subjects import is_known

        return is_known(connection, known_by, scope, word)
    if known_by != "number":
        return None
    if system == "ledger":
        from kofu.ledger.people.for_the_record import PeopleOfLedger

        return PeopleOfLedger().knows(connection, scope, word)
    if system == "issuing":
        from kofu.issuing.requests.people import PeopleOfIssuing

        return PeopleOfIssuing().knows(connection, scope, word)
    return None


def _answer(connection: psycopg.Connection, system: str, read: PersonRead, *, known: bool | None, named: bool) -> str:
    """Word the entries for the resident: by office and role, or by name where the profile says so."""
    import msgspec

    from kofu.evidence.disclosure import SystemAnswer
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path
    from kofu.staff.answered_looks import answered_looks

    offices: dict[str, str] = dict(connection.execute("SELECT code, name FROM staff_office").fetchall())
    looks = answered_looks(read.entries, offices, by_name=load_profile(profile_path()).audit.staff_by_name)
    outside = tuple((month.month, month.expired) for month in read.elsewhere)
    made = SystemAnswer(system=system, known=known, named=named, looks=looks, outside=outside, cut=read.cut)
    return msgspec.json.encode(made).decode()


def _require_form(known_by: str, word: str, place: str) -> None:
    """Ask for nobody by a word that can be nobody's: the answer would say that nobody ever looked. Never quoted."""
    form, said = KNOWN_BY[known_by]
    if not re.fullmatch(form, word):
        raise OperatorFault("person_form", f"{place} holds no {known_by}; write {said}")


@open_command(
    "asks each system by `kofu audit person`, under its own session, right and record; itself it opens nothing"
)
def everywhere(
    out: Annotated[Path, typer.Option(help="The paper to write (PDF), mode 0600.", dir_okay=False)],
    days: Annotated[int, typer.Option(min=1, max=DAYS_MAX, help="How many days back.")] = DAYS_BACK,
    reference: Annotated[str, typer.Option(help="開示請求の番号; no names.")] = "",
) -> None:
    """Ask every system who looked at one person, and write the answers as one paper (本人への開示).

    Standard input: the 宛名番号, and on a second line the serial of the card's certificate where it is known, by which
    alone the centre knows anybody. Each system wants its own session (`kofu login SYSTEM`); one that does not answer
    stands on the paper as such, and the exit code is 1. A number nobody has anywhere makes no paper.
    """
    from kofu.core.calendar import day_in_japan
    from kofu.evidence.disclosure import disclosure_pdf, require_somebody
    from kofu.platform.fonts import find_font
    from kofu.platform.made_once import replace_whole
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import DATABASE_SYSTEMS, profile_path

    stdin = typer.get_text_stream("stdin")
    number, serial = stdin.readline().strip(), stdin.readline().strip()
    now, answers = datetime.now(UTC), []
    with word_faults(head="kofu audit everywhere", leaves=ExitCode.REFUSED):
        _require_form("number", number, "standard input, line 1")
        if serial:
            _require_form("serial", serial, "standard input, line 2")
        profile = load_profile(profile_path())
        for system in DATABASE_SYSTEMS:
            known_by, word = ("serial", serial) if system == "center" else ("number", number)
            answers.append(_asked(system, known_by, word, days))
        require_somebody(answers)
        today = day_in_japan(now)
        paper = disclosure_pdf(
            tuple(answers), find_font(), municipality=profile.name,
            person=f"宛名番号 {number}" + (f"（開示請求 {reference}）" if reference else ""),
            first=today - timedelta(days=days), last=today, made_at=now, specimen=profile.specimen,
        )  # fmt: skip
        replace_whole(out.resolve(), paper, mode=0o600)
    missing = [one.system for one in answers if one.missing]
    typer.echo(f"{out}: {sum(len(one.looks) for one in answers)} entries of {len(answers) - len(missing)} systems")
    if missing:
        typer.echo(f"did not answer: {', '.join(missing)}", err=True)
        raise typer.Exit(ExitCode.REFUSED)


def _asked(system: str, known_by: str, word: str, days: int) -> SystemAnswer:
    """Ask one system by a command of its own; what it says to whoever runs it goes on. No word to ask by: no answer."""
    import msgspec

    from kofu.evidence.disclosure import SystemAnswer

    if not word:
        return SystemAnswer(system=system, missing=True)
    words = ["audit", "person", system, "--answer", f"--days={days}", f"--known-by={known_by}"]
    asked = subprocess.run(
        [sys.executable, "-m", "kofu", *words],
        input=f"{word}\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    if asked.returncode:
        typer.echo(f"{system}: {asked.stderr.strip() or 'no answer'}", err=True)
        return SystemAnswer(system=system, missing=True)
    return msgspec.json.decode(asked.stdout, type=SystemAnswer)
