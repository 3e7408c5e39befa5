"""The plan of a case as its page shows it: each place by its name, each rate in per cent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial

from kofu.ledger.overpayments.read import CasePage
from kofu.ledger.overpayments.web.words import CAUSE_WORDS, GROUND_WORDS, PARTS
from kofu.staff.templatetags.staff import fiscal_year


@dataclass(frozen=True, slots=True)
class AppliedRow:
    """充当 of the case, yen from one claim to another."""

    source: str
    target: str
    part: str
    effective_on: date
    amount: int
    from_refund_interest: bool


@dataclass(frozen=True, slots=True)
class RefundRow:
    """還付 of the case, and the 還付加算金 paid with it, in yen."""

    source: str
    amount: int
    interest: int


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A piece of the calculation of 還付加算金. `percent`: the rate of a year."""

    first: date
    last: date
    days: int
    base: int
    percent: str
    amount: int


@dataclass(frozen=True, slots=True)
class InterestRow:
    """還付加算金 at a claim, in yen: the sum of the pieces, and what is left of it after the last cuts."""

    source: str
    sum: int
    amount: int
    segments: tuple[SegmentRow, ...]


@dataclass(frozen=True, slots=True)
class CauseRow:
    """発生事由 at a claim. `ground`: what caused the 減額, "" where nobody said."""

    place: str
    cause: str
    ground: str


@dataclass(frozen=True, slots=True)
class PlanRows:
    """Everything a case does, and why."""

    applied: tuple[AppliedRow, ...]
    refunds: tuple[RefundRow, ...]
    added: tuple[InterestRow, ...]
    causes: tuple[CauseRow, ...]


def plan_rows(found: CasePage) -> PlanRows:
    """Give the plan of a case as it is shown."""
    plan, place = found.plan, partial(found.place, year_label=fiscal_year)
    return PlanRows(
        applied=tuple(
            AppliedRow(
                source=place(step.from_claim),
                target=place(step.to_claim),
                part=PARTS[step.part],
                effective_on=step.effective_on,
                amount=step.amount,
                from_refund_interest=step.from_refund_interest,
            )
            for step in plan.applied
        ),
        refunds=tuple(RefundRow(place(one.claim_id), one.amount, one.interest) for one in plan.refunds),
        added=tuple(
            InterestRow(
                source=place(line.claim_id),
                sum=line.calculation.sum,
                amount=line.amount,
                segments=tuple(
                    SegmentRow(one.first, one.last, one.days, one.base, f"{one.rate / 10:.1f}", one.amount)
                    for one in line.calculation.segments
                ),
            )
            for line in plan.added
        ),
        causes=tuple(
            CauseRow(
                place(claim_id),
                CAUSE_WORDS[why.cause],
                GROUND_WORDS[why.ground] if why.ground else "",
            )
            for claim_id, why in found.causes.items()
        ),
    )
