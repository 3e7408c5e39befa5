"""What a list of 期別 says of one that is late: 滞納, or what keeps collection off, and to which day."""

from __future__ import annotations

from datetime import date

import pytest

from kofu.ledger.books.domain.prescription import DeferralGround, Happening, PrescriptionEvent
from kofu.ledger.person.page import ClaimLine

pytestmark = pytest.mark.usefixtures("ledger_screens")
LATE, BEGINS, ENDS = date(2026, 6, 30), date(2026, 9, 1), date(2027, 8, 31)
GRACE = PrescriptionEvent(Happening.GRACE, BEGINS, ENDS, ground=DeferralGround.DISASTER)
CONVERSION = PrescriptionEvent(Happening.GRACE, BEGINS, ENDS, ground=DeferralGround.CONVERSION)
STOPPED = PrescriptionEvent(Happening.SUSPENDED, BEGINS)
SEIZED = PrescriptionEvent(Happening.SEIZED, BEGINS)


def late_claim() -> ClaimLine:
    return ClaimLine(
        claim_id=1, tax="resident", fiscal_year=2026, origin_year=2026, collection_method="ordinary",
        notice_number="2600000011", plate_number="", installment="1", due_date=LATE, assessed=25_000, paid=0,
        waived=0, written_off=0, due=25_000, interest_assessed=0, interest_paid=0, interest_written_off=0,
        interest_due=0, settled_on=None,
    )  # fmt: skip


def says(*events: PrescriptionEvent, on: date = BEGINS) -> str:
    from kofu.ledger.person.web.views import _line

    return _line(late_claim(), on, None, events).standing


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (GRACE, "徴収猶予中（令和9.8.31（火）まで）"),
        (CONVERSION, "換価の猶予中（令和9.8.31（火）まで）"),
        (STOPPED, "執行停止中"),
        (SEIZED, "滞納"),
    ],
)
def test_a_claim_is_called_by_what_stands(event, words) -> None:
    assert says(event) == words


@pytest.mark.parametrize("on", [date(2026, 8, 31), date(2027, 9, 1)])
def test_before_and_after_its_grace_it_is_in_arrears(on) -> None:
    assert says(GRACE, on=on) == "滞納"


def test_a_grace_is_said_before_a_stop() -> None:
    assert says(STOPPED, GRACE).startswith("徴収猶予中")
