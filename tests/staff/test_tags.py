"""How amounts, days and instants stand on a screen."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

pytestmark = pytest.mark.storage


@pytest.fixture(autouse=True)
def _django(ledger_screens):
    """Django is set up."""


@pytest.mark.parametrize(("amount", "written"), [(0, "0"), (1234567, "1,234,567"), (-3400, "▲3,400"), (None, "")])
def test_yen_have_separators_and_a_minus_is_a_triangle(amount, written):
    from kofu.staff.templatetags.staff import yen

    assert yen(amount) == written


def test_days_show_their_weekday_and_instants_are_told_in_japan():
    from kofu.staff.templatetags.staff import clock, day, instant

    assert day(date(2026, 11, 23)) == "令和8.11.23（月）"
    late = datetime(2026, 11, 23, 15, 4, 5, tzinfo=UTC)
    assert instant(late) == "令和8.11.24 00:04:05"
    assert clock(late) == "00:04:05"
    assert (day(None), instant(None), clock(None)) == ("", "", "")


def test_a_field_ties_its_error_and_hint_to_its_control(ledger_screens):
    """WCAG 3.3.1: what is wrong stands beside the field and is announced with it."""
    page = ledger_screens.client("administrator").post("/staff/new-account/", {"login": "X"}).content.decode()
    assert 'aria-invalid="true"' in page
    assert 'aria-describedby="id_login-hint id_login-error"' in page
    assert 'id="id_login-error"' in page


def test_birthdays_are_written_in_the_era_and_what_is_unknown_as_such():
    from kofu.staff.templatetags.staff import birthday

    assert birthday("1950-03-04") == "昭和25年3月4日"
    assert birthday("") == ""
    assert "1950" not in birthday("1950-03-??")


def test_who_did_something_stands_by_name_with_the_login_behind_it(ledger_screens):
    """By name as soon as the account is made, though the names were read a moment before."""
    from kofu.staff.templatetags.staff import staff_name

    assert staff_name("namae1") == '<span class="login">namae1</span>'
    login = ledger_screens.account("clerk", login="namae1")
    assert staff_name(login) == f'<span title="{login}">見本 {login}</span>'
    assert staff_name("tests") == '<span class="login">tests</span>'
    assert staff_name("service:night") == "無人処理（夜間連携）"
