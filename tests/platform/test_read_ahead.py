"""Work beside work: in order, one item ahead and no more, and nothing that went wrong is lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from kofu.platform.read_ahead import read_ahead


def test_items_come_in_their_order_from_a_thread_beside() -> None:
    def items() -> Iterator[tuple[int, bool]]:
        for number in range(5):
            yield number, threading.current_thread() is threading.main_thread()

    with read_ahead(items()) as coming:
        assert list(coming) == [(number, False) for number in range(5)]


def test_one_item_is_made_while_another_is_worked_on_and_no_more() -> None:
    begun = [threading.Event() for _ in range(3)]

    def items() -> Iterator[int]:
        for number, event in enumerate(begun):
            event.set()
            yield number

    with read_ahead(items()) as coming:
        assert next(coming) == 0
        assert begun[1].wait(10)
        assert not begun[2].wait(0.05)


def test_what_making_an_item_raises_is_raised_where_it_is_asked_for() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise KeyError

    with read_ahead(items()) as coming:
        assert next(coming) == 1
        with pytest.raises(KeyError):
            next(coming)


def test_two_hands_may_follow_one_another() -> None:
    with read_ahead(iter(range(4))) as first, read_ahead(number * 2 for number in first) as second:
        assert list(second) == [0, 2, 4, 6]
