"""Check the audit log from outside: the chain of every lane, and that nothing anchored has vanished.

Shares nothing with the writer (`platform.audit_chain`). What it reads are the stored bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kofu.core.errors import OperatorFault
from kofu.platform.audit_anchor import checkpoints_in
from kofu.platform.audit_chain import ROWS, ChainReader, Flaw, LaneRange, row_of
from kofu.platform.audit_heads import heads_asked, verify_heads
from kofu.platform.audit_manifest import ANCHORS_LANE, AnchorRoot, SegmentManifest
from kofu.platform.audit_note import LOG_KEY, Checkpoint, Note, NoteError, NoteKey, read_checkpoint, read_note
from kofu.platform.audit_order import TreeBrokenError, batches, hashes, left, segments
from kofu.platform.audit_segment import SegmentAsked, SegmentFiles, instant_of, verify_segment
from kofu.platform.audit_tree import LeafRun, Subtree, leaf

ROWS_AT_ONCE = 5000


CLOCKS_DIFFER_MAX = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorRules:
    """What the anchors of a log must be: signed by `log_key`, and, as far as told, new enough and witnessed.

    `now`: aware instant the verifier takes for now. `segments`: where months that left the database lie. `age_max`:
    None where an old anchor will do. `witness`: whose signature the newest checkpoints must bear, None where none is
    asked for; `seen`: how many entries the witness says it has seen, None where it was not asked.
    """

    log_key: Ed25519PublicKey
    origin: str
    now: datetime
    segments: Path
    age_max: timedelta | None = None
    witness: NoteKey | None = None
    seen: int | None = None


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

    Over months that left the database it goes by their manifests. Raises `OperatorFault` where the database is not of
    this program's schema.
    """
    try:
        manifests = segments(connection)
        reader = ChainReader(left=_left_of(manifests), closed=_closing_of(manifests))
        with connection.transaction(), connection.cursor(name="audit_verify") as cursor:
            cursor.itersize = ROWS_AT_ONCE
            cursor.execute(ROWS)
            reader.follow(row_of(columns) for columns in cursor)
    except (psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedTable) as error:
        raise OperatorFault("old_schema", "the log is of an older schema; run `kofu migrate` first") from error
    reader.end()
    return AuditReport(entries=reader.entries, lanes=reader.lanes, anchors=0, flaws=tuple(reader.flaws))


def _left_of(manifests: list[SegmentManifest]) -> dict[str, list[LaneRange]]:
    found: dict[str, list[LaneRange]] = {}
    for manifest in manifests:
        for one in manifest.lanes:
            found.setdefault(one.lane, []).append(one)
    return found


def _closing_of(manifests: list[SegmentManifest]) -> dict[str, str] | None:
    return next((manifest.closing for manifest in manifests if manifest.closing is not None), None)


def verify(connection: psycopg.Connection, folder: Path, rules: AnchorRules) -> AuditReport:
    """Follow every chain, then ask of every anchor whether what it anchored is still there, unchanged."""
    report = verify_chain(connection)
    tree = _tree(connection, rules, heads_asked(folder))

    def hash_of(lane: str, sequence: int) -> str | None:
        row = connection.execute(
            "SELECT hash FROM audit_entry WHERE lane = %s AND sequence = %s", [lane, sequence]
        ).fetchone()
        return tree.hashes.get((lane, sequence)) if row is None else bytes(row[0]).hex()

    old, of_old = verify_heads(folder, rules.log_key, hash_of, tree.expired)
    checkpoints, of_checkpoints = _verify_checkpoints(folder, rules, tree)
    return AuditReport(
        entries=report.entries + tree.archived,
        lanes=report.lanes,
        anchors=old + checkpoints,
        flaws=(*report.flaws, *of_old, *of_checkpoints),
    )


@dataclass(slots=True)
class _Tree:
    """The log's tree as it is now: the root at each anchor, by size; and where it could not go on.

    Of what left the database: how many entries files hold, hashes that were asked for, what expired, and the leaves
    whose entries are not to be had.
    """

    roots: dict[int, AnchorRoot] = field(default_factory=dict)
    flaws: list[Flaw] = field(default_factory=list)
    hashes: dict[tuple[str, int], str] = field(default_factory=dict)
    archived: int = 0
    expired: list[LaneRange] = field(default_factory=list)
    gone: list[tuple[int, int]] = field(default_factory=list)

    def is_gone(self, size: int) -> bool:
        """Whether an anchor of this size stood among entries that are not to be had."""
        return any(start < size < end for start, end in self.gone)


def _tree(connection: psycopg.Connection, rules: AnchorRules, wanted: frozenset[tuple[str, int]]) -> _Tree:
    tree, run = _Tree(), LeafRun()
    rows = connection.execute("SELECT month, manifest, state FROM audit_segment ORDER BY month").fetchall()
    manifests: list[SegmentManifest] = []
    previous = ""
    for month, text, state in rows:
        manifest = msgspec.json.decode(text, type=SegmentManifest)
        if (manifest.previous, manifest.start) != (previous, run.end):
            tree.flaws.append(Flaw("segment", 0, f"{month} does not follow the segment before it"))
            return tree
        asked = SegmentAsked(manifest=manifest, text=text.encode(), key=rules.log_key, before=run, wanted=wanted)
        _take_segment(tree, SegmentFiles(rules.segments, month), asked, state)
        for part in manifest.run():
            run.add(part)
        last = next(one for one in manifest.lanes if one.lane == ANCHORS_LANE)
        tree.roots.setdefault(manifest.end, AnchorRoot(run.root(), last.last, instant_of(last.micros)))
        manifests.append(manifest)
        previous = hashlib.sha256(text.encode()).hexdigest()
    try:
        for batch in batches(connection, left(manifests)):
            for digest in hashes(connection, batch):
                run.add(Subtree(0, leaf(digest)))
            tree.roots[batch.size] = AnchorRoot(run.root(), batch.number, batch.instant)
    except TreeBrokenError as broken:
        tree.flaws.append(Flaw(broken.lane, broken.sequence, broken.what))
    return tree


def _take_segment(tree: _Tree, files: SegmentFiles, asked: SegmentAsked, state: str) -> None:
    checked = verify_segment(files, asked)
    tree.flaws.extend(checked.flaws)
    tree.roots |= checked.anchors
    tree.hashes |= checked.hashes
    tree.archived += checked.entries if state == "archived" else 0
    if checked.expired:
        tree.expired.extend(asked.manifest.lanes)
    if not checked.entries:
        tree.gone.append((asked.manifest.start, asked.manifest.end))
    if checked.expired != (state == "expired"):
        tree.flaws.append(Flaw("segment", 0, f"{files.month} is {state} in the database, and its files say otherwise"))


def _verify_checkpoints(folder: Path, rules: AnchorRules, tree: _Tree) -> tuple[int, list[Flaw]]:
    paths = checkpoints_in(folder)
    found: dict[int, Note] = {}
    flaws = tree.flaws
    for path in paths:
        try:
            note = read_note(path.read_bytes())
            checkpoint = read_checkpoint(note.text)
        except NoteError as error:
            flaws.append(Flaw("anchor", 0, f"{path.name} is no signed checkpoint: {error}"))
            continue
        found[checkpoint.size] = note
        flaws.extend(Flaw("anchor", 0, f"{path.name} {what}") for what in _wrong(note, checkpoint, tree, rules))
    flaws.extend(
        Flaw(ANCHORS_LANE, known.number, f"its checkpoint of {size} entries is missing in {folder.name}")
        for size, known in tree.roots.items()
        if size not in found
    )
    flaws.extend(Flaw("anchor", 0, what) for what in _not_fresh(found, tree, rules))
    return len(paths), flaws


def _wrong(note: Note, checkpoint: Checkpoint, tree: _Tree, rules: AnchorRules) -> Iterator[str]:
    if checkpoint.origin != rules.origin:
        yield f"is of another log, {checkpoint.origin}"
    if not note.signed_by(NoteKey.of(checkpoint.origin, LOG_KEY, rules.log_key)):
        yield "is not signed by the anchor key"
    known = tree.roots.get(checkpoint.size)
    if known is None and tree.is_gone(checkpoint.size):
        return
    if known is None:
        yield f"anchors {checkpoint.size} entries; the log is another: its end was cut off, or it was written anew"
    elif known.root != checkpoint.root:
        yield f"anchors other entries than the first {checkpoint.size} of the log: it was written anew"


def _not_fresh(found: dict[int, Note], tree: _Tree, rules: AnchorRules) -> Iterator[str]:
    """Say what is missing at the end: no anchor, one too old, no witness, or a witness that knows more."""
    if rules.age_max is None:
        return
    hours = f"{rules.age_max.total_seconds() / 3600:g} hours"
    anchored = [tree.roots[size].instant for size in found if size in tree.roots]
    if not anchored:
        yield "there is no anchor of this log: whoever owns the server can write it anew"
    elif rules.now - max(anchored) > rules.age_max:
        yield f"the newest anchor is of {max(anchored):%Y-%m-%d %H:%M} UTC, older than {hours}"
    if rules.witness is not None:
        times = [at for note in found.values() if (at := note.witnessed_at(rules.witness)) is not None]
        if not times:
            yield f"no anchor was co-signed by the witness {rules.witness.name}"
        elif rules.now - max(times) > rules.age_max:
            yield f"the witness {rules.witness.name} co-signed last {max(times):%Y-%m-%d %H:%M} UTC: over {hours} ago"
        elif max(times) - rules.now > CLOCKS_DIFFER_MAX:
            yield f"the witness {rules.witness.name} co-signed at a time that is still to come"
    if rules.seen is not None and rules.seen > max(tree.roots, default=0):
        have = max(tree.roots, default=0)
        yield f"the witness has seen {rules.seen} anchored entries, the log has {have}: its end was cut off"
