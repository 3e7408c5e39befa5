"""Which money first: the day of receipt (領収日) decides, not the day of arrival (collection cases B1–B6)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import psycopg
import pytest
from tests.ledger import posted_payments as module
from tests.ledger.year_of_four import Year, a_year

from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.books.verify import verify_ledger

pytestmark = pytest.mark.storage


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened
        report = verify_ledger(opened, every_step=True)
        assert report.holds, report.differences


@pytest.fixture
def year(connection) -> Year:
    return a_year(connection)


def test_a_payment_in_time_that_arrives_last_ends_the_interest_the_later_one_had_made(connection) -> None:
    """B1. 法326条: 延滞金 runs to the day of payment. The slip was paid on 29 June and again on 31 October."""
    year = a_year(connection, [500_000])
    again = year.slip("1", date(2026, 10, 31), 500_000)
    first = year.slip("1", date(2026, 6, 29), 500_000)
    year.arrive(date(2026, 11, 4), again)
    assert year.interest()[0] > 0
    year.arrive(date(2026, 11, 10), first)
    assert (year.dues(), year.interest()) == ([0], [0])
    assert year.share(first, "1").principal == 500_000
    assert (year.share(again, "1").in_error, year.share(again, "1").overpaid) == (500_000, 0)
    assert year.books().claims[year.claim("1")].settled_on == date(2026, 6, 29)


def test_each_slip_pays_its_own_installment_though_the_later_one_arrived_first(year) -> None:
    """B2. 法321条1項: 1期 paid on 10 June arrives on the 24th, 2期 paid on the 12th arrives on the 16th."""
    second, first = year.slip("2", date(2026, 6, 12), 25_000), year.slip("1", date(2026, 6, 10), 25_000)
    year.arrive(date(2026, 6, 16), second)
    assert year.dues() == [0, 25_000, 25_000, 25_000]
    year.arrive(date(2026, 6, 24), first)
    assert year.dues() == [0, 0, 25_000, 25_000]
    assert year.share(second, "2").principal == 25_000
    assert year.owed_back() == 0


def test_slips_paid_in_the_wrong_order_within_the_term_pay_their_own_installments(year) -> None:
    """Sister of B2: 4期 … 1期 paid one a day before 30 June, posted as they were paid."""
    slips = [year.slip(name, date(2026, 6, day), 25_000) for day, name in ((10, "4"), (11, "3"), (12, "2"), (13, "1"))]
    for slip in slips:
        year.arrive(date(2026, 6, 20), slip)
    assert year.dues() == [0, 0, 0, 0]
    assert all(year.share(slip, slip.installment).principal == 25_000 for slip in slips)
    assert year.owed_back() == 0


@pytest.mark.parametrize("order", ["1234", "4321", "3142", "2413"])
def test_a_year_paid_on_one_day_through_two_channels_is_settled_whichever_arrives_first(year, order) -> None:
    """B3."""
    for place, name in enumerate(order):
        channel = Channel.BANK if place % 2 else Channel.CONVENIENCE
        year.arrive(date(2026, 6, 15 + place), year.slip(name, date(2026, 6, 10), 25_000, channel))
    assert (year.dues(), year.owed_back()) == ([0, 0, 0, 0], 0)


def test_a_year_paid_on_one_day_is_settled_though_its_slips_are_groups_apart_in_one_file(year, monkeypatch) -> None:
    """B3: the groups of a file are posted one after the other."""
    monkeypatch.setattr(module, "PAYMENTS_PER_GROUP", 1)
    year.arrive(date(2026, 6, 15), *(year.slip(name, date(2026, 6, 10), 25_000) for name in "4231"))
    assert (year.dues(), year.owed_back()) == ([0, 0, 0, 0], 0)


def test_without_the_look_at_the_order_the_slips_of_one_day_leave_money_owed_back(year, monkeypatch) -> None:
    """The twin of the test before: the guard off, a 期 stays due while as much is owed back."""
    monkeypatch.setattr(module, "PAYMENTS_PER_GROUP", 1)
    monkeypatch.setattr("kofu.ledger.payments.place_payments.comes_out_of_order", lambda *_: False)
    year.arrive(date(2026, 6, 15), *(year.slip(name, date(2026, 6, 10), 25_000) for name in "4231"))
    assert (sum(year.dues()), year.owed_back()) == (25_000, 25_000)


def test_paid_before_a_reduction_and_posted_after_it_is_overpaid_for_the_reductions_cause(year) -> None:
    """B5. 過納金: rightly paid, too much since (tax.md 1.6; 法17条の4第1項1号)."""
    on = date(2026, 9, 1)
    year.post(on, lambda books: posting.reduce(books, year.claim("1"), 10_000, on, reason="減額更正"))
    slip = year.slip("1", date(2026, 6, 25), 25_000)
    year.arrive(date(2026, 9, 10), slip)
    share = year.share(slip, "1")
    assert (share.principal, share.overpaid, share.in_error) == (15_000, 10_000, 0)
    reason = year.connection.execute(
        "SELECT reason FROM entry JOIN transfer ON entry_id = entry.id WHERE credit = 'overpaid'"
    ).fetchone()
    assert reason == ("減額更正",)


def test_paid_after_a_reduction_is_in_error(year) -> None:
    """Sister of B5: what was not owed any more on its day is 誤納金 (tax.md 1.6)."""
    on = date(2026, 9, 1)
    year.post(on, lambda books: posting.reduce(books, year.claim("1"), 25_000, on, reason="賦課取消", cancelled=True))
    slip = year.slip("1", date(2026, 9, 5), 25_000)
    year.arrive(date(2026, 9, 10), slip)
    share = year.share(slip, "1")
    assert (share.principal, share.overpaid, share.in_error) == (0, 0, 25_000)


def test_what_lay_at_a_claim_when_it_was_reduced_was_rightly_paid_though_another_arrives_before_it(year) -> None:
    """過納 stays 過納 when the notice is made anew: the 減額 comes behind what was taken as owed when it was posted."""
    paid = year.slip("1", date(2026, 9, 5), 25_000)
    year.arrive(date(2026, 9, 8), paid)
    on = date(2026, 9, 1)
    year.post(date(2026, 9, 9), lambda books: posting.reduce(books, year.claim("1"), 25_000, on, reason="賦課取消"))
    earlier = year.slip("1", date(2026, 8, 1), 1_000)
    year.arrive(date(2026, 9, 20), earlier)
    assert (year.share(earlier, "1").overpaid, year.share(paid, "1").overpaid) == (1_000, 24_000)
    assert year.share(paid, "1").in_error == 1_000


def test_the_slip_of_a_later_installment_pays_the_open_one_for_good(year) -> None:
    """B6. 4期 slip paid in the 納期 of 3期, 3期 unpaid for good: to 3期 (地方自治研究機構 法務QA 2022年冬号)."""
    for name in "12":
        year.arrive(date(2026, 6, 20), year.slip(name, date(2026, 6, 10), 25_000))
    fourth = year.slip("4", date(2026, 10, 20), 25_000)
    year.arrive(date(2026, 11, 1), fourth)
    assert year.dues() == [0, 0, 0, 25_000]
    third = year.slip("3", date(2026, 10, 15), 25_000)
    year.arrive(date(2026, 11, 10), third)
    assert year.dues() == [0, 0, 0, 0]
    assert (year.share(third, "3").principal, year.share(fourth, "4").principal) == (25_000, 25_000)


def test_three_copies_of_a_slip_are_settled_by_the_one_paid_first(year) -> None:
    copies = [year.slip("1", date(2026, 6, day), 25_000) for day in (20, 15, 18)]
    for copy in copies:
        year.arrive(date(2026, 7, 1), copy)
    assert [year.share(copy, "1").principal for copy in copies] == [0, 25_000, 0]
    assert [year.share(copy, "1").in_error for copy in copies] == [25_000, 0, 25_000]


def test_a_part_payment_that_arrives_late_shortens_the_interest(connection) -> None:
    """法326条: from the day after a part payment, 延滞金 runs on what is left."""
    both = []
    for number, order in (("1", (0, 1)), ("2", (1, 0))):
        year = a_year(connection, [300_000], number=number)
        slips = [year.slip("1", date(2026, 7, 10), 200_000), year.slip("1", date(2026, 12, 10), 110_000)]
        for place in order:
            year.arrive(date(2026, 12, 20), slips[place])
        both.append((year.interest(), year.owed_back(), [year.share(slip, "1").interest for slip in slips]))
    assert both[0] == both[1]
    assert both[0][0][0] > 0


def test_a_slip_of_interest_is_owed_back_when_the_tax_turns_out_to_have_been_paid_in_time(connection) -> None:
    """Sister of B1: the 延滞金 that was asked for, and paid, was never owed."""
    year = a_year(connection, [500_000])
    late, first = year.slip("1", date(2026, 10, 31), 500_000), year.slip("1", date(2026, 6, 29), 500_000)
    year.arrive(date(2026, 11, 4), late)
    asked = year.books().claims[year.claim("1")].interest_due
    interest = year.slip("1", date(2026, 11, 20), asked, interest=asked)
    year.arrive(date(2026, 11, 25), interest)
    assert year.share(interest, "1").interest == asked
    year.arrive(date(2026, 12, 1), first)
    assert (year.dues(), year.interest()) == ([0], [0])
    assert year.share(interest, "1").in_error == asked
    assert year.owed_back() == 500_000 + asked


def test_every_entry_that_moves_money_anew_names_the_payment_that_caused_it(connection) -> None:
    """「なぜ動いたか」: the day it was paid, the day it was booked; the entries are of the open day (P12)."""
    year = a_year(connection, [500_000])
    year.arrive(date(2026, 11, 4), year.slip("1", date(2026, 10, 31), 500_000))
    first = year.slip("1", date(2026, 6, 29), 500_000)
    year.arrive(date(2026, 11, 10), first)
    moved = connection.execute(
        "SELECT kind, effective_on, booked_on, detail -> 'cause' ->> 'payment', detail -> 'cause' ->> 'received_on'"
        " FROM entry WHERE detail ? 'cause' ORDER BY sequence"
    ).fetchall()
    late, booked = date(2026, 10, 31), date(2026, 11, 10)
    told = (str(first.payment_id), "2026-06-29")
    assert moved == [
        ("made_anew", late, booked, *told),
        ("interest_revised", late, booked, *told),
        ("paid_in_error", late, booked, *told),
    ]


def test_payments_that_come_in_their_order_read_no_history(year, monkeypatch) -> None:
    """The night stays fast: only a notice an earlier 領収日 comes to is looked at as a whole."""

    def read(*_: object) -> None:
        raise AssertionError("a history was read")

    monkeypatch.setattr("kofu.ledger.payments.place_payments.load_histories", read)
    year.arrive(date(2026, 6, 15), *(year.slip(name, date(2026, 6, 10), 25_000) for name in "12"))
    year.arrive(
        date(2026, 11, 25), year.slip("3", date(2026, 11, 20), 20_000), year.slip("3", date(2026, 11, 21), 5_000)
    )
    year.arrive(date(2026, 12, 5), year.slip("4", date(2026, 12, 1), 25_000))
    assert year.dues() == [0, 0, 0, 0]
    with pytest.raises(AssertionError, match="history"):
        year.arrive(date(2026, 12, 10), year.slip("4", date(2026, 11, 30), 25_000))


def test_what_was_taken_over_comes_first_since_its_day_is_in_the_system_before(connection) -> None:
    """移行前の収納 has the 納期限 as its day; a slip paid before that does not put it out."""
    year = a_year(connection, [25_000])
    before = year.slip("1", date(2026, 6, 30), 25_000, Channel.TAKEN_OVER)
    year.arrive(date(2026, 7, 1), before)
    slip = year.slip("1", date(2026, 6, 10), 25_000)
    year.arrive(date(2026, 7, 10), slip)
    assert (year.share(before, "1").principal, year.share(slip, "1").in_error) == (25_000, 25_000)
