"""The one kind of life cycle: what has no arrow is refused in one way, and the picture is the table."""

from __future__ import annotations

from enum import StrEnum

import msgspec
import pytest

from kofu.core.errors import InvariantBroken, OperatorFault, PeerFault
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class Lamp(LabelledEnum):
    OFF = "off", "消灯"
    ON = "on", "点灯"
    BROKEN = "broken"


class Touch(StrEnum):
    PRESS = "press"
    DROP = "drop"


def lamp(**other) -> LifeCycle[Lamp, Touch]:
    return LifeCycle(
        **{
            "title": "灯",
            "thing": "a lamp",
            "reason": "lamp_state",
            "states": Lamp,
            "events": Touch,
            "begins": frozenset({Lamp.OFF}),
            "ends": frozenset({Lamp.BROKEN}),
            "table": {
                (Lamp.OFF, Touch.PRESS): Lamp.ON,
                (Lamp.ON, Touch.PRESS): Lamp.OFF,
                (Lamp.ON, Touch.DROP): Lamp.BROKEN,
                (Lamp.OFF, Touch.DROP): Lamp.BROKEN,
            },
            **other,
        }
    )


def test_an_arrow_is_followed_and_what_has_none_is_refused_with_the_stable_code() -> None:
    life = lamp()
    assert life.after(Lamp.OFF, Touch.PRESS) is Lamp.ON
    assert life.following(Lamp.BROKEN, Touch.PRESS) is None
    assert not life.allows(Lamp.BROKEN, Touch.PRESS)
    with pytest.raises(OperatorFault) as refused:
        life.after(Lamp.BROKEN, Touch.PRESS)
    assert refused.value.code == "lamp_state"
    assert refused.value.message == "a lamp is broken: press cannot happen to it now; look at where it stands"


def test_the_refusal_carries_the_blame_of_who_asks_for_what_cannot_be() -> None:
    with pytest.raises(PeerFault):
        lamp(fault=PeerFault).after(Lamp.BROKEN, Touch.DROP)


def test_events_are_followed_in_their_order_and_only_where_each_has_its_arrow() -> None:
    assert lamp().after_all(Lamp.OFF, [Touch.PRESS, Touch.PRESS, Touch.DROP]) is Lamp.BROKEN
    with pytest.raises(OperatorFault):
        lamp().after_all(Lamp.OFF, [Touch.DROP, Touch.PRESS])


def test_who_asks_is_told_which_states_take_an_event_and_which_events_a_state_takes() -> None:
    assert lamp().states_that_take(Touch.DROP) == (Lamp.OFF, Lamp.ON)
    assert lamp().events_from(Lamp.ON) == (Touch.PRESS, Touch.DROP)
    assert lamp().events_from(Lamp.BROKEN) == ()


def test_nobody_adds_an_arrow_at_run_time() -> None:
    arrows = {(Lamp.OFF, Touch.DROP): Lamp.BROKEN}
    life = lamp(table=arrows)
    arrows[Lamp.BROKEN, Touch.PRESS] = Lamp.ON
    assert not life.allows(Lamp.BROKEN, Touch.PRESS)
    with pytest.raises(TypeError):
        life.table[Lamp.BROKEN, Touch.PRESS] = Lamp.ON  # type: ignore[index]


def test_a_life_without_a_beginning_or_an_end_is_a_defect() -> None:
    with pytest.raises(InvariantBroken):
        lamp(begins=frozenset())
    with pytest.raises(InvariantBroken):
        lamp(ends=frozenset())


def test_the_picture_names_the_terms_of_the_field_and_every_arrow_once() -> None:
    assert lamp().mermaid().splitlines() == [
        "stateDiagram-v2",
        '    state "消灯" as off',
        '    state "点灯" as on',
        "    [*] --> off",
        "    off --> on: press",
        "    on --> off: press",
        "    on --> broken: drop",
        "    off --> broken: drop",
        "    broken --> [*]",
    ]


def test_a_labelled_word_is_stored_as_its_word_alone() -> None:
    assert (str(Lamp.ON), Lamp.ON.value, Lamp("on"), Lamp.ON.label) == ("on", "on", Lamp.ON, "点灯")
    assert Lamp.BROKEN.label == ""
    assert msgspec.json.encode([Lamp.ON]) == b'["on"]'
    assert msgspec.json.decode(b'"on"', type=Lamp) is Lamp.ON
