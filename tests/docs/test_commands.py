"""Commands in the docs: the program takes each; each is run here as it stands, or named with what keeps it from that.

A command's output on a page is compared but for its numbers: what a page promises to show is what comes.
"""

from __future__ import annotations

import io
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import typer
from tests.operators import Operators, log_in
from typer.testing import CliRunner

from kofu.cli import build
from kofu.platform.postgres import SystemDatabase
from kofu.platform.settings import DATABASE_SYSTEMS

ROOT = Path(__file__).parents[2]
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"])
BLOCK = re.compile(r"^```(?:console|sh)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"^    ((?:kofu|python|export) [^\n]*)", re.MULTILINE)


class Command(NamedTuple):
    """A command of a page, without its comment, and the lines the page shows after it."""

    page: str
    line: str
    shown: tuple[str, ...] = ()


def commands_of(text: str, page: str) -> Iterator[Command]:
    """Give the commands of a page: after `$ ` in its blocks, alone in a block, or set in by four columns."""
    text = re.sub(r" *\\\n *", " ", text)  # a command over several lines
    for block in BLOCK.findall(text):
        lines = block.splitlines()
        if not any(line.startswith("$ ") for line in lines):
            yield from (Command(page, bare(line)) for line in lines if line.startswith(("kofu ", "python ")))
            continue
        while lines:
            line = lines.pop(0)
            shown = []
            while lines and not lines[0].startswith("$ "):
                shown.append(lines.pop(0))
            if line.startswith("$ "):
                yield Command(page, bare(line[2:]), tuple(one for one in shown if one.strip()))
    yield from (Command(page, bare(line)) for line in INDENTED.findall(text))


def bare(line: str) -> str:
    """Take a comment off."""
    return re.sub(r"\s+#\s.*$", "", line).strip()


COMMANDS = [
    command for page in PAGES for command in commands_of(page.read_text(encoding="utf-8"), str(page.relative_to(ROOT)))
]

#: Run below, in this order, by whom.
RUN: tuple[tuple[str, str], ...] = (
    ("admin", "kofu migrate issuing"),
    ("admin", "kofu ward make --out var/ward --people 5000 --profile profiles/mihon.toml"),
    ("clerk", "kofu feed verify var/ward/tax-0001 --keys var/ward/keys"),
    ("clerk", "kofu feed import var/ward/resident-0001 --keys var/ward/keys"),
    ("clerk", "kofu feed import var/ward/tax-0001 --keys var/ward/keys"),
    ("clerk", "kofu feed status"),
    ("clerk", "kofu feed held"),
    ("clerk", "kofu feed activate"),
    ("clerk", "kofu ward fault --fault list"),
    ("clerk", "kofu ward fault --fault people-exchanged --feed var/ward/tax-0001 --out /tmp/bad --keys var/ward/keys"),
    ("admin", "kofu audit anchor issuing"),
    ("admin", "kofu audit verify issuing"),
    ("admin", "kofu attest register"),
    ("admin", "kofu attest show"),
    ("clerk", "kofu case list"),
    ("admin", "kofu recheck"),
    ("admin", "kofu recheck --day 2026-11-23"),
    ("admin", "kofu recheck --sweep"),
    ("admin", "kofu service list"),
    ("admin", "kofu service key issuing take-feeds"),
    ("admin", "kofu whoami"),
)
#: Run with fewer people, or into a folder of the test: the command is the same.
SAID_OTHERWISE = (
    ("--people 5000", "--people 50"),
    ("--out /tmp/bad", "--out bad"),
    ("feed activate", "feed activate --keys var/ward/keys"),
)

DATABASE = "names a server of the reader's"
SERVES = "serves until it is ended: tests/cli/up/test_up.py, tests/platform/test_serve.py"
BACKUP = "wants a PostgreSQL that is backed up: tests/cli/across_systems/test_backup_drill.py"
CASE = "wants a case: tests/cli/issuing/test_wrong_input.py, tests/browser/test_staff.py"
LEDGER_FEED = "of a ledger that was taken over: tests/cli/up/test_ledger_feeds.py"
TWO_PEOPLE = "wants a feed that is held, and two people: tests/browser/test_judged_feeds.py"
#: What a command begins with, and why it is not run here, or where it is.
NOT_RUN: dict[str, str] = {
    "make ": "the verb itself: tests/cli/up/test_up.py starts what `make run` starts",
    "pg_": BACKUP,
    "tar ": BACKUP,
    "cp -a": BACKUP,
    "openssl ": BACKUP,
    "kofu restore": BACKUP,
    "export KOFU_": DATABASE,
    "KOFU_TEST_DATABASE_URL=": DATABASE,
    "kofu up": SERVES,
    "kofu serve": SERVES,
    "mkdir witness": "wants the key of the reader's log: tests/platform/test_audit_witness.py",
    "KOFU_WITNESS_NAME=": SERVES,
    "kofu login": "asks a person for a password and a code: tests/cli/across_systems/test_login.py",
    "kofu logout": "in a process of its own: tests/cli/across_systems/test_login.py",
    "source ": "tests/cli/up/test_up.py does, on the demonstration",
    ".venv/bin/kofu": "tests/cli/up/test_up.py does, on the demonstration",
    "kofu fence": "after a restored database: tests/issuing/checks/test_fence.py",
    "kofu feed release": TWO_PEOPLE,
    "kofu feed reject": TWO_PEOPLE,
    "kofu feed take": LEDGER_FEED,
    "kofu ledger": LEDGER_FEED,
    "kofu glyphs": "wants a set of registered 外字: tests/cli/across_systems/test_glyphs.py",
    "kofu machine list": "wants machines: tests/platform/test_machines.py",
    "kofu prove check": "wants a history: tests/proof plays some",
    "kofu simulate": "is played with fewer steps: tests/proof",
    "kofu audit prove": "wants an entry of the reader's log: tests/cli/across_systems/test_audit.py",
    "kofu audit check": "wants an entry of the reader's log: tests/cli/across_systems/test_audit.py",
    "kofu audit archive": "wants a month that is over: tests/cli/across_systems/test_audit_months.py",
    "kofu audit restore": "wants a month that is over: tests/cli/across_systems/test_audit_months.py",
    "kofu audit expire": "wants a month that is over: tests/cli/across_systems/test_audit_months.py",
    "printf ": "asks four systems: tests/cli/across_systems/test_disclosure.py",
    "python -c": "names the reader's own profile: tests/platform/test_profiles.py loads ours",
    "python -m": "a verb of the Makefile",
    "kofu case show": CASE,
    "kofu case add": CASE,
    "kofu case sign": CASE,
    "kofu center": "at the centre: tests/cli/test_center.py",
    "kofu reconcile": "wants the centre's month: tests/cli/test_center.py",
    "kofu staff": "makes accounts by two people: tests/cli/across_systems/test_staff.py",
    "kofu issue": "wants a card of the reader's: tests/cli/test_everybody_on_record.py",
    "kofu code": "wants the key of signed codes: tests/cli/test_code.py",
    "kofu stop": "wants a running ward: tests/browser/test_staff.py",
}


def not_run(line: str) -> str | None:
    """Say what keeps a command from being run here."""
    return next((why for begins, why in NOT_RUN.items() if line.startswith(begins)), None)


def test_a_command_is_run_here_or_named_with_what_keeps_it_from_that() -> None:
    run = {line for _, line in RUN}
    assert [one for one in COMMANDS if (one.line in run) == (not_run(one.line) is not None)] == []


def test_the_tables_name_nothing_that_is_on_no_page() -> None:
    lines = [command.line for command in COMMANDS]
    assert len(lines) > 50
    assert [line for _, line in RUN if line not in lines] == []
    assert [begins for begins in NOT_RUN if not any(line.startswith(begins) for line in lines)] == []
    named = {name for why in NOT_RUN.values() for name in re.findall(r"tests/[\w/.]+\w", why)}
    assert [name for name in named if not (ROOT / name).exists()] == []


def words_of(line: str) -> list[str] | None:
    """Give the words after `kofu` of a command, or None where it runs something else."""
    found = re.search(r"(?:^|[|&] *|/| )kofu (.*?)(?: > | \| |$)", line)
    return shlex.split(found[1]) if found else None


def test_the_program_takes_every_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """Verbs, options and arguments are there; values are not looked at."""
    monkeypatch.setattr("sys.stdin", io.StringIO("1\n" * 9))  # a number of a person, where one is read
    said = [(words_of(one.line), one) for one in COMMANDS]
    assert [(one, why) for words, one in said if words and (why := refusal(words))] == []


def test_a_command_that_is_not_there_any_more_is_found() -> None:
    assert refusal(["feed", "swallow"]) != ""
    assert refusal(["feed", "status", "--loudly"]) != ""
    assert refusal(["feed", "verify"]) != ""


@cache
def program() -> typer.core.TyperCommand | typer.core.TyperGroup:
    """Build the command once."""
    return typer.main.get_command(build())  # type: ignore[return-value]


def refusal(words: list[str]) -> str:
    """Say why the program would not take the words, "" where it would."""
    command = program()
    context = typer.Context(command)
    rest = words
    try:
        while isinstance(command, typer.core.TyperGroup):
            name, found, rest = command.resolve_command(context, rest)
            if found is None:
                return f"no verb {name}"
            command, context = found, typer.Context(found, info_name=name, parent=context)
        command.make_context(context.info_name, rest, parent=context.parent)
    except typer.BadParameter.__mro__[1] as error:  # of what is typed wrongly; a value is the reader's own
        return "" if type(error) is typer.BadParameter else error.format_message()
    return ""


@dataclass(frozen=True, slots=True)
class Ward:
    """Where the commands run: a folder with profiles and `var`, a database, people who are logged in."""

    database: SystemDatabase
    people: Operators


@pytest.fixture
def ward(system_database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ward:
    database = system_database("issuing")
    (tmp_path / "var").mkdir()
    (tmp_path / "profiles").symlink_to(ROOT / "profiles")
    people = log_in("issuing", database, tmp_path, admin="administrator", clerk="certificate_operator")
    for system in DATABASE_SYSTEMS:  # other tests of the process leave theirs
        for whose in ("", "OWNER_", "SCREENS_"):
            monkeypatch.delenv(f"KOFU_{system.upper()}_{whose}DATABASE_URL", raising=False)
    for name, value in people.urls.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "var"))
    monkeypatch.setenv("KOFU_PROFILE", str(ROOT / "profiles" / "mihon.toml"))
    monkeypatch.chdir(tmp_path)
    return Ward(database, people)


def looks_like(shown: str) -> re.Pattern[str]:
    """Make of a line a page shows what a line that comes must be: numbers may be others, `…` anything."""
    pattern = re.escape(shown).replace("…", ".*").replace("/srv/kofu/", "/.*")
    return re.compile(re.sub(r"\d[\d,]*", r"\\d[\\d,]*", pattern))


@pytest.mark.storage
@pytest.mark.font
def test_the_commands_do_what_the_pages_say(ward: Ward, monkeypatch: pytest.MonkeyPatch) -> None:
    for who, line in RUN:
        ward.people.be(monkeypatch, who)
        words = line
        for said, here in SAID_OTHERWISE:
            words = words.replace(said, here)
        done = CliRunner().invoke(build(), shlex.split(words)[1:])
        assert done.exit_code == 0, f"{line}\n{done.output}\n{done.exception}"
        for command in COMMANDS:
            if command.line == line:
                came = done.output.splitlines()
                missing = [one for one in command.shown if not any(looks_like(one).fullmatch(it) for it in came)]
                assert missing == [], f"{command} shows {missing}, there came {came}"


def test_another_line_than_the_page_shows_is_found() -> None:
    assert looks_like("issuing: 1,204 entries in 9 lanes, 24 anchors").fullmatch(
        "issuing: 7 entries in 2 lanes, 1 anchors"
    )
    assert not looks_like("sound").fullmatch("not sound")
