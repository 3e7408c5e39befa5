"""What a segment of the audit log says of itself, and what stands there when its time is over, as it is signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import msgspec

from kofu.platform.audit_chain import LaneRange
from kofu.platform.audit_tree import Subtree

ANCHORS_LANE = "#anchors"


@dataclass(frozen=True, slots=True)
class AnchorRoot:
    """An anchor on record: the root of the tree up to it, its number, when it was made."""

    root: bytes
    number: int
    instant: datetime


class SegmentManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a segment is. Hashes are hexadecimal; `start`, `end`: leaves of the tree; instants: microseconds since 1970.

    `closing`: the heads of the lanes of version 1, where the entry that closed them is in here.
    """

    system: str
    month: str
    previous: str
    start: int
    end: int
    parts: tuple[tuple[int, str], ...]
    lanes: tuple[LaneRange, ...]
    earliest: int
    latest: int
    sha256: str
    closing: dict[str, str] | None = None

    def run(self) -> list[Subtree]:
        """Give its part of the tree."""
        return [Subtree(level, bytes.fromhex(digest)) for level, digest in self.parts]


class Tombstone(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in the place of entries whose time is over: of which segment, since which day, by whose word."""

    system: str
    month: str
    manifest: str
    day: date
    by: tuple[str, str]
