"""Holds at the machine endpoints: in force from their answer on, whose they are, and what they wait for."""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime, timedelta

import pytest
from tests.issuing.feed_maker import serial_of
from tests.issuing.serving.asked_gateway import body

from kofu.core.kinds import HoldKind
from kofu.issuing.acting.domain.clocks import CLOCKS_APART_MAX
from kofu.issuing.requests import release
from kofu.issuing.requests.issue import issue_certificate

pytestmark = [pytest.mark.storage, pytest.mark.font]


def hold_of(kind, *, number=None, serial=None):
    return {
        "hold_id": secrets.token_hex(16),
        "revision": 1,
        "municipality_code": "139998",
        "kind": kind.value,
        "addressee_number": number,
        "serial": serial,
        "released": False,
        "effective_from": "2026-11-23",
        "sent_at": datetime.now(UTC).isoformat(),
    }


def sending(ask, hold, order, connection) -> threading.Thread:
    """Send a hold beside, which says in `order` when it is acknowledged; go on when the ward has it."""

    def send() -> None:
        ask("registry", "POST", "/v1/holds", json=hold)
        order.append("acknowledged")

    sender = threading.Thread(target=send)
    sender.start()
    while not connection.execute("SELECT 1 FROM hold_message WHERE hold_id = %s", [hold["hold_id"]]).fetchone():
        sender.join(0.01)
    return sender


def test_a_hold_is_in_force_from_its_answer_on(ask, asked_ward):
    hold = hold_of(HoldKind.SERIAL_REVOKED, serial=serial_of("00a3"))
    assert ask("registry", "POST", "/v1/holds", json=hold).json()["standing_revision"] == 1
    answer = ask("center", "POST", "/v1/certificate-requests", json=body(asked_ward, "00a3"))
    assert answer.json()["code"] == "card_not_valid"
    contradiction = ask("registry", "POST", "/v1/holds", json=hold | {"released": True})
    assert (contradiction.status_code, len(contradiction.json()["case_id"])) == (409, 32)


def test_a_hold_of_another_system_is_not_lifted_and_becomes_one_case(ask, asked_ward):
    """P7, P9: the name in the certificate decides, whatever the body says."""
    hold = hold_of(HoldKind.PROTECTION, number="000000000000777")
    assert ask("registry", "POST", "/v1/holds", json=hold).status_code == 200
    lifts = [ask("ledger", "POST", "/v1/holds", json=hold | {"revision": n, "released": True}) for n in (2, 3)]
    assert {(lift.status_code, lift.json()["code"]) for lift in lifts} == {(409, "hold_of_another")}
    (case_id,) = {lift.json()["case_id"] for lift in lifts}
    with asked_ward.connect() as connection:
        case = connection.execute("SELECT kind, occurrences FROM issuing_case WHERE case_id = %s", [case_id]).fetchone()
    assert case == ("hold_of_another", 2)


def test_a_hold_is_acknowledged_when_the_paper_on_its_way_has_left(ask, asked_ward, press):
    """A3: released a moment before the hold, its bytes not yet handed to the centre's line."""
    request, issuer = asked_ward.request("00a2"), asked_ward.issuer(press)
    hold = hold_of(HoldKind.SERIAL_REVOKED, serial=serial_of("00a2"))
    order: list[str] = []
    with asked_ward.connect() as connection:
        issue_certificate(connection, issuer, request)
        sender = sending(ask, hold, order, connection)
        sender.join(0.3)
        order.append("left")
        release.record_sent(connection, issuer, request.request_id)
        sender.join(20)
    assert order == ["left", "acknowledged"]


def test_a_hold_waits_for_a_dead_worker_no_longer_than_the_bound_though_the_clock_stands(ask, asked_ward, press):
    """The clock was put back: by it the deadline never comes. The counter ends the wait."""
    request = asked_ward.request("00a1", deadline=asked_ward.clock.now + timedelta(seconds=60))
    hold = hold_of(HoldKind.SERIAL_REVOKED, serial=serial_of("00a1"))
    order: list[str] = []
    with asked_ward.connect() as connection:
        issue_certificate(connection, asked_ward.issuer(press), request)  # and its worker dies
        sender = sending(ask, hold, order, connection)
        order.append("time is over")
        while sender.is_alive():  # whenever it began to count
            asked_ward.ticks += asked_ward.profile.deadline_longest_seconds + CLOCKS_APART_MAX.total_seconds()
            sender.join(0.05)
        connection.execute("UPDATE issuing_request SET state = 'sent' WHERE request_id = %s", [request.request_id])
        end_hold(asked_ward, hold)
    assert order == ["time is over", "acknowledged"]


def end_hold(asked_ward, hold) -> None:
    """Let the other tests have their card back."""
    with asked_ward.as_owner() as owner:
        owner.execute("ALTER TABLE hold_message DISABLE TRIGGER USER")
        owner.execute("DELETE FROM hold_message WHERE hold_id = %s", [hold["hold_id"]])
        owner.execute("ALTER TABLE hold_message ENABLE TRIGGER USER")
