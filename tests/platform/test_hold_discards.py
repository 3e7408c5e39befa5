"""platform.hold_discards: what cannot be sent is discarded by two people, and stands before nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime

import httpx
import msgspec
import psycopg
import pytest

from kofu.contracts.issuing import Hold, HoldAccepted, HoldKind
from kofu.core.errors import OperatorFault
from kofu.platform.hold_discards import (
    HOLD_MESSAGE_LIFE,
    MessageState,
    decide_discard,
    propose_discard,
    undelivered,
)
from kofu.platform.hold_outbox import new_hold, next_release, queue_one, send_waiting

pytestmark = pytest.mark.storage
AT = datetime(2026, 11, 23, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def database(system_database):
    return system_database("registry")


@pytest.fixture
def connection(database):
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("TRUNCATE hold_outbox")
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        yield opened


def hold(number: int, addressee: str) -> Hold:
    return new_hold(
        hold_id=f"{number:032x}",
        municipality_code="139998",
        kind=HoldKind.PROTECTION,
        addressee_number=addressee,
        serial=None,
        effective_from=date(2026, 11, 23),
        sent_at=AT,
    )


def answer(request: httpx.Request) -> httpx.Response:
    """Take what names digits, refuse the rest, as the contract says."""
    got = msgspec.json.decode(request.content, type=Hold)
    if not (got.addressee_number or "").isdigit():
        return httpx.Response(400)
    accepted = HoldAccepted(hold_id=got.hold_id, standing_revision=got.revision)
    return httpx.Response(200, content=msgspec.json.encode(accepted))


def down(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("refused", request=request)


def send(connection, how=answer):
    with httpx.Client(base_url="https://issuing", transport=httpx.MockTransport(how)) as client:
        return send_waiting(connection, client, AT)


def test_what_is_refused_stands_before_nobody_and_is_discarded_by_two(connection) -> None:
    for one in (hold(1, "00000O0001"), hold(2, "0000000002")):
        queue_one(connection, one, AT)
    report = send(connection)
    assert (report.delivered, report.waiting, report.refused) == (1, 1, 1)
    (found,) = undelivered(connection)
    assert (found.hold_id, found.failure, found.state) == (hold(1, "").hold_id, "http_400", MessageState.REFUSED)
    with pytest.raises(OperatorFault, match="names its reason"):
        propose_discard(connection, found.hold_id, actor="a", reason=" ", now=AT)
    with pytest.raises(OperatorFault, match="reason_long"):  # cut, "b" would decide on another reason
        propose_discard(connection, found.hold_id, actor="a", reason="打" * 201, now=AT)
    propose_discard(connection, found.hold_id, actor="a", reason="番号の打ち間違い", now=AT)
    with pytest.raises(OperatorFault, match="second_person_needed"):
        decide_discard(connection, found.hold_id, approve=True, actor="a", now=AT)
    decide_discard(connection, found.hold_id, approve=True, actor="b", now=AT)
    assert (undelivered(connection), send(connection).waiting) == ([], 0)
    kept = connection.execute(
        "SELECT discard_proposed_by, discarded_by, discard_reason FROM hold_outbox WHERE discarded_at IS NOT NULL"
    ).fetchall()
    assert kept == [("a", "b", "番号の打ち間違い")]
    with pytest.raises(OperatorFault, match="discarded_hold"):
        next_release(connection, found.hold_id, AT)


def test_what_was_never_answered_or_has_arrived_is_not_discarded(connection) -> None:
    """P7: a hold that only waits for the line is a right taken from nobody; it goes out."""
    queue_one(connection, hold(1, "0000000001"), AT)
    for how in (down, answer):
        send(connection, how)
        with pytest.raises(OperatorFault, match="hold_message_state"):
            propose_discard(connection, hold(1, "").hold_id, actor="a", reason="x", now=AT)


def test_a_proposal_turned_down_leaves_the_hold_to_be_sent(connection) -> None:
    queue_one(connection, hold(1, "00000O0001"), AT)
    send(connection)
    propose_discard(connection, hold(1, "").hold_id, actor="a", reason="x", now=AT)
    with pytest.raises(OperatorFault, match="hold_message_state"):
        propose_discard(connection, hold(1, "").hold_id, actor="a", reason="again", now=AT)
    decide_discard(connection, hold(1, "").hold_id, approve=False, actor="b", now=AT)
    (found,) = undelivered(connection)
    assert (found.state, found.proposed_by, send(connection).refused) == (MessageState.REFUSED, "", 1)


def test_every_state_of_a_message_has_a_way_on_but_its_ends() -> None:
    ends = set(MessageState) - {state for state, _ in HOLD_MESSAGE_LIFE.table}
    assert ends == {MessageState.DELIVERED, MessageState.DISCARDED}
