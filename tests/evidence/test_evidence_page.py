"""評価書の約束 on screen: every sentence in its words, looked at now, and what no software keeps with its due day."""

from __future__ import annotations

import html

import psycopg
import pytest

from kofu.evidence.table import promise_table

pytestmark = pytest.mark.storage


def test_the_auditor_reads_every_sentence_and_a_clerk_does_not(ledger_screens) -> None:
    page = ledger_screens.client("auditor").get("/evidence/")
    assert page.status_code == 200
    text = html.unescape(page.content.decode())
    assert [one.number for one in promise_table().promises if one.words not in text] == []
    assert "証明書自動交付の画面で確かめます" in text
    assert "まだ確かめられていません" in text
    assert ledger_screens.client("clerk").get("/evidence/").status_code == 403


def test_looking_now_puts_every_look_of_this_system_on_record_and_shows_it(ledger_screens) -> None:
    auditor = ledger_screens.client("auditor")
    assert auditor.post("/evidence/look/").status_code == 302
    own = {one.code for one in promise_table().checks if "ledger" in one.systems and one.on_page}
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as connection:
        found = dict(connection.execute("SELECT code, verdict FROM evidence_look").fetchall())
        assert set(found) == own
        assert found["record.append_only"] == "holds"
        assert found["retention.jobs_ran"] == "broken", "no night ran here"
        for statement in ("UPDATE evidence_look SET verdict = 'holds'", "DELETE FROM evidence_look"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
    page = auditor.get("/evidence/").content.decode()
    assert "この2日に動いていない消去の処理があります" in page
    assert ledger_screens.entries()[-2][:2] == ("evidence.verify", "done")


def test_a_named_person_writes_down_what_no_software_keeps(ledger_screens) -> None:
    administrator = ledger_screens.client("administrator")
    given = {"kept_on": "2026-11-02", "next_due": "2020-01-01", "person": "見本 甲", "place": "入室管理簿 第7冊"}
    refused = administrator.post("/evidence/41/record/", given)
    assert "次の期限は、実施日より後の日にしてください。" in refused.content.decode()
    assert administrator.post("/evidence/41/record/", given | {"next_due": "2026-12-01"}).status_code == 302
    page = administrator.get("/evidence/").content.decode()
    assert "入室管理簿 第7冊" in page
    assert "次の期限 令和8.12.1" in page
    for number, status in ((2, 404), (62, 404), (65, 404)):
        assert administrator.get(f"/evidence/{number}/record/").status_code == status, "another screen's, or nobody's"
    assert ledger_screens.client("auditor").get("/evidence/41/record/").status_code == 403
