"""Rings of facts: who lost something that another has, all the way round."""

from __future__ import annotations

import pytest

from kofu.judgement.exchange import handed_along, on_a_ring


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ([], ()),
        ([("a", "b")], ()),
        ([("a", "a"), ("b", "b")], ()),
        ([("a", "b"), ("b", "a")], (0, 1)),
        ([("a", "b"), ("x", "y"), ("b", "c"), ("c", "a")], (0, 2, 3)),
        ([("a", "b"), ("b", "c"), ("c", "d")], ()),  # handed down one way
        ([("a", "b"), ("b", "c"), ("c", "b")], (1, 2)),  # who only joined the ring is not on it
        ([("a", "b"), ("b", "a"), ("a", "c")], (0, 1)),
    ],
    ids=["none", "one", "unchanged", "two", "three", "chain", "chain into a ring", "out of a ring"],
)
def test_a_ring_is_found_at_its_own_places(changes, places) -> None:
    assert on_a_ring(changes) == places


def test_everybody_moved_by_one_row_is_one_ring() -> None:
    people = [str(number) for number in range(5_000)]
    assert len(on_a_ring(list(zip(people, [*people[1:], people[0]], strict=True)))) == len(people)


@pytest.mark.parametrize(
    ("changes", "places"),
    [
        ([("a", "b"), ("b", "a")], (0, 1)),
        ([("a", "b"), ("b", "c")], ()),  # one moves into the home the other left
        ([("a", "b"), ("a", "b"), ("b", "c"), ("b", "c")], ()),  # a family into the home of another
        ([("new", "a"), ("a", "b"), ("b", "c"), ("c", "d")], (1, 2)),
        ([("a", "x"), ("b", "y"), ("c", "z")], ()),  # new addresses for everybody
        ([("a", "a"), ("b", "a"), ("c", "b")], ()),
    ],
    ids=["ring of two", "one after the other", "families", "block", "new values", "copied"],
)
def test_a_block_moved_by_one_row_shows_in_its_inner_rows(changes, places) -> None:
    assert handed_along(changes) == places
