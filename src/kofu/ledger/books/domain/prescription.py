"""時効 of the right to collect (地方税法18条, 18条の2) and the end of what was suspended (15条の7).

Five years from the day after the 納期限; nobody has to invoke it and nobody can renounce it. What happens on the way is
data: each event renews the five years, stays their end, or makes them stand still; each is a step that can be shown.
An event after the end changes nothing: what is extinguished does not come back.

18条1〜3項 and 15条の7第4・5項 were read; the stays other than 督促 follow 18条の2 and, through 18条3項, 民法148・150・
152条 as generally known. The end of the five years is not moved for closed days: nobody has to act by it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kofu.core.errors import ensure
from kofu.ledger.books.domain.interest import ONE_DAY, Period, months_end

MONTHS_TO_PRESCRIBE = 60  # 法18条1項
MONTHS_SUSPENDED = 36  # 法15条の7第4項
MONTHS_OF_DEMAND = 6  # 民法150条, 148条1項
NEVER = date.max


class Happening(StrEnum):
    """What bears on 時効 or extinguishes a claim."""

    DUNNED = "dunned"  # 督促: stays until ten days are past, then renews
    DEMANDED = "demanded"  # 催告: stays six months, once
    SEIZED = "seized"  # 差押 (`until`: the day it ended)
    PARTICIPATED = "participated"  # 交付要求 (`until`: the day it ended)
    ACKNOWLEDGED = "acknowledged"  # 承認: 一部納付, 納付誓約; renews
    GRACE = "grace"  # 徴収猶予・換価の猶予 (`until`): time stands still
    SUSPENDED = "suspended"  # 滞納処分の停止 (`until`: the day it was lifted): three years extinguish; 時効 goes on
    GIVEN_UP = "given_up"  # 停止と同時の消滅: 明らかに徴収不能
    NOT_ACKNOWLEDGED = "not_acknowledged"  # a part payment of that day that is no 承認 (第三者が知らずに納付)
    TAKEN_BACK = "taken_back"  # 記録の取消: what was recorded in error; does nothing, and what it stands in for neither
    EXTENDED = "extended"  # 期限の延長 (`until`: the new 納期限): five years and 延滞金 run from there
    OBJECTED = "objected"  # 審査請求 (`until`: its 裁決 or 取下げ): bears on 督促, not on 時効


class DeferralGround(StrEnum):
    """What a 猶予, 停止 or 延長 rests on: it decides how much 延滞金 is exempt (`domain.exemptions`)."""

    DISASTER = "disaster"  # 徴収の猶予: 災害・盗難・病気・負傷 or alike (法15条1項1号・2号・5号)
    BUSINESS = "business"  # 徴収の猶予: 事業の廃止・休止・著しい損失 or alike (法15条1項3号・4号・5号)
    LATE_ASSESSMENT = "late_assessment"  # 徴収の猶予: 一年以上経った後の確定 (法15条2項)
    CONVERSION = "conversion"  # 換価の猶予 (法15条の5, 15条の6)
    SUSPENSION = "suspension"  # 滞納処分の停止 (法15条の7第1項)
    EXTENSION = "extension"  # 期限の延長 (法20条の5の2)


BASIS = {
    Happening.DUNNED: "法18条の2第1項2号",
    Happening.DEMANDED: "法18条3項・民法150条",
    Happening.SEIZED: "法18条3項・民法148条",
    Happening.PARTICIPATED: "法18条の2第1項3号",
    Happening.ACKNOWLEDGED: "法18条3項・民法152条",
    Happening.GRACE: "法18条の2第4項",
    Happening.SUSPENDED: "法15条の7第4項",
    Happening.GIVEN_UP: "法15条の7第5項",
    Happening.OBJECTED: "法19条の7（徴収は続行する）",
    Happening.NOT_ACKNOWLEDGED: "民法152条",
    Happening.EXTENDED: "法20条の5の2",
    Happening.TAKEN_BACK: "記録の取消",
}


class StartingDay(StrEnum):
    """Which day the five years of a 期別 after the first are counted from; the sources leave it open.

    The 納税通知書 sets every 期別 a 期限 of its own, and 令6条の14 takes the same day, so it is the default.
    """

    INSTALLMENT = "installment"  # 各期の納期限
    STATUTORY = "statutory"  # 法定納期限


class ExtinctionCause(StrEnum):
    """Why a claim is extinguished without payment."""

    PRESCRIBED = "prescribed"  # 法18条
    SUSPENDED_THREE_YEARS = "suspended_three_years"  # 法15条の7第4項
    GIVEN_UP = "given_up"  # 法15条の7第5項


CAUSE_WORDS = {
    ExtinctionCause.PRESCRIBED: "時効（地方税法第18条第1項）",
    ExtinctionCause.SUSPENDED_THREE_YEARS: "滞納処分の停止3年継続（地方税法第15条の7第4項）",
    ExtinctionCause.GIVEN_UP: "即時消滅（地方税法第15条の7第5項）",
}


@dataclass(frozen=True, slots=True)
class PrescriptionEvent:
    """Something that happened on a day. `until`: the last day of what lasts, None while it goes on.

    `withdrawn`: a 差押 or 交付要求 that was taken back: it stays six months more and renews nothing (民法148条).
    `ground`: what a 猶予 rests on. `fact_on`: the day of the fact a 猶予 or 停止 was revoked for, where `until` is the
    day of the decision.
    """

    happening: Happening
    on: date
    until: date | None = None
    withdrawn: bool = False
    ground: DeferralGround | None = None
    fact_on: date | None = None

    def __post_init__(self) -> None:
        """Refuse an end before the beginning: `InvariantBroken`."""
        ensure(self.until is None or self.until >= self.on, "what lasts ends on the day it began or later")


@dataclass(frozen=True, slots=True)
class PrescriptionStep:
    """What an event did: the last day of the five years after it (None: stayed without an end), and by which rule.

    `too_late`: the claim was extinguished before; `without_effect`: a second 督促, a 催告 during the stay of another.
    """

    event: PrescriptionEvent
    basis: str
    last_day: date | None
    too_late: bool = False
    without_effect: bool = False


@dataclass(frozen=True, slots=True)
class Extinction:
    """When a claim ends without payment: `on` the first day nothing is owed (None: while a stay has no end), and why.

    `counted_from`: the day the first five years begin; `steps`: each event with what it did.
    """

    counted_from: date
    on: date | None
    cause: ExtinctionCause
    steps: tuple[PrescriptionStep, ...]

    def is_over(self, day: date) -> bool:
        """Whether the claim has ended by a day: nobody owes it any more."""
        return self.on is not None and self.on <= day


def starting_day(due_date: date, statutory_due_date: date, rule: StartingDay = StartingDay.INSTALLMENT) -> date:
    """First day of the five years: the day after the 納期限 or the 法定納期限, as the municipality reads the law."""
    return (due_date if rule is StartingDay.INSTALLMENT else statutory_due_date) + ONE_DAY


def with_part_payments(events: Iterable[PrescriptionEvent], paid_on: Iterable[date]) -> list[PrescriptionEvent]:
    """Add part payments to what happened: each is 承認 (民法152条), but where its day is recorded as none."""
    known = list(events)
    taken = {event.on for event in known if event.happening in (Happening.ACKNOWLEDGED, Happening.NOT_ACKNOWLEDGED)}
    return [*known, *(PrescriptionEvent(Happening.ACKNOWLEDGED, day) for day in sorted(set(paid_on) - taken))]


def extinction(counted_from: date, events: Iterable[PrescriptionEvent]) -> Extinction:
    """Tell when a claim is extinguished, going through what happened in the order of days."""
    clock = _Clock(counted_from)
    steps: list[PrescriptionStep] = []
    for event in sorted(events, key=lambda event: (event.on, event.happening.value)):
        if clock.ended_by(event.on):
            steps.append(PrescriptionStep(event, BASIS[event.happening], clock.shown(), too_late=True))
            continue
        effect = clock.take(event)
        steps.append(PrescriptionStep(event, BASIS[event.happening], clock.shown(), without_effect=not effect))
    on, cause = clock.end()
    return Extinction(counted_from, on, cause, tuple(steps))


class _Clock:
    """The five years as they run: begun on a day, stayed to a day, standing still for some, or cut short."""

    def __init__(self, first: date) -> None:
        self.first = first
        self.stayed_to = date.min
        self.still: list[Period] = []
        self.demand_to = date.min
        self.dunned = False
        self.cut: list[tuple[date, ExtinctionCause]] = []

    def last_day(self) -> date:
        """Last day on which the claim is owed as far as 時効 goes; `NEVER` while a stay has no end."""
        end = months_end(self.first, MONTHS_TO_PRESCRIBE)
        if any(period.last == NEVER for period in self.still):
            return NEVER
        return max(end + timedelta(days=_days_from(self.first, self.still)), self.stayed_to)

    def shown(self) -> date | None:
        last = self.last_day()
        return None if last == NEVER else last

    def end(self) -> tuple[date | None, ExtinctionCause]:
        last = self.shown()
        ends = [*self.cut] if last is None else [(last + ONE_DAY, ExtinctionCause.PRESCRIBED), *self.cut]
        return min(ends, key=lambda end: end[0]) if ends else (None, ExtinctionCause.PRESCRIBED)

    def ended_by(self, day: date) -> bool:
        on, _ = self.end()
        return on is not None and on <= day

    def take(self, event: PrescriptionEvent) -> bool:
        """Let an event work; say whether it did."""
        until = event.until or NEVER
        if event.happening is Happening.DUNNED:
            return self._take_dunning(event.on)
        if event.happening is Happening.DEMANDED:
            return self._take_demand(event.on)
        match event.happening:
            case Happening.SEIZED | Happening.PARTICIPATED:
                self._take_seizure(until, withdrawn=event.withdrawn)
            case Happening.ACKNOWLEDGED:
                self._renew(event.on + ONE_DAY)
            case Happening.GRACE:
                self.still.append(Period(event.on, until))
                self._stay(until)  # where 催告 alone still holds the end off, no days are left to stand still
            case Happening.SUSPENDED | Happening.GIVEN_UP:
                self._take_end(event, until)
            case Happening.EXTENDED:
                self._renew(min(until, NEVER - ONE_DAY) + ONE_DAY)
            case Happening.NOT_ACKNOWLEDGED | Happening.TAKEN_BACK | Happening.OBJECTED:
                return False  # the first takes the 承認 of its day out before the clock runs: `with_part_payments`
        return True

    def _take_end(self, event: PrescriptionEvent, until: date) -> None:
        if event.happening is Happening.GIVEN_UP:
            self.cut.append((event.on, ExtinctionCause.GIVEN_UP))
            return
        last = months_end(event.on + ONE_DAY, MONTHS_SUSPENDED)
        if until >= last:
            self.cut.append((last + ONE_DAY, ExtinctionCause.SUSPENDED_THREE_YEARS))

    def _take_dunning(self, on: date) -> bool:
        if self.dunned:
            return False
        self.dunned = True
        self._stay(pay_up_by(on))
        self._renew(pay_up_by(on) + ONE_DAY)
        return True

    def _take_demand(self, on: date) -> bool:
        if on <= self.demand_to:
            return False
        self.demand_to = months_end(on + ONE_DAY, MONTHS_OF_DEMAND)
        self._stay(self.demand_to)
        return True

    def _take_seizure(self, until: date, *, withdrawn: bool) -> None:
        if until == NEVER:
            self._stay(NEVER)
        elif withdrawn:
            self._stay(months_end(until + ONE_DAY, MONTHS_OF_DEMAND))
        else:
            self._stay(until)
            self._renew(until + ONE_DAY)

    def _stay(self, to: date) -> None:
        self.stayed_to = max(self.stayed_to, to)

    def _renew(self, first: date) -> None:
        self.first = max(self.first, first)


def _days_from(first: date, periods: Sequence[Period]) -> int:
    """Days of the periods from `first` on, each day once."""
    days, counted_to = 0, first - ONE_DAY
    for period in sorted(periods, key=lambda period: period.first):
        begin = max(period.first, counted_to + ONE_DAY)
        if period.last >= begin:
            days += (period.last - begin).days + 1
            counted_to = period.last
    return days


DAYS_TO_PAY = timedelta(days=10)  # 法331条1項1号


def pay_up_by(issued_on: date) -> date:
    """Day until which the payer can still settle: ten days past, counted with the day of sending (法331条1項1号).

    Sent on 1 October: 10 October is the tenth day, 11 October the day ten days are past.
    """
    return issued_on + DAYS_TO_PAY


def seizable_from(issued_on: date) -> date:
    """First day of a seizure: the day after `pay_up_by`. The reading of the law under which none is a day early."""
    return pay_up_by(issued_on) + timedelta(days=1)
