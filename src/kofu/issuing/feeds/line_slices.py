"""Lines of a feed on their way from its file into the staging tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LineSlice:
    """Sound lines of a slice, 外字 transposed; their numbers, and their digests (hex) without 異動区分."""

    lines: Sequence[bytes]
    numbers: Sequence[int]
    digests: Sequence[bytes]
