"""Merges of 宛名 form a forest: every number leads to one survivor, and back by undoing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.core.errors import InvariantBroken
from kofu.ledger.addressees.domain.addressees import merge_problem, unregistered_number
from kofu.ledger.people.domain.numbers import numbers_of, survivor_of

NUMBERS = [str(number) for number in range(8)]
WISHES = st.lists(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(NUMBERS)), max_size=20)


def merged(wishes) -> dict[str, str]:
    """What stands after every wish that can be granted was."""
    standing: dict[str, str] = {}
    for source, target in wishes:
        if merge_problem(source, target, standing) is None:
            standing[source] = target
    return standing


@given(WISHES)
def test_whatever_is_merged_in_whatever_order_nobody_stands_in_a_circle(wishes) -> None:
    standing = merged(wishes)
    for number in NUMBERS:
        assert survivor_of(number, standing) not in standing


@given(WISHES)
def test_all_numbers_of_a_person_are_the_same_from_each_of_them(wishes) -> None:
    standing = merged(wishes)
    for number in NUMBERS:
        together = numbers_of(number, standing)
        assert number in together
        assert together[0] == survivor_of(number, standing)
        assert all(numbers_of(other, standing) == together for other in together)


@given(WISHES)
def test_each_number_belongs_to_one_person(wishes) -> None:
    standing = merged(wishes)
    groups = {numbers_of(number, standing) for number in NUMBERS}
    assert sorted(number for group in groups for number in group) == NUMBERS


def test_without_the_check_a_circle_is_told_and_not_walked_for_ever() -> None:
    """The twin: two merges that were not held against each other."""
    with pytest.raises(InvariantBroken, match="circle"):
        survivor_of("1", {"1": "2", "2": "1"})


@pytest.mark.parametrize(
    ("source", "target", "code"),
    [("1", "1", "same_number"), ("2", "3", "merged_already"), ("1", "2", "circle"), ("4", "2", None)],
)
def test_why_two_numbers_cannot_be_merged(source, target, code) -> None:
    assert merge_problem(source, target, {"2": "1"}) == code


def test_a_number_of_its_own_series() -> None:
    assert unregistered_number("99", 12, 7) == "990000000007"
    with pytest.raises(InvariantBroken):
        unregistered_number("99", 4, 100)
