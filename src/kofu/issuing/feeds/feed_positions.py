"""The place of a feed in the order of generations: what it follows, and why it does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from msgspec import UNSET

from kofu.contracts.feed import FeedMode, Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPosition:
    """Where a kind of feed stands: the active generation of it (0: none), its business date, when it was extracted.

    `extracted_at` None: none is active, or it was activated before feeds said so. `manifest_sha256`: "" for none.
    """

    generation: int
    business_date: date | None
    extracted_at: datetime | None = None
    manifest_sha256: str = ""


#: Why a feed does not follow the active one: it is as old, or older.
OVERTAKEN = "generation_backwards"


def order_problem(manifest: Manifest, active: FeedPosition) -> tuple[str, str] | None:
    """Tell why a feed does not follow the active one, as (reason, sentence), or None where it does.

    One of an older day is not refused here: it is judged stale, and held.
    """
    if manifest.generation <= active.generation:
        return (
            OVERTAKEN,
            f"generation {manifest.generation} is not newer than the active {active.generation}",
        )
    if manifest.mode is FeedMode.FULL:
        return None
    if active.generation == 0:
        return "first_feed_not_full", "the first feed of a kind is a full one"
    if manifest.base_generation != active.generation or manifest.generation != active.generation + 1:
        sentence = (
            f"a difference {manifest.base_generation} → {manifest.generation} does not follow the active generation "
            f"{active.generation}; send the missing ones or a full feed"
        )
        return "generation_gap", sentence
    if manifest.base_sha256 is not UNSET and manifest.base_sha256 != active.manifest_sha256:
        sentence = (
            f"a difference to another feed than the one that is active as generation {active.generation}, which was"
            " taken in from elsewhere; send a full feed"
        )
        return "other_base", sentence
    return None
