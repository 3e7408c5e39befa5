"""A night whose figures are doubtful: the life of what is held as a table, and who a notice may belong to.

Two people release it and the next run with these figures writes it; one person sends it back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import date

from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class HeldState(LabelledEnum):
    """Where held figures stand."""

    HELD = "held", "保留"  # yesterday's feed stands until people have looked
    RELEASED = "released", "解除済"  # two people let exactly these figures pass
    SENT_BACK = "sent_back", "差戻し"  # somebody found them wrong
    WRITTEN = "written", "書き出し済"  # a run wrote the feed with them


class HeldEvent(LabelledEnum):
    """What moves held figures."""

    RELEASE = "release", "二人目の解除"  # the second person's word
    SEND_BACK = "send_back", "差戻し"
    WRITE = "write", "書き出し"


HELD_NIGHT_LIFE = LifeCycle(
    title="保留した夜間連携",
    thing="a held night",
    reason="held_state",
    states=HeldState,
    events=HeldEvent,
    begins=frozenset({HeldState.HELD}),
    ends=frozenset({HeldState.SENT_BACK, HeldState.WRITTEN}),
    table={
        (HeldState.HELD, HeldEvent.RELEASE): HeldState.RELEASED,
        (HeldState.HELD, HeldEvent.SEND_BACK): HeldState.SENT_BACK,
        (HeldState.RELEASED, HeldEvent.SEND_BACK): HeldState.SENT_BACK,
        (HeldState.RELEASED, HeldEvent.WRITE): HeldState.WRITTEN,
    },
)


def digest_of(
    municipality_code: str,
    business_date: date,
    base_generation: int,
    figures: Sequence[tuple[str, int, int | None, int | None]],
) -> str:
    """Give the SHA-256 (hex) of figures as they were compared: (name, after, before, week before) of a day.

    `base_generation`: the generation they were compared with. Whoever lets them pass lets these pass and no others.
    """
    said = [municipality_code, business_date.isoformat(), base_generation, sorted(figures, key=lambda one: one[0])]
    return hashlib.sha256(json.dumps(said, separators=(",", ":")).encode()).hexdigest()


def unexplained(moves: Iterable[tuple[str, str]], merges: Iterable[tuple[str, str]]) -> int:
    """Count the notices that changed their 宛名番号 (before, now) and whose two numbers no 統合 on record ever joined.

    `merges`: every pair of numbers that was ever merged with approval, also where that was taken back since.
    """
    leads: dict[str, str] = {}

    def standing(number: str) -> str:
        while number in leads:
            number = leads[number]
        return number

    for one, other in merges:
        from_number, into_number = standing(one), standing(other)
        if from_number != into_number:
            leads[from_number] = into_number
    return sum(standing(before) != standing(now) for before, now in moves)
