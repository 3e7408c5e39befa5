"""A life cycle: one table of (state, event) → state, the only place that knows what can happen to a thing.

Use cases ask it before they change anything, screens ask it what they may offer, the page docs/why/life-cycles.md is
drawn from it, and one test walks every table there is: each state is reached, each but a declared end has a way on, and
what has no arrow is refused in the same words everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Generic, TypeVar

from kofu.core.errors import KofuError, OperatorFault, ensure
from kofu.core.labelled import LabelledEnum

StateT = TypeVar("StateT", bound=StrEnum)
EventT = TypeVar("EventT", bound=StrEnum)


@dataclass(frozen=True, kw_only=True, eq=False)
class LifeCycle(Generic[StateT, EventT]):
    """Every state a kind of thing can be in, and every arrow between them.

    `title`: its name in Japanese. `thing`: what it is the life of, as an error names it ("a batch of payments").
    `reason`: the stable code of the refusal, `fault`: whose fault it is to ask for what cannot be.
    `begins`: where one starts. `ends`: where nothing more is awaited; what comes back may still lead on from there.
    """

    title: str
    thing: str
    reason: str
    states: type[StateT]
    events: type[EventT]
    begins: frozenset[StateT]
    ends: frozenset[StateT]
    table: Mapping[tuple[StateT, EventT], StateT]
    fault: type[KofuError] = OperatorFault

    def __post_init__(self) -> None:
        """Fix the table: nobody adds an arrow at run time."""
        ensure(self.begins and self.ends, f"the life of {self.thing} begins and ends somewhere")
        object.__setattr__(self, "table", MappingProxyType(dict(self.table)))

    def following(self, state: StateT, event: EventT) -> StateT | None:
        """Give the state after an event, or None where the table has no arrow."""
        return self.table.get((state, event))

    def allows(self, state: StateT, event: EventT) -> bool:
        """Whether an event can happen in a state."""
        return (state, event) in self.table

    def after(self, state: StateT, event: EventT) -> StateT:
        """Give the state after an event. Raises `fault` with `reason` where it cannot happen."""
        following = self.table.get((state, event))
        if following is None:
            raise self.fault(
                self.reason,
                f"{self.thing} is {state.value}: {event.value} cannot happen to it now; look at where it stands",
            )
        return following

    def after_all(self, state: StateT, events: Iterable[EventT]) -> StateT:
        """Follow events in their order from a state. Raises as `after`."""
        for event in events:
            state = self.after(state, event)
        return state

    def states_that_take(self, event: EventT) -> tuple[StateT, ...]:
        """Every state an event can happen in, in the order of the states."""
        return tuple(state for state in self.states if (state, event) in self.table)

    def events_from(self, state: StateT) -> tuple[EventT, ...]:
        """Every event that can happen in a state, in the order of the events."""
        return tuple(event for event in self.events if (state, event) in self.table)

    def arrows(self) -> frozenset[tuple[StateT, StateT]]:
        """Every (from, to) the table allows."""
        return frozenset((state, following) for (state, _), following in self.table.items())

    def mermaid(self) -> str:
        """Draw the table as a mermaid state diagram, in the terms of the field where the words have them."""
        lines = ["stateDiagram-v2"]
        lines += [f'    state "{label_of(state)}" as {state.value}' for state in self.states if label_of(state)]
        lines += [f"    [*] --> {state.value}" for state in self.states if state in self.begins]
        together: dict[tuple[StateT, StateT], list[EventT]] = {}
        for (state, event), following in self.table.items():
            together.setdefault((state, following), []).append(event)
        for (state, following), events in together.items():
            said = " / ".join(label_of(event) or event.value for event in events)
            lines.append(f"    {state.value} --> {following.value}: {said}")
        lines += [f"    {state.value} --> [*]" for state in self.states if state in self.ends]
        return "\n".join(lines)


def label_of(word: StrEnum) -> str:
    """Give the Japanese term of a stored word, or "" where it has none."""
    return word.label if isinstance(word, LabelledEnum) else ""
