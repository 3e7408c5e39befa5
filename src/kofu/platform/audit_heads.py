"""The daily anchors made before there were checkpoints: heads of all lanes as JSON, a signature beside.

They are read and verified; new ones are checkpoints (`platform.audit_anchor`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kofu.platform.audit_chain import Flaw, LaneRange


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of one lane: its number and its hash (hexadecimal)."""

    lane: str
    sequence: int
    hash: str


class Anchor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The heads of all lanes of one system on one day, tied to the anchor before it."""

    system: str
    day: date
    previous: str
    heads: tuple[Head, ...]


def anchors_in(folder: Path) -> list[Path]:
    """Anchor files of a folder, oldest first."""
    return sorted(folder.glob("*.json"))


def is_torn(path: Path) -> bool:
    """Whether an anchor was written in part: an empty file, or no signature beside it. Says nothing about the log."""
    signature = path.with_suffix(".sig")
    return not path.read_bytes() or not signature.exists() or not signature.read_bytes()


def heads_asked(folder: Path) -> frozenset[tuple[str, int]]:
    """Give the entries all anchors of a folder speak of."""
    whole = [path for path in anchors_in(folder) if not is_torn(path)]
    anchors = [msgspec.json.decode(path.read_bytes(), type=Anchor) for path in whole]
    return frozenset((head.lane, head.sequence) for anchor in anchors for head in anchor.heads)


def verify_heads(
    folder: Path,
    public_key: Ed25519PublicKey,
    hash_of: Callable[[str, int], str | None],
    expired: Sequence[LaneRange] = (),
) -> tuple[int, list[Flaw]]:
    """Ask of every anchored head whether it is still there, unchanged; how many anchors, and what was found.

    `hash_of` gives the hash (hexadecimal) of an entry, None where there is none. `expired`: entries whose time is over.
    """
    flaws: list[Flaw] = []
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
        flaws.extend(
            Flaw(head.lane, head.sequence, f"anchored in {path.name}, but gone or another one now")
            for head in anchor.heads
            if hash_of(head.lane, head.sequence) != head.hash
            and not any(one.lane == head.lane and one.first <= head.sequence <= one.last for one in expired)
        )
    return len(paths), flaws
