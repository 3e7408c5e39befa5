"""The register of erasures, outside the database: a restored backup has them applied again before it serves.

A backup from before an erasure holds the erased years again and knows nothing of their erasure. So each one is written
to a signed file in a folder of its own (`KOFU_VAR/erasures`, or `KOFU_ERASURES`: better another disk than the
database's), and a process refuses to serve a database that has not erased what the register says.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec
import psycopg
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kofu.core.errors import OperatorFault
from kofu.issuing.feeds.erasure_orders import DoneErasure, done_erasures
from kofu.platform.made_once import make_once, replace_whole
from kofu.platform.message_keys import MessageKey

PUBLIC_KEY = "key.pub"


class RegisteredErasure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One erasure: counts and the digest of what went; nothing of anybody."""

    municipality_code: str
    before_year: int
    assessments: int
    collections: int
    kept_unpaid: int
    rows_sha256: str
    erased_at: str
    on_disk_at: str


class SignedErasure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry's bytes as they were signed, and the signature (both Base64)."""

    entry: str
    signature: str


def register_in(var: Path) -> Path:
    """Find the folder of the register."""
    return Path(os.environ.get("KOFU_ERASURES", var / "erasures"))


def write_entries(folder: Path, key: MessageKey, municipality_code: str, erasures: Iterable[DoneErasure]) -> list[Path]:
    """Write what the database has erased, down to its files, and the register does not say yet; give the new files."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / PUBLIC_KEY).exists():
        make_once(folder / PUBLIC_KEY, base64.b64encode(key.public_key().public_bytes_raw()))
    written = []
    for one in erasures:
        path = folder / f"{municipality_code}-{one.before_year}.json"
        if one.on_disk_at is None or path.exists():
            continue
        entry = msgspec.json.encode(
            RegisteredErasure(
                municipality_code=municipality_code,
                before_year=one.before_year,
                assessments=one.assessments,
                collections=one.collections,
                kept_unpaid=one.kept_unpaid,
                rows_sha256=one.rows_sha256,
                erased_at=one.erased_at.isoformat(),
                on_disk_at=one.on_disk_at.isoformat(),
            )
        )
        signed = SignedErasure(
            entry=base64.b64encode(entry).decode(), signature=base64.b64encode(key.sign(entry)).decode()
        )
        replace_whole(path, msgspec.json.encode(signed))
        written.append(path)
    return written


def read_entries(folder: Path, municipality_code: str) -> list[RegisteredErasure]:
    """Read the register of a municipality, the oldest first. No folder is an empty register.

    Raises `OperatorFault` `bad_erasure_register` for a file that is not what was signed.
    """
    found: list[RegisteredErasure] = []
    for path in sorted(folder.glob(f"{municipality_code}-*.json")):
        try:
            key = Ed25519PublicKey.from_public_bytes(base64.b64decode((folder / PUBLIC_KEY).read_bytes()))
            signed = msgspec.json.decode(path.read_bytes(), type=SignedErasure)
            entry = base64.b64decode(signed.entry)
            key.verify(base64.b64decode(signed.signature), entry)
            found.append(msgspec.json.decode(entry, type=RegisteredErasure))
        except (OSError, ValueError, InvalidSignature, msgspec.MsgspecError) as error:
            raise OperatorFault(
                "bad_erasure_register", f"{path} is not as it was signed; restore the register from its copy"
            ) from error
    return found


def years_to_erase_again(connection: psycopg.Connection, folder: Path, municipality_code: str) -> list[int]:
    """List the years (`before_year`) the register says are erased and this database has not, the oldest first."""
    known = {one.before_year for one in done_erasures(connection, municipality_code)}
    return [entry.before_year for entry in read_entries(folder, municipality_code) if entry.before_year not in known]


def require_erased(connection: psycopg.Connection, folder: Path, municipality_code: str) -> None:
    """Raise `OperatorFault` `erasures_not_applied` where this database holds years that were erased once."""
    again = years_to_erase_again(connection, folder, municipality_code)
    if again:
        raise OperatorFault(
            "erasures_not_applied",
            f"fiscal years before {again[-1]} were erased and are here again (a restored backup?);"
            " run `kofu erasure tonight` on this database, then start",
        )
