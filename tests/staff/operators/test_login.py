"""A session at the command line is opened by the accounts, the lock and the one-time rule of the screens."""

from __future__ import annotations

import base64
import os
import time
from datetime import UTC, date, datetime

import psycopg
import pytest
from tests.staff_screens import PASSWORD

from kofu.core.errors import OperatorFault
from kofu.staff.one_time import one_time_code

pytestmark = pytest.mark.storage
SECRET = base64.b32encode(b"a secret of the test").decode()


@pytest.fixture
def entrance(ledger_screens):
    from kofu.staff.operators import login

    return login


def with_factor(ledger_screens, login: str, role: str = "clerk"):
    from allauth.mfa.totp.internal.auth import TOTP

    from kofu.staff.models import StaffAccount

    ledger_screens.account(role, login=login)
    account = StaffAccount.objects.get(login=login)
    TOTP.activate(account, SECRET)
    return account


def found(ledger_screens, token: str):
    from kofu.staff.operators.sessions import find_session

    with psycopg.connect(ledger_screens.database.app_url) as connection:
        return find_session(connection, token)


def test_password_and_code_open_a_session_that_names_person_and_os_user(ledger_screens, entrance) -> None:
    """①53: 職員を特定し個人ごとに. Both are on record; the database keeps the token's hash alone."""
    account = with_factor(ledger_screens, "both")
    assert entrance.check_password("both", PASSWORD) == account
    entrance.check_code(account, one_time_code(SECRET, time.time()))
    opened = entrance.open_session(account)
    session = found(ledger_screens, opened.token)
    assert (session.login, session.role, session.os_uid) == ("both", "clerk", os.getuid())
    assert (opened.expires_at - datetime.now(UTC)).total_seconds() <= 30 * 60
    (detail,) = [more for action, _, _, more in ledger_screens.entries("both") if action == "operator.login"]
    assert (detail["os_uid"], detail["session"]) == (os.getuid(), opened.session_id)
    with psycopg.connect(ledger_screens.database.owner_url) as owner:
        (kept,) = owner.execute("SELECT string_agg(s::text, '') FROM staff_operator_session s").fetchone()
    assert opened.token not in kept
    assert opened.token not in str(ledger_screens.entries())


def test_a_code_counts_once_at_screens_and_commands_together(ledger_screens, entrance) -> None:
    account = with_factor(ledger_screens, "once")
    code = one_time_code(SECRET, time.time())
    entrance.check_code(account, code)
    with pytest.raises(OperatorFault, match="code_refused"):
        entrance.check_code(account, code)


def test_a_used_code_stays_used_as_long_as_it_would_be_right(ledger_screens, entrance) -> None:
    """A code is taken a period late; what allauth remembers of it is over after one period."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal.auth import TOTP
    from django.core.cache import cache

    account = with_factor(ledger_screens, "later")
    code = one_time_code(SECRET, time.time())
    entrance.check_code(account, code)
    factor = TOTP(Authenticator.objects.get(user=account))
    cache.delete(factor._get_used_cache_key(code))
    assert factor.validate_code(code), "the twin: by allauth alone it would be right again"
    cache.delete(factor._get_used_cache_key(code))
    with pytest.raises(OperatorFault, match="code_refused"):
        entrance.check_code(account, code)


def test_five_wrong_passwords_lock_the_login_here_and_at_the_screens(ledger_screens, entrance) -> None:
    from django.test import Client

    ledger_screens.account("clerk", login="locked-out")
    for _ in range(5):
        with pytest.raises(OperatorFault):
            entrance.check_password("locked-out", "not the password")
    with pytest.raises(OperatorFault, match="login_locked"):
        entrance.check_password("locked-out", PASSWORD)
    answer = Client().post("/account/login/", {"login": "locked-out", "password": PASSWORD})
    assert answer.status_code == 429


def test_who_nobody_knows_is_refused_in_the_same_words_as_a_wrong_password(ledger_screens, entrance) -> None:
    ledger_screens.account("clerk", login="known")
    said = []
    for login in ("known", "nobody-known"):
        with pytest.raises(OperatorFault) as refused:
            entrance.check_password(login, "not the password")
        said.append(str(refused.value))
    assert said[0] == said[1]
    assert "nobody-known" not in str(ledger_screens.entries())


def test_a_first_login_registers_a_code_and_chooses_a_password_before_anything_opens(ledger_screens, entrance) -> None:
    from kofu.staff import accounts
    from kofu.staff.work import StaffActor

    details = accounts.AccountDetails(
        display_name="見本 新人", office="shunou", role="clerk", active_from=date(2020, 1, 1), active_to=None
    )
    initial = accounts.initial_half() + accounts.initial_half()
    accounts.make_account(StaffActor(login="kanri", office="", role=""), "newcomer", details, initial)
    account = entrance.check_password("newcomer", initial)
    assert not entrance.has_factor(account)
    secret = entrance.new_factor_secret()
    with pytest.raises(OperatorFault, match="code_refused"):
        entrance.register_factor(account, secret, "000000x")
    entrance.register_factor(account, secret, one_time_code(secret, time.time()))
    with pytest.raises(OperatorFault, match="password_is_initial"):
        entrance.open_session(account)
    for weak in (initial, "short", "123456789012345"):
        with pytest.raises(OperatorFault, match="password_weak"):
            entrance.choose_password(account, weak)
    entrance.choose_password(account, PASSWORD)
    assert found(ledger_screens, entrance.open_session(account).token).login == "newcomer"
    with pytest.raises(OperatorFault, match="factor_known"):
        entrance.register_factor(account, secret, one_time_code(secret, time.time()))


def test_an_account_has_one_session_and_none_once_it_is_reset_or_changed(ledger_screens, entrance) -> None:
    from kofu.staff import accounts
    from kofu.staff.work import StaffActor

    account = with_factor(ledger_screens, "moves")
    first, second = (entrance.open_session(account).token for _ in range(2))
    assert found(ledger_screens, first).ended_at is not None
    assert found(ledger_screens, second).ended_at is None
    accounts.apply_reset(StaffActor(login="kanri", office="", role=""), account, "an-initial-password")
    assert found(ledger_screens, second).ended_at is not None


def test_logging_out_ends_the_session_once_and_on_record(ledger_screens, entrance) -> None:
    token = entrance.open_session(with_factor(ledger_screens, "leaves")).token
    assert entrance.close_session(token)
    assert not entrance.close_session(token)
    assert not entrance.close_session("f" * 64)
    results = [(action, result) for action, result, *_ in ledger_screens.entries("leaves")]
    assert results.count(("operator.logout", "done")) == 1


def test_an_account_of_the_demonstration_opens_nothing_where_papers_are_real(
    ledger_screens, entrance, monkeypatch
) -> None:
    from dataclasses import replace

    from kofu.staff.work import profile

    account = with_factor(ledger_screens, "shown")
    account.demonstration = True
    account.save()
    assert entrance.check_password("shown", PASSWORD) == account
    real = replace(profile(), specimen=False)
    monkeypatch.setattr(entrance, "profile", lambda: real)
    with pytest.raises(OperatorFault, match="account_of_the_demonstration"):
        entrance.check_password("shown", PASSWORD)
