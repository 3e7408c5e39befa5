"""What happens to a ledger in a simulation, drawn from its seed before it begins: notices and stories, files, faults.

Every part is drawn from the seed and its own number, so that leaving one out changes none of the others.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from kofu.simulation.plan import STARTS, DrawnFault, draw_fault

ROWS_PER_FILE = 25
SMALL_FILE = 100
DECIDED_MOST, DECIDED_BESIDE_LARGE_FILES = 60, 22
"""How many notices people decide about: what is posted in thousands is not waited for by as many desks."""
#: 納期限 of the 期別 there are. The fourth is still to come when a simulation begins.
DUES = {"1": date(2026, 6, 30), "2": date(2026, 8, 31), "3": date(2026, 11, 2), "4": date(2027, 2, 1)}
#: The last day before a simulation on which something was received at a counter.
LAST_RECEIVED = date(2026, 11, 21)


class Way(StrEnum):
    """How a payment reaches the ledger."""

    STORE = "store"  # コンビニ
    STORE_LATER = "store_later"  # コンビニ: after what was told of it first is posted
    ONLINE = "online"  # 電子納付
    DEBIT = "debit"  # 口座振替
    KEYED = "keyed"  # 納付済通知書, keyed by a contractor (OCR, パンチ)
    TILL = "till"  # 窓口


@dataclass(frozen=True, slots=True)
class DrawnClaim:
    """A 期別: yen assessed."""

    installment: str
    yen: int

    @property
    def due(self) -> date:
        """Its 納期限."""
        return DUES[self.installment]


@dataclass(frozen=True, slots=True)
class DrawnPayment:
    """A row of a file or a till. `file`: in which of its way's; `event`: pay, advise, cancel, fail; `mark`: which.

    `named`: another 通知書番号 than the notice's own stands on it. `wrong`: it is keyed or written wrong, and left out.
    `again`: a second file tells the same.
    """

    way: Way
    file: int
    installment: str
    yen: int
    on: date
    mark: int
    event: str = "pay"
    interest: int = 0
    named: str = ""
    wrong: bool = False
    again: int | None = None

    @property
    def is_payment(self) -> bool:
        """Whether it tells of money that is there: it is no 速報, no 取消, no failure, and not left out."""
        return self.event == "pay" and not self.wrong

    @property
    def files(self) -> frozenset[str]:
        """The files it stands in."""
        both = (self.file,) if self.again is None else (self.file, self.again)
        return frozenset(f"{self.way} {number}" for number in both)


@dataclass(frozen=True, slots=True)
class DrawnChange:
    """減額 or 増額 of a 期別 by so many yen. All 減額 come in one file, all 増額 in another."""

    installment: str
    yen: int
    grows: bool


@dataclass(frozen=True, slots=True)
class DrawnNotice:
    """A notice, its story and what is paid of it. `at`: second at which somebody begins to decide."""

    number: int
    story: str
    claims: tuple[DrawnClaim, ...]
    payments: tuple[DrawnPayment, ...]
    change: DrawnChange | None = None
    at: float = 0.0

    @property
    def notice_number(self) -> str:
        """通知書番号; 宛名番号 of whom it is of are its last digits."""
        return f"{self.number + 1:017d}"

    @property
    def addressee_number(self) -> str:
        """宛名番号."""
        return f"{self.number + 1:015d}"


@dataclass(frozen=True, slots=True)
class DrawnFile:
    """A file or a till's day. `twice`: two clerks take it in at once; `sent_back`: it comes, goes back, comes again."""

    way: Way
    number: int
    at: float
    twice: bool
    sent_back: bool

    @property
    def name(self) -> str:
        """What it is called."""
        return f"{self.way} {self.number}"


@dataclass(frozen=True, slots=True)
class DrawnDisturbance:
    """Something beside the work, at a second: a second poster, a payer, a killed process, a clock that is set wrong."""

    number: int
    at: float
    what: str
    process: str = ""
    clock: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class LedgerPlan:
    """A whole simulation of the ledger. The same plan is the same history."""

    seed: int
    start: str
    rows_per_file: int
    notices: tuple[DrawnNotice, ...]
    files: tuple[DrawnFile, ...]
    disturbances: tuple[DrawnDisturbance, ...]
    faults: tuple[DrawnFault, ...]

    @property
    def payments(self) -> int:
        """Count the payments, whatever rows tell of them."""
        return sum(one.is_payment for notice in self.notices for one in notice.payments)

    def size(self) -> int:
        """Count its parts."""
        return len(self.parts())

    def is_empty(self) -> bool:
        """Whether nothing is paid at all."""
        return not self.notices or not self.files

    def without(self, parts: frozenset[object]) -> LedgerPlan:
        """Leave parts out."""
        return replace(
            self,
            notices=tuple(one for one in self.notices if one not in parts),
            files=tuple(one for one in self.files if one not in parts),
            disturbances=tuple(one for one in self.disturbances if one not in parts),
            faults=tuple(one for one in self.faults if one not in parts),
        )

    def parts(self) -> tuple[object, ...]:
        """All parts; faults and disturbances first: those are left out first."""
        return (*self.faults, *self.disturbances, *self.notices, *self.files)

    def lines(self) -> tuple[str, ...]:
        """Say what it consists of, part by part."""
        notices = [
            f"notice {one.notice_number}: {one.story}; "
            + ", ".join(f"{claim.installment}期 {claim.yen}" for claim in one.claims)
            + "".join(f"; {paid.event} {paid.yen} on {paid.on} by {paid.way} {paid.file}" for paid in one.payments)
            for one in self.notices
        ]
        files = [f"file {one.name} at {one.at:.1f} s" for one in self.files]
        beside = [f"{one.what} at {one.at:.1f} s {one.process}{one.clock}" for one in self.disturbances]
        return (*notices, *files, *beside, *(one.line() for one in self.faults))


def chance_of(seed: int, topic: str, number: int) -> random.Random:
    """Give the chance of one part."""
    return random.Random(f"{seed} ledger {topic} {number}")  # noqa: S311 - a plan must repeat


def draw_ledger_plan(seed: int, payments: int, rows_per_file: int = ROWS_PER_FILE) -> LedgerPlan:
    """Draw the simulation of a seed with so many payments, in files of about so many rows."""
    from kofu.simulation.ledger.stories import Slots, draw_notice

    slots = Slots.of(payments, rows_per_file)
    most = DECIDED_MOST if rows_per_file <= SMALL_FILE else DECIDED_BESIDE_LARGE_FILES
    decided = min(most, max(10, payments // 12))
    notices: list[DrawnNotice] = []
    paid = 0
    while paid < payments:
        number = len(notices)
        drawn = draw_notice(chance_of(seed, "notice", number), number, slots, decided=number < decided)
        notices.append(drawn)
        paid += sum(one.is_payment for one in drawn.payments)
    lasts = 40.0 + 2.0 * slots.count
    files = tuple(
        _file(seed, place, way, number, lasts)
        for place, (way, number) in enumerate((way, number) for way in Way for number in range(slots.files[way]))
    )
    disturbances = tuple(_disturbance(seed, number, lasts) for number in range(6 + slots.count // 3))
    return LedgerPlan(
        seed=seed,
        start=chance_of(seed, "start", 0).choices(STARTS, (4, 2, 1))[0],
        rows_per_file=rows_per_file,
        notices=tuple(notices),
        files=files,
        disturbances=disturbances,
        faults=tuple(_faults(seed, files, notices[:decided], len(disturbances), rows_per_file)),
    )


def _file(seed: int, place: int, way: Way, number: int, lasts: float) -> DrawnFile:
    chance = chance_of(seed, "file", place)
    late = lasts / 2 if way is Way.STORE_LATER else 0.0
    return DrawnFile(
        way,
        number,
        at=late + chance.uniform(0, lasts / 2),
        twice=chance.random() < 0.3,  # noqa: PLR2004 - three in ten
        sent_back=chance.random() < 0.15,  # noqa: PLR2004 - three in twenty
    )


def _disturbance(seed: int, number: int, lasts: float) -> DrawnDisturbance:
    chance = chance_of(seed, "disturbance", number)
    what = chance.choices(("post", "pay", "kill", "clock"), (5, 2, 3, 3))[0]
    return DrawnDisturbance(
        number,
        at=chance.uniform(0, lasts * 1.2),
        what=what,
        process=chance.choice("AB") if what == "kill" else "",
        clock=chance.choice(("back", "stands", "on")) if what == "clock" else "",
        seconds=chance.choice((3.0, 40.0, 600.0)),
    )


FROZEN_SECONDS = (2.0, 12.0)
#: How many round trips each kind of work makes at the most that a fault is drawn for.
REACH = {
    "receive": 16, "receive again": 16, "twin": 12, "accept": 9, "reject": 7, "till": 16, "change": 30, "decide": 70,
    "pay": 45,
}  # fmt: skip
KINDS_OF_FILE = ("receive", "receive again", "twin", "accept", "reject")
NIGHTS, STEPS_AT_TILL = 24, 30
FIRST_TILL = 100
"""Tills from this number on take one person's payment each."""


def _faults(
    seed: int, files: tuple[DrawnFile, ...], decided: list[DrawnNotice], disturbances: int, rows: int
) -> list[DrawnFault]:
    """Draw what strikes each work at its first and second try."""
    posting = 60 if rows <= SMALL_FILE else 400  # a larger file is posted in more groups
    works = [(f"{kind} {file.name}", REACH[kind]) for file in files for kind in KINDS_OF_FILE]
    grown = [FIRST_TILL + 2 * one.number for one in decided if one.change is not None and one.change.grows]
    works += [(f"till {number} {step}", REACH["till"]) for number in (0, 1, *grown) for step in range(STEPS_AT_TILL)]
    works += [(f"change {kind}", REACH["change"]) for kind in ("reduce", "increase")]
    works += [(f"decide {notice.number}", REACH["decide"]) for notice in decided]
    works += [(f"night {number}", posting) for number in range(NIGHTS)]
    works += [(f"{kind} {number}", posting if kind == "post" else REACH["pay"])
              for kind in ("post", "pay") for number in range(disturbances + 1)]  # fmt: skip
    found = []
    for place, (name, reach) in enumerate(works):
        chance = chance_of(seed, f"fault of {name}", place)
        for attempt, often in ((0, 0.6), (1, 0.2)):
            if chance.random() < often:
                found.append(draw_fault(chance, f"{name} try {attempt}", reach, FROZEN_SECONDS))
    return found
