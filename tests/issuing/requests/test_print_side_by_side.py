"""The same print result twice at once, of a request that has no row here to lock: it is kept once (P11)."""

from __future__ import annotations

import contextlib
import secrets
import threading

import pytest
from tests.incidents.actors import waits_for_a_lock
from tests.issuing.feed_maker import WARD
from tests.issuing.world import World

from kofu.contracts.issuing import PrintOutcome, PrintResult
from kofu.core.errors import PeerFault
from kofu.issuing.requests import journal_store
from kofu.issuing.requests.report_print import take_print_result

pytestmark = pytest.mark.storage


@pytest.fixture
def world(system_database, tmp_path):
    return World(system_database("issuing"), tmp_path)


def kept_of_two_at_once(world: World) -> int:
    """Hold one transaction open that has taken a result, let another take the same; give how often it is kept."""
    result = PrintResult(
        request_id=secrets.token_hex(16),
        outcome=PrintOutcome.FAILED,
        copies_printed=0,
        fee_paid=0,
        occurred_at=world.clock.now,
    )

    def take(connection) -> None:
        with contextlib.suppress(PeerFault):  # nobody asked for it here; it is kept all the same
            take_print_result(connection, world.acting(f"lane-{id(connection)}"), result, municipality_code=WARD)

    def second() -> None:
        with world.connect() as other:
            take(other)

    with world.connect() as first, world.connect() as observer:
        thread = threading.Thread(target=second)
        with first.transaction():
            take(first)
            thread.start()
            while thread.is_alive() and not waits_for_a_lock(observer):
                thread.join(0.01)
        thread.join(30)
        return len(journal_store.reports_of(observer, result.request_id))


def test_the_same_print_result_twice_at_once_of_an_unknown_request_is_kept_once(world):
    assert kept_of_two_at_once(world) == 1


def test_twin_without_the_lock_it_is_kept_twice(world, monkeypatch):
    monkeypatch.setattr(journal_store, "lock_reports", lambda _connection, _request_id: None)
    assert kept_of_two_at_once(world) == 2
