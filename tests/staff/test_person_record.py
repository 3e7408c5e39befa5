"""「誰が私の情報を見たか」: the auditor finds by person what was seen and done, and prints it, on record."""

from __future__ import annotations

import re

import psycopg
import pytest
from tests.ledger.small_ledger import WARD, by

from kofu.ledger.addressees.domain.addressees import MergeEvent
from kofu.ledger.addressees.merge_people import decide_merge, propose_merge

pytestmark = pytest.mark.storage

NUMBER, OTHER = "0000000771", "0000000788"
SURVIVOR, MERGED = "0000000672", "0000000673"
TAKEN = (
    "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
    " postal_code, address, status, protected) VALUES (%s, %s, %s, '', '', %s, '', '', %s, 'resident', false)"
)


@pytest.fixture(scope="module")
def screens(ledger_screens):
    with psycopg.connect(ledger_screens.database.owner_url, autocommit=True) as owner:
        for number, name in ((NUMBER, "架空　照子"), (OTHER, "架空　隣人")):
            address = f"東京都見本区開示町{number[-1]}番"
            owner.execute(TAKEN, [WARD, number, name, name.replace("　", ""), address])
    clerk = ledger_screens.client("clerk", login="mita")
    clerk.post("/person/", {"words": "架空"})
    return ledger_screens


def asked(client, **given):
    return client.post("/staff/audit/person/", given)


def test_the_auditor_answers_who_looked_and_the_answer_is_on_record(screens):
    auditor = screens.client("auditor", login="kansa")
    assert "架空　照子" in asked(auditor, words="架空　照子").content.decode()
    answer = asked(auditor, addressee_number=NUMBER, reference="開6-12").content.decode()
    assert "個人を探す" in answer
    assert "ほかに 1 人が載る一覧" in answer
    assert "収納係員" in answer
    assert "mita" not in answer, "by office and role: the profile names nobody"
    assert "架空　隣人" not in answer, "who else stood on the list is not told"
    from kofu.staff.work import pseudonym_of

    action, people = screens.people_of("kansa")[-1]
    assert (action, people) == ("audit.person", {pseudonym_of(NUMBER)})


@pytest.mark.parametrize("typed", [NUMBER, "架空　照子", "0" * 33])
def test_what_is_no_pseudonym_is_not_answered_by_an_empty_record(screens, typed):
    """A 宛名番号 in the field of the pseudonym found no entry: as if nobody had looked at that person."""
    auditor = screens.client("auditor", login="kansa")
    page = auditor.get("/staff/audit/", {"person": typed}).content.decode()
    assert "氏名や宛名番号からは「本人への開示」で探します" in page
    assert "該当する記録はありません" not in page
    from kofu.staff.work import pseudonym_of

    page = auditor.get("/staff/audit/", {"person": pseudonym_of(NUMBER)}).content.decode()
    assert "本人への開示」で探します" not in page


def test_a_clerk_may_not_ask_and_the_auditor_may_print_the_answer(screens):
    assert asked(screens.client("clerk"), addressee_number=NUMBER).status_code == 403
    auditor = screens.client("auditor", login="kansa")
    page = asked(auditor, addressee_number=NUMBER).content.decode()
    words = re.search(r'data-print-words="([^"]+)"', page)
    assert words is not None
    assert auditor.post("/staff/printed/", {"page": words[1]}).status_code == 204
    assert screens.people_of("kansa")[-1][0] == "page.print"


def test_days_outside_the_question_and_months_in_the_archive_are_told(screens):
    """What left the database is not in the answer, and the page says so, with the command that brings it back."""
    auditor = screens.client("auditor")
    early = asked(auditor, addressee_number=NUMBER, first="2020-01-01", last="2020-01-31").content.decode()
    assert "この期間に、この方の情報を見た記録はありません" in early
    with psycopg.connect(screens.database.owner_url, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO audit_segment (month, manifest, state, earliest, latest)"
            " VALUES ('2020-02', '', 'archived', '2020-02-01', '2020-02-28')"
        )
        try:
            told = asked(auditor, addressee_number=NUMBER, first="2020-02-01", last="2020-03-01").content.decode()
        finally:
            owner.execute("DELETE FROM audit_segment")
    assert "kofu audit restore ledger 2020-02 --apply" in told


def test_a_month_past_its_seven_years_waits_on_the_home_page_for_two_people(screens):
    """「アクセスログの記録は7年間保存する」: what is due is listed by itself, for two people."""
    admin = screens.client("administrator")
    with psycopg.connect(screens.database.owner_url, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO audit_segment (month, manifest, state, earliest, latest)"
            " VALUES ('2012-02', '', 'archived', '2012-02-01', '2012-02-28')"
        )
        try:
            home = admin.get("/").content.decode()
            page = admin.get("/staff/audit/months/").content.decode()
        finally:
            owner.execute("DELETE FROM audit_segment")
    assert "保存期間（7年）を過ぎた記録の月" in home
    assert "kofu audit expire ledger --month 2012-02 --apply" in page


def test_a_number_that_is_nobodys_gets_no_paper_and_who_was_erased_an_answer_that_says_so(screens):
    """A typo must not be answered "nobody looked at you"; it was asked for all the same, and that is on record."""
    from kofu.staff.work import pseudonym_of

    auditor = screens.client("auditor", login="kansa")
    for _ in range(2):  # the second time the record names the number: by the first asking alone
        typo = asked(auditor, addressee_number="0000000779")
        assert typo.status_code == 422
        assert "番号を確かめてください" in typo.content.decode()
        assert "あなたの情報を見た記録" not in typo.content.decode()
    assert screens.people_of("kansa")[-1] == ("audit.person", {pseudonym_of("0000000779")})
    with psycopg.connect(screens.database.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE taxpayer SET addressee_number = '0000000799' WHERE addressee_number = %s", [OTHER])
    erased = asked(auditor, addressee_number=OTHER)
    assert erased.status_code == 200, "the clerk saw them on a list once"
    assert "いまこのシステムにありません" in erased.content.decode()
    with psycopg.connect(screens.database.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE taxpayer SET addressee_number = %s WHERE addressee_number = '0000000799'", [OTHER])
    watch = auditor.post("/staff/audit/watch/", {"number": "0000000779", "reason": "x"}, follow=True)
    assert "この宛名番号の方は、このシステムにいません" in watch.content.decode()


@pytest.fixture
def merged(screens):
    """A number that was merged into the person's, and that somebody looked at while it stood alone."""
    with psycopg.connect(screens.database.owner_url, autocommit=True) as owner:
        for number, name in ((MERGED, "旧姓　照代"), (SURVIVOR, "架空　照代")):
            owner.execute(TAKEN, [WARD, number, name, name.replace("　", ""), f"東京都見本区統合町{number[-1]}番"])
        owner.execute("UPDATE taxpayer SET status = 'moved_out' WHERE addressee_number = %s", [MERGED])
    screens.client("clerk", login="tamachi").post("/person/", {"words": "旧姓"})
    with psycopg.connect(screens.database.app_url, autocommit=True) as ledger:
        merge = propose_merge(ledger, WARD, MERGED, SURVIVOR, reason="同一人", confirmed=True, acting=by("propo"))
        decide_merge(ledger, WARD, merge, MergeEvent.APPROVED, reason="", confirmed=True, acting=by("decid"))
    return screens


def test_the_answer_is_of_every_number_that_means_the_person_and_says_which(merged, monkeypatch):
    """宛名の統合: looks at the number that was merged are looks at the person.

    A system that knows no merges is told the numbers, and says that it asked by those alone.
    """
    from django.conf import settings

    from kofu.staff.work import pseudonym_of

    auditor, both = merged.client("auditor", login="kansa"), {pseudonym_of(SURVIVOR), pseudonym_of(MERGED)}
    for number, other in ((SURVIVOR, MERGED), (MERGED, SURVIVOR)):
        answer = asked(auditor, addressee_number=number).content.decode()
        assert "個人を探す" in answer, "the look at the number that was merged"
        assert f'<span class="code">{number}</span>、<span class="code">{other}</span>' in answer
        assert "統合されている番号のすべてで調べました" in answer
        assert merged.people_of("kansa")[-1] == ("audit.person", both)
    assert "ほかの宛名番号" not in auditor.get("/staff/audit/person/").content.decode(), "the ledger knows them itself"
    monkeypatch.setattr(settings, "KOFU_PEOPLE", "")
    assert "ほかの宛名番号" in auditor.get("/staff/audit/person/").content.decode()
    alone = asked(auditor, addressee_number=SURVIVOR).content.decode()
    assert "この期間に、この方の情報を見た記録" not in alone, "the asking itself"
    assert "個人を探す" not in alone
    assert "このシステムは宛名の統合を知らないため、ここに挙げた番号だけで調べました" in alone
    assert merged.people_of("kansa")[-1] == ("audit.person", {pseudonym_of(SURVIVOR)})
    found = asked(auditor, words=SURVIVOR, more=f"{MERGED}、").content.decode()
    assert f'name="more" value="{MERGED}、"' in found, "the choice of the person keeps them"
    told = asked(auditor, addressee_number=SURVIVOR, more=f"{MERGED}、").content.decode()
    assert "個人を探す" in told
    assert f'<span class="code">{SURVIVOR}</span>、<span class="code">{MERGED}</span>' in told
    assert merged.people_of("kansa")[-1] == ("audit.person", both)
    assert asked(auditor, addressee_number=SURVIVOR, more="照代").status_code == 422, "a name is nobody's number"


def test_whom_a_pseudonym_means_is_told_to_the_auditor_alone_with_a_reason_on_record(screens):
    from kofu.staff.work import pseudonym_of

    form = {"pseudonym": pseudonym_of(NUMBER), "reason": "月次点検の確認"}
    assert screens.client("administrator").post("/staff/audit/pseudonym/", form).status_code == 403
    auditor = screens.client("auditor", login="kansa")
    assert auditor.post("/staff/audit/pseudonym/", form | {"reason": ""}).status_code == 422
    assert "架空　照子" in auditor.post("/staff/audit/pseudonym/", form).content.decode()
    assert screens.people_of("kansa")[-1] == ("audit.resolve", {pseudonym_of(NUMBER)})
    assert screens.entries("kansa")[-1][3]["reason"] == "月次点検の確認"
    unknown = form | {"pseudonym": "0" * 32}
    assert "見当たりません" in auditor.post("/staff/audit/pseudonym/", unknown).content.decode()


def test_an_answer_of_many_lines_reads_the_names_of_the_offices_once(screens):
    """A year of looks at one person is thousands of lines: none of them asks the database on its own."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    auditor = screens.client("auditor")
    asked(auditor, addressee_number=NUMBER)
    asked(auditor, addressee_number=NUMBER)
    with CaptureQueriesContext(connection) as read:
        answer = asked(auditor, addressee_number=NUMBER).content.decode()
    assert answer.count("監査担当") > 1
    assert sum('FROM "staff_office" ORDER' in one["sql"] for one in read.captured_queries) == 1
