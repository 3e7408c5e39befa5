"""外字の登録: from a drawing with its evidence to a glyph papers are drawn with, and to its end; each by two people."""

from __future__ import annotations

from collections.abc import Iterable

from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class GlyphState(LabelledEnum):
    """Where a registration stands."""

    PROPOSED = "proposed", "起案"
    DECLINED = "declined", "却下"
    IN_FORCE = "in_force", "使用中"
    ENDING = (
        "ending",
        "使用中（廃止の決裁待ち）",
    )  # its withdrawal is proposed; papers are drawn with it until another person agrees
    WITHDRAWN = "withdrawn", "廃止"


class GlyphEvent(LabelledEnum):
    """What is done about a registration."""

    APPROVE = "approve", "登録の決裁"
    DECLINE = "decline", "却下"
    PROPOSE_END = "propose_end", "廃止の起案"
    WITHDRAW = "withdraw", "廃止の決裁"
    KEEP = "keep", "廃止せず"


GLYPH_LIFE = LifeCycle(
    title="外字の登録",
    thing="a registration of a glyph",
    reason="glyph_state",
    states=GlyphState,
    events=GlyphEvent,
    begins=frozenset({GlyphState.PROPOSED}),
    ends=frozenset({GlyphState.DECLINED, GlyphState.WITHDRAWN}),
    table={
        (GlyphState.PROPOSED, GlyphEvent.APPROVE): GlyphState.IN_FORCE,
        (GlyphState.PROPOSED, GlyphEvent.DECLINE): GlyphState.DECLINED,
        (GlyphState.IN_FORCE, GlyphEvent.PROPOSE_END): GlyphState.ENDING,
        (GlyphState.ENDING, GlyphEvent.WITHDRAW): GlyphState.WITHDRAWN,
        (GlyphState.ENDING, GlyphEvent.KEEP): GlyphState.IN_FORCE,
    },
)

DRAWN = frozenset({GlyphState.IN_FORCE, GlyphState.ENDING})
"""Papers are drawn with these."""
STANDING = DRAWN | {GlyphState.PROPOSED}
"""While one of these stands, the same character is not registered again."""
OF_A_SECOND_PERSON = frozenset({GlyphEvent.APPROVE, GlyphEvent.WITHDRAW})
"""What changes how papers are drawn: never done by who proposed it."""


def state_after(events: Iterable[GlyphEvent]) -> GlyphState:
    """Follow the events of a registration from its proposal. Raises as `LifeCycle.after` for what cannot be."""
    return GLYPH_LIFE.after_all(GlyphState.PROPOSED, events)
