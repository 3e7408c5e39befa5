"""What the console looks for among requests: by days, kind, state and the true reason of a refusal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.issuing.requests.made_papers import made

from kofu.core.calendar import day_in_japan
from kofu.issuing.requests.domain.states import RequestState
from kofu.issuing.requests.read_journal import (
    REQUESTS,
    RequestSearch,
    counts_by_reason,
    counts_by_state,
    request_of_reference,
    values_of,
)

pytestmark = pytest.mark.storage
WARD = "139998"


def test_requests_are_found_by_day_kind_state_reason_and_number(world, connection) -> None:
    request = made(connection, world)
    received = connection.execute("SELECT received_at, reference FROM issuing_request").fetchone()
    today = day_in_japan(received[0])
    sought = RequestSearch(first=today - timedelta(days=3), last=today)
    found = REQUESTS.rows(connection, values_of(WARD, sought))
    assert [line.request_id for line in found] == [request.request_id]
    assert request_of_reference(connection, WARD, received[1]) == request.request_id
    assert counts_by_state(connection, WARD, sought) == {found[0].state: 1}
    assert counts_by_reason(connection, WARD, sought) == ()
    for elsewhere in (
        replace(sought, last=today - timedelta(days=1)),
        replace(sought, first=today + timedelta(days=1), last=today + timedelta(days=2)),
        replace(sought, kind="vehicle_payment"),
        replace(sought, state=RequestState.REFUSED),
        replace(sought, refusal_code="not_resident"),
        replace(sought, kiosk_id="another"),
    ):
        assert REQUESTS.rows(connection, values_of(WARD, elsewhere)) == [], elsewhere
    assert REQUESTS.rows(connection, values_of("131016", sought)) == [], "another municipality's"
    assert REQUESTS.rows(connection, values_of(WARD, replace(sought, kind=found[0].kind))) == found
