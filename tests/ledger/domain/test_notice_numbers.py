"""Check digits of the numbers a municipality gives: against every published number of the same two families."""

from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kofu.core.errors import OperatorFault
from kofu.ledger.domain.notice_numbers import M10W3, CheckRule, NumberPlan

M11 = CheckRule(11, (2, 3, 4, 5, 6, 7))
DIGITS = st.text("0123456789", min_size=1, max_size=20)


def test_modulus_10_weight_3_with_the_application_identifier() -> None:
    """Trap 10: the last digit of a published barcode follows from the 43 before it, the identifier 91 included."""
    barcode = "91912345000000000000004520875004013100295004"
    assert M10W3.digit(barcode[:-1]) == barcode[-1] == "4"
    assert M10W3.digit(barcode[2:-1]) == "2"


@pytest.mark.parametrize(("digits", "check"), [("98320567321", "4"), ("12345678901", "8")])
def test_modulus_11_weights_2_to_7(digits: str, check: str) -> None:
    """The published examples of 総務省令85号5条, whose rule is of the same family."""
    assert M11.digit(digits) == check


def test_what_is_written_for_ten_and_eleven_is_the_municipality_s_choice() -> None:
    """全国地方公共団体コード: 余0→1, 余1→0; 13104 → 1."""
    rule = CheckRule(11, (2, 3, 4, 5, 6), for_ten="0", for_eleven="1")
    assert rule.digit("13104") == "1"
    assert rule.digit("00000") == "1"
    assert CheckRule(11, (2, 3), for_ten="5").digit("6") == "5"


def test_numbers_are_text_and_keep_their_zeros() -> None:
    plan = NumberPlan(10, M10W3)
    assert plan.complete("4711") == "0000047111"
    assert plan.is_right("0000047111")
    assert not plan.is_right("47111")
    assert NumberPlan(10, None).complete("4711") == "0000004711"


def test_a_serial_that_does_not_fit_is_refused() -> None:
    with pytest.raises(OperatorFault, match="5 digits"):
        NumberPlan(5, M10W3).complete("12345")


@pytest.mark.parametrize(
    ("modulus", "weights", "ten"), [(9, (1,), "0"), (11, (), "0"), (11, (0,), "0"), (11, (2,), "X")]
)
def test_what_is_no_rule_is_refused(modulus: int, weights: tuple[int, ...], ten: str) -> None:
    with pytest.raises(OperatorFault):
        CheckRule(modulus, weights, for_ten=ten)


@given(DIGITS, st.integers(0, 19), st.integers(1, 9))
def test_one_digit_typed_wrong_is_always_found_by_modulus_10(digits: str, place: int, more: int) -> None:
    place %= len(digits)
    wrong = digits[:place] + str((int(digits[place]) + more) % 10) + digits[place + 1 :]
    assert M10W3.digit(wrong) != M10W3.digit(digits)


@given(DIGITS)
def test_a_number_that_was_made_is_right(serial: str) -> None:
    for rule in (M10W3, M11, None):
        plan = NumberPlan(21, rule)
        assert plan.is_right(plan.complete(serial))
