"""What a case keeps: the JSON in the database is read as values and written as it was, key by key."""

from __future__ import annotations

import json
from datetime import date
from uuid import UUID

import msgspec
import pytest

from kofu.ledger.books.domain.posting import ClaimPart
from kofu.ledger.books.domain.rates import RateKind
from kofu.ledger.books.domain.refund_interest import RefundCause
from kofu.ledger.overpayments.domain.grounds import CauseOfExcess, ReductionGround
from kofu.ledger.overpayments.kept import causes_from_json, causes_to_json, plan_from_json, plan_to_json

PAYMENT = "00000000-0000-0000-0000-000000000001"
#: A plan as it stands in `refund_case.plan` of a case decided on 9 October 2026.
PLAN = {
    "open": [
        {
            "parts": [
                {
                    "until": None,
                    "amount": 40000,
                    "origin": {
                        "cause": "reassessment",
                        "paid_on": "2025-06-30",
                        "corrected_on": None,
                        "requested_on": None,
                        "income_tax_on": None,
                    },
                }
            ],
            "claim_id": 8,
            "payment_id": PAYMENT,
        }
    ],
    "added": [
        {
            "amount": 1100,
            "accrued": {"parts": [], "claim_id": 7, "payment_id": PAYMENT},
            "claim_id": 7,
            "calculation": {
                "sum": 1109,
                "amount": 1100,
                "exempt": [{"last": "2026-02-01", "basis": "", "first": "2026-01-01", "reason": None}],
                "segments": [
                    {
                        "base": 150000,
                        "days": 270,
                        "kind": "refund",
                        "last": "2026-10-09",
                        "rate": 10,
                        "first": "2026-01-13",
                        "amount": 1109,
                    }
                ],
            },
        }
    ],
    "applied": [
        {
            "part": "principal",
            "amount": 27000,
            "to_claim": 9,
            "from_claim": 7,
            "payment_id": PAYMENT,
            "effective_on": "2026-06-30",
            "from_refund_interest": True,
        }
    ],
    "refunds": [{"amount": 123000, "claim_id": 7, "interest": 1100, "payment_id": PAYMENT}],
}
CAUSES = [
    {
        "claim_id": 7,
        "cause": "income_tax",
        "ground": "income_tax_corrected",
        "requested_on": None,
        "corrected_on": None,
        "income_tax_on": "2026-09-01",
    },
    {
        "claim_id": 8,
        "cause": "reassessment",
        "ground": None,
        "requested_on": None,
        "corrected_on": None,
        "income_tax_on": None,
    },
]


def test_a_kept_plan_is_read_as_values_and_written_as_it_was() -> None:
    plan = plan_from_json(PLAN)
    (step,), (added,) = plan.applied, plan.added
    assert (step.payment_id, step.part, step.effective_on) == (UUID(PAYMENT), ClaimPart.PRINCIPAL, date(2026, 6, 30))
    assert (added.calculation.segments[0].kind, added.calculation.sum) == (RateKind.REFUND, 1109)
    assert plan.open[0].parts[0].origin.cause is RefundCause.REASSESSMENT
    assert json.loads(json.dumps(plan_to_json(plan))) == PLAN


def test_a_plan_kept_before_its_newer_keys_came_is_still_read() -> None:
    """Before 還付加算金 could be left open or appropriated, and before it was kept what it accrued on."""
    old = {key: value for key, value in PLAN.items() if key != "open"}
    old["applied"] = [{key: value for key, value in PLAN["applied"][0].items() if key != "from_refund_interest"}]
    old["added"] = [{key: value for key, value in PLAN["added"][0].items() if key != "accrued"}]
    plan = plan_from_json(old)
    assert (plan.open, plan.applied[0].from_refund_interest, plan.added[0].accrued) == ((), False, None)


def test_what_is_no_plan_is_refused_where_it_is_read() -> None:
    with pytest.raises(msgspec.ValidationError, match="amount"):
        plan_from_json({**PLAN, "refunds": [{**PLAN["refunds"][0], "amount": "much"}]})


def test_kept_causes_are_read_by_claim_and_written_as_they_were() -> None:
    causes = causes_from_json(CAUSES)
    assert causes[7] == CauseOfExcess(
        cause=RefundCause.INCOME_TAX, ground=ReductionGround.INCOME_TAX_CORRECTED, income_tax_on=date(2026, 9, 1)
    )
    assert causes_to_json(causes) == CAUSES
    assert causes_from_json([{"claim_id": 8, "cause": "reassessment"}]) == {8: causes[8]}


def test_two_plans_agree_where_only_days_and_interest_grew() -> None:
    later = {
        **PLAN,
        "applied": [{**PLAN["applied"][0], "effective_on": "2026-07-31"}],
        "refunds": [{**PLAN["refunds"][0], "interest": 1200}],
    }
    more = {**PLAN, "refunds": [{**PLAN["refunds"][0], "amount": 123001}]}
    agreed = plan_from_json(PLAN).amounts_and_places
    assert plan_from_json(later).amounts_and_places == agreed
    assert plan_from_json(more).amounts_and_places != agreed
