"""Whoever a command shows stands in the audit log: a walk over the commands, and a table of all of them.

「アクセスログ」 (the assessment, III-7⑥): of a command it can be told, too, whom it showed. A person is shown by name,
address or 宛名番号, and by a number that leads to one: of a notice, a request, a certificate, a case or a hold.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
import pytest
from tests.cli.all_verbs import verbs
from tests.issuing.requests.made_papers import made
from tests.issuing.world import NOON, World
from tests.ledger.small_ledger import WARD, by, new_ledger
from tests.operators import Operators, log_in
from typer.testing import CliRunner

from kofu.cli import build
from kofu.contracts.issuing import PrintOutcome
from kofu.contracts.statement import MonthlyStatement, totals_of
from kofu.issuing.cases.cases import open_case
from kofu.issuing.cases.domain.kinds import CaseKind
from kofu.issuing.requests.report_print import take_print_result
from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.debit.mandates import register_mandate
from kofu.platform.made_once import secret_file
from kofu.platform.pseudonym import Pseudonyms
from kofu.platform.tls import make_development_ca

pytestmark = pytest.mark.storage
ROOT = Path(__file__).parents[2]
#: What shows persons: each of these must have shown one in the walk, with an entry that names them.
SHOWS = {
    "audit person", "case add", "case list", "case open", "case show", "case sign",
    "hold discard", "hold list", "hold propose-release", "hold put",
    "hold release",
    "ledger compare-interest", "payments debit-request", "reconcile",
}  # fmt: skip
#: What shows nobody: its output in the walk, over systems full of people, names none.
SHOWS_NOBODY = {
    "audit verify", "day show", "day unclosed", "erasure list", "feed held", "feed status", "glyphs show",
    "ledger verify", "ledger verify-counter", "payments list", "recheck", "refunds lapse", "stop list",
}  # fmt: skip
#: What is not run here, and why it shows nobody or where its entry is tried. Only these words hold it in this walk.
NOT_RUN = {
    "counts, files' names and places in files, no cell": {
        "feed activate", "feed import", "feed take", "feed verify", "glyphs export", "glyphs take", "ledger announce",
        "ledger take-over", "payments post", "payments receive", "refunds claims", "refunds returned",
        "registry load", "registry people",
    },
    "decisions and keys: ids of what was decided, which `list` and `show` put on record": {
        "center new-key", "center refund", "code new-key", "code revoke",
        "day close", "day state", "erasure tonight", "feed reject", "feed release", "fence pass", "machine renew",
        "machine revoke", "service key", "stop lift", "stop set", "token new-key", "token request",
    },
    "the centre knows no persons": {
        "center calendar", "center statement", "center stop lift", "center stop list", "center stop set",
        "center waiting",
    },
    "staff, machines, programs, the record itself: nobody whom the ward keeps data of": {
        "attest register", "attest show", "audit anchor", "audit archive", "audit check", "audit expire", "audit key",
        "audit prove", "audit restore", "code page", "conformance", "evidence", "fence show", "font",
        "kiosk-password", "login", "logout", "machine list", "migrate", "operation", "prove check", "restore prepare",
        "restore prove", "roster confirm", "roster contract", "roster end", "roster list", "roster worker", "serve",
        "service list", "staff change", "staff changes", "staff clean", "staff confirm", "staff create", "staff demo",
        "staff end", "staff end-demo", "staff office", "staff reset", "staff screens", "staff send-back",
        "staff withdraw", "up", "whoami",
    },
    "asks by `audit person`, whose entries it has (tests/cli/across_systems/test_disclosure.py)": {"audit everywhere"},
    "invented people": {"simulate", "ward fault", "ward make"},
    "who runs it holds the paper": {"code check"},
    "the whole ledger leaves, sealed, for the system of certificates: one entry, which names its generation": {
        "ledger night",
    },
    "its use case writes the person's entry (tests/issuing/requests/test_issue.py)": {"issue"},
    "sends what `put` and `release` recorded, and a file with an entry (tests/cli/registry/test_hold.py)": {
        "hold send",
    },
}  # fmt: skip
TAXPAYER = (
    "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
    " postal_code, address, status, protected) VALUES (%s, %s, %s, '', '', '', '', '', %s, %s, false)"
)
NUMBER = "0000000001"
ACCOUNT = BankAccount(bank_code="0001", branch_code="001", account_type="1", account_number="1234567", holder="ﾐﾎﾝ ﾀﾛｳ")


@dataclass
class PlantedSystem:
    """A system with people in it. `people`: each word that shows one, with their 宛名番号."""

    operators: Operators
    people: dict[str, str]
    ids: dict[str, str] = field(default_factory=dict)


@dataclass
class CommandWalk:
    """Runs commands as somebody, and holds what is typed, printed and written against the audit log."""

    desks: dict[str, PlantedSystem]
    folder: Path
    be: pytest.MonkeyPatch
    shown: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)

    def run(self, system: str, who: str, *words: str, leaves: int = 0, stdin: str = "") -> str:
        desk, out = self.desks[system], self.folder / "out"
        before = {path for path in out.rglob("*") if path.is_file()}
        desk.operators.be(self.be, who)
        with psycopg.connect(desk.operators.database.owner_url, autocommit=True) as record:
            (since,) = record.execute("SELECT clock_timestamp()").fetchone()
            done = CliRunner().invoke(build(), list(words), input=stdin)
            assert done.exit_code == leaves, f"{words}: {done.output} {done.exception!r}"
            written = {path for path in out.rglob("*") if path.is_file()} - before
            files = [path.read_text(encoding="utf-8", errors="replace") for path in sorted(written)]
            text = "\n".join([*words, stdin, done.output, *files])
            bodies = record.execute("SELECT body FROM audit_entry WHERE recorded_at > %s", [since]).fetchall()
        entries = [json.loads(body) for (body,) in bodies]
        recorded = {one for entry in entries for one in [entry["subject"], *entry.get("subjects", ())]}
        names = Pseudonyms(secret_file(self.folder / "keys" / f"{system}-pseudonyms.key"))
        named = {number for word, number in desk.people.items() if word in text}
        missing = {number for number in named if names.of(WARD, number) not in recorded}
        assert not missing, f"{words} showed people the audit log does not name: {len(missing)}"
        (self.shown if named else self.silent).add(name_of(words))
        return done.output


def name_of(words: tuple[str, ...]) -> str:
    """The name of a command among the words it was called by."""
    known = {name for name, _ in verbs(build())}
    return next(name for length in (3, 2, 1) if (name := " ".join(words[:length])) in known)


def ledger_desk(system_database, folder: Path, today: date) -> PlantedSystem:
    """Thirty people who owe, two with an account that is debited; one of those has died."""
    database = new_ledger(system_database, numbers="7{:016d}", due=today + timedelta(days=40))
    people = {f"7{number:016d}": str(number) for number in range(30)}
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        for number in range(30):
            name, address = f"植田　{number}番子", f"東京都見本区植込{number}丁目"
            owner.execute(TAXPAYER, [WARD, str(number), name, address, "resident"])
            people |= {name: str(number), address: str(number)}
        for person in ("3", "7"):
            register_mandate(
                owner, WARD, person, ACCOUNT, applied_on=date(2026, 4, 1), starts_on=date(2026, 4, 1),
                acting=by("clerk"),
            )  # fmt: skip
        owner.execute("UPDATE taxpayer SET status = 'dead' WHERE addressee_number = '7'")
    return PlantedSystem(log_in("ledger", database, folder / "l", kessai="approver", kansa="auditor"), people)


def issuing_desk(system_database, folder: Path) -> PlantedSystem:
    """One paper that was printed, and a case about it."""
    world = World(system_database("issuing"), folder)
    number = "000000000000001"
    with world.connect() as connection:
        request = made(connection, world)
        result = world.result(request, PrintOutcome.PRINTED)
        take_print_result(connection, world.acting(), result, municipality_code=WARD)
        with connection.transaction():
            case_id = open_case(
                connection, world.acting(), municipality_code=WARD, kind=CaseKind.CENTER_ERROR, summary="planted",
                request_id=request.request_id, cause="",
            )  # fmt: skip
        papers = connection.execute("SELECT certificate_number FROM issuing_copy").fetchall()
    words = {number, request.request_id, case_id, *(paper for (paper,) in papers)}
    operators = log_in("issuing", world.database, folder / "i", sato="certificate_operator", kansa="auditor")
    return PlantedSystem(operators, dict.fromkeys(words, number), {"case": case_id, "request": request.request_id})


@pytest.fixture(scope="module")
def desks(system_database, tmp_path_factory) -> dict[str, PlantedSystem]:
    folder = tmp_path_factory.mktemp("operators")
    registry = system_database("registry")
    with psycopg.connect(registry.owner_url, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO registered_person (municipality_code, addressee_number) VALUES (%s, %s)", [WARD, NUMBER]
        )
    registrars = log_in("registry", registry, folder / "r", one="registrar", two="registrar_approver")
    return {
        "ledger": ledger_desk(system_database, folder, datetime.now(UTC).date()),
        "issuing": issuing_desk(system_database, folder),
        "registry": PlantedSystem(registrars, {NUMBER: NUMBER}),
    }


@pytest.fixture
def walk(desks, tmp_path, monkeypatch) -> CommandWalk:
    (tmp_path / "out").mkdir()
    make_development_ca(tmp_path / "tls")
    monkeypatch.setenv("KOFU_VAR", str(tmp_path))
    monkeypatch.setenv("KOFU_PROFILE", str(ROOT / "profiles" / "mihon.toml"))
    monkeypatch.setenv("KOFU_ISSUING_URL", "https://127.0.0.1:1")
    monkeypatch.delenv("KOFU_LAYOUTS", raising=False)
    for desk in desks.values():
        for name, url in desk.operators.urls.items():
            monkeypatch.setenv(name, url)
    return CommandWalk(desks, tmp_path, monkeypatch)


def through_the_ledger(walk: CommandWalk) -> None:
    out, due = walk.folder / "out", datetime.now(UTC).date() + timedelta(days=40)
    old = walk.folder / "old.csv"
    old.write_text(f"notice_number,installment,interest\n7{5:016d},1,1000\n", encoding="utf-8")
    walk.run("ledger", "kessai", "ledger", "compare-interest", str(old), f"--on={due}", f"--report={out / 'new.csv'}")
    left = walk.run("ledger", "kessai", "payments", "debit-request", str(due), f"--out={out}")
    assert f"left out: notice 7{7:016d}" in left
    for words in (
        ("ledger", "verify"), ("ledger", "verify-counter"), ("payments", "list"), ("day", "unclosed"),
        ("day", "show", "--day=2026-06-30"), ("refunds", "lapse"),
    ):  # fmt: skip
        walk.run("ledger", "kessai", *words)
    walk.run("ledger", "kansa", "audit", "verify", "ledger", leaves=1)


def through_issuing(walk: CommandWalk) -> None:
    statement = MonthlyStatement(
        municipality_code=WARD, month=f"{NOON:%Y-%m}", made_at=NOON, entries=(), totals=totals_of(())
    )
    file = walk.folder / "statement.json"
    file.write_bytes(msgspec.json.encode(statement))
    walk.run("issuing", "sato", "reconcile", str(file), leaves=1)
    walk.run("issuing", "sato", "case", "list")
    case = walk.desks["issuing"].ids["case"]
    walk.run("issuing", "sato", "case", "show", case)
    walk.run("issuing", "sato", "case", "add", case, "--text=planted evidence")
    walk.run("issuing", "sato", "case", "sign", case, "--finding=planted finding")
    walk.run(
        "issuing", "sato", "case", "open", "--summary=planted", f"--request={walk.desks['issuing'].ids['request']}"
    )
    for words in (
        ("feed", "status"), ("feed", "held"), ("stop", "list"), ("erasure", "list"), ("glyphs", "show"),
        ("recheck", "--day=2020-01-01"),
    ):  # fmt: skip
        walk.run("issuing", "sato", *words)
    walk.run("issuing", "kansa", "audit", "person", "issuing", stdin="000000000000001\n")


def through_the_registry(walk: CommandWalk) -> None:
    desk = walk.desks["registry"]

    def put() -> str:
        words = ("hold", "put", "--kind=protection", "--addressee=-")
        hold_id = walk.run("registry", "one", *words, stdin=f"{NUMBER}\n", leaves=1).splitlines()[0]
        desk.people[hold_id] = NUMBER
        return hold_id

    protection = put()
    walk.run("registry", "one", "hold", "propose-release", protection, "--reason=planted")
    walk.run("registry", "two", "hold", "release", protection, leaves=1)
    refused = put()
    with psycopg.connect(desk.operators.database.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE hold_outbox SET last_failure = 'http_400'")
    walk.run("registry", "one", "hold", "list")
    walk.run("registry", "one", "hold", "discard", refused, "--reason=planted")


def test_nobody_is_shown_by_a_command_without_being_in_the_record(walk) -> None:
    through_the_ledger(walk)
    through_issuing(walk)
    through_the_registry(walk)
    assert walk.shown == SHOWS
    assert walk.silent - walk.shown == SHOWS_NOBODY


@pytest.mark.parametrize("through", [through_the_ledger, through_issuing])
def test_the_walk_fails_where_commands_do_not_say_whom_they_show(
    walk, monkeypatch, through: Callable[[CommandWalk], None]
) -> None:
    """The twin: the recording off."""
    monkeypatch.setattr("kofu.staff.operators.entering.record_people", lambda *_: None)
    with pytest.raises(AssertionError, match="showed people the audit log does not name"):
        through(walk)


def test_of_every_command_it_is_said_whom_it_shows() -> None:
    groups = [SHOWS, SHOWS_NOBODY, *NOT_RUN.values()]
    said = [name for group in groups for name in group]
    assert sorted(said) == sorted(name for name, _ in verbs(build())), "a new command is put into the table"
