"""What a proposal on a claim rests on: read as a value of its kind, written with the keys the database has."""

from __future__ import annotations

from datetime import date

import msgspec
import pytest

from kofu.ledger.arrears.domain.proposals import DecisionKind
from kofu.ledger.arrears.proposal_basis import (
    EventEnd,
    ExtinctionBasis,
    KeptReallocation,
    RecordedEvent,
    WrongRecords,
    basis_from_json,
    basis_to_json,
)
from kofu.ledger.books.domain.prescription import DeferralGround, Happening, PrescriptionEvent

PAYMENT = "00000000-0000-0000-0000-000000000001"
#: `claim_decision.basis` of each kind, as it stands in the database.
KEPT = {
    DecisionKind.WRITE_OFF: [
        {"what": "counted_from", "day": "2019-07-01"},
        {"what": "dunned", "day": "2019-08-20", "basis": "法18条の2第1項1号", "last_day": "2024-08-30"},
        {"what": "suspended", "day": "2021-04-03", "basis": "法15条の7", "last_day": ""},
        {"what": "prescribed", "day": "2024-08-30"},
    ],
    DecisionKind.WAIVE_INTEREST: [],
    DecisionKind.EVENT: [
        {
            "happening": "grace",
            "on": "2026-02-01",
            "until": "2027-01-31",
            "withdrawn": False,
            "ground": "business",
            "fact_on": None,
        }
    ],
    DecisionKind.END_EVENT: [{"event": 4, "on": "2026-10-01", "withdrawn": False, "fact_on": ""}],
    DecisionKind.TAKE_BACK: [{"event": 4, "what": "seized", "on": "2026-02-01"}],
    DecisionKind.UNDO_WRITE_OFF: [
        {"event": 4, "what": "suspended", "on": "2023-02-01"},
        {"event": 5, "what": "given_up", "on": "2023-02-01"},
    ],
    DecisionKind.REALLOCATE: [
        {
            "moved": [
                {
                    "payment_id": PAYMENT,
                    "from_claim": 7,
                    "to_claim": 8,
                    "part": "principal",
                    "amount": 30000,
                    "effective_on": "2024-02-01",
                }
            ],
            "displaced": [{"payment_id": PAYMENT, "claim_id": 8, "amount": 1200}],
            "interest": [{"claim_id": 8, "before": 900, "after": 0}],
        }
    ],
}


@pytest.mark.parametrize("kind", DecisionKind)
def test_what_is_kept_is_read_as_a_value_and_written_as_it_was(kind: DecisionKind) -> None:
    basis = basis_from_json(kind, KEPT[kind])
    assert msgspec.json.decode(msgspec.json.encode(basis_to_json(basis))) == KEPT[kind]


def test_each_kind_is_a_value_of_its_own() -> None:
    def read(kind: DecisionKind) -> object:
        return basis_from_json(kind, KEPT[kind])

    event = read(DecisionKind.EVENT)
    assert event == PrescriptionEvent(
        Happening.GRACE, date(2026, 2, 1), date(2027, 1, 31), ground=DeferralGround.BUSINESS
    )
    assert read(DecisionKind.END_EVENT) == EventEnd(4, date(2026, 10, 1), withdrawn=False)
    assert read(DecisionKind.TAKE_BACK) == WrongRecords((RecordedEvent(4, Happening.SEIZED, date(2026, 2, 1)),))
    assert isinstance(read(DecisionKind.WRITE_OFF), ExtinctionBasis)
    assert isinstance(read(DecisionKind.REALLOCATE), KeptReallocation)


def test_what_was_kept_before_its_newer_keys_came_is_still_read() -> None:
    """Before the day of the fact and the ground of a 猶予 were kept."""
    end = basis_from_json(DecisionKind.END_EVENT, [{"event": 4, "on": "2026-10-01", "withdrawn": True}])
    assert end == EventEnd(4, date(2026, 10, 1), withdrawn=True)
    event = basis_from_json(DecisionKind.EVENT, [{"happening": "seized", "on": "2026-02-01"}])
    assert event == PrescriptionEvent(Happening.SEIZED, date(2026, 2, 1))


def test_a_basis_of_another_kind_is_refused_where_it_is_read() -> None:
    with pytest.raises(msgspec.ValidationError):
        basis_from_json(DecisionKind.END_EVENT, KEPT[DecisionKind.TAKE_BACK])
