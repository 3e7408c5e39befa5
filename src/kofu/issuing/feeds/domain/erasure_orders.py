"""The life of an erasure of old years as a table: two people sign what a dry run counted, the night carries it out."""

from __future__ import annotations

from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class ErasureState(LabelledEnum):
    """Where an order to erase stands."""

    PROPOSED = "proposed", "署名待ち"  # counted; waits for two people, then for the night
    WITHDRAWN = "withdrawn", "取下げ"
    DONE = "done", "消去済"


class ErasureEvent(LabelledEnum):
    """What happens to an order to erase."""

    SIGN = "sign", "署名"
    WITHDRAW = "withdraw", "取下げ"
    CARRY_OUT = "carry_out", "消去の実行"  # only where two people have signed


ERASURE_LIFE = LifeCycle(
    title="旧年度データの消去",
    thing="an erasure",
    reason="no_such_order",
    states=ErasureState,
    events=ErasureEvent,
    begins=frozenset({ErasureState.PROPOSED}),
    ends=frozenset({ErasureState.WITHDRAWN, ErasureState.DONE}),
    table={
        (ErasureState.PROPOSED, ErasureEvent.SIGN): ErasureState.PROPOSED,
        (ErasureState.PROPOSED, ErasureEvent.WITHDRAW): ErasureState.WITHDRAWN,
        (ErasureState.PROPOSED, ErasureEvent.CARRY_OUT): ErasureState.DONE,
    },
)
