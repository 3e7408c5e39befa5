"""The kill switch: at once for all, back by two people and closed cases."""

from __future__ import annotations

import threading

import psycopg
import pytest
from tests.issuing.requests.made_papers import made
from tests.resets import reset

from kofu.certificates.domain.findings import Signature
from kofu.core.errors import OperatorFault
from kofu.issuing.cases import case_store, cases, stop
from kofu.issuing.cases.domain.kinds import CaseKind

pytestmark = pytest.mark.storage
WARD = "139998"
FIRST = Signature(by="sato", finding="read the paper back by hand: it is right")
SECOND = Signature(by="ito", finding="reviewed the corrected form and its tests")


def set_stop(connection, world, **fields):
    return stop.set_stop(
        connection, world.acting(), **{"municipality_code": WARD, "reason": "drill", "by": "sato"} | fields
    )


def test_a_stop_is_lifted_by_the_second_person(connection, world):
    stop_id = set_stop(connection, world)
    assert stop.agree_to_lift(connection, world.acting(), stop_id, FIRST) is False
    assert [one.stop_id for one in case_store.standing_stops(connection, WARD)] == [stop_id]
    assert stop.agree_to_lift(connection, world.acting(), stop_id, SECOND) is True
    assert case_store.standing_stops(connection, WARD) == ()


def test_the_word_of_an_account_that_was_reset_since_lifts_no_stop(connection, world):
    stop_id = set_stop(connection, world)
    first = Signature(by="mori", finding=FIRST.finding)
    stop.agree_to_lift(connection, world.acting(), stop_id, first)
    with psycopg.connect(world.database.owner_url) as owner:
        reset(owner, first.by, world.clock.now)
    assert stop.agree_to_lift(connection, world.acting(), stop_id, SECOND) is False
    third = Signature(by="kato", finding="read the corrected form once more")
    assert stop.agree_to_lift(connection, world.acting(), stop_id, third) is True


def test_a_stop_waits_for_its_case(connection, world):
    with connection.transaction():
        case_id = cases.open_case(
            connection,
            world.acting(),
            municipality_code=WARD,
            kind=CaseKind.LAST_LOOK_MISMATCH,
            summary="a field differs",
        )
    stop_id = set_stop(connection, world, case_id=case_id)
    with pytest.raises(OperatorFault, match="close case"):
        stop.agree_to_lift(connection, world.acting(), stop_id, FIRST)
    for signature in (FIRST, SECOND):
        cases.sign(connection, world.acting(), case_id, signature)
    stop.agree_to_lift(connection, world.acting(), stop_id, FIRST)
    assert stop.agree_to_lift(connection, world.acting(), stop_id, SECOND) is True


def test_the_database_does_not_lift_a_stop_for_one_person(connection, world):
    stop_id = set_stop(connection, world)
    stop.agree_to_lift(connection, world.acting(), stop_id, FIRST)
    with pytest.raises(psycopg.errors.RaiseException, match="two people"):
        connection.execute("UPDATE issuing_stop SET lifted_at = now() WHERE stop_id = %s", [stop_id])
    stop.agree_to_lift(connection, world.acting(), stop_id, SECOND)


def test_a_stop_needs_a_reason_and_a_name(connection, world):
    with pytest.raises(OperatorFault, match="reason"):
        set_stop(connection, world, reason=" ")


def test_when_a_stop_has_returned_no_release_is_under_way(connection, world):
    """P5: a release that had not seen the stop ends before `set_stop` returns, on whatever machine it runs."""
    order: list[str] = []
    with world.connect() as releasing, world.connect() as stopping:
        with releasing.transaction():
            made(releasing, world)
            thread = threading.Thread(target=lambda: (set_stop(stopping, world), order.append("stopped")))
            thread.start()
            while not case_store.standing_stops(connection, WARD):
                thread.join(0.01)
            order.append("released")
        thread.join(10)
    assert order == ["released", "stopped"]
    (standing,) = case_store.standing_stops(connection, WARD)
    for signature in (FIRST, SECOND):
        stop.agree_to_lift(connection, world.acting(), standing.stop_id, signature)
