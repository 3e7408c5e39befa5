"""Which payments can be posted as they come, and which notices have to be looked at as a whole."""

from __future__ import annotations

from datetime import date

import pytest
from tests.ledger.payments.domain.matched import CLAIMS, opened, pay, paying

from kofu.ledger.payments.domain.receipt_check import comes_out_of_order

YEN = 56_400


def out_of_order(*payments, paid=(), changed=None) -> bool:
    """Ask of payments, after others were paid as they came."""
    books = opened(YEN)
    for one in paid:
        pay(books, one)
    for one in payments:
        books.open_payment(one.payment_id, one.received_on)
    return comes_out_of_order(payments, CLAIMS, books, changed or {})


@pytest.mark.parametrize(
    ("paid", "new"),
    [
        ([], [paying(YEN, "1", date(2026, 6, 10), 2)]),
        ([paying(YEN, "1", date(2026, 6, 10))], [paying(YEN, "2", date(2026, 6, 10), 2)]),
        ([paying(20_000, "1", date(2026, 6, 10))], [paying(30_000, "1", date(2026, 6, 11), 2)]),
        ([], [paying(YEN, name, date(2026, 6, 10), int(name)) for name in "1234"]),
        ([paying(YEN, "1", date(2026, 6, 10))], [paying(YEN, "1", date(2026, 7, 10), 2)]),
        ([paying(YEN, "1", date(2026, 6, 10))], [paying(YEN, "9", date(2026, 6, 1), 2)]),
    ],
)
def test_what_comes_later_and_finds_room_is_posted_as_it_comes(paid, new) -> None:
    """A slip that names no 期別 of ours goes to 仮受; a copy paid late is owed back as it comes."""
    assert not out_of_order(*new, paid=paid)


@pytest.mark.parametrize(
    ("paid", "new"),
    [
        ([paying(YEN, "1", date(2026, 6, 10))], [paying(YEN, "1", date(2026, 6, 9), 2)]),
        ([paying(YEN, "2", date(2026, 6, 10))], [paying(YEN, "1", date(2026, 6, 10), 2)]),
        ([paying(YEN, "4", date(2026, 6, 10))], [paying(YEN, "1", date(2026, 6, 20), 2)]),
        ([], [paying(YEN, "2", date(2026, 6, 10), 1), paying(YEN, "1", date(2026, 6, 12), 2)]),
    ],
)
def test_an_earlier_day_or_no_room_within_the_term_is_looked_at_as_a_whole(paid, new) -> None:
    assert out_of_order(*new, paid=paid)


@pytest.mark.parametrize(("on", "expected"), [(date(2026, 8, 1), False), (date(2026, 9, 1), True)])
def test_a_change_on_the_day_of_payment_or_after_it_is_looked_at(on, expected) -> None:
    assert out_of_order(paying(YEN, "1", date(2026, 8, 31)), changed={1: on}) is expected
