"""① 賦課情報の登録: what a line of an assessment file does to the ledger, decided against what is there.

A line states a notice *after* the change: every 期別 with its amount. What has to be posted is the difference to what
the ledger holds, so a line says the same however often it is read, and nothing is ever added twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kofu.ledger.domain.claims import Notice


class Change(StrEnum):
    """異動区分 of an assessment."""

    NEW = "new"  # 新規
    INCREASE = "increase"  # 増額更正
    REDUCE = "reduce"  # 減額更正
    CANCEL = "cancel"  # 賦課取消


@dataclass(frozen=True, slots=True)
class Part:
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
    parts: tuple[Part, ...]
    total: int
    effective_on: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """A notice as the ledger holds it: its facts, and per 期別 (claim id, yen assessed)."""

    notice: Notice
    parts: Mapping[str, tuple[int, int]]

    @property
    def total(self) -> int:
        """調定額計 now."""
        return sum(assessed for _, assessed in self.parts.values())


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a line cannot be posted: where it stands, which field, a stable code, and what to do about it."""

    line: int
    field: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a line posts: 期別 that come new, and (claim id, yen) by which others grow or shrink."""

    line: AssessmentLine
    opens: tuple[Part, ...]
    grows: tuple[tuple[int, int], ...]
    shrinks: tuple[tuple[int, int], ...]

    @property
    def moves(self) -> bool:
        """Whether anything has to be posted at all."""
        return bool(self.opens or self.grows or self.shrinks)


def plan(line: AssessmentLine, standing: Standing | None) -> Plan | Problem:
    """Decide what the line posts against the notice as it stands (None: unknown so far)."""
    fault = _form_fault(line) or (_fault_of_new(line) if standing is None else _fault_of_change(line, standing))
    if fault is not None:
        return Problem(line.line, *fault)
    known = standing.parts if standing is not None else {}
    opens = tuple(part for part in line.parts if part.installment not in known)
    differences = [
        (claim_id, _stated(line, installment) - assessed) for installment, (claim_id, assessed) in known.items()
    ]
    return Plan(
        line=line,
        opens=opens,
        grows=tuple((claim_id, amount) for claim_id, amount in differences if amount > 0),
        shrinks=tuple((claim_id, -amount) for claim_id, amount in differences if amount < 0),
    )


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


def _fault_of_new(line: AssessmentLine) -> _Fault | None:
    if line.change is not Change.NEW:
        return "通知書番号", "notice_unknown", "no notice of this number is in the ledger; only 新規 can bring one"
    return None


def _fault_of_change(line: AssessmentLine, standing: Standing) -> _Fault | None:
    for field, ours, theirs in (
        ("宛名番号", standing.notice.addressee_number, line.notice.addressee_number),
        ("税目", standing.notice.tax, line.notice.tax),
        ("課税年度", standing.notice.fiscal_year, line.notice.fiscal_year),
        ("相当年度", standing.notice.origin_year, line.notice.origin_year),
        ("徴収区分", standing.notice.collection_method, line.notice.collection_method),
    ):
        if ours != theirs:
            return field, "notice_differs", "the ledger holds this notice number with another value here"
    same = all(_stated(line, name) == assessed for name, (_, assessed) in standing.parts.items()) and all(
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
