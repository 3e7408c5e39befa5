"""What is done to the house while it serves, drawn from a seed: kills, restarts, fail-overs, cuts, an upgrade."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from bench.topology.house import FRONT, House
from bench.topology.patroni import PatroniPair
from bench.topology.units import Unit, until

UPGRADE_MINUTES = "30"
REST_SECONDS = 4.0
"""Between two harms of which each is looked at by itself."""


@dataclass(frozen=True, slots=True)
class Harm:
    """One thing that was done. Epoch seconds; `took`: how long whoever did it was at it, where that says something."""

    kind: str
    at: float
    took: float | None = None


@dataclass(slots=True)
class Harming:
    """Does harm to a house and remembers when."""

    house: House
    chance: random.Random
    done: list[Harm] = field(default_factory=list)
    say: Callable[[str], None] = print

    def _did(self, kind: str, at: float, took: float | None = None) -> None:
        self.done.append(Harm(kind, at, took))
        self.say(f"  {kind}" + (f", {took:.2f} s" if took is not None else ""))

    # kill -9 ------------------------------------------------------------------------------------------------------

    def kill_any(self, seconds: float, every: float) -> None:
        """Kill a process of a unit drawn from the seed, again and again for a time (kill -9)."""
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            unit = self.chance.choice(self._units())
            family = unit.family()
            if family:
                self.kill(unit, self.chance.choice(family))
            time.sleep(every)

    def kill(self, unit: Unit, pid: int) -> None:
        """Kill one process, and say whose it was."""
        kind = unit.name.rstrip("0123456789")
        if unit.name.startswith("postgres"):
            whose = "primary" if unit is self.house.pair.primary.unit else "standby"
            kind = f"{'postmaster' if pid == unit.pid else 'a process'} of the {whose}"
        elif pid != unit.pid:
            kind = f"a process of {kind}"
        self._did(f"kill -9: {kind}", time.time())
        unit.kill(pid)

    def _units(self) -> list[Unit]:
        balancer = [self.house.balancer] if self.house.balancer is not None else []
        return [*self.house.issuing, *balancer, *(node.unit for node in self.house.pair.nodes)]

    # the database -------------------------------------------------------------------------------------------------

    def restart_postmaster(self) -> None:
        """Restart the primary as an operator does, all lines cut; then kill its postmaster."""
        unit = self.house.pair.primary.unit
        self._did("restart of the postmaster", time.time())
        os.kill(unit.pid, signal.SIGINT)
        self.settle()
        self.kill(unit, unit.pid)
        self.settle()

    def fail_over_by_hand(self) -> None:
        """Let the primary's machine be gone, and an operator promote the standby; then let the other follow it."""
        pair = self.house.pair
        at, began = time.time(), time.monotonic()
        pair.primary.unit.kill()
        pair.fail_over()
        self._did("fail-over by hand", at, time.monotonic() - began)
        time.sleep(REST_SECONDS)
        pair.follow()
        self.settle()

    def fail_over_by_itself(self) -> None:
        """Let the primary's machine be gone, and Patroni see to it; then let the machine come back."""
        pair = self.house.pair
        if not isinstance(pair, PatroniPair):
            raise SystemExit("nothing promotes a standby by itself here")
        at, lost = time.time(), pair.primary
        took = pair.lose_primary(lost)
        self._did("fail-over by Patroni", at, took)
        time.sleep(REST_SECONDS)
        lost.unit.start()
        self.settle()

    # lines --------------------------------------------------------------------------------------------------------

    def cut_lines(self, seconds: float) -> None:
        """Cut the line between each two machines that speak with each other, one after another, for a time each."""
        issuing = [unit.name for unit in self.house.issuing]
        pairs = [
            *((FRONT, name, "balancer and issuing") for name in issuing[:1]),
            *((name, self.house.pair.primary.machine, "issuing and the primary") for name in issuing[1:2] or issuing),
            *((name, self.house.pair.standby.machine, "issuing and the standby") for name in issuing[-1:]),
            *((one, other, "two machines of issuing") for one, other in list(combinations(issuing, 2))[:1]),
            (self.house.pair.primary.machine, self.house.pair.standby.machine, "primary and standby"),
        ]
        for one, other, words in pairs:
            self._did(f"cut between {words}", time.time(), seconds)
            self.house.machines.cut(one, other)
            time.sleep(seconds)
            self.house.machines.mend()
            self.settle()

    # upgrade ------------------------------------------------------------------------------------------------------

    def upgrade(self, build: Path) -> None:
        """Replace the program on one machine after another, the new one registered before; requests go on meanwhile."""
        house = self.house
        at, began = time.time(), time.monotonic()
        house.register(build, UPGRADE_MINUTES)
        for unit in house.issuing:
            unit.stop()
            house.builds[unit.name] = build
            unit.start()
            until(lambda unit=unit: house.is_ready(unit.name), f"{unit.name} serves the new build")  # type: ignore[misc]  # bound now
        self._did("rolling upgrade of all machines", at, time.monotonic() - began)
        time.sleep(REST_SECONDS)

    def settle(self) -> None:
        """Wait until the database is synchronous again, and a little, so that each harm is seen by itself."""
        until(self.house.pair.is_synchronous, "the database is synchronous again")
        time.sleep(REST_SECONDS)
