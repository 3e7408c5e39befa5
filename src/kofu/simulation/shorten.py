"""Make a plan whose history went wrong as short as can be: fewer visits, happenings, faults, the same rule broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, Self, TypeVar

from kofu.simulation.plan import SimulationPlan


class PlanOfParts(Protocol):
    """A plan that can be made shorter part by part."""

    def size(self) -> int:
        """Count its parts."""

    def parts(self) -> tuple[object, ...]:
        """All parts, in the order in which they are left out."""

    def without(self, parts: frozenset[object]) -> Self:
        """Leave parts out."""

    def is_empty(self) -> bool:
        """Whether nothing would happen."""


_P = TypeVar("_P", bound=PlanOfParts)


def shorten(plan: _P, still_breaks: Callable[[_P], bool], *, runs_max: int) -> _P:
    """Leave out halves, quarters, single parts, as long as `still_breaks`; `runs_max`: how often that is asked.

    Every part of a plan is drawn by itself, so what is left acts as before; only who comes next is drawn anew.
    """
    runs, pieces = 0, 2
    while plan.size() > 1 and runs < runs_max:
        parts = plan.parts()
        length = max(1, len(parts) // pieces)
        for begin in range(0, len(parts), length):
            if runs >= runs_max:
                break
            runs += 1
            shorter = plan.without(frozenset(parts[begin : begin + length]))
            if not shorter.is_empty() and still_breaks(shorter):
                plan = shorter
                break
        else:
            if length == 1:
                break
            pieces *= 2
    return plan


def plan_lines(plan: SimulationPlan) -> tuple[str, ...]:
    """Say what a plan consists of, part by part."""
    visits = [
        f"visit {one.number} at {one.arrives:.1f} s: person {one.person}, {one.kind} {one.year}, {one.copies} copies"
        + (f", press {one.slow:.0f} s" if one.slow else "")
        for one in plan.visits
    ]
    happenings = [
        f"happening {one.number} at {one.at:.1f} s: {one.what} {one.clock or one.feed or one.process}".rstrip()
        + (f", person {one.person}" if one.what == "hold" else "")
        for one in plan.happenings
    ]
    return (*visits, *happenings, *(one.line() for one in plan.faults))
