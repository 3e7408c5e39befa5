"""The page of the record finds entries in months that left the database, or says where they are (P10)."""

from __future__ import annotations

import pytest
from tests.platform.anchored_log import at_its_own_time, at_that_time, open_log
from tests.platform.months import NOVEMBER, OCTOBER

from kofu.platform.audit_archive import Archive, archive_month, closed_months
from kofu.platform.settings import archive_dir

pytestmark = [pytest.mark.storage]


@pytest.fixture(scope="module")
def archived(ledger_screens, postgres, tmp_path_factory):
    """October has left the database of the screens; gives its files."""
    log = open_log(ledger_screens.database, postgres, tmp_path_factory.mktemp("log"))
    log.connection.autocommit = True
    at_that_time(log, OCTOBER, 0, 4)
    at_that_time(log, NOVEMBER, 4, 4)
    at_its_own_time(log)
    log.connection.execute("ALTER TABLE audit_entry ENABLE TRIGGER ALL")
    archive = Archive("ledger", archive_dir("ledger"), log.place.key, "sato")
    (closed,) = closed_months(log.connection, until="2026-10")
    archive_month(log.connection, archive, closed)
    yield archive.files("2026-10")
    log.connection.close()


def page(ledger_screens, **asked: str) -> str:
    return ledger_screens.client("auditor").get("/staff/audit/", asked).content.decode()


def test_a_day_of_a_month_that_left_is_shown_as_before(ledger_screens, archived):
    shown = page(ledger_screens, day="2026-10-20")
    assert shown.count('<td class="nowrap">tests</td>') == 4
    assert "固定点の作成" in shown
    assert page(ledger_screens, day="2026-10-20", actor="nobody").count('<td class="nowrap">tests</td>') == 0
    assert page(ledger_screens, day="2026-10-21").count('<td class="nowrap">tests</td>') == 0


def test_where_the_file_is_not_here_the_page_says_so(ledger_screens, archived):
    away = archived.data.with_suffix(".away")
    archived.data.rename(away)
    try:
        shown = page(ledger_screens, day="2026-10-20")
    finally:
        away.rename(archived.data)
    assert "2026-10 の記録は保管ファイル（2026-10.jsonl.gz）にあります" in shown
    assert "この機器にファイルがありません" in shown
