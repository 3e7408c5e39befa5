"""`kofu audit person`: everything a system's record has about one person, for systems without screens, too."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from kofu.cli.shared.days import DAYS_MAX
from kofu.cli.shared.declared import command_action, open_command, operator
from kofu.cli.shared.faults import ExitCode, word_faults
from kofu.core.errors import OperatorFault

if TYPE_CHECKING:  # they draw in psycopg: `kofu --help` does without
    import psycopg

    from kofu.evidence.disclosure import SystemAnswer
    from kofu.staff.known_people import PeopleOfSystem
    from kofu.staff.person_record import PersonRead

System = Annotated[str, typer.Argument(help="issuing, registry, center or ledger.")]
KNOWN_BY = {
    "number": (r"[0-9]{1,15}", "a 宛名番号: 1 to 15 digits 0 to 9, leading zeros as the register writes them"),
    "serial": (r"[0-9a-f]{1,40}", "a serial: up to 40 of 0 to 9 and a to f, as the centre writes it"),
    "resident_code": (r"[0-9]{11}", "a 住民票コード: 11 digits 0 to 9"),
}
#: By what each system's record names people, and what that is called on the paper.
NAMED_BY = {
    "issuing": {"number": "宛名番号"},
    "ledger": {"number": "宛名番号"},
    "registry": {"number": "宛名番号", "serial": "カードの証明書のシリアル番号", "resident_code": "住民票コード"},
    "center": {"serial": "カードの証明書のシリアル番号"},
}
DAYS_BACK = 365


class PersonAskedFor(NamedTuple):
    """By what a person is asked for: the kind (a key of `KNOWN_BY`) and the word."""

    known_by: str
    word: str


@command_action("audit.person")
def person(
    system: System,
    known_by: Annotated[
        str, typer.Option(help="What the first line of standard input holds: number (宛名番号), serial, resident_code.")
    ] = "number",
    days: Annotated[int, typer.Option(min=1, max=DAYS_MAX, help="How many days back.")] = DAYS_BACK,
    *,
    answer: Annotated[bool, typer.Option("--answer", help="As the resident reads it, as JSON.")] = False,
) -> None:
    """Print who looked at a person and what was done; the person is read from standard input, and is on record.

    Further lines name the same person otherwise: `serial 0ab1…`, `resident_code …`, `number …`. In the ledger a number
    stands for every number merged with it. Of a number nobody has it says so, with exit code 1: it was asked for all
    the same, and that is on record.
    """
    import psycopg

    from kofu.core.calendar import day_in_japan
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import database_url, profile_path
    from kofu.staff.operators.entering import record_people
    from kofu.staff.person_record import entries_about, is_named, known_by_any

    if known_by not in KNOWN_BY:
        raise typer.BadParameter(f"{known_by!r} is none of {', '.join(KNOWN_BY)}", param_hint="--known-by")
    lines = typer.get_text_stream("stdin").read().splitlines() or [""]
    now = datetime.now(UTC)
    today = day_in_japan(now)
    with word_faults(system, head="kofu audit person", leaves=ExitCode.REFUSED):
        given = [_read_line(lines[0], known_by, "standard input"), *_read_more(lines[1:], known_by)]
        code = load_profile(profile_path()).code
        with psycopg.connect(database_url(system), autocommit=True) as connection:
            every = _merged(connection, system, code, given)
            asked = _pseudonyms(system, code, every)
            # a serial that is somebody's makes no person of a number that is nobody's
            told_by = [one for one in every if one.known_by == "number"] or every
            with connection.transaction():
                record_people(connection, operator(), "audit.person", asked, now)
            read = entries_about(connection, asked, today - timedelta(days=days), today)
            known = known_by_any(_known(connection, system, one.known_by, code, one.word) for one in told_by)
            named = known is not False or is_named(connection, _pseudonyms(system, code, told_by))
            if answer:
                numbers = tuple(one.word for one in every if one.known_by == "number")
                typer.echo(_answer(connection, system, read, asked, known=known, named=named, numbers=numbers))
                return
        if not named:
            raise OperatorFault(
                "person_unknown", f"nobody has this {known_by} in {system}, and its record names nobody by it: check it"
            )
    for one in read.entries:
        body = json.loads(one.body)
        count = len(set(body.get("subjects") or ()) - set(asked))
        others = f"  and {count} others" if count else ""
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


def _pseudonyms(system: str, code: str, every: Iterable[PersonAskedFor]) -> tuple[str, ...]:
    """Give the pseudonyms a system's record has for what a person is asked for by."""
    from kofu.platform.pseudonym import pseudonyms_of

    scopes = ((code if one.known_by == "number" else one.known_by, one.word) for one in every)
    return pseudonyms_of(system).of_all(scopes)


def _read_line(line: str, known_by: str, place: str) -> PersonAskedFor:
    """Read `WORD`, known by `known_by`, or `KIND WORD`.

    Nobody is asked for by a word that can be nobody's: the answer would say that nobody ever looked. Never quoted.
    Raises `OperatorFault` `person_form`.
    """
    kind, _, word = line.strip().rpartition(" ")
    if kind.strip() in KNOWN_BY:
        known_by = kind.strip()
    else:
        word = line.strip()
    form, said = KNOWN_BY[known_by]
    if not re.fullmatch(form, word):
        raise OperatorFault("person_form", f"{place} holds no {known_by}; write {said}")
    return PersonAskedFor(known_by, word)


def _read_more(lines: Iterable[str], known_by: str) -> list[PersonAskedFor]:
    """Read the lines of standard input after the first; empty ones are none."""
    return [
        _read_line(line, known_by, f"standard input, line {number}")
        for number, line in enumerate(lines, 2)
        if line.strip()
    ]


def _merged(
    connection: psycopg.Connection, system: str, code: str, given: Iterable[PersonAskedFor]
) -> list[PersonAskedFor]:
    """Give what was given and every number that means the person, as the screen does."""
    from kofu.staff.person_record import every_number

    words = list(given)
    numbers = every_number(
        _people_of(system), connection, code, (one.word for one in words if one.known_by == "number")
    )
    return list(dict.fromkeys([*words, *(PersonAskedFor("number", number) for number in numbers)]))


def _people_of(system: str) -> PeopleOfSystem:
    """Give whom a system knows, as its screens do."""
    if system == "ledger":
        from kofu.ledger.people.for_the_record import PeopleOfLedger

        return PeopleOfLedger()
    if system == "issuing":
        from kofu.issuing.requests.people import PeopleOfIssuing

        return PeopleOfIssuing()
    from kofu.staff.known_people import PeopleOfSystem

    return PeopleOfSystem()


def _known(connection: psycopg.Connection, system: str, known_by: str, code: str, word: str) -> bool | None:
    """Say whether a system has somebody now by what is asked for; None where it cannot tell."""
    if system == "registry":
        from kofu.registry.known_subjects import is_known

        return is_known(connection, known_by, code, word)
    return _people_of(system).knows(connection, code, word) if known_by == "number" else None


def _answer(
    connection: psycopg.Connection,
    system: str,
    read: PersonRead,
    asked: tuple[str, ...],
    *,
    known: bool | None,
    named: bool,
    numbers: tuple[str, ...],
) -> str:
    """Word the entries for the resident: by office and role, or by name where the profile says so."""
    import msgspec

    from kofu.evidence.disclosure import SystemAnswer
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import profile_path
    from kofu.staff.answered_looks import answered_looks

    offices: dict[str, str] = dict(connection.execute("SELECT code, name FROM staff_office").fetchall())
    by_name = load_profile(profile_path()).audit.staff_by_name
    looks = answered_looks(read.entries, offices, own=asked, by_name=by_name)
    outside = tuple((month.month, month.expired) for month in read.elsewhere)
    made = SystemAnswer(
        system=system, known=known, named=named, looks=looks, outside=outside, cut=read.cut, numbers=numbers
    )
    return msgspec.json.encode(made).decode()


@open_command(
    "asks each system by `kofu audit person`, under its own session, right and record; itself it opens nothing"
)
def everywhere(
    out: Annotated[Path, typer.Option(help="The paper to write (PDF), mode 0600.", dir_okay=False)],
    days: Annotated[int, typer.Option(min=1, max=DAYS_MAX, help="How many days back.")] = DAYS_BACK,
    reference: Annotated[str, typer.Option(help="開示請求の番号; no names.")] = "",
) -> None:
    """Ask every system who looked at one person, and write the answers as one paper (本人への開示).

    Standard input: the 宛名番号; on further lines what else the person is known by: `serial …` of each certificate of
    their cards, by which alone the centre knows anybody, and `resident_code …` (住民票コード), by which the registry
    answers for who lives elsewhere. The ledger is asked first: the others are asked by every number it merged with this
    one. Each system wants its own session (`kofu login SYSTEM`); one that does not answer stands on the paper as such,
    and the exit code is 1. A number nobody has anywhere makes no paper.
    """
    from kofu.core.calendar import day_in_japan
    from kofu.evidence.disclosure import MERGES, disclosure_pdf, require_somebody
    from kofu.platform.fonts import find_font
    from kofu.platform.made_once import replace_whole
    from kofu.platform.profiles import load_profile
    from kofu.platform.settings import DATABASE_SYSTEMS, profile_path

    lines = typer.get_text_stream("stdin").read().splitlines() or [""]
    now = datetime.now(UTC)
    answers: dict[str, SystemAnswer] = {}
    with word_faults(head="kofu audit everywhere", leaves=ExitCode.REFUSED):
        first = _read_line(lines[0], "number", "standard input, line 1")
        more = _read_more(lines[1:], "serial")
        profile = load_profile(profile_path())
        for system in sorted(DATABASE_SYSTEMS, key=lambda one: one != MERGES):
            numbers = answers[MERGES].numbers if MERGES in answers else ()
            every = dict.fromkeys([first, *more, *(PersonAskedFor("number", number) for number in numbers)])
            answers[system] = _asked(system, [one for one in every if one.known_by in NAMED_BY[system]], days)
        require_somebody(answers.values())
        today, others = day_in_japan(now), [one for one in answers[MERGES].numbers if one != first.word]
        merged = f"（統合されている番号 {'、'.join(others)} を含む）" if others else ""
        paper = disclosure_pdf(
            tuple(answers[system] for system in DATABASE_SYSTEMS), find_font(), municipality=profile.name,
            person=f"宛名番号 {first.word}{merged}" + (f"（開示請求 {reference}）" if reference else ""),
            first=today - timedelta(days=days), last=today, made_at=now, specimen=profile.specimen,
        )  # fmt: skip
        replace_whole(out.resolve(), paper, mode=0o600)
    missing = [system for system in DATABASE_SYSTEMS if answers[system].missing]
    entries = sum(len(one.looks) for one in answers.values())
    typer.echo(f"{out}: {entries} entries of {len(answers) - len(missing)} systems")
    if missing:
        typer.echo(f"did not answer: {', '.join(missing)}", err=True)
        raise typer.Exit(ExitCode.REFUSED)


def _asked(system: str, every: Sequence[PersonAskedFor], days: int) -> SystemAnswer:
    """Ask one system by a command of its own; what it says to whoever runs it goes on. No word to ask by: no answer."""
    import msgspec

    from kofu.evidence.disclosure import SystemAnswer

    if not every:
        return SystemAnswer(system=system, missing=True)
    asked = subprocess.run(
        [sys.executable, "-m", "kofu", "audit", "person", system, "--answer", f"--days={days}"],
        input="".join(f"{one.known_by} {one.word}\n" for one in every), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if asked.returncode:
        typer.echo(f"{system}: {asked.stderr.strip() or 'no answer'}", err=True)
        return SystemAnswer(system=system, missing=True)
    by = {one.known_by for one in every}
    left = tuple(words for known_by, words in NAMED_BY[system].items() if known_by not in by)
    return msgspec.structs.replace(msgspec.json.decode(asked.stdout, type=SystemAnswer), not_asked_by=left)
