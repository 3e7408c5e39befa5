"""不納欠損の取消 on the screens: where the 不納欠損 is shown, proposed by one, decided by another, with a way back."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from tests.ledger.arrears.people_owing import WARD, owing

from kofu.core.calendar import day_in_japan
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.arrears import decide_claims
from kofu.ledger.arrears.domain.write_off import WriteOffReason
from kofu.ledger.arrears.events import add_event, on_record
from kofu.ledger.books.domain.prescription import Happening, PrescriptionEvent

pytestmark = pytest.mark.storage


@pytest.fixture
def claim(ledger_screens) -> int:
    """A claim of three months ago, written off on 即時消滅, which was of another person."""
    from django.utils import timezone

    clerk = Acting("clerk", "test", timezone.now(), "p")
    today = day_in_japan(clerk.now)
    with psycopg.connect(ledger_screens.database.owner_url) as owner:
        owner.execute(
            "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
            " postal_code, address, status, protected) VALUES (%s, '1', '見本 花子', 'ミホン ハナコ', '', '',"
            " '1980-04-01', '', '見本区1', 'resident', false) ON CONFLICT DO NOTHING",
            [WARD],
        )
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as connection:
        number = connection.execute("SELECT 'S' || count(*) FROM notice").fetchone()[0]
        claim_id = owing(connection, number, today - timedelta(days=90), interest=0).claim_id
        wrong = PrescriptionEvent(Happening.GIVEN_UP, today - timedelta(days=20))
        add_event(connection, claim_id, wrong, reason="調査書 8-1", acting=clerk)
        made = decide_claims.propose_write_off(connection, claim_id, WriteOffReason.GIVEN_UP, acting=clerk)
        decide_claims.approve(connection, made.decision_id, acting=Acting("chief", "test", timezone.now(), "p"))
    return claim_id


def seen(client, address: str) -> str:
    """Get a page about a person, giving the purpose where it is asked for."""
    answer = client.get(address)
    if answer.status_code == 302:
        client.post(answer["Location"], {"purpose": "correction"})
        answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def waiting(ledger_screens, claim: int) -> str:
    with psycopg.connect(ledger_screens.database.app_url) as connection:
        (number,) = connection.execute(
            "SELECT id FROM claim_decision WHERE claim_id = %s AND kind = 'undo_write_off' AND state = 'proposed'",
            [claim],
        ).fetchone()
    return str(number)


def test_a_write_off_is_reversed_on_the_screens_with_the_record_that_was_wrong(ledger_screens, claim) -> None:
    clerk, chief = ledger_screens.client("clerk", login="wc"), ledger_screens.client("approver", login="wh")
    page = f"/arrears/ended/{claim}/"
    with psycopg.connect(ledger_screens.database.app_url) as connection:
        (record,) = on_record(connection, claim)
        person, due = connection.execute(
            "SELECT taxpayer.id, due FROM taxpayer, claim_balance WHERE addressee_number = '1' AND claim_id = %s",
            [claim],
        ).fetchone()
    assert due == 0
    assert "時効の経過・不納欠損の取消" in seen(clerk, f"/person/{person}/claim/{claim}/")
    shown = seen(clerk, page)
    assert "不納欠損の取消を起案する" in shown
    assert "調査書 8-1" in shown
    assert "未納はありません" in shown, "nothing is left to write off"
    refused = clerk.post(f"{page}reverse/", {"reason": "誤り"})
    assert refused.status_code == 422
    assert "法により消滅しています" in refused.content.decode()
    given = {"reason": "別の方の調査書", "wrong": [record.event_id]}
    said = clerk.post(f"{page}reverse/", given, follow=True).content.decode()
    assert "別の決裁者の決裁を待ちます" in said
    assert "誤りの記録も取り消す：即時消滅" in said
    assert "取り下げる" in said, "who proposed it has a way back"
    decision = waiting(ledger_screens, claim)
    alone = clerk.post(f"/arrears/reversal/{decision}/", {"answer": "approve"})
    assert alone.status_code == 403, "a clerk decides nothing"
    assert "差し戻す" in chief.get("/arrears/ended/").content.decode()
    said = chief.post(f"/arrears/reversal/{decision}/", {"answer": "approve"}, follow=True).content.decode()
    assert "30,000 円の不納欠損を取り消しました" in said
    shown = seen(clerk, f"/person/{person}/claim/{claim}/")
    assert "不納欠損の取消" in shown, "its entry is on the claim's page"
    assert "時効の経過・不納欠損の取消" not in shown


def test_a_proposal_is_withdrawn_by_its_proposer_and_sent_back_by_another(ledger_screens, claim) -> None:
    clerk, chief = ledger_screens.client("clerk", login="vc"), ledger_screens.client("approver", login="vh")
    other = ledger_screens.client("clerk", login="vo")
    page = f"/arrears/ended/{claim}/"
    seen(clerk, page)
    with psycopg.connect(ledger_screens.database.app_url) as connection:
        (record,) = on_record(connection, claim)
    given = {"reason": "別の方の調査書", "wrong": [record.event_id]}
    clerk.post(f"{page}reverse/", given)
    withdrawing = f"/arrears/decision/{waiting(ledger_screens, claim)}/withdraw/"
    assert "取り下げられるのは起案した人だけです" in other.post(withdrawing, follow=True).content.decode()
    assert "取り下げました" in clerk.post(withdrawing, follow=True).content.decode()
    clerk.post(f"{page}reverse/", given)
    sent = chief.post(
        f"/arrears/reversal/{waiting(ledger_screens, claim)}/", {"answer": "decline"}, follow=True
    ).content.decode()
    assert "差し戻しました" in sent
