"""Two people are two people, however they spell their names (P9)."""

from __future__ import annotations

import pytest

from kofu.certificates.domain.findings import Signature, finding_problem, is_closed

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
