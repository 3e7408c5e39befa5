"""年度更新時の消去: what no certificate offers any more goes, on record; arrears stay."""

from __future__ import annotations

import dataclasses
import functools
from datetime import date
from pathlib import Path

import psycopg
import pytest
from tests.issuing.facts_of_person import facts_of_person
from tests.issuing.feed_maker import KEYS, NOW, UNBOUND, WARD, assessment, collection, tax_feed

from kofu.core.errors import OperatorFault
from kofu.issuing.feeds.import_feed import ImportOutcome, import_feed
from kofu.issuing.feeds.purge_years import oldest_kept_year, purge_years
from kofu.platform.profiles import load_profile

PROFILES = Path(__file__).parents[3] / "profiles"
PROFILE = dataclasses.replace(load_profile(PROFILES / "mihon.toml"), code=WARD)
ONE = "000000000000001"
DAY = date(2026, 11, 22)


@pytest.fixture
def connect(system_database, tmp_path):
    """Six years of assessments; the notice of 2021 is unpaid, that of 2022 paid."""
    connect = functools.partial(psycopg.connect, system_database("issuing").owner_url)
    paid = {"paid": "1000|900", "paid_total": 1900}
    feed = tax_feed(
        tmp_path / "feed",
        [assessment(ONE, year) for year in range(2021, 2027)],
        [collection("1", ONE, 2021), collection("2", ONE, 2022, **paid), collection("3", ONE, 2026)],
    )
    assert take_in(connect, feed).outcome is ImportOutcome.ACTIVATED
    return connect


def take_in(connect, feed):
    return import_feed(connect, feed, keys=KEYS, municipality_code=WARD, now=NOW, actor="test", judging=UNBOUND)


def purge(connect, *, day=DAY, dry_run=False):
    return purge_years(connect, profile=PROFILE, day=day, now=NOW, actor="test", dry_run=dry_run)


def years(connect):
    with connect() as connection:
        rows = connection.execute("SELECT fiscal_year FROM fact_assessments ORDER BY 1").fetchall()
    return [year for (year,) in rows]


def notices(connect):
    with connect() as connection:
        facts = facts_of_person(connection, WARD, ONE, 2026)
    return [notice.notice_number for notice in facts.collections]


def test_a_year_goes_when_the_new_one_is_published_for_everybody_not_on_the_first_of_april():
    """DESIGN §4.6: in April and May last year's is still the newest."""
    assert oldest_kept_year(PROFILE, date(2026, 3, 31)) == 2022
    assert oldest_kept_year(PROFILE, date(2026, 4, 1)) == 2022
    assert oldest_kept_year(PROFILE, date(2026, 7, 1)) == 2023


@pytest.mark.storage
def test_old_years_are_erased_with_a_record_and_unpaid_notices_stay(connect):
    """地方税法施行令6条の21第2項二号: 未納のものを除く; 小樽市, 2016."""
    report = purge(connect)
    assert (report.erased.assessments, report.erased.collections, report.erased.kept_unpaid) == (2, 1, 1)
    assert years(connect) == [2023, 2024, 2025, 2026]
    assert notices(connect) == ["1", "3"]
    with connect() as connection:
        record = connection.execute("SELECT retired_before_year, rows_sha256 FROM erasure").fetchone()
        entries = connection.execute("SELECT body FROM audit_entry WHERE body LIKE '%erase_years%'").fetchall()
    assert record == (2023, report.erased.rows_sha256)
    assert len(entries) == 1
    assert purge(connect).erased is None


@pytest.mark.storage
def test_a_dry_run_tells_the_same_and_undoes_it(connect):
    told = purge(connect, dry_run=True)
    assert years(connect) == list(range(2021, 2027))
    done = purge(connect)
    assert told.erased == done.erased


@pytest.mark.storage
def test_a_later_full_feed_does_not_bring_the_old_years_back_and_a_payment_ends_the_exception(connect, tmp_path):
    purge(connect)
    paid = {"paid": "1000|900", "paid_total": 1900}
    feed = tax_feed(
        tmp_path / "full",
        [assessment(ONE, year) for year in range(2021, 2027)],
        [collection("1", ONE, 2021, **paid), collection("3", ONE, 2026)],
        generation=2,
    )
    assert take_in(connect, feed).outcome is ImportOutcome.ACTIVATED
    assert years(connect) == [2023, 2024, 2025, 2026]
    assert notices(connect) == ["3"]
    again = tax_feed(tmp_path / "diff", [assessment(ONE, 2021, change="remove")], generation=3, base=2)
    assert take_in(connect, again).outcome is ImportOutcome.ACTIVATED


@pytest.mark.storage
def test_nothing_is_erased_while_the_published_year_has_not_been_taken_in(system_database, tmp_path):
    connect = functools.partial(psycopg.connect, system_database("issuing").owner_url)
    take_in(connect, tax_feed(tmp_path / "feed", [assessment(ONE, year) for year in range(2021, 2026)]))
    with pytest.raises(OperatorFault, match="not taken in yet"):
        purge(connect)
    assert years(connect) == list(range(2021, 2026))


@pytest.mark.storage
def test_the_erasure_record_cannot_be_changed_even_by_the_owner(connect):
    purge(connect)
    with connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("UPDATE erasure SET assessments_erased = 0")
