"""Feeds are judged, not only verified: what a sender signed, counted and summed without a flaw, and is wrong (P6).

The faults are those of a trial of the whole system; in each of them papers for the wrong person left before there were
gates. 国立市 (令和6年度) and 小樽市 (2016) are public cases of feeds that lost rows.
"""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import polars as pl
import psycopg
import pytest
from tests.issuing.feed_maker import UNBOUND
from tests.issuing.judged_ward import AT, PLAN, PROFILE, Ward, beyond
from tests.resets import reset

from kofu.certificates.domain.findings import Signature
from kofu.contracts.feed_tables import CARD_CERTIFICATES, RESIDENTS
from kofu.core.errors import OperatorFault
from kofu.issuing.feeds import import_feed as module
from kofu.issuing.feeds.held_feeds import reject, release_feed, released_folders
from kofu.issuing.feeds.import_feed import ImportOutcome
from kofu.issuing.feeds.judged_feed_store import last_of_digest
from kofu.issuing.feeds.judging import judging_of
from kofu.issuing.feeds.row_findings import list_findings
from kofu.judgement.judgement import FeedDoubt
from kofu.ward.arithmetic_faults import ARITHMETIC_FAULTS
from kofu.ward.faults import FAULTS, PLACEHOLDER_NAMES, in_table, make_fault
from kofu.ward.make import WardFolder, make_ward
from kofu.ward.mixed_faults import MIXED_FAULTS

pytestmark = pytest.mark.storage

REFUSED = {
    "people-exchanged": {"row_of_another", "assessment_exchanged"},
    "names-shifted": {"names_do_not_fit"},
    "names-exchanged": {"person_changed", "people_exchanged"},
    "resident-names-shifted": {"names_moved"},
    "serials-exchanged": {"serial_changed_person"},
    "serials-shifted": {"serial_changed_person"},
    "notices-exchanged": {"notices_exchanged"},
    "people-rotated": {"people_exchanged"},
    "notices-rotated": {"notices_exchanged"},
    "addresses-shifted": {"row_of_another"},  # two people of one name live in this ward
    "base-times-ten": {"base_above_income"},
    "disabled-without-deduction": {"disabled_without_deduction"},
    "ward-metro-exchanged": {"levy_off_share", "per_capita_above_year"},
    "per-capita-30000": {"per_capita_above_year"},
    "year-2949": {"year_to_come"},
    "total-income-99999999": {"aggregate_above_incomes"},
}
HELD = {
    "all-paid": {"resident_unpaid"},
    "notices-missing": {"gone", "resident_notices"},
    "sums-times-ten": {"resident_assessed", "resident_paid"},
    "last-row-dropped": {"gone"},
    "births-shifted": {"births_changed"},
    "births-exchanged": {"births_exchanged"},
    "addresses-exchanged": {"addresses_exchanged"},
    "assessed-addresses-exchanged": {"assessed_addresses_exchanged"},
    "amounts-exchanged": {"amounts_exchanged"},
    "notice-amounts-exchanged": {"notice_amounts_exchanged"},
    "vehicles-exchanged": {"vehicles_exchanged"},
    "dead-exchanged": {"back_from_death"},
    "revocations-exchanged": {"certificates_back_from_revocation"},
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_feed_that_mixes_people_or_columns_is_refused_and_its_rows_are_named(ward, tmp_path, name) -> None:
    before = ward.state()
    report = ward.offer(name, tmp_path)
    assert report.outcome is ImportOutcome.REFUSED
    reasons = {problem.reason for problem in report.problems}
    assert reasons & REFUSED[name], reasons
    assert all(problem.line for problem in report.problems if problem.reason in REFUSED[name])
    assert ward.state() == before


def test_without_its_judgement_the_feed_that_mixes_people_serves(alone, tmp_path, monkeypatch) -> None:
    """The twin of the test above: signature, counts and sums are without a flaw, nothing else would stop it."""
    monkeypatch.setattr(module, "_judge", lambda *_: None)
    with alone.connect() as connection:
        before = whose(connection)
    assert alone.offer("people-exchanged", tmp_path).outcome is ImportOutcome.ACTIVATED
    with alone.connect() as connection:
        assert whose(connection) != before


def whose(connection):
    """Which assessment is whose: what the next paper would say."""
    return connection.execute(
        "SELECT addressee_number, fiscal_year, name_at_assessment, annual_tax FROM fact_assessments"
        " WHERE to_generation = 9223372036854775807 ORDER BY 1, 2"
    ).fetchall()


HOLDS_A_ROW = {"fixed-credit-over-limit": "fixed_credit_over_limit", "salary-income-off-table": "salary_off_table"}


@pytest.mark.parametrize(
    "fault", [one for one in ARITHMETIC_FAULTS if one.name not in HOLDS_A_ROW], ids=lambda fault: fault.name
)
def test_what_the_year_does_not_allow_is_refused(ward, tmp_path, fault) -> None:
    report = ward.offer(fault.name, tmp_path)
    assert report.outcome is ImportOutcome.REFUSED
    reasons = {problem.reason for problem in report.problems}
    assert fault.rule in reasons or report.problem_count > len(report.problems), reasons


@pytest.mark.parametrize("name", HOLDS_A_ROW)
def test_a_row_off_the_table_of_its_year_keeps_one_person_from_papers(alone, tmp_path, name) -> None:
    report = alone.offer(name, tmp_path)
    assert report.outcome is ImportOutcome.ACTIVATED, report.problems
    with alone.connect() as connection:
        held = list_findings(connection, PROFILE.code, held=True)
    assert [found.rule for found in held] == [HOLDS_A_ROW[name]]


@pytest.mark.parametrize("name", HELD)
def test_a_feed_whose_figures_jump_is_held_and_yesterday_keeps_serving(ward, tmp_path, name) -> None:
    before = ward.state()
    report = ward.offer(name, tmp_path)
    assert report.outcome is ImportOutcome.HELD, report.problems
    assert beyond(report) >= HELD[name]
    assert ward.state() == before


@pytest.mark.parametrize(
    ("name", "rule"),
    [("fixed-credit-over-limit", "fixed_credit_over_limit"), ("salary-income-off-table", "salary_off_table")],
)
def test_a_row_off_a_table_of_the_year_is_held_and_all_others_serve(alone, tmp_path, name, rule) -> None:
    """定額減税 with 合計所得 18,050,001; 給与所得 of 1,900,000 that is not 1,250,000."""
    report = alone.offer(name, tmp_path)
    assert report.outcome is ImportOutcome.ACTIVATED, report.problems
    assert report.judgement.counts[rule] == 1
    assert {figure.name: figure.after for figure in report.judgement.figures}[f"warning:{rule}"] == 1


def test_notices_that_no_longer_add_up_to_the_annual_tax_are_counted(ward, tmp_path) -> None:
    """普通徴収 and 特別徴収 of a year together are its 年税額; the lawful ward has none that differ."""
    report = ward.offer("sums-times-ten", tmp_path)
    figures = {figure.name: figure for figure in report.judgement.figures}
    assert figures["notices_above_annual_tax"].before == figures["notices_below_annual_tax"].after == 0
    assert figures["notices_above_annual_tax"].after > 200
    assert "notices_above_annual_tax" in beyond(report)


def test_everybody_undeclared_is_never_activated(ward, tmp_path) -> None:
    report = ward.offer("all-undeclared", tmp_path)
    assert report.outcome in {ImportOutcome.HELD, ImportOutcome.REFUSED}
    if report.outcome is ImportOutcome.HELD:
        assert "undeclared" in beyond(report)


def test_a_lost_row_shows_against_what_the_sender_announced(alone, tmp_path) -> None:
    report = alone.offer("last-row-dropped", tmp_path, announce=True)
    assert report.outcome is ImportOutcome.HELD
    assert report.judgement.announced
    assert FeedDoubt.ANNOUNCED_OTHERWISE in report.judgement.doubts


def test_marks_of_lost_characters_keep_each_person_from_papers_and_all_others_serve(alone, tmp_path) -> None:
    """〓 ■ □ ● ？ ＊ ⿰ and nothing but spaces: who bears them is on the list of rows to look at."""
    report = alone.offer("placeholders", tmp_path)
    assert report.outcome is ImportOutcome.ACTIVATED
    assert report.judgement.counts == {"placeholder": 7, "blank": 1}
    with alone.connect() as connection:
        bearers = connection.execute(
            "SELECT addressee_number FROM fact_residents WHERE name = ANY(%s) AND to_generation = %s ORDER BY 1",
            [list(PLACEHOLDER_NAMES), 2**63 - 1],
        ).fetchall()
        held = connection.execute(
            "SELECT DISTINCT addressee_number FROM issuing_row_finding WHERE column_name = 'name' AND held"
            " AND rule IN ('placeholder', 'blank') ORDER BY 1"
        ).fetchall()
    assert held == bearers
    assert len(held) == len(PLACEHOLDER_NAMES)


def test_every_named_fault_is_offered_to_the_gates() -> None:
    elsewhere = (*ARITHMETIC_FAULTS, *MIXED_FAULTS)  # tests/issuing/feeds/test_mixed_feeds.py
    tested = {*REFUSED, *HELD, *HOLDS_A_ROW, *(one.name for one in elsewhere)}
    assert set(FAULTS) - tested == {"all-undeclared", "stale", "placeholders"}, "these have tests of their own"


def test_a_file_made_before_the_one_already_taken_is_held_as_stale(ward, tmp_path) -> None:
    report = ward.offer("stale", tmp_path)
    assert report.outcome is ImportOutcome.HELD
    assert report.judgement.doubts == (FeedDoubt.STALE,)
    assert not report.judgement.announced


def test_no_cell_stands_in_what_is_said_of_a_feed(ward, tmp_path) -> None:
    report = ward.offer("people-exchanged", tmp_path)
    with ward.connect() as connection:
        names = [row[0] for row in connection.execute("SELECT DISTINCT name FROM fact_residents")]
        stored = last_of_digest(connection, PROFILE.code, report.manifest_sha256)
        body = connection.execute("SELECT body FROM audit_entry ORDER BY recorded_at DESC LIMIT 1").fetchone()[0]
    said = f"{report} {stored} {body}"
    assert [name for name in names if name in said] == []


def test_a_number_that_stood_empty_and_is_given_to_somebody_else_is_refused(alone, tmp_path) -> None:
    """宛名番号 are never used again: what the taxes say of the number is about the one who had it."""
    somebody = {"name": "別人　花代", "birthday": "1931-05-06"}
    first = pl.int_range(pl.len()) == 0
    emptied = in_table(CARD_CERTIFICATES, lambda frame: frame.head(0)), in_table(RESIDENTS, lambda frame: frame[1:])
    given = in_table(
        RESIDENTS,
        lambda frame: frame.with_columns(
            pl.when(first).then(pl.lit(text)).otherwise(pl.col(name)).alias(name) for name, text in somebody.items()
        ),
    )
    without = alone.plant(lambda tables: emptied[1](emptied[0](tables)), tmp_path / "without", ahead=1)
    assert alone.take_in(without, UNBOUND).outcome is ImportOutcome.ACTIVATED
    reused = alone.plant(given, tmp_path / "reused", ahead=2)
    report = alone.take_in(reused, UNBOUND)
    assert report.outcome is ImportOutcome.REFUSED
    assert {problem.reason for problem in report.problems} == {"person_changed"}


@pytest.mark.font
def test_papers_of_both_generations_are_compared_by_field(alone, tmp_path) -> None:
    """Each paper goes through press and last look before the new generation can be read."""
    sound = make_fault(alone.at.resident_feed, tmp_path / "moved", "births-shifted", keys=alone.keys)
    judging = judging_of(dataclasses.replace(PROFILE, gates=dataclasses.replace(PROFILE.gates, sample=10)))
    sample = alone.take_in(sound, judging).judgement.sample
    assert sample.papers >= 5  # whose name cannot be drawn has no paper to compare
    assert (sample.failed, sample.differing) == (0, sample.papers)
    assert set(sample.fields) == {"birthday"}


@pytest.fixture
def held(alone, tmp_path):
    """A ward of its own with a held feed."""
    report = alone.offer("all-paid", tmp_path)
    assert report.outcome is ImportOutcome.HELD
    return alone, report, tmp_path / "all-paid"


def word(by: str) -> Signature:
    return Signature(by=by, finding=f"納付の集計を {by} が収納係に確認した。")


def test_the_word_of_an_account_that_was_reset_since_releases_nothing(held) -> None:
    ward, report, folder = held
    with ward.connect() as connection:
        assert not release_feed(connection, ward.acting(), PROFILE.code, report.judged_id, word("hanako"))
        reset(connection, "hanako", datetime.now(UTC))
        assert not release_feed(connection, ward.acting(), PROFILE.code, report.judged_id, word("taro"))
        assert release_feed(connection, ward.acting(), PROFILE.code, report.judged_id, word("jiro"))
        assert released_folders(connection, PROFILE.code) == (folder,)


def test_two_people_release_a_held_feed_and_exactly_its_bytes_are_activated(held) -> None:
    ward, report, folder = held
    with ward.connect() as connection:
        assert not release_feed(connection, ward.acting(), PROFILE.code, report.judged_id, word("hanako"))
        assert ward.take_in(folder).outcome is ImportOutcome.HELD, "one person's word is not enough"
        with pytest.raises(OperatorFault, match="same person"):
            release_feed(connection, ward.acting(), PROFILE.code, report.judged_id, word("hanako"))
        assert released_folders(connection, PROFILE.code) == ()
        assert release_feed(connection, ward.acting(), PROFILE.code, report.judged_id, word("taro"))
        assert released_folders(connection, PROFILE.code) == (folder,)
        connection.commit()
        activated = ward.take_in(folder)
        assert activated.outcome is ImportOutcome.ACTIVATED
        assert last_of_digest(connection, PROFILE.code, report.manifest_sha256).state == "activated"
        assert released_folders(connection, PROFILE.code) == ()


def test_a_released_feed_whose_bytes_changed_is_refused(held) -> None:
    ward, report, folder = held
    with ward.connect() as connection:
        release_feed(connection, ward.acting(), PROFILE.code, report.judged_id, word("hanako"))
        release_feed(connection, ward.acting(), PROFILE.code, report.judged_id, word("taro"))
    path = folder / "collections.csv"
    path.write_bytes(path.read_bytes().replace(b"resident", b"residenT", 1))
    assert ward.take_in(folder).outcome is ImportOutcome.REFUSED


def test_a_rejected_feed_can_never_be_activated(held) -> None:
    ward, report, folder = held
    with ward.connect() as connection:
        reject(connection, ward.acting(), PROFILE.code, report.judged_id, word("hanako"))
        with pytest.raises(OperatorFault, match="feed_not_waiting"):
            release_feed(connection, ward.acting(), PROFILE.code, report.judged_id, word("taro"))
        connection.commit()
    again = ward.take_in(folder)
    assert (again.outcome, again.problems[0].reason) == (ImportOutcome.REFUSED, "rejected")


def test_a_held_feed_that_a_newer_one_overtook_is_not_released(held, made, tmp_path) -> None:
    ward, report, _ = held
    newer = tmp_path / "newer"
    make_ward(newer, PLAN, created_at=AT, keys=ward.keys, generation=3)
    assert ward.take_in(WardFolder(folder=newer, generation=3).tax_feed).outcome is ImportOutcome.ACTIVATED
    with ward.connect() as connection, pytest.raises(OperatorFault, match="newer generation"):
        release_feed(connection, ward.acting(), PROFILE.code, report.judged_id, word("hanako"))


def test_the_database_itself_wants_two_people(held) -> None:
    ward, report, _ = held
    with ward.connect() as connection:
        release_feed(connection, ward.acting(), PROFILE.code, report.judged_id, word("hanako"))
        connection.commit()
        with pytest.raises(psycopg.errors.RaiseException, match="two people"):
            connection.execute("UPDATE issuing_judged_feed SET state = 'released' WHERE id = %s", (report.judged_id,))


def test_names_are_compared_in_whichever_order_the_first_two_feeds_come(made, system_database, tmp_path) -> None:
    """A first feed has no yesterday; the other feed is what it is judged by."""
    ward = Ward(made, system_database("issuing").owner_url)
    shifted = make_fault(made.tax_feed, tmp_path / "shifted", "names-shifted", keys=ward.keys)
    assert ward.take_in(shifted).outcome is ImportOutcome.ACTIVATED, "nothing yet to compare with"
    report = ward.take_in(made.resident_feed)
    assert report.outcome is ImportOutcome.REFUSED
    assert {problem.reason for problem in report.problems} & {"names_do_not_fit"}
