"""Double keying: a paper both keyings have alike, in a bundle that comes out at its slip, may be taken in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.ledger.keyed.domain.keying import (
    BatchSlip,
    KeyedPayment,
    KeyingDifference,
    KeyingFault,
    compare,
    judge,
    sound,
)

DAY = date(2026, 6, 20)


def paper(batch: str, sequence: int, amount: int, interest: int = 0) -> KeyedPayment:
    return KeyedPayment(
        batch_number=batch,
        sequence=sequence,
        notice_number=f"00000{batch[-2:]}{sequence:03d}",
        installment="1",
        amount=amount,
        interest=interest,
        received_on=DAY,
    )


FIRST = (paper("000001", 1, 24_000), paper("000001", 2, 8_000, 300), paper("000002", 1, 500))
SLIPS = (
    BatchSlip(batch_number="000001", count=2, total=32_300, made_on=DAY),
    BatchSlip(batch_number="000002", count=1, total=500, made_on=DAY),
)


def held(verdict) -> bool:
    """Whether anything does not agree."""
    return bool(verdict.differences or verdict.faults)


def test_two_keyings_that_agree_and_come_out_at_their_slips_are_accepted() -> None:
    verdict = judge(SLIPS, FIRST, tuple(reversed(FIRST)))
    assert not held(verdict)
    assert verdict.accepted == FIRST


def test_one_mistyped_digit_holds_the_whole_delivery_and_is_shown_with_both_readings() -> None:
    second = (replace(FIRST[0], amount=42_000), *FIRST[1:])
    verdict = judge(SLIPS, FIRST, second)
    assert held(verdict)
    assert verdict.accepted == ()
    assert verdict.differences == (KeyingDifference("000001", 1, "amount", "24000", "42000"),)


@pytest.mark.parametrize("change", [{"notice_number": "1"}, {"installment": "2"}, {"received_on": date(2026, 6, 21)}])
def test_every_field_is_compared(change) -> None:
    differences = compare(FIRST, (replace(FIRST[0], **change), *FIRST[1:]))
    assert [difference.field for difference in differences] == list(change)


def test_a_paper_only_one_person_keyed_is_a_difference() -> None:
    assert [item.field for item in compare(FIRST, FIRST[1:])] == [""]
    assert [item.second for item in compare(FIRST[1:], FIRST)] == ["打鍵あり"]


def test_the_same_mistake_of_both_shows_in_the_bundles_total() -> None:
    both = (replace(FIRST[0], amount=42_000), *FIRST[1:])
    verdict = judge(SLIPS, both, both)
    assert [(fault.fault, fault.stated, fault.keyed) for fault in verdict.faults] == [
        (KeyingFault.TOTAL, 32_300, 50_300)
    ]


@pytest.mark.parametrize(
    ("slips", "keyed", "faults"),
    [
        (SLIPS, FIRST[:1] + FIRST[2:], [KeyingFault.COUNT, KeyingFault.TOTAL]),
        (SLIPS[:1], FIRST, [KeyingFault.NO_SLIP]),
        (SLIPS, FIRST[:2], [KeyingFault.NOT_KEYED]),
        ((*SLIPS, SLIPS[1]), FIRST, [KeyingFault.SLIP_TWICE]),
        (SLIPS, (FIRST[0], replace(FIRST[1], sequence=1), FIRST[2]), [KeyingFault.SEQUENCE_TWICE]),
    ],
)
def test_bundles_that_do_not_come_out_hold_the_delivery(slips, keyed, faults) -> None:
    verdict = judge(slips, keyed, keyed)
    assert held(verdict)
    assert [fault.fault for fault in verdict.faults] == faults


@pytest.mark.parametrize(
    "second",
    [
        (FIRST[0], FIRST[2]),  # the paper was left out
        (FIRST[0], replace(FIRST[1], amount=9_000), FIRST[2]),
        (*FIRST, paper("000001", 3, 700)),  # a paper that is none
    ],
    ids=["left out", "another amount", "one too many"],
)
@pytest.mark.parametrize("swapped", [False, True], ids=["by the second", "by the first"])
def test_a_paper_keyed_differently_is_wrong_by_itself_and_its_bundle_comes_out_with_one_of_the_two(
    second, swapped
) -> None:
    one, other = (second, FIRST) if swapped else (FIRST, second)
    verdict = judge(SLIPS, one, other)
    assert verdict.faults == ()
    wrong = {(found.batch_number, found.sequence) for found in verdict.differences}
    assert len(wrong) == 1
    assert set(sound(verdict, one)) == {item for item in FIRST if (item.batch_number, item.sequence) not in wrong}


def test_a_bundle_that_comes_out_neither_way_is_wrong_as_a_whole() -> None:
    slips = (replace(SLIPS[0], total=40_000), SLIPS[1])
    verdict = judge(slips, FIRST, (FIRST[0], replace(FIRST[1], amount=9_000), FIRST[2]))
    assert sound(verdict, FIRST) == FIRST[2:]


def test_a_paper_keyed_twice_by_one_person_is_noticed() -> None:
    assert compare(FIRST, (*FIRST, FIRST[0]))


@given(st.data())
def test_no_single_change_of_one_keying_is_ever_taken_in(data) -> None:
    """A detector must detect: any one field of any one paper."""
    place = data.draw(st.integers(0, len(FIRST) - 1))
    amount = data.draw(st.integers(0, 10**9).filter(lambda yen: yen != FIRST[place].amount))
    second = (*FIRST[:place], replace(FIRST[place], amount=amount), *FIRST[place + 1 :])
    assert held(judge(SLIPS, FIRST, second))
    assert held(judge(SLIPS, second, second))
