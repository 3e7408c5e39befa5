"""An account of the demonstration, whose password is published, serves nobody's real papers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import psycopg
import pytest

from kofu.core.errors import OperatorFault
from kofu.staff.demonstration import require_no_demo_accounts

pytestmark = pytest.mark.storage
TODAY = date(2026, 11, 23)


@pytest.fixture
def shown(ledger_screens):
    """An account of the demonstration, as `kofu up` marks it."""
    from kofu.staff.models import StaffAccount

    if not StaffAccount.objects.filter(login="shown").exists():
        ledger_screens.account("administrator", login="shown")
    account = StaffAccount.objects.get(login="shown")
    account.demonstration = True
    account.save()
    return account


def start(screens, *, specimen: bool, today: date = TODAY) -> None:
    """What every process that serves staff or residents asks at its start, under the rights it has."""
    with psycopg.connect(screens.database.app_url) as connection:
        require_no_demo_accounts(connection, "ledger", specimen=specimen, today=today)


def test_no_process_starts_for_real_papers_while_one_opens_something(ledger_screens, shown) -> None:
    start(ledger_screens, specimen=True)
    with pytest.raises(OperatorFault, match="kofu staff end-demo ledger"):
        start(ledger_screens, specimen=False)
    start(ledger_screens, specimen=False, today=date(2019, 12, 31))  # before its first day it opens nothing


def test_the_screens_send_it_away_where_papers_are_real(ledger_screens, shown, monkeypatch) -> None:
    from kofu.staff import gate

    client = ledger_screens.client("administrator", login="shown")
    assert client.get("/").status_code == 200
    real = replace(gate.profile(), specimen=False)
    monkeypatch.setattr(gate, "profile", lambda: real)
    assert client.get("/").headers["Location"].startswith("/account/login/")


def test_ended_accounts_open_nothing_and_stop_no_start(ledger_screens, shown) -> None:
    from kofu.staff.accounts import end_demonstration
    from kofu.staff.work import StaffActor

    ended = end_demonstration(StaffActor(login="kanri", office="", role=""), TODAY)
    assert ended == ("shown",)
    assert end_demonstration(StaffActor(login="kanri", office="", role=""), TODAY) == ()
    shown.refresh_from_db()
    assert not shown.has_usable_password()
    start(ledger_screens, specimen=False)
    assert ("account.change", "demonstration_ended") in [entry[:2] for entry in ledger_screens.entries("kanri")]
