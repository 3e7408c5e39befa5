"""What happens in a simulation, drawn from its seed before it begins: visits, happenings, faults.

Every part is drawn from the seed and its own number, so that leaving one out changes none of the others: a history that
went wrong can be made shorter, part by part.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from enum import StrEnum

PEOPLE = 60
YEARS = (2026, 2025, 2024)
KINDS = ("taxation", "income", "payment")
VEHICLES, INSPECTION = "vehicle_payment", "vehicle_inspection"
SECONDS_BETWEEN_VISITS = 1.2
VISITS_AT_ONCE = 8
"""So many come within `WAVE_SECONDS`; then the kiosks wait for the next. It is as many as the ward has workers."""
WAVE_SECONDS = 3.0
SQLSTATES = ("40001", "40P01", "55P03", "57014", "53100", "53200")
"""Serialization failure, deadlock, lock wait, cancel, disk full, out of memory."""
STARTS = ("noon", "before midnight", "before the new year")


class FaultStrike(StrEnum):
    """What a fault does to the actor it strikes, at one of its round trips to the database."""

    KILL_BEFORE = "kill_before"  # its process ends before the statement is sent
    KILL_AFTER = "kill_after"  # its process ends after the database did it, before it knows
    CUT_BEFORE = "cut_before"  # the connection is lost before the statement is sent
    CUT_AFTER = "cut_after"  # the connection is lost after the database did it
    REFUSE = "refuse"  # the database answers with an error
    FREEZE = "freeze"  # the process stands still for a while, whatever it holds


STRIKES = tuple(FaultStrike)
FROZEN_SECONDS = (1.0, 5.0, 15.0, 40.0)


@dataclass(frozen=True, slots=True)
class DrawnFault:
    """A strike at round trip `number` of an actor. `sqlstate` of a refusal; `seconds` of standing still."""

    actor: str
    number: int
    strike: FaultStrike
    sqlstate: str = ""
    seconds: float = 0.0

    def line(self) -> str:
        """Say it in one line."""
        return f"fault: {self.actor}, round trip {self.number}: {self.strike} {self.sqlstate}"


@dataclass(frozen=True, slots=True)
class LineMessage:
    """What the line does to one message: how long it takes each way, and whether it gets through. Seconds."""

    there: float
    back: float
    lost: bool = False
    answer_lost: bool = False


@dataclass(frozen=True, slots=True)
class DrawnVisit:
    """A person at a kiosk. `asks`: per attempt the messages sent; `patience`: seconds until the centre gives up.

    `slow`: seconds the press takes. `after`: what the centre asks once more when all is over: "", "same", "other".
    `reports`: the messages by which the print result is told, again until it is acknowledged.
    """

    number: int
    arrives: float
    person: int
    kind: str
    year: int
    copies: int
    patience: float
    slow: float
    outcome: str
    after: str
    asks: tuple[tuple[LineMessage, ...], ...]
    reports: tuple[tuple[LineMessage, ...], ...]


@dataclass(frozen=True, slots=True)
class DrawnHappening:
    """Something that happens beside the visits, at a second of the simulation.

    `what`: hold, stop, feed, clock, sweep, kill. `person`, `on_card`, `first_the_end`, `ends_after`: of a hold or stop.
    `seconds`: by how much the ward's clock is set, or for how long it stands. `process`: which is killed.
    """

    number: int
    at: float
    what: str
    person: int = 0
    on_card: bool = False
    first_the_end: bool = False
    ends_after: float = 0.0
    feed: str = ""
    clock: str = ""
    seconds: float = 0.0
    process: str = ""


@dataclass(frozen=True, slots=True)
class SimulationPlan:
    """A whole simulation. The same plan is the same history."""

    seed: int
    start: str
    visits: tuple[DrawnVisit, ...]
    happenings: tuple[DrawnHappening, ...]
    faults: tuple[DrawnFault, ...]
    people: int = PEOPLE

    def size(self) -> int:
        """Count its parts."""
        return len(self.visits) + len(self.happenings) + len(self.faults)

    def is_empty(self) -> bool:
        """Whether nobody comes."""
        return not self.visits

    def without(self, parts: frozenset[object]) -> SimulationPlan:
        """Leave parts out."""
        return replace(
            self,
            visits=tuple(one for one in self.visits if one not in parts),
            happenings=tuple(one for one in self.happenings if one not in parts),
            faults=tuple(one for one in self.faults if one not in parts),
        )

    def parts(self) -> tuple[object, ...]:
        """All parts, happenings and faults before visits: those are left out first."""
        return (*self.faults, *self.happenings, *self.visits)


def draw_plan(seed: int, certificates: int, people: int = PEOPLE) -> SimulationPlan:
    """Draw the simulation of a seed with so many visits, in a ward of so many people."""
    visits = tuple(_visit(seed, number, people) for number in range(certificates))
    lasts = certificates * SECONDS_BETWEEN_VISITS + 20
    happenings = tuple(_happening(seed, number, lasts, visits) for number in range(2 + certificates // 6))
    faults = tuple(fault for visit in visits for fault in _faults_of_visit(seed, visit))
    faults += tuple(fault for happening in happenings for fault in _faults_of_happening(seed, happening))
    return SimulationPlan(
        seed=seed,
        start=_chance(seed, "start", 0).choices(STARTS, (6, 1, 1))[0],
        visits=visits,
        happenings=happenings,
        faults=faults,
        people=people,
    )


def _chance(seed: int, topic: str, number: int) -> random.Random:
    return random.Random(f"{seed} {topic} {number}")  # noqa: S311 - a plan must repeat


def _visit(seed: int, number: int, people: int) -> DrawnVisit:
    chance = _chance(seed, "visit", number)
    vehicle = _chance(seed, "vehicle", number).choices(("", VEHICLES, INSPECTION), (12, 1, 1))[0]
    return DrawnVisit(
        number=number,
        arrives=_wave(number // VISITS_AT_ONCE) + chance.uniform(0, WAVE_SECONDS),
        person=chance.randrange(people * PEOPLE),
        kind=vehicle or chance.choices(KINDS, (5, 2, 3))[0],
        year=YEARS[0] if vehicle == INSPECTION else chance.choices(YEARS, (6, 2, 1))[0],
        copies=chance.choices((1, 2, 3), (12, 2, 1))[0],
        patience=chance.choices((8.0, 15.0, 30.0), (1, 2, 2))[0],
        slow=chance.choices((0.0, 3.0, 20.0, 70.0), (60, 5, 3, 1))[0],
        outcome=chance.choices(("printed", "failed", "cancelled", "unknown"), (20, 1, 1, 1))[0],
        after=chance.choices(("", "same", "other"), (8, 2, 1))[0],
        asks=tuple(_messages(chance) for _ in range(4)),
        reports=tuple(_messages(chance) for _ in range(4)),
    )


def _wave(number: int) -> float:
    """When the visitors of a wave begin to come, in seconds."""
    return number * VISITS_AT_ONCE * SECONDS_BETWEEN_VISITS


def _messages(chance: random.Random) -> tuple[LineMessage, ...]:
    """One message mostly; now and then doubled, delayed (so that later ones overtake it), lost on either way."""
    return tuple(
        LineMessage(
            there=chance.choices((0.01, 0.5, 6.0), (16, 3, 1))[0] * chance.uniform(0.5, 1.5),
            back=chance.choices((0.01, 0.5, 6.0), (16, 3, 1))[0] * chance.uniform(0.5, 1.5),
            lost=chance.random() < 0.04,  # noqa: PLR2004 - one in twenty-five
            answer_lost=chance.random() < 0.06,  # noqa: PLR2004 - one in seventeen
        )
        for _ in range(chance.choices((1, 2), (9, 1))[0])
    )


def _happening(seed: int, number: int, lasts: float, visits: tuple[DrawnVisit, ...]) -> DrawnHappening:
    """Draw what happens while a wave of visits is under way; a hold is mostly of somebody in it."""
    chance = _chance(seed, "happening", number)
    wave = int(chance.uniform(0, lasts) / _wave(1))
    at = _wave(wave) + chance.uniform(0, 2 * WAVE_SECONDS)
    there = visits[wave * VISITS_AT_ONCE : (wave + 1) * VISITS_AT_ONCE]
    what = chance.choices(("hold", "stop", "feed", "clock", "sweep", "kill"), (10, 2, 2, 3, 4, 3))[0]
    if what == "hold":
        return DrawnHappening(
            number,
            at,
            what,
            person=chance.choice(there if there and chance.random() < 0.7 else visits).person,  # noqa: PLR2004 - seven in ten
            on_card=chance.random() < 0.3,  # noqa: PLR2004 - three in ten
            first_the_end=chance.random() < 0.2,  # noqa: PLR2004 - one in five
            ends_after=chance.choices((0.0, 5.0, 20.0), (1, 6, 3))[0],
        )
    if what == "stop":
        return DrawnHappening(number, at, what, ends_after=chance.uniform(0.5, 4))
    if what == "feed":
        return DrawnHappening(number, at, what, feed=chance.choice(("tax", "tax", "resident")))
    if what == "clock":
        clock = chance.choice(("back", "stands", "on"))
        return DrawnHappening(number, at, what, clock=clock, seconds=chance.choice((3.0, 40.0, 600.0)))
    return DrawnHappening(number, at, what, process=chance.choice("AB"))


def _faults_of_visit(seed: int, visit: DrawnVisit) -> tuple[DrawnFault, ...]:
    chance = _chance(seed, "fault of visit", visit.number)
    faults = []
    for attempt in range(len(visit.asks)):
        if chance.random() < 0.22:  # noqa: PLR2004 - two in nine askings
            faults.append(draw_fault(chance, f"ask {visit.number} {attempt} 0", 14, FROZEN_SECONDS))
        if chance.random() < 0.1:  # noqa: PLR2004 - one in ten reports
            faults.append(draw_fault(chance, f"report {visit.number} {attempt} 0", 9, FROZEN_SECONDS))
    return tuple(faults)


def _faults_of_happening(seed: int, happening: DrawnHappening) -> tuple[DrawnFault, ...]:
    chance = _chance(seed, "fault of happening", happening.number)
    reach = {"feed": 90, "hold": 14, "stop": 8, "sweep": 6}.get(happening.what, 0)
    if not reach or chance.random() < 0.4:  # noqa: PLR2004 - three in five are struck
        return ()
    return (draw_fault(chance, f"{happening.what} {happening.number} 0", reach, FROZEN_SECONDS),)


def draw_fault(chance: random.Random, actor: str, reach: int, seconds: tuple[float, ...]) -> DrawnFault:
    """Draw a fault at one of the first `reach` round trips of an actor; `seconds`: how long it may stand still."""
    return DrawnFault(
        actor,
        chance.randint(1, reach),
        chance.choice(STRIKES),
        sqlstate=chance.choice(SQLSTATES),
        seconds=chance.choice(seconds),
    )
