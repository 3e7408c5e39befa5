"""What stands against a person, told to the ledger alone, from the messages the registry put itself (P7)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import uuid4

import httpx
import msgspec
import psycopg
import pytest
from tests.center.cards import authority
from tests.registry.calls import call

from kofu.contracts.issuing import Hold, HoldKind
from kofu.contracts.registry import PersonAsked, ProtectedPeople, StandingHolds
from kofu.core.errors import OperatorFault, PeerFault
from kofu.core.kinds import HoldKind as Kind
from kofu.ledger.addressees.ask_registry import ask_over
from kofu.platform.answer_record import record_of_answers
from kofu.platform.hold_outbox import new_hold, next_release
from kofu.registry.app import create_app
from kofu.registry.send_hold import queue

pytestmark = pytest.mark.storage

WARD = "139998"
NOW = datetime(2026, 11, 23, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def database(system_database):
    return system_database("registry")


@pytest.fixture
def connection(database):
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        yield opened


def put(connection: psycopg.Connection, number: str, kind: HoldKind) -> str:
    hold = new_hold(
        hold_id=uuid4().hex,
        municipality_code=WARD,
        kind=kind,
        addressee_number=number,
        serial=None,
        effective_from=date(2026, 11, 20),
        sent_at=NOW,
    )
    assert queue(connection, [hold], NOW) == 1
    return hold.hold_id


def asked(database, body: bytes, peer: str = "ledger") -> httpx.Response:
    app = create_app(database.app_url, authority=authority())
    return call(app, "POST", "/v1/standing-holds", peer=peer, content=body)


def kinds(database, number: str, municipality: str = WARD) -> tuple[HoldKind, ...]:
    question = PersonAsked(municipality_code=municipality, addressee_number=number)
    answer = asked(database, msgspec.json.encode(question))
    assert answer.status_code == 200
    return msgspec.json.decode(answer.content, type=StandingHolds).kinds


def test_what_was_put_stands_until_it_is_released(database, connection) -> None:
    first = put(connection, "1001", HoldKind.PROTECTION)
    put(connection, "1001", HoldKind.MOVING_OUT)
    assert kinds(database, "1001") == (HoldKind.MOVING_OUT, HoldKind.PROTECTION)
    assert queue(connection, [next_release(connection, first, NOW)], NOW) == 1
    assert kinds(database, "1001") == (HoldKind.MOVING_OUT,)


@pytest.mark.parametrize("discarded", [False, True], ids=["refused", "discarded since"])
def test_a_protection_stands_whatever_came_under_its_identifier(database, connection, discarded) -> None:
    """As `issuing` has it: it refuses such a message. One of another kind, one of somebody else, taken in before."""
    number, stranger = ("1101", "1102") if discarded else ("1103", "1104")
    protection = put(connection, number, HoldKind.PROTECTION)
    (body,) = connection.execute("SELECT body FROM hold_outbox WHERE hold_id = %s", [protection]).fetchone()
    hold = msgspec.json.decode(bytes(body), type=Hold)
    for revision, change in ((2, {"kind": HoldKind.MOVING_OUT, "released": True}), (3, {"addressee_number": stranger})):
        other = msgspec.structs.replace(hold, revision=revision, **change)
        with pytest.raises(OperatorFault, match="hold_changed"):
            queue(connection, [other], NOW)
        connection.execute(
            "INSERT INTO hold_outbox (hold_id, revision, body, queued_at, attempts, last_failure, discarded_at)"
            " VALUES (%s, %s, %s, %s, 1, 'http_409', %s)",
            [protection, revision, msgspec.json.encode(other), NOW, NOW if discarded else None],
        )
    assert kinds(database, number) == (HoldKind.PROTECTION,)
    assert kinds(database, stranger) == ()
    ended = next_release(connection, protection, NOW)
    assert (ended.kind, ended.addressee_number, ended.revision) == (HoldKind.PROTECTION, number, 4)


def test_nobody_else_is_told_of(database, connection) -> None:
    put(connection, "2001", HoldKind.DEATH)
    assert kinds(database, "200") == ()
    assert kinds(database, "20010") == ()
    assert kinds(database, "2001", municipality="131041") == ()


@pytest.mark.parametrize("peer", ["center", "issuing", "kiosk-0001", ""])
def test_only_the_ledger_may_ask(database, peer: str) -> None:
    body = msgspec.json.encode(PersonAsked(municipality_code=WARD, addressee_number="1"))
    assert asked(database, body, peer=peer).status_code == 403


@pytest.mark.parametrize("body", [b"", b"{}", b'{"municipality_code":"139998","addressee_number":"%"}', b"x" * 9000])
def test_what_is_no_question_is_refused(database, body: bytes) -> None:
    assert asked(database, body).status_code in {400, 413}


def test_the_ledger_takes_every_answer_that_is_none_for_silence() -> None:
    """P3: an error, a page of somebody else, a closed port."""

    def answering(status: int, content: bytes) -> httpx.Client:
        transport = httpx.MockTransport(lambda _: httpx.Response(status, content=content))
        return httpx.Client(base_url="https://registry", transport=transport)

    def refusing(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    assert ask_over(answering(200, b'{"kinds":["protection"]}'), WARD, "1") == (Kind.PROTECTION,)
    for client in (
        answering(503, b"{}"),
        answering(200, b"<html>"),
        answering(200, b'{"kinds":["unheard_of"]}'),
        httpx.Client(base_url="https://registry", transport=httpx.MockTransport(refusing)),
    ):
        with pytest.raises(PeerFault) as caught:
            ask_over(client, WARD, "1")
        assert caught.value.code == "registry_silent"


def test_a_connection_the_registry_has_closed_is_opened_again() -> None:
    """A question changes nothing: it is asked once more, and only once."""
    asked_times = 0

    def closed_at_first(request: httpx.Request) -> httpx.Response:
        nonlocal asked_times
        asked_times += 1
        if asked_times == 1:
            raise httpx.RemoteProtocolError("closed", request=request)
        return httpx.Response(200, content=b'{"kinds":[]}')

    client = httpx.Client(base_url="https://registry", transport=httpx.MockTransport(closed_at_first))
    assert ask_over(client, WARD, "1") == ()
    assert asked_times == 2


def test_everybody_under_protection_is_named_and_nobody_else(database, connection) -> None:
    put(connection, "3001", HoldKind.PROTECTION)
    released = put(connection, "3002", HoldKind.PROTECTION)
    put(connection, "3003", HoldKind.DEATH)
    put(connection, "3004", HoldKind.PROTECTION)
    queue(connection, [next_release(connection, released, NOW)], NOW)

    def named(municipality: str, peer: str = "ledger") -> httpx.Response:
        app = create_app(database.app_url, authority=authority())
        return call(app, "GET", f"/v1/municipalities/{municipality}/protected-people", peer=peer)

    numbers = msgspec.json.decode(named(WARD).content, type=ProtectedPeople).addressee_numbers
    assert "3001" in numbers
    assert not {"3002", "3003"} & set(numbers)
    assert msgspec.json.decode(named("131041").content, type=ProtectedPeople).addressee_numbers == ()
    assert named(WARD, peer="center").status_code == 403
    with psycopg.connect(database.app_url) as opened:
        (subjects,) = opened.execute(
            "SELECT body::json->'subjects' FROM audit_entry WHERE body::json->>'action' = 'people.protected'"
            " ORDER BY json_array_length(body::json->'subjects') DESC NULLS LAST LIMIT 1"
        ).fetchone()
    names = record_of_answers("registry").names
    assert set(subjects) == {names.of(WARD, number) for number in numbers}, "one entry names everybody who was told"
