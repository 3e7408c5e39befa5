"""教示 of 取消訴訟 beside 審査請求 (行政事件訴訟法46条1項; 地方税法19条の12)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.ledger.sample_papers import APPROVAL, CASE, DESIGNATION, LETTER, SENDER

from kofu.core.errors import InvariantBroken
from kofu.ledger.arrears.domain.dunning_letter import dunning_letter
from kofu.ledger.overpayments.domain.papers import offset_notice, refund_notice
from kofu.ledger.papers.domain.redress import Redress
from kofu.ledger.recipients.domain.papers import approval_notice, designation_notice

ELSEWHERE = replace(SENDER, municipality="見本県青空市", office="見本県青空市長", appeal="審査請求ができます。")
ALL = (
    refund_notice(CASE, ELSEWHERE),
    offset_notice(CASE, ELSEWHERE),
    dunning_letter(LETTER, ELSEWHERE),
    designation_notice(DESIGNATION, ELSEWHERE),
    approval_notice(APPROVAL, ELSEWHERE),
)


@pytest.mark.parametrize("sheet", ALL, ids=lambda sheet: sheet.form)
def test_every_disposition_says_against_whom_and_within_what_time_a_suit_is_brought(sheet) -> None:
    """行訴法46条1項1号 (被告), 2号 (出訴期間); 11条6項 (who stands for it); 14条1項, 2項."""
    assert sheet.texts["appeal"].startswith("審査請求ができます。")
    told = sheet.texts["suit"]
    assert "6か月以内に、見本県青空市を被告として（訴訟において見本県青空市を代表する者は見本県青空市長です。）" in told
    assert "1年を経過したとき" in told


def test_about_money_of_the_municipality_the_appeal_comes_first_save_in_three_cases() -> None:
    """行訴法46条1項3号; 地方税法19条の12, 19条2号; 行訴法8条2項. 文京区 and 加古川市 word it so on their papers."""
    for sheet in ALL[:3]:
        told = sheet.texts["suit"]
        assert "裁決を経た後でなければ提起することができません（地方税法第19条の12）" in told
        assert "裁決があったことを知った日の翌日から起算して6か月以内" in told
        assert "3か月を経過しても裁決がないとき" in told


def test_where_no_appeal_need_come_first_the_suit_counts_from_the_disposition() -> None:
    for sheet in ALL[3:]:
        told = sheet.texts["suit"]
        assert "19条の12" not in told
        assert "この処分があったことを知った日の翌日から起算して6か月以内" in told


def test_the_municipality_says_which_papers_need_the_appeal_first_but_for_dunning_the_law_does() -> None:
    free = replace(ELSEWHERE, appeal_first=frozenset())
    assert "19条の12" not in offset_notice(CASE, free).texts["suit"]
    assert "19条の12" in dunning_letter(LETTER, free).texts["suit"]


def test_only_a_dunning_letter_names_the_limit_a_seizure_sets() -> None:
    """地方税法19条の4: against 督促, at the latest three months after the notice of a 差押え."""
    assert ["19条の4に定める期限" in sheet.texts["appeal"] for sheet in ALL] == [False, False, True, False, False]


def test_who_is_sued_is_never_left_out() -> None:
    with pytest.raises(InvariantBroken):
        Redress(appeal="x", municipality="", office="長").suit_words(appeal_first=True)
