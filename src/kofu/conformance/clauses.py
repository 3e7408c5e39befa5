"""A clause: a rule of the contract in its own words, and what the kit does to see it kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kofu.conformance.asking import Asking

Check = Callable[[Asking], None]


@dataclass(frozen=True, slots=True)
class Clause:
    """`name`: stable, for reports and talk. `rule`: quoted from the contract. `check` raises `Broken`."""

    name: str
    rule: str
    check: Check


def clause(name: str, rule: str) -> Callable[[Check], Clause]:
    """Make a clause of a check."""
    return lambda check: Clause(name, rule, check)
