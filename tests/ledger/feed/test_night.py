"""⑲ ledger.night: a feed of the ledger itself, full or the difference, whole or not at all, one run at a time."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import polars as pl
import psycopg
import pytest
from msgspec import UNSET
from tests.certificates.drawings import BOTH
from tests.ledger.feed.night_payments import pay_something
from tests.ledger.feeding import CODE, DAY, NOW, fed_ledger, key_of, night, opened, small_ward

from kofu.contracts.feed import FeedMode, GlyphSetStated
from kofu.contracts.feed_tables import ASSESSMENTS
from kofu.core.errors import OperatorFault, OurFault
from kofu.judgement.findings import Severity
from kofu.judgement.rows import RowRule, broken_rows
from kofu.ledger.acting.night_lock import LOCK, UNLOCK
from kofu.ledger.feed import daily_feed
from kofu.ledger.feed import night as module
from kofu.ledger.feed.feed_rows import collection_totals
from kofu.ledger.feed.night import is_running
from kofu.platform import feeds as platform_feeds
from kofu.platform.glyph_sets import read_glyph_set
from kofu.platform.postgres import SystemDatabase
from kofu.platform.signed_manifests import read_signed_manifest
from kofu.press.glyph_font import clusters_of
from kofu.ward.make import MadeWard

pytestmark = pytest.mark.storage


class DiedError(BaseException):
    """Stands for the end of the process."""


@pytest.fixture(scope="module")
def ward(tmp_path_factory) -> MadeWard:
    return small_ward(tmp_path_factory.mktemp("ward"))


@pytest.fixture
def database(system_database, ward: MadeWard) -> SystemDatabase:
    return fed_ledger(system_database, ward)


def table(folder: Path, name: str) -> dict[tuple[str, ...], dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        key = ("addressee_number", "fiscal_year") if name == "assessments" else ("notice_number",)
        return {tuple(row[part] for part in key): row for row in csv.DictReader(file)}


def runs(database: SystemDatabase) -> list[tuple[str, str, int | None]]:
    with opened(database) as connection:
        return connection.execute("SELECT state, failure, generation FROM feed_run ORDER BY started_at, id").fetchall()


def test_the_first_feed_is_a_full_one_and_says_what_was_taken_over(database, ward: MadeWard, tmp_path: Path) -> None:
    report = night(database, tmp_path, key_of(ward))
    assert (report.mode, report.generation, report.folder.name) == (FeedMode.FULL, 2, "tax-000002")
    for name in ("assessments", "collections"):
        assert table(report.folder, name) == table(ward.at.tax_feed, name)
    manifest = read_signed_manifest(report.folder, key_of(ward).public_key())
    taken_over = read_signed_manifest(ward.at.tax_feed, key_of(ward).public_key())
    assert [file.control_totals for file in manifest.files] == [file.control_totals for file in taken_over.files]
    assert runs(database) == [("done", "", 2)]


def test_a_night_without_changes_says_nothing_and_a_payment_one_row(database, ward: MadeWard, tmp_path: Path) -> None:
    night(database, tmp_path, key_of(ward))
    empty = night(database, tmp_path, key_of(ward), day=date(2026, 11, 21))
    assert (empty.mode, empty.generation, empty.rows) == (FeedMode.DIFFERENCE, 3, 0)
    notice = pay_something(database)
    changed = night(database, tmp_path, key_of(ward), day=date(2026, 11, 22))
    assert changed.rows == 1
    row = table(changed.folder, "collections")[(notice,)]
    assert row["change"] == "put"
    assert int(row["paid_total"]) == sum(map(int, row["paid"].split("|"))) > 0


def test_an_assessment_that_is_withdrawn_is_removed_by_its_key(database, ward: MadeWard, tmp_path: Path) -> None:
    night(database, tmp_path, key_of(ward))
    columns = ", ".join(name for name in module.ASSESSMENTS.column_names if name != "change")
    with opened(database) as connection:
        connection.execute(
            f"INSERT INTO assessment_statement (municipality_code, version, removed, reason, source, actor, {columns})"
            f" SELECT municipality_code, 2, true, '賦課取消', 'test', 'test', {columns} FROM assessment_statement"
            " ORDER BY id LIMIT 1"
        )
        found = connection.execute("SELECT addressee_number, fiscal_year FROM assessment_statement WHERE removed")
        ((number, year),) = found.fetchall()
    report = night(database, tmp_path, key_of(ward))
    row = table(report.folder, "assessments")[number, str(year)]
    assert (row["change"], report.rows) == ("remove", 1)
    again = night(database, tmp_path, key_of(ward), full=True)
    assert (number, str(year)) not in table(again.folder, "assessments")


def test_two_runs_never_work_at_once(database, ward: MadeWard, tmp_path: Path) -> None:
    """The lock belongs to a connection; when that one ends, whatever way, it is free."""
    with psycopg.connect(database.app_url, autocommit=True) as other:
        other.execute(LOCK, [CODE])
        assert is_running(other, CODE)
        with pytest.raises(OperatorFault, match="another run") as fault:
            night(database, tmp_path, key_of(ward))
        assert fault.value.code == "night_running"
        other.execute(UNLOCK, [CODE])
        assert not is_running(other, CODE)
        other.execute(LOCK, [CODE])
    assert night(database, tmp_path, key_of(ward)).generation == 2


def test_a_run_that_breaks_off_half_way_leaves_nothing_and_starts_clean(
    database, ward: MadeWard, tmp_path: Path, monkeypatch
) -> None:
    with monkeypatch.context() as patch:
        write_lines = platform_feeds.TableWriter.write_lines

        def die(self, lines):
            next(iter(lines))
            raise DiedError

        patch.setattr(platform_feeds.TableWriter, "write_lines", die)
        with pytest.raises(DiedError):
            night(database, tmp_path, key_of(ward))
        patch.setattr(platform_feeds.TableWriter, "write_lines", write_lines)
    assert list(tmp_path.iterdir()) == []
    with opened(database) as connection:
        assert connection.execute("SELECT count(*) FROM fed_collection").fetchone() == (0,)
        assert connection.execute("SELECT max(generation) FROM feed_generation").fetchone() == (1,)
    assert night(database, tmp_path, key_of(ward)).generation == 2
    assert sorted(state for state, _, _ in runs(database)) == ["done", "failed"]


def test_a_feed_that_was_sealed_before_the_crash_gets_its_name(
    database, ward: MadeWard, tmp_path: Path, monkeypatch
) -> None:
    """The process dies after the commit: started again it publishes that very content under that very number."""

    def die(self: Path, target: Path) -> Path:
        raise DiedError

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", die)
        with pytest.raises(DiedError):
            night(database, tmp_path, key_of(ward))
    pay_something(database)
    again = night(database, tmp_path, key_of(ward))
    assert (again.resumed, again.generation) == (True, 2)
    assert runs(database) == [("done", "", 2)]
    assert table(again.folder, "collections") == table(ward.at.tax_feed, "collections")
    assert night(database, tmp_path, key_of(ward)).rows == 1


def test_after_a_sealed_feed_was_lost_the_next_one_is_full(database, ward: MadeWard, tmp_path: Path) -> None:
    night(database, tmp_path, key_of(ward))
    with opened(database) as connection:
        connection.execute("UPDATE feed_generation SET published_at = NULL, manifest_sha256 = %s", ["0" * 64])
    report = night(database, tmp_path, key_of(ward))
    assert (report.generation, report.mode) == (3, FeedMode.FULL)


def test_a_process_that_ended_without_a_word_is_found_by_the_next_run(database, ward: MadeWard, tmp_path: Path) -> None:
    with opened(database) as connection:
        connection.execute(
            "INSERT INTO feed_run (id, municipality_code, mode, business_date, state, phase, rows_done, rows_expected,"
            " failure, started_by, started_at) VALUES (gen_random_uuid(), %s, 'full', %s, 'running', '', 0, 0, '', 'x',"
            " %s)",
            [CODE, DAY, NOW],
        )
    night(database, tmp_path, key_of(ward))
    assert sorted(state for state, _, _ in runs(database)) == ["broken", "done"]


def test_rows_that_the_ledger_does_not_count_are_not_sent(
    database, ward: MadeWard, tmp_path: Path, monkeypatch
) -> None:
    """A row lost on its way out is found before the feed appears."""

    def lossy(*words, **named):
        lines = named["collections"]
        named["collections"] = (line for number, line in enumerate(lines) if number)
        return daily_feed.write_daily_feed(*words, **named)

    monkeypatch.setattr(module, "write_daily_feed", lossy)
    with pytest.raises(OurFault, match="the ledger counts"):
        night(database, tmp_path, key_of(ward))
    assert list(tmp_path.iterdir()) == []
    assert runs(database)[0][:2] == ("failed", "feed_differs")


def test_a_day_before_the_last_feeds_is_refused(database, ward: MadeWard, tmp_path: Path) -> None:
    with pytest.raises(OperatorFault, match="the last feed shows 2026-11-20"):
        night(database, tmp_path, key_of(ward), day=date(2026, 11, 19))


def test_the_totals_come_from_the_balances_themselves(database, ward: MadeWard, tmp_path: Path) -> None:
    report = night(database, tmp_path, key_of(ward))
    with opened(database) as connection:
        assert report.files[1].control_totals == collection_totals(connection, CODE)


def test_a_feed_that_says_what_can_never_be_does_not_leave_and_the_run_says_why(database, ward, tmp_path) -> None:
    """The receiver would refuse it; here it is known a night earlier, with the first line and how many."""
    never = RowRule(
        name="levy_off_share",
        severity=Severity.HARD,
        column=None,
        sentence="never",
        broken=pl.col("addressee_number").is_not_null(),
    )
    wrong = lambda table, frame, _day: broken_rows([never], frame) if table is ASSESSMENTS else ()  # noqa: E731 - one rule
    with pytest.raises(OurFault, match="nothing was sent"):
        night(database, tmp_path / "out", key_of(ward), full=True, rules=wrong)
    state, failure, generation = runs(database)[-1]
    assert (state, generation) == ("failed", None)
    assert failure.startswith("judged levy_off_share assessments.csv:2 ")
    assert list((tmp_path / "out").glob("*")) == []
    night(database, tmp_path / "out", key_of(ward), full=True)  # by the law's own rules it leaves
    assert sorted(state for state, _, _ in runs(database)) == ["done", "failed"]  # both began at one instant


def test_a_night_lays_the_drawn_glyphs_beside_the_feed_that_names_them(
    database, ward: MadeWard, tmp_path: Path
) -> None:
    """外字: before any was registered the feed is as it ever was; then its manifest says which set the ledger has."""
    before = read_signed_manifest(night(database, tmp_path, key_of(ward)).folder, key_of(ward).public_key())
    assert (before.format, before.glyph_set) == ("kofu-feed/2", UNSET)
    with opened(database) as connection:
        connection.execute(
            "INSERT INTO glyph_set (municipality_code, version, sha256, content, made_at) VALUES (%s, 3, %s, %s, %s)",
            [CODE, BOTH.sha256, BOTH.data, NOW],
        )
    report = night(database, tmp_path, key_of(ward), day=date(2026, 11, 21))
    manifest = read_signed_manifest(report.folder, key_of(ward).public_key())
    assert (manifest.format, manifest.glyph_set) == ("kofu-feed/3", GlyphSetStated(version=3, sha256=BOTH.sha256))
    laid = read_glyph_set(
        report.folder.parent / "glyphs-000003",
        key_of(ward).public_key(),
        municipality_code=CODE,
        characters_of=clusters_of,
    )
    assert laid.kept.font == BOTH
    again = night(database, tmp_path, key_of(ward), day=date(2026, 11, 22))
    assert read_signed_manifest(again.folder, key_of(ward).public_key()).glyph_set == manifest.glyph_set
