"""What every file of a producer has word for word, kept as digests and approved by a person."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

APPROVED = Path(__file__).parent / "producers.json"


@dataclass(frozen=True, slots=True)
class Producers:
    """SHA-256 (hex) of the metadata by producer, without dates and identifiers; of colour profiles; and `meanings`.

    `meanings`: what stands around the pairs of a font's table of meanings.
    """

    metadata: Mapping[str, str]
    profiles: frozenset[str]
    meanings: frozenset[str]


@cache
def approved_producers() -> Producers:
    """Read what is approved."""
    data = json.loads(APPROVED.read_text(encoding="utf-8"))
    return Producers(MappingProxyType(data["metadata"]), frozenset(data["profiles"]), frozenset(data["meanings"]))
