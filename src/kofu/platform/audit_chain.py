"""Follow the chain of every lane of the audit log, entry by entry. Pure: it is given rows and says what is wrong.

Shares nothing with the writer, the hash rule neither: it is said here a second time. Nothing is parsed before it is
hashed, but for the one entry that names the heads of the lanes of version 1 (`#versions`, see `platform.audit_schema`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec

ROWS = (
    "SELECT lane, sequence, previous_hash, hash, body, version, extract(epoch FROM recorded_at) * 1000000"
    ' FROM audit_entry ORDER BY lane COLLATE "C", sequence'
)
"""What `Row`s are read by: the instant as exact microseconds, since a database can say `infinity` and years BC."""

_START = datetime(1970, 1, 1, tzinfo=UTC)
_VERSIONS_LANE = "#versions"


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something the log cannot have by itself: where, and what."""

    lane: str
    sequence: int
    what: str


@dataclass(frozen=True, slots=True)
class Row:
    """One entry as it is stored. `micros`: microseconds since 1970, of `recorded_at`."""

    lane: str
    sequence: int
    previous: bytes
    hash: bytes
    body: str
    version: int
    micros: Decimal

    @property
    def instant(self) -> datetime | None:
        """The instant it was recorded at; None where it is none a clock can give."""
        if not self.micros.is_finite():
            return None
        try:
            return _START + timedelta(microseconds=int(self.micros))
        except OverflowError:
            return None

    def expected_hash(self) -> bytes:
        """Hash that lane, number, instant and body give."""
        digest = hashlib.sha256(self.previous)
        if self.version == 1:
            digest.update(f"{self.lane}\n{self.sequence}\n".encode())
        else:
            moment = self.instant
            at = "" if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            digest.update(f"kofu audit entry 2\n{self.lane}\n{self.sequence}\n{at}\n".encode())
        digest.update(self.body.encode("utf-8"))
        return digest.digest()


def row_of(columns: tuple[str, int, bytes, bytes, str, int, Decimal]) -> Row:
    """Build a row from the columns of `ROWS`."""
    lane, sequence, previous, digest, body, version, micros = columns
    return Row(lane, sequence, bytes(previous), bytes(digest), body, version, Decimal(micros))


class LaneRange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Entries of a lane that left the database: their numbers, the hash before the first, hash and instant of the last.

    Hashes are hexadecimal, `micros` microseconds since 1970; `version` is that of the last.
    """

    lane: str
    first: int
    last: int
    previous: str
    hash: str
    version: int
    micros: int


class _ClosedLanes(msgspec.Struct, frozen=True):
    """What is read of the entry that closed the lanes of version 1: each lane's last number and hash, `5 00ff…`."""

    heads: dict[str, str]


def closed_lanes(row: Row) -> dict[str, str] | None:
    """Read the heads of the lanes of version 1, where this is the entry that closed them."""
    if row.lane != _VERSIONS_LANE or row.sequence != 1:
        return None
    try:
        return msgspec.json.decode(row.body, type=_ClosedLanes).heads
    except msgspec.MsgspecError:
        return None


@dataclass(slots=True)
class ChainReader:
    """Follows all lanes; rows come ordered by lane (code points), then number. `flaws` grows.

    `left`: what left the database, lane by lane in order; `closed`: the heads of the lanes of version 1, where the
    entry that says so left, too.
    """

    left: dict[str, list[LaneRange]] = field(default_factory=dict)
    closed: dict[str, str] | None = None
    flaws: list[Flaw] = field(default_factory=list)
    entries: int = 0
    lanes: int = 0
    _lane: str | None = None
    _sequence: int = 0
    _previous: bytes = bytes(32)
    _version: int = 1
    _instant: datetime | None = None
    _old_heads: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def follow(self, rows: Iterable[Row]) -> None:
        """Read rows one after the other."""
        for row in rows:
            self.read(row)

    def read(self, row: Row) -> None:
        """Read the next entry."""
        if row.lane != self._lane:
            self._begin(row.lane)
        self.entries += 1
        self._bridge(row.sequence)
        if row.sequence <= self._sequence:
            self._flaw(row, "stands there twice: the chain was forked")
        elif row.sequence != self._sequence + 1:
            self._flaw(row, f"entries {self._sequence + 1} to {row.sequence - 1} are missing")
        elif row.previous != self._previous:
            self._flaw(row, "does not continue the entry before it")
        if row.hash != row.expected_hash():
            what = (
                "its body is not what was hashed"
                if row.version == 1
                else "its body or its instant is not what was hashed"
            )
            self._flaw(row, what)
        self._read_version(row)
        self._sequence, self._previous = row.sequence, row.hash
        if row.lane == _VERSIONS_LANE and row.sequence == 1:
            self.closed = closed_lanes(row)
            if self.closed is None:
                self._flaw(row, "does not say where the lanes of version 1 ended")

    def end(self) -> None:
        """Say what can only be said when all was read: whether lanes of version 1 end where they were closed."""
        self._bridge(None)
        for lane in sorted(self.left.keys() - self._seen):
            self._begin(lane)
            self._bridge(None)
        closed = self.closed or {}
        for lane in sorted(self._old_heads.keys() | closed.keys()):
            sequence, digest = self._old_heads.get(lane, (0, b""))
            if lane not in closed:
                self.flaws.append(Flaw(lane, sequence, "is of version 1, in a lane that was not there when it ended"))
            elif closed[lane] != f"{sequence} {digest.hex()}":
                self.flaws.append(
                    Flaw(lane, sequence, "does not end where version 1 ended: entries were cut off, changed or added")
                )

    def _begin(self, lane: str) -> None:
        self._bridge(None)
        self._seen.add(lane)
        self._lane, self._sequence, self._previous, self._version, self._instant = lane, 0, bytes(32), 1, None
        self.lanes += 1

    def _flaw(self, row: Row, what: str) -> None:
        self.flaws.append(Flaw(row.lane, row.sequence, what))

    def _read_version(self, row: Row) -> None:
        if row.version == 1:
            if self._version != 1:
                self._flaw(row, "is of version 1, after entries of version 2 in its lane")
            self._old_heads[row.lane] = (row.sequence, row.hash)
            return
        self._version = row.version
        instant = row.instant
        if instant is not None and self._instant is not None and instant <= self._instant:
            self._flaw(row, "was recorded before the entry before it")
        self._instant = instant

    def _bridge(self, up_to: int | None) -> None:
        """Go on over what left the database, up to before an entry that is there; None: to the end of the lane."""
        for one in self.left.get(self._lane or "", []):
            if one.first != self._sequence + 1 or (up_to is not None and one.first >= up_to):
                continue
            if bytes.fromhex(one.previous) != self._previous:
                self.flaws.append(Flaw(one.lane, one.first, "left the database, and does not continue the one before"))
            self._sequence, self._previous, self._version = one.last, bytes.fromhex(one.hash), one.version
            self._instant = _START + timedelta(microseconds=one.micros)
            if one.version == 1:
                self._old_heads[one.lane] = (one.last, self._previous)
