"""What two people put on record of a claim, how the claim ended, and what a refusal says."""

from __future__ import annotations

from datetime import date

import pytest
from tests.ledger.arrears.people_owing import CHIEF, CLERK

from kofu.core.errors import OperatorFault
from kofu.ledger.arrears import decide_claims
from kofu.ledger.arrears.events import on_record
from kofu.ledger.books import claim_terms
from kofu.ledger.books.domain.prescription import PrescriptionEvent

TODAY = date(2026, 11, 20)  # of CLERK.now


def decided(connection, claim_id: int, event: PrescriptionEvent) -> int:
    """Two people put an event on record; gives its number."""
    proposed = decide_claims.propose_event(connection, claim_id, event, reason="決定書", acting=CLERK)
    assert decide_claims.approve(connection, proposed.decision_id, acting=CHIEF) == 0
    return max(one.event_id for one in on_record(connection, claim_id))


def refused(act) -> str:
    with pytest.raises(OperatorFault) as fault:
        act()
    return fault.value.code


def ended(connection, claim_id: int):
    return claim_terms.extinctions(connection, [claim_id])[claim_id]
