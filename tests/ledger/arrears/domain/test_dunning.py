"""督促: only after the day is closed, in time by the law, once, and nobody whose money is on its way."""

from __future__ import annotations

from datetime import date, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kofu.core.errors import OperatorFault
from kofu.ledger.arrears.domain.dunning import DunningCandidate, NotDunned, draw_list, look_again, send_by
from kofu.ledger.books.domain.interest import DuePart
from kofu.ledger.books.domain.prescription import pay_up_by, seizable_from
from kofu.ledger.payments.domain.closed_day import ClosedDay
from kofu.ledger.profile.domain.dunning_rules import DunningRules

DUE = date(2026, 6, 30)
CLOSED = ClosedDay("139998", date(2026, 7, 14))
SENT = date(2026, 7, 17)


RULES = DunningRules(timedelta(days=14))


def candidate(claim_id: int = 1, due: int = 25_000, **more) -> DunningCandidate:
    covered = more.pop("covered_to", CLOSED.day)
    due_date = more.pop("due_date", DUE)
    parts = more.pop("parts", (DuePart(due_date, due),) if due else ())
    return DunningCandidate(claim_id=claim_id, parts=parts, covered_to=covered, **more)


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
        (candidate(due=0), NotDunned.NOTHING_DUE),
        (candidate(special=True), NotDunned.SPECIAL_COLLECTION),
        (candidate(extinguished_on=date(2026, 7, 1)), NotDunned.EXTINGUISHED),
        (candidate(due_date=date(2026, 7, 14)), NotDunned.NOT_RECONCILED),
        (candidate(due_date=date(2026, 7, 1)), NotDunned.NOT_RECONCILED),
        (candidate(dunned_for=frozenset({DUE})), NotDunned.DUNNED),
        (candidate(grace_until=SENT), NotDunned.IN_GRACE),
        (candidate(advised=True), NotDunned.ADVISED),
        (candidate(covered_to=DUE - timedelta(days=1)), NotDunned.NOT_COVERED),
        (candidate(received=True), NotDunned.RECEIVED),
        (candidate(debit_asked=True), NotDunned.DEBIT_ASKED),
        (candidate(objected=True), NotDunned.OBJECTED),
    ],
)
def test_who_is_left_out_is_named_with_the_reason(who: DunningCandidate, why: NotDunned) -> None:
    found = draw_list([who], CLOSED, SENT, RULES)
    assert found.lines == ()
    assert found.left_out == ((1, why),)


def test_grace_that_is_over_protects_nobody() -> None:
    assert draw_list([candidate(grace_until=DUE)], CLOSED, SENT, RULES).total == 25_000


@pytest.mark.parametrize(
    ("closed", "covered_to", "left_out"),
    [
        (date(2026, 10, 13), date(2026, 10, 13), ((1, NotDunned.NOT_RECONCILED),)),
        (date(2026, 10, 14), date(2026, 9, 26), ((1, NotDunned.NOT_COVERED),)),
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
    listed = [(number, DUE) for number in (1, 2, 3, 4)]
    now = [candidate(1), candidate(2, advised=True), candidate(3, grace_until=SENT), candidate(9)]
    found = look_again(listed, now, CLOSED, SENT, RULES)
    assert [line.claim_id for line in found.lines] == [1]
    assert [(one.claim_id, one.why) for one in found.fallen] == [
        (2, NotDunned.ADVISED),
        (3, NotDunned.IN_GRACE),
        (4, NotDunned.NOTHING_DUE),
    ]


@given(st.lists(st.tuples(st.integers(-30, 30), st.integers(0, 9_000), st.booleans(), st.booleans())))
def test_everybody_is_on_the_list_or_left_out_and_nobody_who_paid_is_on_it(rows) -> None:
    candidates = [
        candidate(
            n,
            due,
            due_date=DUE + timedelta(days=days),
            advised=advised,
            dunned_for=frozenset({DUE + timedelta(days=days)} if dunned else ()),
        )
        for n, (days, due, advised, dunned) in enumerate(rows)
    ]
    found = draw_list(candidates, CLOSED, SENT, RULES)
    assert sorted([line.claim_id for line in found.lines] + [n for n, _ in found.left_out]) == list(range(len(rows)))
    for line in found.lines:
        who = candidates[line.claim_id]
        (part,) = who.parts
        assert part.amount > 0
        assert part.due_date < CLOSED.day
        assert not who.advised
        assert not who.dunned_for


MORE_DUE = date(2026, 11, 2)
GROWN = (DuePart(DUE, 30_000), DuePart(MORE_DUE, 8_000))
BOTH = frozenset({DUE, MORE_DUE})


@pytest.mark.parametrize(
    ("sent", "late"), [(date(2026, 11, 20), False), (date(2026, 11, 22), False), (date(2026, 11, 23), True)]
)
def test_an_increase_is_dunned_for_itself_within_twenty_days_of_its_own_due_date(sent, late) -> None:
    """法329条1項: 納期限後20日以内; the 納期限 of an 増額 is its own (法326条1項). The 期別 was dunned in July."""
    one = candidate(parts=GROWN, due_dates=BOTH, dunned_for=frozenset({DUE}), covered_to=date(2026, 11, 16))
    (line,) = draw_list([one], ClosedDay("139998", date(2026, 11, 16)), sent, RULES).lines
    assert (line.due_date, line.due, line.late) == (MORE_DUE, 8_000, late)


def test_what_was_first_assessed_is_dunned_while_money_for_its_increase_may_still_be_on_its_way() -> None:
    """青森市 2023-08 is of every 納期限: only that of 30 June is far enough behind on 10 November."""
    one = candidate(parts=GROWN, due_dates=BOTH, covered_to=date(2026, 11, 10))
    (line,) = draw_list([one], ClosedDay("139998", date(2026, 11, 10)), date(2026, 11, 12), RULES).lines
    assert (line.due_date, line.due) == (DUE, 30_000)


def test_a_letter_for_the_increase_is_none_for_what_comes_to_be_open_again_before_it() -> None:
    """A store took a payment back: what it had paid was never dunned."""
    closed = ClosedDay("139998", date(2026, 11, 30))
    one = candidate(
        parts=(DuePart(DUE, 30_000),), due_dates=BOTH, dunned_for=frozenset({MORE_DUE}), covered_to=closed.day
    )
    assert [line.due_date for line in draw_list([one], closed, closed.day, RULES).lines] == [DUE]


def test_a_letter_sent_for_an_extended_due_date_stands_when_the_extension_is_taken_back() -> None:
    one = candidate(due_dates=frozenset({DUE}), dunned_for=frozenset({date(2026, 7, 6)}))
    assert draw_list([one], CLOSED, SENT, RULES).left_out == ((1, NotDunned.DUNNED),)


@pytest.mark.parametrize(("sent", "late"), [(date(2026, 10, 20), False), (date(2026, 10, 21), True)])
def test_the_twenty_days_run_from_the_end_of_grace_before_which_none_could_be_sent(sent, late) -> None:
    """地方税法15条の2の3第1項: in 徴収の猶予 no 督促."""
    closed = ClosedDay("139998", date(2026, 10, 14))
    one = candidate(grace_until=date(2026, 9, 30), covered_to=closed.day)
    assert [line.late for line in draw_list([one], closed, sent, RULES).lines] == [late]
