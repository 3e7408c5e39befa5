"""ledger.issuance_holds: what cannot wait leaves at once, and ends only when the feed that puts it right is active."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import msgspec
import psycopg
import pytest
from tests.ledger.feeding import CODE, fed_ledger, key_of, night, opened, small_ward

from kofu.contracts.feed import FeedMode
from kofu.contracts.issuing import ActiveData, Hold, HoldAccepted, HoldKind
from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.feed.stated import stated_facts
from kofu.ledger.holds.issuance_holds import (
    ask_and_follow,
    hold_for_file,
    lift_stop,
    send_and_release,
    set_hold,
    settle_correction,
    settle_file,
)
from kofu.platform.postgres import SystemDatabase
from kofu.ward.make import MadeWard

pytestmark = pytest.mark.storage

AT = datetime(2026, 11, 20, 3, tzinfo=UTC)
CLERK = Acting("clerk", "test", AT)


class Issuing:
    """The receiving side as the contract describes it: holds that stand, and the tax feed that is active."""

    def __init__(self) -> None:
        self.standing: dict[str, Hold] = {}
        self.active = 1
        self.sha256: str | None = None  # of a feed of another sender; None: the ledger's own
        self.down = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("refused", request=request)
        if request.method == "GET":
            assert request.url.path == f"/v1/municipalities/{CODE}/data"
            data = ActiveData(
                municipality_code=CODE,
                data_generation=9,
                tax_feed_generation=self.active,
                tax_feed_sha256=self.own if self.sha256 is None else self.sha256,
                resident_feed_generation=1,
            )
            return httpx.Response(200, content=msgspec.json.encode(data))
        hold = msgspec.json.decode(request.content, type=Hold)
        known = self.standing.get(hold.hold_id)
        if known is None or known.revision < hold.revision:
            self.standing[hold.hold_id] = hold
        stands = self.standing[hold.hold_id].revision
        return httpx.Response(
            200, content=msgspec.json.encode(HoldAccepted(hold_id=hold.hold_id, standing_revision=stands))
        )

    def holds(self) -> list[tuple[str | None, HoldKind]]:
        """Who is held now, and why."""
        return sorted((hold.addressee_number, hold.kind) for hold in self.standing.values() if not hold.released)

    def round(self, database: SystemDatabase) -> int:
        """One round of the sender; gives how many holds were released because their feed is active."""
        with opened(database) as connection:
            row = connection.execute(
                "SELECT manifest_sha256 FROM feed_generation WHERE generation = %s", [self.active]
            ).fetchone()
            self.own = row[0] if row else ""
        with (
            opened(database) as connection,
            httpx.Client(base_url="https://issuing", transport=httpx.MockTransport(self.answer)) as client,
        ):
            followed = ask_and_follow(connection, client, CODE, AT + timedelta(hours=1)) if self.sha256 else 0
            return followed + send_and_release(connection, client, CODE, AT + timedelta(hours=1)).released


@pytest.fixture(scope="module")
def ward(tmp_path_factory) -> MadeWard:
    return small_ward(tmp_path_factory.mktemp("ward"), size=20)


@pytest.fixture
def database(system_database, ward: MadeWard) -> SystemDatabase:
    return fed_ledger(system_database, ward)


@pytest.fixture
def person(database: SystemDatabase) -> tuple[str, int]:
    with opened(database) as connection:
        row = connection.execute(
            "SELECT addressee_number, max(fiscal_year) FROM assessment_statement GROUP BY 1 LIMIT 1"
        )
        number, year = row.fetchone() or ("", 0)
        return number, year


def correcting(database: SystemDatabase, number: str, year: int) -> UUID:
    with opened(database) as connection:
        return set_hold(
            connection,
            municipality_code=CODE,
            addressee_number=number,
            kind=HoldKind.CORRECTING,
            fiscal_year=year,
            reason="修正申告の処理",
            acting=CLERK,
        )


def test_a_stop_is_in_force_after_one_round_and_lifted_after_another(database, person) -> None:
    issuing = Issuing()
    with opened(database) as connection:
        hold_id = set_hold(
            connection,
            municipality_code=CODE,
            addressee_number=person[0],
            kind=HoldKind.ISSUANCE_STOP,
            fiscal_year=None,
            reason="本人の申出",
            acting=CLERK,
        )
        assert stated_facts(connection, CODE, *person).holds == (HoldKind.ISSUANCE_STOP,)
        issuing.round(database)
        assert issuing.holds() == [(person[0], HoldKind.ISSUANCE_STOP)]
        lift_stop(connection, hold_id, reason="申出の取下げ", acting=CLERK)
        issuing.round(database)
        assert issuing.holds() == []
        with pytest.raises(OperatorFault, match="lifted before"):
            lift_stop(connection, hold_id, reason="もう一度", acting=CLERK)


def test_a_message_waits_while_issuing_is_down(database, person) -> None:
    issuing = Issuing()
    issuing.down = True
    correcting(database, *person)
    issuing.round(database)
    assert issuing.holds() == []
    issuing.down = False
    issuing.round(database)
    assert issuing.holds() == [(person[0], HoldKind.CORRECTING)]


def test_a_correction_is_released_only_when_the_feed_that_states_it_is_active(
    database, person, ward: MadeWard, tmp_path: Path
) -> None:
    """The feed of the night before the correction came in does not release it, nor does one that was only written."""
    issuing = Issuing()
    night(database, tmp_path, key_of(ward))
    hold_id = correcting(database, *person)
    issuing.round(database)
    issuing.active = 2
    assert issuing.round(database) == 0
    with opened(database) as connection:
        settle_correction(connection, hold_id, reason="更正を登録", acting=CLERK)
    assert issuing.round(database) == 0
    assert night(database, tmp_path, key_of(ward)).generation == 3
    assert issuing.round(database) == 0
    assert issuing.holds() == [(person[0], HoldKind.CORRECTING)]
    issuing.active = 3
    assert issuing.round(database) == 1
    assert issuing.holds() == []
    with opened(database) as connection:
        delivered = connection.execute("SELECT generation FROM feed_generation WHERE delivered_at IS NOT NULL")
        assert sorted(delivered.fetchall()) == [(1,), (2,), (3,)]


ELSEWHERE = "e" * 64


@pytest.mark.parametrize(("number", "counted_on"), [(9, 10), (2, 4), (3, 5)], ids=["higher", "lower", "the same"])
def test_a_feed_taken_in_by_hand_states_no_correction_and_the_next_night_is_full_and_follows_it(
    database, person, ward: MadeWard, tmp_path: Path, number: int, counted_on: int
) -> None:
    """Whatever number it bears: what another sender says is not what this ledger says."""
    issuing = Issuing()
    night(database, tmp_path, key_of(ward))
    issuing.active = 2
    issuing.round(database)
    hold_id = correcting(database, *person)
    if number != 2:
        with opened(database) as connection:
            settle_correction(connection, hold_id, reason="更正を登録", acting=CLERK)
        assert night(database, tmp_path, key_of(ward)).generation == 3
    issuing.active, issuing.sha256 = number, ELSEWHERE
    for _ in range(3):
        assert issuing.round(database) == 0
    assert issuing.holds() == [(person[0], HoldKind.CORRECTING)]
    report = night(database, tmp_path, key_of(ward))
    assert (report.generation, report.mode) == (counted_on, FeedMode.FULL)
    for _ in range(2):
        assert issuing.round(database) == 0, "written, not active yet"
    issuing.active, issuing.sha256 = counted_on, None
    assert issuing.round(database) == (0 if number == 2 else 1)
    difference = night(database, tmp_path, key_of(ward))
    assert (difference.generation, difference.mode) == (counted_on + 1, FeedMode.DIFFERENCE)


def test_a_correction_set_by_mistake_ends_at_once(database, person) -> None:
    issuing = Issuing()
    hold_id = correcting(database, *person)
    with opened(database) as connection:
        settle_correction(connection, hold_id, reason="別人に設定した", acting=CLERK, at_once=True)
    issuing.round(database)
    assert issuing.holds() == []


def test_a_file_holds_whom_it_corrects_until_it_is_settled(database, person) -> None:
    """Of two rows one stayed out: that person's correction is still to come."""
    issuing = Issuing()
    file_id = uuid4()
    other = (person[0], person[1] - 1)
    with opened(database) as connection:
        with connection.transaction():
            places = [person, other, ("000000000000000", person[1])]
            assert hold_for_file(connection, CODE, file_id, places, reason="減額更正", acting=CLERK) == 2
        issuing.round(database)
        assert len(issuing.holds()) == 2
        with connection.transaction():
            settle_file(connection, file_id, reason="登録", acting=CLERK, but={other})
        assert stated_facts(connection, CODE, *person).holds == (HoldKind.CORRECTING,)
        with connection.transaction():
            settle_file(connection, file_id, reason="返戻", acting=CLERK, at_once=True)
        assert stated_facts(connection, CODE, *person).holds == ()
    issuing.round(database)
    assert len(issuing.holds()) == 1, "the first is in the ledger, and waits for its feed"


def test_a_rolled_back_decision_sends_nothing(database, person) -> None:
    """The message is stored in the transaction of what it tells of."""
    issuing = Issuing()
    with opened(database) as connection:
        with connection.transaction() as begun:
            hold_for_file(connection, CODE, uuid4(), [person], reason="減額更正", acting=CLERK)
            raise psycopg.Rollback(begun)
        assert connection.execute("SELECT count(*) FROM hold_outbox").fetchone() == (0,)
    issuing.round(database)
    assert issuing.holds() == []


@pytest.mark.parametrize(
    ("kind", "year", "code"),
    [
        (HoldKind.PROTECTION, None, "hold_kind"),
        (HoldKind.CORRECTING, None, "hold_year"),
        (HoldKind.ISSUANCE_STOP, 2026, "hold_year"),
    ],
)
def test_a_hold_that_makes_no_sense_is_refused(database, person, kind, year, code) -> None:
    with opened(database) as connection, pytest.raises(OperatorFault) as fault:
        set_hold(
            connection,
            municipality_code=CODE,
            addressee_number=person[0],
            kind=kind,
            fiscal_year=year,
            reason="試験",
            acting=CLERK,
        )
    assert fault.value.code == code


def test_setting_a_hold_is_on_record_without_the_person_in_plain(database, person) -> None:
    correcting(database, *person)
    with psycopg.connect(database.app_url) as connection:
        (body,) = connection.execute("SELECT body FROM audit_entry ORDER BY recorded_at DESC LIMIT 1").fetchone() or (
            "",
        )
    assert '"hold.set"' in body
    assert person[0] not in body


def test_a_reason_is_kept_whole_or_the_hold_is_neither_set_nor_lifted(database, person) -> None:
    """Whoever reads the list decides by the reason: its end is not cut off unsaid."""

    def stop(connection: psycopg.Connection, reason: str) -> UUID:
        return set_hold(
            connection, municipality_code=CODE, addressee_number=person[0], kind=HoldKind.ISSUANCE_STOP,
            fiscal_year=None, reason=reason, acting=CLERK,
        )  # fmt: skip

    with opened(database) as connection:
        with pytest.raises(OperatorFault, match="reason_long"):
            stop(connection, "停" * 201)
        hold_id = stop(connection, "停" * 200)
        with pytest.raises(OperatorFault, match="reason_long"):
            lift_stop(connection, hold_id, reason="解" * 201, acting=CLERK)
        kept = connection.execute("SELECT reason, settled_at FROM issuance_hold").fetchall()
    assert kept == [("停" * 200, None)]
