"""What stands against the order of receipt: nothing is undone in silence, two people decide, and there is a way on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import psycopg
import pytest
from tests.ledger.year_of_four import RULES, WARD, Year, a_year, by

from kofu.core.errors import OperatorFault
from kofu.ledger.arrears import reallocate
from kofu.ledger.books.claim_terms import extinctions
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Channel, Payment
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.overpayments import refund, revoke
from kofu.ledger.payments import decide_receipt_cases as cases
from kofu.ledger.payments import suspense
from kofu.ledger.payments.domain.receipt_cases import ANSWERS, ReceiptCaseAnswer

pytestmark = pytest.mark.storage

LAPSED = {"1": date(2020, 6, 30)}
WRITTEN_OFF = date(2025, 9, 1)
TODAY = date(2025, 9, 20)
CLERK, CHIEF = by("clerk", TODAY), by("chief", TODAY)


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened
        report = verify_ledger(opened, every_step=True)
        assert report.holds, report.differences


def lapsed(connection: psycopg.Connection, paid_on: date, amount: int = 25_000) -> tuple[Year, Payment]:
    """A claim due in 2020, written off on 1 September 2025 (法18条), and a payment for it that arrives after that."""
    year = a_year(connection, [25_000], number="20200000001", dues=LAPSED)
    year.post(WRITTEN_OFF, lambda books: (posting.write_off(books, year.claim("1"), WRITTEN_OFF, reason="18条"),))
    slip = year.slip("1", paid_on, amount)
    year.arrive(date(2025, 9, 10), slip)
    return year, slip


def test_paid_before_the_claim_lapsed_the_money_waits_and_two_people_reverse_the_write_off(connection) -> None:
    """B4. 民法・法18条: a payment before the five years are over is valid, whenever it reaches us."""
    year, slip = lapsed(connection, date(2025, 6, 29))
    assert year.books().claims[year.claim("1")].written_off == 25_000
    assert suspense.load_suspended(connection, slip.payment_id).reason == "before_write_off"
    (case,) = cases.list_cases(connection, WARD)
    assert (case.obstacle, case.payment_id, case.state) == ("written_off", slip.payment_id, "open")
    cases.propose(connection, case.id, ReceiptCaseAnswer.REVERSE, reason="領収日が時効の完成前", acting=CLERK)
    with pytest.raises(OperatorFault, match="second_person_needed"):
        cases.approve(connection, case.id, rules=RULES, acting=CLERK)
    cases.approve(connection, case.id, rules=RULES, acting=CHIEF)
    claim = year.books().claims[year.claim("1")]
    assert (claim.due, claim.written_off, claim.paid, claim.interest_due) == (0, 0, 25_000, 0)
    assert claim.settled_on is not None
    assert year.owed_back() == 0
    assert cases.list_cases(connection, WARD) == []
    reversed_ = connection.execute(
        "SELECT booked_on, detail -> 'cause' ->> 'why' FROM entry WHERE kind = 'write_off_reversed'"
    ).fetchall()
    assert reversed_ == [(TODAY, "write_off_reversed")]


def test_paid_after_the_claim_lapsed_it_is_in_error_at_once(connection) -> None:
    """Twin of B4. 法18条: nobody has to plead the five years; the first day nothing is owed is 1 July 2025."""
    year, slip = lapsed(connection, date(2025, 7, 1))
    assert year.share(slip, "1").in_error == 25_000
    assert cases.list_cases(connection, WARD) == []


def test_the_write_off_can_stand_by_decision_and_the_money_is_then_in_error(connection) -> None:
    year, slip = lapsed(connection, date(2025, 6, 29))
    (case,) = cases.list_cases(connection, WARD)
    cases.propose(connection, case.id, ReceiptCaseAnswer.REVERSE, reason="領収日", acting=CLERK)
    cases.decline(connection, case.id, acting=CHIEF)
    cases.propose(connection, case.id, ReceiptCaseAnswer.IN_ERROR, reason="限定承認により消滅", acting=CLERK)
    cases.approve(connection, case.id, rules=RULES, acting=CHIEF)
    assert year.share(slip, "1").in_error == 25_000
    assert year.books().claims[year.claim("1")].written_off == 25_000


def test_a_part_payment_before_the_claim_lapsed_renewed_it_and_the_rest_is_due_again(connection) -> None:
    """B4 with E3. 民法152条: a part payment is 承認: five years from 30 June 2025, nothing had lapsed by then."""
    year, slip = lapsed(connection, date(2025, 6, 29), 10_000)
    (case,) = cases.list_cases(connection, WARD)
    cases.propose(connection, case.id, ReceiptCaseAnswer.REVERSE, reason="領収日が時効の完成前", acting=CLERK)
    cases.approve(connection, case.id, rules=RULES, acting=CHIEF)
    claim = year.books().claims[year.claim("1")]
    assert (year.share(slip, "1").principal, claim.due, claim.written_off) == (10_000, 15_000, 0)
    assert extinctions(connection, [claim.claim_id])[claim.claim_id].on == date(2030, 6, 30)


def test_what_two_people_gave_up_by_limited_acceptance_stays_given_up_for_the_rest(connection) -> None:
    """Sister: 限定承認 rests on no 時効, so the part payment before it renews nothing of it."""
    year = a_year(connection, [25_000], number="20230000001", dues={"1": date(2023, 6, 30)})
    year.post(WRITTEN_OFF, lambda books: (posting.write_off(books, year.claim("1"), WRITTEN_OFF, reason="限定承認"),))
    slip = year.slip("1", date(2025, 6, 29), 10_000)
    year.arrive(date(2025, 9, 10), slip)
    (case,) = cases.list_cases(connection, WARD)
    cases.propose(connection, case.id, ReceiptCaseAnswer.REVERSE, reason="領収日が欠損の前", acting=CLERK)
    cases.approve(connection, case.id, rules=RULES, acting=CHIEF)
    claim = year.books().claims[year.claim("1")]
    assert (year.share(slip, "1").principal, claim.due, claim.written_off) == (10_000, 0, 15_000)


def test_money_that_waited_and_was_sent_back_leaves_no_case(connection) -> None:
    _, slip = lapsed(connection, date(2025, 6, 29))
    suspense.send_back(connection, slip.payment_id, reason="組戻し", acting=CLERK)
    assert cases.list_cases(connection, WARD) == []


def test_what_is_in_suspense_goes_the_way_of_money_that_comes_directly(connection) -> None:
    """E4. 法18条: 仮受金 assigned to a claim that lapsed is 誤納, and raises no 延滞金."""
    year = a_year(connection, [25_000], number="20200000001", dues=LAPSED)
    nobody = year.slip("9", date(2025, 8, 1), 25_000)
    year.arrive(date(2025, 8, 10), nobody)
    suspense.assign(
        connection,
        nobody.payment_id,
        notice_number=year.number,
        installment="1",
        rules=RULES,
        reason="判明",
        acting=CLERK,
    )
    assert year.share(nobody, "1").in_error == 25_000
    assert (year.dues(), year.interest()) == ([25_000], [0])


def test_what_is_assigned_takes_its_place_in_the_order_of_receipt(connection) -> None:
    """E4: the 仮受金 was paid in time, and what was paid after it is owed back."""
    year = a_year(connection, [500_000])
    nobody = year.slip("9", date(2026, 6, 29), 500_000)
    again = year.slip("1", date(2026, 10, 31), 500_000)
    year.arrive(date(2026, 11, 4), nobody, again)
    acting = by("clerk", date(2026, 11, 10))
    suspense.assign(
        connection,
        nobody.payment_id,
        notice_number=year.number,
        installment="1",
        rules=RULES,
        reason="判明",
        acting=acting,
    )
    assert (year.dues(), year.interest()) == ([0], [0])
    assert (year.share(nobody, "1").principal, year.share(again, "1").in_error) == (500_000, 500_000)


def test_a_payment_that_is_taken_out_gives_its_place_to_the_copy_behind_it(connection) -> None:
    """収納取消 that comes late: as if the payment had never been there."""
    year = a_year(connection, [25_000])
    first, copy = year.slip("1", date(2026, 6, 10), 25_000), year.slip("1", date(2026, 6, 20), 25_000)
    year.arrive(date(2026, 6, 25), first, copy)
    proposed = suspense.propose_correction(
        connection, first.payment_id, reason="不渡り", acting=by("a", date(2026, 7, 1))
    )
    suspense.decide_correction(connection, proposed, approve=True, rules=RULES, acting=by("b", date(2026, 7, 1)))
    assert year.dues() == [0]
    assert (year.share(copy, "1").principal, year.owed_back()) == (25_000, 0)
    assert year.books().claims[year.claim("1")].settled_on == date(2026, 6, 20)


def refund_of(connection: psycopg.Connection, person: str, on: date) -> str:
    """Decide a refund of everything owed back to a person."""
    case_id = refund.propose(connection, WARD, person, causes={}, rules=RULES, acting=by("a", on))
    refund.approve(connection, case_id, rules=RULES, acting=by("b", on))
    return case_id


def test_a_refund_of_money_that_would_settle_a_claim_now_opens_a_case_and_stays(connection) -> None:
    """The copy was decided to be refunded; then the first payment was taken out. The claim is due, and it is said."""
    year = a_year(connection, [25_000])
    first, copy = year.slip("1", date(2026, 6, 10), 25_000), year.slip("1", date(2026, 6, 20), 25_000)
    year.arrive(date(2026, 6, 25), first, copy)
    refund_id = refund_of(connection, "1", date(2026, 7, 1))
    proposed = suspense.propose_correction(
        connection, first.payment_id, reason="不渡り", acting=by("a", date(2026, 7, 2))
    )
    suspense.decide_correction(connection, proposed, approve=True, rules=RULES, acting=by("b", date(2026, 7, 2)))
    assert year.dues() == [25_000]
    assert year.share(copy, "1").refundable == 25_000
    (case,) = cases.list_cases(connection, WARD)
    assert case.obstacle == "refund"
    assert [(claim.due, claim.due_now) for claim in case.found.claims] == [(0, 25_000)]
    assert [money.amount for money in case.found.left] == [25_000]
    cases.propose(connection, case.id, ReceiptCaseAnswer.ANEW, reason="還付前", acting=by("a", date(2026, 7, 3)))
    with pytest.raises(OperatorFault) as refused:
        cases.approve(connection, case.id, rules=RULES, acting=by("b", date(2026, 7, 3)))
    assert refused.value.code == "still_stands"
    revoke.revoke(connection, refund_id, reason="収納取消", rules=RULES, acting=by("c", date(2026, 7, 3)))
    cases.approve(connection, case.id, rules=RULES, acting=by("b", date(2026, 7, 3)))
    assert (year.dues(), year.share(copy, "1").principal) == ([0], 25_000)


def test_a_refund_that_the_order_of_receipt_would_make_too_stands_without_a_case(connection) -> None:
    """Sister of B1: of the later payment, what was refunded stays refunded, and the rest is owed back."""
    year = a_year(connection, [25_000])
    second = year.slip("1", date(2026, 6, 20), 26_000)
    year.arrive(date(2026, 6, 25), second)
    refund_of(connection, "1", date(2026, 7, 1))
    first = year.slip("1", date(2026, 6, 10), 25_000)
    year.arrive(date(2026, 7, 5), first)
    share = year.share(second, "1")
    assert (share.refundable, share.in_error, share.principal) == (1_000, 25_000, 0)
    assert cases.list_cases(connection, WARD) == []


def appropriated(connection: psycopg.Connection) -> tuple[Year, Year, Payment, Payment]:
    """令和8年度 was paid twice; the copy paid 令和7年度 by 充当 from 1 July 2026; then a slip of 令和7年度 arrives."""
    old = a_year(connection, [25_000], number="20250000001", dues={"1": date(2025, 6, 30)})
    year = a_year(connection, [25_000])
    first, copy = year.slip("1", date(2026, 6, 10), 25_000), year.slip("1", date(2026, 6, 20), 25_000)
    year.arrive(date(2026, 6, 25), first, copy)
    refund_of(connection, "1", date(2026, 7, 1))
    slip = old.slip("1", date(2025, 6, 29), 25_000)
    old.arrive(date(2026, 7, 10), slip)
    return old, year, copy, slip


def test_a_late_payment_of_a_claim_that_was_paid_by_appropriation_opens_a_case(connection) -> None:
    """充当 by its 適状日 (令6条の14) came after the payment; it stands until two people take it back."""
    old, year, copy, slip = appropriated(connection)
    stands = old.share(slip, "1")
    assert (old.share(copy, "1").principal, stands.interest, stands.in_error) == (25_000, 2_000, 23_000)
    (case,) = cases.list_cases(connection, WARD)
    assert (case.obstacle, case.notice_number) == ("appropriated", old.number)
    cases.propose(
        connection, case.id, ReceiptCaseAnswer.UNDO, reason="領収日が適状日より前", acting=by("a", date(2026, 7, 12))
    )
    cases.approve(connection, case.id, rules=RULES, acting=by("b", date(2026, 7, 12)))
    assert (old.dues(), old.interest()) == ([0], [0])
    assert old.share(slip, "1").principal == 25_000
    assert (old.share(copy, "1").principal, year.share(copy, "1").in_error) == (0, 25_000)


def test_an_appropriation_can_stand_by_decision(connection) -> None:
    old, _, _, slip = appropriated(connection)
    (case,) = cases.list_cases(connection, WARD)
    with pytest.raises(OperatorFault, match="names its reason"):
        cases.propose(connection, case.id, ReceiptCaseAnswer.KEEP, reason=" ", acting=by("a", date(2026, 7, 12)))
    with pytest.raises(OperatorFault, match="not answered by reverse"):
        cases.propose(connection, case.id, ReceiptCaseAnswer.REVERSE, reason="x", acting=by("a", date(2026, 7, 12)))
    cases.propose(connection, case.id, ReceiptCaseAnswer.KEEP, reason="本人の了承", acting=by("a", date(2026, 7, 12)))
    cases.approve(connection, case.id, rules=RULES, acting=by("b", date(2026, 7, 12)))
    assert cases.list_cases(connection, WARD) == []
    assert old.share(slip, "1").in_error == 23_000


def test_what_two_people_keep_is_not_asked_again(connection) -> None:
    old, _, _, slip = appropriated(connection)
    (case,) = cases.list_cases(connection, WARD)
    cases.propose(connection, case.id, ReceiptCaseAnswer.KEEP, reason="本人の了承", acting=by("a", date(2026, 7, 12)))
    cases.approve(connection, case.id, rules=RULES, acting=by("b", date(2026, 7, 12)))
    once_more = old.slip("1", date(2025, 6, 28), 25_000)
    old.arrive(date(2026, 7, 15), once_more)
    assert cases.list_cases(connection, WARD) == []
    assert (old.share(once_more, "1").principal, old.share(slip, "1").principal) == (0, 0)


def test_a_dividend_that_was_given_anew_stands_until_two_people_take_it_back(connection) -> None:
    """再充当 (最判令和3年6月22日): a payment that was made before the 配当 arrives after it."""
    cancelled = a_year(connection, [30_000], number="20220000001", dues={"1": date(2022, 8, 31)})
    open_then = a_year(connection, [60_000], number="20230000001", dues={"1": date(2023, 8, 31)})
    dividend = replace(cancelled.slip("1", date(2025, 3, 3), 30_000), channel=Channel.SEIZURE)
    cancelled.arrive(date(2025, 3, 10), dividend)
    on = date(2026, 6, 1)
    cancelled.post(on, lambda books: posting.reduce(books, cancelled.claim("1"), 30_000, on, cancelled=True))
    made = reallocate.propose(connection, WARD, "1", reason="賦課取消", rules=RULES, acting=by("a", on))
    reallocate.approve(connection, made.decision_id, rules=RULES, acting=by("b", on))
    assert open_then.share(dividend, "1").principal == 30_000
    slip = open_then.slip("1", date(2023, 8, 30), 60_000)
    open_then.arrive(date(2026, 6, 10), slip)
    (case,) = cases.list_cases(connection, WARD)
    assert (case.obstacle, open_then.share(slip, "1").principal) == ("appropriated", 30_000)
    cases.propose(connection, case.id, ReceiptCaseAnswer.UNDO, reason="納期内の納付", acting=by("a", date(2026, 6, 12)))
    cases.approve(connection, case.id, rules=RULES, acting=by("b", date(2026, 6, 12)))
    assert (open_then.dues(), open_then.interest()) == ([0], [0])
    assert (open_then.share(slip, "1").principal, cancelled.share(dividend, "1").overpaid) == (60_000, 30_000)


def test_every_obstacle_has_two_answers() -> None:
    assert all(len(answers) >= 2 for answers in ANSWERS.values())


def test_a_plan_that_cannot_be_posted_becomes_a_case_and_does_not_stop_the_night(connection, monkeypatch) -> None:
    """Whatever the reason, the money is placed where there is room, and people look at it."""
    monkeypatch.setattr("kofu.ledger.payments.place_payments.fits", lambda *_: False)
    year, other = a_year(connection, [25_000]), a_year(connection, [25_000], number="20260000002", person="2")
    second, first = year.slip("1", date(2026, 6, 20), 25_000), year.slip("1", date(2026, 6, 10), 25_000)
    year.arrive(date(2026, 6, 25), second)
    year.arrive(date(2026, 6, 26), first, other.slip("1", date(2026, 6, 10), 25_000))
    assert (year.dues(), other.dues()) == ([0], [0])
    assert year.share(first, "1").in_error == 25_000
    (case,) = cases.list_cases(connection, WARD)
    assert case.obstacle == "unclear"
    cases.propose(connection, case.id, ReceiptCaseAnswer.ANEW, reason="確認済", acting=by("a", date(2026, 7, 1)))
    monkeypatch.undo()
    cases.approve(connection, case.id, rules=RULES, acting=by("b", date(2026, 7, 1)))
    assert (year.share(first, "1").principal, year.share(second, "1").in_error) == (25_000, 25_000)
