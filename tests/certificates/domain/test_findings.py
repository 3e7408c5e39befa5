"""Two people are two people, however they spell their names (P9)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kofu.certificates.domain.findings import Signature, as_they_count, finding_problem, is_closed, standing

FIRST = Signature(by="hanako", finding="前日の集計と照合した。差はない。")


@pytest.mark.parametrize("by", ["hanako", "Hanako", " hanako ", "ＨＡＮＡＫＯ", "hana ko"])
def test_a_space_a_width_or_a_capital_makes_nobody_a_second_person(by) -> None:
    again = Signature(by=by, finding="送信側の記録とも照合した。")
    assert "same person" in (finding_problem((FIRST,), again) or "")
    assert not is_closed((FIRST, again))


def test_another_persons_words_close() -> None:
    other = Signature(by="taro", finding="送信側の記録とも照合した。")
    assert finding_problem((FIRST,), other) is None
    assert is_closed((FIRST, other))


def at(hour: int) -> datetime:
    return datetime(2026, 11, 29, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "count"),
    [
        ([("a", at(1), None), ("b", at(2), None)], "ab"),
        ([("a", at(1), at(2)), ("b", at(3), None)], "b"),
        ([("a", at(1), at(2)), ("b", at(3), None), ("c", at(4), None)], "bc"),
        ([("a", at(1), at(3)), ("b", at(2), at(4))], "ab"),  # it was complete before either was reset
        ([("a", at(1), at(2)), ("a", at(3), None), ("b", at(4), None)], "ab"),
        ([("a", at(1), at(2))], ""),
    ],
)
def test_a_signature_lapses_by_a_reset_before_enough_had_signed(given, count) -> None:
    signatures = as_they_count((by, f"finding of {by}", when, reset) for by, when, reset in given)
    assert [one.by for one in signatures] == [by for by, _, _ in given], "none is hidden"
    assert "".join(one.by for one in standing(signatures)) == count
    assert is_closed(signatures) == (len(count) == 2)
