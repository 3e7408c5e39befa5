"""受付番号: short, said at a telephone without doubt, wrong characters found."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kofu.core.reference_number import ALPHABET, LENGTH, read_reference, reference_candidate, shown_reference

ids = st.from_regex(r"[0-9a-f]{32}", fullmatch=True)


@given(ids, st.integers(0, 20))
def test_every_number_is_read_back_as_written_in_groups_small_letters_or_with_o_for_zero(request_id, attempt):
    number = reference_candidate(request_id, attempt)
    assert number == reference_candidate(request_id, attempt)
    assert len(number) == LENGTH
    for written in (
        number,
        shown_reference(number),
        number.lower(),
        number.replace("0", "o"),
        number.replace("1", "l"),
    ):
        assert read_reference(written) == number


@given(ids, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_found(request_id, place, other):
    """The check symbol is modulo 37, greater than the alphabet: no single change keeps it."""
    number = reference_candidate(request_id, 0)
    wrong = number[:place] + other + number[place + 1 :]
    assert (read_reference(wrong) == number) is (wrong == number)
    assert read_reference(wrong) in {None, number}


@given(ids, st.integers(0, LENGTH - 3))
def test_two_neighbours_exchanged_are_always_found(request_id, place):
    number = reference_candidate(request_id, 0)
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert read_reference(swapped) in ({number} if swapped == number else {None})


def test_the_published_example_of_the_check_symbol():
    """Crockford: the check symbol is the value modulo 37. 32 to the sixth, written 1000000, leaves 11, which is B."""
    assert read_reference("100-0000 b") == "1000000B"
    assert read_reference("1000000C") is None


def test_two_requests_that_come_to_one_number_take_different_ones_at_the_next_attempt():
    assert reference_candidate("0" * 32, 0) != reference_candidate("0" * 32, 1)
