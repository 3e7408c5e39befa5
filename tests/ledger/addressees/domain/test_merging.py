"""統合の突合: which two records cannot be one person, and which must be looked at twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kofu.ledger.addressees.domain.merging import (
    ComparedField,
    Impossible,
    MergeDoubt,
    Recorded,
    compare,
    doubts,
    impossible,
)

RESIDENT = Recorded(
    addressee_number="1", name="見本　花子", kana="ミホン　ハナコ", birthday="1980-04-01", postal_code="1600000",
    address="見本区一丁目1番1号", status="resident", status_date=None, resident_code="", corporate_number="",
    protected=False,
)  # fmt: skip
GONE = replace(RESIDENT, addressee_number="2", status="moved_out")


@pytest.mark.parametrize("other", ["resident", "moving_out"])
def test_two_living_residents_are_two_people(other: str) -> None:
    """新潟市 (2025-06): the register has a living person once, whatever name and birthday say."""
    second = replace(RESIDENT, addressee_number="2", status=other)
    assert impossible(RESIDENT, second) is Impossible.TWO_RESIDENTS
    assert impossible(RESIDENT, replace(second, birthday="1981-05-02")) is Impossible.TWO_RESIDENTS
    assert impossible(RESIDENT, GONE) is None


@pytest.mark.parametrize(
    ("field", "why"),
    [("resident_code", Impossible.RESIDENT_CODES), ("corporate_number", Impossible.CORPORATE_NUMBERS)],
)
def test_two_codes_of_one_kind_are_two_people_and_one_missing_is_not(field: str, why: Impossible) -> None:
    first, second = replace(RESIDENT, **{field: "1"}), replace(GONE, **{field: "2"})
    assert impossible(first, second) is why
    assert impossible(first, replace(GONE, **{field: ""})) is None


def test_a_namesake_with_the_same_birthday_at_another_address_is_doubted() -> None:
    """伊勢崎市 (2024): the account of a person with the debtor's name and birthday was seized."""
    assert doubts(RESIDENT, replace(GONE, address="架空市2番地")) == (MergeDoubt.NAMESAKE,)
    assert doubts(RESIDENT, GONE) == ()


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (replace(GONE, birthday="1980-04-02"), (MergeDoubt.OTHER_BIRTHDAY,)),
        (replace(GONE, birthday=""), (MergeDoubt.BIRTHDAY_UNKNOWN,)),
        (replace(GONE, name="例示　花子", kana="レイジ　ハナコ"), (MergeDoubt.OTHER_NAME,)),
        (replace(GONE, name="見本　華子"), ()),  # the same reading, written otherwise
    ],
)
def test_what_differs_about_name_and_birthday_is_doubted(second: Recorded, expected: tuple[MergeDoubt, ...]) -> None:
    assert doubts(RESIDENT, second) == expected


def test_the_same_resident_code_leaves_no_doubt() -> None:
    first = replace(RESIDENT, resident_code="1")
    assert doubts(first, replace(GONE, resident_code="1", name="例示　花子", kana="", address="架空市2番地")) == ()


def test_every_field_is_shown_and_what_one_does_not_say_is_a_difference() -> None:
    found = {one.field: one for one in compare(RESIDENT, replace(GONE, kana=""))}
    assert found.keys() == set(ComparedField)
    assert (found[ComparedField.KANA].differs, found[ComparedField.KANA].contradicts) == (True, False)
    assert (found[ComparedField.NAME].differs, found[ComparedField.STATUS].contradicts) == (False, True)
