"""A closed month of the audit log as a segment: a file that holds its entries and proves itself (P10).

A segment is a run of the tree, from one anchor to another. `2026-10.jsonl.gz` has its entries, one a line, in the order
of the tree; `2026-10.manifest` says what the run is: its place and hashes in the tree, of each lane the numbers it
holds and the hashes at both ends, the digest of the file and of the manifest before. Its signature (`.sig`) is that of
the anchors' key. With the manifest alone the chains and the root can still be followed when the entries are gone.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kofu.core.errors import OperatorFault
from kofu.platform.audit_chain import Flaw, LaneRange, Row, closed_lanes
from kofu.platform.audit_manifest import ANCHORS_LANE, AnchorRoot, SegmentManifest, Tombstone
from kofu.platform.audit_tree import LeafRun, Subtree, leaf
from kofu.platform.made_once import replace_whole
from kofu.platform.message_keys import MessageKey

YEARS_KEPT = 7
"""How long entries are kept: 「アクセスログの記録は7年間保存する」 (the assessment, III-7⑥)."""

Line = tuple[str, int, int, int, str, str, str]
"""An entry in the file: lane, number, version, microseconds since 1970, hash before, hash, body."""


@dataclass(frozen=True, slots=True)
class SegmentFiles:
    """The files of a month in the folder of a system's segments."""

    folder: Path
    month: str

    def __post_init__(self) -> None:
        """Let nothing but a month name a file: `../x` would be read outside the archive. Raises `OperatorFault`."""
        month_after(self.month)

    @property
    def data(self) -> Path:
        """Give the file of the entries."""
        return self.folder / f"{self.month}.jsonl.gz"

    @property
    def manifest(self) -> Path:
        """Give the manifest's file; its signature lies beside."""
        return self.folder / f"{self.month}.manifest"

    @property
    def tombstone(self) -> Path:
        """Give the file that stands there when the entries are gone."""
        return self.folder / f"{self.month}.tombstone"


def month_after(month: str) -> date:
    """Give the first day after a month such as `2026-10`. Raises `OperatorFault`."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError as error:
        raise OperatorFault("bad_month", f"{month!r} is no month such as 2026-10") from error
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def instant_of(micros: int) -> datetime:
    """Give the aware instant of microseconds since 1970."""
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(microsecond=micros % 1_000_000)


def kept_until(month: str) -> date:
    """Give the first day on which a month's entries may be deleted: seven years after it ended."""
    after = month_after(month)
    return after.replace(year=after.year + YEARS_KEPT)


@dataclass(slots=True)
class _Gathering:
    """What a walk over entries in the order of the tree learns of them."""

    run: LeafRun
    ends: dict[str, LaneRange] = field(default_factory=dict)
    earliest: int | None = None
    latest: int | None = None
    closing: dict[str, str] | None = None

    def take(self, row: Row) -> None:
        """Take the next entry."""
        micros = int(row.micros)
        self.run.add(Subtree(0, leaf(row.hash)))
        self.earliest = micros if self.earliest is None else min(micros, self.earliest)
        self.latest = micros if self.latest is None else max(micros, self.latest)
        before = self.ends.get(row.lane)
        self.ends[row.lane] = LaneRange(
            lane=row.lane,
            first=before.first if before else row.sequence,
            last=row.sequence,
            previous=before.previous if before else row.previous.hex(),
            hash=row.hash.hex(),
            version=row.version,
            micros=micros,
        )
        if self.closing is None:
            self.closing = closed_lanes(row)


def write_segment(
    files: SegmentFiles, rows: Iterable[Row], *, system: str, start: int, previous: str, key: MessageKey
) -> SegmentManifest:
    """Write a month's files, whole; the same entries give the same bytes. `previous`: digest of the manifest before."""
    gathered = _Gathering(LeafRun(start))
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        for row in rows:
            gathered.take(row)
            file.write(msgspec.json.encode(_line(row)) + b"\n")
    if gathered.earliest is None or gathered.latest is None:
        raise OperatorFault("empty_month", f"no anchor of {files.month} covers an entry")
    data = packed.getvalue()
    manifest = SegmentManifest(
        system=system,
        month=files.month,
        previous=previous,
        start=start,
        end=gathered.run.end,
        parts=tuple((part.level, part.hash.hex()) for part in gathered.run.parts),
        lanes=tuple(gathered.ends[lane] for lane in sorted(gathered.ends)),
        earliest=gathered.earliest,
        latest=gathered.latest,
        sha256=hashlib.sha256(data).hexdigest(),
        closing=gathered.closing,
    )
    text = msgspec.json.encode(manifest, order="sorted")
    replace_whole(files.data, data)
    replace_whole(files.manifest.with_suffix(".sig"), key.sign(text))
    replace_whole(files.manifest, text)
    return manifest


def _line(row: Row) -> Line:
    return row.lane, row.sequence, row.version, int(row.micros), row.previous.hex(), row.hash.hex(), row.body


def rows_in(files: SegmentFiles) -> Iterator[Row]:
    """Read a segment's entries. Raises `OperatorFault` where the file is not there or not whole."""
    try:
        with gzip.open(files.data) as file:
            for text in file:
                lane, number, version, micros, previous, digest, body = msgspec.json.decode(text, type=Line)
                yield Row(lane, number, bytes.fromhex(previous), bytes.fromhex(digest), body, version, Decimal(micros))
    except FileNotFoundError as error:
        raise OperatorFault("no_segment", f"{files.data} is missing; bring back the copy of it") from error
    except (EOFError, gzip.BadGzipFile, msgspec.MsgspecError, ValueError, OSError) as error:
        raise OperatorFault("bad_segment", f"{files.data} is not whole; bring back the copy of it") from error


@dataclass(slots=True)
class SegmentChecked:
    """What the files of a month say: what is wrong, the root and number of each anchor, hashes that were asked for."""

    flaws: list[Flaw] = field(default_factory=list)
    anchors: dict[int, AnchorRoot] = field(default_factory=dict)
    hashes: dict[tuple[str, int], str] = field(default_factory=dict)
    entries: int = 0
    expired: bool = False

    def wrong(self, what: str) -> None:
        """Note what is wrong with the files as such."""
        self.flaws.append(Flaw("segment", 0, what))


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentAsked:
    """What is asked of a month's files: as the database has the manifest, who signs, the tree before, which hashes."""

    manifest: SegmentManifest
    text: bytes
    key: Ed25519PublicKey
    before: LeafRun
    wanted: frozenset[tuple[str, int]] = frozenset()


def verify_segment(files: SegmentFiles, asked: SegmentAsked) -> SegmentChecked:
    """Verify a month by its files: signature, digest, every entry's hash and place, the run of the tree."""
    checked, name = SegmentChecked(), files.manifest.name
    if not files.manifest.exists() or files.manifest.read_bytes() != asked.text:
        checked.wrong(f"{name} is missing, or another than the database knows")
    signature = files.manifest.with_suffix(".sig")
    if not signature.exists() or not _signed(asked.key, signature.read_bytes(), asked.text):
        checked.wrong(f"{name} is not signed by the anchor key")
    if files.tombstone.exists():
        checked.expired = True
        for what in _wrong_tombstone(files, asked.text, asked.key):
            checked.wrong(what)
    elif not files.data.exists():
        checked.wrong(f"{files.data.name} is missing: bring back the copy of it")
    else:
        if hashlib.sha256(files.data.read_bytes()).hexdigest() != asked.manifest.sha256:
            checked.wrong(f"{files.data.name} is not what its manifest says")
        _verify_rows(files, asked, checked)
    return checked


def _verify_rows(files: SegmentFiles, asked: SegmentAsked, checked: SegmentChecked) -> None:
    gathered, tree = _Gathering(LeafRun(asked.manifest.start)), asked.before.copy()
    try:
        for row in rows_in(files):
            checked.entries += 1
            last = gathered.ends.get(row.lane)
            follows = last is None or (row.sequence == last.last + 1 and row.previous.hex() == last.hash)
            if row.hash != row.expected_hash() or not follows:
                checked.flaws.append(
                    Flaw(row.lane, row.sequence, f"is not what was hashed, or not in its place, in {files.data.name}")
                )
            gathered.take(row)
            tree.add(Subtree(0, leaf(row.hash)))
            if row.lane == ANCHORS_LANE and row.instant is not None:
                checked.anchors[tree.end] = AnchorRoot(tree.root(), row.sequence, row.instant)
            if (row.lane, row.sequence) in asked.wanted:
                checked.hashes[row.lane, row.sequence] = row.hash.hex()
    except OperatorFault as error:
        checked.wrong(str(error))
    lanes = tuple(gathered.ends[lane] for lane in sorted(gathered.ends))
    if lanes != asked.manifest.lanes or gathered.run.parts != asked.manifest.run():
        checked.wrong(f"{files.data.name} holds other entries than its manifest says")


def _signed(key: Ed25519PublicKey, signature: bytes, text: bytes) -> bool:
    try:
        key.verify(signature, text)
    except InvalidSignature:
        return False
    return True


def _wrong_tombstone(files: SegmentFiles, manifest: bytes, key: Ed25519PublicKey) -> Iterator[str]:
    name = files.tombstone.name
    text = files.tombstone.read_bytes()
    beside = files.folder / f"{name}.sig"
    if not beside.exists() or not _signed(key, beside.read_bytes(), text):
        yield f"{name} is not signed by the anchor key"
        return
    stone = msgspec.json.decode(text, type=Tombstone)
    if stone.month != files.month or stone.manifest != hashlib.sha256(manifest).hexdigest():
        yield f"{name} is of another segment"
    if stone.day < kept_until(files.month):
        yield f"{name} is of {stone.day}: entries of {files.month} are kept until {kept_until(files.month)}"
    if len(set(stone.by)) != len(stone.by):
        yield f"{name} bears the word of one person only"
    if files.data.exists():
        yield f"{files.data.name} is still there, with a tombstone beside"


def write_tombstone(files: SegmentFiles, stone: Tombstone, key: MessageKey) -> None:
    """Put up the tombstone, then delete the entries."""
    text = msgspec.json.encode(stone, order="sorted")
    replace_whole(files.folder / f"{files.tombstone.name}.sig", key.sign(text))
    replace_whole(files.tombstone, text)
    files.data.unlink(missing_ok=True)
