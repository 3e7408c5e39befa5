"""Cases of 領収日, 延滞金, 時効 and 還付加算金 worked out by hand from the law, to the yen and the day.

Rates: 告示 of each year (附則3条の2): 2025 2.4 % / 8.7 % / 0.9 %, 2026 2.8 % / 9.1 % / 1.3 %.
"""

from __future__ import annotations

from datetime import date

import pytest
from tests.ledger.arrivals import Arrivals, Assessed, Deed, Paid, Refunded, WrittenOff

from kofu.ledger.books.domain.exemptions import terms_of
from kofu.ledger.books.domain.interest import interest
from kofu.ledger.books.domain.offset import offset_day
from kofu.ledger.books.domain.prescription import (
    DeferralGround,
    Happening,
    PrescriptionEvent,
    extinction,
    starting_day,
    with_part_payments,
)
from kofu.ledger.books.domain.refund_interest import Origin, RefundCause, counts_from, refund_interest
from kofu.ledger.books.rates_file import load_rates

RATES = load_rates()


def after(*deeds: Deed, amount: int = 27_000) -> Arrivals:
    found = Arrivals((amount, 25_000, 25_000, 25_000))
    for deed in deeds:
        found.arrive(deed)
    return found


def share(found: Arrivals, number: int, claim: int = 1) -> tuple[int, int, int, int]:
    """本税, 延滞金, 過納, 誤納 of a payment at a 期別."""
    return next(
        (one.principal, one.interest, one.overpaid, one.in_error)
        for (payment, at), one in found.books.shares.items()
        if (payment.int, at) == (number, claim)
    )


def test_a_run_over_new_year_takes_each_year_at_its_rate() -> None:
    """法326条, 附則3条の2: 30 days at 2.4 % 986, 31 at 8.7 % 3,694, 41 at 9.1 % 5,110: 9,790, cut to 9,700."""
    found = interest(due_date=date(2025, 10, 31), assessed=500_000, payments=[], until=date(2026, 2, 10), rates=RATES)
    assert [segment.amount for segment in found.segments] == [986, 3_694, 5_110]
    assert found.amount == 9_700


def test_a_first_month_that_ends_in_the_new_year_takes_both_years_low_rates() -> None:
    """16 days at 2.4 % 315, 15 at 2.8 % 345, then 16 at 9.1 % 1,196: 1,856, cut to 1,800."""
    found = interest(due_date=date(2025, 12, 15), assessed=300_000, payments=[], until=date(2026, 1, 31), rates=RATES)
    assert [(segment.days, segment.amount) for segment in found.segments] == [(16, 315), (15, 345), (16, 1_196)]
    assert found.amount == 1_800


def test_a_grace_and_a_suspension_take_their_parts_out_of_one_run() -> None:
    """法15条の9: 換価の猶予 of September to December at 0.9 %, 停止 of February and March at nothing.

    407 + 1,477 + 601 + 1,545 + 1,495 = 5,525, cut to 5,500.
    """
    terms = terms_of(
        [
            PrescriptionEvent(Happening.GRACE, date(2025, 9, 1), date(2025, 12, 31), ground=DeferralGround.CONVERSION),
            PrescriptionEvent(Happening.SUSPENDED, date(2026, 2, 1), date(2026, 3, 31)),
        ]
    )
    found = interest(
        due_date=date(2025, 6, 30), assessed=200_000, payments=[], until=date(2026, 4, 30), rates=RATES,
        exempt=terms.exempt, in_grace=terms.in_grace,
    )  # fmt: skip
    assert [segment.amount for segment in found.segments] == [407, 1_477, 601, 1_545, 1_495]
    assert found.amount == 5_500


@pytest.mark.parametrize(("assessed", "amount"), [(56_999, 1_300), (56_000, 1_300), (54_999, 1_200), (1_999, 0)])
def test_the_base_is_cut_below_1000_yen(assessed: int, amount: int) -> None:
    """法20条の4の2第2項, on the example of 中央市: 28 days at 2.8 %, 88 at 9.1 %."""
    found = interest(due_date=date(2026, 2, 2), assessed=assessed, payments=[], until=date(2026, 5, 29), rates=RATES)
    assert found.amount == amount


def test_no_interest_runs_on_interest_that_is_paid_long_after_the_tax() -> None:
    """法326条: 延滞金 runs on 本税 alone. 713 + 9,872 = 10,585, cut to 10,500; half a year later it is still that."""
    found = after(Paid(1, "1", date(2026, 12, 10), 300_000), amount=300_000)
    assert found.books.claims[1].interest_due == 10_500
    found.arrive(Paid(2, "1", date(2027, 5, 1), 10_500))
    claim = found.books.claims[1]
    assert (claim.interest_assessed, claim.interest_due, claim.settled_on) == (10_500, 0, date(2027, 5, 1))


def test_two_part_payments_of_one_day_bear_what_one_payment_of_that_day_bears() -> None:
    two = after(Paid(1, "1", date(2026, 12, 10), 200_000), Paid(2, "1", date(2026, 12, 10), 100_000), amount=300_000)
    assert (two.books.claims[1].due, two.books.claims[1].interest_due) == (0, 10_500)


def test_a_slip_paid_before_the_tax_was_assessed_is_paid_in_time() -> None:
    """A 納付書 handed out ahead: the day of the 調定 is no lower end of the 領収日."""
    found = after(Paid(1, "1", date(2026, 5, 20), 27_000))
    assert (found.books.claims[1].due, found.books.claims[1].interest_assessed) == (0, 0)


def test_what_was_paid_too_much_grows_by_what_an_earlier_payment_takes() -> None:
    """B1: 30,000 on 10 July; then 10,000 of 29 June arrives: 17,000 pay, 13,000 are owed back."""
    found = after(Paid(1, "1", date(2026, 7, 10), 30_000), Paid(2, "1", date(2026, 6, 29), 10_000))
    assert (share(found, 1), share(found, 2)) == ((17_000, 0, 0, 13_000), (10_000, 0, 0, 0))


def test_a_reduction_after_a_refund_frees_what_is_still_there() -> None:
    """法17条: of the two slips the copy was refunded; the 減額 makes 5,000 of the other 過納."""
    found = after(
        Paid(1, "1", date(2026, 6, 10), 27_000), Paid(2, "1", date(2026, 6, 20), 27_000), Refunded(),
        Assessed("1", date(2027, 6, 2), -5_000),
    )  # fmt: skip
    assert share(found, 1) == (22_000, 0, 5_000, 0)
    assert share(found, 2) == (0, 0, 0, 0), "27,000 pay 2期 and go back"
    found.arrive(Paid(3, "1", date(2026, 6, 5), 27_000))
    assert not found.obstacles
    assert share(found, 3) == (22_000, 0, 5_000, 0)
    assert share(found, 1) == (0, 0, 0, 27_000)


def test_a_payment_of_an_earlier_day_pays_what_was_written_off_and_the_later_one_what_is_left() -> None:
    """B4: written off after 10,000 of August; 20,000 of July turn up: 17,000 were never to be written off."""
    found = after(Paid(1, "1", date(2026, 8, 5), 10_000), WrittenOff("1"), Paid(2, "1", date(2026, 7, 20), 20_000))
    claim = found.books.claims[1]
    assert (claim.written_off, claim.due, claim.paid) == (0, 0, 27_000)
    assert (share(found, 2)[0], share(found, 1)[0], share(found, 1)[3]) == (20_000, 7_000, 3_000)


@pytest.mark.parametrize(
    ("due", "on"),
    [
        (date(2024, 2, 29), date(2029, 3, 1)),
        (date(2024, 2, 28), date(2029, 3, 1)),
        (date(2020, 12, 31), date(2026, 1, 1)),
    ],
)
def test_five_years_end_on_the_day_before_their_first(due: date, on: date) -> None:
    """法18条1項, 民法143条: from 1 March 2024 to 28 February 2029; from 29 February, which 2029 has not, as well."""
    assert extinction(starting_day(due, due), []).on == on


def test_a_payment_while_a_demand_holds_the_end_off_renews() -> None:
    """民法150条, 152条: 催告 of 1 June holds to 1 December; the payment of 20 November is in time."""
    events = with_part_payments([PrescriptionEvent(Happening.DEMANDED, date(2025, 6, 1))], [date(2025, 11, 20)])
    assert extinction(date(2020, 7, 1), events).on == date(2030, 11, 21)


def test_a_payment_on_the_last_day_renews_and_one_on_the_next_comes_too_late() -> None:
    """法18条2項: 30 June 2025 is owed still."""
    first = date(2020, 7, 1)
    assert extinction(first, with_part_payments([], [date(2025, 6, 30)])).on == date(2030, 7, 1)
    assert extinction(first, with_part_payments([], [date(2025, 7, 1)])).on == date(2025, 7, 1)


def test_a_payment_within_the_ten_days_of_a_reminder_does_not_shorten_them() -> None:
    """法18条の2第1項2号: 督促 of 20 July 2020 renews from 31 July, later than the payment of 25 July does."""
    events = with_part_payments([PrescriptionEvent(Happening.DUNNED, date(2020, 7, 20))], [date(2020, 7, 25)])
    assert extinction(date(2020, 7, 1), events).on == date(2025, 7, 31)


@pytest.mark.parametrize(
    ("paid", "first"),
    [
        (date(2026, 1, 30), date(2026, 3, 1)),
        (date(2026, 1, 31), date(2026, 3, 1)),
        (date(2025, 12, 31), date(2026, 2, 1)),
        (date(2024, 1, 30), date(2024, 3, 1)),
    ],
)
def test_a_month_after_a_payment_in_error_is_a_calendar_month(paid: date, first: date) -> None:
    """法17条の4第1項4号, 民法143条: from 31 January, and from 1 February, the month is over with February."""
    assert counts_from(Origin(cause=RefundCause.OTHER, paid_on=paid)) == first


def test_refund_interest_over_new_year_takes_each_year_at_its_rate() -> None:
    """法17条の4第1項1号: 92 days at 0.9 % 1,361, 90 at 1.3 % 1,923: 3,284, cut to 3,200."""
    origin = Origin(cause=RefundCause.REASSESSMENT, paid_on=date(2025, 9, 30))
    found = refund_interest(600_000, origin, date(2026, 3, 31), RATES)
    assert [(segment.days, segment.amount) for segment in found.segments] == [(92, 1_361), (90, 1_923)]
    assert found.amount == 3_200


def test_refund_interest_on_what_is_appropriated_ends_on_the_day_both_stood_opposite() -> None:
    """法17条の4第1項, 令6条の14: paid 15 January, 1期 due 30 June: 166 days at 1.3 % 3,547, cut to 3,500."""
    paid = date(2026, 1, 15)
    origin = Origin(cause=RefundCause.REASSESSMENT, paid_on=paid)
    found = refund_interest(600_000, origin, offset_day(date(2026, 6, 30), paid), RATES)
    assert [segment.days for segment in found.segments] == [166]
    assert found.amount == 3_500


def test_a_correction_of_income_tax_before_the_payment_counts_from_the_day_after_it() -> None:
    """法17条の4第1項3号: what was not paid yet cannot bear 還付加算金."""
    origin = Origin(cause=RefundCause.INCOME_TAX, paid_on=date(2026, 8, 31), income_tax_on=date(2026, 3, 10))
    assert counts_from(origin) == date(2026, 9, 1)
