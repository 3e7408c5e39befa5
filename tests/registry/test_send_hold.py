"""registry.send_hold: a hold reaches `issuing` once it can be reached, whatever happens on the way (P7)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import httpx
import msgspec
import psycopg
import pytest

from kofu.contracts.issuing import Hold, HoldAccepted, HoldKind
from kofu.core.errors import OperatorFault
from kofu.platform.hold_outbox import new_hold, next_release, send_waiting
from kofu.registry.send_hold import queue

pytestmark = pytest.mark.storage
AT = datetime(2026, 11, 23, 3, tzinfo=UTC)


def hold(number: int, *, serial: str | None = None) -> Hold:
    return new_hold(
        hold_id=f"{number:032x}",
        municipality_code="139998",
        kind=HoldKind.SERIAL_REVOKED if serial else HoldKind.PROTECTION,
        addressee_number=None if serial else "0000000001",
        serial=serial,
        effective_from=date(2026, 11, 23),
        sent_at=AT,
    )


class Issuing:
    """The receiving side as the contract describes it: keeps the highest revision. `down` and `status` break it."""

    def __init__(self) -> None:
        self.received: list[Hold] = []
        self.down = False
        self.status = 200
        self.standing: int | None = None

    def answer(self, request: httpx.Request) -> httpx.Response:
        if self.down:
            raise httpx.ConnectError("refused", request=request)
        if self.status != 200:
            return httpx.Response(self.status)
        got = msgspec.json.decode(request.content, type=Hold)
        self.received.append(got)
        revision = got.revision if self.standing is None else self.standing
        accepted = HoldAccepted(hold_id=got.hold_id, standing_revision=revision)
        return httpx.Response(200, content=msgspec.json.encode(accepted))

    def client(self) -> httpx.Client:
        return httpx.Client(base_url="https://issuing", transport=httpx.MockTransport(self.answer))


@pytest.fixture(scope="module")
def database(system_database):
    return system_database("registry")


@pytest.fixture
def connection(database):
    with psycopg.connect(database.owner_url) as owner:
        owner.execute("TRUNCATE hold_outbox")
    with psycopg.connect(database.app_url, autocommit=True) as opened:
        yield opened


def send(connection, issuing):
    with issuing.client() as client:
        return send_waiting(connection, client, AT)


def test_a_hold_arrives_as_it_was_put_and_only_once(connection) -> None:
    issuing = Issuing()
    assert queue(connection, [hold(1), hold(2)], AT) == 2
    assert queue(connection, [hold(1)], AT) == 0
    report = send(connection, issuing)
    assert (report.delivered, report.waiting, report.failures) == (2, 0, ())
    assert issuing.received == [hold(1), hold(2)]
    assert send(connection, issuing).delivered == 0


def test_a_hold_waits_while_issuing_is_down_and_arrives_afterwards(connection) -> None:
    issuing = Issuing()
    issuing.down = True
    queue(connection, [hold(1), hold(2)], AT)
    report = send(connection, issuing)
    assert (report.delivered, report.waiting, report.failures) == (0, 2, ("unreachable",))
    issuing.down = False
    assert send(connection, issuing).delivered == 2


@pytest.mark.parametrize("status", [400, 403, 500, 503])
def test_a_refused_hold_is_kept_and_said(connection, status) -> None:
    issuing = Issuing()
    issuing.status = status
    queue(connection, [hold(1), hold(2)], AT)
    report = send(connection, issuing)
    assert (report.waiting, report.failures) == (2, (f"http_{status}",) * 2)
    issuing.status = 200
    assert send(connection, issuing).delivered == 2


def test_an_answer_that_does_not_say_the_hold_stands_is_no_delivery(connection) -> None:
    issuing = Issuing()
    issuing.standing = 0
    queue(connection, [hold(1)], AT)
    assert send(connection, issuing).failures == ("not_standing",)


def test_an_answer_that_is_no_utf8_ends_no_round(connection) -> None:
    """P7: one broken answer must not keep the holds behind it from being sent."""

    class Broken(Issuing):
        def answer(self, _request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, content=b'{"hold_id":"\xff"}')

    queue(connection, [hold(1), hold(2)], AT)
    assert send(connection, Broken()).failures == ("bad_answer",) * 2


def test_a_release_is_the_next_revision_of_the_same_hold(connection) -> None:
    """The contract: a hold ends only by a message, never by time."""
    queue(connection, [hold(1)], AT)
    release = next_release(connection, hold(1).hold_id, AT)
    assert (release.revision, release.released, release.addressee_number) == (2, True, "0000000001")
    queue(connection, [release], AT)


def test_a_hold_that_is_ended_is_not_ended_once_more(connection) -> None:
    """Whoever ends it again is told so, and nothing more is sent."""
    queue(connection, [hold(1)], AT)
    queue(connection, [next_release(connection, hold(1).hold_id, AT)], AT)
    with pytest.raises(OperatorFault, match="hold_ended"):
        next_release(connection, hold(1).hold_id, AT)


@pytest.mark.parametrize("change", [{"kind": HoldKind.MOVING_OUT}, {"addressee_number": "0000000009"}])
def test_a_message_under_the_identifier_of_another_hold_is_refused_where_it_is_entered(connection, change) -> None:
    """`issuing` would refuse it, and the registry would not know any more what stands."""
    queue(connection, [hold(1)], AT)
    other = msgspec.structs.replace(hold(1), revision=2, **change)
    with pytest.raises(OperatorFault, match="hold_changed"):
        queue(connection, [other], AT)
    assert connection.execute("SELECT count(*) FROM hold_outbox").fetchone() == (1,)


def test_an_unknown_hold_cannot_be_released(connection) -> None:
    with pytest.raises(OperatorFault, match="unknown_hold"):
        next_release(connection, "f" * 32, AT)


def test_a_revocation_is_known_to_the_registry_and_final(connection, database) -> None:
    with psycopg.connect(database.owner_url) as owner:
        owner.execute(
            "INSERT INTO card_serial VALUES ('ab', '2024-01-01', '2029-01-01', 'valid') ON CONFLICT DO NOTHING"
        )
    queue(connection, [hold(1, serial="ab")], AT)
    assert connection.execute("SELECT status FROM card_serial WHERE serial = 'ab'").fetchone() == ("revoked",)
    with pytest.raises(OperatorFault, match="final_hold"):
        next_release(connection, hold(1).hold_id, AT)


@pytest.mark.parametrize(
    ("kind", "addressee", "serial"),
    [
        (HoldKind.DEATH, None, None),
        (HoldKind.DEATH, "1", "ab"),
        (HoldKind.DEATH, None, "ab"),
        (HoldKind.SERIAL_REVOKED, "1", None),
    ],
)
def test_a_hold_is_on_exactly_what_its_kind_is_about(kind, addressee, serial) -> None:
    with pytest.raises(OperatorFault, match="hold_subject"):
        new_hold(
            hold_id="0" * 32,
            municipality_code="139998",
            kind=kind,
            addressee_number=addressee,
            serial=serial,
            effective_from=date(2026, 11, 23),
            sent_at=AT,
        )


def test_two_senders_at_once_do_not_send_the_same_message(connection, database) -> None:
    """The second waits for the first and finds nothing left."""
    issuing = Issuing()
    queue(connection, [hold(number) for number in range(1, 21)], AT)

    def round_of_sending(_):
        with psycopg.connect(database.app_url) as own, issuing.client() as client:
            return send_waiting(own, client, AT)

    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(round_of_sending, range(4)))
    assert sorted(report.delivered for report in reports) == [0, 0, 0, 20]
    assert {report.waiting for report in reports} == {0}
    assert [received.hold_id for received in issuing.received] == [hold(number).hold_id for number in range(1, 21)]
