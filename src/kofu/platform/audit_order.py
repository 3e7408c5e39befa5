"""The order of the entries in the tree over the log: anchor by anchor, within one by lane, then by number.

Lanes grow side by side, so the log itself has no order. Each entry of the lane `#anchors` names the lanes that grew
since the one before it, with their newest number and hash (`audit_anchor` in `platform.audit_schema`); these entries
come next in the tree, lanes by code points, and the anchor's own entry after them. Whoever has the log computes the
same tree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
import psycopg

from kofu.core.errors import OperatorFault
from kofu.platform.audit_manifest import ANCHORS_LANE, SegmentManifest
from kofu.platform.audit_tree import Subtree, leaf


class TreeBrokenError(OperatorFault):
    """The log does not have what its anchors say: where, and what."""

    def __init__(self, lane: str, sequence: int, what: str) -> None:
        """Keep the place."""
        super().__init__("tree_broken", f"lane {lane}, entry {sequence}: {what}")
        self.lane = lane
        self.sequence = sequence
        self.what = what


class _AnchorBody(msgspec.Struct, frozen=True):
    """What is read of an anchor's entry."""

    size: int
    heads: dict[str, str]


@dataclass(frozen=True, slots=True)
class LaneSpan:
    """Entries `first` to `last` of a lane, and the hash (hexadecimal) its anchor gives the last."""

    lane: str
    first: int
    last: int
    last_hash: str


@dataclass(frozen=True, slots=True)
class AnchoredBatch:
    """What one anchor added: `spans` in order, then its own entry (`number`, `hash`), up to `size` leaves."""

    number: int
    hash: bytes
    instant: datetime
    size: int
    spans: tuple[LaneSpan, ...]

    @property
    def start(self) -> int:
        """Number of its first leaf in the tree."""
        return self.size - 1 - sum(span.last - span.first + 1 for span in self.spans)


@dataclass(slots=True)
class Grown:
    """How far the order came: leaves, the last anchor's number, each lane's last number."""

    size: int = 0
    anchor: int = 0
    heads: dict[str, int] = field(default_factory=dict)

    def next(self, number: int, digest: bytes, instant: datetime, body: str) -> AnchoredBatch:
        """Take the next anchor's entry. Raises `TreeBrokenError` where it does not follow."""
        if number != self.anchor + 1:
            raise TreeBrokenError(ANCHORS_LANE, number, f"anchors {self.anchor + 1} to {number - 1} are missing")
        try:
            read = msgspec.json.decode(body, type=_AnchorBody)
            heads = {lane: _head(word) for lane, word in read.heads.items()}
        except (msgspec.MsgspecError, ValueError) as error:
            raise TreeBrokenError(ANCHORS_LANE, number, "does not say which entries it anchors") from error
        spans: list[LaneSpan] = []
        for lane in sorted(heads):
            last, last_hash = heads[lane]
            first = self.heads.get(lane, 0) + 1
            if last < first or lane == ANCHORS_LANE:
                raise TreeBrokenError(ANCHORS_LANE, number, f"anchors entries of lane {lane} that were anchored before")
            spans.append(LaneSpan(lane, first, last, last_hash))
            self.heads[lane] = last
        batch = AnchoredBatch(number, digest, instant, read.size, tuple(spans))
        if batch.start != self.size:
            raise TreeBrokenError(ANCHORS_LANE, number, "does not count the entries it anchors")
        self.size, self.anchor = batch.size, number
        return batch


def _head(word: str) -> tuple[int, str]:
    number, _, digest = word.partition(" ")
    return int(number), digest


def batches(connection: psycopg.Connection, grown: Grown) -> Iterator[AnchoredBatch]:
    """Read the anchors in the database that follow `grown`, in order. Raises `TreeBrokenError`."""
    rows = connection.execute(
        "SELECT sequence, hash, CASE WHEN isfinite(recorded_at) AND recorded_at BETWEEN '1900-01-01' AND '9990-01-01'"
        " THEN recorded_at END, body FROM audit_entry WHERE lane = %s AND sequence > %s ORDER BY sequence",
        [ANCHORS_LANE, grown.anchor],
    ).fetchall()
    for number, digest, instant, body in rows:
        if instant is None:
            raise TreeBrokenError(ANCHORS_LANE, number, "was recorded at no time a clock can give")
        yield grown.next(number, bytes(digest), instant, body)


def hashes(connection: psycopg.Connection, batch: AnchoredBatch) -> list[bytes]:
    """Read the hashes of what an anchor added, in the order of the tree. Raises `TreeBrokenError` for what is gone."""
    rows = connection.execute(
        "SELECT entry.lane, entry.sequence, entry.hash FROM unnest(%s::text[], %s::bigint[], %s::bigint[])"
        " AS span(lane, first, last) JOIN audit_entry AS entry ON entry.lane = span.lane"
        ' AND entry.sequence BETWEEN span.first AND span.last ORDER BY entry.lane COLLATE "C", entry.sequence',
        [
            [span.lane for span in batch.spans],
            [span.first for span in batch.spans],
            [span.last for span in batch.spans],
        ],
    ).fetchall()
    found: dict[str, list[tuple[int, bytes]]] = {}
    for lane, sequence, digest in rows:
        found.setdefault(lane, []).append((sequence, bytes(digest)))
    for span in batch.spans:
        have = found.get(span.lane, [])
        if len(have) != span.last - span.first + 1:
            raise TreeBrokenError(span.lane, span.last, f"anchored by anchor {batch.number}, but entries are gone")
        if have[-1][1].hex() != span.last_hash:
            raise TreeBrokenError(span.lane, span.last, f"is not what anchor {batch.number} anchored")
    return [digest for span in batch.spans for _, digest in found[span.lane]] + [batch.hash]


def segments(connection: psycopg.Connection) -> list[SegmentManifest]:
    """Read the manifests of what left the database, in order."""
    rows = connection.execute("SELECT manifest FROM audit_segment ORDER BY month").fetchall()
    return [msgspec.json.decode(text, type=SegmentManifest) for (text,) in rows]


def left(manifests: Iterable[SegmentManifest]) -> Grown:
    """Say how far the order came by what left the database."""
    grown = Grown()
    for manifest in manifests:
        grown.size = manifest.end
        grown.heads |= {one.lane: one.last for one in manifest.lanes}
    grown.anchor = grown.heads.pop(ANCHORS_LANE, 0)
    return grown


def parts_of(connection: psycopg.Connection, opened: str = "", leaves: Iterable[bytes] = ()) -> Iterator[Subtree]:
    """Give the parts of the tree over the log, from leaf 0 on. Raises `TreeBrokenError`.

    `leaves`: the hashes of the entries of the month `opened`, from its file, in place of the roots its manifest has.
    """
    manifests = segments(connection)
    for manifest in manifests:
        if manifest.month == opened:
            yield from (Subtree(0, leaf(digest)) for digest in leaves)
        else:
            yield from manifest.run()
    for batch in batches(connection, left(manifests)):
        for digest in hashes(connection, batch):
            yield Subtree(0, leaf(digest))
