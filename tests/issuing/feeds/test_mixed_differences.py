"""The bad feeds by name, signed as differences: what a whole feed cannot say unseen, a difference cannot either (P6).

A difference names only what changed, so that no row is missing by itself; what it removes is asked about as well.
"""

from __future__ import annotations

import polars as pl
import pytest
from tests.issuing.feed_maker import UNBOUND
from tests.issuing.judged_ward import PROFILE, beyond

from kofu.contracts.feed import FeedKind, FeedMode
from kofu.contracts.feed_tables import ASSESSMENTS
from kofu.issuing.feeds.import_feed import ImportOutcome
from kofu.issuing.feeds.row_findings import list_findings
from kofu.judgement.judgement import FeedDoubt
from kofu.ward.faults import FAULTS, in_table
from kofu.ward.mixed_faults import NOBODY

pytestmark = pytest.mark.storage

#: What keeps a person from papers while all others are served.
HOLDS_ROWS = {
    "name-copied": {"renamed_wholly"},
    "placeholders": {"placeholder", "blank"},
    "fixed-credit-over-limit": {"fixed_credit_over_limit"},
    "salary-income-off-table": {"salary_off_table"},
}
#: One row taken out by name is a lawful word of a sender: only what it announced tells that it lost it.
ANNOUNCED = {"last-row-dropped"}
HELD_BY_FIGURE = {
    "half-of-certificates": {"removed", "certificates"},
    "half-of-assessments": {"removed", "assessments"},
    "half-of-notices": {"removed", "resident_notices"},
    "notices-missing": {"removed", "resident_notices"},
    "people-merged": {"amounts_handed_on"},
    "person-split": {"assessments_taken"},
}


@pytest.mark.parametrize("name", sorted(FAULTS.keys() - HOLDS_ROWS.keys() - ANNOUNCED))
def test_a_bad_feed_by_name_is_refused_or_held_as_a_difference_too(ward, tmp_path, name) -> None:
    before = ward.state()
    report = ward.offer(name, tmp_path, mode=FeedMode.DIFFERENCE)
    assert report.outcome in {ImportOutcome.REFUSED, ImportOutcome.HELD}
    if report.outcome is ImportOutcome.HELD:
        assert beyond(report) >= HELD_BY_FIGURE.get(name, set())
        assert beyond(report) or report.judgement.doubts == (FeedDoubt.STALE,)
    else:
        assert report.problem_count
    assert ward.state() == before


@pytest.mark.parametrize("name", HOLDS_ROWS)
def test_a_row_in_doubt_is_held_as_a_difference_too_and_all_others_serve(alone, tmp_path, name) -> None:
    report = alone.offer(name, tmp_path, mode=FeedMode.DIFFERENCE)
    assert report.outcome is ImportOutcome.ACTIVATED, report.problems
    with alone.connect() as connection:
        assert {found.rule for found in list_findings(connection, PROFILE.code, held=True)} == HOLDS_ROWS[name]


@pytest.mark.parametrize("name", sorted(ANNOUNCED))
def test_a_row_a_difference_takes_out_unannounced_holds_it(alone, tmp_path, name) -> None:
    report = alone.offer(name, tmp_path, mode=FeedMode.DIFFERENCE, announce=True)
    assert report.outcome is ImportOutcome.HELD
    assert report.judgement.doubts == (FeedDoubt.ANNOUNCED_OTHERWISE,)


def test_a_person_with_one_year_only_is_not_torn_from_the_registry_unseen(alone, tmp_path) -> None:
    """The sister of a year moved to a number nobody has: here nothing is left under the old number but the resident."""
    with alone.connect() as connection:
        (number,) = connection.execute(
            "SELECT min(addressee_number) FROM fact_residents JOIN fact_assessments USING (addressee_number)"
            " WHERE status = 'resident'"
        ).fetchone()
    torn = in_table(ASSESSMENTS, renumber(number, NOBODY))
    report = alone.take_in(alone.plant(torn, tmp_path / "torn", kind=FeedKind.TAX, mode=FeedMode.DIFFERENCE))
    assert report.outcome is ImportOutcome.HELD
    assert beyond(report) == {"assessments_taken"}


def test_two_numbers_of_one_person_made_one_are_no_doubt(alone, tmp_path) -> None:
    """The lawful twin, 宛名統合: every year goes over to the number the registry knows the person by."""
    with alone.connect() as connection:
        (number,) = connection.execute(
            "SELECT min(addressee_number) FROM fact_residents JOIN fact_assessments USING (addressee_number)"
            " WHERE status = 'resident'"
        ).fetchone()
    twice = alone.plant(in_table(ASSESSMENTS, renumber(number, NOBODY)), tmp_path / "twice", kind=FeedKind.TAX)
    assert alone.take_in(twice, UNBOUND).outcome is ImportOutcome.ACTIVATED
    one = alone.plant(lambda tables: tables, tmp_path / "one", kind=FeedKind.TAX, ahead=2)
    report = alone.take_in(one)
    assert "assessments_taken" not in beyond(report)
    assert {figure.name: figure.after for figure in report.judgement.figures}["assessments_taken"] == 0


def renumber(old: str, new: str):
    number = pl.col("addressee_number")
    return lambda frame: frame.with_columns(number.replace({old: new})).sort("addressee_number", "fiscal_year")
