"""The monthly review on its page: what stands out, two people's words, and the home page while they are missing."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from tests.platform.anchored_log import at_its_own_time, at_that_time, open_log
from tests.resets import another_role, reset

pytestmark = pytest.mark.storage

SUNDAY = datetime(2026, 10, 18, 3, tzinfo=UTC)
SIGN = "/staff/audit/reviews/2026-10/sign/"
AUGUST = "/staff/audit/reviews/2026-08/"
LAPSED_WORD = "失効（署名の後に"
WORDS = {"result": "no_misuse", "words": "時間外の照会は当番表と照らした。"}


@pytest.fixture(scope="module")
def october(ledger_screens, postgres, tmp_path_factory):
    """A Sunday of October on which a clerk looked at somebody, in a log of a month that is over."""
    import json

    from kofu.staff.work import pseudonym_of

    log = open_log(ledger_screens.database, postgres, tmp_path_factory.mktemp("log"))
    log.connection.autocommit = True
    at_that_time(log, datetime(2026, 8, 3, 3, tzinfo=UTC), 0, 1)  # the record begins in August
    at_that_time(log, SUNDAY, 1, 2)
    body = {
        "action": "person.view", "actor": "yakan", "detail": {"method": "GET", "office": "shunou", "role": "clerk"},
        "occurred_at": SUNDAY.isoformat(), "result": "shown", "subject": pseudonym_of("0000000991"),
    }  # fmt: skip
    with psycopg.connect(ledger_screens.database.app_url) as connection:
        connection.execute("SELECT audit_append('screens', %s)", [json.dumps(body, sort_keys=True)])
    at_its_own_time(log)
    log.connection.execute("ALTER TABLE audit_entry ENABLE TRIGGER ALL")
    yield ledger_screens
    log.connection.close()


def test_a_closed_month_waits_on_the_home_page_until_two_people_have_signed(october):
    auditor, chief = october.client("auditor", login="kansa"), october.client("approver", login="kacho")
    assert "点検の済んでいない月" in auditor.get("/").content.decode()
    page = auditor.get("/staff/audit/reviews/2026-10/").content.decode()
    assert "時間外・休日の照会" in page
    assert "yakan" in page
    assert october.client("clerk").get("/staff/audit/reviews/").status_code == 403
    assert chief.post(SIGN, WORDS | {"words": ""}).status_code == 422
    assert chief.post(SIGN, WORDS).status_code == 302
    assert "同じ人は二度署名できません" in chief.post(SIGN, WORDS).content.decode()
    again = october.client("approver", login="jicho").post(SIGN, WORDS)
    assert "監査担当が署名してください" in again.content.decode()
    assert auditor.post(SIGN, WORDS | {"result": "to_examine"}).status_code == 302
    doubted = auditor.get("/staff/audit/reviews/2026-10/").content.decode()
    assert "点検は終わっていません" in doubted
    assert "点検の済んでいない月" in auditor.get("/").content.decode()
    assert auditor.post(SIGN, WORDS).status_code == 302  # looked into: a later word, and the earlier one stands
    signed = auditor.get("/staff/audit/reviews/2026-10/").content.decode()
    assert "二人の確認が済んでいます" in signed
    assert "調べる必要がある" in signed
    results = [result for action, result, *_ in october.entries("kansa") if action == "audit.review"]
    assert "no_misuse" in results


def test_a_word_lapses_where_its_account_is_another_one_before_the_month_is_reviewed(october):
    """Reset, ended or in another role: a second person does not complete what nobody stands behind any more."""

    def page() -> str:
        return october.client("auditor", login="kansa").get(AUGUST).content.decode()

    auditor, chief = october.client("auditor", login="kansa2"), october.client("approver", login="kacho2")
    assert auditor.post(f"{AUGUST}sign/", WORDS | {"words": "照" * 300}).status_code == 302, "as many as the form takes"
    with psycopg.connect(october.database.owner_url, autocommit=True) as owner:
        reset(owner, "kansa2", datetime.now(UTC))
    assert chief.post(f"{AUGUST}sign/", WORDS).status_code == 302
    assert "二人の確認が済んでいます" not in page(), "only the second word counts"
    assert LAPSED_WORD in page()
    with psycopg.connect(october.database.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE staff_account_change SET state = 'known', known_at = now() WHERE login = 'kansa2'")
    assert auditor.post(f"{AUGUST}sign/", WORDS).status_code == 302, "the owner, who has read of it, gives it anew"
    assert "二人の確認が済んでいます" in page()
    with psycopg.connect(october.database.owner_url, autocommit=True) as owner:
        another_role(owner, "kacho2", datetime.now(UTC))
        owner.execute("UPDATE staff_account SET active_to = '2021-01-01' WHERE login = 'kansa2'")
    assert "二人の確認が済んでいます" in page(), "what two people had completed stays"


def test_who_is_watched_is_kept_by_pseudonym_and_stands_out(october):
    auditor = october.client("auditor", login="kansa")
    form = {"number": "0000000991", "login": "", "reason": "報道された方"}
    with psycopg.connect(october.database.owner_url, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name, birthday,"
            " postal_code, address, status, protected)"
            " VALUES ('139998', '0000000991', '', '', '', '', '', '', '', 'resident', false)"
        )
    assert october.client("approver").post("/staff/audit/watch/", form).status_code == 403
    assert auditor.post("/staff/audit/watch/", form).status_code == 302
    assert "注意を要する方の照会" in auditor.get("/staff/audit/reviews/2026-10/").content.decode()
    with psycopg.connect(october.database.owner_url) as owner:
        assert "0000000991" not in str(owner.execute("SELECT * FROM staff_watched_person").fetchall())


def test_a_word_once_given_stays(october):
    with (
        psycopg.connect(october.database.screens_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("UPDATE staff_month_review SET words = 'x'")
    with psycopg.connect(october.database.owner_url) as owner, pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute("DELETE FROM staff_month_review")
