"""緊急閲覧 (break-glass): a reason, a second person of the ward, a limit of time, each look, and the report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from tests.ledger.feeding import CODE
from tests.resets import reset
from tests.staff_screens import LedgerScreens

from kofu.staff.fault_words import LAPSED

pytestmark = pytest.mark.storage


@pytest.fixture(scope="module")
def people(ledger_screens: LedgerScreens) -> list[int]:
    """Two persons, by the numbers of their addresses on the screens."""
    with psycopg.connect(ledger_screens.database.app_url, autocommit=True) as connection:
        return [
            connection.execute(
                "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name,"
                " birthday, postal_code, address, status, protected)"
                " VALUES (%s, %s, %s, '', '', '', '', '', '', 'resident', false) RETURNING id",
                [CODE, number, name],
            ).fetchone()[0]
            for number, name in (("0000901", "見本　開子"), ("0000902", "見本　閉子"))
        ]


def asked(client, **differently: str):
    given = {"numbers": "0000901", "reason": "障害12号：額が合わない", "minutes": "30", **differently}
    return client.post("/person/emergency/ask/", given)


def newest() -> int:
    from kofu.staff.models import EmergencyAccess

    return EmergencyAccess.objects.latest("pk").pk


def over(number: int) -> None:
    """Let the time of an access pass."""
    from django.db.models import F

    from kofu.staff.models import EmergencyAccess

    EmergencyAccess.objects.filter(pk=number).update(ends_at=F("ends_at") - timedelta(hours=3))


def test_a_worker_sees_the_named_person_for_the_time_and_nothing_else_and_the_head_reads_what_was_looked_at(
    ledger_screens, people
):
    worker, head = ledger_screens.client("contractor", login="worker"), ledger_screens.client("approver", login="head")
    named, other = (f"/person/{one}/" for one in people)
    assert worker.get(named).status_code == 403
    assert worker.get("/person/123456/").status_code == 403  # nor is it told who is there
    assert asked(worker).status_code == 302
    number = newest()
    address = f"/person/emergency/{number}/"
    assert worker.get(named).status_code == 403  # asking opens nothing
    assert "見本　開子" not in worker.get(address).content.decode()
    assert worker.post(f"{address}grant/").status_code == 403
    assert "緊急閲覧（許可・報告の確認）" in head.get("/").content.decode()
    assert "見本　開子" in head.get(address).content.decode()
    head.post(f"{address}grant/")
    assert "見本　開子" in worker.get(named).content.decode()
    assert worker.get(other).status_code == 403
    assert worker.post("/person/", {"words": "見本"}).status_code == 403
    looks = [detail for _, _, person, detail in ledger_screens.entries("worker") if person and "emergency" in detail]
    assert [(one["emergency"], one["purpose"]) for one in looks] == [(number, "emergency")]
    head.post(f"{address}report/")  # too early: it is not whole yet
    over(number)
    assert worker.get(named).status_code == 403  # it ended by itself
    assert "緊急閲覧（許可・報告の確認）" in head.get("/").content.decode()
    report = head.get(address).content.decode()
    assert "個人の収納状況" in report
    assert "終了・報告待ち" in report
    head.post(f"{address}report/")
    assert "報告済" in head.get(address).content.decode()


def test_twin_without_the_limit_of_time_the_person_would_stay_open(ledger_screens, people, monkeypatch):
    """The guard off: an access whose time is over would open the person still."""
    from datetime import UTC, datetime

    from kofu.staff import emergency, gate

    worker, head = ledger_screens.client("administrator"), ledger_screens.client("approver")
    asked(worker)
    number = newest()
    head.post(f"/person/emergency/{number}/grant/")
    over(number)
    assert worker.get(f"/person/{people[0]}/").status_code == 403
    past = datetime(2020, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(gate, "live_access", lambda who, whom, _now: emergency.live_access(who, whom, past))
    assert worker.get(f"/person/{people[0]}/").status_code == 200


def test_what_was_looked_at_in_a_month_that_left_is_told_with_the_way_back(ledger_screens, people):
    """An empty report would say that nothing was looked at; the looks lie in the archive."""
    worker, head = ledger_screens.client("contractor", login="late"), ledger_screens.client("approver", login="head")
    asked(worker)
    address = f"/person/emergency/{newest()}/"
    head.post(f"{address}grant/")
    assert "何も見ていません" in head.get(address).content.decode()
    with psycopg.connect(ledger_screens.database.owner_url, autocommit=True) as owner:
        owner.execute(
            "INSERT INTO audit_segment (month, manifest, state, earliest, latest)"
            " VALUES ('2020-03', '', 'archived', now() - interval '1 day', now() + interval '1 day')"
        )
        try:
            page = head.get(address).content.decode()
        finally:
            owner.execute("DELETE FROM audit_segment")
    assert "kofu audit restore ledger 2020-03 --apply" in page
    assert "何も見ていません" not in page


def test_a_report_is_not_confirmed_while_its_looks_lie_outside_the_database(ledger_screens, people):
    """係長 would confirm a list with holes in it: first the month comes back. What was deleted for good never does."""
    worker, head = ledger_screens.client("contractor", login="left"), ledger_screens.client("approver", login="head")
    asked(worker)
    number = newest()
    address = f"/person/emergency/{number}/"
    head.post(f"{address}grant/")
    over(number)

    def confirmed(state: str) -> bool:
        with psycopg.connect(ledger_screens.database.owner_url, autocommit=True) as owner:
            owner.execute(
                "INSERT INTO audit_segment (month, manifest, state, earliest, latest)"
                " VALUES ('2020-03', '', %s, now() - interval '1 day', now() + interval '1 day')",
                [state],
            )
            try:
                head.post(f"{address}report/")
            finally:
                owner.execute("DELETE FROM audit_segment")
            return owner.execute("SELECT state FROM staff_emergency_access WHERE id = %s", [number]).fetchone() == (
                "reported",
            )

    assert not confirmed("archived")
    assert confirmed("expired")


def test_an_access_asked_for_by_an_account_that_was_reset_since_is_granted_to_nobody(ledger_screens, people):
    worker, head = ledger_screens.client("contractor", login="anew"), ledger_screens.client("approver", login="head")
    asked(worker)
    address = f"/person/emergency/{newest()}/"
    with psycopg.connect(ledger_screens.database.owner_url) as owner:
        reset(owner, "anew", datetime.now(UTC))
    assert LAPSED in head.post(f"{address}grant/", follow=True).content.decode()
    assert "不許可としました" in head.post(f"{address}refuse/", follow=True).content.decode()


def test_the_record_and_the_answer_to_the_person_call_such_a_look_by_its_name(ledger_screens, people):
    worker, head = ledger_screens.client("contractor", login="named"), ledger_screens.client("approver", login="head")
    asked(worker)
    head.post(f"/person/emergency/{newest()}/grant/")
    assert worker.get(f"/person/{people[0]}/").status_code == 200
    auditor = ledger_screens.client("auditor", login="kansa")
    answer = auditor.post("/staff/audit/person/", {"addressee_number": "0000901"}).content.decode()
    assert "<td>緊急閲覧</td>" in answer
    assert "緊急閲覧" in auditor.get("/staff/audit/?actor=named").content.decode().partition("<tbody>")[2]


def test_what_is_asked_for_names_known_persons_a_reason_and_a_short_time(ledger_screens, people):
    administrator = ledger_screens.client("administrator")
    for wrong in ({"numbers": "0000999"}, {"reason": " "}, {"minutes": "121"}, {"numbers": ""}):
        assert asked(administrator, **wrong).status_code == 422
    assert asked(ledger_screens.client("clerk")).status_code == 403


def test_who_tries_numbers_is_on_record_with_the_person_of_each(ledger_screens, people):
    """An answer tells whether a number is somebody's, also in wide digits: asking is a look."""
    from kofu.staff.work import pseudonym_of

    worker = ledger_screens.client("contractor", login="trier")
    asked(worker, numbers="００００９０２ 0000999")
    asked(worker, numbers="0000902", minutes="0")
    with psycopg.connect(ledger_screens.database.app_url) as connection:
        named = connection.execute(
            "SELECT position(%s IN body) > 0 FROM audit_entry WHERE body::json->>'actor' = 'trier'"
            " AND body::json->'detail'->>'method' = 'POST'",
            [pseudonym_of("0000902")],
        ).fetchall()
    assert named == [(True,), (True,)]


def test_several_persons_are_named_with_a_blank_between(ledger_screens, people):
    from kofu.staff.models import EmergencyPerson

    assert asked(ledger_screens.client("contractor"), numbers="0000901　００００９０２").status_code == 302
    named = EmergencyPerson.objects.filter(access_id=newest()).values_list("person_id", flat=True)
    assert sorted(named) == sorted(str(one) for one in people)


def test_a_worker_sees_no_access_of_somebody_else(ledger_screens, people):
    asked(ledger_screens.client("administrator", login="other"))
    other = ledger_screens.client("contractor", login="curious")
    assert other.get(f"/person/emergency/{newest()}/").status_code == 302
    assert "障害12号" not in other.get("/person/emergency/").content.decode()


def test_nobody_grants_their_own_in_the_database_either(ledger_screens, people):
    asked(ledger_screens.client("administrator", login="alone"))
    with psycopg.connect(ledger_screens.database.owner_url) as owner, pytest.raises(psycopg.errors.CheckViolation):
        owner.execute("UPDATE staff_emergency_access SET decided_by = holder WHERE holder = 'alone'")
