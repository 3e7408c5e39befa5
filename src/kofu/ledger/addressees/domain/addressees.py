"""宛名: which numbers mean the same person. Pure.

A merge says that one number means the person of another; nothing is moved and nothing deleted, so it can be undone.
Merges form a forest: each number leads to at most one other, and never back to itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from kofu.core.errors import ensure
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle
from kofu.ledger.people.domain.numbers import survivor_of


class Source(StrEnum):
    """From where the ward knows what it knows of a person."""

    FIRST = "first"  # as it stood before the first change was recorded
    LOOK_UP = "look_up"  # 住基ネットの照会
    DECLARED = "declared"  # 届出・申出
    ENTERED = "entered"  # 住登外として登録


class MergeEvent(LabelledEnum):
    """What can happen to a proposed merge."""

    APPROVED = "approved", "決裁"
    REFUSED = "refused", "却下"
    UNDONE = "undone", "統合の取消"


class MergeState(LabelledEnum):
    """Where a merge stands."""

    PROPOSED = "proposed", "起案"
    APPROVED = "approved", "統合済"
    REFUSED = "refused", "却下"
    UNDONE = "undone", "統合の取消"


MERGE_LIFE = LifeCycle(
    title="宛名の統合",
    thing="a merge",
    reason="merge_state",
    states=MergeState,
    events=MergeEvent,
    begins=frozenset({MergeState.PROPOSED}),
    ends=frozenset({MergeState.REFUSED, MergeState.UNDONE}),
    table={
        (MergeState.PROPOSED, MergeEvent.APPROVED): MergeState.APPROVED,
        (MergeState.PROPOSED, MergeEvent.REFUSED): MergeState.REFUSED,
        (MergeState.APPROVED, MergeEvent.UNDONE): MergeState.UNDONE,
    },
)

UNREGISTERED = "unregistered"  # 住登外: nobody of the ward's own register


def merge_problem(from_number: str, into_number: str, merges: Mapping[str, str]) -> str | None:
    """Say why a merge cannot be: a stable code, or None. A number that was merged is merged no second time."""
    if from_number == into_number:
        return "same_number"
    if from_number in merges:
        return "merged_already"
    if survivor_of(into_number, merges) == from_number:
        return "circle"
    return None


def unregistered_number(prefix: str, digits: int, sequence: int) -> str:
    """Write the 宛名番号 of a 住登外 person: the profile's prefix and the running number, `digits` in all."""
    body = digits - len(prefix)
    ensure(0 < sequence < 10**body, "the numbers of unregistered persons are used up")
    return f"{prefix}{sequence:0{body}d}"
