"""G6 on screen: letters of a run and papers of refunds as one file; many cases proposed, approved and sent at once."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import psycopg
import pypdfium2
import pytest
from tests.ledger.letters.batches import approved, claim_of, people
from tests.ledger.overpayments.refund_papers import named
from tests.ledger.overpayments.refunds import WARD, overpaid

from kofu.ledger.recipients.read_recipients import documents_sent

pytestmark = [pytest.mark.storage, pytest.mark.font]


@pytest.fixture
def connection(ledger_screens) -> Iterator[psycopg.Connection]:
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as opened:
        yield opened


def case_ids(connection: psycopg.Connection, state: str, *people: str) -> list[str]:
    rows = connection.execute(
        "SELECT id FROM refund_case WHERE state = %s AND addressee_number = ANY(%s)", [state, list(people)]
    ).fetchall()
    return [str(row[0]) for row in rows]


def test_refunds_go_through_as_a_batch_and_what_cannot_is_named(connection, ledger_screens) -> None:
    """起案 by a clerk, 決裁 by another, one file of all papers, the sending on record; each person on each record."""
    for person in ("b1", "b2", "b3"):
        overpaid(connection, person, paid=50_000, reduced=10_000, owed=0)
        named(connection, person, status="dead" if person == "b3" else "resident")
    login = ledger_screens.account("clerk")
    clerk, chief = ledger_screens.client("clerk", login=login), ledger_screens.client("approver")
    alone = clerk.post("/refund/batch/propose/", {"chosen": ["b1"], "ground": ""}, follow=True).content.decode()
    assert "過納があります。減額になったわけを一件ずつ確かめて" in alone
    form = {"chosen": ["b1", "b2", "b3", "nobody"], "ground": "own_correction"}
    told = clerk.post("/refund/batch/propose/", form, follow=True).content.decode()
    assert "3 件を起案しました。還付の合計 30,000 円。" in told
    assert "宛名 nobody：" in told
    assert max(len(who) for what, who in ledger_screens.people_of(login) if what == "overpayment.propose") >= 3

    proposed = case_ids(connection, "proposed", "b1", "b2", "b3")
    assert clerk.post("/refund/batch/approve/", {"chosen": proposed}).status_code == 403
    told = chief.post("/refund/batch/approve/", {"chosen": proposed}, follow=True).content.decode()
    assert "3 件を決裁しました" in told

    early = clerk.post("/refund/batch/notify/", {"chosen": proposed, "sent": "1"}, follow=True).content.decode()
    assert early.count("通知書がまだ印刷されていません") == 3
    batch = uuid4()
    assert clerk.get(f"/arrears/letters/{batch}/").status_code == 404
    answer = clerk.post("/refund/batch/notify/", {"chosen": proposed, "print": "1", "batch_id": str(batch)})
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")
    with pypdfium2.PdfDocument(answer.content) as document:
        assert len(document) == 4, "a notice and a 請求書 for each of the two who can be written to"
    told = clerk.get(f"/arrears/letters/{batch}/").json()
    assert told["ended"]
    assert "2 通、4 ページ" in told["words"]
    assert "相続人代表者が登録されていません" in clerk.get("/refund/batch/").content.decode()

    told = clerk.post("/refund/batch/notify/", {"chosen": proposed, "sent": "1"}, follow=True).content.decode()
    assert "2 件を通知書の送付を記録しました" not in told
    assert "2 件の通知書の送付を記録しました" in told
    assert len(case_ids(connection, "notified", "b1", "b2")) == 2
    assert len(case_ids(connection, "approved", "b3")) == 1
    assert documents_sent(connection, WARD, "b3") == []


def test_letters_of_a_run_are_one_file_and_one_or_several_are_taken_out_with_a_reason(
    connection, ledger_screens
) -> None:
    people(connection, 3)
    run = approved(connection)
    clerk = ledger_screens.client("clerk")
    wordless = clerk.post(f"/arrears/run/{run}/take-out/{claim_of(connection, 2)}/", {"reason": ""}, follow=True)
    assert "外す理由を記入してください" in wordless.content.decode()
    told = clerk.post(f"/arrears/run/{run}/take-out/{claim_of(connection, 2)}/", {"reason": "納付の申出"}, follow=True)
    assert "取り出した：納付の申出" in told.content.decode()
    batch = {"batch_id": str(uuid4()), "both_sides": "on"}
    answer = clerk.post(f"/arrears/run/{run}/letters/", batch)
    with pypdfium2.PdfDocument(answer.content) as document:
        assert len(document) == 4, "two letters, each with an empty back"
    again = clerk.post(f"/arrears/run/{run}/letters/", batch, follow=True).content.decode()
    assert "もう一度印刷するときは、画面を開き直してください" in again
    assert "2 通、4 ページを印刷しました" in again

    where, claims = f"/arrears/run/{run}/take-out/", [claim_of(connection, number) for number in (1, 3)]
    assert f'value="{claims[0]}"' in clerk.get(f"/arrears/run/{run}/").content.decode()
    assert "外すものを選んでください" in clerk.post(where, {"reason": "相談中"}, follow=True).content.decode()
    told = clerk.post(where, {"claim": [claims[0], 999_999], "reason": "相談中"}, follow=True).content.decode()
    assert "取り出した：相談中" not in told, "one cannot be taken out: none is"
    told = clerk.post(where, {"claim": claims, "reason": "相談中"}, follow=True).content.decode()
    assert "2 件を外しました" in told
    assert told.count("取り出した：相談中") == 2


def test_more_than_a_page_of_cases_is_seen_page_by_page_and_the_page_says_what_it_covers(
    connection, ledger_screens
) -> None:
    """Beyond the five hundredth nothing is out of reach, and a batch never covers what is not shown without a word."""
    with psycopg.connect(ledger_screens.database.owner_url) as owner:
        owner.execute(
            "INSERT INTO refund_case (id, municipality_code, addressee_number, state, causes, plan,"
            " applied_total, refund_total, proposed_by, proposed_at, approved_by, bank_code, branch_code, account_type,"
            " account_number, account_holder)"
            " SELECT gen_random_uuid(), %s, 'page' || n, 'proposed', '[]', '{}', 0, 100, 'x', now(), '', '',"
            " '', '', '', '' FROM generate_series(1, 520) AS n ORDER BY n",
            [WARD],
        )
    try:
        clerk = ledger_screens.client("clerk")
        first = clerk.get("/refund/batch/").content.decode()
        total = connection.execute("SELECT count(*) FROM refund_case WHERE state = 'proposed'").fetchone()[0]
        assert f"決裁待ち　{total} 件" in first
        assert f"全 {total} 件のうち 1〜500 件目" in first
        assert "このページで選んだもの（1〜500 件目）だけです" in first
        assert first.count('name="chosen"') >= 500
        second = clerk.get("/refund/batch/?proposed=2").content.decode()
        assert f"501〜{total} 件目" in second
        on_first = {f"/refund/{case}/" in first for case in case_ids(connection, "proposed", "page520")}
        on_second = {f"/refund/{case}/" in second for case in case_ids(connection, "proposed", "page1")}
        assert on_first == on_second == {True}
        every = connection.execute("SELECT count(*) FROM refund_case").fetchone()[0]
        assert f"全 {every} 件のうち" in clerk.get("/refund/").content.decode()
    finally:
        with psycopg.connect(ledger_screens.database.owner_url) as owner:
            owner.execute("DELETE FROM refund_case WHERE addressee_number LIKE 'page%'")


def test_what_was_chosen_with_a_nul_in_it_is_the_senders_fault(ledger_screens) -> None:
    """No text of PostgreSQL holds a NUL; a page that reads a list without a form must not fall over it."""
    clerk = ledger_screens.client("clerk")
    assert clerk.post("/refund/batch/propose/", {"chosen": ["b1", "b\x00"], "ground": ""}).status_code == 400
