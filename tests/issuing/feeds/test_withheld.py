"""What was held back and shows, or ends unsaid, between two feeds: holds without their release, protected addresses.

支援措置: 住民基本台帳事務処理要領 第5-10. A hold ends by its release alone: 抑止は終了日を過ぎても自動的に終了しない
(住民記録システム標準仕様書 §3.1).
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from tests.issuing.judged_ward import AT, PROFILE, Ward, beyond

from kofu.contracts.feed import FeedKind, FeedMode
from kofu.contracts.feed_tables import ASSESSMENTS, RESIDENTS
from kofu.contracts.issuing import Hold
from kofu.core.kinds import HoldKind
from kofu.issuing.feeds.import_feed import ImportOutcome
from kofu.issuing.feeds.row_findings import list_findings
from kofu.issuing.holds.apply_hold import apply_hold
from kofu.ward.faults import in_table

pytestmark = pytest.mark.storage

BEFORE = AT - timedelta(days=30)
ABOVE = PROFILE.gates.holds.absolute + 1
NEW_ADDRESS = "東京都見本区九丁目9番9号"


def people(ward: Ward, count: int) -> list[str]:
    """Numbers of residents who have assessments, in order."""
    with ward.connect() as connection:
        rows = connection.execute(
            "SELECT DISTINCT addressee_number FROM fact_residents JOIN fact_assessments USING (addressee_number)"
            " WHERE status = 'resident' ORDER BY 1 LIMIT %s",
            (count,),
        ).fetchall()
    return [row[0] for row in rows]


def send(ward: Ward, number: str, kind: HoldKind, revision: int = 1, *, at: datetime = BEFORE) -> None:
    """Put a hold on a person; a later revision releases it."""
    hold = Hold(
        municipality_code=PROFILE.code,
        hold_id=f"{kind.value[:4].encode().hex()}{number:0>24}",
        revision=revision,
        kind=kind,
        addressee_number=number,
        serial=None,
        released=revision > 1,
        effective_from=date(2026, 10, 21),
        sent_at=at,
    )
    with ward.connect() as connection:
        apply_hold(connection, hold, sender="registry", lane="holds", received_at=at)


def put(where: pl.Expr, **texts: str):
    return lambda frame: frame.with_columns(
        pl.when(where).then(pl.lit(text)).otherwise(pl.col(name)).alias(name) for name, text in texts.items()
    )


def stated_anew(ward: Ward, folder, table, column: str, numbers: list[str], **how: object):
    change = put(pl.col("addressee_number").is_in(numbers), **{column: NEW_ADDRESS})
    return ward.take_in(ward.plant(in_table(table, change), folder, kind=table.feed, **how))


def held_rows(ward: Ward) -> set[tuple[str, str]]:
    with ward.connect() as connection:
        return {(found.rule, found.addressee_number) for found in list_findings(connection, PROFILE.code, held=True)}


@pytest.mark.parametrize("mode", FeedMode)
@pytest.mark.parametrize(("table", "column"), [(RESIDENTS, "address"), (ASSESSMENTS, "address_at_assessment")])
def test_an_address_that_appears_of_a_protected_person_keeps_the_person_from_papers(
    alone, tmp_path, table, column, mode
) -> None:
    (number,) = people(alone, 1)
    send(alone, number, HoldKind.PROTECTION)
    report = stated_anew(alone, tmp_path / "stated", table, column, [number], mode=mode)
    assert report.outcome is ImportOutcome.ACTIVATED, report.problems
    assert held_rows(alone) == {("protected_address_stated", number)}


def test_an_address_that_was_withheld_and_is_stated_again_is_held_though_it_was_known_long_ago(alone, tmp_path) -> None:
    (number,) = people(alone, 1)
    withheld = stated_anew(alone, tmp_path / "withheld", RESIDENTS, "address", [number])
    assert withheld.outcome is ImportOutcome.ACTIVATED
    send(alone, number, HoldKind.PROTECTION)
    again = alone.take_in(alone.plant(lambda tables: tables, tmp_path / "again", ahead=2))
    assert again.outcome is ImportOutcome.ACTIVATED, again.problems
    assert held_rows(alone) == {("protected_address_stated", number)}


def test_the_address_of_who_is_not_protected_any_more_is_nobodys_secret(alone, tmp_path) -> None:
    """The lawful twin: the protection was released by its message before the move."""
    (number,) = people(alone, 1)
    send(alone, number, HoldKind.PROTECTION)
    send(alone, number, HoldKind.PROTECTION, revision=2)
    report = stated_anew(alone, tmp_path / "stated", RESIDENTS, "address", [number])
    assert report.outcome is ImportOutcome.ACTIVATED, report.problems
    assert held_rows(alone) == set()


def test_a_protected_person_of_whom_nothing_changed_is_not_to_look_at(alone, tmp_path) -> None:
    (number,) = people(alone, 1)
    send(alone, number, HoldKind.PROTECTION)
    change = put(pl.col("addressee_number") == number, kana="ミホン\u3000ヨミ")
    report = alone.take_in(alone.plant(in_table(RESIDENTS, change), tmp_path / "same"))
    assert report.outcome is ImportOutcome.ACTIVATED, report.problems
    assert held_rows(alone) == set()


def test_addresses_of_more_protected_people_than_the_bound_hold_the_feed(alone, tmp_path) -> None:
    numbers = people(alone, ABOVE)
    for number in numbers:
        send(alone, number, HoldKind.PROTECTION)
    report = stated_anew(alone, tmp_path / "stated", RESIDENTS, "address", numbers)
    assert report.outcome is ImportOutcome.HELD
    assert beyond(report) == {"protected_addresses_stated"}


def with_holds(ward: Ward, folder, count: int) -> list[str]:
    """Let a generation be made while these people have holds."""
    numbers = people(ward, count)
    for number in numbers:
        send(ward, number, HoldKind.PROTECTION)
    report = ward.take_in(ward.plant(lambda tables: tables, folder, kind=FeedKind.TAX))
    assert report.outcome is ImportOutcome.ACTIVATED, report.problems
    return numbers


def next_day(ward: Ward, folder):
    return ward.take_in(ward.plant(lambda tables: tables, folder, kind=FeedKind.TAX, ahead=2))


def lose(ward: Ward, numbers: list[str]) -> None:
    """Lose messages as a table restored from an older copy does: the trigger that refuses it is taken away."""
    with ward.connect() as connection:
        connection.execute("ALTER TABLE hold_message DISABLE TRIGGER USER")
        connection.execute("DELETE FROM hold_message WHERE addressee_number = ANY(%s)", (numbers,))
        connection.execute("ALTER TABLE hold_message ENABLE TRIGGER USER")


@pytest.mark.parametrize("lost", [ABOVE - 1, ABOVE])
def test_holds_that_vanished_without_a_release_hold_the_feed_above_the_bound(alone, tmp_path, lost) -> None:
    numbers = with_holds(alone, tmp_path / "before", ABOVE + 1)
    lose(alone, numbers[:lost])
    report = next_day(alone, tmp_path / "after")
    figures = {figure.name: figure.after for figure in report.judgement.figures}
    assert figures["holds_vanished"] == lost
    assert report.outcome is (ImportOutcome.HELD if lost == ABOVE else ImportOutcome.ACTIVATED)
    assert beyond(report) == ({"holds_vanished"} if lost == ABOVE else set())


def test_new_holds_do_not_hide_the_ones_that_vanished(alone, tmp_path) -> None:
    numbers = with_holds(alone, tmp_path / "before", ABOVE)
    lose(alone, numbers)
    for number in people(alone, 2 * ABOVE)[ABOVE:]:
        send(alone, number, HoldKind.ISSUANCE_STOP, at=BEFORE + timedelta(days=1))
    assert beyond(next_day(alone, tmp_path / "after")) == {"holds_vanished"}


def test_holds_released_by_their_messages_hold_no_feed(alone, tmp_path) -> None:
    """The lawful twin: as many end, each by its release."""
    for number in with_holds(alone, tmp_path / "before", ABOVE + 1):
        send(alone, number, HoldKind.PROTECTION, revision=2, at=BEFORE + timedelta(days=1))
    report = next_day(alone, tmp_path / "after")
    assert report.outcome is ImportOutcome.ACTIVATED, report.problems
    assert {figure.name: figure.after for figure in report.judgement.figures}["holds_vanished"] == 0


@pytest.mark.parametrize(("state", "kind"), [("moving_out", HoldKind.MOVING_OUT), ("deleted", HoldKind.DELETED)])
@pytest.mark.parametrize("released", [False, True])
def test_who_lives_here_again_after_moving_out_or_deletion_was_released_or_the_feed_is_held(
    alone, tmp_path, state, kind, released
) -> None:
    """転出の取消し, 職権消除の回復: the release of the hold says so; a registry that forgot its states says nothing."""
    numbers = people(alone, ABOVE)
    change = put(pl.col("addressee_number").is_in(numbers), status=state, status_date="2026-11-01")
    gone = alone.plant(in_table(RESIDENTS, change), tmp_path / "gone")
    assert alone.take_in(gone).outcome is ImportOutcome.ACTIVATED
    for number in numbers:
        send(alone, number, kind, at=datetime(2026, 11, 1, 3, tzinfo=UTC))
        if released:
            send(alone, number, kind, revision=2, at=datetime(2026, 11, 2, 3, tzinfo=UTC))
    report = alone.take_in(alone.plant(lambda tables: tables, tmp_path / "back", ahead=2))
    assert report.outcome is (ImportOutcome.ACTIVATED if released else ImportOutcome.HELD), report.problems
    assert beyond(report) == (set() if released else {"states_unreleased"})
