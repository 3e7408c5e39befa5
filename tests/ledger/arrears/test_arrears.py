"""督促, 時効 and what two people decide about a claim, on the real database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from uuid import uuid4

import psycopg
import pytest
from tests.ledger.arrears.people_owing import (
    CHIEF,
    CLERK,
    DESK,
    ISSUED,
    RULES,
    WARD,
    approve,
    draw,
    grown,
    owing,
)
from tests.ledger.posted_payments import post_payments

from kofu.core.errors import OperatorFault
from kofu.ledger.arrears import decide_claims, dunning, dunning_runs
from kofu.ledger.arrears.domain.dunning import NotDunned
from kofu.ledger.arrears.domain.write_off import WriteOffReason
from kofu.ledger.arrears.events import add_event
from kofu.ledger.arrears.read import arrears_of
from kofu.ledger.books import claim_terms
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Channel, Payment
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.prescription import DeferralGround, ExtinctionCause, Happening, PrescriptionEvent
from kofu.ledger.books.journal import Posting, open_books, store_books
from kofu.ledger.books.rates_file import rates
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.payments.domain.closed_day import ClosedDay
from kofu.ledger.recipients.domain.heirs import Basis, Heir
from kofu.ledger.recipients.heirs import register_heirs

pytestmark = pytest.mark.storage

TODAY = date(2026, 11, 20)  # of CLERK.now


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened


def test_the_list_has_who_owes_and_not_who_may_still_have_paid(connection) -> None:
    late = owing(connection, "A1", date(2026, 8, 31))
    owing(connection, "A2", date(2026, 11, 10))
    run = draw(connection)
    assert [line.claim_id for line in run.drawn.lines] == [late.claim_id]
    assert run.left_out == {"not_reconciled": 1}


@pytest.mark.parametrize("method", ["salary", "pension"])
def test_what_an_employer_or_pension_payer_has_not_remitted_is_not_dunned_from_the_person(connection, method) -> None:
    """地方税法321条の5, 321条の7の6; 豊島区 1711131120: 「従業員本人に請求することはできません」."""
    owing(connection, f"A-{method}", date(2026, 8, 31), method=method)
    run = draw(connection)
    assert run.drawn.lines == ()
    assert run.left_out == {"special_collection": 1}


@pytest.mark.parametrize(("hour", "letters"), [(14, 1), (15, 0)])
def test_letters_are_not_approved_when_their_day_has_passed(connection, hour: int, letters: int) -> None:
    """法331条1項1号: 差押 after ten days from the day of sending; a letter dated before it leaves would shorten them.

    15:00 UTC is midnight in Japan.
    """
    owing(connection, "A7", date(2026, 8, 31))
    run = draw(connection)
    later = replace(CHIEF, now=datetime(2026, 11, 20, hour, tzinfo=UTC))
    if letters:
        assert approve(connection, run.run_id, later).letters == letters
        return
    with pytest.raises(OperatorFault) as refused:
        approve(connection, run.run_id, later)
    assert refused.value.code == "letter_day_past"
    dunning_runs.withdraw_run(connection, run.run_id, acting=CLERK)
    assert len(draw(connection).drawn.lines) == 1


def test_a_letter_goes_out_once_for_ever(connection) -> None:
    claim = owing(connection, "B1", date(2026, 8, 31))
    run = draw(connection)
    with pytest.raises(OperatorFault, match="waits for approval"):
        draw(connection)
    with pytest.raises(OperatorFault, match="second_person_needed"):
        approve(connection, run.run_id, CLERK)
    assert approve(connection, run.run_id, CHIEF).letters == 1
    with pytest.raises(OperatorFault, match="dated"):
        dunning_runs.mark_sent(connection, run.run_id, on=date(2026, 11, 21), acting=CLERK)
    dunning_runs.mark_sent(connection, run.run_id, on=ISSUED, acting=CLERK)
    again = draw(connection)
    assert (again.drawn.lines, again.left_out) == ((), {"dunned": 1})
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(
            "INSERT INTO dunning_letter (run_id, claim_id, due_date, due, late, issued_on)"
            " VALUES (%s, %s, %s, 1, false, now())",
            [run.run_id, claim.claim_id, claim.due_date],
        )


def test_a_run_that_was_sent_cannot_be_approved_again(connection) -> None:
    owing(connection, "C1", date(2026, 8, 31))
    run = draw(connection)
    dunning_runs.withdraw_run(connection, run.run_id, acting=CLERK)
    with pytest.raises(OperatorFault, match="is withdrawn: "):
        approve(connection, run.run_id, CHIEF)


def test_a_letter_renews_the_five_years(connection) -> None:
    """法18条の2第1項2号."""
    claim = owing(connection, "D1", date(2026, 8, 31))
    before = claim_terms.extinctions(connection, [claim.claim_id])[claim.claim_id]
    assert before.on == date(2031, 9, 1)
    run = draw(connection)
    approve(connection, run.run_id, CHIEF)
    after = claim_terms.extinctions(connection, [claim.claim_id])[claim.claim_id]
    assert after.on == date(2031, 12, 1)
    assert after.steps[0].basis == "法18条の2第1項2号"


def test_a_seizure_is_early_until_ten_days_after_the_letter_are_past_and_without_a_letter(connection) -> None:
    """法331条1項1号: ten days counted with the day of sending have passed without payment."""
    claim = owing(connection, "D2", date(2026, 8, 31))
    assert dunning.seized_early(connection, claim.claim_id, ISSUED + timedelta(days=30))
    run = draw(connection)
    approve(connection, run.run_id, CHIEF)
    assert dunning.seized_early(connection, claim.claim_id, ISSUED + timedelta(days=10))
    assert not dunning.seized_early(connection, claim.claim_id, ISSUED + timedelta(days=11))


def test_a_suspension_of_three_years_extinguishes_and_lifting_it_does_not(connection) -> None:
    """法15条の7第4項."""
    claim = owing(connection, "E1", date(2022, 8, 31))
    event = add_event(
        connection,
        claim.claim_id,
        PrescriptionEvent(Happening.SUSPENDED, date(2023, 4, 3)),
        reason="無財産",
        acting=CLERK,
    )
    ended = claim_terms.extinctions(connection, [claim.claim_id])[claim.claim_id]
    assert (ended.on, ended.cause) == (date(2026, 4, 4), ExtinctionCause.SUSPENDED_THREE_YEARS)
    dunning.end_event(connection, event, on=date(2025, 1, 6), withdrawn=False, reason="資力回復", acting=CLERK)
    assert claim_terms.extinctions(connection, [claim.claim_id])[claim.claim_id].cause is ExtinctionCause.PRESCRIBED
    with pytest.raises(OperatorFault, match="ended"):
        dunning.end_event(connection, event, on=date(2025, 2, 6), withdrawn=False, reason="", acting=CLERK)


def test_only_what_is_extinguished_is_written_off_and_by_two_people(connection) -> None:
    living = owing(connection, "F1", date(2024, 8, 31))
    dead = owing(connection, "F2", date(2021, 8, 31))
    with pytest.raises(OperatorFault, match="cannot be written off"):
        decide_claims.propose_write_off(connection, living.claim_id, WriteOffReason.PRESCRIBED, acting=CLERK)
    with pytest.raises(OperatorFault, match="state that reason"):
        decide_claims.propose_write_off(connection, dead.claim_id, WriteOffReason.GIVEN_UP, acting=CLERK)
    proposed = decide_claims.propose_write_off(connection, dead.claim_id, WriteOffReason.PRESCRIBED, acting=CLERK)
    assert proposed.amount == 31_200
    with pytest.raises(OperatorFault, match="decide it first"):
        decide_claims.propose_write_off(connection, dead.claim_id, WriteOffReason.PRESCRIBED, acting=CLERK)
    with pytest.raises(OperatorFault, match="second_person_needed"):
        decide_claims.approve(connection, proposed.decision_id, acting=CLERK)
    assert decide_claims.approve(connection, proposed.decision_id, acting=CHIEF) == 31_200
    with connection.transaction():
        balance = open_books(connection, claim_ids=[dead.claim_id]).claims[dead.claim_id]
    assert (balance.due, balance.interest_due, balance.written_off) == (0, 0, 30_000)
    with pytest.raises(OperatorFault, match="is approved: "):
        decide_claims.approve(connection, proposed.decision_id, acting=CHIEF)
    assert verify_ledger(connection, every_step=True).holds


def test_interest_is_waived_for_a_reason_and_at_most_what_is_due(connection) -> None:
    claim = owing(connection, "G1", date(2026, 6, 30))
    with pytest.raises(OperatorFault, match="1200 yen"):
        decide_claims.propose_waiver(connection, claim.claim_id, 1_300, reason="災害", acting=CLERK)
    proposed = decide_claims.propose_waiver(connection, claim.claim_id, 700, reason="災害", acting=CLERK)
    decide_claims.approve(connection, proposed.decision_id, acting=CHIEF)
    with connection.transaction():
        balance = open_books(connection, claim_ids=[claim.claim_id]).claims[claim.claim_id]
    assert (balance.interest_due, balance.interest_waived) == (500, 700)


def test_nobody_changes_what_was_recorded(system_database, connection) -> None:
    claim = owing(connection, "H1", date(2026, 6, 30))
    add_event(
        connection,
        claim.claim_id,
        PrescriptionEvent(Happening.ACKNOWLEDGED, date(2026, 9, 1)),
        reason="分納誓約",
        acting=CLERK,
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("UPDATE arrears_event SET reason = ''")


def test_a_claim_under_grace_is_not_dunned(connection) -> None:
    claim = owing(connection, "I1", date(2026, 8, 31))
    grace = PrescriptionEvent(Happening.GRACE, date(2026, 9, 1), date(2026, 9, 1) + timedelta(days=365))
    add_event(connection, claim.claim_id, grace, reason="徴収猶予", acting=CLERK)
    run = draw(connection)
    assert run.left_out == {"in_grace": 1}


def test_grace_that_is_over_does_not_hide_the_one_in_force(connection) -> None:
    """徴収猶予の延長 (法15条4項) is on record beside the first one, in whatever order they were entered."""
    claim = owing(connection, "I2", date(2026, 8, 31))
    for first, last in [
        (date(2026, 11, 1), date(2027, 4, 30)),
        (date(2026, 9, 1), date(2026, 10, 31)),
    ]:
        add_event(
            connection, claim.claim_id, PrescriptionEvent(Happening.GRACE, first, last), reason="徴収猶予", acting=CLERK
        )
    assert draw(connection).left_out == {"in_grace": 1}


def test_what_has_an_extended_due_date_is_in_arrears_only_after_it(connection) -> None:
    """地方税法20条の5の2: the day it is extended to is the 納期限."""
    claim = owing(connection, "I3", date(2026, 8, 31), interest=0)
    extended = PrescriptionEvent(Happening.EXTENDED, date(2026, 8, 20), date(2026, 11, 30))
    assert not arrears_of(connection, WARD, "1", date(2026, 11, 30)).none
    add_event(connection, claim.claim_id, extended, reason="災害", acting=CLERK)
    still = arrears_of(connection, WARD, "1", date(2026, 11, 30))
    assert (still.none, still.not_due_yet) == (True, 30_000)
    assert arrears_of(connection, WARD, "1", date(2026, 12, 1)).principal == 30_000


def test_what_has_an_extended_due_date_is_dunned_in_time_within_twenty_days_of_it(connection) -> None:
    """法20条の5の2, 329条1項: due 2026-07-31, extended to 10-30; the letter of 11-20 is sent on the 21st day."""
    for number, until in (("X1", date(2026, 10, 30)), ("X2", date(2026, 11, 4))):
        claim = owing(connection, number, date(2026, 7, 31))
        extended = PrescriptionEvent(Happening.EXTENDED, date(2026, 7, 20), until)
        add_event(connection, claim.claim_id, extended, reason="災害", acting=CLERK)
    run = draw(connection)
    assert [(line.due_date, line.late) for line in run.drawn.lines] == [
        (date(2026, 10, 30), True),
        (date(2026, 11, 4), False),
    ]
    approve(connection, run.run_id, CHIEF)
    assert connection.execute("SELECT due_date FROM dunning_letter ORDER BY 1").fetchall() == [
        (date(2026, 10, 30),),
        (date(2026, 11, 4),),
    ]


def test_a_conversion_grace_forbids_no_letter(connection) -> None:
    """法15条の2の3第1項 is of 徴収の猶予; 換価の猶予 (15条の5, 15条の6) spares the sale of what was seized."""
    claim = owing(connection, "X3", date(2026, 8, 31))
    grace = PrescriptionEvent(Happening.GRACE, date(2026, 10, 1), date(2027, 9, 30), ground=DeferralGround.CONVERSION)
    add_event(connection, claim.claim_id, grace, reason="換価の猶予", acting=CLERK)
    assert [line.claim_id for line in draw(connection).drawn.lines] == [claim.claim_id]


def test_what_got_grace_after_the_approval_is_pulled_before_the_post(connection) -> None:
    """法15条の2の3第1項: in 徴収の猶予 no new 督促."""
    stays, spared = (owing(connection, number, date(2026, 8, 31)) for number in ("X4", "X5"))
    run = draw(connection)
    approve(connection, run.run_id, CHIEF)
    grace = PrescriptionEvent(Happening.GRACE, ISSUED, ISSUED + timedelta(days=90), ground=DeferralGround.DISASTER)
    add_event(connection, spared.claim_id, grace, reason="災害", acting=CLERK)
    assert dunning_runs.mark_sent(connection, run.run_id, on=ISSUED, acting=CLERK) == 1
    sent = connection.execute("SELECT claim_id FROM dunning_letter WHERE pulled_at IS NULL").fetchall()
    assert sent == [(stays.claim_id,)]
    fallen = connection.execute("SELECT fallen FROM dunning_run").fetchone()
    assert fallen == ([{"claim_id": spared.claim_id, "due_date": "2026-08-31", "why": "in_grace"}],)


def test_an_increase_gets_a_letter_of_its_own_for_what_it_left_unpaid(connection) -> None:
    """法329条1項, 326条1項: the 期別 was dunned; its 増額 is due on 2026-11-02."""
    claim = owing(connection, "X6", date(2026, 8, 31))
    first = dunning_runs.draw(
        connection, ClosedDay(WARD, date(2026, 9, 30)),
        issued_on=date(2026, 10, 1), channels=DESK, rules=RULES, acting=CLERK,
    )  # fmt: skip
    approve(connection, first.run_id, replace(CHIEF, now=datetime(2026, 10, 1, 3, tzinfo=UTC)))
    dunning_runs.mark_sent(connection, first.run_id, on=date(2026, 10, 1), acting=CLERK)
    grown(connection, claim, 7_000, date(2026, 11, 2))
    run = draw(connection)
    assert [(line.due_date, line.due, line.late) for line in run.drawn.lines] == [(date(2026, 11, 2), 7_000, False)]
    assert approve(connection, run.run_id, CHIEF).letters == 1
    dunning_runs.mark_sent(connection, run.run_id, on=ISSUED, acting=CLERK)
    again = draw(connection)
    assert (again.drawn.lines, again.left_out) == ((), {"dunned": 1})
    assert verify_ledger(connection).holds
    assert not dunning.seized_early(connection, claim.claim_id, date(2026, 10, 12))


def test_one_part_that_is_paid_up_falls_out_at_the_approval_and_the_other_stays(connection) -> None:
    claim = owing(connection, "X7", date(2026, 8, 31), interest=0)
    grown(connection, claim, 7_000, date(2026, 11, 2))
    run = draw(connection)
    assert [line.due for line in run.drawn.lines] == [30_000, 7_000]
    with connection.transaction():
        books = open_books(connection, claim_ids=[claim.claim_id])
        books.post_all(posting.reduce(books, claim.claim_id, 7_000, date(2026, 11, 18)))
        store_books(connection, books, Posting(actor="t", booked_on=date(2026, 11, 18), recorded_at=CLERK.now))
        connection.execute(
            "INSERT INTO claim_increase (claim_id, due_date, amount, effective_on, source)"
            " VALUES (%s, %s, -7000, %s, '')",
            [claim.claim_id, date(2026, 11, 2), date(2026, 11, 18)],
        )
    done = approve(connection, run.run_id, CHIEF)
    assert (done.letters, [(one.due_date, one.why) for one in done.fallen]) == (
        1,
        [(date(2026, 11, 2), NotDunned.NOTHING_DUE)],
    )
    dunning_runs.take_out(connection, run.run_id, claim.claim_id, reason="窓口で納付", acting=CLERK)
    assert connection.execute("SELECT count(*) FROM dunning_letter WHERE pulled_at IS NULL").fetchone() == (0,)


def test_a_payment_of_what_the_law_has_ended_is_owed_back(connection) -> None:
    """時効完成後の納付は誤納: nobody can renounce it (法18条2項)."""
    claim = owing(connection, "J1", date(2021, 8, 31))
    payment = Payment(
        payment_id=uuid4(),
        municipality_code=WARD,
        key="late/1",
        channel=Channel.BANK,
        received_on=date(2026, 11, 18),
        booked_on=ISSUED,
        amount=30_000,
        notice_number="J1",
        installment="1",
    )
    done = post_payments(
        connection,
        [payment],
        municipality_code=WARD,
        rules=MatchingRules(rates()),
        actor="t",
        now=CLERK.now,
        booked_on=ISSUED,
    )
    assert done.posted == 1
    with connection.transaction():
        books = open_books(connection, claim_ids=[claim.claim_id])
    assert books.claims[claim.claim_id].paid == 0
    assert books.payments[payment.payment_id].in_error == 30_000


def test_who_has_nobody_to_receive_is_left_out_and_not_counted_as_dunned(connection) -> None:
    """A 督促状 nobody received would stop 時効 on paper only: the claim waits for 相続人代表者."""
    claim = owing(connection, "H1", date(2026, 8, 31))
    connection.execute(
        "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
        " postal_code, address, status, protected) VALUES (%s, '1', '見本', '', '', '', '', '', '',"
        " 'dead', FALSE)",
        [WARD],
    )
    run = draw(connection)
    assert run.left_out == {"held": 1}
    dunning_runs.withdraw_run(connection, run.run_id, acting=CLERK)
    heir = Heir(name="見本 花子", postal_code="", address="見本区二丁目", relation="妻", share=Fraction(1), signed=True)
    register_heirs(
        connection, WARD, "1", [heir], basis=Basis.DECLARATION, representative=0, died_on=ISSUED, filed_on=ISSUED,
        declare_by=None, acting=CLERK,
    )  # fmt: skip
    run = draw(connection)
    assert [line.claim_id for line in run.drawn.lines] == [claim.claim_id]


def test_a_suspension_is_lifted_by_two_people(connection) -> None:
    """執行停止の取消 is decided; the record of its beginning stays, its end is added."""
    claim = owing(connection, "K1", date(2024, 8, 31))
    event = add_event(
        connection,
        claim.claim_id,
        PrescriptionEvent(Happening.SUSPENDED, date(2025, 4, 3)),
        reason="無財産",
        acting=CLERK,
    )
    lifted = {"on": date(2026, 10, 1), "withdrawn": False, "reason": "資力回復"}
    with pytest.raises(OperatorFault, match="not ahead"):
        decide_claims.propose_end(connection, event, **{**lifted, "on": date(2026, 12, 1)}, acting=CLERK)
    with pytest.raises(OperatorFault, match="before it began"):
        decide_claims.propose_end(connection, event, **{**lifted, "on": date(2025, 4, 2)}, acting=CLERK)
    proposed = decide_claims.propose_end(connection, event, **lifted, acting=CLERK)
    assert [one.event_id for one in dunning.stays(connection, [claim.claim_id], today=TODAY)] == [event]
    with pytest.raises(OperatorFault, match="second_person_needed"):
        decide_claims.approve(connection, proposed.decision_id, acting=CLERK)
    assert decide_claims.approve(connection, proposed.decision_id, acting=CHIEF) == 0
    assert dunning.stays(connection, [claim.claim_id], today=TODAY) == ()
    assert claim_terms.extinctions(connection, [claim.claim_id])[claim.claim_id].cause is ExtinctionCause.PRESCRIBED
    with pytest.raises(OperatorFault, match="is ended: "):
        decide_claims.propose_end(connection, event, **lifted, acting=CLERK)


def test_what_is_withdrawn_or_cancelled_is_decided_and_what_ran_out_is_noted() -> None:
    assert not dunning.ends_by_decision(Happening.SEIZED, withdrawn=False)
    assert dunning.ends_by_decision(Happening.SEIZED, withdrawn=True)
    assert dunning.ends_by_decision(Happening.GRACE, withdrawn=False)
