"""What a look is tried on: the ground it stands on, and the states in which it finds its promise kept."""

from __future__ import annotations

import dataclasses
import http.server
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from tests.kiosk.doubles import Clock, FakeCenter, desk_of
from tests.kiosk.touching import Browser

from kofu.evidence.ground import EvidenceGround
from kofu.kiosk import evidence as kiosk_looks
from kofu.kiosk.app import build
from kofu.kiosk.maintenance import hash_password
from kofu.kiosk.visit import Visits
from kofu.platform.audit import AuditEntry, append
from kofu.platform.retention import retention_rules
from kofu.platform.tls import tls_files
from kofu.staff.domain.contractors import half_year_of

WARD = "139998"
HASH = hash_password("tests only", bytes(16))


@dataclasses.dataclass(frozen=True)
class PlantedCase:
    """What a fault works with: the ground, the open transaction of who may do everything, patches, a folder."""

    ground: EvidenceGround
    owner: psycopg.Connection | None
    patch: pytest.MonkeyPatch
    folder: Path

    def sql(self, *statements: str) -> None:
        """Let the owner run statements; they are rolled back after the test."""
        assert self.owner is not None
        for statement in statements:
            self.owner.execute(statement)

    def with_profile(self, **changed: object) -> EvidenceGround:
        """Give the ground of a ward whose profile says something else."""
        return dataclasses.replace(self.ground, profile=dataclasses.replace(self.ground.profile, **changed))


Act = Callable[[PlantedCase], EvidenceGround | None]


SOUND_ACCOUNT: dict[str, object] = {
    "login": "kou", "display_name": "見本 甲", "office_id": "shunou", "role": "clerk", "active_from": date(2020, 1, 1),
    "password": "scrypt$x", "password_is_initial": True, "demonstration": False,
    "created_at": datetime(2026, 1, 1, tzinfo=UTC), "created_by": "test",
}  # fmt: skip


def add_account(owner: psycopg.Connection, **cells: object) -> None:
    """Add an account as a row; a text column nobody names here is empty."""
    rest = owner.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'staff_account'::regclass AND attnum > 0 AND attnotnull"
        " AND NOT atthasdef AND attidentity = '' AND atttypid = 'varchar'::regtype AND attname <> ALL(%s)",
        [list(cells)],
    ).fetchall()
    cells |= {name: "" for (name,) in rest}
    names, places = ", ".join(cells), ", ".join(["%s"] * len(cells))
    owner.execute(f"INSERT INTO staff_account ({names}) VALUES ({places})", [*cells.values()])


def jobs_ran_today(case: PlantedCase) -> None:
    for rule in retention_rules():
        if rule.runs and rule.system == case.ground.system:
            case.owner.execute(
                "INSERT INTO retention_run (code, ran_at, ended) VALUES (%s, %s, 0)", [rule.code, case.ground.now]
            )


def fed_yesterday(case: PlantedCase) -> None:
    case.owner.execute(
        "INSERT INTO feed_generation (municipality_code, generation, mode, business_date, created_at, folder,"
        " manifest_sha256, files) VALUES (%s, 1, 'full', %s, %s, '', '', '[]')",
        [WARD, case.ground.today - timedelta(days=1), case.ground.now],
    )


def kiosk_at_rest(case: PlantedCase) -> None:
    machine = case.folder / "kiosk" / "kiosk-0001" / "machine.json"
    machine.parent.mkdir(parents=True)
    machine.write_bytes(b'{"in_service":true,"sheets":250}')


def kiosk_serves(case: PlantedCase) -> None:
    """Let the look reach the real pages of a kiosk, without a network."""
    clock = Clock()
    desk = desk_of(FakeCenter(), clock, case.folder)
    browser = Browser(build(desk, Visits(clock), HASH))
    case.patch.setattr(kiosk_looks.httpx, "get", lambda _url, **_: browser.get("/maintenance"))


def keys_at_rest(case: PlantedCase) -> None:
    key = case.folder / "keys" / "anchor.key"
    key.parent.mkdir(exist_ok=True)
    key.write_bytes(b"secret")
    key.chmod(0o600)


def served_by_tls(case: PlantedCase, *, asks: ssl.VerifyMode = ssl.CERT_REQUIRED, least: ssl.TLSVersion | None = None):
    """Serve on a port of loopback until the test is over; the look is pointed at it."""
    files = tls_files(case.ground.system)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = least or ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(files.certificate, files.key)
    context.load_verify_locations(files.authority)
    context.verify_mode = asks
    server = _Quiet(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    case.patch.setenv(f"KOFU_{case.ground.system.upper()}_URL", f"https://127.0.0.1:{server.server_address[1]}")


class _Quiet(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A refused handshake is what is tried here."""


def reviewed(case: PlantedCase) -> None:
    case.owner.execute(
        "INSERT INTO staff_account_review (half_year, login, role, office_code, signed_by, signed_at)"
        " SELECT %s, login, role, office_id, 'other', now() FROM staff_account",
        [half_year_of(case.ground.today)],
    )


def decided_by_two(case: PlantedCase) -> None:
    case.sql(
        "INSERT INTO staff_account_change (kind, login, display_name, office_id, role, active_from, reason, first_half,"
        " state, proposed_by, proposed_at, decided_by, decided_at, decided_reason, ends_standing)"
        " SELECT 'create', login, display_name, office_id, role, active_from, 'x', '', 'known', 'mori', now(),"
        " 'sato', now(), '', false FROM staff_account"
    )


def on_record(case: PlantedCase) -> None:
    """As the owner of a new system makes the first accounts: no second person, but an entry."""
    detail = {"account": "kou", "role_given": "clerk", "office_given": "shunou"}
    made = AuditEntry(
        action="account.create", actor="owner:x", result="created", occurred_at=case.ground.now, detail=detail
    )
    append(case.owner, "work", made)


@contextmanager
def under(owner: psycopg.Connection, role: str) -> Iterator[psycopg.Connection]:
    """Lend the open transaction of who may do everything under the role whose rights a look has."""
    owner.execute(f"SET LOCAL ROLE {role}")
    try:
        yield owner
    finally:
        if owner.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
            owner.execute("RESET ROLE")
