"""Proofs about single entries, in the text form of c2sp.org/tlog-proof: anybody can verify them without the log.

A proof names one entry (as its extra data), its place, the hashes that lead from it to the root, and the checkpoint
with this root. What it proves: the entry was in the log, just so, when the checkpoint was signed and witnessed.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import msgspec
import psycopg

from kofu.core.errors import OperatorFault, PeerFault
from kofu.platform.audit_anchor import checkpoints_in
from kofu.platform.audit_chain import Row, row_of
from kofu.platform.audit_manifest import ANCHORS_LANE
from kofu.platform.audit_months import SegmentState
from kofu.platform.audit_note import (
    Checkpoint,
    Note,
    NoteError,
    NoteKey,
    decimal,
    read_checkpoint,
    read_hash,
    read_note,
)
from kofu.platform.audit_order import AnchoredBatch, batches, left, parts_of, segments
from kofu.platform.audit_segment import SegmentFiles, rows_in
from kofu.platform.audit_tree import Subtree, consistency_spans, inclusion_spans, leaf, proves_inclusion, roots_of

_FIRST_LINE = "c2sp.org/tlog-proof@v1"
_COLUMNS = "lane, sequence, previous_hash, hash, body, version, extract(epoch FROM recorded_at) * 1000000"


class ProofWrongError(PeerFault):
    """A proof does not prove what it says."""

    def __init__(self, what: str) -> None:
        """Say what is wrong."""
        super().__init__("bad_proof", what)


class Proven(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry as a proof carries it. Hashes are hexadecimal, `micros` microseconds since 1970 (UTC)."""

    lane: str
    sequence: int
    previous: str
    body: str
    version: int
    micros: int


def _newest(folder: Path) -> tuple[Note, Checkpoint]:
    paths = checkpoints_in(folder)
    if not paths:
        raise OperatorFault("no_anchor", f"{folder} holds no anchor to prove anything against; run `kofu audit anchor`")
    note = read_note(paths[-1].read_bytes())
    return note, read_checkpoint(note.text)


def _place(connection: psycopg.Connection, lane: str, sequence: int) -> int:
    """Give the number of an entry's leaf in the tree. Raises `OperatorFault` where no anchor covers it yet."""
    for batch in batches(connection, left(segments(connection))):
        at = _in_batch(batch, lane, sequence)
        if at is not None:
            return at
    raise OperatorFault(
        "not_anchored", f"no anchor covers entry {sequence} of lane {lane} yet; run `kofu audit anchor`"
    )


def _in_batch(batch: AnchoredBatch, lane: str, sequence: int) -> int | None:
    if lane == ANCHORS_LANE and sequence == batch.number:
        return batch.size - 1
    at = batch.start
    for span in batch.spans:
        if span.lane == lane and span.first <= sequence <= span.last:
            return at + sequence - span.first
        at += span.last - span.first + 1
    return None


def prove_entry(connection: psycopg.Connection, folder: Path, lane: str, sequence: int, archive: Path) -> str:
    """Prove that an entry is under the newest checkpoint. Raises `OperatorFault` where it is not there to be proven.

    An entry of a month that left the database is read from the month's file in `archive`.
    """
    month = _month_of(connection, lane, sequence)
    if month is not None:
        return _prove_archived(connection, folder, SegmentFiles(archive, month), (lane, sequence))
    columns = connection.execute(
        f"SELECT {_COLUMNS} FROM audit_entry WHERE lane = %s AND sequence = %s", [lane, sequence]
    ).fetchone()
    if columns is None:
        raise OperatorFault("no_such_entry", f"there is no entry {sequence} of lane {lane}")
    index = _place(connection, lane, sequence)
    return _proof(folder, row_of(columns), index, parts_of(connection))


def _month_of(connection: psycopg.Connection, lane: str, sequence: int) -> str | None:
    """Give the month that left the database with an entry; None for an entry that never did.

    Raises `OperatorFault` `expired` where its seven years are over.
    """
    found = connection.execute(
        "SELECT month, state FROM audit_segment JOIN audit_segment_lane USING (month)"
        " WHERE lane = %s AND %s BETWEEN first AND last",
        [lane, sequence],
    ).fetchone()
    if found is None:
        return None
    if found[1] == SegmentState.EXPIRED:
        raise OperatorFault("expired", f"the entries of {found[0]} were deleted when their seven years were over")
    return str(found[0])


def _prove_archived(connection: psycopg.Connection, folder: Path, files: SegmentFiles, wanted: tuple[str, int]) -> str:
    start = next(manifest.start for manifest in segments(connection) if manifest.month == files.month)
    leaves: list[bytes] = []
    found: tuple[Row, int] | None = None
    for row in rows_in(files):
        if (row.lane, row.sequence) == wanted:
            found = row, start + len(leaves)
        leaves.append(row.hash)
    if found is None:
        raise OperatorFault("bad_segment", f"{files.data} lacks an entry its manifest has; bring back the copy of it")
    return _proof(folder, *found, parts_of(connection, files.month, leaves))


def _proof(folder: Path, row: Row, index: int, parts: Iterable[Subtree]) -> str:
    note, checkpoint = _newest(folder)
    if index >= checkpoint.size:
        raise OperatorFault("not_anchored", "the newest checkpoint is older than the entry; run `kofu audit anchor`")
    hashes = roots_of(inclusion_spans(index, checkpoint.size), parts)
    entry = Proven(
        lane=row.lane, sequence=row.sequence, previous=row.previous.hex(), body=row.body, version=row.version,
        micros=int(row.micros),
    )  # fmt: skip
    extra = base64.b64encode(msgspec.json.encode(entry)).decode()
    lines = [_FIRST_LINE, f"extra {extra}", f"index {index}", *(base64.b64encode(one).decode() for one in hashes)]
    return "\n".join(lines) + "\n\n" + note.data().decode()


def prove_growth(connection: psycopg.Connection, folder: Path, since: int) -> str:
    """Prove that the newest checkpoint goes on from that of `since` entries (RFC 6962 §2.1.2)."""
    _, checkpoint = _newest(folder)
    if since > checkpoint.size:
        raise OperatorFault("not_anchored", f"the newest checkpoint is of {checkpoint.size} entries, not of {since}")
    hashes = roots_of(consistency_spans(since, checkpoint.size), parts_of(connection))
    lines = [f"consistency {since} {checkpoint.size}", *(base64.b64encode(one).decode() for one in hashes)]
    return "\n".join(lines) + "\n"


def check_entry(proof: bytes, log: NoteKey, witness: NoteKey | None) -> str:
    """Verify a proof by nothing but keys; give the entry's body. Raises `ProofWrongError` where it proves nothing."""
    try:
        entry, index, hashes, note = _read(proof)
        checkpoint = read_checkpoint(note.text)
    except (NoteError, msgspec.MsgspecError, ValueError) as error:
        raise ProofWrongError("this is no proof, or a part of one") from error
    if checkpoint.origin != log.name or not note.signed_by(log):
        raise ProofWrongError("its checkpoint is not signed by the log")
    if witness is not None and note.witnessed_at(witness) is None:
        raise ProofWrongError("its checkpoint is not co-signed by the witness")
    row = Row(
        entry.lane, entry.sequence, bytes.fromhex(entry.previous), b"", entry.body, entry.version, Decimal(entry.micros)
    )
    if not proves_inclusion(index, checkpoint.size, leaf(row.expected_hash()), hashes, checkpoint.root):
        raise ProofWrongError("the entry is not in the log the checkpoint stands for")
    return entry.body


def _read(proof: bytes) -> tuple[Proven, int, list[bytes], Note]:
    """Take a proof apart. Raises `NoteError`, `ValueError`, `msgspec.MsgspecError`."""
    head, gap, note = proof.partition(b"\n\n")
    first, extra, index, *hashes = head.decode("ascii").split("\n")
    if not gap or first != _FIRST_LINE or not extra.startswith("extra ") or not index.startswith("index "):
        raise NoteError("a proof has a first line, an entry and an index")
    entry = msgspec.json.decode(base64.b64decode(extra.removeprefix("extra "), validate=True), type=Proven)
    return entry, decimal(index.removeprefix("index ")), [read_hash(one) for one in hashes], read_note(note)
