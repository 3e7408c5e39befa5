"""A held night on screen: its figures beside their bounds, two people's words on them, the run that then writes."""

from __future__ import annotations

import re

import psycopg
import pytest
from tests.ledger.nights.watched_nights import wait_for_runs, words
from tests.staff_screens import LedgerScreens

pytestmark = pytest.mark.storage

FOUND = "年税額の減を賦課担当の取消一覧と突合し、一致した。"


def run(screens: LedgerScreens, **form: str) -> str:
    """Begin a run by hand, wait for its end, give the page."""
    client = screens.client("approver", login="kakaricho")
    client.post("/night/start/", {"mode": "difference", **form})
    wait_for_runs()
    return words(client.get("/night/"))


@pytest.fixture(scope="module")
def held(ledger_screens: LedgerScreens) -> int:
    """The night before stated a milliard of annual tax, tonight nothing: give the number of the held figures."""
    assert "完了" in run(ledger_screens)
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as connection:
        connection.execute("UPDATE feed_generation SET figures = jsonb_set(figures, '{annual_tax}', '1000000000')")
    shown = run(ledger_screens)
    assert "数値が上限を超えたため渡していません" in shown
    number = re.search(r"/night/held/(\d+)/", shown)
    assert number
    return int(number[1])


def test_the_figures_are_shown_with_what_they_were_their_change_and_bound(ledger_screens, held: int) -> None:
    shown = words(ledger_screens.client("auditor").get(f"/night/held/{held}/"))
    assert "年税額の計：1,000,000,000 → <strong>0</strong>" in shown
    assert "-1,000,000,000（-100.0％）" in shown
    assert "10％・2,000,000円" in shown
    assert "解除に署名する" not in shown, "an auditor looks only"
    assert "失敗・保留の夜間連携" in words(ledger_screens.client("approver").get("/"))
    assert ledger_screens.client("auditor").post(f"/night/held/{held}/release/").status_code == 403


def test_words_that_say_nothing_or_repeat_are_not_taken(ledger_screens, held: int) -> None:
    client = ledger_screens.client("clerk", login="kakariin")
    answer = client.post(f"/night/held/{held}/release/", {"release-finding": "OK"})
    assert answer.status_code == 422
    assert "10文字以上" in words(answer)
    assert client.get("/night/held/999999/").status_code == 404
    assert "解除された数値ではありません" in words(client_of_chief(ledger_screens, held))


def client_of_chief(screens: LedgerScreens, held: int):
    """The chief tries to write what nobody let pass yet."""
    chief = screens.client("approver", login="kakaricho")
    return chief.post("/night/start/", {"held": str(held)}, follow=True)


def test_two_people_let_the_figures_pass_and_the_run_of_that_day_writes_them(ledger_screens, held: int) -> None:
    clerk, chief = (ledger_screens.client(*who) for who in (("clerk",), ("approver",)))
    shown = words(clerk.post(f"/night/held/{held}/release/", {"release-finding": FOUND}, follow=True))
    assert "別の職員の署名で解除されます" in shown
    assert "一人目と同じ文章です" in words(chief.post(f"/night/held/{held}/release/", {"release-finding": FOUND}))
    own = {"release-finding": "取消通知の決裁書を確認し、件数と税額が合う。"}
    assert "解除しました" in words(chief.post(f"/night/held/{held}/release/", own, follow=True))
    assert "この数値で書き出す" in words(chief.get(f"/night/held/{held}/"))
    shown = run(ledger_screens, held=str(held))
    assert "書き出し済" in shown
    assert re.search(r'state good">完了</span>', shown)
    last = words(chief.post(f"/night/held/{held}/send-back/", {"back-finding": FOUND}, follow=True))
    assert "すでに判断されています" in last


def test_one_person_sends_figures_back_with_the_reason(ledger_screens, held: int) -> None:
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as connection:
        connection.execute("UPDATE feed_generation SET figures = jsonb_set(figures, '{annual_tax}', '2000000000')")
    number = re.search(r"/night/held/(\d+)/", run(ledger_screens))
    assert number
    assert int(number[1]) != held
    client = ledger_screens.client("clerk", login="kakariin")
    shown = words(client.post(f"/night/held/{number[1]}/send-back/", {"back-finding": FOUND}, follow=True))
    assert "差し戻しました" in shown
    assert FOUND in shown
