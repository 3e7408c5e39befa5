"""外字の登録: from a drawing with its evidence to a glyph papers are drawn with, and to its end; each by two people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType


class GlyphState(StrEnum):
    """Where a registration stands."""

    PROPOSED = "proposed"
    DECLINED = "declined"
    IN_FORCE = "in_force"
    ENDING = "ending"  # its withdrawal is proposed; papers are drawn with it until another person agrees
    WITHDRAWN = "withdrawn"


class GlyphEvent(StrEnum):
    """What is done about a registration."""

    APPROVE = "approve"
    DECLINE = "decline"
    PROPOSE_END = "propose_end"
    WITHDRAW = "withdraw"
    KEEP = "keep"


TABLE: Mapping[tuple[GlyphState, GlyphEvent], GlyphState] = MappingProxyType(
    {
        (GlyphState.PROPOSED, GlyphEvent.APPROVE): GlyphState.IN_FORCE,
        (GlyphState.PROPOSED, GlyphEvent.DECLINE): GlyphState.DECLINED,
        (GlyphState.IN_FORCE, GlyphEvent.PROPOSE_END): GlyphState.ENDING,
        (GlyphState.ENDING, GlyphEvent.WITHDRAW): GlyphState.WITHDRAWN,
        (GlyphState.ENDING, GlyphEvent.KEEP): GlyphState.IN_FORCE,
    }
)
DRAWN = frozenset({GlyphState.IN_FORCE, GlyphState.ENDING})
"""Papers are drawn with these."""
STANDING = DRAWN | {GlyphState.PROPOSED}
"""While one of these stands, the same character is not registered again."""
OF_A_SECOND_PERSON = frozenset({GlyphEvent.APPROVE, GlyphEvent.WITHDRAW})
"""What changes how papers are drawn: never done by who proposed it."""


def state_after(events: Iterable[GlyphEvent]) -> GlyphState:
    """Follow the events of a registration from its proposal. Raises `KeyError` for an order that cannot be."""
    state = GlyphState.PROPOSED
    for event in events:
        state = TABLE[state, event]
    return state
