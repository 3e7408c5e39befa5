"""賦課証明情報: what a line does to what is certified of a person and year, decided against the version that stands.

A line states everything as it is after the change. Read again it changes nothing. The sums are those the receiver of
the feed asks for: a line that would make it refuse the whole feed is stopped here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from kofu.ledger.assessments.domain.assessments import AssessmentProblem

#: A cell of a statement: text, code, yen, count or flag.
StatedCell = str | int | bool
LEVIES = ("ward_income_levy", "ward_per_capita_levy", "metro_income_levy", "metro_per_capita_levy")
FOREST = "forest_environment_tax"


class StatementChange(StrEnum):
    """異動区分 of a line."""

    PUT = "put"  # 登録・更新
    REMOVE = "remove"  # 取消


class StatementOutcome(StrEnum):
    """What a line does."""

    NEW = "new"
    CORRECTED = "corrected"
    REMOVED = "removed"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One line of the file. `line` counts from 1 with the header; `cells` by the name of the contract's column.

    `transposed`: how many 外字 codes of its texts were put as characters.
    """

    line: int
    change: StatementChange
    addressee_number: str
    fiscal_year: int
    reason: str
    cells: Mapping[str, StatedCell]
    transposed: int = 0

    @property
    def place(self) -> tuple[str, int]:
        """The person and year it states."""
        return self.addressee_number, self.fiscal_year


@dataclass(frozen=True, slots=True)
class StandingStatement:
    """The version that stands: its number, whether it took the assessment away, and what it says."""

    version: int
    removed: bool
    cells: Mapping[str, StatedCell]


def sums_fault(line: StatementLine, deductions: tuple[str, ...]) -> AssessmentProblem | None:
    """Find what does not add up in a line: 所得控除合計, 年税額, and 非課税 with a tax. `deductions`: their columns."""
    if line.change is StatementChange.REMOVE:
        return None
    cells = line.cells
    if cells["deduction_total"] != sum(int(cells[name]) for name in deductions):
        return AssessmentProblem(line.line, "所得控除合計", "sum", "所得控除合計 is not the sum of the deductions")
    if cells["annual_tax"] != sum(int(cells[name]) for name in (*LEVIES, FOREST)):
        return AssessmentProblem(line.line, "年税額", "sum", "年税額 is not the sum of its parts")
    if cells["liability"] == "nontaxable" and cells["annual_tax"]:
        return AssessmentProblem(line.line, "課税非課税区分", "nontaxable_with_tax", "非課税 with an annual tax")
    return None


def decide(line: StatementLine, standing: StandingStatement | None) -> StatementOutcome | AssessmentProblem:
    """Decide what the line does to what stands (None: nothing was ever stated of this person and year)."""
    stands = standing is not None and not standing.removed
    if line.change is StatementChange.REMOVE:
        if standing is None:
            return AssessmentProblem(
                line.line, "宛名番号", "statement_unknown", "nothing is stated of this person and year"
            )
        outcome = StatementOutcome.REMOVED if stands else StatementOutcome.SAME
    elif standing is None or not stands:
        outcome = StatementOutcome.NEW
    else:
        outcome = StatementOutcome.SAME if dict(line.cells) == dict(standing.cells) else StatementOutcome.CORRECTED
    if outcome in (StatementOutcome.CORRECTED, StatementOutcome.REMOVED) and not line.reason:
        return AssessmentProblem(line.line, "異動事由", "required", "a change of what is certified names its reason")
    return outcome
