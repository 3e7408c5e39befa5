"""The centre of the topology says of what it saw whether it had the time to look when it came."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from bench.topology.asking import CATCHES_UP_SECONDS, STARVED_SECONDS, Asking


class Counter:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def asking(counter) -> Asking:
    made = Asking(Path(), "", "", 1.0, random.Random(1), None, None, (), ticks=counter)  # noqa: S311 - never drawn from
    made.turn()
    return made


def test_a_loop_that_turns_sees_things_as_they_come(asking, counter):
    for _ in range(50):
        counter.now += 0.005
        asking.turn()
        assert not asking.behind


def test_a_loop_that_had_no_processor_time_is_behind_until_it_has_caught_up(asking, counter):
    counter.now += STARVED_SECONDS * 2
    assert asking.behind, "what is read in the turn after the stall may have come before it"
    asking.turn()
    assert asking.behind
    ends = counter.now + CATCHES_UP_SECONDS
    while counter.now < ends:
        counter.now += 0.005
        asking.turn()
    assert not asking.behind
