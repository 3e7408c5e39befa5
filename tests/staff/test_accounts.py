"""Accounts made, changed and reset by two administrators, each with its entry; taken away by one."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import psycopg
import pytest

pytestmark = pytest.mark.storage

NEW = {
    "login": "t.sato",
    "display_name": "見本 太郎",
    "office": "shunou",
    "role": "clerk",
    "active_from": "2026-04-01",
    "active_to": "",
    "reason": "採用",
}


def changed(**differently: str) -> dict[str, str]:
    return {name: value for name, value in {**NEW, **differently}.items() if name != "login"}


@pytest.fixture(scope="module")
def admin(ledger_screens):
    return ledger_screens.client("administrator", login="admin")


@pytest.fixture(scope="module")
def second(ledger_screens):
    return ledger_screens.client("administrator", login="second")


def entries(ledger_screens, action: str, actor: str = "second") -> list[dict[str, object]]:
    """Give the entries of changes, without those of the visits that made them."""
    return [detail for done, _, _, detail in ledger_screens.entries(actor) if done == action and "screen" not in detail]


def half_on(page) -> str:
    return re.search(r'class="code big">(\w+)<', page.content.decode()).group(1)


def waiting(login: str) -> str:
    """Give the address of the change that waits for an account."""
    from kofu.staff.models import AccountChange

    return f"/staff/account-changes/{AccountChange.objects.get(login=login, state='proposed').pk}/"


def test_an_account_is_made_once_two_administrators_want_it_and_neither_knows_its_password(
    ledger_screens, admin, second
):
    """No administrator becomes a clerk: each has half of the initial password, shown once."""
    from kofu.staff.models import AccountChange, StaffAccount

    first_half = half_on(admin.post("/staff/new-account/", NEW))
    assert not StaffAccount.objects.filter(login="t.sato").exists()
    address = waiting("t.sato")
    assert "確認待ちのアカウントの変更" in second.get("/").content.decode()
    alone = admin.post(f"{address}confirm/")
    assert alone.status_code == 409
    assert "起案した人" in alone.content.decode()
    assert not StaffAccount.objects.filter(login="t.sato").exists()
    second_half = half_on(second.post(f"{address}confirm/"))
    made = StaffAccount.objects.get(login="t.sato")
    assert made.check_password(first_half + second_half)
    assert not made.check_password(second_half)
    assert made.password_is_initial
    assert made.created_by == "second"
    shown = [second.get(where).content.decode() for where in (address, "/staff/account-changes/")]
    for secret in (first_half, second_half):
        assert secret not in str(ledger_screens.entries()) + "".join(shown)
    assert AccountChange.objects.get(login="t.sato").first_half == ""
    assert entries(ledger_screens, "account.create")[0]["role_given"] == "clerk"
    assert second.post(f"{address}confirm/").status_code == 409  # once


def test_twin_without_the_rule_of_four_eyes_the_database_itself_refuses_one_person_for_two(admin, monkeypatch):
    """The guard taken off: what one administrator would make alone, a CHECK stops."""
    from django.db import IntegrityError

    from kofu.staff import account_changes
    from kofu.staff.models import StaffAccount

    admin.post("/staff/new-account/", {**NEW, "login": "alone"})
    monkeypatch.setattr(account_changes, "require_second_person", lambda *_, **__: None)
    with pytest.raises(IntegrityError, match="staff_account_change_two_people"):
        admin.post(f"{waiting('alone')}confirm/")
    assert not StaffAccount.objects.filter(login="alone").exists()


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("login", "t.sato", "既に使われています"),
        ("login", "Sato Taro", "英小文字"),
        ("office", "nowhere", "選択"),
        ("role", "everything", "選択"),
        ("active_to", "2026-03-31", "利用開始日より前"),
        ("display_name", "", "必須"),
        ("reason", "", "必須"),
    ],
)
def test_a_mistake_is_told_beside_its_field(admin, field, value, message):
    answer = admin.post("/staff/new-account/", {**NEW, "login": "t.suzuki", field: value})
    assert answer.status_code == 422
    error = re.search(rf'id="id_{field}-error">(.*?)</p>', answer.content.decode())
    assert error is not None
    assert message in error.group(1)


def test_who_has_the_same_name_is_shown_to_who_confirms(ledger_screens, admin, second):
    """One person has one account: two accounts of one name are looked at before the second is made."""
    from kofu.staff.models import StaffAccount

    ledger_screens.account("approver", login="twice")
    name = StaffAccount.objects.get(login="twice").display_name
    admin.post("/staff/new-account/", {**NEW, "login": "twice.again", "display_name": name})
    page = second.get(waiting("twice.again")).content.decode()
    assert "同じ氏名のアカウント" in page
    assert "/staff/accounts/twice/" in page


def test_a_change_of_role_waits_then_ends_the_open_sessions_and_its_owner_reads_of_it(ledger_screens, admin, second):
    """What one may do changes at once, not at the next login; nothing else opens before its owner has read of it."""
    mover = ledger_screens.client("clerk", login="mover")
    assert admin.post("/staff/accounts/mover/change/", changed(role="approver", reason="昇任")).status_code == 302
    assert mover.get("/").status_code == 200
    assert admin.post("/staff/accounts/mover/change/", changed(role="auditor")).status_code == 422  # one waits
    assert second.post(f"{waiting('mover')}confirm/").status_code == 302
    assert mover.get("/").headers["Location"].startswith("/account/login/")
    assert entries(ledger_screens, "account.change")[-1]["account"] == "mover"
    again = ledger_screens.client("approver", login="mover")
    assert again.get("/").headers["Location"] == "/staff/own-changes/"
    told = again.get("/staff/own-changes/").content.decode()
    for word in ("昇任", "見本 admin", "見本 second"):
        assert word in told
    assert again.post("/staff/own-changes/").status_code == 302
    assert again.get("/").status_code == 200
    assert ("own.account", "acknowledged") in [(done, result) for done, result, *_ in ledger_screens.entries("mover")]


def test_a_reset_takes_password_factor_sessions_and_pending_proposals_away(ledger_screens, admin, second):
    """A reset account can do nothing to what was its own pending decision."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import TOTP

    from kofu.staff.models import AccountChange, StaffAccount

    loser = ledger_screens.client("administrator", login="loser")
    account = StaffAccount.objects.get(login="loser")
    TOTP.activate(account, "JBSWY3DPEHPK3PXP")
    loser.post("/staff/new-account/", {**NEW, "login": "wanted"})
    first_half = half_on(admin.post("/staff/accounts/loser/reset/", {"reset-reason": "端末の紛失"}))
    account.refresh_from_db()
    assert not account.password_is_initial
    assert loser.post(f"{waiting('loser')}confirm/").status_code == 409  # nor does its owner confirm it
    second_half = half_on(second.post(f"{waiting('loser')}confirm/"))
    account.refresh_from_db()
    assert account.check_password(first_half + second_half)
    assert account.password_is_initial
    assert not Authenticator.objects.filter(user=account).exists()
    assert loser.get("/").status_code == 302
    assert AccountChange.objects.get(login="wanted").state == "lapsed"
    assert entries(ledger_screens, "account.reset")[-1]["account"] == "loser"


def confirmed_at_once(ledger_screens, monkeypatch, *logins: str) -> list[str]:
    """Two administrators propose to change each other, and two others confirm both at once; give what came of each."""
    from django.db import OperationalError, connection

    from kofu.core.errors import OperatorFault
    from kofu.staff import account_changes
    from kofu.staff.models import AccountChange
    from kofu.staff.work import StaffActor

    one, other = (ledger_screens.client("administrator", login=login) for login in logins)
    one.post(f"/staff/accounts/{logins[1]}/change/", changed(role="clerk"))
    other.post(f"/staff/accounts/{logins[0]}/change/", changed(role="clerk"))
    both, lapse = Barrier(2), account_changes._lapse

    def lapse_together(by: StaffActor, **whose: str) -> None:
        with suppress(BrokenBarrierError):  # where one waits for the other, it is not there
            both.wait(1)
        lapse(by, **whose)

    monkeypatch.setattr(account_changes, "_lapse", lapse_together)

    def confirm(login: str) -> str:
        try:
            number = AccountChange.objects.get(login=login, state="proposed").pk
            account_changes.confirm(StaffActor(login="second", office="shunou", role="administrator"), number)
        except OperatorFault as error:
            return error.code
        except OperationalError as error:
            return type(error.__cause__).__name__
        else:
            return "confirmed"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return sorted(pool.map(confirm, logins))


def test_changes_of_two_who_proposed_each_others_are_decided_one_after_the_other(ledger_screens, second, monkeypatch):
    """Each confirmation lets lapse what the changed account proposed: the second finds its proposal lapsed."""
    outcome = confirmed_at_once(ledger_screens, monkeypatch, "ayumi", "bunta")
    assert outcome == ["account_change_state", "confirmed"]


def test_twin_without_one_lock_for_all_the_two_decisions_wait_for_each_other(ledger_screens, second, monkeypatch):
    from kofu.staff import account_changes

    monkeypatch.setattr(account_changes, "_one_at_a_time", lambda: None)
    assert "DeadlockDetected" in confirmed_at_once(ledger_screens, monkeypatch, "chika", "daigo")


def test_what_an_administrator_proposed_counts_only_while_they_are_one(ledger_screens, second):
    from kofu.staff.models import StaffAccount

    leaver = ledger_screens.client("administrator", login="leaving")
    leaver.post("/staff/new-account/", {**NEW, "login": "legacy"})
    StaffAccount.objects.filter(login="leaving").update(active_to="2021-03-31")
    answer = second.post(f"{waiting('legacy')}confirm/")
    assert answer.status_code == 409
    assert "今はシステム管理者ではありません" in answer.content.decode()
    assert second.post(f"{waiting('legacy')}send-back/", {"reason": "起案者の異動"}).status_code == 302


def test_nobody_proposes_or_confirms_anything_of_their_own_account(admin, second):
    from kofu.staff.models import AccountChange, StaffAccount

    assert admin.post("/staff/accounts/admin/change/", changed(role="clerk")).status_code == 422
    assert admin.post("/staff/accounts/admin/reset/", {"reset-reason": "x"}).status_code == 422
    assert admin.post("/staff/accounts/admin/end/", {"last_day": "2026-04-01"}).status_code == 422
    assert not AccountChange.objects.filter(login="admin").exists()
    second.post("/staff/accounts/admin/change/", changed(role="clerk"))
    assert admin.post(f"{waiting('admin')}confirm/").status_code == 409
    assert admin.post(f"{waiting('admin')}withdraw/").status_code == 409
    assert second.post(f"{waiting('admin')}withdraw/").status_code == 302
    assert StaffAccount.objects.get(login="admin").role == "administrator"


def test_one_administrator_ends_a_clerk_at_once_but_gives_no_days_and_ends_no_administrator(ledger_screens, admin):
    """Taking rights away waits for nobody; alone one does not become the only administrator."""
    from kofu.staff.models import StaffAccount

    leaver = ledger_screens.client("clerk", login="retires")
    assert admin.post("/staff/accounts/retires/end/", {"last_day": "2026-04-01"}).status_code == 302
    assert leaver.get("/").headers["Location"].startswith("/account/login/")
    assert admin.post("/staff/accounts/retires/end/", {"last_day": "2027-04-01"}).status_code == 422
    assert str(StaffAccount.objects.get(login="retires").active_to) == "2026-04-01"
    assert admin.post("/staff/accounts/second/end/", {"last_day": "2026-04-01"}).status_code == 422


def test_what_waits_of_an_account_lapses_by_another_role_an_end_or_use_anew_and_by_nothing_else(
    ledger_screens, admin, second
):
    """One rule with the reset: a new name or a last day to come leaves what waits; what lapsed does not come back."""
    from datetime import UTC, datetime

    from kofu.core.four_eyes import PendingProposal
    from kofu.platform.standing_proposals import lapsed_at

    ledger_screens.account("clerk", login="moves")
    proposed = datetime.now(UTC)
    steps = [
        (changed(display_name="見本 改姓", active_from="2020-01-01"), False),
        (changed(display_name="見本 改姓", active_from="2020-01-01", active_to="9999-12-31"), False),
        (changed(role="approver", active_from="2020-01-01"), True),
    ]
    for details, lapses in steps:
        admin.post("/staff/accounts/moves/change/", details)
        assert second.post(f"{waiting('moves')}confirm/").status_code == 302
        with psycopg.connect(ledger_screens.database.app_url) as running:
            assert (lapsed_at(running, PendingProposal("moves", proposed)) is not None) is lapses, details

    ledger_screens.account("clerk", login="returns")
    admin.post("/staff/accounts/returns/end/", {"last_day": "2026-04-01"})
    admin.post("/staff/accounts/returns/change/", changed(active_from="2020-01-01"))
    assert second.post(f"{waiting('returns')}confirm/").status_code == 302
    with psycopg.connect(ledger_screens.database.app_url) as running:
        assert lapsed_at(running, PendingProposal("returns", proposed)) is not None


def test_the_owner_of_the_database_confirms_only_where_no_administrator_is_left():
    """Of two administrators one lost the device: nobody could ever confirm the reset."""
    from kofu.staff.domain.account_changes import AccountChangeKind, owner_may_confirm

    two, reset = frozenset({"a", "b"}), AccountChangeKind.RESET
    assert owner_may_confirm(reset, "administrator", two, apart={"a", "b"})
    assert not owner_may_confirm(reset, "administrator", two | {"c"}, apart={"a", "b"})
    assert not owner_may_confirm(reset, "clerk", two, apart={"a", "b"})
    assert not owner_may_confirm(AccountChangeKind.CHANGE, "administrator", two, apart={"a", "b"})


def test_a_change_that_cannot_be_recorded_is_not_made(ledger_screens, admin, second):
    """The change and its entry are one transaction."""
    from django.db.utils import ProgrammingError

    from kofu.staff.models import StaffAccount

    ledger_screens.account("clerk", login="stays")
    admin.post("/staff/accounts/stays/change/", changed(role="approver"))
    with psycopg.connect(ledger_screens.database.owner_url, autocommit=True) as owner:
        owner.execute("REVOKE EXECUTE ON FUNCTION audit_append(text, text) FROM kofu_ledger")
        try:
            with pytest.raises((psycopg.Error, ProgrammingError)):
                second.post(f"{waiting('stays')}confirm/")
        finally:
            owner.execute("GRANT EXECUTE ON FUNCTION audit_append(text, text) TO kofu_ledger")
    assert StaffAccount.objects.get(login="stays").role == "clerk"


@pytest.mark.parametrize("role", ["clerk", "approver", "auditor", "certificate_operator"])
def test_only_an_administrator_makes_or_resets(ledger_screens, role):
    client = ledger_screens.client(role)
    assert client.post("/staff/new-account/", {**NEW, "login": "sneaked"}).status_code == 403
    assert client.post("/staff/accounts/t.sato/reset/").status_code == 403
    assert client.post("/staff/account-changes/1/confirm/").status_code == 403


def test_an_auditor_sees_the_record_and_verifies_it_but_finds_no_form(ledger_screens):
    auditor = ledger_screens.client("auditor", login="auditor")
    listed = auditor.get("/staff/audit/").content.decode()
    assert "操作の記録" in listed
    assert "auditor" in listed
    only = auditor.get("/staff/audit/", {"actor": "second", "action": "account.reset"}).content.decode()
    assert "初期化" in only
    answer = auditor.post("/staff/audit/check/").content.decode()
    assert "欠けも書換えもありません" in answer
    account = auditor.get("/staff/accounts/t.sato/").content.decode()
    assert "起案する" not in account
    assert "早める" not in account


def test_a_changed_entry_is_found_on_the_screen(ledger_screens):
    auditor = ledger_screens.client("auditor")
    with psycopg.connect(ledger_screens.database.owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_stays")
        owner.execute("UPDATE audit_entry SET body = replace(body, 'refused', 'shown') WHERE body LIKE '%refused%'")
        owner.execute("ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_stays")
    answer = auditor.post("/staff/audit/check/").content.decode()
    assert "か所の異常があります" in answer


@pytest.mark.parametrize("name", ["見本 双子", "見本　双子", "見本双子"])
def test_who_confirms_sees_that_somebody_of_that_name_has_an_account_however_it_is_spaced(admin, second, name):
    """個人ごとにユーザIDを割り当て: with two accounts one person would be both of two people."""
    from kofu.staff.account_changes import namesakes
    from kofu.staff.models import AccountChange, StaffAccount

    if not StaffAccount.objects.filter(login="futago").exists():
        admin.post("/staff/new-account/", {**NEW, "login": "futago", "display_name": "見本　双子"})
        second.post(f"{waiting('futago')}confirm/")
    admin.post("/staff/new-account/", {**NEW, "login": "futago2", "display_name": name})
    change = AccountChange.objects.get(login="futago2", state="proposed")
    assert [one.login for one in namesakes(change)] == ["futago"]
    admin.post(f"{waiting('futago2')}withdraw/")
