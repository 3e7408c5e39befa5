"""cli.ledger_feeds: the invented ward feeds the first load, the ledger every one after it."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from tests.ledger.feeding import CODE, DAY, NOW, fed_ledger, key_of, night, small_ward

from kofu.cli.up.ledger_feeds import (
    INVENTED,
    FeedGround,
    follow_issuing,
    last_fed_day,
    ledger_in_use,
    newest_taken_in,
    take_in,
    take_waiting,
)
from kofu.contracts.feed import FeedKind, FeedMode
from kofu.core.errors import OperatorFault
from kofu.platform.feeds import public_key
from kofu.ward.make import MadeWard, make_ward
from kofu.ward.people import Municipality, WardPlan

pytestmark = pytest.mark.storage


@pytest.fixture(scope="module")
def ward(tmp_path_factory) -> MadeWard:
    return small_ward(tmp_path_factory.mktemp("ward"), size=20)


@pytest.fixture
def acting(system_database, ward: MadeWard) -> FeedGround:
    return FeedGround(
        issuing_url=system_database("issuing").owner_url,
        keys={kind: public_key(ward.at.folder / "keys", kind) for kind in FeedKind},
        municipality_code=CODE,
    )


def test_the_ward_feeds_the_first_load_and_the_ledger_the_next(
    acting: FeedGround, ward: MadeWard, system_database, tmp_path: Path
) -> None:
    empty = system_database("ledger").owner_url
    assert (ledger_in_use(empty), last_fed_day(empty, CODE)) == (False, None)
    assert "activated" in take_in(acting, ward.at.tax_feed)
    ledger = fed_ledger(system_database, ward)
    assert (ledger_in_use(ledger.owner_url), last_fed_day(ledger.owner_url, CODE)) == (True, DAY)
    assert take_waiting(acting, tmp_path / "feeds") == []
    for _ in range(3):
        night(ledger, tmp_path / "feeds", key_of(ward))
    said = take_waiting(acting, tmp_path / "feeds")
    assert [line.partition(":")[0] for line in said] == ["tax-000002", "tax-000003", "tax-000004"]
    assert take_waiting(acting, tmp_path / "feeds") == []
    with psycopg.connect(acting.issuing_url) as connection:
        row = connection.execute("SELECT tax_feed_generation, data_generation FROM active_generation").fetchone()
        added = connection.execute("SELECT rows_added FROM generation ORDER BY number").fetchall()
    assert row == (4, 4)
    assert [rows for (rows,) in added[1:]] == [0, 0, 0], "the ledger says what the ward said, to the byte"


def test_a_feed_that_is_refused_names_its_first_problems(acting: FeedGround, ward: MadeWard) -> None:
    take_in(acting, ward.at.tax_feed)
    with pytest.raises(OperatorFault, match="was refused"):
        take_in(acting, _spoilt(ward))


def _spoilt(ward: MadeWard) -> Path:
    """A copy of the feed that lost a file on its way."""
    folder = ward.at.tax_feed.with_name("spoilt")
    folder.mkdir(exist_ok=True)
    for file in ward.at.tax_feed.iterdir():
        if file.name != "collections.csv":
            (folder / file.name).write_bytes(file.read_bytes())
    return folder


def test_a_feed_taken_in_by_hand_serves_on_and_the_older_one_of_the_ward_is_passed_over(
    acting: FeedGround, ward: MadeWard, tmp_path: Path
) -> None:
    """D10: `kofu up` finds its own feed of this morning behind one that somebody took in by hand, and starts."""
    assert newest_taken_in(acting.issuing_url, CODE) == 0
    take_in(acting, ward.at.resident_feed)
    plan = WardPlan(municipality=Municipality(code=CODE, name="東京都見本区"), seed=11, size=20, day=DAY)
    by_hand = make_ward(tmp_path, plan, created_at=NOW, keys=ward.at.folder / "keys", generation=7)
    assert "activated" in take_in(acting, by_hand.at.resident_feed)
    assert "passed over" in take_in(acting, ward.at.resident_feed)
    assert newest_taken_in(acting.issuing_url, CODE) == 7  # what is written next is the eighth
    assert "already_active" in take_in(acting, by_hand.at.resident_feed)


@pytest.mark.parametrize("guarded", [True, False], ids=["counted on", "twin: the ledger's own count"])
def test_after_a_tax_feed_taken_in_by_hand_the_ledgers_next_night_is_taken_in(
    acting: FeedGround, ward: MadeWard, system_database, tmp_path: Path, *, guarded: bool
) -> None:
    """Its own count lags: the night's feed would lie there for ever, older by number than what serves."""
    take_in(acting, ward.at.resident_feed)
    take_in(acting, ward.at.tax_feed)
    ledger = fed_ledger(system_database, ward)
    night(ledger, tmp_path / "feeds", key_of(ward))
    take_waiting(acting, tmp_path / "feeds")
    plan = WardPlan(municipality=Municipality(code=CODE, name="東京都見本区"), seed=11, size=20, day=DAY)
    by_hand = make_ward(tmp_path / "hand", plan, created_at=NOW, keys=ward.at.folder / "keys", generation=7)
    assert "activated" in take_in(acting, by_hand.at.tax_feed)
    assert last_fed_day(ledger.owner_url, CODE) == DAY
    if guarded:
        for _ in range(2):
            follow_issuing(acting, ledger.app_url)
        assert last_fed_day(ledger.owner_url, CODE) is None  # so one is due today
    report = night(ledger, tmp_path / "feeds", key_of(ward))
    said = take_waiting(acting, tmp_path / "feeds")
    if not guarded:
        assert (report.generation, said) == (3, [])
        return
    assert (report.generation, report.mode) == (8, FeedMode.FULL)
    assert [line.partition(":")[0] for line in said] == ["tax-000008"]
    follow_issuing(acting, ledger.app_url)
    assert night(ledger, tmp_path / "feeds", key_of(ward)).mode == FeedMode.DIFFERENCE
    assert "activated" in take_waiting(acting, tmp_path / "feeds")[0]


def test_no_figure_of_an_invented_ward_holds_its_feed() -> None:
    """The first hold of a demonstration, from none to one, held the night's feed: a share of nothing is nothing."""
    for bound in (INVENTED.rows, INVENTED.sums, INVENTED.states, INVENTED.events, INVENTED.gone, INVENTED.warnings):
        assert bound.allows(0, 5_000_000_000)
        assert bound.allows(5_000_000_000, 0)
