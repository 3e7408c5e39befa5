"""Whoever a command shows stands in the audit log: a walk over the commands, and a table of all of them.

「アクセスログ」 (the assessment, III-7⑥): of a command it can be told, too, whom it showed. A person is shown by name,
address or 宛名番号, and by a number that leads to one: of a notice, a request, a certificate, a case or a hold.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import pytest
from cryptography.hazmat.primitives import serialization
from tests.cli.all_verbs import verbs
from tests.issuing.feed_maker import KEYS, resident_feed
from tests.issuing.requests.made_papers import made
from tests.issuing.world import NOON, World, people
from tests.ledger.small_ledger import WARD, by, new_ledger
from tests.operators import Operators, log_in
from typer.testing import CliRunner

from kofu.cli import build
from kofu.cli.shared.declared import declared_command
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
    "attest register", "attest show", "audit anchor", "audit archive", "audit check", "audit expire", "audit key",
    "audit prove", "audit restore", "audit verify", "center calendar", "center new-key", "center refund",
    "center statement", "center stop lift", "center stop list", "center stop set", "center waiting", "code check",
    "code new-key", "code page", "code revoke", "day close", "day show", "day state", "day unclosed", "erasure list",
    "erasure tonight", "feed activate", "feed held", "feed import", "feed reject", "feed release", "feed status",
    "feed take", "feed verify", "fence pass", "fence show", "font", "glyphs export", "glyphs show", "glyphs take",
    "hold send", "kiosk-password", "ledger announce", "ledger night", "ledger take-over", "ledger verify",
    "ledger verify-counter", "machine list", "machine renew", "machine revoke", "migrate", "operation",
    "payments list", "payments post", "payments receive", "recheck", "refunds claims", "refunds lapse",
    "refunds returned", "registry load", "registry people", "service key", "service list", "stop lift", "stop list",
    "stop set", "whoami",
}  # fmt: skip
STAFF, ROSTER = "tests/cli/across_systems/test_staff_changes.py", "tests/cli/across_systems/test_roster.py"
DRILL = "tests/cli/across_systems/test_backup_drill.py"
#: What is not run in this walk, why, and the test that runs it.
NOT_RUN = {
    "needs the Django of its system, and a process has one: it is run in a process of its own": {
        "roster confirm": ROSTER, "roster contract": ROSTER, "roster end": ROSTER, "roster list": ROSTER,
        "roster worker": ROSTER, "staff change": STAFF, "staff changes": STAFF, "staff clean": STAFF,
        "staff confirm": STAFF, "staff create": STAFF, "staff end": STAFF, "staff office": STAFF, "staff reset": STAFF,
        "staff send-back": STAFF, "staff withdraw": STAFF,
        "staff demo": "tests/cli/across_systems/test_staff.py",
        "staff end-demo": STAFF,
        "staff screens": "tests/test_seed_steps.py",
        "login": "tests/cli/across_systems/test_login.py", "logout": "tests/cli/across_systems/test_login.py",
        "evidence": "tests/cli/across_systems/test_evidence.py",
    },
    "asks every system by `audit person`, whose entries it has": {
        "audit everywhere": "tests/cli/across_systems/test_disclosure.py",
    },
    "wants papers that are made: its use case writes the person's entry": {
        "issue": "tests/issuing/requests/test_issue_commands.py",
    },
    "wants a server or a cluster of its own": {
        "conformance": "tests/conformance/test_conformance.py", "restore prepare": DRILL, "restore prove": DRILL,
        "serve": "tests/platform/test_secret_files.py", "up": "tests/cli/up/test_up.py",
    },
    "wants a token (SoftHSM)": {
        "token new-key": "tests/certificates/test_token.py", "token request": "tests/certificates/test_token.py",
    },
    "invented people, in no system": {
        "simulate": "tests/proof/test_ledger_simulation.py", "ward fault": "tests/cli/test_ward.py",
        "ward make": "tests/cli/test_ward.py", "prove check": "tests/proof/test_prove_command.py",
    },
}  # fmt: skip
TAXPAYER = (
    "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
    " postal_code, address, status, protected) VALUES (%s, %s, %s, '', '', '', '', '', %s, %s, false)"
)
NUMBER = "0000000001"
VERBS = dict(verbs(build()))
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
        self.require_operator(words, who, entries)
        recorded = {one for entry in entries for one in [entry["subject"], *entry.get("subjects", ())]}
        names = Pseudonyms(secret_file(self.folder / "keys" / f"{system}-pseudonyms.key"))
        named = {number for word, number in desk.people.items() if word in text}
        missing = {number for number in named if names.of(WARD, number) not in recorded}
        assert not missing, f"{words} showed people the audit log does not name: {len(missing)}"
        (self.shown if named else self.silent).add(name_of(words))
        return done.output

    @staticmethod
    def require_operator(words: tuple[str, ...], who: str, entries: list[dict[str, Any]]) -> None:
        """What declares an action leaves an entry of it before it runs: by whom, and what for where that is asked."""
        declared = declared_command(VERBS[name_of(words)])
        assert declared is not None
        if declared.action is None:
            return
        allowed = [one for one in entries if (one["action"], one["result"]) == (declared.action.code, "allowed")]
        assert [one["actor"] for one in allowed] == [who], f"{words}: no entry says who ran it"
        asked_for = {word.partition("=")[2] for word in words if word.startswith("--purpose=")}
        assert {one["detail"]["purpose"] for one in allowed if "purpose" in one["detail"]} == asked_for


def name_of(words: tuple[str, ...]) -> str:
    """The name of a command among the words it was called by."""
    return next(name for length in (3, 2, 1) if (name := " ".join(words[:length])) in VERBS)


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
    return PlantedSystem(
        log_in("ledger", database, folder / "l", kessai="approver", kansa="auditor", kanri="administrator"), people
    )


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
    operators = log_in(
        "issuing",
        world.database,
        folder / "i",
        sato="certificate_operator",
        ito="certificate_approver",
        kansa="auditor",
        kanri="administrator",
    )
    return PlantedSystem(operators, dict.fromkeys(words, number), {"case": case_id, "request": request.request_id})


@pytest.fixture(scope="module")
def desks(system_database, tmp_path_factory) -> dict[str, PlantedSystem]:
    folder = tmp_path_factory.mktemp("operators")
    registry = system_database("registry")
    with psycopg.connect(registry.owner_url, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO registered_person (municipality_code, addressee_number) VALUES (%s, %s)", [WARD, NUMBER]
        )
    registrars = log_in(
        "registry", registry, folder / "r", one="registrar", two="registrar_approver", kanri="administrator"
    )
    return {
        "ledger": ledger_desk(system_database, folder, datetime.now(UTC).date()),
        "issuing": issuing_desk(system_database, folder),
        "registry": PlantedSystem(registrars, {NUMBER: NUMBER}),
        "center": PlantedSystem(
            log_in("center", system_database("center"), folder / "c", unyo="center_operator", kanri="administrator"), {}
        ),
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
    modes = {path.name: path.stat().st_mode & 0o777 for path in out.iterdir() if path.suffix in {".csv", ".txt"}}
    assert modes["new.csv"] == 0o600
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


def through_the_keys_and_the_record(walk: CommandWalk) -> None:
    out = walk.folder / "out"
    walk.run("ledger", "kanri", "code", "new-key")
    walk.run("ledger", "kessai", "code", "revoke", "20261123-139998-000000001")
    walk.run("ledger", "kessai", "code", "page", f"--out={out / 'page.html'}")
    (walk.folder / "scan.png").write_bytes(b"")
    walk.run("ledger", "kessai", "code", "check", str(walk.folder / "scan.png"), leaves=2)
    with psycopg.connect(walk.desks["ledger"].operators.database.owner_url) as owner:
        lane, sequence = owner.execute("SELECT lane, max(sequence) FROM audit_entry GROUP BY 1 LIMIT 1").fetchone()
    walk.run("ledger", "kanri", "audit", "anchor", "ledger")
    proof = walk.folder / "proof.txt"
    proof.write_text(walk.run("ledger", "kansa", "audit", "prove", "ledger", lane, str(sequence)), encoding="utf-8")
    key = walk.run("ledger", "kansa", "audit", "key", "ledger").strip()
    walk.run("ledger", "kansa", "audit", "check", str(proof), f"--log-key={key}")
    walk.run("ledger", "kanri", "audit", "archive", "ledger", "--until=2020-01")
    walk.run("ledger", "kanri", "audit", "expire", "ledger")
    walk.run("ledger", "kanri", "audit", "restore", "ledger", "2020-01", leaves=1)
    for words in (("whoami",), ("service", "list"), ("font",)):
        walk.run("ledger", "kansa", *words)
    walk.run("ledger", "kanri", "kiosk-password", stdin="short\nshort\n", leaves=2)
    walk.run("registry", "kanri", "operation", "registry")
    walk.run("registry", "kanri", "migrate", "registry")
    walk.run("registry", "kanri", "service", "key", "registry", "anchor-registry")


def through_the_nights_and_files(walk: CommandWalk) -> None:
    out, wrong = walk.folder / "out", walk.folder / "wrong.txt"
    wrong.write_bytes(b"\xff\xd8")
    for words, leaves in (
        (("day", "state", "bank", "0", "0", "--day=2026-06-30"), 0), (("day", "close", "--day=2026-06-30"), 0),
        (("glyphs", "export", f"--to={out}"), 0), (("payments", "receive", str(wrong), "--kind=debit_result"), 1),
        (("payments", "post"), 0), (("refunds", "claims", *[str(wrong)] * 3), 1),
        (("refunds", "returned", str(wrong)), 1),
    ):  # fmt: skip
        walk.run("ledger", "kessai", *words, leaves=leaves)
    nights = walk.folder / "sealed"  # the whole ledger leaves, signed, for the system of certificates: by its own entry
    for verb in ("night", "announce"):
        told = walk.run("ledger", "kessai", "ledger", verb, f"--out={nights}", "--business-date=9999-12-31", leaves=1)
        assert "still to come" in told, "a year typed wrong makes no feed"
    walk.run("ledger", "kessai", "ledger", "night", f"--out={nights}")
    walk.run("ledger", "kessai", "ledger", "announce", f"--out={nights}")
    walk.run("ledger", "kanri", "ledger", "take-over", str(nights), str(nights), leaves=1)


def through_the_feeds(walk: CommandWalk) -> None:
    """A feed of two people is taken in; what a command says of it are counts."""
    desk, sent = walk.desks["issuing"], walk.folder / "sent"
    residents, cards, _ = people(2)
    desk.people |= {str(row["name"]): str(row["addressee_number"]) for row in residents}
    for kind, key in KEYS.items():
        public = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        (walk.folder / "keys" / f"feed-{kind}.pub.pem").write_bytes(public)
    first = resident_feed(sent / "resident-1", residents, cards, generation=1)
    for verb in ("verify", "import", "take"):
        walk.run("issuing", "sato", "feed", verb, str(first))
    walk.run("issuing", "sato", "feed", "activate")
    finding = "--finding=planted finding"
    walk.run("issuing", "ito", "feed", "release", "999", finding, leaves=2)
    walk.run("issuing", "ito", "feed", "reject", "999", finding, leaves=2)
    walk.run("issuing", "sato", "glyphs", "take", str(sent), leaves=2)
    stop_id = walk.run("issuing", "sato", "stop", "set", "--reason=planted").split()[-1]
    walk.run("issuing", "ito", "stop", "lift", stop_id, finding)
    for words, leaves in (
        (("attest", "show"), 0), (("attest", "register"), 0), (("fence", "show"), 0), (("fence", "pass"), 2),
        (("erasure", "tonight"), 2), (("machine", "list"), 0), (("machine", "renew", "issuing"), 0),
        (("machine", "renew", "kiosk-0099"), 2), (("machine", "revoke", "../issuing"), 2),
        (("machine", "revoke", "issuing"), 0),
    ):  # fmt: skip
        walk.run("issuing", "kanri", *words, leaves=leaves)


def through_the_registers(walk: CommandWalk) -> None:
    known, serials = walk.folder / "residents.csv", walk.folder / "serials.csv"
    known.write_text(f"addressee_number\n{NUMBER}\n", encoding="utf-8")
    serials.write_text("serial,valid_from,valid_to,status\n", encoding="utf-8")
    walk.run("registry", "one", "registry", "people", str(known))
    walk.run("registry", "one", "registry", "load", str(serials))
    walk.run("registry", "one", "hold", "send", leaves=1)


def through_the_centre(walk: CommandWalk) -> None:
    words = ("--reason-ja=保守", "--reason-en=Maintenance")
    stop_id = walk.run("center", "unyo", "center", "stop", "set", *words).split()[-1]
    for verb in (("stop", "list"), ("calendar", "2126-12"), ("waiting",), ("stop", "lift", stop_id)):
        walk.run("center", "unyo", "center", *verb)
    walk.run("center", "unyo", "center", "statement", "2026-10", f"--out={walk.folder / 'out' / 'month.json'}")
    walk.run("center", "unyo", "center", "refund", "f" * 32, "--yen=200", "--reason=planted", leaves=2)
    walk.run("center", "kanri", "center", "new-key")


def test_nobody_is_shown_by_a_command_without_being_in_the_record(walk) -> None:
    """Each leaves an entry of who ran it, what for where that is asked, and whom it showed."""
    for through in (
        through_the_ledger, through_issuing, through_the_registry, through_the_keys_and_the_record,
        through_the_nights_and_files, through_the_feeds, through_the_registers, through_the_centre,
    ):  # fmt: skip
        through(walk)
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


def test_the_walk_fails_where_a_command_does_not_say_who_ran_it(walk, monkeypatch) -> None:
    """The twin: the gate lets in and writes nothing."""
    monkeypatch.setattr("kofu.staff.operators.entering._record", lambda *_: None)
    with pytest.raises(AssertionError, match="no entry says who ran it"):
        through_the_centre(walk)


def test_of_every_command_it_is_said_whom_it_shows() -> None:
    groups = [SHOWS, SHOWS_NOBODY, *NOT_RUN.values()]
    said = [name for group in groups for name in group]
    assert sorted(said) == sorted(VERBS), "a new command is put into the table"


@pytest.mark.parametrize(("name", "file"), [(one, file) for group in NOT_RUN.values() for one, file in group.items()])
def test_what_is_not_run_here_is_run_by_the_test_that_is_named(name: str, file: str) -> None:
    """As words of a list or as it is typed; a verb of one group alone is called in its file without it."""
    text, words = (ROOT / file).read_text(encoding="utf-8"), name.split()
    typed = "[\"' ]" + "[\"' ,]+".join(map(re.escape, words)) + "[\"' ,]"
    assert re.search(typed, text) or re.search(f"[\"']{re.escape(words[-1])}[\"']", text), name
