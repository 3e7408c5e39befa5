"""書類の送付先 on screen without a browser: who may, what is asked for, what two people do, what is on paper."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest
from django.utils import timezone
from tests.ledger.overpayments.refunds import CHIEF, CLERK, RULES, WARD, overpaid
from tests.ledger.papers.read_papers import read, squeezed

from kofu.core.calendar import day_in_japan
from kofu.ledger.books.domain.refund_interest import InterestUntil
from kofu.ledger.overpayments import refund

pytestmark = [pytest.mark.storage, pytest.mark.font]


@pytest.fixture
def connection(ledger_screens) -> Iterator[psycopg.Connection]:
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as opened:
        yield opened


def known(connection: psycopg.Connection, number: str, *, status: str = "resident", protected: bool = False) -> int:
    """A person on record; gives the number screens use."""
    return connection.execute(
        "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
        " postal_code, address, status, status_date, protected) VALUES (%s, %s, '見本 太郎', '', '', '', '', '1600000',"
        " '東京都見本区青葉台一丁目２番３号', %s, '2026-04-02', %s) RETURNING id",
        [WARD, number, status, protected],
    ).fetchone()[0]


def opened(client, address: str) -> str:
    """Get a page about a person, giving the purpose where it is asked for."""
    answer = client.get(address)
    if answer.status_code == 302:
        client.post(answer["Location"], {"purpose": "consultation"})
        answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return re.sub(r"\s+", " ", answer.content.decode())


def posted(client, to: str, **given: object) -> str:
    """Send a form and give what the page then says."""
    answer = client.post(to, given, follow=True)
    return re.sub(r"\s+", " ", answer.content.decode())


def filled(basis: str, *rows: tuple[str, str, str], signed: bool = True, **more: object) -> dict[str, object]:
    """The form of heirs with some rows filled in: name, 続柄, 相続分."""
    form: dict[str, object] = {
        "basis": basis, "died_on": "2026-04-02", "filed_on": "2026-06-01", "heir-TOTAL_FORMS": "6",
        "heir-INITIAL_FORMS": "0", "heir-MIN_NUM_FORMS": "0", "heir-MAX_NUM_FORMS": "40", **more,
    }  # fmt: skip
    for place, (name, relation, share) in enumerate(rows):
        of = f"heir-{place}-"
        form |= {
            of + "name": name, of + "relation": relation, of + "share": share, of + "postal_code": "1600001",
            of + "address": "東京都見本区花園二丁目３番４号",
        }  # fmt: skip
        if signed:
            form[of + "signed"] = "on"
    return form


FAMILY = (("見本 花子", "妻", "1/2"), ("見本 一郎", "子", "1/2"))


def action(page: str, ending: str) -> str:
    """Find the address of a form or link of the page."""
    found = re.search(rf'(?:action|href)="([^"]+{ending})"', page)
    assert found, ending
    return found.group(1)


def test_a_declaration_is_registered_and_every_document_goes_to_the_representative(ledger_screens, connection) -> None:
    person = known(connection, "s1", status="dead")
    client = ledger_screens.client("clerk")
    page = opened(client, f"/representatives/{person}/")
    assert "相続人代表者が登録されていません" in page
    assert page.count('<span class="state bad">保留</span>') == 2
    said = posted(client, f"/representatives/{person}/heirs/", **filled("declaration", *FAMILY, representative="1"))
    assert "届出による代表者" in said
    assert "見本 花子 様<br>（亡 見本 太郎 様 相続人代表者）" in said
    assert "滞納処分は、相続人ごとに" in said


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (filled("declaration", ("見本 花子", "妻", "1/2"), representative="1"), "相続分の合計が 1 になりません"),
        (filled("declaration", *FAMILY, signed=False, representative="1"), "署名のない相続人がいます"),
        (filled("declaration", *FAMILY), "代表者となる相続人を一人選んでください"),
        (filled("declaration", ("見本 花子", "", "1"), representative="1"), "必須です"),
        (filled("declaration", ("見本 花子", "妻", "半分"), representative="1"), "1/2 のように記入"),
    ],
)
def test_a_declaration_the_law_does_not_take_says_what_is_missing(ledger_screens, connection, form, said) -> None:
    person = known(connection, f"r{connection.execute('SELECT count(*) FROM taxpayer').fetchone()[0]}", status="dead")
    client = ledger_screens.client("clerk")
    opened(client, f"/representatives/{person}/heirs/")
    answer = client.post(f"/representatives/{person}/heirs/", form)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_the_ward_designates_by_two_people_and_notifies_each_heir(ledger_screens, connection) -> None:
    person = known(connection, "s2", status="dead")
    clerk, chief = ledger_screens.client("clerk"), ledger_screens.client("approver")
    home = f"/representatives/{person}/"
    opened(clerk, home)
    page = posted(clerk, f"{home}heirs/", **filled("survey", *FAMILY, signed=False, declare_by="2026-05-31"))
    assert "代表者の指定を起案する" in page
    page = posted(clerk, action(page, "propose/"), position="0", reason="同居していた配偶者であるため")
    assert "指定を起案しました" in page
    assert "起案した人は決裁できません" not in page, "a clerk has no such button at all"
    waiting = opened(chief, "/representatives/")
    assert "相続人代表者の指定" in waiting
    page = posted(chief, action(opened(chief, home), "approve/"))
    assert "指定しました" in page
    paper = clerk.get(action(opened(clerk, home), "notice/1/"))
    assert (paper["Content-Type"], paper["Cache-Control"]) == ("application/pdf", "no-store")
    told = read(paper.content)
    assert squeezed("見本 一郎　様") in told
    assert "同居していた配偶者であるため" in told
    assert "相続人代表者指定通知書" in opened(clerk, home), "on the list of what was sent"


def test_an_agent_outside_the_area_waits_for_approval_then_receives(ledger_screens, connection) -> None:
    person = known(connection, "s3")
    clerk, chief = ledger_screens.client("clerk"), ledger_screens.client("approver")
    home, today = f"/representatives/{person}/", day_in_japan(timezone.now())
    assert "本人の住所" in opened(clerk, home)
    page = posted(
        clerk, f"{home}agents/", inside="0", name="見本 代理", postal_code="5300001", address="大阪府見本市北町",
        taxes=["resident"], may_certify="on", filed_on=today.isoformat(), valid_from=today.isoformat(),
    )  # fmt: skip
    assert "承認申請中" in page
    assert "（見本 太郎 様 納税管理人）" not in page
    assert posted(clerk, action(opened(chief, home), "approve/")).count("大阪府見本市北町") == 0
    page = posted(chief, action(opened(chief, home), "approve/"))
    assert "（見本 太郎 様 納税管理人）" in page
    assert "滞納処分は本人へ" in page
    told = read(clerk.get(action(opened(clerk, home), "notice/")).content)
    assert "納税管理人承認通知書" in told
    page = posted(
        clerk, action(opened(clerk, home), "dismiss/"), last_day=(today - timedelta(days=1)).isoformat(), reason="帰国"
    )
    assert "解任を登録しました" in page
    assert "（見本 太郎 様 納税管理人）" not in page


def test_under_protection_a_forwarding_is_held_until_the_person_confirmed_it(ledger_screens, connection) -> None:
    person = known(connection, "s4", protected=True)
    client = ledger_screens.client("clerk")
    home, today = f"/representatives/{person}/", day_in_japan(timezone.now())
    opened(client, home)
    page = posted(
        client, f"{home}forwarding/", address="東京都見本区病院町１番", valid_from=today.isoformat(), reason="入院"
    )
    assert "本人の意思を確認していません" in page
    assert "同じ世帯の方や代理人を含め" in page
    page = posted(client, action(page, "confirm/"))
    assert "送付先変更の届" in page


def test_the_heirs_claim_a_refund_of_the_dead(ledger_screens, connection) -> None:
    person = known(connection, "s5", status="dead")
    overpaid(connection, "s5", paid=50_000, reduced=10_000, owed=0)
    case = refund.propose(connection, WARD, "s5", causes={}, rules=RULES, acting=CLERK)
    refund.approve(connection, case, rules=RULES, acting=CHIEF)
    refund.notify(connection, case, papers=["還付通知書"], acting=CLERK)
    client = ledger_screens.client("clerk")
    home = f"/representatives/{person}/"
    opened(client, home)
    account = {"bank_code": "0001", "branch_code": "001", "account_type": "1", "account_number": "1234567"}
    refused = posted(client, f"/refund/{case}/claim/", claimed_on="2026-11-20", holder="ミホン タロウ", **account)
    assert "本人の口座は受け付けられません" in refused
    assert "先に相続人と相続分を登録" in opened(client, f"{home}refunds/{case}/")
    posted(client, f"{home}heirs/", **filled("declaration", *FAMILY, representative="1"))
    page = opened(client, f"{home}refunds/{case}/")
    assert page.count("5,000 円") == 2
    given = {f"heir-{place}-{name}": value for place in (0, 1) for name, value in account.items()}
    given |= {"heir-0-holder": "ミホン ハナコ", "heir-1-holder": "ミホン イチロウ"}
    page = posted(client, f"{home}refunds/{case}/", claimed_on="2026-11-20", basis="share", **given)
    assert page.count("振込待ち</span>") == 2


def test_a_persons_page_says_where_documents_go(ledger_screens, connection) -> None:
    person = known(connection, "s6")
    page = opened(ledger_screens.client("clerk"), f"/person/{person}/")
    assert "納税通知書、納付書、督促状、還付通知書、充当通知書、滞納処分に関する書類" in page
    assert "本人の住所" in page


def test_who_may_only_look_registers_nothing(ledger_screens, connection) -> None:
    person = known(connection, "s7")
    branch = ledger_screens.client("branch_clerk", office="b05")
    page = opened(branch, f"/representatives/{person}/")
    assert "登録する" not in page
    assert branch.get(f"/representatives/{person}/forwarding/").status_code == 403
    assert ledger_screens.client("auditor").get("/representatives/").status_code == 200


ACCOUNT_FORM = {"bank_code": "0001", "branch_code": "001", "account_type": "1", "holder": "ミホン"}


def heirs_claim(*numbers: str, **more: str) -> dict[str, str]:
    """The form by which heirs claim a refund, each with an account of their own."""
    form = {"claimed_on": "2026-11-20", "basis": "share", **more}
    for place, number in enumerate(numbers):
        own = ACCOUNT_FORM | {"account_number": number}
        form |= {f"heir-{place}-{name}": value for name, value in own.items()}
    return form


def refund_of_the_dead(connection: psycopg.Connection, client, number: str, **how: object) -> tuple[int, UUID]:
    """A person who died and is owed 370,000 yen, decided and told; gives the person and the case."""
    person = known(connection, number, status="dead")
    opened(client, f"/representatives/{person}/")
    posted(client, f"/representatives/{person}/heirs/", **filled("declaration", *FAMILY, representative="1"))
    overpaid(connection, number, paid=500_000, reduced=400_000, owed=30_000)
    rules = replace(RULES, **how)
    case = refund.propose(connection, WARD, number, causes={}, rules=rules, acting=CLERK)
    refund.approve(connection, case, rules=rules, acting=CHIEF)
    refund.notify(connection, case, papers=["還付通知書"], acting=CLERK)
    return person, case


def test_the_heirs_claim_a_refund_each_to_an_account_and_the_case_tells_it(ledger_screens, connection) -> None:
    client = ledger_screens.client("clerk")
    person, case = refund_of_the_dead(connection, client, "s8")
    page = opened(client, f"/representatives/{person}/refunds/{case}/")
    assert page.count("185,950 円") == 2
    said = posted(client, f"/representatives/{person}/refunds/{case}/", **heirs_claim("0000001", "0000002"))
    assert "相続人の還付請求を登録しました" in said
    assert "受取人 2 人" in opened(client, f"/refund/{case}/")


def test_interest_that_counts_until_the_claim_is_told_beforehand_and_shared_among_the_heirs(
    ledger_screens, connection
) -> None:
    client = ledger_screens.client("clerk")
    person, case = refund_of_the_dead(connection, client, "s9", refund_interest=InterestUntil.CLAIM)
    told = opened(client, f"/refund/{case}/")
    assert "支出を決定する日まで計算します" in told
    coming = re.search(r"本日受け付けると、還付加算金は ([\d,]+) 円、支払額は ([\d,]+) 円です", told)
    assert coming is not None
    interest, total = (int(words.replace(",", "")) for words in coming.groups())
    assert (interest > 0, total) == (True, 370_000 + interest)
    assert f"{total:,} 円（本日受け付けるときの加算金を含む）" in opened(
        client, f"/representatives/{person}/refunds/{case}/"
    )
    today = day_in_japan(timezone.now()).isoformat()
    form = heirs_claim("0000001", "0000002", claimed_on=today)
    posted(client, f"/representatives/{person}/refunds/{case}/", **form)
    paid = connection.execute("SELECT sum(amount) FROM refund_payee WHERE case_id = %s", [case]).fetchone()
    assert paid == (total,)
    page = opened(client, f"/refund/{case}/")
    assert f"還付加算金 {interest:,} 円" in page
    assert "支出を決定する日まで計算します" not in page
