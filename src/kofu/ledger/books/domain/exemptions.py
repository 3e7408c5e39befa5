"""延滞金の免除: which 猶予, 停止 and 延長 take how much off 延滞金, by a dated table of ground, share and law.

The share is of the days: all of 延滞金 (全部), or half of it (二分の一). Half of the 14.6 % of the law has become, by
附則3条の2第2項, what goes beyond the 猶予特例基準割合 of the year: on every day of the 猶予 延滞金 runs at that rate.

A 猶予 or 停止 that is revoked exempts until the day before the fact it was revoked for (法15条の9第1項ただし書), which
lies before the day of the decision.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.claims import payable_to
from kofu.ledger.books.domain.interest import ONE_DAY, DuePart, ExemptReason, Period
from kofu.ledger.books.domain.prescription import DeferralGround, Happening, PrescriptionEvent


class ExemptShare(StrEnum):
    """How much of the 延滞金 of the days is exempt."""

    WHOLE = "whole"  # 全部
    HALF = "half"  # 二分の一


@dataclass(frozen=True, slots=True)
class Exemption:
    """A row of the table. `since`: the first day of a 猶予 or 停止 it holds for."""

    ground: DeferralGround
    share: ExemptShare
    reason: ExemptReason
    law: str
    source: str
    since: date


_WATARI = "亘理町 町税延滞金減免取扱要綱 (令和7年告示第123号) 別表第1"
_OMACHI = "大町町 延滞金の免除及び減免 (平成26年規程第35号) 別表"
_TEXT = "地方税法20条の9の5第1項"
_AS_FAR_AS_RATES = date(1990, 1, 1)

#: What exempts, the later row of a ground first. Grounds without a row exempt nothing by law: 延滞金減免 is decided.
EXEMPTIONS = (
    Exemption(
        DeferralGround.DISASTER, ExemptShare.WHOLE, ExemptReason.GRACE, "法15条の9第1項（法15条1項1号・2号・5号）",
        f"{_WATARI}、{_OMACHI}", _AS_FAR_AS_RATES,
    ),
    Exemption(
        DeferralGround.SUSPENSION, ExemptShare.WHOLE, ExemptReason.SUSPENDED, "法15条の9第1項（法15条の7第1項）",
        f"{_WATARI}、{_OMACHI}", _AS_FAR_AS_RATES,
    ),
    Exemption(
        DeferralGround.BUSINESS, ExemptShare.HALF, ExemptReason.GRACE,
        "法15条の9（法15条1項3号・4号・5号）・附則3条の2第2項",
        f"{_WATARI}、{_OMACHI}", _AS_FAR_AS_RATES,
    ),
    Exemption(
        DeferralGround.LATE_ASSESSMENT, ExemptShare.HALF, ExemptReason.GRACE, "法15条の9（法15条2項）・附則3条の2第2項",
        f"{_WATARI}、{_OMACHI}", _AS_FAR_AS_RATES,
    ),
    Exemption(
        DeferralGround.CONVERSION, ExemptShare.HALF, ExemptReason.GRACE,
        "法15条の9（法15条の5・15条の6）・附則3条の2第2項",
        f"{_WATARI}、{_OMACHI}", _AS_FAR_AS_RATES,
    ),
    Exemption(
        DeferralGround.EXTENSION, ExemptShare.WHOLE, ExemptReason.EXTENDED, "法20条の9の5第1項（法20条の5の2）", _TEXT,
        _AS_FAR_AS_RATES,
    ),
)  # fmt: skip

#: Where a 猶予 was recorded without its ground: the least the law gives every 猶予.
_LEAST = DeferralGround.CONVERSION
_GROUND_OF = {
    Happening.SUSPENDED: DeferralGround.SUSPENSION,
    Happening.EXTENDED: DeferralGround.EXTENSION,
    Happening.GRACE: _LEAST,
}


@dataclass(frozen=True, slots=True)
class ClaimTerms:
    """What makes the 延滞金 of one 期別 its own: 増額 with days of their own, days that are exempt or in 猶予.

    `extended_to`: the latest day of its 期限の延長, None where it was not extended; it moves every 納期限 before it.
    """

    increases: tuple[DuePart, ...] = ()
    exempt: tuple[Period, ...] = ()
    in_grace: tuple[Period, ...] = ()
    extended_to: date | None = None

    def parts(self, due_date: date, assessed: int) -> tuple[DuePart, ...]:
        """Cut `assessed` yen into what was first assessed, due on `due_date`, and the 増額; empty parts are left out.

        Where less is assessed than the 増額 make together, the latest of them have gone first.
        """
        left, parts = assessed, []
        first = max(assessed - sum(part.amount for part in self.increases), 0)
        for due, amount in [(due_date, first), *((part.due_date, part.amount) for part in self.by_day)]:
            taken = min(amount, left)
            left -= taken
            if taken:
                parts.append(DuePart(payable_to(due, self.extended_to), taken))
        return tuple(sorted(_of_one_day(parts), key=lambda part: part.due_date))

    def unpaid_parts(self, due_date: date, assessed: int, unpaid: int) -> tuple[DuePart, ...]:
        """Cut what is unpaid of `assessed` yen by its 納期限, the earliest first: money went to these first.

        (民法488条4項: 弁済期 that comes first.)
        """
        parts: list[DuePart] = []
        for part in reversed(self.parts(due_date, assessed)):
            taken = min(part.amount, unpaid)
            unpaid -= taken
            if taken:
                parts.append(DuePart(part.due_date, taken))
        return tuple(reversed(parts))

    @property
    def by_day(self) -> tuple[DuePart, ...]:
        """The 増額, the earliest 納期限 first."""
        return tuple(sorted(self.increases, key=lambda part: part.due_date))

    def not_yet_due(self, due_date: date, assessed: int, on: date) -> int:
        """Yen of `assessed` whose 納期限 is `on` or later: they cannot be in arrears yet."""
        return sum(part.amount for part in self.parts(due_date, assessed) if part.due_date >= on)


def _of_one_day(parts: Iterable[DuePart]) -> list[DuePart]:
    """Put parts together that an extension gave one 納期限."""
    days: dict[date, int] = {}
    for part in parts:
        days[part.due_date] = days.get(part.due_date, 0) + part.amount
    return [DuePart(day, amount) for day, amount in days.items()]


def rule_for(event: PrescriptionEvent) -> Exemption | None:
    """Give the row of the table a 猶予, 停止 or 延長 exempts by; None for what exempts nothing.

    Raises `OperatorFault` `exemption_unknown` where the table has no row for its day.
    """
    if event.happening not in _GROUND_OF:
        return None
    ground = event.ground or _GROUND_OF[event.happening]
    for row in EXEMPTIONS:
        if row.ground is ground and row.since <= event.on:
            return row
    raise OperatorFault(
        "exemption_unknown", f"the table of exemptions has no row for {ground.value} on {event.on}; record 延滞金減免"
    )


def terms_of(events: Iterable[PrescriptionEvent], increases: Iterable[DuePart] = ()) -> ClaimTerms:
    """Give the terms of a 期別 from what happened to it. Raises `OperatorFault` `exemption_unknown`."""
    exempt: list[Period] = []
    in_grace: list[Period] = []
    extended_to: date | None = None
    for event in events:
        rule = rule_for(event)
        if rule is None:
            continue
        last = event.until or date.max
        if event.fact_on is not None:
            last = min(last, event.fact_on - ONE_DAY)
        if last < event.on:
            continue
        period = Period(event.on, last, rule.reason, rule.law)
        if rule.ground is DeferralGround.EXTENSION and event.until is not None:
            extended_to = max(extended_to or event.until, event.until)
        (exempt if rule.share is ExemptShare.WHOLE else in_grace).append(period)
    return ClaimTerms(tuple(increases), tuple(exempt), tuple(in_grace), extended_to)
