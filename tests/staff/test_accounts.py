"""Accounts made, changed, ended and reset by an administrator, each with its entry."""

from __future__ import annotations

import re

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
}


def changed(**differently: str) -> dict[str, str]:
    return {name: value for name, value in {**NEW, **differently}.items() if name != "login"}


@pytest.fixture(scope="module")
def admin(ledger_screens):
    return ledger_screens.client("administrator", login="admin")


def entries(ledger_screens, action: str) -> list[dict[str, object]]:
    """Give the entries of changes, without those of the visits that made them."""
    return [
        detail for done, _, _, detail in ledger_screens.entries("admin") if done == action and "screen" not in detail
    ]


def test_an_account_is_made_with_a_password_shown_once(ledger_screens, admin):
    from kofu.staff.models import StaffAccount

    page = admin.post("/staff/new-account/", NEW).content.decode()
    password = re.search(r'class="code big">(\w+)<', page).group(1)
    assert len(password) == 16
    made = StaffAccount.objects.get(login="t.sato")
    assert made.check_password(password)
    assert made.password_is_initial
    assert made.created_by == "admin"
    assert password not in admin.get("/staff/accounts/t.sato/").content.decode()
    assert password not in str(ledger_screens.entries())
    assert entries(ledger_screens, "account.create")[0]["role_given"] == "clerk"


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("login", "t.sato", "既に使われています"),
        ("login", "Sato Taro", "英小文字"),
        ("office", "nowhere", "選択"),
        ("role", "everything", "選択"),
        ("active_to", "2026-03-31", "利用開始日より前"),
        ("display_name", "", "必須"),
    ],
)
def test_a_mistake_is_told_beside_its_field(admin, field, value, message):
    answer = admin.post("/staff/new-account/", {**NEW, "login": "t.suzuki", field: value})
    assert answer.status_code == 422
    error = re.search(rf'id="id_{field}-error">(.*?)</p>', answer.content.decode())
    assert error is not None
    assert message in error.group(1)


def test_a_change_of_role_ends_the_open_sessions(ledger_screens, admin):
    """What one may do changes at once, not at the next login."""
    mover = ledger_screens.client("clerk", login="mover")
    assert mover.get("/").status_code == 200
    answer = admin.post("/staff/accounts/mover/change/", changed(role="approver"))
    assert answer.status_code == 302
    assert mover.get("/").headers["Location"].startswith("/account/login/")
    assert entries(ledger_screens, "account.change")[-1]["account"] == "mover"


def test_a_reset_takes_password_factor_and_sessions_away(ledger_screens, admin):
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import TOTP

    from kofu.staff.models import StaffAccount

    loser = ledger_screens.client("clerk", login="loser")
    account = StaffAccount.objects.get(login="loser")
    TOTP.activate(account, "JBSWY3DPEHPK3PXP")
    page = admin.post("/staff/accounts/loser/reset/").content.decode()
    password = re.search(r'class="code big">(\w+)<', page).group(1)
    account.refresh_from_db()
    assert account.check_password(password)
    assert account.password_is_initial
    assert not Authenticator.objects.filter(user=account).exists()
    assert loser.get("/").status_code == 302
    assert entries(ledger_screens, "account.reset")[-1]["account"] == "loser"


def test_nobody_changes_their_own_role_or_resets_themselves(ledger_screens, admin):
    from kofu.staff.models import StaffAccount

    answer = admin.post("/staff/accounts/admin/change/", changed(role="clerk"))
    assert answer.status_code == 422
    assert "別のシステム管理者" in answer.content.decode()
    assert admin.post("/staff/accounts/admin/reset/").status_code == 422
    assert StaffAccount.objects.get(login="admin").role == "administrator"
    assert entries(ledger_screens, "account.reset")[-1]["account"] != "admin"


def test_a_change_that_cannot_be_recorded_is_not_made(ledger_screens, admin):
    """The change and its entry are one transaction."""
    from django.db.utils import ProgrammingError

    from kofu.staff.models import StaffAccount

    ledger_screens.account("clerk", login="stays")
    with psycopg.connect(ledger_screens.database.owner_url, autocommit=True) as owner:
        owner.execute("REVOKE EXECUTE ON FUNCTION audit_append(text, text) FROM kofu_ledger")
        try:
            with pytest.raises((psycopg.Error, ProgrammingError)):
                admin.post("/staff/accounts/stays/change/", changed(role="approver"))
        finally:
            owner.execute("GRANT EXECUTE ON FUNCTION audit_append(text, text) TO kofu_ledger")
    assert StaffAccount.objects.get(login="stays").role == "clerk"


@pytest.mark.parametrize("role", ["clerk", "approver", "auditor", "certificate_operator"])
def test_only_an_administrator_makes_or_resets(ledger_screens, role):
    client = ledger_screens.client(role)
    assert client.post("/staff/new-account/", {**NEW, "login": "sneaked"}).status_code == 403
    assert client.post("/staff/accounts/t.sato/reset/").status_code == 403


def test_an_auditor_sees_the_record_and_verifies_it_but_finds_no_form(ledger_screens):
    auditor = ledger_screens.client("auditor", login="auditor")
    listed = auditor.get("/staff/audit/").content.decode()
    assert "操作の記録" in listed
    assert "auditor" in listed
    only = auditor.get("/staff/audit/", {"actor": "admin", "action": "account.reset"}).content.decode()
    assert "初期化" in only
    answer = auditor.post("/staff/audit/check/").content.decode()
    assert "欠けも書換えもありません" in answer
    account = auditor.get("/staff/accounts/t.sato/").content.decode()
    assert "初期化する" not in account
    assert "変更する" not in account


def test_a_changed_entry_is_found_on_the_screen(ledger_screens):
    auditor = ledger_screens.client("auditor")
    with psycopg.connect(ledger_screens.database.owner_url, autocommit=True) as owner:
        owner.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_stays")
        owner.execute("UPDATE audit_entry SET body = replace(body, 'refused', 'shown') WHERE body LIKE '%refused%'")
        owner.execute("ALTER TABLE audit_entry ENABLE TRIGGER audit_entry_stays")
    answer = auditor.post("/staff/audit/check/").content.decode()
    assert "か所の異常があります" in answer
