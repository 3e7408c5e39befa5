"""送ったファイルの回答 on screen: registered, overdue on the first page, answered."""

from __future__ import annotations

import re

import pytest
from tests.staff_screens import LedgerScreens

pytestmark = pytest.mark.storage


def words(answer) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_file_that_is_not_answered_stands_on_the_list_and_on_the_first_page(ledger_screens: LedgerScreens) -> None:
    clerk = ledger_screens.client("clerk")
    given = {"kind": "pension_stop", "name": "中止通知 4月分（経由機関）", "sent_on": "2026-04-01"}
    page = clerk.post("/answers/register/", given, follow=True)
    assert "送ったファイルを一覧に載せました。" in words(page)
    assert "期限を過ぎています" in words(page)
    assert "回答の期限を過ぎたファイル" in words(clerk.get("/"))
    row = next(row for row in re.findall(r"<tr.*?</tr>", page.content.decode(), re.DOTALL) if "4月分（経由" in row)
    address = re.search(r'action="(/answers/[^"]+)"', row)[1]
    assert "回答の内容、または確かめた結果を入力してください。" in words(clerk.post(address, {"what": ""}, follow=True))
    answered = words(clerk.post(address, {"what": "処理結果通知を受領"}, follow=True))
    assert "回答を記録しました。" in answered
    assert "処理結果通知を受領" in answered


def test_a_file_of_a_day_to_come_is_refused(ledger_screens: LedgerScreens) -> None:
    clerk = ledger_screens.client("clerk")
    page = clerk.post("/answers/register/", {"kind": "other", "name": "x", "sent_on": "2062-11-29"})
    assert page.status_code == 422
    assert "先の日付です。" in words(page)


def test_an_auditor_looks_and_records_nothing(ledger_screens: LedgerScreens) -> None:
    auditor = ledger_screens.client("auditor")
    assert "一覧に載せる" not in words(auditor.get("/answers/"))
    assert auditor.post("/answers/register/", {"kind": "other"}).status_code == 403
