"""Compare the centre's month with the ward's own journal, to the yen and the sheet.

Every difference has an amount, so that the sums of both sides and the differences between them always add up:
centre = ward + differences. Nothing is rounded and nothing is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

UNKNOWN = "unknown"
REFUND = "refund"


class StatementFinding(StrEnum):
    """What does not fit."""

    NOT_KNOWN_HERE = "not_known_here"  # the centre counts a request this ward never had
    NOT_REPORTED_HERE = "not_reported_here"  # the ward has no such print result
    OTHER_OUTCOME_HERE = "other_outcome_here"  # the ward was told another end
    AMOUNTS_DIFFER = "amounts_differ"  # copies, sheets or yen
    FEE_DIFFERS = "fee_differs"  # the centre went by another fee for a copy
    NOT_IN_STATEMENT = "not_in_statement"  # the ward has a result of this month the centre does not count
    COUNTED_TWICE = "counted_twice"  # two entries of the same result
    REFUND_OF_NOTHING = "refund_of_nothing"  # given back although nothing was paid here, or more than was


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """Copies, sheets of paper, yen."""

    copies: int = 0
    sheets: int = 0
    yen: int = 0

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(copies=self.copies + other.copies, sheets=self.sheets + other.sheets, yen=self.yen + other.yen)

    def __sub__(self, other: Amounts) -> Amounts:
        return Amounts(copies=self.copies - other.copies, sheets=self.sheets - other.sheets, yen=self.yen - other.yen)


NOTHING = Amounts()


@dataclass(frozen=True, slots=True, kw_only=True)
class CenterEntry:
    """One entry of the statement. A refund has negative yen."""

    request_id: str
    outcome: str
    amounts: Amounts
    fee_per_copy: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WardReport:
    """One print result the ward took. `in_month`: it belongs to the month compared."""

    outcome: str
    amounts: Amounts
    in_month: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WardRequest:
    """What the ward knows of a request: its numbers (発行番号), its fee, the print results it took."""

    numbers: tuple[str, ...]
    fee_per_copy: int
    reports: tuple[WardReport, ...]

    @property
    def paid(self) -> int:
        """Yen paid, by the last result."""
        return self.reports[-1].amounts.yen if self.reports else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementDifference:
    """What does not fit, of which request and numbers; `amounts` is the centre's less the ward's."""

    finding: StatementFinding
    request_id: str
    numbers: tuple[str, ...]
    amounts: Amounts


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementComparison:
    """Both sides' sums of print results, the refunds in yen, what does not fit, and what nobody knows yet."""

    center: Amounts
    ward: Amounts
    refunded: int
    differences: tuple[StatementDifference, ...]
    unknown: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def agrees(self) -> bool:
        """Whether nothing differs. What is unknown at both ends is no difference, but stays a case."""
        return not self.differences


def compare(entries: Iterable[CenterEntry], requests: Mapping[str, WardRequest]) -> StatementComparison:
    """Compare the entries of a month with every request they name and every request the ward counts in that month."""
    center = NOTHING
    refunds: dict[str, int] = {}
    seen: set[tuple[str, str]] = set()
    differences: list[StatementDifference] = []
    unknown: list[tuple[str, tuple[str, ...]]] = []
    for entry in entries:
        known = requests.get(entry.request_id)
        numbers = known.numbers if known else ()
        if entry.outcome == REFUND:
            refunds[entry.request_id] = refunds.get(entry.request_id, 0) - entry.amounts.yen
            continue
        center += entry.amounts
        difference = _difference(entry, known, seen)
        seen.add((entry.request_id, entry.outcome))
        if difference is not None:
            finding, amounts = difference
            differences.append(
                StatementDifference(finding=finding, request_id=entry.request_id, numbers=numbers, amounts=amounts)
            )
        if entry.outcome == UNKNOWN and known is not None and not _definite(known):
            unknown.append((entry.request_id, numbers))
    ward = NOTHING
    for request_id, request in requests.items():
        for report in request.reports:
            if not report.in_month:
                continue
            ward += report.amounts
            if (request_id, report.outcome) not in seen and report.outcome != UNKNOWN:
                missing = NOTHING - report.amounts
                differences.append(
                    StatementDifference(
                        finding=StatementFinding.NOT_IN_STATEMENT,
                        request_id=request_id,
                        numbers=request.numbers,
                        amounts=missing,
                    )
                )
    differences += _refunds_of_nothing(refunds, requests)
    return StatementComparison(
        center=center,
        ward=ward,
        refunded=sum(refunds.values()),
        differences=tuple(differences),
        unknown=tuple(unknown),
    )


def _difference(
    entry: CenterEntry, known: WardRequest | None, seen: set[tuple[str, str]]
) -> tuple[StatementFinding, Amounts] | None:
    if (entry.request_id, entry.outcome) in seen:
        return StatementFinding.COUNTED_TWICE, entry.amounts
    if known is None:
        return StatementFinding.NOT_KNOWN_HERE, entry.amounts
    there = next((report for report in known.reports if report.outcome == entry.outcome), None)
    if there is None and entry.outcome == UNKNOWN:
        return None  # the ward may have found out first that no word came
    if there is None:
        return (
            StatementFinding.OTHER_OUTCOME_HERE if known.reports else StatementFinding.NOT_REPORTED_HERE
        ), entry.amounts
    return _figures_apart(entry, there, known)


def _figures_apart(
    entry: CenterEntry, there: WardReport, known: WardRequest
) -> tuple[StatementFinding, Amounts] | None:
    apart = entry.amounts - (there.amounts if there.in_month else NOTHING)
    if apart != NOTHING:
        return StatementFinding.AMOUNTS_DIFFER, apart
    if entry.fee_per_copy != known.fee_per_copy:
        return StatementFinding.FEE_DIFFERS, NOTHING
    return None


def _refunds_of_nothing(refunds: Mapping[str, int], requests: Mapping[str, WardRequest]) -> list[StatementDifference]:
    found = []
    for request_id, yen in refunds.items():
        known = requests.get(request_id)
        if known is None or yen > known.paid:
            found.append(
                StatementDifference(
                    finding=StatementFinding.REFUND_OF_NOTHING,
                    request_id=request_id,
                    numbers=known.numbers if known else (),
                    amounts=NOTHING,
                )
            )
    return found


def _definite(request: WardRequest) -> bool:
    return any(report.outcome != UNKNOWN for report in request.reports)
