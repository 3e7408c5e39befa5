"""Bugs planted between a feed and the facts: what arrived is compared whole; names stay code point for code point."""

from __future__ import annotations

import functools
import unicodedata

import polars as pl
import psycopg
import pytest
from tests.issuing.feed_maker import KEYS, NOW, WARD, assessment, card, resident, resident_feed, serial_of, tax_feed

from kofu.contracts.feed_tables import Table
from kofu.issuing.feeds import version_store
from kofu.issuing.feeds.import_feed import ImportOutcome, ImportReport, import_feed
from kofu.issuing.feeds.row_slices import RowSlice
from kofu.issuing.requests.read_facts import read_facts

pytestmark = pytest.mark.storage
ONE = "000000000000001"
#: 邉 with a selector of Moji_Joho; 神 as the compatibility character that NFC and NFKC turn into 神 (U+795E).
NAME = "渡邉\U000e010f\u3000\ufa19子"
ADDRESS = "東京都見本区\ufa19田一丁目1番1号"


def take_in(database, folder) -> ImportReport:
    return import_feed(
        functools.partial(psycopg.connect, database.owner_url),
        folder,
        keys=KEYS,
        municipality_code=WARD,
        now=NOW,
        actor="test",
    )


@pytest.fixture
def on_the_way(monkeypatch):
    """Let one amount change between the file, which is checked, and the database: 318,000 yen become 918,000."""
    prepare = version_store.VersionWriter.prepare

    def changed(self, rows):
        frame = rows.frame.with_columns(pl.exclude("line").cast(pl.String).str.replace_all("318000", "918000"))
        stated = [cells.replace(b"318000", b"918000") for cells in rows.stated]
        return prepare(self, RowSlice(frame, stated, rows.digests))

    monkeypatch.setattr(version_store.VersionWriter, "prepare", changed)


@pytest.mark.usefixtures("on_the_way")
def test_b4_control_totals_are_compared_with_what_the_database_holds_not_only_counts(system_database, tmp_path):
    report = take_in(system_database("issuing"), tax_feed(tmp_path / "tax", [assessment(ONE)]))
    assert report.outcome is not ImportOutcome.ACTIVATED
    assert "staged_total" in {problem.reason for problem in report.problems}


@pytest.mark.usefixtures("on_the_way")
def test_b4_twin_with_counts_alone_the_changed_amount_becomes_a_fact(system_database, tmp_path, monkeypatch):
    def only_counts(connection, table: Table, _mode, _load, stated, _unwritten, problems) -> None:
        row = connection.execute(f"SELECT count(*) FROM fact_{table.name}").fetchone()
        if row != (stated.rows,):
            problems.add(table.file_name, "staged_total", "other rows")

    monkeypatch.setattr(version_store, "check_written", only_counts)
    database = system_database("issuing")
    assert take_in(database, tax_feed(tmp_path / "tax", [assessment(ONE)])).outcome is ImportOutcome.ACTIVATED
    with psycopg.connect(database.app_url) as connection:
        assert connection.execute("SELECT annual_tax FROM fact_assessments").fetchone() == (918_000,)


def names_after(database, folder) -> tuple[str, str, str]:
    residents = [resident(ONE, name=NAME, address=ADDRESS)]
    take_in(database, resident_feed(folder / "resident", residents, [card("00a1", ONE)]))
    take_in(database, tax_feed(folder / "tax", [assessment(ONE, name_at_assessment=NAME)]))
    with psycopg.connect(database.app_url, autocommit=True) as connection:
        facts = read_facts(connection, municipality_code=WARD, serial=serial_of("00a1"), fiscal_year=2026)
    assert facts.resident is not None
    assert facts.assessment is not None
    return facts.resident.name, facts.resident.address, facts.assessment.name_at_assessment


def test_b6_names_are_in_the_facts_as_the_feed_wrote_them_selector_and_compatibility_character_included(
    system_database, tmp_path
):
    assert names_after(system_database("issuing"), tmp_path) == (NAME, ADDRESS, NAME)


@pytest.mark.parametrize(
    "planted",
    [
        pytest.param(lambda text: unicodedata.normalize("NFC", text), id="NFC"),
        pytest.param(lambda text: text.replace("\U000e010f", ""), id="selectors stripped"),
    ],
)
def test_b6_twin_a_name_changed_on_the_way_is_another_name(system_database, tmp_path, monkeypatch, planted):
    prepare = version_store.VersionWriter.prepare

    def changed(self, rows):
        texts = [pl.Series(one.name, map(planted, one)) for one in rows.frame.select(pl.col(pl.String))]
        stated = [planted(cells.decode()).encode() for cells in rows.stated]
        return prepare(self, RowSlice(rows.frame.with_columns(texts), stated, rows.digests))

    monkeypatch.setattr(version_store.VersionWriter, "prepare", changed)
    assert names_after(system_database("issuing"), tmp_path) != (NAME, ADDRESS, NAME)
