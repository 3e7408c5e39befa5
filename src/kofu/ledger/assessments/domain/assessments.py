"""① 賦課情報の登録: what a line of an assessment file does to the ledger, decided against what is there.

A line states a notice *after* the change: every 期別 with its amount. What has to be posted is the difference to what
the ledger holds, so a line says the same however often it is read, and nothing is ever added twice.

A day that is no business day is read as the next one that is (法20条の5第2項). What an 増額 adds has the 納期限 the
line states, where that is later than the one the 期別 had: 延滞金 on it runs from there (法326条1項).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from kofu.core.calendar import next_business_day
from kofu.ledger.books.domain.claims import Notice
from kofu.ledger.books.domain.interest import DuePart, months_end

AMOUNT_UNIT = 100  # yen: 法20条の4の2第3項, 確定金額の端数計算
YEARS_BACK = 7  # 法17条の5: no assessment reaches further back


class Change(StrEnum):
    """異動区分 of an assessment."""

    NEW = "new"  # 新規
    INCREASE = "increase"  # 増額更正
    REDUCE = "reduce"  # 減額更正
    CANCEL = "cancel"  # 賦課取消


@dataclass(frozen=True, slots=True)
class InstallmentStated:
    """One 期別 as a line states it: label, 納期限, yen assessed after the change."""

    installment: str
    due_date: date
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentLine:
    """One line of the file. `line` counts from 1 with the header; `total` is 調定額計 after the change, in yen."""

    line: int
    change: Change
    notice: Notice
    parts: tuple[InstallmentStated, ...]
    total: int
    effective_on: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StandingPart:
    """A 期別 as the ledger holds it: claim id, yen assessed, the 納期限 of what was first assessed."""

    claim_id: int
    assessed: int
    due_date: date


@dataclass(frozen=True, slots=True)
class RecordedNotice:
    """A notice as the ledger holds it: its facts, and its 期別 by label."""

    notice: Notice
    parts: Mapping[str, StandingPart]

    @property
    def total(self) -> int:
        """調定額計 now."""
        return sum(part.assessed for part in self.parts.values())


@dataclass(frozen=True, slots=True)
class Growth:
    """Yen a 期別 grows by. `due_date`: the 納期限 of the increase, None where it is the 期別's own."""

    claim_id: int
    amount: int
    due_date: date | None = None


@dataclass(frozen=True, slots=True)
class AssessmentProblem:
    """Why a line cannot be posted: where it stands, which field, a stable code, and what to do about it."""

    line: int
    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class AssessmentPlan:
    """What a line posts: 期別 that come new, by what others grow, and (claim id, yen) by which others shrink."""

    line: AssessmentLine
    opens: tuple[InstallmentStated, ...]
    grows: tuple[Growth, ...]
    shrinks: tuple[tuple[int, int], ...]

    @property
    def moves(self) -> bool:
        """Whether anything has to be posted at all."""
        return bool(self.opens or self.grows or self.shrinks)


def plan(line: AssessmentLine, standing: RecordedNotice | None) -> AssessmentPlan | AssessmentProblem:
    """Decide what the line posts against the notice as it stands (None: unknown so far)."""
    line = on_business_days(line)
    fault = (
        _form_fault(line)
        or (_fault_of_new(line) if standing is None else _fault_of_change(line, standing))
        or _amount_fault(line, standing)
        or _year_fault(line)
        or _day_fault(line, standing)
    )
    if fault is not None:
        return AssessmentProblem(line.line, *fault)
    known = standing.parts if standing is not None else {}
    opens = tuple(part for part in line.parts if part.installment not in known)
    grown = [(part, known[part.installment]) for part in line.parts if part.installment in known]
    differences = [(part.claim_id, _stated(line, name) - part.assessed) for name, part in known.items()]
    return AssessmentPlan(
        line=line,
        opens=opens,
        grows=tuple(
            Growth(
                before.claim_id,
                part.amount - before.assessed,
                part.due_date if part.due_date > before.due_date else None,
            )
            for part, before in grown
            if part.amount > before.assessed
        ),
        shrinks=tuple((claim_id, -amount) for claim_id, amount in differences if amount < 0),
    )


def on_business_days(line: AssessmentLine) -> AssessmentLine:
    """Move the days of a line that are no business day on to the next one (法20条の5第2項)."""
    notice = line.notice
    return replace(
        line,
        notice=replace(notice, statutory_due_date=next_business_day(notice.statutory_due_date)),
        parts=tuple(replace(part, due_date=next_business_day(part.due_date)) for part in line.parts),
    )


def taken_back(increases: Sequence[DuePart], amount: int) -> tuple[DuePart, ...]:
    """Tell what a reduction by `amount` yen takes of 増額 that have days of their own: the latest day first."""
    taken = []
    for part in sorted(increases, key=lambda part: part.due_date, reverse=True):
        less = min(part.amount, amount)
        amount -= less
        if less:
            taken.append(DuePart(part.due_date, less))
    return tuple(taken)


def _stated(line: AssessmentLine, installment: str) -> int:
    """Yen the line states for a 期別; what it does not name any more is nothing."""
    return next((part.amount for part in line.parts if part.installment == installment), 0)


_Fault = tuple[str, str, str]


def _form_fault(line: AssessmentLine) -> _Fault | None:
    labels = [part.installment for part in line.parts]
    if len(set(labels)) != len(labels):
        return "期別", "installment_twice", "a 期別 stands twice in the line; the file must state each once"
    if any(part.amount < 0 for part in line.parts):
        return "期別調定額", "amount_negative", "an amount is below zero; a reduction is stated as the amount after it"
    if sum(part.amount for part in line.parts) != line.total:
        stated = sum(part.amount for part in line.parts)
        return "調定額計", "total_differs", f"the 期別 make {stated} yen, the line says {line.total}"
    if line.change is not Change.CANCEL and not line.parts:
        return "期別", "no_installments", "the line names no 期別; state them, or the amount to be split"
    return None


def _amount_fault(line: AssessmentLine, standing: RecordedNotice | None) -> _Fault | None:
    """Refuse what cannot be fixed as a tax: yen below 100, in what comes new or changes."""
    known = standing.parts if standing is not None else {}
    changed = [
        part for part in line.parts if part.installment not in known or known[part.installment].assessed != part.amount
    ]
    if any(part.amount % AMOUNT_UNIT for part in changed):
        return (
            "期別調定額",
            "amount_below_100",
            "an amount has yen below 100, which are cut off when a tax is fixed (法20条の4の2第3項); correct the line",
        )
    return None


def _year_fault(line: AssessmentLine) -> _Fault | None:
    """Refuse years that cannot be: 相当年度 after 課税年度 or further back than the law goes, a decision far off."""
    year, origin = line.notice.fiscal_year, line.notice.origin_year
    if not year - YEARS_BACK <= origin <= year:
        return "相当年度", "origin_year", f"相当年度 lies {YEARS_BACK} years back at most and not ahead (法17条の5)"
    if line.change is Change.NEW and not date(year - 1, 10, 1) <= line.effective_on <= date(year + 1, 5, 31):
        return "異動年月日", "decided_outside_year", f"decided outside fiscal year {year}; look at 課税年度 and the day"
    return None


def _day_fault(line: AssessmentLine, standing: RecordedNotice | None) -> _Fault | None:
    """Refuse 納期限 that cannot be: of what comes new outside its year, of what grows before it was decided."""
    year = line.notice.fiscal_year
    first, last = date(year, 4, 1), date(year + 1, 6, 30)
    known = standing.parts if standing is not None else {}
    late_change = line.change is not Change.NEW and line.effective_on > last
    until = months_end(line.effective_on, 12) if late_change else last
    for part in line.parts:
        before = known.get(part.installment)
        if before is None and part.amount and not first <= part.due_date <= until:
            return "納期限", "due_date_outside_year", f"a 納期限 lies outside {first} to {until}; correct the line"
        if before is None or part.amount <= before.assessed or line.effective_on <= before.due_date:
            continue
        if part.due_date <= line.effective_on:
            return (
                "納期限",
                "increase_needs_day",
                "増額 decided after the 納期限 of its 期別: state a 納期限 of the increase, after the decision",
            )
        if part.due_date > months_end(line.effective_on, 12):
            return "納期限", "due_date_outside_year", "an 増額 is due within a year of its decision; correct the line"
    return None


def _fault_of_new(line: AssessmentLine) -> _Fault | None:
    if line.change is not Change.NEW:
        return "通知書番号", "notice_unknown", "no notice of this number is in the ledger; only 新規 can bring one"
    return None


def _fault_of_change(line: AssessmentLine, standing: RecordedNotice) -> _Fault | None:
    for field, ours, theirs in (
        ("宛名番号", standing.notice.addressee_number, line.notice.addressee_number),
        ("税目", standing.notice.tax, line.notice.tax),
        ("課税年度", standing.notice.fiscal_year, line.notice.fiscal_year),
        ("相当年度", standing.notice.origin_year, line.notice.origin_year),
        ("徴収区分", standing.notice.collection_method, line.notice.collection_method),
    ):
        if ours != theirs:
            return field, "notice_differs", "the ledger holds this notice number with another value here"
    same = all(_stated(line, name) == part.assessed for name, part in standing.parts.items()) and all(
        part.installment in standing.parts for part in line.parts
    )
    if same:
        return None  # read again: nothing to post, whatever the change was called
    wrong: dict[Change, tuple[bool, _Fault]] = {
        Change.NEW: (
            True,
            ("異動区分", "notice_known", "the notice is in the ledger with other amounts; state 増額, 減額 or 取消"),
        ),
        Change.INCREASE: (
            line.total < standing.total,
            ("調定額計", "increase_is_less", f"増額 to {line.total} yen, but {standing.total} are assessed"),
        ),
        Change.REDUCE: (
            line.total > standing.total,
            ("調定額計", "reduction_is_more", f"減額 to {line.total} yen, but {standing.total} are assessed"),
        ),
        Change.CANCEL: (
            line.total != 0,
            ("調定額計", "cancel_leaves_amount", "取消 leaves nothing assessed; state 減額 for a part"),
        ),
    }
    is_wrong, fault = wrong[line.change]
    return fault if is_wrong else None
