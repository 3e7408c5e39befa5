"""What a list of 期別 says of one that is late: 滞納, or what keeps collection off, and to which day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kofu.ledger.books.domain.claims import Claim, Notice, Tax
from kofu.ledger.books.domain.interest import Calculation
from kofu.ledger.books.domain.prescription import DeferralGround, Happening, PrescriptionEvent
from kofu.ledger.books.domain.quote import Quote
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


def test_what_is_extinguished_is_not_called_in_arrears_and_is_no_part_of_what_is_to_be_paid() -> None:
    """法18条: nobody owes it any more, though it stands in the books until 不納欠損.

    The page called it 滞納, and what was to be paid today was less than the sums beside it, without a word.
    """
    from kofu.ledger.person.web.views import _extinguished, _line

    notice = Notice(
        municipality_code="139998", notice_number="2600000011", addressee_number="1", tax=Tax.RESIDENT,
        fiscal_year=2026, origin_year=2026, collection_method="ordinary", statutory_due_date=LATE,
    )  # fmt: skip
    gone = Quote(
        Claim(claim_id=1, notice=notice, installment="1", due_date=LATE),
        BEGINS,
        0,
        0,
        Calculation(()),
        extinguished=True,
    )
    assert _line(late_claim(), BEGINS, gone, ()).standing == "時効消滅（欠損前）"
    assert _line(late_claim(), BEGINS, replace(gone, extinguished=False), ()).standing == "滞納"
    assert _extinguished([late_claim()], {1: gone}) == 25_000
    assert _extinguished([late_claim()], {1: replace(gone, extinguished=False)}) == 0
