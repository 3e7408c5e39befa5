"""The drill of `docs/how-to/back-up-and-restore.md`: its commands, on real servers, and what the restored ward knows.

One base backup of all four databases, the log that goes on beside it, and the keys. Restored to its end the ward proves
itself and serves on; restored to a moment in between it is whole up to there, says what it does not know, and does not
serve; with other keys than its own it does not either (P4, P8, P10, P12).
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.issuing.world import ROOT, World, people
from tests.ledger.overpayments.refunds import RULES
from tests.ledger.posted_payments import post_payments
from tests.ledger.small_ledger import NOW, WARD, new_ledger
from tests.operators import Operators, log_in
from typer.testing import CliRunner, Result

from kofu.certificates.render import CertificatePress
from kofu.cli import build
from kofu.cli.across_systems.restore import looks
from kofu.contracts.issuing import Issued
from kofu.core.errors import OperatorFault
from kofu.issuing.acting.who_acts import system_acting
from kofu.issuing.checks.fence import advance, fence_in, highest_number
from kofu.issuing.feeds.erasure_orders import DoneErasure
from kofu.issuing.feeds.erasure_register import write_entries
from kofu.issuing.requests.issue import issue_certificate
from kofu.ledger.books.domain.claims import Channel, Payment
from kofu.platform import pseudonym
from kofu.platform.anchoring import anchor_now, place_of
from kofu.platform.fonts import ensure_font, read_font
from kofu.platform.postgres import EmbeddedPostgres, SystemDatabase
from kofu.platform.restored import note_outside, note_proven, require_whole, unproven
from kofu.platform.settings import DATABASE_SYSTEMS
from kofu.platform.tls import make_development_ca

pytestmark = [pytest.mark.storage, pytest.mark.font, pytest.mark.slow]

PAGE = (ROOT / "docs" / "how-to" / "back-up-and-restore.md").read_text(encoding="utf-8")
LOOKS_MAX = 600
SLOT = "kofu_backup"
BETWEEN = "before_the_change"


def command(begins: str, **places: object) -> str:
    """Take a command from the page, with the places of this drill."""
    line = next(line for line in PAGE.splitlines() if line.startswith(f"$ {begins} ")).removeprefix("$ ")
    for name, place in places.items():
        assert name in line, f"{name} is not in: {line}"
        line = line.replace(name, str(place))
    return line


def typed(line: str) -> subprocess.CompletedProcess[str]:
    """Type a command of this machine, under its own account."""
    return subprocess.run(["bash", "-ec", f"set -o pipefail; {line}"], check=True, capture_output=True, text=True)


@dataclass
class Drill:
    """A ward of four databases in which three things were done, its base backup, the log up to now, its keys."""

    folder: Path
    server: EmbeddedPostgres
    databases: dict[str, SystemDatabase]
    press: CertificatePress
    operators: Operators
    var: Path
    done: int = 0

    def program(self, begins: str, *, check: bool = True, **places: object) -> subprocess.CompletedProcess[str]:
        """Run a command of the page that is one of PostgreSQL's own programs."""
        return subprocess.run(
            self.words(begins, **places), cwd="/", capture_output=True, text=True, check=check, **self.account
        )

    def words(self, begins: str, **places: object) -> list[str]:
        name, *rest = command(begins, **places).split(" ")
        url = self.server.admin_url
        return [str(self.server._programs / name), *(url if word == "$KOFU_BACKUP_URL" else word for word in rest)]

    @property
    def account(self) -> dict[str, object]:
        account = self.server._account
        return {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    def world(self) -> World:
        return World(self.databases["issuing"], self.folder / "feeds", tax_generation=1, resident_generation=1)

    def at(self, server: EmbeddedPostgres, var: Path) -> Drill:
        """Give the same ward, in the databases of another server; what it knows outside them lies in `var`."""
        host = conninfo_to_dict(server.admin_url)["host"]
        moved = {
            system: SystemDatabase(
                *(make_conninfo(url, host=host) for url in (one.owner_url, one.app_url, one.screens_url))
            )
            for system, one in self.databases.items()
        }
        operators = Operators("registry", moved["registry"], self.operators.folder, self.operators.var, {})
        return Drill(self.folder, server, moved, self.press, operators, var, self.done)

    def something_is_done(self) -> None:
        """Do one thing in each system: a paper, a payment, and an entry of the record where there are neither."""
        self.done += 1
        world = self.world()
        with world.connect() as connection:
            assert isinstance(issue_certificate(connection, world.issuer(self.press), world.request()), Issued)
        with psycopg.connect(self.databases["ledger"].app_url, autocommit=True) as connection:
            paid = Payment(
                payment_id=uuid4(),
                municipality_code=WARD,
                key=f"drill/{self.done}",
                channel=Channel.CONVENIENCE,
                received_on=date(2026, 6, 19),
                booked_on=date(2026, 6, 20),
                amount=10_000,
                notice_number=f"{self.done:017d}",
                installment="1",
            )
            post_payments(connection, [paid], municipality_code=WARD, rules=RULES, now=NOW, booked_on=date(2026, 6, 20))
        for system in DATABASE_SYSTEMS:
            with psycopg.connect(self.databases[system].app_url, autocommit=True) as connection:
                with connection.transaction():
                    system_acting(lane="drill", actor=system).record(connection, "drill", "done")
                note_outside(connection, system)

    def count(self, system: str, what: str) -> int:
        with psycopg.connect(self.databases[system].owner_url) as connection:
            row = connection.execute(f"SELECT count(*) FROM {what}").fetchone()
            return int(row[0]) if row else 0

    def kept(self) -> dict[str, int]:
        """How many of the things done each system knows, by its record, and the papers and payments of them."""
        entries = {
            system: self.count(system, "audit_entry WHERE body::json->>'action' = 'drill'")
            for system in DATABASE_SYSTEMS
        }
        return entries | {"papers": self.count("issuing", "issuing_copy"), "payments": self.count("ledger", "payment")}

    def looks(self, system: str, **words: bool) -> dict[str, str]:
        """What a system cannot prove, and what to do."""
        with psycopg.connect(self.databases[system].owner_url, autocommit=True) as owner:
            return {one.what: one.to_do for one in looks(system, owner, by="sato", **words) if not one.holds}

    def settings(self, patch: pytest.MonkeyPatch) -> None:
        """Let commands and processes find these databases, and what is known outside them."""
        patch.setenv("KOFU_VAR", str(self.var))
        for system, one in self.databases.items():
            patch.setenv(f"KOFU_{system.upper()}_DATABASE_URL", one.app_url)
            patch.setenv(f"KOFU_{system.upper()}_OWNER_DATABASE_URL", one.owner_url)

    def restored(self, name: str, *options: str) -> Drill:
        """Restore as the page says."""
        data = self.folder / name / "data"
        typed(command("cp", **{"/backup/base": self.folder / "base", "/var/lib/postgresql/restored": data}))
        asked = command(
            "kofu restore prepare", **{"/backup/wal": self.folder / "wal", "/var/lib/postgresql/restored": data}
        )
        said = kofu(*asked.split(" ")[1:], *options)
        assert said.exit_code == 0, said.output
        server = EmbeddedPostgres(data, durable=False)
        server.start()
        until(lambda: not ask(server, "SELECT pg_is_in_recovery()"))
        return self.at(server, shutil.copytree(self.var, self.folder / name / "var"))


def kofu(*words: str) -> Result:
    return CliRunner().invoke(build(), list(words))


def ask(server: EmbeddedPostgres, statement: str) -> object:
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        row = admin.execute(statement.encode()).fetchone()
        return row[0] if row else None


def until(so: Callable[[], object]) -> None:
    for _ in range(LOOKS_MAX):
        if so():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")


@pytest.fixture(scope="module")
def drill(postgres, system_database) -> Iterator[Drill]:
    if not conninfo_to_dict(postgres)["host"].startswith("/"):
        pytest.skip("a server of another machine is not backed up by this drill")
    folder = Path(tempfile.mkdtemp(prefix="kofu-drill-"))
    folder.chmod(0o777)
    with psycopg.connect(postgres) as admin:
        (data,) = admin.execute("SHOW data_directory").fetchone()
    server = EmbeddedPostgres(Path(data), durable=False)
    for name in ("wal", "to_the_end", "to_a_moment"):
        (folder / name).mkdir()
        (folder / name).chmod(0o777)
    patch = pytest.MonkeyPatch()
    patch.setenv("KOFU_VAR", str(folder / "var"))
    keeping = None
    try:
        databases = {system: system_database(system) for system in DATABASE_SYSTEMS if system != "ledger"}
        databases["ledger"] = new_ledger(system_database)
        operators = log_in("registry", databases["registry"], folder / "people", sato="administrator")
        made = Drill(folder, server, databases, CertificatePress(read_font(ensure_font())), operators, folder / "var")
        world = World(databases["issuing"], folder / "feeds")
        residents, cards, assessments = people(2)
        world.load_residents(residents, cards)
        world.load_tax(assessments)
        made.something_is_done()
        made.program(f"pg_receivewal -d $KOFU_BACKUP_URL --slot {SLOT} --create-slot")
        keeping = subprocess.Popen(
            made.words(f"pg_receivewal -d $KOFU_BACKUP_URL --slot {SLOT} -D", **{"/backup/wal": folder / "wal"}),
            cwd="/",
            **made.account,
        )
        until(lambda: ask(server, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"))
        made.program("pg_basebackup", **{"/backup/base": folder / "base"})
        made.something_is_done()
        ask(server, f"SELECT pg_create_restore_point('{BETWEEN}')")
        made.something_is_done()
        with world.as_owner() as owner:
            advance(owner, fence_in(made.var))
        for system, one in databases.items():
            with psycopg.connect(one.app_url, autocommit=True) as connection:
                anchor_now(connection, place_of(system), None)
        make_development_ca(made.var / "tls")
        segment = str(ask(server, "SELECT pg_walfile_name(pg_switch_wal())"))
        until((folder / "wal" / segment).exists)
        yield made
    finally:
        if keeping is not None:
            keeping.terminate()
            keeping.wait(30)
            ask(server, f"SELECT pg_drop_replication_slot('{SLOT}')")
        patch.undo()
        shutil.rmtree(folder, ignore_errors=True)


def test_restored_to_the_end_of_the_log_it_serves_once_it_has_proven_itself_and_nothing_is_lost(drill, monkeypatch):
    restored = drill.restored("to_the_end")
    try:
        restored.settings(monkeypatch)
        assert set(restored.kept().values()) == {3}
        for system in ("issuing", "ledger", "registry", "console"):
            refused = kofu("serve", system)
            assert refused.exit_code == 2
            assert "was restored" in refused.output
            assert f"kofu restore prove {'issuing' if system == 'console' else system}" in refused.output
        with pytest.raises(OperatorFault, match="kofu restore prove center"):
            require_whole("center")
        for system in DATABASE_SYSTEMS:
            assert restored.looks(system) == {}

        restored.operators.be(monkeypatch, "sato")
        proven = kofu("restore", "prove", "registry")
        assert proven.exit_code == 0, proven.output
        assert "registry is proven (restored" in proven.output
        require_whole("registry")
        for system in ("issuing", "ledger", "center"):
            with psycopg.connect(restored.databases[system].owner_url, autocommit=True) as owner:
                note_proven(owner, unproven(owner), "sato")
            require_whole(system)
        with restored.world().connect() as connection:
            before = highest_number(connection)
            assert before >= 3  # a sequence goes on beyond what was logged ahead of it
            restored.something_is_done()
            assert highest_number(connection) == before + 1
        assert set(restored.kept().values()) == {4}
    finally:
        restored.server.stop()


def test_restored_to_a_moment_it_is_whole_up_to_there_and_each_system_says_what_it_does_not_know(drill, monkeypatch):
    restored = drill.restored("to_a_moment", "--name", BETWEEN)
    try:
        restored.settings(monkeypatch)
        assert set(restored.kept().values()) == {2}
        for system in DATABASE_SYSTEMS:
            found = restored.looks(system)
            assert any("was seen, and this database does not know it" in what for what in found), system
            assert "--went-back" in " ".join(found.values())
        heads = restored.var / "fence" / "issuing-heads.json"
        aside = heads.rename(heads.with_suffix(".aside"))
        assert any(what.startswith("the anchor ") for what in restored.looks("issuing")), "its anchor, too"
        aside.rename(heads)

        restored.operators.be(monkeypatch, "sato")
        refused = kofu("restore", "prove", "registry")
        assert refused.exit_code == 1
        assert "registry does not serve" in refused.output
        with pytest.raises(OperatorFault, match="restored_unproven"):
            require_whole("registry")
        decided = kofu("restore", "prove", "registry", "--went-back")
        assert decided.exit_code == 0, decided.output
        require_whole("registry")
        assert restored.looks("ledger", went_back=True) == {}
    finally:
        restored.server.stop()


def test_keys_come_back_from_their_copy_and_without_them_nothing_is_proven(drill, monkeypatch):
    keeper = drill.folder / "keeper"
    keeper.mkdir()
    typed(f"openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=keeper -keyout {keeper}/key -out {keeper}/pem")
    before = {path: path.read_bytes() for path in sorted((drill.var / "keys").iterdir())}
    assert len(before) >= len(DATABASE_SYSTEMS)
    drill.settings(monkeypatch)
    there = [name for name in ("keys", "secrets", "tls") if (drill.var / name).exists()]
    places = {"keys secrets tls": " ".join(there), "/backup/keys.cms": keeper / "cms", "keeper.pem": keeper / "pem"}
    typed(command("tar", **places))
    shutil.move(drill.var / "keys", keeper / "lost")
    pseudonym._pseudonyms_at.cache_clear()  # what a new process begins without
    found = drill.looks("registry")
    assert "the key of pseudonyms is the one the record was written under" in found
    assert any(what.startswith("the record: ") for what in found)  # the anchors are signed by a key that is lost
    shutil.rmtree(drill.var / "keys")
    places = {"/backup/keys.cms": keeper / "cms", "keeper.pem": keeper / "pem", "keeper.key": keeper / "key"}
    typed(command("openssl", **places))
    pseudonym._pseudonyms_at.cache_clear()
    assert {path: path.read_bytes() for path in sorted((drill.var / "keys").iterdir())} == before
    assert {path.stat().st_mode & 0o777 for path in before} == {0o600}
    assert drill.looks("registry") == {}


def test_years_that_were_erased_since_are_named_and_erased_again_before_anything_is_proven(drill, monkeypatch):
    drill.settings(monkeypatch)
    erased = DoneErasure(
        before_year=2022,
        assessments=1,
        collections=0,
        kept_unpaid=0,
        rows_sha256="0" * 64,
        erased_at=datetime(2026, 11, 22, tzinfo=UTC),
        on_disk_at=datetime(2026, 11, 22, tzinfo=UTC),
        archived=False,
    )
    register = drill.folder / "register"
    monkeypatch.setenv("KOFU_ERASURES", str(register))
    write_entries(register, Ed25519PrivateKey.generate(), WARD, [erased])
    assert drill.looks("issuing") == {"fiscal years before 2022 are here again": "kofu erasure tonight"}


def test_a_generation_that_lost_a_row_and_books_that_lost_a_yen_are_found(drill, monkeypatch):
    """The twins: what is looked at is seen. On the primary, undone at once."""
    drill.settings(monkeypatch)
    for system, damage, named in (
        (
            "issuing",
            "DELETE FROM fact_card_certificates WHERE serial = (SELECT max(serial) FROM fact_card_certificates)",
            "2 generations, 1 differs",
        ),
        ("ledger", "UPDATE payment_balance SET received = received + 1, overpaid = overpaid + 1", "the books balance"),
    ):
        with psycopg.connect(drill.databases[system].owner_url) as owner:
            owner.execute(damage)
            found = {one.what for one in looks(system, owner, by="sato") if not one.holds}
            assert any(what.startswith(named) for what in found), found
            owner.rollback()


def test_a_backup_in_which_a_byte_was_turned_is_refused_before_anybody_restores_it(drill):
    def verified(backup: Path) -> subprocess.CompletedProcess[str]:
        return drill.program("pg_verifybackup", check=False, **{"/backup/base": backup})

    assert verified(drill.folder / "base").returncode == 0
    turned = drill.folder / "turned"
    shutil.copytree(drill.folder / "base", turned)
    largest = max(
        (path for path in (turned / "base").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size
    )
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    for path in (turned, *turned.rglob("*")):
        path.chmod(0o777)
    assert "checksum mismatch" in verified(turned).stderr
