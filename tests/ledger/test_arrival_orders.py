"""Every order in which the same events reach us ends in the same balances (P12)."""

from __future__ import annotations

from datetime import date, timedelta

import hypothesis.strategies as st
from hypothesis import given, settings
from tests.ledger.arrivals import Arrivals, Assessed, Event, Paid

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


def in_order(events: list[Event]) -> list[Event]:
    """As everything would come on its day; of one day as the rule says."""

    def rank(event: Event) -> tuple[date, int]:
        return event.on, 1 if isinstance(event, Paid) else 0 if event.amount > 0 else 2

    return sorted(events, key=rank)


def as_they_can_come(shuffled: list[Event]) -> list[Event]:
    """Changes in the order of their days, and before every payment of a later day; payments as they are shuffled."""
    changes = [event for event in in_order(shuffled) if isinstance(event, Assessed)]
    found: list[Event] = []
    for event in shuffled:
        if isinstance(event, Paid):
            due = [change for change in changes if (change.on, change.amount < 0) < (event.on, True)]
            found += [*due, event]
            changes = changes[len(due) :]
        elif event in changes:
            upto = changes.index(event) + 1
            found += changes[:upto]
            changes = changes[upto:]
    return found


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
