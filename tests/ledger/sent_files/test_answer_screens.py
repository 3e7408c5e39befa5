"""送ったファイルの回答 on screen: registered, overdue on the first page, answered."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest
from tests.staff_screens import LedgerScreens

from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.sent_files.stored_files import store_file

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


def test_an_approver_has_a_file_again_and_a_clerk_does_not(ledger_screens: LedgerScreens) -> None:
    content, file_id = b"2" * 120, uuid4()
    acting = Acting("clerk", "test", datetime(2026, 7, 16, 3, tzinfo=UTC))
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO outgoing_file (id, municipality_code, kind, name, sent_on, expected_on, recorded_by,"
            " recorded_at) VALUES (%s, '139998', 'other', 'furikomi.txt', '2026-07-16', '2026-07-30', 'clerk', now())",
            [file_id],
        )
        store_file(
            connection, "139998", file_id=file_id, kind="other", name="furikomi.txt", content=content, reference=None,
            keep_days=366, acting=acting,
        )  # fmt: skip
    shown = words(ledger_screens.client("approver").get("/answers/"))
    assert f"要約値 {hashlib.sha256(content).hexdigest()[:8]}…" in shown
    assert "取り出す" in shown
    again = ledger_screens.client("approver").post(f"/answers/{file_id}/again/")
    assert (again.content, again["Content-Disposition"]) == (content, 'attachment; filename="furikomi.txt"')
    assert "outgoing.again" in [action for action, *_ in ledger_screens.entries()]
    assert ledger_screens.client("clerk").post(f"/answers/{file_id}/again/").status_code == 403
    assert "取り出す" not in words(ledger_screens.client("clerk").get("/answers/"))
    unknown = ledger_screens.client("approver").post(f"/answers/{uuid4()}/again/", follow=True)
    assert "そのファイルはありません。" in words(unknown)


def names_on(answer) -> list[str]:
    """Names of the answered files of the test below on a page, in its order."""
    done = answer.content.decode().partition("<h2>回答のあったもの</h2>")[2]
    return re.findall(r'<th scope="row">([甲乙丙])</th>', done)


def test_what_was_answered_is_ordered_narrowed_and_given_out_by_the_database(ledger_screens: LedgerScreens) -> None:
    """As the other lists: a click on a head, a period, a kind, and a file with a purpose, on record."""
    with psycopg.connect(ledger_screens.database.owner_url, autocommit=True) as connection:
        for place, (name, kind, day) in enumerate(
            [("乙", "delivery", "2026-04-01"), ("甲", "debit_request", "2026-05-01"), ("丙", "delivery", "2026-06-01")]
        ):
            connection.execute(
                "WITH sent AS (INSERT INTO outgoing_file (id, municipality_code, kind, name, sent_on, expected_on,"
                " recorded_by, recorded_at) VALUES (gen_random_uuid(), '139998', %s, %s, %s, %s, 'clerk', now())"
                " RETURNING id) INSERT INTO outgoing_answer (file_id, answered_on, what, recorded_by, recorded_at)"
                " SELECT id, %s, '受領', 'clerk', now() FROM sent",
                [kind, name, day, day, f"2026-07-0{place + 1}"],
            )
    clerk = ledger_screens.client("clerk", login="answers1")
    assert names_on(clerk.get("/answers/")) == ["丙", "甲", "乙"]
    assert names_on(clerk.get("/answers/?done.by=2")) == ["乙", "甲", "丙"]
    assert names_on(clerk.get("/answers/?done.by=-3")) == ["丙", "甲", "乙"]
    assert names_on(clerk.get("/answers/?done.by=name")) == ["丙", "甲", "乙"], "no word of the address is a column"
    assert names_on(clerk.get("/answers/?done.by=4")) == ["丙", "甲", "乙"], "the answer's text has no order"
    narrowed = clerk.get("/answers/?done-2_from=令和8年5月1日&done-2_to=R8.6.1&done-1=パンチ委託の送付")
    assert names_on(narrowed) == ["丙"]
    assert "<strong>1</strong> 件（全 " in words(narrowed)
    assert names_on(clerk.get("/answers/?done-2_from=x")) == []
    assert "目的を選んでください。" in words(clerk.get("/answers/?done.file=csv"))
    given = clerk.get("/answers/?done.file=csv&purpose=posting&done-1=パンチ委託の送付&done.by=2").content.decode(
        "utf-8-sig"
    )
    assert given.splitlines()[0] == "ファイル,種類,送った日,回答の日,回答"
    assert [line.partition(",")[0] for line in given.splitlines()[1:]] == ["乙", "丙"]
    assert ("outgoing.view", "exported") in [
        (action, result) for action, result, *_ in ledger_screens.entries("answers1")
    ]
