"""Payments, 減額, 増額, 不納欠損 and its reversal, 充当, 還付, 収納取消, 付替 in every order that can be (P12).

The orders are drawn with fixed seeds. An order in which something cannot happen where it stands is none: the rule that
forbids it is named (`arrivals.Forbidden`). Where something has left or was decided, the rules say what may differ.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from tests.ledger.arrivals import (
    CLAIMS,
    Arrivals,
    Assessed,
    Deed,
    Forbidden,
    Moved,
    OutOfPlaceError,
    Paid,
    Refunded,
    TakenOut,
    WrittenOff,
)
from tests.ledger.payments.orders_of_arrival import as_they_can_come

from kofu.ledger.payments.domain import notice_facts
from kofu.ledger.payments.domain.make_anew import AnewObstacle

AMOUNTS = (27_000, 25_000, 25_000, 25_000)
FIRST = date(2026, 6, 1)
HISTORIES, ORDERS = 50, 4


def drawn(chance: random.Random, *deeds: str) -> list[Deed]:
    """Two to four slips, and what is done."""
    slips = chance.randint(2, 4)

    def day() -> date:
        return FIRST + timedelta(days=chance.randint(0, 280))

    found: list[Deed] = [
        Paid(number, chance.choice("1122334"), day(), chance.choice((25_000, 27_000, 10_000, 400_000, 1_000, 31_788)))
        for number in range(1, slips + 1)
    ]
    for deed in deeds:
        match deed:
            case "write off":
                found.append(WrittenOff(chance.choice("123")))
            case "refund":
                found.append(Refunded())
            case "take out":
                found.append(TakenOut(chance.randint(1, slips)))
            case "move":
                found.append(Moved(chance.randint(1, slips), chance.choice("1234")))
            case "assess":
                found.append(Assessed(chance.choice("1234"), day(), chance.choice((-10_000, -5_000, 5_000, 20_000))))
    return found


def orders_of(chance: random.Random, deeds: Sequence[Deed]) -> list[list[Deed]]:
    """Slips and changes as they can come, and among them what is done, to a payment after it has come."""
    found = []
    for _ in range(ORDERS):
        shuffled = list(deeds)
        chance.shuffle(shuffled)
        order: list[Deed] = list(as_they_can_come([deed for deed in shuffled if isinstance(deed, Paid | Assessed)]))
        for deed in shuffled:
            if not isinstance(deed, Paid | Assessed):
                of = deed.number if isinstance(deed, TakenOut | Moved) else 0
                first = next((place for place, one in enumerate(order, 1) if getattr(one, "number", None) == of), 0)
                order.insert(chance.randint(first, len(order)), deed)
        found.append(order)
    return found


def done(order: Sequence[Deed]) -> Arrivals:
    """Everything as it comes; after each step every yen has its place and there are as many as came in."""
    found = Arrivals(AMOUNTS)
    for deed in order:
        found.arrive(deed)
        assert all(balance.unallocated == 0 for balance in found.books.payments.values())
    return found


def histories(*deeds: str) -> list[list[list[Deed]]]:
    chance = random.Random(" ".join(deeds))  # noqa: S311 # orders to try, no secret
    return [orders_of(chance, drawn(chance, *deeds)) for _ in range(HISTORIES)]


@pytest.mark.parametrize(
    "deeds",
    [("write off",), ("take out",), ("move",), ("move", "take out"), ("assess", "take out"), ("assess", "move")],
    ids=" and ".join,
)
def test_every_order_of_payments_and_what_is_done_ends_in_the_same_balances(deeds: tuple[str, ...]) -> None:
    """A 不納欠損 that a payment from before it reverses, a 収納取消, a 付替: each at any place among the payments."""
    rules: Counter[Forbidden] = Counter()
    compared = 0
    for orders in histories(*deeds):
        ends = []
        for order in orders:
            try:
                found = done(order)
            except OutOfPlaceError as out:
                rules[out.rule] += 1
                continue
            assert not found.obstacles, order
            assert found.lies_as_received(), order
            ends.append((found.balances(), order))
        for balances, order in ends[1:]:
            assert balances == ends[0][0], (ends[0][1], order)
            compared += 1
    assert compared > HISTORIES // 2
    assert Forbidden.REFUND_UNDER_WAY not in rules
    assert Forbidden.NOTHING_OWED_BACK not in rules


@pytest.mark.parametrize(
    "deeds",
    [("refund",), ("refund", "take out"), ("refund", "move"), ("refund", "write off"), ("refund", "assess")],
    ids=" and ".join,
)
def test_what_was_decided_stands_in_every_order_or_a_case_says_what_stands_against_it(deeds: tuple[str, ...]) -> None:
    """法17条の2: 充当 is decided on what is owed back that day, and stands: which yen pay which 期別 may differ by it.

    What does not differ: nothing moves by itself afterwards, or a case was opened for it; and all that came in is at
    claims, or goes back.
    """
    obstacles: Counter[frozenset[AnewObstacle]] = Counter()
    for orders in histories(*deeds):
        for order in orders:
            try:
                found = done(order)
            except OutOfPlaceError:
                continue
            obstacles[frozenset(found.obstacles)] += 1
            assert AnewObstacle.UNCLEAR not in found.obstacles, order
            assert found.obstacles or found.lies_as_received(), order
            came = sum(balance.received + balance.added for balance in found.books.payments.values())
            at_claims = sum(found.books.claims[one.claim_id].paid for one in CLAIMS)
            interest = sum(found.books.claims[one.claim_id].interest_paid for one in CLAIMS)
            back = sum(one.overpaid + one.in_error + one.refundable for one in found.books.payments.values())
            assert came == at_claims + interest + back
    assert obstacles[frozenset()] > obstacles.total() // 2
    assert obstacles[frozenset({AnewObstacle.APPROPRIATED})] > 0


def bounced() -> Arrivals:
    """What was too much of a slip of 2期 paid 1期 by 充当; then the slip bounced, and 1期 was paid again."""
    slip, part, rest = (
        Paid(3, "2", date(2026, 10, 19), 42_167),
        Paid(2, "1", date(2026, 12, 13), 10_000),
        Paid(1, "1", date(2027, 2, 26), 19_000),
    )
    return done([slip, part, Refunded(), TakenOut(3), rest])


def test_what_a_bounced_payment_had_paid_by_a_decision_is_free_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    found = bounced()
    assert found.lies_as_received()
    assert [found.books.claims[number].due for number in (1, 2)] == [0, 25_000]
    monkeypatch.setattr(notice_facts, "_TAKEN_FROM_ALL_CLAIMS", frozenset())
    assert not bounced().lies_as_received(), "the twin: the 充当 outlives its payment and takes the room of others"


def test_what_bounced_after_it_had_reversed_a_write_off_is_due_again() -> None:
    """The rule that forbids the same end: a 不納欠損 takes out what is due on its day, nothing that is due later."""
    slip, other = Paid(1, "3", date(2026, 11, 10), 10_000), Paid(2, "3", date(2026, 11, 11), 1_000)
    before = done([slip, other, TakenOut(2), WrittenOff("3")]).books.claims[3]
    after = done([WrittenOff("3"), slip, other, TakenOut(2)]).books.claims[3]
    assert (before.due, before.written_off) == (0, 15_000)
    assert (after.due, after.written_off) == (1_000, 14_000)
