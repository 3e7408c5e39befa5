"""委託先: a worker's account lives by contract and roster and sees no person; what was handed over is proved erased."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from tests.resets import reset
from tests.staff_screens import PROFILE

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.platform.profiles import load_profile
from kofu.platform.settings import one_session_each
from kofu.staff.domain.contractors import RosterLine, half_year_of, proof_due, review_overdue
from kofu.staff.fault_words import LAPSED
from kofu.staff.permissions import EVERYBODY, PERMISSIONS

pytestmark = pytest.mark.storage

LINE = RosterLine(
    starts_on=date(2026, 4, 10),
    ends_on=date(2026, 9, 30),
    contract_starts_on=date(2026, 4, 1),
    contract_ends_on=date(2027, 3, 31),
    trained_on=date(2026, 4, 3),
    pledged_on=date(2026, 4, 12),
    confirmed=True,
)
#: All a contractor's worker may do: how it runs, how it is set up, to ask for 緊急閲覧. No person, no accounts.
WORKERS_ACTIONS = {"operation.view", "deployment.view", "emergency.ask", "emergency.view"}


def today() -> date:
    from django.utils import timezone

    return day_in_japan(timezone.now())


@pytest.fixture(scope="module")
def admin(ledger_screens):
    return ledger_screens.client("administrator", login="admin")


@pytest.fixture(scope="module")
def second(ledger_screens):
    return ledger_screens.client("administrator", login="second")


@pytest.fixture(scope="module")
def contract(admin):
    """A contract of maintenance that runs."""
    from kofu.staff.models import ServiceContract

    answer = admin.post(
        "/staff/contractors/add/",
        {
            "contractor": "見本システム保守株式会社", "title": "収納管理システム保守", "work": "maintenance",
            "starts_on": "2020-04-01", "ends_on": str(today() + timedelta(days=100)), "responsible": "見本 責",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    return ServiceContract.objects.get(title="収納管理システム保守")


def enter(admin, contract, login: str, **differently: str) -> int:
    """Put a worker on the roster; give the line's number."""
    from kofu.staff.models import RosterWorker

    line = {
        "name": "見本 作業者", "login": login, "starts_on": "2020-04-01", "ends_on": "", "trained_on": "2020-03-30",
        "pledged_on": "2020-03-30", **differently,
    }  # fmt: skip
    assert admin.post(f"/staff/contracts/{contract.pk}/worker/", line).status_code == 302
    return RosterWorker.objects.get(login=login).pk


@pytest.mark.parametrize(
    ("line", "first", "last"),
    [
        (LINE, date(2026, 4, 12), date(2026, 9, 30)),
        (replace(LINE, ends_on=None), date(2026, 4, 12), date(2027, 3, 31)),
        (replace(LINE, pledged_on=None), None, None),
        (replace(LINE, confirmed=False), None, None),
    ],
)
def test_the_database_and_the_screens_read_the_same_days_from_a_line(ledger_screens, line, first, last):
    """作業者名簿: inside line and contract, trained and pledged by then, confirmed by a second person."""
    login = f"w{uuid4().hex[:12]}"
    with psycopg.connect(ledger_screens.database.owner_url) as owner:
        owner.execute("INSERT INTO staff_contractor (name) VALUES (%s)", [login])
        owner.execute(
            "INSERT INTO staff_service_contract (contractor_id, title, work, starts_on, ends_on, responsible,"
            " recorded_by, recorded_at) SELECT id, 'x', 'maintenance', %s, %s, 'x', 'a', now() FROM staff_contractor"
            " WHERE name = %s",
            [line.contract_starts_on, line.contract_ends_on, login],
        )
        owner.execute(
            "INSERT INTO staff_roster_worker (contract_id, name, login, starts_on, ends_on, trained_on, pledged_on,"
            " recorded_by, recorded_at, confirmed_by) SELECT max(id), 'x', %s, %s, %s, %s, %s, 'a', now(), %s"
            " FROM staff_service_contract",
            [login, line.starts_on, line.ends_on, line.trained_on, line.pledged_on, "b" if line.confirmed else ""],
        )
        for day in (date(2026, 4, 1), date(2026, 4, 11), date(2026, 4, 12), date(2026, 9, 30), date(2026, 10, 1),
                    date(2027, 3, 31), date(2027, 4, 1)):  # fmt: skip
            expected = first is not None and first <= day <= last
            assert line.holds_on(day) is expected
            assert owner.execute("SELECT staff_on_roster(%s, %s)", [login, day]).fetchone() == (expected,)
        owner.rollback()


def test_a_workers_account_opens_once_two_administrators_know_the_worker_and_closes_with_the_line(
    ledger_screens, admin, second, contract
):
    number = enter(admin, contract, "worker-a")
    ledger_screens.account("contractor", login="worker-a", on_roster=False)
    worker = ledger_screens.client("contractor", login="worker-a")
    assert worker.get("/").headers["Location"].startswith("/account/login/")
    assert admin.post(f"/staff/workers/{number}/confirm/").status_code == 302  # who recorded it is no second person
    assert worker.get("/").headers["Location"].startswith("/account/login/")
    assert "確認待ちの作業者" in second.get("/").content.decode()
    second.post(f"/staff/workers/{number}/confirm/")
    worker = ledger_screens.client("contractor", login="worker-a")
    assert worker.get("/").status_code == 200
    admin.post(f"/staff/workers/{number}/end/", {"last_day": str(today() - timedelta(days=1))})
    assert worker.get("/").headers["Location"].startswith("/account/login/")
    again = ledger_screens.client("contractor", login="worker-a")
    assert again.get("/").headers["Location"].startswith("/account/login/")


def test_a_line_whose_recorder_was_reset_since_is_confirmed_by_nobody(ledger_screens, contract):
    recorder = ledger_screens.client("administrator", login="recorder")
    number, again = (enter(recorder, contract, f"worker-{name}") for name in ("x", "y"))
    other = ledger_screens.client("administrator", login="confirmer")
    other.post(f"/staff/workers/{again}/confirm/")
    with psycopg.connect(ledger_screens.database.owner_url) as owner:
        reset(owner, "recorder", datetime.now(UTC))
    answer = other.post(f"/staff/workers/{number}/confirm/", follow=True).content.decode()
    assert LAPSED in answer
    with psycopg.connect(ledger_screens.database.owner_url) as owner:
        confirmed = dict(owner.execute("SELECT id, confirmed_by FROM staff_roster_worker").fetchall())
    assert (confirmed[number], confirmed[again]) == ("", "confirmer")


def test_a_worker_sees_health_and_configuration_and_no_screen_of_any_person(ledger_screens, admin, second, contract):
    """保守委託先へ特定個人情報を提供しない: the whole map of addresses, each asked for as the worker."""
    from kofu.staff.registry import declared_screens

    ledger_screens.account("contractor", login="worker-b", on_roster=False)
    number = enter(admin, contract, "worker-b")
    second.post(f"/staff/workers/{number}/confirm/")
    worker = ledger_screens.client("contractor", login="worker-b")
    tried = 0
    for screen in declared_screens():
        if screen.declared in {"public", "own.account", "page.print", "permissions.view", "home.view"}:
            continue
        filled = re.sub(r"<uuid:\w+>", str(uuid4()), screen.route)
        address = re.sub(r"<str:\w+>", "x", re.sub(r"<int:\w+>", "1", filled))
        for answer in (worker.get(address), worker.post(address)):
            assert answer.status_code == (403 if screen.declared not in WORKERS_ACTIONS else answer.status_code), (
                address
            )
        tried += 1
    assert tried > 80
    shown = worker.get("/staff/operation/").content.decode()
    assert "今日の処理" in shown
    assert "見本 admin" not in shown
    assert {action for _, _, person, action in ledger_screens.entries("worker-b") if person} == set()


def test_the_table_gives_a_contractor_nothing_but_that():
    given = {one.code for one in PERMISSIONS.actions if "contractor" in one.roles}
    assert given == WORKERS_ACTIONS
    everybody = {one.code for one in PERMISSIONS.actions if EVERYBODY in one.roles}
    assert everybody == {"home.view", "own.account", "page.print", "permissions.view"}


def test_the_data_of_a_contract_is_certified_as_erased_once_it_is_over_and_late_ones_are_listed(admin):
    """契約終了後の返還・消去: with the contractor's certificate (消去証明書); overdue ones on the home page."""
    from kofu.staff.models import ErasureProof, ServiceContract

    def ended(title: str, days_ago: int) -> int:
        admin.post(
            "/staff/contractors/add/",
            {
                "contractor": "見本打鍵株式会社", "title": title, "work": "data_entry", "starts_on": "2020-04-01",
                "ends_on": str(today() - timedelta(days=days_ago)), "responsible": "見本 打",
            },
        )  # fmt: skip
        return ServiceContract.objects.get(title=title).pk

    late, recent = ended("打鍵その1", 31), ended("打鍵その2", 30)
    home = admin.get("/").content.decode()
    assert re.search(r"期限を過ぎた消去証明</span><span class=\"count\">1<", home)
    listed = admin.get("/staff/contractors/").content.decode()
    assert listed.count("期限超過") == 1
    proof = {
        "proof-way": "both", "proof-erased_on": str(today()), "proof-certificate": "消証第12号",
        "proof-certified_by": "見本 打",
    }  # fmt: skip
    assert admin.post(f"/staff/contracts/{late}/prove/", proof).status_code == 302
    assert admin.post(f"/staff/contracts/{late}/prove/", proof).status_code == 422  # once
    running = ServiceContract.objects.filter(ends_on__gt=today()).first()
    if running is not None:
        assert admin.post(f"/staff/contracts/{running.pk}/prove/", proof).status_code == 422
    assert ErasureProof.objects.get(subject=str(late)).certificate == "消証第12号"
    assert "期限超過" not in admin.get("/staff/contractors/").content.decode()
    assert proof_due(date(2026, 3, 31)) == date(2026, 4, 30)
    assert recent


def test_each_delivery_to_the_data_entry_contractor_waits_for_its_certificate(ledger_screens):
    clerk = ledger_screens.client("clerk")
    delivery = uuid4()
    with psycopg.connect(ledger_screens.database.owner_url) as owner:
        owner.execute(
            "INSERT INTO delivery (id, municipality_code, kind, number, sent_on, name, sha256, papers, total, made_by,"
            " made_at) SELECT %s, %s, 'claims', 7001, %s, 'x', 'x', 3, 0, 'a', now()",
            [delivery, code(), today() - timedelta(days=60)],
        )
    assert "7001" not in clerk.get("/deliveries/proofs/").content.decode()  # it is not back
    with psycopg.connect(ledger_screens.database.owner_url) as owner:
        owner.execute(
            "INSERT INTO delivery_given_up (delivery_id, reason, recorded_by, given_up_at) VALUES (%s, 'x', 'a', %s)",
            [delivery, today() - timedelta(days=40)],
        )
    page = clerk.get("/deliveries/proofs/").content.decode()
    assert "7001" in page
    assert "期限超過" in page
    proof = {"way": "erased", "erased_on": str(today()), "certificate": "消証第3号", "certified_by": "見本 打"}
    assert clerk.post(f"/deliveries/{uuid4()}/prove/", proof).status_code == 422
    assert clerk.post(f"/deliveries/{delivery}/prove/", proof).status_code == 302
    assert "7001" not in clerk.get("/deliveries/proofs/").content.decode()


def code() -> str:
    from kofu.staff.work import profile

    return profile().code


def test_twice_a_year_each_account_is_signed_by_an_administrator_of_other_accounts(ledger_screens, admin, second):
    """アカウント棚卸: nobody signs their own, so it takes two; another role asks for a new signature."""
    from kofu.staff.models import AccountReview, StaffAccount

    login = ledger_screens.account("clerk", login="stays-on")
    assert "stays-on" in admin.get("/staff/account-reviews/").content.decode()
    admin.post("/staff/account-reviews/sign/", {"login": ["admin", "stays-on"]})
    assert not AccountReview.objects.exists()
    admin.post("/staff/account-reviews/sign/", {"login": ["second", "stays-on"]})
    second.post("/staff/account-reviews/sign/", {"login": ["admin"]})
    assert set(AccountReview.objects.values_list("login", "signed_by")) == {
        ("second", "admin"),
        ("stays-on", "admin"),
        ("admin", "second"),
    }
    StaffAccount.objects.filter(login=login).update(role="approver")
    assert 'value="stays-on"' in admin.get("/staff/account-reviews/").content.decode()
    with psycopg.connect(ledger_screens.database.owner_url) as owner, pytest.raises(psycopg.errors.CheckViolation):
        owner.execute("UPDATE staff_account_review SET signed_by = login")


@pytest.mark.parametrize(
    ("day", "begins", "overdue"),
    [
        (date(2026, 4, 1), date(2026, 4, 1), False),
        (date(2026, 5, 1), date(2026, 4, 1), False),
        (date(2026, 5, 2), date(2026, 4, 1), True),
        (date(2026, 10, 1), date(2026, 10, 1), False),
        (date(2027, 3, 31), date(2026, 10, 1), True),
    ],
)
def test_a_half_year_begins_in_april_and_october_and_its_review_has_thirty_days(day, begins, overdue):
    assert (half_year_of(day), review_overdue(day)) == (begins, overdue)


def test_a_new_login_ends_the_session_before_where_the_profile_says_so(ledger_screens, monkeypatch):
    """一人一セッション: `[staff] one_session` of the profile."""
    first = ledger_screens.client("clerk", login="both")
    ledger_screens.client("clerk", login="both")
    assert first.get("/").status_code == 200  # many: as the tests run
    monkeypatch.delenv("KOFU_STAFF_SESSIONS")
    newest = ledger_screens.client("clerk", login="both")
    assert first.get("/").headers["Location"].startswith("/account/login/")
    assert newest.get("/").status_code == 200


def test_the_environment_says_otherwise_in_a_demonstration_alone(monkeypatch):
    """Whoever starts a process does not decide what the municipality decided."""
    shown = load_profile(PROFILE)
    real = replace(shown, specimen=False)
    monkeypatch.setenv("KOFU_STAFF_SESSIONS", "many")
    assert (one_session_each(shown), one_session_each(real)) == (False, True)
    monkeypatch.setenv("KOFU_STAFF_SESSIONS", "one")
    assert [one_session_each(replace(one, one_session=False)) for one in (shown, real)] == [True, False]
    monkeypatch.setenv("KOFU_STAFF_SESSIONS", "some")
    with pytest.raises(OperatorFault, match="one or many"):
        one_session_each(real)
