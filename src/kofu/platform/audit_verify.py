"""Check the audit log from outside: the chain of every lane, and that no anchored head has vanished.

Shares nothing with the writer (`platform.audit_chain`). What it reads are the stored bytes.
"""

from __future__ import annotations

import errno
import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec
import psycopg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kofu.core.errors import OperatorFault
from kofu.platform.audit_chain import ROWS, ChainReader, Flaw, row_of
from kofu.platform.made_once import make_once

ROWS_AT_ONCE = 5000


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The newest entry of one lane: its number and its hash (hexadecimal)."""

    lane: str
    sequence: int
    hash: str


class Anchor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The heads of all lanes of one system on one day, tied to the anchor before it."""

    system: str
    day: date
    previous: str
    heads: tuple[Head, ...]


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Entries read and flaws found. `sound` is what an auditor asks first."""

    entries: int
    lanes: int
    anchors: int
    flaws: tuple[Flaw, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.flaws


def verify_chain(connection: psycopg.Connection) -> AuditReport:
    """Read every entry in order and follow each lane's chain from its first entry on. Memory stays bounded.

    Raises `OperatorFault` where the database is not of this program's schema.
    """
    reader = ChainReader()
    try:
        with connection.cursor(name="audit_verify") as cursor:
            cursor.itersize = ROWS_AT_ONCE
            cursor.execute(ROWS)
            reader.follow(row_of(columns) for columns in cursor)
    except psycopg.errors.UndefinedColumn as error:
        raise OperatorFault("old_schema", "the log is of an older schema; run `kofu migrate` first") from error
    reader.end()
    return AuditReport(entries=reader.entries, lanes=reader.lanes, anchors=0, flaws=tuple(reader.flaws))


def heads_of(connection: psycopg.Connection) -> tuple[Head, ...]:
    """Give the newest entry of each lane."""
    rows = connection.execute(
        "SELECT DISTINCT ON (lane) lane, sequence, hash FROM audit_entry ORDER BY lane, sequence DESC"
    ).fetchall()
    return tuple(Head(lane=lane, sequence=sequence, hash=bytes(digest).hex()) for lane, sequence, digest in rows)


def anchors_in(folder: Path) -> list[Path]:
    """Anchor files of a folder, oldest first."""
    return sorted(folder.glob("*.json"))


def write_anchor(
    connection: psycopg.Connection, folder: Path, *, system: str, day: date, key: Ed25519PrivateKey
) -> Path:
    """Write today's anchor: `YYYY-MM-DD.json` and `.sig`. Raises `FileExistsError` where the day has one already.

    The signature is on the disk before the anchor gets its name, so an anchor is there whole or not at all. One that is
    torn all the same (copied half, or by a program before this one) is set aside as `.torn` and written anew.
    The folder belongs outside the database's reach: another machine, a printed page, a time-stamping service.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{day.isoformat()}.json"
    if path.exists() and is_torn(path):
        path.rename(path.with_suffix(".torn"))
    if path.exists():
        raise FileExistsError(errno.EEXIST, "the day has its anchor", str(path))
    older = anchors_in(folder)
    previous = hashlib.sha256(older[-1].read_bytes()).hexdigest() if older else ""
    anchor = Anchor(system=system, day=day, previous=previous, heads=heads_of(connection))
    data = msgspec.json.encode(anchor, order="sorted")
    signature = path.with_suffix(".sig")
    signature.unlink(
        missing_ok=True
    )  # without its anchor it belongs to nothing: an attempt before this one was cut off
    if not (make_once(signature, key.sign(data), mode=0o644) and make_once(path, data, mode=0o644)):
        raise FileExistsError(errno.EEXIST, "another process writes the day's anchor", str(path))
    return path


def is_torn(path: Path) -> bool:
    """Whether an anchor was written in part: an empty file, or no signature beside it. Says nothing about the log."""
    signature = path.with_suffix(".sig")
    return not path.read_bytes() or not signature.exists() or not signature.read_bytes()


def verify(connection: psycopg.Connection, folder: Path, public_key: Ed25519PublicKey) -> AuditReport:
    """Follow every chain, then ask of every anchored head whether it is still there, unchanged."""
    report = verify_chain(connection)
    flaws = list(report.flaws)
    previous = ""
    paths = anchors_in(folder)
    for path in paths:
        data = path.read_bytes()
        if is_torn(path):
            what = f"{path.name} is torn: it or its signature was not written whole (a full disk?); it anchors nothing"
            flaws.append(Flaw("anchor", 0, what))
            previous = hashlib.sha256(data).hexdigest()
            continue
        try:
            public_key.verify(path.with_suffix(".sig").read_bytes(), data)
        except InvalidSignature:
            flaws.append(Flaw("anchor", 0, f"{path.name} is not signed by the anchor key"))
        anchor = msgspec.json.decode(data, type=Anchor)
        if anchor.previous != previous:
            flaws.append(
                Flaw("anchor", 0, f"{path.name} does not follow the anchor before it: one is missing or changed")
            )
        previous = hashlib.sha256(data).hexdigest()
        for head in anchor.heads:
            row = connection.execute(
                "SELECT hash FROM audit_entry WHERE lane = %s AND sequence = %s", [head.lane, head.sequence]
            ).fetchone()
            if row is None or bytes(row[0]).hex() != head.hash:
                flaws.append(Flaw(head.lane, head.sequence, f"anchored in {path.name}, but gone or another one now"))
    return AuditReport(entries=report.entries, lanes=report.lanes, anchors=len(paths), flaws=tuple(flaws))
