"""The Merkle tree over the audit log (RFC 6962 §2.1): roots, and proofs that an entry is in it and that it only grew.

A leaf is the hash of an entry. Everything is computed from runs of the tree: `LeafRun` keeps of a run of leaves no more
than the roots of its largest complete subtrees, so that a log of any length needs a few dozen hashes of memory, and a
run whose entries are gone (after seven years) still takes its place in the root.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kofu.core.errors import OperatorFault, ensure

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf(entry_hash: bytes) -> bytes:
    """Hash of a leaf."""
    return hashlib.sha256(b"\x00" + entry_hash).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Hash of a node over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Subtree:
    """A complete subtree of 2**`level` leaves; level 0 is a leaf."""

    level: int
    hash: bytes

    @property
    def leaves(self) -> int:
        """How many leaves it covers."""
        return 1 << self.level


@dataclass(slots=True)
class LeafRun:
    """The leaves from `start` on, as the roots of their largest complete subtrees, left to right."""

    start: int = 0
    end: int = 0
    parts: list[Subtree] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Find the end where parts are given."""
        self.end = self.start + sum(part.leaves for part in self.parts)

    def add(self, part: Subtree) -> None:
        """Append a leaf or a complete subtree. Raises `InvariantBroken` where it does not stand on its own boundary."""
        ensure(self.end % part.leaves == 0, "a subtree of a tree begins at a multiple of its leaves")
        self.end += part.leaves
        self.parts.append(part)
        while len(self.parts) > 1 and self.parts[-1].level == self.parts[-2].level:
            level = self.parts[-1].level + 1
            begins = self.end - (1 << level)
            if begins % (1 << level) != 0:
                return
            right, left = self.parts.pop(), self.parts.pop()
            self.parts.append(Subtree(level, node(left.hash, right.hash)))

    def root(self) -> bytes:
        """Hash over the whole run, as RFC 6962 says for `D[start:end]`."""
        if not self.parts:
            return EMPTY_ROOT
        found = self.parts[-1].hash
        for part in reversed(self.parts[:-1]):
            found = node(part.hash, found)
        return found

    def copy(self) -> LeafRun:
        """Give one that grows by itself."""
        return LeafRun(self.start, self.end, list(self.parts))


Span = tuple[int, int]
"""Leaves from the first number to before the second."""


def _split(low: int, high: int) -> int:
    """Give the largest power of two smaller than the span, from its beginning."""
    return low + (1 << (high - low - 1).bit_length() - 1)


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Spans whose roots prove that leaf `index` is in the tree of `size` leaves, from the leaf upwards."""
    ensure(0 <= index < size, "a leaf of the tree")
    spans: list[Span] = []
    low, high = 0, size
    while high - low > 1:
        middle = _split(low, high)
        if index < middle:
            spans.append((middle, high))
            high = middle
        else:
            spans.append((low, middle))
            low = middle
    return spans[::-1]


def consistency_spans(old: int, size: int) -> list[Span]:
    """Spans whose roots prove that the tree of `size` leaves begins with that of `old` leaves, in order of the RFC."""
    ensure(0 <= old <= size, "a tree that has not shrunk")
    spans: list[Span] = []
    low, high, whole = 0, size, True
    while old not in {0, high}:
        middle = _split(low, high)
        if old <= middle:
            spans.append((middle, high))
            high = middle
        else:
            spans.append((low, middle))
            low, whole = middle, False
    if old and not whole:
        spans.append((low, high))
    return spans[::-1]


def roots_of(spans: Sequence[Span], parts: Iterable[Subtree]) -> list[bytes]:
    """Compute the root of each span (which do not overlap) from the parts of the tree, left to right from leaf 0.

    Raises `OperatorFault` where a part covers the border of a span, or the tree ends before the last one.
    """
    runs = {span: LeafRun(span[0]) for span in spans}
    waiting = sorted(spans)
    at = 0
    for part in parts:
        if not waiting:
            break
        low, high = waiting[0]
        if at >= low:
            if at + part.leaves > high:
                break
            runs[low, high].add(part)
        elif at + part.leaves > low:
            break
        at += part.leaves
        if at == high:
            waiting.pop(0)
    if waiting:
        raise OperatorFault("no_proof", f"leaves {waiting[0][0]} to {waiting[0][1] - 1} are no longer here one by one")
    return [runs[span].root() for span in spans]


def proves_inclusion(index: int, size: int, entry: bytes, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that the leaf hash `entry` is number `index` of the tree (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, found = index, size - 1, entry
    for one in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            found = node(one, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node(found, one)
        at, last = at >> 1, last >> 1
    return last == 0 and found == root


def proves_consistency(old: int, size: int, old_root: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree of `size` leaves begins with that of `old` ones (RFC 9162 §2.1.4.2)."""
    if old == size:
        return not proof and old_root == root
    if old == 0:
        return not proof
    if not 0 < old < size or not proof:
        return False
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node(one, before), node(one, after)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            after = node(after, one)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == root
