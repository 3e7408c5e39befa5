"""Every file that goes out is kept sealed from the moment it is made: a lost one can be had again, byte for byte.

A transfer file lost after making was money posted as paid that no bank had heard of. What is kept is encrypted under a
key outside the database; its name, size and digest stand beside it, who had it again is on record, and after the days
the profile says its content is erased while the digest stays.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault, ensure
from kofu.core.short_text import shortened
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.platform.made_once import secret_file
from kofu.platform.sealing import Seal
from kofu.platform.settings import var_dir

KEY_FILE = "outgoing-files.key"
NAME_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file that went out: bytes in all, SHA-256, until when its content is kept; `there`: it has not been erased."""

    id: UUID
    kind: str
    name: str
    size: int
    sha256: str
    keep_until: date
    made_by: str
    there: bool


def seal_of_files() -> Seal:
    """Give the seal of this deployment: its key is made at first use."""
    return Seal(secret_file(var_dir() / "keys" / KEY_FILE))


def store_file(
    connection: psycopg.Connection,
    municipality_code: str,
    *,
    file_id: UUID,
    kind: str,
    name: str,
    content: bytes,
    reference: UUID | None,
    keep_days: int,
    acting: Acting,
) -> None:
    """Keep a file that goes out, in the transaction that makes it."""
    seal = seal_of_files()
    connection.execute(
        "INSERT INTO stored_file (id, municipality_code, kind, name, reference, size, sha256, keep_until, made_by,"
        " made_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            file_id, municipality_code, kind, shortened(name, NAME_LENGTH_MAX), reference, len(content),
            hashlib.sha256(content).hexdigest(), day_in_japan(acting.now) + timedelta(days=keep_days), acting.actor,
            acting.now,
        ],
    )  # fmt: skip
    connection.execute(
        "INSERT INTO sealed_content (file_id, key_id, sealed) VALUES (%s, %s, %s)",
        [file_id, seal.key_id, seal.seal(content, str(file_id))],
    )


def stored_files(connection: psycopg.Connection, municipality_code: str) -> dict[UUID, StoredFile]:
    """List the files that went out, by id."""
    with connection.cursor(row_factory=class_row(StoredFile)) as cursor:
        rows = cursor.execute(
            "SELECT file.id, kind, name, size, sha256, keep_until, made_by, file_id IS NOT NULL AS there"
            " FROM stored_file AS file LEFT JOIN sealed_content ON file_id = file.id"
            " WHERE municipality_code = %s ORDER BY made_at DESC, file.id",
            [municipality_code],
        ).fetchall()
    return {row.id: row for row in rows}


def content_of_reference(connection: psycopg.Connection, reference: UUID) -> bytes:
    """Open the file that was made from a record, to hold an answer against it.

    Raises `OperatorFault` `file_unknown`, `file_erased`, `other_key`.
    """
    row = connection.execute("SELECT id FROM stored_file WHERE reference = %s", [reference]).fetchone()
    if row is None:
        raise OperatorFault("file_unknown", "no file that went out was made from this record")
    return _open(connection, row[0])[1]


def have_again(
    connection: psycopg.Connection, municipality_code: str, file_id: UUID, *, acting: Acting
) -> tuple[str, bytes]:
    """Give name and bytes of a file that went out, as it was made; on record.

    Raises `OperatorFault` `file_unknown`, `file_erased`, `other_key`; `OurFault` where it is not what was made.
    """
    with connection.transaction():
        known = connection.execute(
            "SELECT FROM stored_file WHERE id = %s AND municipality_code = %s", [file_id, municipality_code]
        ).fetchone()
        if known is None:
            raise OperatorFault("file_unknown", "no such file went out")
        name, content = _open(connection, file_id)
        record(connection, acting, "outgoing.again", "given", file=str(file_id))
    return name, content


def erase_old_files(connection: psycopg.Connection, municipality_code: str, *, acting: Acting) -> int:
    """Erase the content of files whose time is over; their name, size and digest stay. Gives how many."""
    with connection.transaction():
        rows = connection.execute(
            "DELETE FROM sealed_content USING stored_file WHERE stored_file.id = file_id"
            " AND municipality_code = %s AND keep_until < %s RETURNING file_id",
            [municipality_code, day_in_japan(acting.now)],
        ).fetchall()
        for (file_id,) in rows:
            record(connection, acting, "outgoing.erase", "erased", file=str(file_id))
    return len(rows)


def _open(connection: psycopg.Connection, file_id: UUID) -> tuple[str, bytes]:
    row = connection.execute(
        "SELECT name, sha256, key_id, sealed FROM stored_file LEFT JOIN sealed_content ON file_id = stored_file.id"
        " WHERE stored_file.id = %s",
        [file_id],
    ).fetchone()
    ensure(row is not None, "a file is opened that is stored")
    name, digest, key_id, sealed = row or ("", "", None, None)
    if sealed is None:
        raise OperatorFault("file_erased", "the time this file is kept for is over; only its digest is left")
    content = seal_of_files().open(bytes(sealed), str(file_id), key_id=key_id)
    ensure(hashlib.sha256(content).hexdigest() == digest, "a file that is opened is the one that was made")
    return name, content
