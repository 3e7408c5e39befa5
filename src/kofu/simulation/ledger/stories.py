"""The stories of notices: who pays what when by which way, and what is decided about it.

No two payments of a notice come on one day, so that the order of receipt is never a matter of arrival.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from kofu.simulation.ledger.plan import DUES, LAST_RECEIVED, DrawnChange, DrawnClaim, DrawnNotice, DrawnPayment, Way

MARKS_PER_NOTICE = 16
TYPED_MOST = 500
"""Notices from this number on are not paid at the till."""
NOBODY = 9 * 10**16
"""通知書番号 from here on are nobody's."""
_WAYS_OF_FILES = ((Way.STORE, 9), (Way.ONLINE, 6), (Way.KEYED, 4))


@dataclass(frozen=True, slots=True)
class Slots:
    """How many files there are of each way."""

    files: Mapping[Way, int]

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self.files.values())

    @staticmethod
    def of(payments: int, rows_per_file: int) -> Slots:
        """Give so many that about `rows_per_file` rows are in each."""
        each = {Way.STORE: 0.4, Way.STORE_LATER: 0.02, Way.ONLINE: 0.28, Way.KEYED: 0.18, Way.DEBIT: 0.12}
        files = {way: max(1, round(payments * part / rows_per_file)) for way, part in each.items()}
        return Slots({**files, Way.DEBIT: max(2, files[Way.DEBIT] // 2 * 2), Way.TILL: 2})


@dataclass(slots=True)
class _Writer:
    """A notice while its story is drawn."""

    chance: random.Random
    number: int
    slots: Slots
    claims: list[DrawnClaim] = field(default_factory=list)
    payments: list[DrawnPayment] = field(default_factory=list)
    days: set[date] = field(default_factory=set)
    change: DrawnChange | None = None

    def owe(self, *installments: str) -> None:
        """Assess 期別."""
        for installment in installments:
            small = self.chance.random() < 0.05  # noqa: PLR2004 - one in twenty is too small for 延滞金
            yen = 1_500 if small else self.chance.randrange(20, 600) * 100
            self.claims.append(DrawnClaim(installment, yen))

    def yen_of(self, installment: str) -> int:
        """Give what is assessed of a 期別."""
        return next(claim.yen for claim in self.claims if claim.installment == installment)

    def in_time(self, installment: str) -> date:
        """Give a day within the 納期."""
        last = min(DUES[installment], LAST_RECEIVED)
        return self._day(last - timedelta(days=24), last)

    def late(self, installment: str) -> date:
        """Give a day after the 納期限."""
        return self._day(DUES[installment] + timedelta(days=1), LAST_RECEIVED)

    def _day(self, first: date, last: date) -> date:
        while True:
            day = first + timedelta(days=self.chance.randint(0, (last - first).days))
            if day not in self.days:
                self.days.add(day)
                return day

    def pay(self, installment: str, yen: int, on: date, *, way: Way | None = None, **more: object) -> DrawnPayment:
        """Let something be paid."""
        taken = (
            way or self.chance.choices([one for one, _ in _WAYS_OF_FILES], [often for _, often in _WAYS_OF_FILES])[0]
        )
        self.days.add(on)
        mark = self.number * MARKS_PER_NOTICE + len(self.payments)
        file = self.chance.randrange(self.slots.files[taken])
        one = DrawnPayment(taken, file, installment, yen, on, mark, **more)  # type: ignore[arg-type]  # as named there
        self.payments.append(one)
        return one

    def told_as(self, one: DrawnPayment, event: str) -> None:
        """Let a store tell something of a payment before or beside it, in a file of its own."""
        file = self.chance.randrange(self.slots.files[Way.STORE])
        self.payments.append(replace(one, way=Way.STORE, file=file, event=event))

    def in_two_files(self, one: DrawnPayment) -> None:
        """Let a second file of its way tell the payment told last, unless the same file is drawn."""
        again = self.chance.randrange(self.slots.files[one.way])
        self.payments[-1] = replace(one, again=again if again != one.file else None)


# stories that files tell ----------------------------------------------------------------------------------------------


def _in_time(story: _Writer) -> None:
    story.owe(*story.chance.choice((("1",), ("1", "2"), ("2",), ("1", "2", "3"))))
    for claim in story.claims:
        story.pay(claim.installment, claim.yen, story.in_time(claim.installment))


def _by_debit(story: _Writer) -> None:
    """Debit the second and third: an answer states month and day alone, and June's is next year's at the new year."""
    story.owe(*story.chance.choice((("2",), ("3",), ("2", "3"))))
    for claim in story.claims:
        failed = story.chance.random() < 0.2  # noqa: PLR2004 - one in five
        one = story.pay(claim.installment, claim.yen, claim.due, way=Way.DEBIT, event="fail" if failed else "pay")
        each = story.slots.files[Way.DEBIT] // 2
        file = (int(claim.installment) - 2) * each + one.file % each
        story.payments[-1] = replace(one, file=file)


def _late(story: _Writer) -> None:
    story.owe(story.chance.choice("12"))
    (claim,) = story.claims
    more = story.chance.choice((0, 0, 1_000, 2_300))
    story.pay(claim.installment, claim.yen + more, story.late(claim.installment))


def _late_asked(story: _Writer) -> None:
    """Pay 本税 late, then 延滞金 by a slip that asks for it."""
    story.owe("1")
    first, second = sorted((story.late("1"), story.late("1")))
    story.pay("1", story.yen_of("1"), first)
    story.pay("1", 1_700, second, way=Way.KEYED, interest=story.chance.choice((1_000, 1_700)))


def _in_parts(story: _Writer) -> None:
    story.owe(story.chance.choice("12"))
    (claim,) = story.claims
    part = claim.yen * story.chance.randint(2, 8) // 10
    first, second = sorted((story.in_time(claim.installment), story.late(claim.installment)))
    story.pay(claim.installment, part, first)
    story.pay(claim.installment, claim.yen - part + story.chance.choice((0, 500)), second)


def _twice(story: _Writer) -> None:
    """Pay one 期別 twice. Where the first is taken out again (収納取消), the second pays in its place."""
    story.owe("1", "2")
    story.pay("1", story.yen_of("1"), story.in_time("1"))
    story.pay("1", story.yen_of("1"), story.chance.choice((story.in_time, story.late))("1"))


def _for_a_later_one(story: _Writer) -> None:
    """Pay with the slip of a later 期別 while the first is open; sometimes its own slip comes after all."""
    story.owe("1", "2")
    story.pay("2", story.yen_of("2"), story.in_time("1"))
    own = story.chance.choice(("none", "in time", "late", "part"))
    if own in {"in time", "part"}:
        story.pay("1", story.yen_of("1") // (1 if own == "in time" else 2), story.in_time("1"))
    elif own == "late":
        story.pay("1", story.yen_of("1"), story.late("1"))


def _told_again(story: _Writer) -> None:
    """Tell one payment at a store in two files, and its 速報 in a third."""
    story.owe("2")
    one = story.pay("2", story.yen_of("2"), story.in_time("2"), way=Way.STORE)
    story.in_two_files(one)
    if story.chance.random() < 0.5:  # noqa: PLR2004 - every other
        story.told_as(one, "advise")


def _online_again(story: _Writer) -> None:
    """Tell one payment of 電子納付 in two files: one of them is held, or passes it over."""
    story.owe("2")
    one = story.pay("2", story.yen_of("2"), story.in_time("2"), way=Way.ONLINE)
    story.in_two_files(one)


def _taken_back(story: _Writer) -> None:
    """速報 and its 取消; no money."""
    story.owe("3")
    one = story.pay("3", story.yen_of("3"), story.in_time("3"), way=Way.STORE, event="advise")
    story.payments.append(replace(one, event="cancel"))


def _confirmed_after_all(story: _Writer) -> None:
    """取消, and then 確報: money that waits in 仮受."""
    story.owe("3")
    one = story.pay("3", story.yen_of("3"), story.in_time("3"), way=Way.STORE_LATER)
    story.told_as(one, "cancel")


def _nobodys(story: _Writer) -> None:
    story.owe("1")
    story.pay("1", story.yen_of("1"), story.in_time("1"), named=str(NOBODY + story.number))


def _keyed_wrong(story: _Writer) -> None:
    """Have a paper keyed in two ways, or a record name another year: it is left out, and comes by another file."""
    story.owe("1")
    way = story.chance.choice((Way.KEYED, Way.ONLINE))
    story.pay("1", story.yen_of("1"), story.in_time("1"), way=way, wrong=True)
    story.pay("1", story.yen_of("1"), story.in_time("1"))


def _at_the_till(story: _Writer) -> None:
    """Pay at a counter, where every paper is typed: few do."""
    story.owe("1")
    if story.number < TYPED_MOST:
        way = Way.TILL
        story.pay("1", story.yen_of("1"), story.chance.choice((story.in_time, story.late))("1"), way=way)
    else:
        story.pay("1", story.yen_of("1"), story.in_time("1"))


def _nothing(story: _Writer) -> None:
    story.owe("1", "2")


# stories in which people decide ---------------------------------------------------------------------------------------


def _reduced(story: _Writer) -> None:
    """減額 of what was paid, in time or late."""
    story.owe("1", "2")
    when = story.chance.choice((story.in_time, story.late))
    story.pay("1", story.yen_of("1"), when("1"))
    story.change = DrawnChange("1", max(100, story.yen_of("1") // 200 * 100), grows=False)


def _increased(story: _Writer) -> None:
    """Pay the 期別 that is still to come, have it increased, and pay the rest at the till."""
    story.owe("4")
    story.pay("4", story.yen_of("4"), LAST_RECEIVED - timedelta(days=story.chance.randint(0, 20)))
    story.change = DrawnChange("4", 1_200, grows=True)


def _wants_back(story: _Writer) -> None:
    """Pay twice, and have it back."""
    story.owe("1")
    story.pay("1", story.yen_of("1"), story.in_time("1"))
    story.pay("1", story.yen_of("1"), story.late("1"))


def _offset(story: _Writer) -> None:
    """Pay the first twice and the third never: 充当, and what is left goes back."""
    story.owe("1", "3")
    story.pay("1", story.yen_of("1"), story.in_time("1"))
    story.pay("1", story.yen_of("1"), story.late("1"))


def _written_off(story: _Writer) -> None:
    story.owe("1", "2")
    story.pay("1", story.yen_of("1") // 2, story.late("1"))


def _moved(story: _Writer) -> None:
    """付替 of a payment to the 期別 it was meant for."""
    story.owe("1", "2")
    story.pay("2", story.yen_of("2"), story.late("1"))
    story.pay("1", story.yen_of("1"), story.late("2"))


def _to_suspense(story: _Writer) -> None:
    story.owe("1", "2")
    story.pay("1", story.yen_of("1"), story.late("1"))
    story.pay("1", story.yen_of("1"), story.late("1"))


_BY_FILES: tuple[tuple[Callable[[_Writer], None], int], ...] = (
    (_in_time, 30), (_by_debit, 14), (_late, 6), (_late_asked, 2), (_in_parts, 5), (_twice, 5), (_for_a_later_one, 5),
    (_told_again, 6), (_online_again, 3), (_taken_back, 1), (_confirmed_after_all, 2), (_nobodys, 2), (_keyed_wrong, 2),
    (_at_the_till, 4), (_nothing, 1),
)  # fmt: skip
_BY_PEOPLE: tuple[tuple[str, Callable[[_Writer], None]], ...] = (
    ("reduced", _reduced), ("reduced_refunded", _reduced), ("increased", _increased), ("refunded", _wants_back),
    ("offset", _offset), ("written_off", _written_off), ("taken_out", _twice), ("moved", _moved),
    ("to_suspense", _to_suspense), ("assigned", _nobodys), ("sent_back", _nobodys),
)  # fmt: skip
DECIDED_STORIES = frozenset(name for name, _ in _BY_PEOPLE)


def draw_notice(chance: random.Random, number: int, slots: Slots, *, decided: bool) -> DrawnNotice:
    """Draw the story of a notice; `decided`: one in which people decide."""
    story = _Writer(chance, number, slots)
    if decided:
        name, tell = _BY_PEOPLE[number % len(_BY_PEOPLE)]
    else:
        tell = chance.choices([one for one, _ in _BY_FILES], [often for _, often in _BY_FILES])[0]
        name = tell.__name__.lstrip("_")
    tell(story)
    return DrawnNotice(number, name, tuple(story.claims), tuple(story.payments), story.change, at=chance.uniform(5, 40))
