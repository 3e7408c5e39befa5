"""督促: only after the day is closed, in time by the law, once, and nobody whose money is on its way."""

from __future__ import annotations

from datetime import date, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kofu.core.errors import OperatorFault
from kofu.ledger.domain.dunning import (
    Candidate,
    ClosedDay,
    DunningRules,
    LeftOut,
    draw_list,
    look_again,
    pay_up_by,
    seizable_from,
    send_by,
)

DUE = date(2026, 6, 30)
CLOSED = ClosedDay("139998", date(2026, 7, 14))
SENT = date(2026, 7, 17)


RULES = DunningRules(timedelta(days=14))


def candidate(claim_id: int = 1, due: int = 25_000, **more) -> Candidate:
    covered = more.pop("covered_to", CLOSED.day)
    return Candidate(claim_id=claim_id, due_date=more.pop("due_date", DUE), due=due, covered_to=covered, **more)


def test_it_is_in_time_until_the_twentieth_day_after_the_due_date() -> None:
    """法329条1項."""
    assert send_by(DUE) == date(2026, 7, 20)
    assert [line.late for line in draw_list([candidate()], CLOSED, date(2026, 7, 20), RULES).lines] == [False]


def test_a_late_one_is_sent_all_the_same_and_said_to_be_late() -> None:
    """徳島地判昭和30年12月27日: 訓示規定."""
    (line,) = draw_list([candidate()], CLOSED, date(2026, 7, 21), RULES).lines
    assert (line.claim_id, line.due, line.late) == (1, 25_000, True)


def test_ten_days_are_past_on_the_eleventh_day_and_a_seizure_comes_after_it() -> None:
    """法331条1項1号: 督促状を発した日から起算して10日を経過した日までに完納しないとき."""
    assert pay_up_by(date(2026, 10, 1)) == date(2026, 10, 11)
    assert seizable_from(date(2026, 10, 1)) == date(2026, 10, 12)


@pytest.mark.parametrize(
    ("who", "why"),
    [
        (candidate(due=0), LeftOut.NOTHING_DUE),
        (candidate(special=True), LeftOut.SPECIAL_COLLECTION),
        (candidate(extinguished_on=date(2026, 7, 1)), LeftOut.EXTINGUISHED),
        (candidate(due_date=date(2026, 7, 14)), LeftOut.NOT_RECONCILED),
        (candidate(due_date=date(2026, 7, 1)), LeftOut.NOT_RECONCILED),
        (candidate(dunned_on=date(2026, 7, 1)), LeftOut.DUNNED),
        (candidate(grace_until=SENT), LeftOut.IN_GRACE),
        (candidate(advised=True), LeftOut.ADVISED),
        (candidate(covered_to=DUE - timedelta(days=1)), LeftOut.NOT_COVERED),
        (candidate(received=True), LeftOut.RECEIVED),
        (candidate(debit_asked=True), LeftOut.DEBIT_ASKED),
        (candidate(objected=True), LeftOut.OBJECTED),
    ],
)
def test_who_is_left_out_is_named_with_the_reason(who: Candidate, why: LeftOut) -> None:
    found = draw_list([who], CLOSED, SENT, RULES)
    assert found.lines == ()
    assert found.left_out == ((1, why),)


def test_grace_that_is_over_protects_nobody() -> None:
    assert draw_list([candidate(grace_until=DUE)], CLOSED, SENT, RULES).total == 25_000


@pytest.mark.parametrize(
    ("closed", "covered_to", "left_out"),
    [
        (date(2026, 10, 13), date(2026, 10, 13), ((1, LeftOut.NOT_RECONCILED),)),
        (date(2026, 10, 14), date(2026, 9, 26), ((1, LeftOut.NOT_COVERED),)),
        (date(2026, 10, 14), date(2026, 9, 30), ()),
    ],
)
def test_what_was_paid_in_the_last_days_of_grace_is_waited_for_too(closed, covered_to, left_out) -> None:
    """青森市 2023-08: barcode payments of the last days in which one may pay reach the ledger after the list.

    猶予 or 延長 to 30 September: until then it may be paid (法15条, 20条の5の2).
    """
    one = candidate(grace_until=date(2026, 9, 30), covered_to=covered_to)
    assert draw_list([one], ClosedDay("139998", closed), date(2026, 10, 16), RULES).left_out == left_out


def test_a_municipality_that_has_all_payments_at_once_need_not_wait() -> None:
    soon = ClosedDay("139998", date(2026, 7, 1))
    assert draw_list([candidate()], soon, date(2026, 7, 2), RULES).lines == ()
    assert draw_list([candidate()], soon, date(2026, 7, 2), DunningRules(wait=timedelta(0))).total == 25_000


def test_a_list_is_not_sent_before_the_day_it_is_drawn_from() -> None:
    with pytest.raises(OperatorFault, match="2026-07-14"):
        draw_list([candidate()], CLOSED, date(2026, 7, 13), RULES)


def test_coverage_of_the_due_date_itself_is_enough() -> None:
    assert draw_list([candidate(covered_to=DUE)], CLOSED, SENT, RULES).total == 25_000


def test_at_the_approval_who_changed_falls_out_with_the_reason_and_the_others_stay() -> None:
    listed = [1, 2, 3, 4]
    now = [candidate(1), candidate(2, advised=True), candidate(3, grace_until=SENT), candidate(9)]
    found = look_again(listed, now, CLOSED, SENT, RULES)
    assert [line.claim_id for line in found.lines] == [1]
    assert dict(found.left_out) == {2: LeftOut.ADVISED, 3: LeftOut.IN_GRACE, 4: LeftOut.NOTHING_DUE}


@given(st.lists(st.tuples(st.integers(-30, 30), st.integers(0, 9_000), st.booleans(), st.booleans())))
def test_everybody_is_on_the_list_or_left_out_and_nobody_who_paid_is_on_it(rows) -> None:
    candidates = [
        candidate(n, due, due_date=DUE + timedelta(days=days), advised=advised, dunned_on=DUE if dunned else None)
        for n, (days, due, advised, dunned) in enumerate(rows)
    ]
    found = draw_list(candidates, CLOSED, SENT, RULES)
    assert sorted([line.claim_id for line in found.lines] + [n for n, _ in found.left_out]) == list(range(len(rows)))
    for line in found.lines:
        who = candidates[line.claim_id]
        assert who.due > 0
        assert who.due_date < CLOSED.day
        assert not who.advised
        assert who.dunned_on is None
