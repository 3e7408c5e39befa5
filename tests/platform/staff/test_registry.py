"""Screens are found by themselves, and shown to who may open them."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.storage


def links(client) -> list[str]:
    page = client.get("/").content.decode()
    side = page[page.index('<nav class="side"') : page.index("</nav>")]
    return re.findall(r'<a href="([^"]+)"', side)


def test_the_navigation_shows_what_the_role_may_open_and_all_of_it_opens(ledger_screens):
    """Nothing leads to a refusal, for any role."""
    from kofu.platform.staff.permissions import PERMISSIONS

    for role in PERMISSIONS.roles:
        client = ledger_screens.client(role.code)
        found = links(client)
        assert "/staff/permissions/" in found
        assert {address: client.get(address).status_code for address in found} == dict.fromkeys(found, 200)


def test_the_record_and_the_accounts_are_in_the_navigation_of_those_who_may(ledger_screens):
    assert "/staff/audit/" in links(ledger_screens.client("auditor"))
    assert "/staff/audit/" not in links(ledger_screens.client("clerk"))


def test_no_access_key_stands_for_two_screens(ledger_screens):
    from kofu.platform.staff.permissions import PERMISSIONS
    from kofu.platform.staff.registry import screens_for

    for role in PERMISSIONS.roles:
        keys = [screen.access_key for _, group in screens_for(role.code) for screen in group if screen.access_key]
        assert len(keys) == len(set(keys)), role.code
