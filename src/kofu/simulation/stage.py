"""The stage: actors in threads of which one acts at a time, and who comes next is drawn from the seed.

An actor stands wherever the simulation can interrupt it: before each round trip to the database and at named points.
Where its statement waits for a lock that another holds, it is *stuck*: then who holds the lock acts next, until it is
let go. So no time of the machine decides anything, and the same seed is the same history.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from kofu.core.errors import OurFault
from kofu.simulation.plan import DrawnFault

LOOK_SECONDS = 0.004
LOOK_SECONDS_MAX = 0.1
STUCK_SECONDS_MAX = 300.0
LOOKS_MAX = 5_000
_ON_STAGE = threading.local()


class Killed(BaseException):
    """The actor's process ended here."""


class StagedActor:
    """Somebody who acts, step by step. `pid`: the database's process that works for it, while it does."""

    def __init__(self, stage: SimulationStage, name: str, body: Callable[[StagedActor], None], process: str) -> None:
        """Stand at the beginning."""
        self.stage = stage
        self.name = name
        self.process = process
        self.at = "begins"
        self.pid = 0
        self.round_trips = 0
        self.slow = 0.0  # seconds the press takes for it
        self.done = self.stuck = self.dying = self.in_database = False
        self.ready: Callable[[], bool] | None = None
        self.wakes: float | None = None
        self.problem: BaseException | None = None
        self._body = body
        self._go, self.arrived = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()
        self.arrived.wait()

    def _run(self) -> None:
        _ON_STAGE.actor = self
        try:
            self.stand("begins")
            self._body(self)
        except Killed:
            self.stage.note(f"{self.name} is killed")
        except BaseException as problem:  # noqa: BLE001 - carried to the stage, which ends with it
            self.problem = problem
        self.done = True
        self.arrived.set()

    def stand(self, at: str) -> None:
        """Stand here until it is this actor's turn again. Raises `Killed` where its process ended meanwhile."""
        self.at = at
        self.arrived.set()
        self._go.wait()
        self._go.clear()
        self.ready = self.wakes = None
        if self.dying:
            raise Killed

    def wait(self, ready: Callable[[], bool], *, seconds: float | None = None) -> None:
        """Stand until something is so, or some seconds are over."""
        self.ready = ready
        self.wakes = None if seconds is None else self.stage.now + max(seconds, 0.0)
        self.stand("waits")

    def sleep(self, seconds: float) -> None:
        """Stand for some seconds."""
        self.wait(lambda: False, seconds=seconds)

    def act(self) -> None:
        """Let it go on; called by the stage."""
        self.arrived.clear()
        self._go.set()

    def can_act(self) -> bool:
        """Whether what it waits for has come."""
        if self.done or self.stuck:
            return False
        if self.dying or (self.ready is None and self.wakes is None):
            return True
        return (self.ready is not None and self.ready()) or (self.wakes is not None and self.wakes <= self.stage.now)


def on_stage() -> StagedActor | None:
    """Give the actor whose thread this is."""
    return getattr(_ON_STAGE, "actor", None)


@contextmanager
def from_outside() -> Iterator[None]:
    """Do something at the database that is no step of the actor whose thread this is."""
    actor, _ON_STAGE.actor = on_stage(), None
    try:
        yield
    finally:
        _ON_STAGE.actor = actor


class SimulationStage:
    """All actors, the time, and whose turn it is. `observer`: a connection of nobody's, to see who waits for whom."""

    def __init__(self, seed: int, faults: tuple[DrawnFault, ...], observer: psycopg.Connection) -> None:
        """Begin at second 0."""
        self.now = 0.0
        self.steps = 0
        self.struck: dict[str, int] = {}
        self.log: list[str] = []
        self.given_up: list[str] = []
        self._chance = random.Random(f"{seed} stage")  # noqa: S311 - a history must repeat
        self._faults: dict[tuple[str, int], DrawnFault] = {(fault.actor, fault.number): fault for fault in faults}
        self._observer = observer
        self.actors: list[StagedActor] = []

    def enter(self, name: str, body: Callable[[StagedActor], None], *, process: str = "") -> StagedActor:
        """Let somebody enter."""
        actor = StagedActor(self, name, body, process)
        self.actors.append(actor)
        return actor

    def note(self, what: str) -> None:
        """Note something for whoever reads a history that went wrong."""
        self.log.append(f"{self.now:9.3f} {what}")

    def fault_for(self, actor: StagedActor) -> DrawnFault | None:
        """Give the fault that strikes at the actor's round trip now, once."""
        fault = self._faults.pop((actor.name, actor.round_trips), None)
        if fault is not None:
            self.strike_noted(fault.strike.value)
            self.note(f"{actor.name}, round trip {fault.number}: {fault.strike} {fault.sqlstate}".rstrip())
        return fault

    def strike_noted(self, what: str) -> None:
        """Count what was done to the actors."""
        self.struck[what] = self.struck.get(what, 0) + 1

    def kill(self, process: str) -> None:
        """End a process: each of its actors ends where it stands."""
        self.strike_noted("kill process")
        self.note(f"process {process} is killed")
        for actor in self.actors:
            if actor.process == process and not actor.done:
                actor.dying = True

    def play(self) -> None:
        """Let everybody act until all are done. Raises what went wrong in an actor, `OurFault` where nobody can act."""
        while True:
            self.actors = [actor for actor in self.actors if not actor.done]
            if not self.actors:
                return
            actor = self._next()
            if actor is None:
                continue
            self.steps += 1
            self.now += self._chance.random() * 0.03
            actor.act()
            self._settle(actor)
            self._see_who_is_free()

    def _next(self) -> StagedActor | None:
        """Draw who acts; where nobody can, let time pass until somebody can."""
        stuck = [actor for actor in self.actors if actor.stuck]
        holders = self._holders(stuck)
        able = [actor for actor in self.actors if actor.can_act() and (not holders or actor in holders)]
        if able:
            return able[self._chance.randrange(len(able))]
        wakes = [actor.wakes for actor in holders or self.actors if actor.wakes is not None and not actor.stuck]
        if wakes:
            self.now = max(self.now, min(wakes))
            return None
        if stuck:
            stuck[0].arrived.wait(LOOK_SECONDS)  # the database ends it: a deadlock, a lock wait
            self._see_who_is_free()
            return None
        raise OurFault("nobody_can_act", f"the simulation stands still: {[actor.name for actor in self.actors]}")

    def _holders(self, stuck: list[StagedActor]) -> list[StagedActor]:
        pids = {pid for actor in stuck for pid in self._blocking(actor.pid)}
        return [actor for actor in self.actors if actor.pid in pids and not actor.stuck and not actor.done]

    def _settle(self, actor: StagedActor) -> None:
        """Wait until an actor stands again, is done, or is stuck behind a lock."""
        waited, look = 0.0, LOOK_SECONDS
        while not actor.arrived.wait(look):
            waited += look
            look = min(look * 1.5, LOOK_SECONDS_MAX)  # a statement over thousands of rows is not asked for all the time
            if actor.in_database and self._blocking(actor.pid):
                actor.stuck = True
                self.note(f"{actor.name} waits for a lock")
                return
            if waited > STUCK_SECONDS_MAX and not actor.in_database:
                raise OurFault("actor_lost", f"{actor.name} does not come back from {actor.at}")
        if actor.done:
            self._bury(actor)

    def _see_who_is_free(self) -> None:
        """Wait for those whose lock was let go: they are on their way to where they stand next."""
        for actor in [one for one in self.actors if one.stuck]:
            while not actor.arrived.wait(0.0005):
                if self._blocking(actor.pid):
                    break
            else:
                actor.stuck = False
                if actor.done:
                    self._bury(actor)

    def _bury(self, actor: StagedActor) -> None:
        """Raise what an actor ended with; wait until the database let go of what a killed one held."""
        if actor.problem is not None:
            raise actor.problem
        if actor.dying:
            self.wait_for_end_of(actor.pid)

    def wait_for_end_of(self, pid: int) -> None:
        """Wait until a process of the database is gone. Raises `OurFault` where it does not go."""
        looks = 0
        while pid and self._observer.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone():
            self._observer.execute("SELECT pg_sleep(0.002)")
            looks += 1
            if looks > LOOKS_MAX:
                raise OurFault("connection_lingers", f"process {pid} of the database does not end")

    def _blocking(self, pid: int) -> list[int]:
        row = self._observer.execute("SELECT pg_blocking_pids(%s)", [pid]).fetchone() if pid else None
        return list(row[0]) if row else []
