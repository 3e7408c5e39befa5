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
from heapq import heappop, heappush
from itertools import islice
from operator import attrgetter

import psycopg

from kofu.core.errors import OurFault
from kofu.simulation.plan import DrawnFault

LOOK_SECONDS = 0.004
LOOK_SECONDS_MAX = 0.1
STUCK_SECONDS_MAX = 300.0
LOOKS_MAX = 5_000
NAMES_TOLD_MAX = 5
STEP_SECONDS = 0.03
"""How long one step takes at the most, by the time of the simulation."""
_ON_STAGE = threading.local()
_BY_ENTRY = attrgetter("number")


class Killed(BaseException):
    """The actor's process ended here."""


class _Hands:
    """A thread that lends itself to one actor after another: actors come and go by the thousand."""

    def __init__(self, resting: list[_Hands]) -> None:
        """Begin to rest."""
        self._resting = resting
        self._called = threading.Lock()
        self._called.acquire()
        self._actor: StagedActor | None = None
        threading.Thread(target=self._lend, name="an actor's", daemon=True).start()

    def play(self, actor: StagedActor | None) -> None:
        """Play somebody from beginning to end; nobody: end."""
        self._actor = actor
        self._called.release()

    def _lend(self) -> None:
        while True:
            self._called.acquire()
            actor = self._actor  # once it rests, the next may be given to it before this one has left
            if actor is None:
                return
            actor.live()
            self._resting.append(self)
            actor.leave()


class StagedActor:
    """Somebody who acts, step by step. `pid`: the database's process that works for it, while it does.

    `number`: 1 for who entered first, 2 for the next.
    """

    def __init__(
        self, stage: SimulationStage, number: int, name: str, body: Callable[[StagedActor], None], process: str
    ) -> None:
        """Stand at the beginning."""
        self.stage = stage
        self.number = number
        self.name = name
        self.process = process
        self.at = "begins"
        self.pid = 0
        self.round_trips = 0
        self.slow = 0.0  # seconds the press takes for it
        self.done = self.stuck = self.dying = self.in_database = self.begun = False
        self.ready: Callable[[], bool] | None = None
        self.wakes: float | None = None
        self.problem: BaseException | None = None
        self._body = body
        self._go, self._arrived = threading.Lock(), threading.Lock()
        self._go.acquire()
        self._stands = True
        self._arrived.acquire()

    def live(self) -> None:
        """Do what it is there for, on the thread that plays it."""
        _ON_STAGE.actor = self
        self.ready = self.wakes = None
        try:
            if not self.dying:
                self._body(self)
        except Killed:
            self.stage.note(f"{self.name} is killed")
        except BaseException as problem:  # noqa: BLE001 - carried to the stage, which ends with it
            self.problem = problem
        _ON_STAGE.actor = None

    def leave(self) -> None:
        """Be done."""
        self.done = True
        self._arrived.release()

    def stand(self, at: str) -> None:
        """Stand here until it is this actor's turn again. Raises `Killed` where its process ended meanwhile."""
        self.at = at
        self._arrived.release()
        self._go.acquire()
        self.ready = self.wakes = None
        if self.dying:
            raise Killed

    def stands(self, seconds: float) -> bool:
        """Whether it has come to where it stands next, or to its end, within some seconds of the machine."""
        self._stands = self._stands or self._arrived.acquire(timeout=seconds)
        return self._stands

    def wait(self, ready: Callable[[], bool] | None, *, seconds: float | None = None) -> None:
        """Stand until something is so, or some seconds are over."""
        self.ready = ready
        self.wakes = None if seconds is None else self.stage.now + max(seconds, 0.0)
        self.stand("waits")

    def sleep(self, seconds: float) -> None:
        """Stand for some seconds."""
        self.wait(None, seconds=seconds)

    def act(self, resting: list[_Hands]) -> None:
        """Let it go on; called by the stage."""
        self._stands = False
        if self.begun:
            self._go.release()
        else:
            self.begun = True
            (resting.pop() if resting else _Hands(resting)).play(self)

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

    def __init__(
        self,
        seed: int,
        faults: tuple[DrawnFault, ...],
        observer: psycopg.Connection,
        *,
        step_seconds: float = STEP_SECONDS,
    ) -> None:
        """Begin at second 0."""
        self.now = 0.0
        self.steps = 0
        self.struck: dict[str, int] = {}
        self.log: list[str] = []
        self.given_up: list[str] = []
        self._chance = random.Random(f"{seed} stage")  # noqa: S311 - a history must repeat
        self._faults: dict[tuple[str, int], DrawnFault] = {(fault.actor, fault.number): fault for fault in faults}
        self._observer = observer
        self._step_seconds = step_seconds
        self.actors: dict[int, StagedActor] = {}
        """Who has not ended yet, by number."""
        self._entered = 0
        self._resting: list[_Hands] = []
        self._playing: dict[int, StagedActor] = {}  # have begun
        self._stuck: list[StagedActor] = []
        self._awake: dict[int, StagedActor] = {}  # can act, or are looked at each time
        self._asleep: list[tuple[float, int]] = []  # wait for a second of the simulation and for nothing else

    def enter(self, name: str, body: Callable[[StagedActor], None], *, process: str = "") -> StagedActor:
        """Let somebody enter."""
        self._entered += 1
        actor = StagedActor(self, self._entered, name, body, process)
        self.actors[actor.number] = self._awake[actor.number] = actor
        return actor

    def enter_at(self, seconds: float, name: str, body: Callable[[StagedActor], None]) -> None:
        """Let somebody enter at a second of the simulation, who acts no earlier."""
        actor = self.enter(name, body)
        actor.wakes = seconds
        self._sort_in(actor)

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
        for actor in list(self._playing.values()):
            if actor.process == process and not actor.done:
                actor.dying = True
                if not actor.stuck:
                    self._awake[actor.number] = actor

    def play(self) -> None:
        """Let everybody act until all are done. Raises what went wrong in an actor, `OurFault` where nobody can act."""
        while self.actors:
            actor = self._next()
            if actor is None:
                continue
            self.steps += 1
            self.now += self._chance.random() * self._step_seconds
            self._playing[actor.number] = actor
            actor.act(self._resting)
            self._settle(actor)
            self._see_who_is_free()
        while self._resting:
            self._resting.pop().play(None)

    def _next(self) -> StagedActor | None:
        """Draw who acts; where nobody can, let time pass until somebody can."""
        holders = self._holders(self._stuck) if self._stuck else []
        while self._asleep and self._asleep[0][0] <= self.now:
            self._wake(heappop(self._asleep)[1])
        able = [actor for actor in holders or self._awake.values() if actor.can_act()]
        if able:
            able.sort(key=_BY_ENTRY)
            return able[self._chance.randrange(len(able))]
        wakes = [actor.wakes for actor in holders or self._awake.values() if actor.wakes is not None]
        if not holders and self._asleep:
            wakes.append(self._asleep[0][0])
        if wakes:
            self.now = max(self.now, min(wakes))
            return None
        if self._stuck:
            self._stuck[0].stands(LOOK_SECONDS)  # the database ends it: a deadlock, a lock wait
            self._see_who_is_free()
            return None
        standing = [one.name for one in islice(self.actors.values(), NAMES_TOLD_MAX)]
        raise OurFault("nobody_can_act", f"the simulation stands still: {standing} of {len(self.actors)} actors")

    def _wake(self, number: int) -> None:
        actor = self.actors.get(number)
        if actor is not None and not actor.stuck:
            self._awake[number] = actor

    def _sort_in(self, actor: StagedActor) -> None:
        """Remember for what an actor waits: who only waits for a second is not looked at before."""
        if actor.ready is None and actor.wakes is not None and not actor.dying:
            self._awake.pop(actor.number, None)
            heappush(self._asleep, (actor.wakes, actor.number))
        else:
            self._awake[actor.number] = actor

    def _holders(self, stuck: list[StagedActor]) -> list[StagedActor]:
        pids = {pid for actor in stuck for pid in self._blocking(actor.pid)}
        return [actor for actor in self._playing.values() if actor.pid in pids and not actor.stuck and not actor.done]

    def _settle(self, actor: StagedActor) -> None:
        """Wait until an actor stands again, is done, or is stuck behind a lock."""
        waited, look = 0.0, LOOK_SECONDS
        while not actor.stands(look):
            waited += look
            look = min(look * 1.5, LOOK_SECONDS_MAX)  # a statement over thousands of rows is not asked for all the time
            if actor.in_database and self._blocking(actor.pid):
                actor.stuck = True
                self._stuck.append(actor)
                self._awake.pop(actor.number, None)
                self.note(f"{actor.name} waits for a lock")
                return
            if waited > STUCK_SECONDS_MAX and not actor.in_database:
                raise OurFault("actor_lost", f"{actor.name} does not come back from {actor.at}")
        self._came(actor)

    def _see_who_is_free(self) -> None:
        """Wait for those whose lock was let go: they are on their way to where they stand next."""
        for actor in list(self._stuck):
            while not actor.stands(0.0005):
                if self._blocking(actor.pid):
                    break
            else:
                actor.stuck = False
                self._stuck.remove(actor)
                self._came(actor)

    def _came(self, actor: StagedActor) -> None:
        """Note where an actor came to stand. Raises what it ended with."""
        if not actor.done:
            self._sort_in(actor)
            return
        for place in (self.actors, self._awake, self._playing):
            place.pop(actor.number, None)
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
