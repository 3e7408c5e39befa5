"""Any `needed` parts give the data again; one fewer does not."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kofu.center.domain.erasure import TooFewParts, add_spares, restore


@settings(max_examples=40, deadline=None)
@given(data=st.binary(min_size=1, max_size=400), spares=st.integers(0, 12), seed=st.integers(0, 10_000))
def test_whichever_parts_are_left_the_data_come_back(data, spares, seed):
    needed = -(-len(data) // 32)
    parts = add_spares(data, needed=needed, total=needed + spares, part_bytes=32)
    left = random.Random(seed).sample(range(needed + spares), needed)  # noqa: S311 - which parts are lost is no secret
    assert restore({index: parts[index] for index in left}, needed=needed, length=len(data)) == data


def test_every_choice_of_parts_works_for_a_small_code():
    data = bytes(range(30))
    parts = add_spares(data, needed=3, total=8, part_bytes=10)
    for left in itertools.combinations(range(8), 3):
        assert restore({index: parts[index] for index in left}, needed=3, length=30) == data


def test_one_part_too_few_gives_nothing():
    parts = add_spares(b"abcdef", needed=3, total=5, part_bytes=2)
    with pytest.raises(TooFewParts):
        restore({0: parts[0], 4: parts[4]}, needed=3, length=6)


def test_the_first_parts_are_the_data_itself():
    assert add_spares(b"abcdef", needed=3, total=4, part_bytes=2)[:3] == (b"ab", b"cd", b"ef")
