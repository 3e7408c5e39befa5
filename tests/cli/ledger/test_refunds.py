"""`kofu refunds lapse`, and the night that does it: what nobody claimed in five years ends, once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from tests.ledger.overpayments.refunds import CHIEF, CLERK, RULES, WARD, overpaid
from tests.operators import log_in
from typer.testing import CliRunner

from kofu.cli.ledger import ledger, refunds
from kofu.core.errors import OperatorFault
from kofu.ledger.books.verify import verify_ledger
from kofu.ledger.overpayments import refund

pytestmark = pytest.mark.storage

LONG_AGO = datetime(2018, 4, 2, 1, tzinfo=UTC)


@pytest.fixture
def database(system_database, tmp_path, monkeypatch):
    made = system_database("ledger")
    monkeypatch.setenv("KOFU_VAR", str(tmp_path))
    monkeypatch.setenv("KOFU_PROFILE", str(Path(__file__).parents[3] / "profiles" / "mihon.toml"))
    monkeypatch.setenv("KOFU_LEDGER_DATABASE_URL", made.app_url)
    log_in("ledger", made, tmp_path, kessai="approver").be(monkeypatch, "kessai")
    with psycopg.connect(made.app_url, autocommit=True) as connection:
        overpaid(connection, "1", paid=50_000, reduced=10_000, owed=0)
        clerk, chief = replace(CLERK, now=LONG_AGO), replace(CHIEF, now=LONG_AGO)
        case = refund.propose(connection, WARD, "1", causes={}, rules=RULES, acting=clerk)
        refund.approve(connection, case, rules=RULES, acting=chief)
        refund.notify(connection, case, papers=["還付通知書"], acting=clerk)
    return made


def test_by_hand_it_ends_what_is_due_and_the_next_run_finds_nothing(database) -> None:
    """地方税法18条の3."""
    assert CliRunner().invoke(refunds.app, ["lapse"]).output == "1 refunds ended\n"
    assert CliRunner().invoke(refunds.app, ["lapse"]).output == "0 refunds ended\n"


def test_the_night_ends_it_before_it_writes_the_feed(database) -> None:
    done = CliRunner().invoke(ledger.app, ["night"])
    assert done.exit_code == 0, done.output
    assert done.output.index("1 refunds nobody claimed in time ended") < done.output.index("generation 1")


def test_a_night_that_cannot_end_refunds_writes_its_feed_and_says_so(database, monkeypatch) -> None:
    def broken(**_: str) -> int:
        raise OperatorFault("rate_missing", "no rate")

    monkeypatch.setattr("kofu.ledger.nights.tonight.lapse_tonight", broken)
    done = CliRunner().invoke(ledger.app, ["night"])
    assert done.exit_code == 1
    assert "refunds that are due to end did not: no rate" in done.output
    assert "generation 1" in done.output


def test_it_is_ended_in_the_books_too(database) -> None:
    CliRunner().invoke(refunds.app, ["lapse"])
    with psycopg.connect(database.app_url) as connection:
        assert connection.execute("SELECT state FROM refund_case").fetchall() == [("lapsed",)]
        assert verify_ledger(connection).holds
