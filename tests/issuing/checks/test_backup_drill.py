"""The drill of `docs/how-to/back-up-and-restore.md`: its commands, on real servers, and what the restored ward knows.

One base backup and the log that goes on beside it. Restored to its end it serves on; restored to a moment in between it
is whole up to there, says what it does not know, and does not serve (P4, P8, P10).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.conninfo import make_conninfo
from tests.issuing.world import NOON, ROOT, World, people

from kofu.certificates.last_look import facts_digest
from kofu.contracts.issuing import Issued
from kofu.core.errors import OperatorFault
from kofu.issuing.checks.fence import Fence, advance, highest_number, require_not_gone_back
from kofu.issuing.checks.recheck import Derived, recheck
from kofu.issuing.requests.issue import issue_certificate
from kofu.platform.audit_anchor import AnchorPlace, make_anchor
from kofu.platform.audit_verify import verify_chain
from kofu.platform.migrate import migrate
from kofu.platform.postgres import EmbeddedPostgres, SystemDatabase, ensure_system_database, start_embedded

pytestmark = [pytest.mark.storage, pytest.mark.font, pytest.mark.slow]

PAGE = (ROOT / "docs" / "how-to" / "back-up-and-restore.md").read_text(encoding="utf-8")
LOOKS_MAX = 600
BETWEEN = "before_the_third_paper"


@dataclass
class Drill:
    """A ward with three papers, its base backup, and the log up to now. Made once."""

    folder: Path
    server: EmbeddedPostgres
    world: World
    fence: Fence
    issue: Callable[[World], Issued]
    papers: list[Issued]

    @property
    def backup(self) -> Path:
        return self.folder / "base"

    @property
    def log(self) -> Path:
        return self.folder / "wal"

    def restored(self, name: str, target: str) -> EmbeddedPostgres:
        """Restore as the page says; `target`: further lines of the settings."""
        data = self.folder / name / "data"
        shutil.copytree(self.backup, data)
        asked = re.search(r"^restore_command = .*$", PAGE, re.MULTILINE)
        assert asked is not None
        with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as settings:
            settings.write(asked.group().replace("/backup/wal", str(self.log)) + f"\n{target}\n")
        (data / "recovery.signal").touch()
        _own(data)
        server = EmbeddedPostgres(data, durable=False)
        server.start()
        _until(lambda: not _ask(server, "SELECT pg_is_in_recovery()"))
        return server


def _own(folder: Path) -> None:
    """Give a folder to the account the server runs under, as who copies with its owner does."""
    owner = folder.parent.parent.joinpath("primary", "data").stat()
    for path in (folder, *folder.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    folder.chmod(0o700)


def _ask(server: EmbeddedPostgres, statement: str) -> object:
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        row = admin.execute(statement.encode()).fetchone()
        return row[0] if row else None


def _until(so: Callable[[], object]) -> None:
    for _ in range(LOOKS_MAX):
        if so():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")


def _program(server: EmbeddedPostgres, command: str, **places: object) -> list[str]:
    """Take a command from the page, with the places of this drill."""
    line = next(line for line in PAGE.splitlines() if line.startswith(f"$ {command} "))
    words = line.removeprefix("$ ")
    for name, place in places.items():
        assert name in words, f"{name} is not in: {words}"
        words = words.replace(name, str(place))
    name, *rest = words.split(" ")
    return [str(server._programs / name), *(server.admin_url if word == "$KOFU_BACKUP_URL" else word for word in rest)]


def _account(server: EmbeddedPostgres) -> dict[str, object]:
    account = server._account  # as the server itself runs its programs
    return {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _run(server: EmbeddedPostgres, words: list[str], *, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd="/", capture_output=True, text=True, check=check, timeout=120, **_account(server))


@pytest.fixture(scope="module")
def drill(press) -> Iterator[Drill]:
    folder = Path(tempfile.mkdtemp(prefix="kofu-drill-"))
    folder.chmod(0o777)
    (folder / "primary").mkdir()
    server = start_embedded(folder / "primary" / "data", durable=False)
    (folder / "wal").mkdir(mode=0o777)
    (folder / "wal").chmod(0o777)
    keeping = None
    try:
        database = ensure_system_database(server.admin_url, "issuing", secret=b"tests only")
        migrate("issuing", database.owner_url)
        world = World(database, folder / "feeds")
        residents, cards, assessments = people(2)
        world.load_residents(residents, cards)
        world.load_tax(assessments)
        fence = Fence(folder / "outside" / "fence.json", folder / "outside" / "anchors")

        def issue(at: World) -> Issued:
            with at.connect() as connection:
                outcome = issue_certificate(connection, at.issuer(press), at.request())
                assert isinstance(outcome, Issued)
                advance(connection, fence)
                return outcome

        made = Drill(folder, server, world, fence, issue, [issue(world)])
        keeping = subprocess.Popen(
            _program(server, "pg_receivewal", **{"/backup/wal": made.log}), cwd="/", **_account(server)
        )
        _until(lambda: _ask(server, "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"))
        _run(server, _program(server, "pg_basebackup", **{"/backup/base": made.backup}))
        made.papers.append(issue(world))
        _ask(server, f"SELECT pg_create_restore_point('{BETWEEN}')")
        made.papers.append(issue(world))
        with world.as_owner() as owner:
            make_anchor(owner, AnchorPlace(fence.anchors, "ward/issuing", Ed25519PrivateKey.generate()))
        segment = str(_ask(server, "SELECT pg_walfile_name(pg_switch_wal())"))
        _until((made.log / segment).exists)
        server.stop()
        yield made
    finally:
        if keeping is not None:
            keeping.terminate()
            keeping.wait(30)
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def world_in(drill: Drill, server: EmbeddedPostgres) -> World:
    """The same ward, in the restored database."""
    host = psycopg.conninfo.conninfo_to_dict(server.admin_url)["host"]
    before = drill.world.database
    urls = [make_conninfo(url, host=host) for url in (before.owner_url, before.app_url, before.screens_url)]
    return World(SystemDatabase(*urls), drill.folder / "feeds", tax_generation=1, resident_generation=1)


def kept(world: World, papers: list[Issued]) -> list[bool]:
    """Which of the papers the journal knows, by their digests."""
    with world.connect() as connection:
        return [
            connection.execute(
                "SELECT sha256 FROM issuing_copy WHERE certificate_number = %s", [one.documents[0].certificate_number]
            ).fetchone()
            == (one.documents[0].sha256,)
            for one in papers
        ]


def derived_again(world: World, issuer) -> tuple[int, int]:
    """Make every paper of the day again from its generation: how many, and how many came out otherwise."""

    def derive(order) -> Derived:
        released = issuer.make(order)
        return Derived(sha256=released.sha256, facts_digest=facts_digest(order))

    with world.connect() as connection:
        day = timedelta(days=1)
        report = recheck(connection, world.acting(), world.profile, derive, start=NOON - day, end=NOON + day)
        return report.copies, len(report.case_ids)


def test_restored_to_the_end_of_the_log_nothing_is_lost_and_the_ward_serves_on(drill, press):
    server = drill.restored("to_the_end", "")
    try:
        world = world_in(drill, server)
        assert kept(world, drill.papers) == [True, True, True]
        with world.as_owner() as owner:
            assert verify_chain(owner).sound
            require_not_gone_back(owner, drill.fence)
            before = highest_number(owner)
        assert derived_again(world, world.issuer(press)) == (3, 0)
        numbers = {one.documents[0].certificate_number for one in drill.papers}
        assert drill.issue(world).documents[0].certificate_number not in numbers
        with world.as_owner() as owner:
            assert highest_number(owner) == before + 1
    finally:
        server.stop()


def test_restored_to_a_moment_it_is_whole_up_to_there_and_does_not_serve(drill, press):
    server = drill.restored("to_a_moment", f"recovery_target_name = '{BETWEEN}'\nrecovery_target_action = 'promote'")
    try:
        world = world_in(drill, server)
        assert kept(world, drill.papers) == [True, True, False]
        with world.as_owner() as owner:
            assert verify_chain(owner).sound
            with pytest.raises(OperatorFault, match="this database is older than what was issued from it"):
                require_not_gone_back(owner, drill.fence)
        assert derived_again(world, world.issuer(press)) == (2, 0)
    finally:
        server.stop()


def test_a_backup_in_which_a_byte_was_turned_is_refused_before_anybody_restores_it(drill):
    def verified(backup: Path) -> subprocess.CompletedProcess[str]:
        return _run(drill.server, _program(drill.server, "pg_verifybackup", **{"/backup/base": backup}), check=False)

    assert verified(drill.backup).returncode == 0
    turned = drill.folder / "turned"
    shutil.copytree(drill.backup, turned)
    largest = max(
        (path for path in (turned / "base").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size
    )
    content = bytearray(largest.read_bytes())
    content[len(content) // 2] ^= 1
    largest.write_bytes(content)
    for path in (turned, *turned.rglob("*")):
        path.chmod(0o777)
    assert "checksum mismatch" in verified(turned).stderr
