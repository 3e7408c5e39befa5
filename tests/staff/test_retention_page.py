"""保管と消去 on screen: the table, with the last run of each job, for the auditor and the administrator."""

from __future__ import annotations

import pytest

from kofu.platform.retention import retention_rules

pytestmark = pytest.mark.storage


def test_the_auditor_and_the_administrator_see_every_rule_and_a_clerk_does_not(ledger_screens) -> None:
    for role in ("auditor", "administrator"):
        page = ledger_screens.client(role).get("/staff/retention/")
        assert page.status_code == 200
        for rule in retention_rules():
            assert rule.what in page.content.decode()
    assert "まだない" in page.content.decode(), "no night ran here yet"
    assert ledger_screens.client("clerk").get("/staff/retention/").status_code == 403
