"""The entrance: password, one-time code, lock, and what the record says about each."""

from __future__ import annotations

import base64
import re
import time

import pytest
from tests.staff_screens import PASSWORD

from kofu.staff.one_time import one_time_code

pytestmark = pytest.mark.storage

SECRET = base64.b32encode(b"a secret of the test").decode()


@pytest.fixture
def browser(ledger_screens):
    from django.test import Client

    return Client()


def give(browser, login: str, password: str = PASSWORD):
    return browser.post("/account/login/", {"login": login, "password": password})


def with_code(ledger_screens, login: str) -> None:
    """Make an account that has a second factor."""
    from allauth.mfa.totp.internal.auth import TOTP

    from kofu.staff.models import StaffAccount

    ledger_screens.account("clerk", login=login)
    TOTP.activate(StaffAccount.objects.get(login=login), SECRET)


def results(ledger_screens, login: str) -> list[tuple[str, str]]:
    return [(action, result) for action, result, *_ in ledger_screens.entries(login)]


def test_password_then_code_lead_home(ledger_screens, browser):
    with_code(ledger_screens, "both")
    assert give(browser, "both").headers["Location"] == "/account/login/code/"
    code = one_time_code(SECRET, time.time())
    assert browser.post("/account/login/code/", {"code": code}).headers["Location"] == "/"
    assert browser.get("/").status_code == 200
    assert ("login.second_factor", "accepted") in results(ledger_screens, "both")


def test_a_code_counts_once(ledger_screens, browser):
    """Somebody who looked over the shoulder cannot use the same code again."""
    from django.test import Client

    with_code(ledger_screens, "once")
    code = one_time_code(SECRET, time.time())
    give(browser, "once")
    assert browser.post("/account/login/code/", {"code": code}).status_code == 302
    second = Client()
    give(second, "once")
    assert second.post("/account/login/code/", {"code": code}).status_code == 200
    assert second.get("/").status_code == 302
    assert ("login.second_factor", "wrong_code") in results(ledger_screens, "once")


def test_five_wrong_codes_are_enough(ledger_screens, browser):
    with_code(ledger_screens, "guesser")
    give(browser, "guesser")
    right = one_time_code(SECRET, time.time())
    wrong = f"{(int(right) + 500_000) % 1_000_000:06d}"
    for _ in range(5):
        browser.post("/account/login/code/", {"code": wrong})
    answer = browser.post("/account/login/code/", {"code": right})
    assert answer.status_code == 200
    assert "ログイン失敗が連続しています" in answer.content.decode()
    assert browser.get("/").status_code == 302


def test_five_wrong_passwords_lock_the_login_for_everybody(ledger_screens, browser):
    """The lock stands in the database: another process, another browser and the right password meet it too."""
    from django.test import Client

    ledger_screens.account("clerk", login="locked-out")
    for _ in range(5):
        answer = give(browser, "locked-out", "not the password")
    assert answer.status_code == 429
    assert "停止しました" in answer.content.decode()
    assert give(Client(), "locked-out").status_code == 429
    found = results(ledger_screens, "locked-out")
    assert ("login", "wrong_password") in found
    assert ("login", "locked") in found


def test_what_was_typed_as_a_login_is_recorded_only_where_it_is_one(ledger_screens, browser):
    """People type passwords into that field."""
    give(browser, "My-Secret-Passw0rd", "x")
    assert "My-Secret" not in str(ledger_screens.entries())
    assert ("login", "wrong_password") in results(ledger_screens, "anonymous")


def test_a_first_login_registers_a_code_and_is_shown_recovery_codes_once(ledger_screens, browser):
    ledger_screens.account("clerk", login="first-day")
    assert give(browser, "first-day").headers["Location"] == "/"
    assert browser.get("/").headers["Location"] == "/account/own/code/"
    page = browser.get("/account/own/code/").content.decode()
    secret = re.search(r'id="secret">([A-Z2-7=]+)<', page).group(1)
    answer = browser.post("/account/own/code/", {"code": one_time_code(secret, time.time())})
    assert answer.headers["Location"] == "/account/own/recovery/"
    shown = browser.get("/account/own/recovery/").content.decode()
    codes = re.findall(r"<li>(\d{8})</li>", shown)
    assert len(codes) == 10
    assert not re.findall(r"<li>(\d{8})</li>", browser.get("/account/own/recovery/").content.decode())
    assert browser.get("/").status_code == 200


def test_a_recovery_code_stands_in_for_the_device_once(ledger_screens, browser):
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from django.test import Client

    from kofu.staff.models import StaffAccount

    with_code(ledger_screens, "no-device")
    code = RecoveryCodes.activate(StaffAccount.objects.get(login="no-device")).get_unused_codes()[0]
    give(browser, "no-device")
    assert browser.post("/account/login/code/", {"code": code}).status_code == 302
    assert browser.get("/").status_code == 200
    second = Client()
    give(second, "no-device")
    assert second.post("/account/login/code/", {"code": code}).status_code == 200


def test_the_secret_of_a_second_factor_is_not_in_the_database_in_the_clear(ledger_screens):
    from allauth.mfa.models import Authenticator

    with_code(ledger_screens, "encrypted")
    stored = Authenticator.objects.get(user__login="encrypted").data["secret"]
    assert SECRET not in stored
    assert stored.startswith("gAAAA")  # Fernet's version and time


def test_nobody_signs_up_and_nothing_is_reset_by_mail(browser):
    for address in ("/account/signup/", "/account/password/reset/", "/account/email/", "/accounts/signup/"):
        assert browser.get(address).status_code == 404, address
