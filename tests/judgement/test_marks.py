"""What conversions of 外字 leave behind where a character was."""

from __future__ import annotations

import polars as pl
import pytest

from kofu.contracts.feed_tables import ASSESSMENTS, COLLECTIONS, RESIDENTS
from kofu.judgement.marks import mark_rules
from kofu.judgement.rows import broken_rows


def marks(name: str, address: str = "東京都見本区一丁目1番1号ハイツ・あおぞら〇〇3") -> list[str]:
    frame = pl.DataFrame({"name": [name], "address": [address], "line": [2]})
    return [rule.name for rule, _ in broken_rows(tuple(mark_rules(RESIDENTS)), frame)]


@pytest.mark.parametrize(
    "name",
    [
        "〓田　花子",
        "見本　■",
        "□",
        "●　太郎",
        "◯田　誠",
        "？本　茂",
        "見本?太郎",
        "＊",
        "見本*",
        "⿰木木　誠",
        "⿱艹弟",
        "㇯田",
        "￼田",
        "▢",
    ],
)
def test_a_placeholder_in_a_name_is_found(name) -> None:
    assert marks(name) == ["placeholder"]


@pytest.mark.parametrize("name", ["\u3000", "\u3000 \u3000", "\u00a0", "\u200b", "\u3164"])
def test_a_name_of_nothing_but_spaces_is_found(name) -> None:
    assert marks(name) == ["blank"]


@pytest.mark.parametrize(
    "name",
    [
        "見本　太郎",
        "渡邉\U000e010f　誠",
        "ANDERSEN KARL-OLE（佐藤　花子）",
        "𠮷田　茂",
        "\ue123藤　清",
        "佐々木　ゝ子",
        "ヴィ・アン",
        "O'HARA",
    ],
)
def test_names_that_are_names_pass(name) -> None:
    assert marks(name) == []


def test_an_address_is_looked_at_like_a_name() -> None:
    assert marks("見本　太郎", "東京都〓本区一丁目") == ["placeholder"]


def test_both_texts_of_an_assessment_are_looked_at_and_no_text_of_a_notice() -> None:
    assert {rule.column for rule in mark_rules(ASSESSMENTS)} == {"name_at_assessment", "address_at_assessment"}
    assert list(mark_rules(COLLECTIONS)) == []
