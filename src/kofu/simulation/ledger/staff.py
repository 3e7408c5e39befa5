"""Who works at the ledger in a simulation, and how: whatever ends in between is done again until it is done."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import KofuError
from kofu.ledger.acting.reached_day import reach_day
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.profile.ledger_profile import LedgerProfile
from kofu.platform.commit import certain
from kofu.simulation.clocks import SimulationClocks
from kofu.simulation.ledger.plan import LedgerPlan
from kofu.simulation.lines import StagedLine
from kofu.simulation.stage import SimulationStage, StagedActor, from_outside
from kofu_proof.ledger_rows import Told

TRIES_MAX = 9
REST_SECONDS = 2.0
"""How long somebody waits before a try that failed is made again."""
LOCK_SECONDS_MAX = 600
PROCESSES = ("A", "B")
CLERK, SECOND_CLERK, CHIEF, NIGHT = "clerk", "second clerk", "chief", "night"
WARD = "139998"


@dataclass(slots=True)
class LedgerStaff:
    """What all of them share. `told`: what was acknowledged; `changed`: notices whose 減額 or 増額 is posted."""

    stage: SimulationStage
    clocks: SimulationClocks
    plan: LedgerPlan
    url: str
    observer: psycopg.Connection[Any]
    rules: MatchingRules
    profile: LedgerProfile
    layouts: Layouts
    chance: random.Random
    told: list[Told] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)

    @property
    def today(self) -> date:
        """The day on the ward's clock."""
        return day_in_japan(self.clocks.ward())

    @property
    def day_before(self) -> date:
        """The day before the simulation begins: what is assessed anew counts from it."""
        return day_in_japan(self.clocks.beginning) - timedelta(days=1)

    def acting(self, who: str, lane: str = "screens") -> Acting:
        """Act now, in a lane of the record."""
        return Acting(who, lane, self.clocks.ward())

    def note_told(self, what: str, **more: Any) -> None:
        """Note what the ledger has acknowledged."""
        self.told.append(Told(at=len(self.told) + 1, what=what, **more))

    def tried(self, actor: StagedActor, name: str, work: Callable[[StagedLine], None]) -> bool:
        """Let a process do work, and another where that ends in between, until it is done; whether it was.

        `work` looks first what is done already, as a person does who has seen no answer.
        """
        done: list[bool] = []
        for attempt in range(TRIES_MAX):

            def body(worker: StagedActor) -> None:
                try:
                    with from_outside():
                        line = StagedLine.connect(self.url, autocommit=True)
                        line.execute(f"SET lock_timeout = '{LOCK_SECONDS_MAX}s'")
                        reach_day(line, self.today)
                    try:
                        with certain(line):
                            work(line)
                    finally:
                        with from_outside():
                            line.pgconn.finish()
                    done.append(True)
                except (KofuError, psycopg.Error) as fault:
                    self.stage.note(f"{worker.name}: {getattr(fault, 'code', type(fault).__name__)}: {fault}")

            process = self.chance.choice(PROCESSES)
            worker = self.stage.enter(f"{name} try {attempt}", body, process=process)
            actor.wait(lambda worker=worker: worker.done)  # type: ignore[misc]  # bound now, not later
            if done:
                return True
            actor.sleep(REST_SECONDS)
        self.stage.given_up.append(name)
        return False

    def posted(self) -> set[str]:
        """Give the names of the files and tills whose batch is posted."""
        with from_outside():
            rows = self.observer.execute("SELECT name FROM batch WHERE state = 'posted'").fetchall()
        return {row[0] for row in rows}
