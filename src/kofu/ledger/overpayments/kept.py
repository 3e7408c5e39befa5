"""What a case keeps of its causes and its plan, as values; read from and written to JSON here and nowhere else.

Keys and words in the database are those of the values. A key that came later has a default, so that what was kept
before it stays readable. Amounts are kept, not calculated again: the page of a case shows what was decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import msgspec

from kofu.ledger.books.domain.interest import Period
from kofu.ledger.books.domain.rates import RateKind
from kofu.ledger.books.domain.refund_interest import RefundCause
from kofu.ledger.overpayments.domain.grounds import CauseOfExcess, ReductionGround
from kofu.ledger.overpayments.domain.refunds import Applied, OpenInterest, RefundItem, RefundPlan


@dataclass(frozen=True, slots=True)
class KeptSegment:
    """A piece of a calculation of 還付加算金: one base in yen, one rate in per mille, both days included."""

    first: date
    last: date
    days: int
    base: int
    rate: int
    kind: RateKind
    amount: int


@dataclass(frozen=True, slots=True)
class KeptCalculation:
    """A calculation as it was decided: its pieces, their sum, and the yen after the last cuts. `exempt`: left out."""

    segments: tuple[KeptSegment, ...]
    sum: int
    amount: int
    exempt: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True)
class KeptInterest:
    """還付加算金 fixed at a claim, in yen. `accrued`: what it accrued on, None where that was not kept yet."""

    claim_id: int
    amount: int
    calculation: KeptCalculation
    accrued: OpenInterest | None = None


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """What a case does: 充当, 還付, the 還付加算金 that is fixed, and what is left open until the claim comes."""

    applied: tuple[Applied, ...]
    refunds: tuple[RefundItem, ...]
    added: tuple[KeptInterest, ...]
    open: tuple[OpenInterest, ...] = ()

    @property
    def amounts_and_places(self) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
        """What two plans must agree on: the days of 還付加算金 and of 充当 may grow until the decision."""
        applied: list[tuple[object, ...]] = [
            (step.payment_id, step.from_claim, step.to_claim, step.part, step.amount, step.from_refund_interest)
            for step in self.applied
        ]
        return applied, [(refund.payment_id, refund.claim_id, refund.amount) for refund in self.refunds]


class _CauseLine(msgspec.Struct, frozen=True):
    """A cause as it is kept: flat, beside the claim it is of."""

    claim_id: int
    cause: RefundCause
    ground: ReductionGround | None = None
    requested_on: date | None = None
    corrected_on: date | None = None
    income_tax_on: date | None = None


def kept_plan(plan: RefundPlan) -> KeptPlan:
    """Give a plan as it is kept."""
    return KeptPlan(
        applied=plan.applied,
        refunds=plan.refunds,
        added=tuple(
            KeptInterest(
                added.claim_id,
                added.amount,
                msgspec.convert(added.calculation.detail(), KeptCalculation),
                added.accrued,
            )
            for added in plan.added
        ),
        open=plan.open,
    )


def plan_to_json(plan: KeptPlan) -> object:
    """Give the JSON of a plan."""
    return msgspec.to_builtins(plan)


def plan_from_json(kept: object) -> KeptPlan:
    """Read a plan. Raises `msgspec.ValidationError` where what is kept is none."""
    return msgspec.convert(kept, KeptPlan)


def causes_to_json(causes: Mapping[int, CauseOfExcess]) -> object:
    """Give the JSON of causes by claim, in the order of the claims."""
    return msgspec.to_builtins(
        [
            _CauseLine(claim_id, why.cause, why.ground, why.requested_on, why.corrected_on, why.income_tax_on)
            for claim_id, why in sorted(causes.items())
        ]
    )


def causes_from_json(kept: object) -> dict[int, CauseOfExcess]:
    """Read causes by claim. Raises `msgspec.ValidationError` where what is kept are none."""
    return {
        line.claim_id: CauseOfExcess(
            cause=line.cause,
            ground=line.ground,
            requested_on=line.requested_on,
            corrected_on=line.corrected_on,
            income_tax_on=line.income_tax_on,
        )
        for line in msgspec.convert(kept, list[_CauseLine])
    }
