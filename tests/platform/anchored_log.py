"""A log with anchors and a witness, opened by who can take every guard of the database away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from kofu.platform import audit_witness
from kofu.platform.audit import AuditEntry, append
from kofu.platform.audit_anchor import AnchorPlace, WitnessAddress, ask_witness, make_anchor
from kofu.platform.audit_note import LOG_KEY, WITNESS_KEY, NoteKey
from kofu.platform.audit_verify import AnchorRules, AuditReport, verify
from kofu.platform.postgres import SystemDatabase

ORIGIN = "ward.example/ledger"
NAME = "bureau.example/witness"
LANES = ("even", "odd")


def write_entries(app_url: str, first: int, count: int) -> None:
    """Append entries `first` and on, in two lanes by turns, each in a transaction of its own."""
    with psycopg.connect(app_url) as connection:
        for number in range(first, first + count):
            at = datetime(2026, 11, 23, 3, tzinfo=UTC) + timedelta(minutes=number)
            entry = AuditEntry(action="test", actor="tests", result="done", occurred_at=at, detail={"number": number})
            append(connection, LANES[number % 2], entry)
            connection.commit()


@dataclass(slots=True)
class AnchoredLog:
    """The log, who signs its anchors, and the witness it asks."""

    app_url: str
    owner_url: str
    connection: psycopg.Connection
    place: AnchorPlace
    witness: audit_witness.Witness
    client: httpx.Client

    @property
    def segments(self) -> Path:
        """Where months that left the database lie."""
        return self.place.folder.with_name("archive")

    @property
    def asked(self) -> WitnessAddress:
        """The witness as the log knows it."""
        return WitnessAddress(NoteKey.of(NAME, WITNESS_KEY, self.witness.key.public_key()), "http://witness")

    @property
    def log_key(self) -> NoteKey:
        """The log's verifier key."""
        return NoteKey.of(ORIGIN, LOG_KEY, self.place.key.public_key())

    def write(self, first: int, count: int) -> None:
        """Append entries under the role of the system."""
        write_entries(self.app_url, first, count)

    def anchor(self, *, witnessed: bool = True) -> Path:
        """Make an anchor, and have it co-signed."""
        with psycopg.connect(self.app_url, autocommit=True) as connection:
            path = make_anchor(connection, self.place)
            if witnessed:
                ask_witness(connection, self.place, path, self.asked, self.client)
        return path

    def verify(self, *, witness: bool = True, seen: int | None = None, hours_later: float = 0) -> AuditReport:
        """Verify everything, a while after now; `seen` is what the witness says."""
        rules = AnchorRules(
            log_key=self.place.key.public_key(),
            origin=ORIGIN,
            now=datetime.now(UTC) + timedelta(hours=hours_later),
            segments=self.segments,
            age_max=timedelta(hours=26),
            witness=self.asked.key if witness else None,
            seen=seen,
        )
        return verify(self.connection, self.place.folder, rules)


def at_that_time(log: AnchoredLog, moment: datetime, first: int, count: int) -> None:
    """Write entries and an anchor as if it were then: the database's clock is moved for what is new."""
    with log.connection.transaction():
        log.connection.execute(
            "CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS"
            f" $$ SELECT timestamptz '{moment.isoformat()}' $$"
        )
        for name in ("audit_link(text, text)", "audit_is_made_here()", "audit_anchor()"):
            log.connection.execute(f"ALTER FUNCTION {name} SET search_path = public, pg_catalog, pg_temp")
    log.write(first, count)
    log.anchor(witnessed=False)


def at_its_own_time(log: AnchoredLog) -> None:
    """Give the database its clock back."""
    for name in ("audit_link(text, text)", "audit_is_made_here()", "audit_anchor()"):
        log.connection.execute(f"ALTER FUNCTION {name} SET search_path = pg_catalog, public, pg_temp")
    log.connection.execute("DROP FUNCTION public.clock_timestamp()")


def client_of(witness: audit_witness.Witness) -> httpx.Client:
    """Reach a witness without a network; over HTTP it is tried in `test_audit_witness.py`."""

    def answer(request: httpx.Request) -> httpx.Response:
        told = witness.add_checkpoint(request.content)
        return httpx.Response(told.status, text=told.body, headers={"content-type": told.kind})

    return httpx.Client(transport=httpx.MockTransport(answer))


def open_log(database: SystemDatabase, postgres: str, folder: Path) -> AnchoredLog:
    """Open the log of a system as the superuser, guards off; nothing is written yet."""
    name = conninfo_to_dict(database.app_url)["dbname"]
    connection = psycopg.connect(make_conninfo(postgres, dbname=name), autocommit=True)
    connection.execute("ALTER TABLE audit_entry DISABLE TRIGGER ALL")
    connection.autocommit = False
    place = AnchorPlace(folder / "anchors", ORIGIN, Ed25519PrivateKey.generate())
    log_key = NoteKey.of(ORIGIN, LOG_KEY, place.key.public_key())
    witness = audit_witness.Witness(
        NAME, Ed25519PrivateKey.generate(), (log_key,), folder / "witness", lambda: datetime.now(UTC)
    )
    return AnchoredLog(database.app_url, database.owner_url, connection, place, witness, client_of(witness))
