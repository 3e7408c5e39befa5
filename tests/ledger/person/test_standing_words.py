"""What a list of 期別 says of one that is late: 滞納, or what keeps collection off, and to which day."""

from __future__ import annotations

from datetime import date

import pytest

from kofu.ledger.books.domain.interest import ONE_DAY
from kofu.ledger.books.domain.prescription import (
    DeferralGround,
    Extinction,
    ExtinctionCause,
    Happening,
    PrescriptionEvent,
)
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


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (ExtinctionCause.PRESCRIBED, "時効により消滅（欠損前）"),
        (ExtinctionCause.SUSPENDED_THREE_YEARS, "執行停止により消滅（欠損前）"),
        (ExtinctionCause.GIVEN_UP, "執行停止により即時消滅（欠損前）"),
    ],
)
def test_what_is_extinguished_is_called_by_what_ended_it_and_is_no_part_of_what_is_owed(cause, words) -> None:
    """法18条, 15条の7第4項・第5項: nobody owes it any more, though it stands in the books until 不納欠損."""
    from kofu.ledger.person.web.views import YearLines, _line

    ended = Extinction(LATE, BEGINS, cause, ())
    gone = _line(late_claim(), BEGINS, None, (STOPPED,), ended)
    assert gone.standing == words
    before = _line(late_claim(), BEGINS - ONE_DAY, None, (), ended)
    assert before.standing == "滞納", "the twin: the day before it is owed"
    year = YearLines("", {"paid": 7}, [gone, before])
    assert year.due + year.extinguished == 2 * 25_000
    assert year.heading_sums == [("未納", 25_000), ("時効等により消滅（欠損前）", 25_000)]
    alone = YearLines("", {"paid": 7}, [gone])
    assert not alone.is_open, "nothing of it is to be paid"
    assert alone.heading_sums == [("時効等により消滅（欠損前）", 25_000)]
    assert YearLines("", {"paid": 7}, []).heading_sums == [("納付済", 7)]
