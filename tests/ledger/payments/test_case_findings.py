"""What a 領収日順の事案 keeps of what was found: read as values, written with the keys and words the database has."""

from __future__ import annotations

import json
from uuid import UUID

import msgspec
import pytest

from kofu.ledger.payments.case_findings import (
    CaseFindings,
    ClaimFinding,
    MoneyThatLeft,
    findings_from_json,
    findings_to_json,
    left_to_json,
)

PAYMENT = "00000000-0000-0000-0000-000000000001"
#: `receipt_case.found` as it stands in the database: of 7 money waits, of 8 some has left.
FOUND = {
    "claims": [
        {
            "claim_id": 7,
            "due": 0,
            "interest_due": 0,
            "due_now": None,
            "interest_due_now": None,
            "written_off": 27000,
        },
        {
            "claim_id": 8,
            "due": 1000,
            "interest_due": 200,
            "due_now": 0,
            "interest_due_now": 0,
            "written_off": 0,
        },
    ],
    "left": [{"payment_id": PAYMENT, "claim_id": 8, "amount": 1000}],
}


def test_what_a_case_keeps_is_read_as_values_and_written_as_it_was() -> None:
    found = findings_from_json(FOUND)
    assert found == CaseFindings(
        claims=(
            ClaimFinding(7, due=0, interest_due=0, due_now=None, interest_due_now=None, written_off=27000),
            ClaimFinding(8, due=1000, interest_due=200, due_now=0, interest_due_now=0, written_off=0),
        ),
        left=(MoneyThatLeft(UUID(PAYMENT), claim_id=8, amount=1000),),
    )
    assert json.loads(json.dumps(findings_to_json(found))) == FOUND


def test_what_has_left_is_written_as_it_stands_in_a_case_so_that_a_kept_one_is_found_again() -> None:
    assert json.loads(json.dumps(left_to_json(findings_from_json(FOUND)))) == FOUND["left"]


def test_what_is_none_of_it_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="due"):
        findings_from_json({"claims": [{"claim_id": 7}], "left": []})
