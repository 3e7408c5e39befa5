"""Anchors of the audit log: the head of its tree as a signed checkpoint, outside the database, seen by a witness (P10).

An anchor is two files, named by the number of entries it covers: `….checkpoint` (a C2SP checkpoint, see
`platform.audit_note`) and `….head`, the entry of the lane `#anchors` it was made from. Each is written whole or not at
all. A witness's signature is added to the checkpoint when it gives one; without it the anchor is there all the same,
and `kofu audit verify` says whether that is enough.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec
import psycopg

from kofu.core.errors import OurFault, PeerFault
from kofu.platform.audit_heads import Head
from kofu.platform.audit_manifest import ANCHORS_LANE
from kofu.platform.audit_note import (
    WITNESS_KEY,
    Checkpoint,
    Note,
    NoteError,
    NoteKey,
    decimal,
    read_checkpoint,
    read_lines,
    read_note,
    sign,
)
from kofu.platform.audit_order import parts_of
from kofu.platform.audit_tree import LeafRun, consistency_spans, roots_of
from kofu.platform.made_once import replace_whole
from kofu.platform.message_keys import MessageKey

SIZE_TYPE = "text/x.tlog.size"
CONFLICT = 409
ACCEPTED = 200
_NAME_DIGITS = 15


@dataclass(frozen=True, slots=True)
class WitnessAddress:
    """Who co-signs: its key, and the address before `/add-checkpoint`."""

    key: NoteKey
    url: str


@dataclass(frozen=True, slots=True)
class AnchorPlace:
    """Where anchors of a log lie, the log's name in them (`origin`), and the key that signs them."""

    folder: Path
    origin: str
    key: MessageKey


class WitnessRefusedError(PeerFault):
    """The witness gave no signature."""

    def __init__(self, what: str) -> None:
        """Say what it answered."""
        super().__init__("witness_refused", f"the witness does not co-sign: {what}")


def checkpoints_in(folder: Path) -> list[Path]:
    """Checkpoint files of a folder, smallest tree first."""
    return sorted(folder.glob("*.checkpoint"))


def newest_anchor(folder: Path) -> tuple[Path, Head] | None:
    """Give the newest checkpoint of a folder, and the entry it was made from; None where there is none."""
    for path in reversed(checkpoints_in(folder)):
        beside = path.with_suffix(".head")
        if beside.exists():
            return path, msgspec.json.decode(beside.read_bytes(), type=Head)
    return None


def make_anchor(connection: psycopg.Connection, place: AnchorPlace) -> Path:
    """Put an anchor on record and write its checkpoint; give the file. Nothing may be open on the connection.

    Raises `TreeBrokenError` where the log does not have what was anchored before; then nothing is signed.
    """
    with connection.transaction():
        row = connection.execute("SELECT at, digest, tree_size FROM audit_anchor()").fetchone()
    if row is None:
        raise OurFault("audit_silent", "the audit log did not say where an anchor stands")
    number, digest, size = int(row[0]), bytes(row[1]), int(row[2])
    return write_checkpoint(connection, place, Head(lane=ANCHORS_LANE, sequence=number, hash=digest.hex()), size)


def write_checkpoint(connection: psycopg.Connection, place: AnchorPlace, head: Head, size: int) -> Path:
    """Write the checkpoint of an anchor that is on record."""
    run = LeafRun()
    for part in parts_of(connection):
        if run.end >= size:
            break
        run.add(part)
    text = Checkpoint(place.origin, size, run.root()).text()
    path = place.folder / f"{size:0{_NAME_DIGITS}}.checkpoint"
    replace_whole(path.with_suffix(".head"), msgspec.json.encode(head), mode=0o644)
    replace_whole(path, Note(text, (sign(text, place.origin, place.key),)).data(), mode=0o644)
    return path


def complete(connection: psycopg.Connection, place: AnchorPlace) -> Path | None:
    """Write the checkpoint of the newest anchor on record where it is missing: a process ended in between."""
    row = connection.execute(
        "SELECT sequence, hash, body::json->>'size' FROM audit_entry WHERE lane = %s ORDER BY sequence DESC LIMIT 1",
        [ANCHORS_LANE],
    ).fetchone()
    if row is None or (place.folder / f"{int(row[2]):0{_NAME_DIGITS}}.checkpoint").exists():
        return None
    head = Head(lane=ANCHORS_LANE, sequence=row[0], hash=bytes(row[1]).hex())
    return write_checkpoint(connection, place, head, int(row[2]))


def ask_witness(
    connection: psycopg.Connection, place: AnchorPlace, path: Path, witness: WitnessAddress, client: httpx.Client
) -> None:
    """Have a checkpoint co-signed and keep the signature in its file (c2sp.org/tlog-witness, `add-checkpoint`).

    Raises `WitnessRefusedError` where it does not: above all where it saw a log this one is no continuation of.
    `httpx.HTTPError` where it does not answer.
    """
    note = read_note(path.read_bytes())
    size = read_checkpoint(note.text).size
    old = _last_witnessed(place.folder, witness.key)
    answer = _add(client, witness, _request(connection, note, old, size))
    if answer.status_code == CONFLICT and answer.headers.get("content-type", "").startswith(SIZE_TYPE):
        old = decimal(answer.text.removesuffix("\n"))
        if old > size:
            raise WitnessRefusedError(f"it has seen {old} entries of this log, and there are {size}")
        answer = _add(client, witness, _request(connection, note, old, size))
    if answer.status_code != ACCEPTED:
        raise WitnessRefusedError(f"{answer.status_code} for a log of {size} entries, {old} of which it saw before")
    lines = tuple(line for line in read_lines(answer.text) if line[0] == witness.key.name)
    signed = Note(note.text, (*note.lines, *lines))
    if signed.witnessed_at(witness.key) is None:
        raise WitnessRefusedError("its signature is not that of the key we know it by")
    replace_whole(path, signed.data(), mode=0o644)


def seen_by_witness(note: Note, witness: WitnessAddress, client: httpx.Client) -> int:
    """Ask the witness how many entries of the log it has seen. Raises `WitnessRefusedError`, `httpx.HTTPError`."""
    answer = _add(client, witness, b"old 0\n\n" + note.data())
    if answer.status_code == CONFLICT and answer.headers.get("content-type", "").startswith(SIZE_TYPE):
        return decimal(answer.text.removesuffix("\n"))
    if answer.status_code == ACCEPTED:
        return read_checkpoint(note.text).size  # it had seen none before
    raise WitnessRefusedError(f"{answer.status_code} when asked how much it has seen")


def _last_witnessed(folder: Path, key: NoteKey) -> int:
    for path in reversed(checkpoints_in(folder)):
        try:
            note = read_note(path.read_bytes())
            if note.witnessed_at(key) is not None:
                return read_checkpoint(note.text).size
        except NoteError:
            continue  # `kofu audit verify` names it; here it is only a guess where the witness stands
    return 0


def _request(connection: psycopg.Connection, note: Note, old: int, size: int) -> bytes:
    proof = roots_of(consistency_spans(old, size), parts_of(connection)) if old else []
    lines = "".join(f"{base64.b64encode(one).decode()}\n" for one in proof)
    return f"old {old}\n{lines}\n".encode() + note.data()


def _add(client: httpx.Client, witness: WitnessAddress, body: bytes) -> httpx.Response:
    return client.post(f"{witness.url.rstrip('/')}/add-checkpoint", content=body)


def witness_key(text: str) -> NoteKey:
    """Read a witness's verifier key. Raises `NoteError` for another kind of key."""
    key = NoteKey.read(text)
    if key.kind != WITNESS_KEY:
        raise NoteError("this is the key of a log, not of a witness")
    return key
