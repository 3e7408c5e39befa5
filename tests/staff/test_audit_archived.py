"""The page of the record finds entries in months that left the database, or says where they are (P10)."""

from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest
from tests.platform.anchored_log import at_its_own_time, at_that_time, open_log
from tests.platform.months import NOVEMBER, OCTOBER

from kofu.platform.audit import AuditEntry, append
from kofu.platform.audit_archive import Archive, archive_month, closed_months
from kofu.platform.settings import archive_dir

pytestmark = [pytest.mark.storage]


SUNDAY = datetime(2026, 10, 18, 3, tzinfo=UTC)


def _look_at_somebody(app_url: str) -> None:
    """Append what a clerk's look at a person leaves, as the database's clock stands."""
    from kofu.staff.work import pseudonym_of

    look = AuditEntry(
        action="person.view",
        actor="yakan",
        result="shown",
        subject_pseudonym=pseudonym_of("0000000991"),
        occurred_at=SUNDAY,
        detail={"office": "shunou", "role": "clerk", "method": "GET"},
    )
    with psycopg.connect(app_url) as connection:
        append(connection, "screens", look)


@pytest.fixture(scope="module")
def archived(ledger_screens, postgres, tmp_path_factory):
    """October has left the database of the screens; gives its files."""
    log = open_log(ledger_screens.database, postgres, tmp_path_factory.mktemp("log"))
    log.connection.autocommit = True
    at_that_time(log, SUNDAY, 0, 2)
    _look_at_somebody(ledger_screens.database.app_url)
    at_that_time(log, OCTOBER, 2, 4)
    at_that_time(log, NOVEMBER, 6, 4)
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
    assert shown.count('<span class="login">tests</span>') == 4
    assert "固定点の作成" in shown
    assert page(ledger_screens, day="2026-10-20", actor="nobody").count('<span class="login">tests</span>') == 0
    assert page(ledger_screens, day="2026-10-21").count('<span class="login">tests</span>') == 0


def test_where_the_file_is_not_here_the_page_says_so(ledger_screens, archived):
    away = archived.data.with_suffix(".away")
    archived.data.rename(away)
    try:
        shown = page(ledger_screens, day="2026-10-20")
    finally:
        away.rename(archived.data)
    assert "2026-10 の記録は保管ファイル（2026-10.jsonl.gz）にあります" in shown
    assert "この機器にファイルがありません" in shown


def test_a_month_that_left_is_reviewed_from_its_files_and_not_signed_without_them(ledger_screens, archived):
    """Who takes a month out of the database before it is reviewed hides nothing from the two who sign it."""
    auditor, address = ledger_screens.client("auditor"), "/staff/audit/reviews/2026-10/"
    words = {"result": "no_misuse", "words": "当番表と照らした。"}
    shown = auditor.get(address).content.decode()
    assert "時間外・休日の照会" in shown
    assert "yakan" in shown
    away = archived.data.with_suffix(".away")
    archived.data.rename(away)
    try:
        shown = auditor.get(address).content.decode()
        refused = auditor.post(f"{address}sign/", words)
    finally:
        away.rename(archived.data)
    assert "保管ファイルがこの機器にありません" in shown
    assert "確かめる兆候はありません" not in shown
    assert refused.status_code == 422
    assert auditor.post(f"{address}sign/", words).status_code == 302
