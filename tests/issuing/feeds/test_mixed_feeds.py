"""Feeds that mix people, columns or days, signed without a flaw; and strange feeds that life and law make (P6).

A bad one is never activated, or keeps the person it is about from papers. A strange but lawful one is never refused:
it is activated, or held where the profile's bounds ask two people to look.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from tests.issuing.feed_maker import UNBOUND
from tests.issuing.judged_ward import AT, PLAN, PROFILE, beyond

from kofu.contracts.feed import FeedKind
from kofu.contracts.feed_tables import ASSESSMENTS, CARD_CERTIFICATES, COLLECTIONS, RESIDENTS
from kofu.issuing.feeds.import_feed import ImportOutcome
from kofu.issuing.feeds.judge import DOUBTED
from kofu.issuing.feeds.row_findings import list_findings
from kofu.judgement.words import RULES
from kofu.ward.faults import in_table
from kofu.ward.mixed_faults import MIXED_FAULTS

pytestmark = pytest.mark.storage

REFUSED = {
    "names-block-shifted": "names_moved",
    "person-copied": "person_changed",
    "half-of-residents": "unknown_holder",  # their certificates are still there
    "assessed-names-block-shifted": "names_do_not_fit",
    "years-back": "per_capita_above_year",
    "years-forward": "per_capita_above_year",
    "spouses-and-dependants-exchanged": "dependents_off_deduction",
    "children-and-dependants-exchanged": "dependents_off_deduction",
}
HELD = {
    "births-block-shifted": {"births_changed"},
    "sexes-exchanged": {"births_changed"},
    "addresses-block-shifted": {"addresses_exchanged"},
    "names-closed-up": {"residents_rewritten"},
    "deaths-forgotten": {"back_from_death"},
    "validity-shifted": {"certificate_dates_changed"},
    "half-of-certificates": {"gone"},
    "revocations-forgotten": {"certificates_back_from_revocation"},
    "assessed-addresses-block-shifted": {"assessed_addresses_exchanged"},
    "amounts-block-shifted": {"amounts_exchanged", "amounts_handed_on"},
    "amounts-copied": {"amounts_handed_on"},
    "years-exchanged": {"amounts_exchanged"},
    "insurances-exchanged": {"sum:social_insurance_deduction", "sum:small_enterprise_deduction"},
    "undeclared-and-nothing-exchanged": {"declaration_changed"},
    "methods-exchanged": {"methods_off_notices"},
    "taxing-rights-lost": {"without_taxing_right"},
    "half-of-assessments": {"gone"},
    "people-merged": {"amounts_handed_on", "gone"},
    "person-split": {"gone"},
    "notices-taken": {"notices_taken"},
    "notices-block-shifted": {"notices_taken"},
    "asked-block-shifted": {"notice_amounts_exchanged"},
    "notice-methods-exchanged": {"methods_off_notices"},
    "nothing-paid": {"resident_paid"},
    "half-of-notices": {"gone"},
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_feed_that_says_what_cannot_be_is_refused(ward, tmp_path, name) -> None:
    before = ward.state()
    report = ward.offer(name, tmp_path)
    assert report.outcome is ImportOutcome.REFUSED
    assert REFUSED[name] in {problem.reason for problem in report.problems}
    assert ward.state() == before


@pytest.mark.parametrize("name", HELD)
def test_a_feed_that_may_have_mixed_something_up_is_held_by_the_figure_that_tells(ward, tmp_path, name) -> None:
    before = ward.state()
    report = ward.offer(name, tmp_path)
    assert report.outcome is ImportOutcome.HELD, report.problems
    assert beyond(report) >= HELD[name]
    assert ward.state() == before


def test_who_bears_another_persons_name_from_one_day_to_the_next_gets_no_paper_until_somebody_looked(
    alone, tmp_path
) -> None:
    """名の変更 (戸籍法107条の2) looks the same: the one person is held, the feed serves."""
    report = alone.offer("name-copied", tmp_path)
    assert report.outcome is ImportOutcome.ACTIVATED, report.problems
    with alone.connect() as connection:
        held = list_findings(connection, PROFILE.code, held=True)
    assert [(found.rule, found.table_name) for found in held] == [("renamed_wholly", RESIDENTS.name)]


def test_every_mixed_feed_by_name_is_offered_to_the_gates() -> None:
    assert {fault.name for fault in MIXED_FAULTS} == {*REFUSED, *HELD, "name-copied"}


def test_what_is_said_of_a_row_that_changed_hands_is_said_in_japanese_too() -> None:
    assert set(DOUBTED) <= set(RULES)


def test_the_data_of_the_day_before_under_a_new_date_are_held_as_gone_back(alone, tmp_path) -> None:
    """Payments of a day vanish again: each sum moves within its bound, but what changed says what it said before."""
    unpaid = (pl.col("paid_total") != pl.col("assessed_total")) & (pl.col("tax") == "resident")
    first_unpaid = unpaid & (unpaid.cum_sum() <= 40)

    def pay(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(
            pl.when(first_unpaid).then(pl.col(asked)).otherwise(pl.col(paid)).alias(paid)
            for asked, paid in (("assessed", "paid"), ("assessed_total", "paid_total"))
        )

    paid = alone.plant(in_table(COLLECTIONS, pay), tmp_path / "paid", kind=FeedKind.TAX)
    assert alone.take_in(paid, UNBOUND).outcome is ImportOutcome.ACTIVATED
    old = alone.plant(lambda tables: tables, tmp_path / "old", kind=FeedKind.TAX, ahead=2, days_late=-1)
    report = alone.take_in(old, now=AT + timedelta(days=1))
    assert report.outcome is ImportOutcome.HELD
    assert "gone_back" in beyond(report)


# -- strange and lawful ------------------------------------------------------------------------------------------------

LIVES_HERE = pl.col("status") == "resident"


def first(count: int, among: pl.Expr) -> pl.Expr:
    return among & (among.cum_sum() <= count)


def put(where: pl.Expr, **texts: pl.Expr | str):
    def change(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(
            pl.when(where).then(pl.lit(text) if isinstance(text, str) else text).otherwise(pl.col(name)).alias(name)
            for name, text in texts.items()
        )

    return change


def marry(frame: pl.DataFrame) -> pl.DataFrame:
    """On 22 February 2022 registry offices took five times as many 婚姻届 as on other days."""
    given = pl.col("name").str.split("\u3000").list.last()
    whole = pl.col("name").str.contains("\u3000")
    return put(first(16, LIVES_HERE & (pl.col("sex") == "female") & whole), name=pl.format("婚姻\u3000{}", given))(
        frame
    )


def renumber(count: int):
    """土地区画整理 (土地区画整理法103条): every address of an area is another from one day to the next."""
    return put(first(count, LIVES_HERE), address=pl.format("東京都見本区新町一丁目{}番", pl.int_range(pl.len()) + 1))


def merge_with_neighbour(frame: pl.DataFrame) -> pl.DataFrame:
    """A merger (地方自治法7条): the neighbour's people come with numbers of their own."""
    theirs = frame.with_columns(
        addressee_number=(900_000_000_000_000 + pl.int_range(pl.len())).cast(pl.String),
        address=pl.format("東京都隣区{}", pl.int_range(pl.len())),
    )
    return pl.concat([frame, theirs]).sort("addressee_number")


def change_homes(frame: pl.DataFrame) -> pl.DataFrame:
    """Two people move into each other's home on one day."""
    homes = frame.filter(LIVES_HERE).unique("address", keep="first", maintain_order=True)["address"][:2].to_list()
    return frame.with_columns(pl.col("address").replace(homes, homes[::-1]))


def renew_cards(frame: pl.DataFrame) -> pl.DataFrame:
    """Fifty certificates run out and are issued anew under new serials."""
    chosen = first(50, (pl.col("status") == "valid") & (pl.col("valid_to") > "2026-11-20"))
    fresh = frame.filter(chosen).with_columns(
        serial=pl.col("serial").str.slice(1) + pl.col("serial").str.slice(0, 1), valid_from=pl.lit("2026-11-20")
    )
    return pl.concat([put(chosen, status="revoked")(frame), fresh]).sort("serial")


def read_names_anew(frame: pl.DataFrame) -> pl.DataFrame:
    """改正戸籍法 (令和7年5月26日): readings are notified and written anew for everybody."""
    return put(LIVES_HERE, kana="ミホン\u3000ヨミ")(frame)


def die(frame: pl.DataFrame) -> pl.DataFrame:
    return put(first(15, LIVES_HERE), status="dead", status_date="2026-11-19")(frame)


def first_year(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("fiscal_year") != pl.col("fiscal_year").max())


def correct_one(frame: pl.DataFrame) -> pl.DataFrame:
    return put(first(1, LIVES_HERE), birthday="1950-04-01")(frame)


LAWFUL = [
    pytest.param(RESIDENTS, marry, set(), id="sixteen marriages on one day"),
    pytest.param(RESIDENTS, renumber(16), set(), id="a small area gets new addresses"),
    pytest.param(RESIDENTS, renumber(200), {"residents_moved"}, id="half the ward gets new addresses"),
    pytest.param(RESIDENTS, merge_with_neighbour, {"residents", "residents_new"}, id="a merger of two wards"),
    pytest.param(RESIDENTS, change_homes, {"addresses_exchanged"}, id="two households change homes"),
    pytest.param(RESIDENTS, read_names_anew, set(), id="readings of all names are written anew"),
    pytest.param(RESIDENTS, die, set(), id="fifteen deaths"),
    pytest.param(RESIDENTS, correct_one, set(), id="one birth is corrected"),
    pytest.param(CARD_CERTIFICATES, renew_cards, {"certificates"}, id="cards are renewed"),
]


@pytest.mark.parametrize(("table", "change", "held_by"), LAWFUL)
def test_what_life_and_law_do_to_many_at_once_is_never_refused(alone, tmp_path, table, change, held_by) -> None:
    report = alone.take_in(alone.plant(in_table(table, change), tmp_path / "strange", kind=table.feed))
    assert report.outcome is (ImportOutcome.HELD if held_by else ImportOutcome.ACTIVATED), report.problems
    assert beyond(report) == held_by
    with alone.connect() as connection:
        assert list_findings(connection, PROFILE.code, held=True) == ()


@pytest.mark.parametrize("kind", FeedKind)
def test_a_feed_of_new_year_in_which_nothing_happened_serves(alone, tmp_path, kind) -> None:
    """29 December to 3 January (地方自治法4条の2): no bank reports, nobody moves in."""
    days = 42
    assert PLAN.day + timedelta(days=days) == datetime(2027, 1, 1, tzinfo=UTC).date()
    folder = alone.plant(lambda tables: tables, tmp_path / "new-year", kind=kind, days_late=-days)
    report = alone.take_in(folder, now=AT + timedelta(days=days))
    assert report.outcome is ImportOutcome.ACTIVATED, report.problems
    assert beyond(report) == set()


def test_the_first_feed_of_a_new_fiscal_year_is_at_most_held(made, system_database, tmp_path, alone) -> None:
    """In May a year's assessments come at once; the year before had other amounts of 均等割 and other tables."""
    without = alone.plant(
        lambda tables: in_table(COLLECTIONS, first_year)(in_table(ASSESSMENTS, first_year)(tables)),
        tmp_path / "before",
        kind=FeedKind.TAX,
    )
    assert alone.take_in(without, UNBOUND).outcome is ImportOutcome.ACTIVATED
    report = alone.take_in(alone.plant(lambda tables: tables, tmp_path / "with", kind=FeedKind.TAX, ahead=2))
    assert report.outcome is ImportOutcome.HELD, report.problems
    assert "assessments" in beyond(report)
    assert "amounts_handed_on" not in beyond(report)
