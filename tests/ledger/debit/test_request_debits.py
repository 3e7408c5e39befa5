"""口座振替: registered accounts, one request per claim and day, an answer held against its request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import psycopg
import pytest
from tests.ledger.small_ledger import DUE, NOW, WARD, by, new_ledger

from kofu.core.errors import OperatorFault
from kofu.ledger.arrears.events import add_event
from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.books.domain.day_decisions import DayDecision
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.domain.prescription import Happening, PrescriptionEvent
from kofu.ledger.books.journal import Posting, open_books, store_books
from kofu.ledger.books.rates_file import rates
from kofu.ledger.debit.codecs.direct_debit import DebitResult, decode_request, encode_result
from kofu.ledger.debit.domain.direct_debit import EndReason, NotDebited
from kofu.ledger.debit.mandates import end_mandate, mandates_of, register_mandate
from kofu.ledger.debit.request_debits import (
    REQUESTS,
    claims_asked,
    content_of,
    days_to_request,
    read_request,
    request_debits,
    requested_days,
    requested_in,
    unanswered_days,
    with_answers,
)
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.payments.batches import accept, problems_of, receive
from kofu.ledger.payments.day_decisions import decide, store_proposal
from kofu.ledger.payments.files import kind_of, reader_for
from kofu.ledger.payments.post_batch import post_batch
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.sent_files.answers import outgoing_files
from kofu.ledger.slips.codecs.convenience import barcode_profile

pytestmark = pytest.mark.storage

LAYOUTS = Layouts(None, specimen=True)
CONSIGNOR = ledger_profile(WARD).debit
ANSWERS = ledger_profile(WARD).answer_rules
CLERK = by("clerk")
TODAY = date(2026, 6, 20)
SPRING = date(2026, 4, 1)
ACCOUNT = BankAccount(bank_code="0001", branch_code="001", account_type="1", account_number="1234567", holder="ﾐﾎﾝ ﾀﾛｳ")


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    made = new_ledger(system_database)
    with psycopg.connect(made.app_url, autocommit=True) as opened:
        yield opened


def registered(connection, *people: str, account: BankAccount = ACCOUNT, starts_on: date = SPRING):
    return [
        register_mandate(connection, WARD, person, account, applied_on=SPRING, starts_on=starts_on, acting=CLERK)
        for person in people
    ]


def requests_listed(connection):
    """The requests as their page lists them."""
    return with_answers(connection, REQUESTS.rows(connection, {"code": WARD}))


def asked(connection, debit_on: date = DUE):
    return request_debits(
        connection, WARD, CONSIGNOR, barcode_profile(LAYOUTS), debit_on=debit_on, answers=ANSWERS, acting=CLERK
    )


def reading(connection, content: bytes, name: str = "answer", processed_on: date = DUE):
    return reader_for(
        kind_of("debit_result"), LAYOUTS, name=name, processed_on=processed_on,
        requested=requested_in(connection, WARD), requested_days=requested_days(connection, WARD),
    )(content)  # fmt: skip


def answered(connection, content: bytes, name: str = "answer", municipality_code: str = WARD, booked_on: date = DUE):
    def reader(data: bytes):
        return reading(connection, data, name)

    return receive(
        connection,
        municipality_code=municipality_code,
        channel=Channel.DIRECT_DEBIT,
        kind="debit_result",
        name=name,
        content=content,
        booked_on=booked_on,
        read=reader,
        acting=by("clerk", NOW.replace(month=7, day=2)),
    )


def test_what_is_due_that_day_from_registered_accounts_is_asked_for(connection) -> None:
    registered(connection, "3", "7")
    assert [(day.debit_on, day.count, day.total) for day in days_to_request(connection, WARD, after=TODAY)] == [
        (DUE, 2, 20_000)
    ]
    made = asked(connection)
    file = decode_request(made.content, file="x", processed_on=DUE)
    assert [(line.customer_number, line.amount, line.new_code.value) for line in file.lines] == [
        (f"{3:018d}01", 10_000, "1"),
        (f"{7:018d}01", 10_000, "1"),
    ]
    assert (file.header.consignor_code, file.header.debit_on, made.total) == ("1399980002", DUE, 20_000)
    assert content_of(connection, WARD, made.request_id) == (made.name, made.content)


def test_nothing_is_asked_for_twice(connection) -> None:
    registered(connection, "3")
    asked(connection)
    with pytest.raises(OperatorFault, match="no registered account"):
        asked(connection)
    assert days_to_request(connection, WARD, after=TODAY) == []
    registered(connection, "4")  # a late registration makes a second file of its own
    second = asked(connection)
    assert (second.count, second.name) == (1, "kouza-20260630-02.txt")


def test_the_database_takes_a_claim_once_a_day_whatever_a_program_does(connection) -> None:
    registered(connection, "3")
    made = asked(connection)
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(
            "INSERT INTO debit_request_line (request_id, debit_on, claim_id, mandate_id, customer_number, amount)"
            " SELECT request_id, debit_on, claim_id, mandate_id, customer_number, amount FROM debit_request_line"
            " WHERE request_id = %s",
            [made.request_id],
        )


def test_the_banks_are_asked_before_the_day(connection) -> None:
    registered(connection, "3")
    with pytest.raises(OperatorFault, match="not ahead"):
        asked(connection, date(2026, 6, 20))


def test_an_account_that_begins_later_or_has_ended_is_not_debited(connection) -> None:
    registered(connection, "3", starts_on=date(2026, 7, 1))
    (mandate,) = registered(connection, "4")
    end_mandate(connection, WARD, "4", mandate, ends_on=DUE, reason=EndReason.PAYER, acting=CLERK)
    with pytest.raises(OperatorFault, match="no registered account"):
        asked(connection)
    with pytest.raises(OperatorFault, match="is ended: "):
        end_mandate(connection, WARD, "4", mandate, ends_on=DUE, reason=EndReason.PAYER, acting=CLERK)


def test_another_account_replaces_the_one_before_and_says_so_to_the_bank(connection) -> None:
    registered(connection, "3")
    registered(connection, "3", account=replace(ACCOUNT, account_number="7654321"), starts_on=date(2026, 6, 1))
    new, old = mandates_of(connection, WARD, "3")
    assert (new.account_number, new.ends_on) == ("7654321", None)
    assert (old.ends_on, old.end_reason) == (date(2026, 6, 1), "changed")
    (line,) = decode_request(asked(connection).content, file="x", processed_on=DUE).lines
    assert (line.account_number, line.new_code.value) == ("7654321", "2")


def test_an_account_that_ended_before_it_began_stands_in_nobodys_way(connection) -> None:
    """One registered for a wrong day is ended, and the right one can be registered at once."""
    registered(connection, "1", starts_on=DUE + timedelta(days=400))
    (wrong,) = mandates_of(connection, WARD, "1")
    end_mandate(connection, WARD, "1", wrong.mandate_id, ends_on=SPRING, reason=EndReason.PAYER, acting=CLERK)
    registered(connection, "1", starts_on=DUE)
    assert [one.covers(DUE) for one in mandates_of(connection, WARD, "1")] == [False, True]


def test_an_account_ended_for_a_day_to_come_is_not_met_by_another_before_it(connection) -> None:
    registered(connection, "1")
    (first,) = mandates_of(connection, WARD, "1")
    later = DUE + timedelta(days=60)
    end_mandate(connection, WARD, "1", first.mandate_id, ends_on=later, reason=EndReason.PAYER, acting=CLERK)
    with pytest.raises(OperatorFault, match=f"debited until {later}"):
        registered(connection, "1", starts_on=DUE)
    registered(connection, "1", starts_on=later)
    assert len(mandates_of(connection, WARD, "1")) == 2


def test_two_accounts_never_cover_the_same_day(connection) -> None:
    registered(connection, "3", starts_on=date(2026, 6, 1))
    with pytest.raises(OperatorFault, match="from that day or a later one"):
        registered(connection, "3", starts_on=date(2026, 5, 1))


def test_savings_are_not_debited(connection) -> None:
    with pytest.raises(OperatorFault, match="savings"):
        registered(connection, "3", account=replace(ACCOUNT, account_type="4"))


def test_what_a_store_reported_paid_is_left_out_and_named(connection) -> None:
    registered(connection, "3", "4")
    connection.execute(
        "INSERT INTO advised_payment (municipality_code, key, state, notice_number, installment, amount, received_on,"
        " advised_on, finding, finding_cleared_by, finding_cleared_how, changed_at)"
        " VALUES (%s, 'k', 'advised', %s, '1', 10000, '2026-06-18', '2026-06-19', '', '', '', now())",
        [WARD, f"{3:017d}"],
    )
    made = asked(connection)
    assert made.count == 1
    assert [(left.addressee_number, left.why) for left in made.left_out] == [("3", NotDebited.ADVISED)]


@pytest.mark.parametrize("happening", [Happening.GRACE, Happening.EXTENDED])
@pytest.mark.parametrize(("until", "left"), [(DUE, [("3", NotDebited.IN_GRACE)]), (DUE - timedelta(days=1), [])])
def test_what_need_not_be_paid_yet_is_not_debited(connection, happening, until, left) -> None:
    """地方税法15条, 20条の5の2: during 猶予 and 延長 nobody has to pay, so nothing is taken from the account."""
    registered(connection, "3", "4")
    ((claim_id,),) = connection.execute(
        "SELECT claim.id FROM claim JOIN notice ON notice.id = notice_id"
        " WHERE notice_number = %s AND claim.due_date = %s",
        [f"{3:017d}", DUE],
    ).fetchall()
    add_event(connection, claim_id, PrescriptionEvent(happening, date(2026, 6, 15), until), reason="猶予", acting=CLERK)
    made = asked(connection)
    assert [(one.addressee_number, one.why) for one in made.left_out] == left
    assert made.count == 2 - len(left)


def test_an_answer_is_money_where_it_was_debited_and_a_list_where_not(connection) -> None:
    registered(connection, "3", "4")
    made = asked(connection)
    file = decode_request(made.content, file="x", processed_on=DUE)
    paid, failed = file.lines
    content = encode_result(
        replace(
            file,
            lines=(replace(paid, result=DebitResult.PAID), replace(failed, result=DebitResult.SHORT_OF_FUNDS)),
        )
    )
    batch = answered(connection, content)
    assert batch.state == "checked"
    post_batch(connection, batch.id, rules=MatchingRules(rates()), acting=by("clerk", NOW.replace(month=7, day=2)))
    (listed,) = requests_listed(connection)
    assert (listed.count, listed.paid, listed.failed) == (2, 1, 1)
    _, lines = read_request(connection, WARD, made.request_id)
    assert [(line.addressee_number, line.event, line.result, line.due) for line in lines] == [
        ("4", "fail", "1", 10_000),
        ("3", "pay", "", 0),
    ]


def test_the_banks_answer_is_awaited_until_every_line_is_posted(connection) -> None:
    """D4: an answer to 口座振替の依頼 that does not come by its day stands on the list the next morning."""
    registered(connection, "3", "4")
    made = asked(connection)
    (waiting,) = outgoing_files(connection, WARD, waiting=True)
    assert (waiting.name, waiting.expected_on) == (made.name, date(2026, 7, 3))
    assert waiting.overdue(date(2026, 7, 4))
    assert unanswered_days(connection, WARD) == [DUE]
    file = decode_request(made.content, file="x", processed_on=DUE)
    lines = tuple(replace(line, result=DebitResult.SHORT_OF_FUNDS) for line in file.lines)
    batch = answered(connection, encode_result(replace(file, lines=lines)))
    assert outgoing_files(connection, WARD, waiting=True) == [waiting]
    post_batch(connection, batch.id, rules=MatchingRules(rates()), acting=by("clerk", NOW.replace(month=7, day=2)))
    assert outgoing_files(connection, WARD, waiting=True) == []
    assert unanswered_days(connection, WARD) == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda lines: (replace(lines[0], amount=9_999), lines[1]), "altered"),
        (lambda lines: (replace(lines[0], account_number="0000001"), lines[1]), "altered"),
        (lambda lines: (replace(lines[0], customer_number=f"{9:018d}01"), lines[1]), "not_asked"),
        (lambda lines: (lines[0], lines[0]), "answered_twice"),
        (lambda lines: lines[:1], "unanswered"),
    ],
)
def test_an_answer_that_does_not_fit_is_held_and_its_good_lines_can_be_taken(connection, change, code) -> None:
    registered(connection, "3", "4")
    file = decode_request(asked(connection).content, file="x", processed_on=DUE)
    lines = tuple(replace(line, result=DebitResult.PAID) for line in file.lines)
    batch = answered(connection, encode_result(replace(file, lines=change(lines))))
    assert batch.state == "held"
    problems = problems_of(connection, WARD, batch_id=batch.id)
    assert code in {one.problem.code for one in problems}
    accept(connection, batch.id, reason="残りは銀行に照会中", acting=by("chief"))
    posted = post_batch(connection, batch.id, rules=MatchingRules(rates()), acting=CLERK)
    bad = {one.problem.line for one in problems} - {0}
    assert posted.posted == batch.rows - len(bad) == 1
    assert unanswered_days(connection, WARD) == [DUE]  # what was left out is no answer
    (stored,) = requests_listed(connection)
    assert (stored.paid, stored.failed) == (1, 0)


def test_what_was_asked_and_registered_is_never_changed(connection) -> None:
    registered(connection, "3")
    asked(connection)
    for table in ("debit_mandate", "debit_request", "debit_request_line"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"DELETE FROM {table}")


def test_a_request_the_banks_never_carried_out_is_given_up_by_two_and_holds_no_reminder_back(connection) -> None:
    """Lost at the bank, a request would keep its claims from 督促 and its channel uncovered for ever."""
    registered(connection, "3")
    made = asked(connection)
    claims = [row[0] for row in connection.execute("SELECT claim_id FROM debit_request_line").fetchall()]
    assert (unanswered_days(connection, WARD), claims_asked(connection, claims)) == ([DUE], set(claims))
    with connection.transaction():
        decision = store_proposal(
            connection, WARD, DayDecision.NOTHING_PAID, Channel.DIRECT_DEBIT, date(2026, 7, 3), reach=DUE,
            batch_id=None, reason="金融機関が依頼を受け取っていない", acting=CLERK,
        )  # fmt: skip
    assert unanswered_days(connection, WARD) == [DUE], "one person's word ends nothing"
    decide(connection, decision, approve=True, acting=by("chief"))
    assert (unanswered_days(connection, WARD), claims_asked(connection, claims)) == ([], set())
    assert content_of(connection, WARD, made.request_id), "the request itself stays as it was sent"


@pytest.mark.parametrize("posted_first", [True, False])
def test_a_debit_told_paid_and_then_not_paid_is_asked_about_and_stays_paid(connection, posted_first) -> None:
    """振替済 is money in the ledger; a later 資金不足 of the same line cannot take it out by itself."""
    registered(connection, "3")
    made = asked(connection)
    request = decode_request(made.content, file="x", processed_on=DUE)

    def told(result: DebitResult):
        lines = tuple(replace(line, result=result) for line in request.lines)
        return answered(connection, encode_result(replace(request, lines=lines)), result.name)

    paid = told(DebitResult.PAID)
    if posted_first:
        post_batch(connection, paid.id, rules=MatchingRules(rates()), acting=CLERK)
    failed = told(DebitResult.SHORT_OF_FUNDS)
    codes = [one.problem.code for one in problems_of(connection, WARD, batch_id=failed.id)]
    assert (failed.state, codes) == (("held", ["posted_as_paid"]) if posted_first else ("checked", []))
    if not posted_first:
        for batch in (failed, paid):
            post_batch(connection, batch.id, rules=MatchingRules(rates()), acting=CLERK)
    found = read_request(connection, WARD, made.request_id)
    assert found is not None
    request_then, (line,) = found
    assert (request_then.paid, request_then.failed, line.event, line.due) == (1, 0, "pay", 0)


def test_an_increase_with_a_later_due_date_of_its_own_is_not_debited_before_it(connection) -> None:
    """地方税法326条1項: an 増額 is owed by the 納期限 its own notice sets; the account of 06-30 pays 10,000."""
    registered(connection, "3", "4")
    claims = dict(
        connection.execute(
            "SELECT addressee_number, claim.id FROM claim JOIN notice ON notice.id = notice_id"
            " WHERE addressee_number IN ('3', '4')"
        ).fetchall()
    )
    with connection.transaction():
        books = open_books(connection, claim_ids=sorted(claims.values()))
        for claim_id, due in ((claims["3"], date(2026, 7, 31)), (claims["4"], DUE)):
            books.post(posting.increase(claim_id, 5_000, TODAY, reason="所得の追加"))
            connection.execute(
                "INSERT INTO claim_increase (claim_id, due_date, amount, effective_on, source)"
                " VALUES (%s, %s, 5000, %s, '')",
                [claim_id, due, TODAY],
            )
        store_books(connection, books, Posting(actor="test", booked_on=TODAY, recorded_at=NOW))
    assert [(day.count, day.total) for day in days_to_request(connection, WARD, after=TODAY)] == [(2, 25_000)]
    file = decode_request(asked(connection).content, file="x", processed_on=DUE)
    assert [line.amount for line in file.lines] == [10_000, 15_000]


def test_the_answer_another_municipality_got_says_nothing_of_ours(connection) -> None:
    """Customer numbers are counted in each municipality by itself: the same number there is another person."""
    registered(connection, "3")
    made = asked(connection)
    file = decode_request(made.content, file="x", processed_on=DUE)
    content = encode_result(replace(file, lines=tuple(replace(one, result=DebitResult.PAID) for one in file.lines)))
    acting = by("clerk", NOW.replace(month=7, day=2))
    theirs = answered(connection, content, municipality_code="131199", booked_on=date(2026, 7, 2))
    post_batch(connection, theirs.id, rules=MatchingRules(rates()), acting=acting)
    (listed,) = requests_listed(connection)
    assert (listed.count, listed.paid, listed.failed) == (1, 0, 0)
    assert unanswered_days(connection, WARD) == [DUE]
    assert [one.name for one in outgoing_files(connection, WARD, waiting=True)] == [made.name]
    ours = answered(connection, content)
    post_batch(connection, ours.id, rules=MatchingRules(rates()), acting=acting)
    (listed,) = requests_listed(connection)
    assert (listed.paid, unanswered_days(connection, WARD)) == (1, [])


# the year of an answer --------------------------------------------------------------------------------------------


def paid_answer(content: bytes) -> bytes:
    asked_for = decode_request(content, file="x", processed_on=DUE)
    return encode_result(
        replace(asked_for, lines=tuple(replace(line, result=DebitResult.PAID) for line in asked_for.lines))
    )


@pytest.mark.parametrize("processed_on", [DUE, date(2027, 2, 15), date(2028, 5, 1)])
def test_an_answer_is_of_the_day_that_was_asked_for_however_late_it_is_processed(connection, processed_on) -> None:
    """全銀 headers say month and day: the year comes from the request that is answered."""
    registered(connection, "3")
    content = paid_answer(asked(connection).content)
    found = reading(connection, content, processed_on=processed_on)
    assert (found.problems, [(row.received_on, row.amount) for row in found.rows]) == ((), [(DUE, 10_000)])


def test_twin_without_the_requests_a_late_answer_is_taken_for_another_year_s(connection) -> None:
    registered(connection, "3")
    content = paid_answer(asked(connection).content)
    late = reader_for(kind_of("debit_result"), LAYOUTS, name="x", processed_on=date(2027, 5, 1))(content)
    assert [row.received_on for row in late.rows] == [DUE.replace(year=2027)]


def test_of_the_same_day_in_several_years_the_one_is_meant_whose_lines_are_answered(connection) -> None:
    registered(connection, "3")
    made = asked(connection)
    mine = decode_request(made.content, file="x", processed_on=DUE)
    next_year = DUE.replace(year=2027)
    others = replace(
        mine,
        header=replace(mine.header, debit_on=next_year),
        lines=tuple(replace(line, customer_number="9" * 20) for line in mine.lines),
    )
    found = reader_for(
        kind_of("debit_result"), LAYOUTS, name="x", processed_on=date(2027, 7, 3),
        requested=lambda day: [mine] if day == DUE else [others], requested_days=[DUE, next_year],
    )(paid_answer(made.content))  # fmt: skip
    assert (found.problems, [row.received_on for row in found.rows]) == ((), [DUE])


def test_an_answer_for_a_day_nothing_was_asked_for_is_refused_in_words(connection) -> None:
    registered(connection, "3")
    made = asked(connection)
    mine = decode_request(made.content, file="x", processed_on=DUE)
    other = encode_result(
        replace(
            mine,
            header=replace(mine.header, debit_on=date(2026, 7, 31)),
            lines=tuple(replace(line, result=DebitResult.PAID) for line in mine.lines),
        )
    )
    found = reading(connection, other, processed_on=date(2026, 8, 3))
    assert (found.rows, [problem.code for problem in found.problems]) == ((), ["not_requested"])
