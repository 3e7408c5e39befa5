"""Passwords like the login name twice are refused; a sentence of one's own is not."""

from __future__ import annotations

import pytest
from tests.staff_screens import PASSWORD

pytestmark = pytest.mark.storage
KNOWN = ("shunou1", "見本 花子", "shunou")


@pytest.fixture
def why_weak(ledger_screens):
    """Django must be set up to import what reads its models."""
    from kofu.staff.passwords import why_weak

    return why_weak


@pytest.mark.parametrize(
    "password",
    [
        "shunou1shunou1",
        "Shunou1-Shunou1!",
        "shunou1.shunou1.2026",
        "1uonuhs1uonuhs",
        "見本花子見本花子見本花子",
        "shunoushunoushunou",
        "xxxxxxxxxxxx",
        "abcabcabcabc",
        "121212121212x",
    ],
)
def test_the_login_again_or_one_part_again_is_no_password(why_weak, password) -> None:
    assert why_weak(password, KNOWN)


@pytest.mark.parametrize(
    "password", ["a-long-enough-word-2026", "shunou1 kigoumo jitsuha nagai", "kawara no ue no tori"]
)
def test_words_of_ones_own_are_one(why_weak, password) -> None:
    assert why_weak(password, KNOWN) is None


def test_they_are_refused_where_a_password_is_chosen_on_the_screen_and_by_the_command(ledger_screens) -> None:
    """The twin: without the validator Django's comparison takes the login twice."""
    from django.conf import settings
    from django.contrib.auth.password_validation import get_password_validators, validate_password
    from django.core.exceptions import ValidationError

    from kofu.staff.forms import StaffPasswordForm
    from kofu.staff.models import StaffAccount

    ledger_screens.account("clerk", login="shunou1")
    account = StaffAccount.objects.get(login="shunou1")
    with pytest.raises(ValidationError):
        validate_password("shunou1shunou1", account)
    others = [one for one in settings.AUTH_PASSWORD_VALIDATORS if not one["NAME"].startswith("kofu.")]
    validate_password("shunou1shunou1", account, get_password_validators(others))
    form = StaffPasswordForm(
        data={"oldpassword": PASSWORD, "password1": "shunou1shunou1", "password2": "shunou1shunou1"}, user=account
    )
    assert not form.is_valid()
    assert "ログインID" in str(form.errors)
