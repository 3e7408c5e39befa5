"""夜間連携 and 発行停止・更正処理中 on screen: who may, what is shown, what it does."""

from __future__ import annotations

import os
import re
from pathlib import Path

import psycopg
import pytest
from psycopg.types.json import Jsonb
from tests.ledger.feeding import CODE
from tests.ledger.nights.watched_nights import wait_for_runs, words
from tests.ledger.statement_lines import statement_file, statement_line
from tests.staff_screens import LedgerScreens

from kofu.ledger.acting.night_lock import LOCK, UNLOCK

pytestmark = pytest.mark.storage


@pytest.fixture(scope="module", autouse=True)
def person(ledger_screens: LedgerScreens) -> str:
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
            " postal_code, address, status, protected)"
            " VALUES (%s, '0000001', '見本　花子', '', '', '', '', '', '', 'resident', false)",
            [CODE],
        )
    return "0000001"


def test_a_run_begun_by_hand_writes_a_feed_and_stands_in_the_history(ledger_screens: LedgerScreens) -> None:
    client = ledger_screens.client("approver")
    assert client.post("/night/start/", {"mode": "difference"}).status_code == 302
    wait_for_runs()
    shown = words(client.get("/night/"))
    assert "完了" in shown
    assert "全件" in shown, "the first feed is a full one"
    assert (Path(os.environ["KOFU_VAR"]) / "feeds" / "tax-000001" / "manifest.json").is_file()
    client.post("/night/start/", {"mode": "difference"})
    wait_for_runs()
    assert "差分（1 から）" in words(client.get("/night/"))


def test_while_one_runs_the_page_shows_it_and_begins_no_other(ledger_screens: LedgerScreens) -> None:
    client = ledger_screens.client("administrator")
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as other:
        other.execute(LOCK, [CODE])
        other.execute(
            "INSERT INTO feed_run (id, municipality_code, mode, business_date, state, phase, rows_done, rows_expected,"
            " failure, started_by, started_at) VALUES (gen_random_uuid(), %s, 'full', current_date, 'running',"
            " 'collections', 250, 1000, '', 'timer', now())",
            [CODE],
        )
        shown = words(client.get("/night/"))
        assert 'data-reload="1"' in shown
        assert "収納情報 250 / 1,000 行" in shown.replace("\u3000", " ")
        refused = words(client.post("/night/start/", {"mode": "full"}, follow=True))
        assert "処理中です" in refused
        other.execute(UNLOCK, [CODE])
    shown = words(client.get("/night/"))
    assert "中断" in shown, "a run whose connection has gone broke off"
    assert "data-reload" not in shown


@pytest.mark.parametrize("role", ["clerk", "auditor"])
def test_who_may_look_may_not_begin(ledger_screens: LedgerScreens, role: str) -> None:
    client = ledger_screens.client(role)
    assert "いま始める" not in words(client.get("/night/"))
    assert client.post("/night/start/", {"mode": "full"}).status_code == 403


def test_a_stop_is_set_by_one_and_lifted_by_another(ledger_screens: LedgerScreens, person: str) -> None:
    clerk, chief = ledger_screens.client("clerk"), ledger_screens.client("approver")
    form = {"addressee_number": person, "kind": "issuance_stop", "reason": "本人の申出"}
    assert "発行停止を設定しました" in words(clerk.post("/issuance/set/", form, follow=True))
    shown = words(clerk.get("/issuance/"))
    assert "送信待ち" in shown
    hold_id = re.search(r"/issuance/([0-9a-f-]{36})/lift/", words(chief.get("/issuance/")))
    assert hold_id
    assert clerk.post(f"/issuance/{hold_id[1]}/lift/", {"reason": "取下げ"}).status_code == 403
    assert "解除の理由を記入" in words(chief.post(f"/issuance/{hold_id[1]}/lift/", {}, follow=True))
    done = words(chief.post(f"/issuance/{hold_id[1]}/lift/", {"reason": "申出の取下げ"}, follow=True))
    assert "発行停止を解除しました" in done
    assert "設定中の人はいません" in done


def test_a_correction_names_its_year_and_waits_for_its_feed(ledger_screens: LedgerScreens, person: str) -> None:
    clerk, chief = ledger_screens.client("clerk"), ledger_screens.client("approver")
    form = {"addressee_number": person, "kind": "correcting", "reason": "修正申告"}
    assert "課税年度を一つ指定" in words(clerk.post("/issuance/set/", form))
    assert "この宛名番号の人は" in words(
        clerk.post("/issuance/set/", {**form, "addressee_number": "99", "fiscal_year": "2026"})
    )
    clerk.post("/issuance/set/", {**form, "fiscal_year": "2026"})
    hold_id = re.search(r"/issuance/([0-9a-f-]{36})/lift/", words(chief.get("/issuance/")))
    assert hold_id
    done = words(chief.post(f"/issuance/{hold_id[1]}/lift/", {"reason": "更正を登録"}, follow=True))
    assert "更正済みにしました" in done
    assert person not in " ".join(str(entry) for entry in ledger_screens.entries())


def test_a_statement_file_goes_through_the_screens_of_assessment_files(
    ledger_screens: LedgerScreens, person: str, tmp_path: Path
) -> None:
    clerk = ledger_screens.client("clerk")
    path = tmp_path / "shoumei.csv"
    path.write_bytes(statement_file(statement_line(person, 2026, tax=50_000)))
    with path.open("rb") as file:
        shown = words(clerk.post("/assessments/receive/", {"file": file}, follow=True))
    assert "登録待ち" in shown
    assert "賦課証明情報" in shown
    file_id = re.search(r"/assessments/([0-9a-f-]{36})/post/", shown)
    assert file_id
    shown = words(clerk.post(f"/assessments/{file_id[1]}/post/", follow=True))
    assert "登録しました。新規 1 件" in shown
    assert "shoumei.csv" in words(clerk.get("/assessments/"))


def test_the_generations_show_each_total_under_its_name(ledger_screens: LedgerScreens) -> None:
    """調定額 and 納付済額 of a feed are not confused, however the database orders what it stores."""
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO feed_generation (municipality_code, generation, mode, business_date, created_at, folder,"
            " manifest_sha256, files, published_at) VALUES (%s, -1, 'full', current_date, now(), 'x', '', %s, now())",
            [
                CODE,
                Jsonb(
                    [
                        {
                            "name": "assessments.csv",
                            "rows": 11,
                            "control_totals": {"aggregate_income": 1, "annual_tax": 22},
                        },
                        {
                            "name": "collections.csv",
                            "rows": 33,
                            "control_totals": {"assessed_total": 44, "paid_total": 5},
                        },
                    ]
                ),
            ],
        )
        shown = words(ledger_screens.client("auditor").get("/night/"))
    numbers = re.findall(r'<td class="number">([0-9,-]+)</td>', shown)
    assert numbers[-6:] == ["-1", "11", "22", "33", "44", "5"]


def test_a_hold_that_is_not_taken_is_shown_and_discarded_by_two(ledger_screens: LedgerScreens, person: str) -> None:
    clerk, chief = ledger_screens.client("clerk"), ledger_screens.client("approver")
    form = {"addressee_number": person, "kind": "issuance_stop", "reason": "本人の申出"}
    clerk.post("/issuance/set/", form, follow=True)
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as connection:
        row = connection.execute(
            "UPDATE hold_outbox SET attempts = 3, last_failure = 'http_400'"
            " WHERE id = (SELECT max(id) FROM hold_outbox)"
            " RETURNING hold_id"
        ).fetchone()
    assert row
    shown = words(clerk.get("/issuance/"))
    assert "受け付けられなかったもの" in shown
    assert "内容の誤り" in shown
    assert "理由を記入" in words(clerk.post(f"/issuance/message/{row[0]}/discard/", {}, follow=True))
    asked = words(clerk.post(f"/issuance/message/{row[0]}/discard/", {"reason": "番号の誤り"}, follow=True))
    assert "破棄を起案しました" in asked
    assert "破棄する" not in asked, "who may not lift does not decide"
    decision = f"/issuance/message/{row[0]}/decide/"
    assert "破棄しました" in words(chief.post(decision, {"decision": "approve"}, follow=True))
    assert "受け付けられなかったもの" not in words(chief.get("/issuance/"))
    hold_id = re.search(r"/issuance/([0-9a-f-]{36})/lift/", words(chief.get("/issuance/")))
    assert hold_id
    done = words(chief.post(f"/issuance/{hold_id[1]}/lift/", {"reason": "設定の誤り"}, follow=True))
    assert "発行停止を解除しました" in done, "a stop whose message was discarded is still lifted"
