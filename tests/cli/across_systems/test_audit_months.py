"""`kofu audit archive`, `restore` and `expire` as an operator sees them: nothing is done without `--apply`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.operators import log_in
from tests.platform.anchored_log import at_that_time, open_log
from tests.platform.months import DECEMBER, NOVEMBER, OCTOBER
from typer.testing import CliRunner

from kofu.cli import build
from kofu.platform.anchoring import place_of

pytestmark = pytest.mark.storage


@pytest.fixture
def folder(system_database, postgres, tmp_path, monkeypatch):
    """A log with entries anchored in three months; gives the folder of what is made at run time."""
    database = system_database("ledger")
    log = open_log(database, postgres, tmp_path)
    monkeypatch.setenv("KOFU_LEDGER_DATABASE_URL", database.app_url)
    monkeypatch.setenv("KOFU_LEDGER_OWNER_DATABASE_URL", database.owner_url)
    monkeypatch.setenv("KOFU_VAR", str(tmp_path / "var"))
    log.place = place_of("ledger")
    log.connection.autocommit = True
    for number, moment in enumerate((OCTOBER, NOVEMBER, DECEMBER)):
        at_that_time(log, moment, number * 4, 4)
    log.connection.execute("ALTER TABLE audit_entry ENABLE TRIGGER ALL")
    log.connection.close()
    log_in("ledger", database, tmp_path, sato="administrator", suzuki="administrator").be(monkeypatch, "sato")
    return tmp_path / "var" / "archive" / "ledger"


def kofu(verb: str, *words: str, by: str = "sato") -> tuple[int, str]:
    runtime = Path(os.environ["XDG_RUNTIME_DIR"])
    done = CliRunner(env={"XDG_RUNTIME_DIR": str(runtime.with_name(by))}).invoke(
        build(), ["audit", verb, "ledger", *words]
    )
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


def test_months_leave_come_back_and_are_deleted_by_two(folder, monkeypatch):
    assert kofu("archive", "--until", "2026-10") == (0, "2026-10: 5 entries would leave; --apply does it\n")
    assert not folder.exists()
    code, told = kofu("archive", "--until", "2026-10", "--apply")
    assert (code, "2026-10: 5 entries left the database" in told) == (0, True)
    assert (folder / "2026-10.jsonl.gz").exists()
    assert kofu("archive", "--until", "2026-10", "--apply")[1].startswith("no closed month")
    assert kofu("restore", "2026-10") == (0, "2026-10: 5 entries would come back; --apply does it\n")
    assert kofu("restore", "2026-10", "--apply") == (0, "2026-10: 5 entries are back in the database\n")
    assert kofu("archive", "--until", "2026-10", "--apply")[0] == 0
    assert kofu("expire", "--today", "2033-10-31") == (0, "nothing is due on 2033-10-31\n")
    code, told = kofu("expire", "--today", "2033-11-01")
    assert (code, told.startswith("2026-10: its seven years are over")) == (0, True)


def test_nothing_is_deleted_early_by_another_day_or_by_one_person(folder, monkeypatch):
    kofu("archive", "--until", "2026-10", "--apply")
    code, told = kofu("expire", "--month", "2026-10", "--today", "2033-11-01", "--apply")
    assert (code, "without --today" in told) == (2, True)
    code, told = kofu("expire", "--month", "2026-10", "--apply")
    assert (code, "kept until 2033-11-01" in told) == (1, True)
    from datetime import date

    monkeypatch.setattr("kofu.core.calendar.day_in_japan", lambda _: date(2033, 11, 1))
    code, told = kofu("expire", "--month", "2026-10", "--apply")
    assert (code, "second person" in told) == (3, True)
    assert kofu("expire", "--month", "2026-10", "--apply")[0] == 1
    assert (folder / "2026-10.jsonl.gz").exists()
    code, told = kofu("expire", "--month", "2026-10", "--apply", by="suzuki")
    assert (code, "tombstone" in told) == (0, True)
    assert not (folder / "2026-10.jsonl.gz").exists()


@pytest.mark.parametrize("month", ["2026-13", "october", "2026", "../../2026-10", "２０２６-１０"])
def test_what_is_no_month_is_told(folder, month):
    """A month names files: nothing is read or written outside the folder of the archive by it."""
    for words in (("archive", "--until", month), ("restore", month)):
        code, told = kofu(*words)
        assert (code, "no month such as" in told) == (1, True), words
