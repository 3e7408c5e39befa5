"""Papers of a real case: their amounts are those of the decision; handed out on record, kept nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from tests.ledger.overpayments.refund_papers import named
from tests.ledger.overpayments.refunds import CHIEF, CLERK, NOW, PAID, RULES, WARD, overpaid, proposed
from tests.ledger.papers.read_papers import read, squeezed

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain import posting
from kofu.ledger.books.journal import Posting, open_books, store_books
from kofu.ledger.overpayments import refund
from kofu.ledger.overpayments.papers import print_refund_paper
from kofu.ledger.overpayments.revoke import revoke
from kofu.ledger.papers.press import PaperPress
from kofu.ledger.profile.domain.paper_forms import PaperForm
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.recipients.domain.heirs import Basis, Heir
from kofu.ledger.recipients.heirs import register_heirs
from kofu.ledger.recipients.read_recipients import documents_sent
from kofu.platform.fonts import find_font
from kofu.platform.profiles import load_profile

pytestmark = [pytest.mark.storage, pytest.mark.font]
PROFILE = load_profile(Path(__file__).parents[3] / "profiles" / "mihon.toml")


@pytest.fixture(scope="module")
def press() -> PaperPress:
    return PaperPress(find_font())


@pytest.fixture
def connection(ledger_screens) -> Iterator[psycopg.Connection]:
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as opened:
        yield opened


def printed(connection: psycopg.Connection, press: PaperPress, form: PaperForm, case: UUID) -> bytes:
    return print_refund_paper(
        connection, form, case, profile=PROFILE, rules=ledger_profile(WARD).papers, press=press, acting=CLERK
    )


def test_the_paper_says_what_was_decided_whatever_the_ledger_did_since(connection, press) -> None:
    """500,000 yen paid, 100,000 remain assessed: 400,000 back, 30,000 of it to 2期, 1,900 yen of 還付加算金."""
    claims = overpaid(connection, "p1", paid=500_000, reduced=400_000, owed=30_000)
    named(connection, "p1")
    case = proposed(connection, "p1")
    with pytest.raises(OperatorFault, match="once the case is decided"):
        printed(connection, press, PaperForm.REFUND_NOTICE, case)
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    first = printed(connection, press, PaperForm.REFUND_NOTICE, case)
    found = read(first)
    for words in ("100,000円", "500,000円", "400,000円", "30,000円", "1,900円", "371,900円", "渡邉󠄏太郎　様"):
        assert squeezed(words) in found
    assert "賦課の減額・取消による過納" in found
    with connection.transaction():
        books = open_books(connection, claim_ids=[claims[0].claim_id])
        books.post(posting.increase(claims[0].claim_id, 77_000, NOW.date()))
        store_books(connection, books, Posting(actor="test", booked_on=NOW.date(), recorded_at=NOW))
    assert printed(connection, press, PaperForm.REFUND_NOTICE, case) == first
    told = read(printed(connection, press, PaperForm.OFFSET_NOTICE, case))
    assert "令和8年8月31日" in told  # 充当適状日: the later of 納期限 and payment
    assert "第2期" in told


def test_a_paper_leaves_by_screen_on_record_and_is_not_kept(connection, ledger_screens) -> None:
    """Audited as printed with its digest; no-store; the person as a pseudonym; a case page that warns."""
    overpaid(connection, "p2", paid=50_000, reduced=10_000, owed=0)
    named(connection, "p2", status="dead", protected=True)
    case = proposed(connection, "p2")
    login = ledger_screens.account("clerk")
    client = ledger_screens.client("clerk", login=login)
    early = client.get(f"/refund/{case}/refund-notice/")
    assert early.status_code == 302
    assert ledger_screens.entries(login)[-1][1] == "refused"
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    page = client.get(f"/refund/{case}/").content.decode()
    assert "還付通知書を印刷する" in page
    assert "充当通知書を印刷する" not in page
    assert "この方は死亡しています" in page
    assert "支援措置の対象です" in page
    held = client.get(f"/refund/{case}/refund-notice/", follow=True).content.decode()
    assert "相続人代表者が登録されていません" in held
    assert documents_sent(connection, WARD, "p2") == []
    heir = Heir(
        name="見本 花子", postal_code="1600001", address="見本区二丁目", relation="妻", share=Fraction(1), signed=True
    )
    register_heirs(
        connection, WARD, "p2", [heir], basis=Basis.DECLARATION, representative=0, died_on=PAID, filed_on=PAID,
        declare_by=None, acting=CLERK,
    )  # fmt: skip
    answer = client.get(f"/refund/{case}/refund-notice/")
    assert answer["Content-Type"] == "application/pdf"
    assert squeezed("見本花子　様（亡　見本渡邉󠄏太郎　様　相続人代表者）") in read(answer.content)
    assert "青葉台" not in read(answer.content), "the dead person's own address is on no paper to another"
    (sent,) = documents_sent(connection, WARD, "p2")
    assert (sent.document, sent.name, sent.why) == ("refund_notice", "見本 花子", "representative")
    assert answer["Cache-Control"] == "no-store"
    assert "10,000円" in read(answer.content)
    action, result, person, detail = ledger_screens.entries(login)[-1]
    assert (action, result) == ("notice.print", "printed")
    assert person
    assert detail["paper"] == "refund_notice"
    assert client.get(f"/refund/{case}/offset-notice/").status_code == 302


def test_a_decision_is_taken_back_on_the_cases_page_with_a_reason(connection, ledger_screens) -> None:
    named(connection, "p9")
    overpaid(connection, "p9", paid=50_000, reduced=10_000, owed=0)
    case = proposed(connection, "p9")
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    assert "還付決定を取り消す" not in ledger_screens.client("clerk").get(f"/refund/{case}/").content.decode()
    chief = ledger_screens.client("approver")
    assert chief.post(f"/refund/{case}/revoke/", {"reason": ""}).status_code == 422
    said = chief.post(f"/refund/{case}/revoke/", {"reason": "増額更正の見込み"}, follow=True).content.decode()
    assert "還付決定を取り消しました" in said
    assert "決定取消" in said
    assert "金額 10,000 円　理由 増額更正の見込み" in said
    assert "還付通知書を印刷する" not in said


def test_an_approver_sends_a_proposal_back_on_screen_and_the_drafter_finds_it(connection, ledger_screens) -> None:
    named(connection, "p21")
    overpaid(connection, "p21", paid=50_000, reduced=10_000, owed=0)
    case = proposed(connection, "p21")
    clerk, chief = ledger_screens.client("clerk"), ledger_screens.client("approver")
    assert "差し戻す" not in clerk.get(f"/refund/{case}/").content.decode()
    assert clerk.post(f"/refund/{case}/answer/", {"answer": "decline", "reason": "x"}).status_code == 403
    assert chief.post(f"/refund/{case}/answer/", {"answer": "send_back", "reason": ""}).status_code == 422
    given = {"answer": "send_back", "reason": "減額のわけを確かめる"}
    assert "差し戻しました" in chief.post(f"/refund/{case}/answer/", given, follow=True).content.decode()
    page = clerk.get(f"/refund/{case}/").content.decode()
    assert "直して起案し直す" in page
    assert "理由 減額のわけを確かめる" in page
    assert "差し戻された充当・還付" in clerk.get("/").content.decode()
    person = connection.execute("SELECT id FROM taxpayer WHERE addressee_number = 'p21'").fetchone()
    asked = clerk.get(f"/refund/person/{person[0]}/", follow=True).content.decode()
    assert "3号になるのは、所得税の申告に基づいて課税した住民税が" in asked


def test_a_claim_that_does_not_fit_says_at_which_field(connection, ledger_screens) -> None:
    """G2: before its notice; another holder."""
    named(connection, "p22")
    connection.execute("UPDATE taxpayer SET kana = 'ミホン タロウ' WHERE addressee_number = 'p22'")
    overpaid(connection, "p22", paid=50_000, reduced=10_000, owed=0)
    case = proposed(connection, "p22")
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    refund.notify(connection, case, papers=["還付通知書"], acting=CLERK)
    form = {"bank_code": "0001", "branch_code": "001", "account_type": "1", "account_number": "1234567"}
    form |= {"holder": "ミホン ハナコ", "claimed_on": "2026-11-19"}
    clerk = ledger_screens.client("clerk")
    early = clerk.post(f"/refund/{case}/claim/", form)
    assert (early.status_code, "通知書を送った日より前です" in early.content.decode()) == (422, True)
    form["claimed_on"] = "2026-11-20"
    assert "口座名義が本人の氏名と違います" in clerk.post(f"/refund/{case}/claim/", form).content.decode()
    form["holder_confirmed"] = "親権者の口座。戸籍を確認"
    done = clerk.post(f"/refund/{case}/claim/", form, follow=True).content.decode()
    assert "還付請求を登録しました" in done
    assert "本人と違う名義の理由 親権者の口座。戸籍を確認" in done


def test_who_may_only_look_does_not_print(connection, ledger_screens) -> None:
    overpaid(connection, "p3", paid=50_000, reduced=10_000, owed=0)
    named(connection, "p3")
    case = proposed(connection, "p3")
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    auditor = ledger_screens.client("auditor")
    assert "還付通知書を印刷する" not in auditor.get(f"/refund/{case}/").content.decode()
    assert auditor.get(f"/refund/{case}/refund-notice/").status_code == 403


def test_the_notice_of_what_was_appropriated_stands_when_the_rest_was_taken_back(connection, press) -> None:
    """還付決定の取消: 充当通知書 tells what was paid, and of it what was appropriated; no 還付通知書 is left."""
    named(connection, "1")
    overpaid(connection, "1", paid=500_000, reduced=400_000, owed=30_000)
    case = proposed(connection, "1")
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    revoke(connection, case, reason="増額更正", rules=RULES, acting=CHIEF)
    told = read(printed(connection, press, PaperForm.OFFSET_NOTICE, case))
    for words in ("100,000円", "500,000円", "30,000円"):
        assert words in told
    assert "400,000円" not in told
    with pytest.raises(OperatorFault, match="all of it was appropriated"):
        printed(connection, press, PaperForm.REFUND_NOTICE, case)


def test_a_notice_that_was_sent_keeps_its_day(connection, press) -> None:
    overpaid(connection, "p4", paid=50_000, reduced=10_000, owed=0)
    named(connection, "p4")
    case = proposed(connection, "p4")
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    sent = printed(connection, press, PaperForm.REFUND_NOTICE, case)
    refund.notify(connection, case, papers=["還付通知書"], acting=CLERK)
    later = print_refund_paper(
        connection,
        PaperForm.REFUND_NOTICE,
        case,
        profile=PROFILE,
        rules=ledger_profile(WARD).papers,
        press=press,
        acting=replace(CLERK, now=NOW + timedelta(days=40)),
    )
    assert later == sent
