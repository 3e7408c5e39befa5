"""Every order in which the same events reach us ends in the same balances (P12)."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from uuid import UUID

import hypothesis.strategies as st
import psycopg
import pytest
from hypothesis import given, settings
from tests.ledger.arrivals import Arrivals, Assessed, Event, Paid
from tests.ledger.payments.orders_of_arrival import as_they_can_come, in_order
from tests.ledger.reference_model import first_money_first
from tests.ledger.year_of_four import a_year

from kofu.ledger.books.verify import verify_ledger

AMOUNTS = (27_000, 25_000, 25_000, 25_000)
FIRST = date(2026, 6, 1)

days = st.integers(0, 300).map(lambda count: FIRST + timedelta(days=count))
yen = st.sampled_from((25_000, 27_000, 10_000, 400_000, 1_000)) | st.integers(1, 60_000)
slips = st.tuples(st.sampled_from("1234"), days, yen)
changes = st.tuples(st.sampled_from("1234"), days, st.integers(-20_000, 20_000).filter(bool))


def events_of(paid: list[tuple[str, date, int]], changed: list[tuple[str, date, int]]) -> list[Event]:
    """Reductions of one 期別 together take less than it was assessed at, in whatever order they come."""
    small = [(name, on, amount if amount > 0 else max(amount, -24_000 // len(changed))) for name, on, amount in changed]
    return [
        *(Paid(number, *slip) for number, slip in enumerate(paid, start=1)),
        *(Assessed(*change) for change in small if change[2]),
    ]


def arrived(events: list[Event], amounts: tuple[int, ...] = AMOUNTS, **more: bool) -> Arrivals:
    found = Arrivals(amounts, **more)
    for event in events:
        found.arrive(event)
    for balance in found.books.payments.values():
        assert balance.unallocated == 0
    return found


@settings(max_examples=300, deadline=None)
@given(
    st.lists(slips, min_size=2, max_size=6, unique_by=lambda slip: slip[:2]),
    st.lists(changes, max_size=2, unique_by=lambda change: change[:2]),
    st.randoms(use_true_random=False),
)
def test_every_order_of_arrival_ends_in_the_same_balances(paid, changed, chance) -> None:
    """But for copies of a slip paid on one day: of these the one that reached us first is the one that pays.

    And a change of what is assessed is posted on its day: what was paid later comes later.
    """
    events = events_of(paid, changed)
    by_day = in_order(events)
    shuffled = list(events)
    chance.shuffle(shuffled)
    one, other = arrived(by_day), arrived(as_they_can_come(shuffled))
    assert one.balances() == other.balances()
    assert not one.obstacles | other.obstacles


def test_the_slip_of_another_installment_keeps_its_own_when_all_it_paid_elsewhere_fell_away() -> None:
    """Found by the test above: 2,000 yen of a 2期 slip paid 1期, which was reduced on the same day."""
    on = date(2026, 6, 1)
    slips = [Paid(1, "1", on, 25_000), Paid(3, "2", on, 25_000), Paid(4, "3", on, 25_000)]
    reduction, copy = Assessed("1", on, -2_000), Paid(2, "1", date(2026, 6, 2), 25_000)
    expected = arrived([*slips, reduction, copy]).balances()
    assert arrived([slips[0], reduction, slips[2], slips[1], copy]).balances() == expected
    assert arrived([reduction, copy, *reversed(slips)]).balances() == expected


def test_without_the_look_at_the_order_the_balances_depend_on_arrival() -> None:
    """The twin: the guard off."""
    slips = [Paid(1, "1", date(2026, 6, 29), 27_000), Paid(2, "1", date(2026, 12, 20), 27_000)]
    assert arrived(slips).balances() == arrived(slips[::-1]).balances()
    one, other = (arrived(order, looks_at_the_order=False) for order in (slips, slips[::-1]))
    assert one.balances() != other.balances()


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1_000, 60_000),
    st.lists(st.tuples(days, st.integers(1, 40_000)), min_size=1, max_size=6, unique_by=lambda paid: paid[0]),
    st.randoms(use_true_random=False),
)
def test_the_earliest_money_pays_the_tax_as_the_reference_model_says(owed, paid, chance) -> None:
    """One 期別, in any order of arrival: what pays the tax is what was paid first, whatever 延滞金 comes of it."""
    slips = [Paid(number, "1", on, amount) for number, (on, amount) in enumerate(paid, start=1)]
    expected = first_money_first(owed, {slip.number: (slip.on, slip.amount) for slip in slips})
    chance.shuffle(slips)
    books = arrived(slips, (owed, 1, 1, 1)).books
    found = {slip.number: books.shares[UUID(int=slip.number), 1].principal for slip in slips}
    assert found == expected
    for slip in slips:
        share = books.shares[UUID(int=slip.number), 1]
        assert share.interest + share.in_error == slip.amount - expected[slip.number]


@pytest.mark.storage
def test_in_the_database_too_every_order_of_arrival_ends_in_the_same_balances(system_database) -> None:
    """Four slips, one of them a copy, one short: each order at a notice of its own, posted one file after the other."""
    paid = [("2", date(2026, 6, 10)), ("1", date(2026, 6, 12)), ("1", date(2026, 6, 20)), ("3", date(2026, 11, 20))]
    found = set()
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as connection:
        for number, order in enumerate(permutations(range(len(paid)))):
            year = a_year(connection, number=f"{number:011d}", person=str(number))
            slips = [year.slip(name, on, 25_000) for name, on in paid]
            for place in order:
                year.arrive(date(2026, 12, 1), slips[place])
            shares = [year.share(slip, slip.installment) for slip in slips]
            where = tuple((share.principal, share.interest, share.in_error) for share in shares)
            found.add((tuple(year.dues()), tuple(year.interest()), where))
        report = verify_ledger(connection, every_step=True)
    assert report.holds, report.differences
    assert len(found) == 1
    ((dues, interest, where),) = found
    assert (dues, interest) == ((0, 0, 0, 25_000), (0, 0, 0, 0))
    assert where == ((25_000, 0, 0), (25_000, 0, 0), (0, 0, 25_000), (25_000, 0, 0))
