"""The end of a protection hold (支援措置の抑止の解除): proposed by one of the registry's people, decided by 係長.

::

    proposed ── another person, 係長, decides ──► released
        └ keep ─► kept   (not released, or taken back)

Every other hold ends by one person's word: 転出 and 死亡 are facts of the register. Who is protected is in danger where
a hold ends too early, so nobody ends one alone.
"""

from __future__ import annotations

from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class ReleaseState(LabelledEnum):
    """Where the end of a protection hold stands."""

    PROPOSED = "proposed", "決裁待ち"
    RELEASED = "released", "解除"
    KEPT = "kept", "解除せず"


class ReleaseEvent(LabelledEnum):
    """What happens to it."""

    RELEASE = "release", "解除の決裁"
    KEEP = "keep", "却下・取下げ"


RELEASE_LIFE = LifeCycle(
    title="支援措置の抑止の解除",
    thing="the release of a protection hold",
    reason="release_state",
    states=ReleaseState,
    events=ReleaseEvent,
    begins=frozenset({ReleaseState.PROPOSED}),
    ends=frozenset({ReleaseState.RELEASED, ReleaseState.KEPT}),
    table={
        (ReleaseState.PROPOSED, ReleaseEvent.RELEASE): ReleaseState.RELEASED,
        (ReleaseState.PROPOSED, ReleaseEvent.KEEP): ReleaseState.KEPT,
    },
)
