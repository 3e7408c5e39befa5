"""Ids that grow with time (RFC 9562, UUID version 7)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122

from kofu.platform import ordered_ids
from kofu.platform.ordered_ids import OrderedIds, ordered_id

#: RFC 9562, appendix A.6: an example of version 7 and the instant it tells, in milliseconds since 1970.
EXAMPLE_MILLISECOND, EXAMPLE_FIRST_DIGITS = 0x017F22E279B0, "017f22e2-79b0-7"


def test_the_first_digits_are_the_millisecond_of_the_published_example(monkeypatch):
    monkeypatch.setattr(time, "time_ns", lambda: EXAMPLE_MILLISECOND * 1_000_000)
    assert str(OrderedIds().next()).startswith(EXAMPLE_FIRST_DIGITS)


def test_an_id_is_of_version_7_and_of_the_variant_of_the_standard():
    made = ordered_id()
    assert (made.version, made.variant) == (7, RFC_4122)


def test_each_id_is_greater_than_the_one_before_even_in_one_millisecond():
    made = [ordered_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_the_order_holds_while_the_clock_stands_still_or_goes_back(monkeypatch):
    source = OrderedIds()
    ticks = iter([1_000_000_000] * 5_000 + [500_000_000] * 5_000)
    monkeypatch.setattr(ordered_ids.time, "time_ns", lambda: next(ticks))
    made = [source.next() for _ in range(10_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_threads_that_ask_at_once_get_different_ids():
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _number: ordered_id(), range(20_000)))
    assert len(set(made)) == len(made)
