"""Screens are found by themselves, and shown to who may open them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import kofu

pytestmark = pytest.mark.storage
SOURCE = Path(kofu.__file__).parent


def links(client) -> list[str]:
    page = client.get("/").content.decode()
    side = page[page.index('<nav class="side"') : page.index("</nav>")]
    return re.findall(r'<a href="([^"]+)"', side)


def test_the_navigation_shows_what_the_role_may_open_and_all_of_it_opens(ledger_screens):
    """Nothing leads to a refusal, for any role."""
    from kofu.staff.permissions import PERMISSIONS

    for role in PERMISSIONS.roles:
        client = ledger_screens.client(role.code)
        found = links(client)
        assert "/staff/permissions/" in found
        assert {address: client.get(address).status_code for address in found} == dict.fromkeys(found, 200)


def test_the_record_and_the_accounts_are_in_the_navigation_of_those_who_may(ledger_screens):
    assert "/staff/audit/" in links(ledger_screens.client("auditor"))
    assert "/staff/audit/" not in links(ledger_screens.client("clerk"))


def test_no_access_key_stands_for_two_screens(ledger_screens):
    from kofu.staff.permissions import PERMISSIONS
    from kofu.staff.registry import screens_for

    for role in PERMISSIONS.roles:
        keys = [screen.access_key for _, group in screens_for(role.code) for screen in group if screen.access_key]
        assert len(keys) == len(set(keys)), role.code


def test_every_topic_stands_in_the_list_of_its_system():
    """A module with an `app_name` that no `web/urls.py` names would be screens nobody reaches."""
    for system in ("ledger", "issuing"):
        source = SOURCE / system
        root = source / "web" / "urls.py"
        named = {
            f"{node.module}.{alias.name}"
            for node in ast.walk(ast.parse(root.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        topics = {
            ".".join(("kofu", *path.relative_to(SOURCE).with_suffix("").parts))
            for path in source.rglob("*urls.py")
            if "app_name = " in path.read_text(encoding="utf-8")
        }
        assert topics
        assert topics - named == set(), system
