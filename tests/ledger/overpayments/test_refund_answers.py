"""What a clerk and an approver can do with a refund beside going on, and what is looked at before it goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from tests.ledger.overpayments.refunds import ACCOUNT, CHIEF, CLERK, NOW, RULES, WARD, overpaid, proposed, state

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.refund_interest import RefundCause
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.overpayments import answers, refund
from kofu.ledger.overpayments.compare import both_items
from kofu.ledger.overpayments.domain.grounds import CAUSE_OF, CauseOfExcess, ReductionGround
from kofu.ledger.overpayments.lapse import lapse_due, lapsing
from kofu.ledger.overpayments.payable import payable
from kofu.ledger.overpayments.read import owed_back

pytestmark = pytest.mark.storage

TODAY = date(2026, 11, 20)
OTHER = replace(ACCOUNT, account_number="7654321")


@pytest.fixture(scope="module")
def database(system_database):
    return system_database("ledger")


@pytest.fixture
def connection(database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        yield opened


def known(connection: psycopg.Connection, person: str, *, kana: str = "") -> None:
    connection.execute(
        "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
        " postal_code, address, status, protected) VALUES (%s, %s, '見本 太郎', %s, '', '', '', '1600000', '見本区',"
        " 'resident', false)",
        [WARD, person, kana],
    )


def story(connection: psycopg.Connection, case: UUID) -> list[tuple[str, str, str | None]]:
    return connection.execute(
        "SELECT event, actor, detail ->> 'reason' FROM refund_event WHERE case_id = %s ORDER BY id", [case]
    ).fetchall()


def notified(connection: psycopg.Connection, person: str, *, paid: int = 50_000, reduced: int = 10_000) -> UUID:
    overpaid(connection, person, paid=paid, reduced=reduced, owed=0)
    case = proposed(connection, person)
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    refund.notify(connection, case, papers=["還付通知書"], acting=CLERK)
    return case


def test_a_proposal_sent_back_is_changed_and_proposed_again_under_its_number(connection) -> None:
    claims = overpaid(connection, "1", paid=900_000, reduced=900_000, owed=0)
    case = proposed(connection, "1")
    before = connection.execute("SELECT count(*) FROM entry").fetchone()
    with pytest.raises(OperatorFault, match="second_person_needed"):
        answers.send_back(connection, case, reason="本人", acting=CLERK)
    with pytest.raises(OperatorFault, match="names its reason"):
        answers.send_back(connection, case, reason=" ", acting=CHIEF)
    answers.send_back(connection, case, reason="減額のわけが違う", acting=CHIEF)
    assert state(connection, case) == "sent_back"
    with pytest.raises(OperatorFault, match="approve cannot happen"):
        refund.approve(connection, case, rules=RULES, acting=CHIEF)
    why = CauseOfExcess(
        cause=RefundCause.INCOME_TAX, ground=ReductionGround.INCOME_TAX_CORRECTED, income_tax_on=date(2026, 9, 1)
    )
    again = refund.propose(connection, WARD, "1", causes={claims[0].claim_id: why}, rules=RULES, acting=CLERK)
    assert (again, state(connection, case)) == (case, "proposed")
    assert connection.execute("SELECT count(*) FROM entry").fetchone() == before
    plan = refund.approve(connection, case, rules=RULES, acting=CHIEF)
    assert plan.added[0].calculation.segments[0].first == date(2026, 10, 2)
    assert story(connection, case)[:3] == [
        ("propose", "clerk", None), ("send_back", "chief", "減額のわけが違う"), ("propose_again", "clerk", None),
    ]  # fmt: skip


def test_a_proposal_turned_down_leaves_the_money_owed_back(connection) -> None:
    known(connection, "2")
    overpaid(connection, "2", paid=50_000, reduced=10_000, owed=0)
    case = proposed(connection, "2")
    assert "2" not in {one.addressee_number for one in owed_back(connection, WARD)}
    answers.decline(connection, case, reason="増額更正の予定", acting=CHIEF)
    assert state(connection, case) == "declined"
    (again,) = (one for one in owed_back(connection, WARD) if one.addressee_number == "2")
    assert again.overpaid == 10_000
    assert proposed(connection, "2") != case


def test_a_sent_back_case_can_be_withdrawn(connection) -> None:
    overpaid(connection, "3", paid=50_000, reduced=10_000, owed=0)
    case = proposed(connection, "3")
    answers.send_back(connection, case, reason="確認", acting=CHIEF)
    refund.withdraw(connection, case, reason="本人の申出", acting=CLERK)
    assert state(connection, case) == "withdrawn"


def test_an_account_is_corrected_until_the_transfer_and_not_after(connection) -> None:
    case = notified(connection, "4")
    refund.claim(connection, case, ACCOUNT, claimed_on=TODAY, source="1", rules=RULES, acting=CLERK)
    answers.correct_account(connection, case, OTHER, reason="口座番号の誤り", acting=CLERK)
    (payout,) = (one for one in payable(connection, WARD) if one.case_id == case)
    assert payout.account == OTHER
    assert story(connection, case)[-1] == ("correct_account", "clerk", "口座番号の誤り")
    refund.transfer(connection, case, on=date(2026, 12, 15), source="f", acting=CLERK)
    with pytest.raises(OperatorFault, match="correct_account cannot happen"):
        answers.correct_account(connection, case, ACCOUNT, reason="戻す", acting=CLERK)


def test_g2_a_claim_dated_before_its_notice_or_to_come_is_refused(connection) -> None:
    case = notified(connection, "5")
    for day, words in ((TODAY - timedelta(days=1), "before its notice"), (TODAY + timedelta(days=1), "still to come")):
        with pytest.raises(OperatorFault, match=words):
            refund.claim(connection, case, ACCOUNT, claimed_on=day, source="1", rules=RULES, acting=CLERK)
    assert state(connection, case) == "notified"


@pytest.mark.parametrize("kana", ["ミホン　タロウ", "ﾐﾎﾝ ﾀﾛｳ"])
def test_g2_another_holder_than_the_person_needs_a_reason(connection, kana: str) -> None:
    """本人名義に限る stands on the form itself; a parent's or a guardian's account may still be right."""
    person = f"6{len(kana.encode())}"
    known(connection, person, kana=kana)
    case = notified(connection, person)
    with pytest.raises(OperatorFault, match="not in the person's name"):
        refund.claim(connection, case, ACCOUNT, claimed_on=TODAY, source="1", rules=RULES, acting=CLERK)
    own = replace(ACCOUNT, holder="ﾐﾎﾝﾀﾛｳ")
    refund.claim(connection, case, own, claimed_on=TODAY, source="1", rules=RULES, acting=CLERK)
    with pytest.raises(OperatorFault, match="not in the person's name"):
        answers.correct_account(connection, case, OTHER, reason="訂正", acting=CLERK)
    answers.correct_account(
        connection, case, OTHER, reason="訂正", holder_confirmed="親権者の口座。戸籍を確認", acting=CLERK
    )
    told = connection.execute(
        "SELECT detail ->> 'holder_confirmed' FROM refund_event WHERE case_id = %s ORDER BY id DESC LIMIT 1", [case]
    ).fetchone()
    assert told == ("親権者の口座。戸籍を確認",)


def test_g1_a_late_return_after_an_assessment_without_one_is_item_one() -> None:
    """法17条の4第1項; 浜松 2014, 上越 2015, 桑名 took 3号 for it."""
    assert CAUSE_OF[ReductionGround.LATE_RETURN] is RefundCause.REASSESSMENT
    assert CAUSE_OF[ReductionGround.INCOME_TAX_CORRECTED] is RefundCause.INCOME_TAX
    assert set(CAUSE_OF) == set(ReductionGround)


def test_g1_both_amounts_are_there_before_the_approval(connection) -> None:
    """900,000 yen paid 29 June, return of 1 September: by 1号 from 30 June, by 3号 from 2 October, at 1.3 %."""
    claims = overpaid(connection, "7", paid=900_000, reduced=900_000, owed=0)
    why = CauseOfExcess(
        cause=RefundCause.REASSESSMENT, ground=ReductionGround.LATE_RETURN, income_tax_on=date(2026, 9, 1)
    )
    case = refund.propose(connection, WARD, "7", causes={claims[0].claim_id: why}, rules=RULES, acting=CLERK)
    (both,) = both_items(connection, case, rules=RULES, acting=CHIEF)
    # 144 days: 900,000 × 1.3 % × 144 ÷ 365 = 4,615; 50 days: 1,602
    assert (both.chosen, both.by_first, both.by_third) == (RefundCause.REASSESSMENT, 4_600, 1_600)
    assert refund.approve(connection, case, rules=RULES, acting=CHIEF).refunds[0].interest == 4_600


def test_g4_what_nobody_claimed_ends_with_its_interest_and_is_listed_beforehand(connection) -> None:
    """法18条の3: five years from the decision; 還付加算金 ends with what it was added to."""
    claims = overpaid(connection, "8", paid=900_000, reduced=900_000, owed=0)
    case = proposed(connection, "8")
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    refund.notify(connection, case, papers=["還付通知書"], acting=CLERK)
    last = date(2031, 11, 20)
    early = [one.id for one in lapsing(connection, WARD, today=last - timedelta(days=181))]
    (soon,) = (one for one in lapsing(connection, WARD, today=last - timedelta(days=180)) if one.id == case)
    assert case not in early
    assert (soon.total, soon.lapse_on) == (904_600, last)
    night = replace(CLERK, now=datetime(2031, 11, 20, 15, 30, tzinfo=UTC))  # 00:30 of the day after, in Japan
    assert lapse_due(connection, WARD, acting=night) >= 1
    assert lapse_due(connection, WARD, acting=night) == 0
    share = connection.execute(
        "SELECT refundable, lapsed, refund_interest, refund_interest_paid FROM share WHERE claim_id = %s",
        [claims[0].claim_id],
    ).fetchone()
    assert share == (0, 900_000, 0, 0)
    assert state(connection, case) == "lapsed"
    assert verify_ledger(connection, every_step=True).holds


def test_a_claim_that_came_before_the_night_is_not_ended(connection) -> None:
    case = notified(connection, "9")
    last = replace(CLERK, now=NOW + timedelta(days=5 * 365))
    refund.claim(connection, case, ACCOUNT, claimed_on=TODAY, source="1", rules=RULES, acting=last)
    lapse_due(connection, WARD, acting=replace(CLERK, now=NOW + timedelta(days=6 * 366)))
    assert state(connection, case) == "claimed"
