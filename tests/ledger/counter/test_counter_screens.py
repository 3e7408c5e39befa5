"""Screens of the counter's certificates without a browser: who sees what, what is asked for, what is on record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pypdfium2
import pytest
from tests.ledger.counter.counter_applications import HIDDEN, applied, number_of, with_purpose
from tests.ledger.counter_ward import WARD, nothing_stands, person, take_ward_over

from kofu.core.calendar import day_in_japan
from kofu.core.kinds import HoldKind
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.recipients.agents import AgentFiling, file_agent

pytestmark = [pytest.mark.storage, pytest.mark.font]


@pytest.fixture(scope="module")
def screens(ledger_screens, tmp_path_factory):
    take_ward_over(ledger_screens.database, tmp_path_factory.mktemp("ward"), datetime.now(UTC))
    return ledger_screens


@pytest.fixture(autouse=True)
def registry_without_holds(screens, monkeypatch: pytest.MonkeyPatch) -> None:
    """The registry answers that nothing stands against anybody."""
    from kofu.ledger.counter.web import views

    monkeypatch.setattr(views, "ask_registry_of", lambda _code: nothing_stands)


@pytest.fixture
def connection(screens) -> Iterator[psycopg.Connection]:
    with psycopg.connect(screens.database.app_url, autocommit=True) as opened:
        yield opened


def test_a_clerk_issues_prints_and_hands_over(screens, connection) -> None:
    """The PDF comes from memory, is not to be kept, and is on record before it comes."""
    client = screens.client("certificate_operator", login="ope")
    where = applied(client, number_of(connection, person(connection)))
    page = client.get(where).content.decode()
    assert "交付できます" in page
    seen = dict(HIDDEN.findall(page))["seen"]
    assert "発行しました" in client.post(f"{where}issue/", {"seen": seen}, follow=True).content.decode()
    assert "まだ交付も無効にもしていない申請があります" in client.get("/certificates/report/").content.decode()
    paper = client.post(f"{where}print/1/")
    assert (paper["Content-Type"], paper["Cache-Control"]) == ("application/pdf", "no-store")
    assert paper.content.startswith(b"%PDF-1.4")
    assert client.post(f"{where}print/1/").status_code == 409
    assert "手数料の額が合いません" in client.post(
        f"{where}hand-over/", {"fee_taken": "200"}, follow=True
    ).content.decode()  # fmt: skip
    assert "交付しました" in client.post(f"{where}hand-over/", {"fee_taken": "300"}, follow=True).content.decode()
    report = client.get("/certificates/report/").content.decode()
    assert "まだ交付も無効にもしていない" not in report
    assert re.search(r'title="ope".*?300</td>', report, re.DOTALL)
    done = [action for action, *_ in screens.entries("ope") if action.startswith("counter_certificate")]
    assert done == [f"counter_certificate.{step}" for step in ("apply", "issue", "print", "hand_over")]


def test_several_years_and_copies_are_printed_in_one_file_each_on_record(screens, connection) -> None:
    """A page of every copy, in order; what was printed by itself before is not in it, and nothing is left after."""
    client = screens.client("certificate_operator", login="opeall")
    where = applied(client, number_of(connection, person(connection)), years=["2026", "2025"], copies="2")
    seen = dict(HIDDEN.findall(client.get(where).content.decode()))["seen"]
    issued = client.post(f"{where}issue/", {"seen": seen}, follow=True).content.decode()
    assert "まだ印刷していない 4 通を、一つのPDFにします。" in issued
    with pypdfium2.PdfDocument(client.post(f"{where}print/1/").content) as one:
        pages_of_one = len(one)
    answer = client.post(f"{where}print/")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("application/pdf", "no-store")
    with pypdfium2.PdfDocument(answer.content) as together:
        texts = [page.get_textpage().get_text_range() for page in together]
    assert len(texts) == 3 * pages_of_one
    numbers = connection.execute(
        "SELECT certificate_number FROM counter_copy WHERE application_id = %s ORDER BY position",
        [where.rstrip("/").rpartition("/")[2]],
    ).fetchall()
    assert [sum(number in text for text in texts) > 0 for (number,) in numbers] == [False, True, True, True]
    assert client.post(f"{where}print/").status_code == 409, "nothing is left to print"
    done = [action for action, *_ in screens.entries("opeall") if action == "counter_certificate.print"]
    assert len(done) == 4


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"applicant": "agent"}, "申請者の氏名を入力"),
        ({"kind": "vehicle_inspection"}, "標識番号を選んで"),
        ({"free_reason": "inspection"}, "選んだ種類の証明書には使えません"),
        ({"copies": "0"}, "1 以上"),
        ({"copies": "99999"}, "20 部まで"),
        ({"years": []}, "必須"),
    ],
)
def test_a_form_says_what_is_missing(screens, connection, changes: dict[str, object], said: str) -> None:
    client = screens.client("clerk", login="form")
    address = f"/certificates/{number_of(connection, person(connection))}/apply/"
    with_purpose(client, address)
    filled = {
        "application_id": str(uuid4()), "kind": "taxation", "years": ["2026"], "copies": "1", "applicant": "self",
        "identity": ["passport"], "purpose": "school", **changes,
    }  # fmt: skip
    answer = client.post(address, filled)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_a_branch_sees_its_own_applications_and_no_others(screens, connection) -> None:
    """特別出張所: issued from their own office; the ward office sees all."""
    ward, branch = screens.client("clerk", login="ward1"), screens.client("branch_clerk", login="b1", office="b05")
    person_id = number_of(connection, person(connection))
    of_ward, of_branch = applied(ward, person_id), applied(branch, person_id)
    assert of_ward not in branch.get("/certificates/").content.decode()
    assert of_branch in branch.get("/certificates/").content.decode()
    assert {of_ward, of_branch} <= set(
        re.findall(r'href="(/certificates/[^"]+)"', ward.get("/certificates/").content.decode())
    )
    assert branch.get(of_ward).status_code == 404
    assert "受け付けた所属で行います" in ward.get(of_branch).content.decode()


def test_under_protection_a_second_person_decides(screens, connection) -> None:
    """支援措置: nothing can be issued before; the approver sees why."""
    addressee = person(connection)
    connection.execute("UPDATE taxpayer SET protected = TRUE WHERE addressee_number = %s", [addressee])
    try:
        person_id = number_of(connection, addressee)
        clerk = screens.client("branch_clerk", login="b2", office="b05")
        where = applied(clerk, person_id)
        page = clerk.get(where).content.decode()
        assert "決裁者の決裁を待っています" in page
        assert "この内容で発行する" not in page
        assert clerk.post(f"{where}approve/", {"reason": "x"}).status_code == 403
        chief = screens.client("certificate_approver", login="chief")
        assert where in chief.get("/certificates/").content.decode()
        with_purpose(chief, where)
        assert (
            "決裁しました"
            in chief.post(f"{where}approve/", {"reason": "写真で本人を確認"}, follow=True).content.decode()
        )
        assert "この内容で発行する" in clerk.get(where).content.decode()
    finally:
        connection.execute("UPDATE taxpayer SET protected = FALSE WHERE addressee_number = %s", [addressee])


def test_stopped_counters_say_so_until_two_people_sign(screens, connection) -> None:
    clerk, chief = (
        screens.client("certificate_operator", login="s1"),
        screens.client("certificate_approver", login="s2"),
    )
    where = clerk.post("/certificates/cases/stop/", {"reason": "公印の確認"})["Location"]
    form = clerk.get(f"/certificates/{number_of(connection, person(connection))}/apply/", follow=True)
    assert form.status_code == 200
    assert "窓口交付を止めています" in clerk.get("/certificates/").content.decode()
    assert clerk.post(f"{where}sign/", {"finding": "よし"}).status_code == 422
    for client, words in ((clerk, "公印の期間を確認した。誤りはない。"), (chief, "別の職員として確認した。正しい。")):
        client.post(f"{where}sign/", {"finding": words})
    assert "窓口交付を止めています" not in clerk.get("/certificates/").content.decode()


def test_an_auditor_sees_the_day_but_issues_nothing(screens, connection) -> None:
    auditor = screens.client("auditor", login="aud")
    assert auditor.get("/certificates/").status_code == 200
    assert auditor.get(f"/certificates/{number_of(connection, person(connection))}/apply/").status_code == 403


def test_the_form_names_who_is_on_record_to_apply_for_the_person(screens, connection) -> None:
    """納税管理人 in force; the clerk types no name the record does not have."""
    addressee = person(connection, "t.addressee_number > '00004'")
    today = day_in_japan(datetime.now(UTC))
    filing = AgentFiling(
        name="見本 管理人", postal_code="", address="東京都見本区", inside=True, taxes=frozenset({Tax.RESIDENT}),
        may_certify=True, confirmed=False, filed_on=today, valid_from=today,
    )  # fmt: skip
    file_agent(connection, WARD, addressee, filing, replaces=None, acting=Acting("test", "test", datetime.now(UTC)))
    client = screens.client("clerk", login="known")
    page = with_purpose(client, f"/certificates/{number_of(connection, addressee)}/apply/")
    assert "登録のある方：納税管理人 見本 管理人" in page


def test_the_form_warns_of_what_the_registry_says_or_does_not_say(screens, connection, monkeypatch) -> None:
    """支援措置 before the address is spoken of; silence before the applicant waits in vain."""
    from kofu.ledger.counter.web import views

    client = screens.client("clerk", login="warned")
    address = f"/certificates/{number_of(connection, person(connection))}/apply/"
    assert "支援措置の対象の方です" not in with_purpose(client, address)
    for holds, words in (((HoldKind.PROTECTION,), "支援措置の対象の方です"), (None, "住民記録システムの応答がない")):
        monkeypatch.setattr(views, "ask_registry_of", lambda _code, holds=holds: lambda _number: holds)
        assert words in client.get(address).content.decode()
