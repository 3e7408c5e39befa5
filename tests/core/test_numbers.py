"""Check digits, against public examples. A right digit never means that the number exists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.core.errors import InvariantBroken
from kofu.core.numbers import (
    corporate_number_check_digit,
    is_corporate_number,
    municipality_check_digit,
)


@pytest.mark.parametrize("code", ["131041", "131016", "011002", "472018", "139998", "139980"])
def test_municipality_codes_end_in_their_check_digit(code: str) -> None:
    """全国地方公共団体コード: 新宿区 131041, 千代田区, 札幌市, 那覇市; and the two of the invented municipalities."""
    assert municipality_check_digit(code[:5]) == code[5]


@pytest.mark.parametrize("number", ["7123456789012", "7000012050002", "7000020131041"])
def test_corporate_numbers_begin_with_their_check_digit(number: str) -> None:
    """平成26年財務省令70号2条: 国税庁 7000012050002, 新宿区 on the base 000020131041."""
    assert corporate_number_check_digit(number[1:]) == number[0]
    assert is_corporate_number(number)


@given(st.from_regex(r"[0-9]{5}", fullmatch=True), st.integers(0, 4), st.integers(1, 9))
def test_one_mistyped_digit_of_a_municipality_code_is_noticed(code: str, place: int, by: int) -> None:
    """Weights 6…2 modulo 11 tell single mistakes, but remainders 0 and 10 share the digit 1."""
    mistyped = code[:place] + str((int(code[place]) + by) % 10) + code[place + 1 :]
    digits = {municipality_check_digit(code), municipality_check_digit(mistyped)}
    assert len(digits) == 2 or digits == {"1"}


def test_a_check_digit_of_the_wrong_length_is_a_defect() -> None:
    with pytest.raises(InvariantBroken):
        municipality_check_digit("131")
