"""Holds at once (P7): idempotent, in any order, never lost, never ended by time."""

from __future__ import annotations

import functools
import hashlib
import itertools
import threading
from datetime import UTC, date, datetime

import msgspec
import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.issuing.feed_maker import (
    KEYS,
    NOW,
    UNBOUND,
    WARD,
    assessment,
    card,
    resident,
    resident_feed,
    serial_of,
    tax_feed,
)

from kofu.contracts.issuing import Hold
from kofu.core.errors import PeerFault
from kofu.core.kinds import HoldKind
from kofu.issuing.feeds.import_feed import import_feed
from kofu.issuing.holds.apply_hold import apply_hold
from kofu.issuing.holds.domain.holds import standing
from kofu.issuing.requests.read_facts import read_facts

ONE = "000000000000001"
IDS = (hashlib.blake2b(bytes([number]), digest_size=16).hexdigest() for number in range(256))


def hold(hold_id, revision=1, *, kind=HoldKind.PROTECTION, number=ONE, serial=None, released=False, **fields):
    return Hold(
        hold_id=hold_id,
        revision=revision,
        municipality_code=WARD,
        kind=kind,
        addressee_number=None if serial else number,
        serial=serial,
        released=released,
        effective_from=date(2026, 11, 1),
        sent_at=datetime(2026, 11, 20, 9, revision, tzinfo=UTC),
        **fields,
    )


@pytest.fixture(scope="module")
def database(system_database):
    return system_database("issuing")


@pytest.fixture(scope="module")
def connect(database, tmp_path_factory):
    """A ward of one person with two cards, read and written under the gateway's role."""
    folder = tmp_path_factory.mktemp("feeds")
    owner = functools.partial(psycopg.connect, database.owner_url)
    for feed in (
        tax_feed(folder / "tax", [assessment(ONE)]),
        resident_feed(folder / "resident", [resident(ONE)], [card("00a1", ONE), card("00a2", ONE, device="iphone")]),
    ):
        import_feed(owner, feed, keys=KEYS, municipality_code=WARD, now=NOW, actor="test", judging=UNBOUND)
    return functools.partial(psycopg.connect, database.app_url)


def apply(connect, message, sender="registry"):
    with connect() as connection:
        return apply_hold(connection, message, sender=sender, lane="test", received_at=NOW)


def in_force(connect, serial="00a1"):
    with connect() as connection:
        facts = read_facts(connection, municipality_code=WARD, serial=serial_of(serial), fiscal_year=2026)
    return {found.hold_id: found.revision for found in facts.holds}


@pytest.mark.storage
def test_a_hold_on_a_person_stands_for_every_card(connect):
    hold_id = next(IDS)
    assert apply(connect, hold(hold_id)).standing_revision == 1
    assert in_force(connect, "00a1")[hold_id] == in_force(connect, "00a2")[hold_id] == 1


@pytest.mark.storage
def test_a_hold_on_a_serial_stands_for_that_card_only_even_one_nobody_knows(connect):
    hold_id, stranger = next(IDS), next(IDS)
    apply(connect, hold(hold_id, kind=HoldKind.SERIAL_REVOKED, serial=serial_of("00a2")))
    apply(connect, hold(stranger, kind=HoldKind.SERIAL_REVOKED, serial=serial_of("ffff")))
    assert hold_id not in in_force(connect, "00a1")
    assert hold_id in in_force(connect, "00a2")
    assert in_force(connect, "ffff") == {stranger: 1}


@pytest.mark.storage
def test_niigata_cancelled_still_issued(connect):
    """A cancellation arrives late, twice and before what it cancels: it stands (新潟・さいたま・熊本, 2023)."""
    hold_id = next(IDS)
    in_the_wrong_order = [3, 1, 3, 2, 1]
    stands = [
        apply(connect, hold(hold_id, revision, released=revision != 3)).standing_revision
        for revision in in_the_wrong_order
    ]
    assert stands == [3, 3, 3, 3, 3]
    assert in_force(connect)[hold_id] == 3


@st.composite
def arrivals(draw):
    """Messages of a hold, each at least once, some twice, in any order."""
    count = draw(st.integers(1, 4))
    kind = draw(st.sampled_from((HoldKind.PROTECTION, HoldKind.DEATH)))
    messages = [(revision, draw(st.booleans()), kind) for revision in range(1, count + 1)]
    again = draw(st.lists(st.sampled_from(messages), max_size=3))
    return messages, draw(st.permutations(messages + again))


@pytest.mark.storage
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(arrivals())
def test_whatever_the_order_of_arrival_the_same_revision_stands(connect, drawn):
    messages, arrived = drawn
    hold_id = next(IDS)
    for revision, released, kind in arrived:
        apply(connect, hold(hold_id, revision, released=released, kind=kind))
    released = messages[-1][1]
    assert (hold_id in in_force(connect)) is not released


def test_the_highest_revision_stands_among_any_messages():
    messages = [hold("0" * 32, revision) for revision in (2, 1, 3)]
    assert all(standing(order).revision == 3 for order in itertools.permutations(messages))


@pytest.mark.storage
def test_messages_that_arrive_at_once_are_all_kept(connect):
    hold_id = next(IDS)
    messages = [hold(hold_id, revision) for revision in (1, 2, 3, 3, 2, 1)]
    threads = [threading.Thread(target=apply, args=(connect, message)) for message in messages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert in_force(connect)[hold_id] == 3
    with connect() as connection:
        kept = connection.execute("SELECT count(*) FROM hold_message WHERE hold_id = %s", (hold_id,)).fetchone()
    assert kept == (3,)


@pytest.mark.storage
def test_a_message_is_in_the_audit_log_once_and_only_with_its_hold(connect):
    hold_id = next(IDS)
    for _ in range(2):
        apply(connect, hold(hold_id))
    with connect() as connection:
        with connection.transaction(force_rollback=True):
            apply_hold(connection, hold(hold_id, 2), sender="registry", lane="test", received_at=NOW)
        rows = connection.execute("SELECT body FROM audit_entry WHERE body LIKE %s", (f"%{hold_id}%",)).fetchall()
    assert len(rows) == 1
    assert ONE not in rows[0][0]
    assert in_force(connect)[hold_id] == 1


@pytest.mark.storage
def test_the_same_revision_with_other_content_is_refused_and_what_came_first_stands(connect):
    first = hold(next(IDS))
    apply(connect, first)
    with pytest.raises(PeerFault, match="hold_conflict") as refusal:
        apply(connect, msgspec.structs.replace(first, released=True))
    assert ONE not in str(refusal.value)
    assert first.hold_id in in_force(connect)


@pytest.mark.storage
def test_a_hold_on_nobody_or_on_two_is_refused(connect):
    for fields in ({"addressee_number": None}, {"serial": serial_of("00a1")}, {"addressee_number": "12-3"}):
        with pytest.raises(PeerFault, match="hold_target"):
            apply(connect, msgspec.structs.replace(hold(next(IDS)), **fields))


@pytest.mark.storage
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM hold_message",
        "UPDATE hold_message SET released = true",
        "TRUNCATE hold_message",
        "UPDATE active_generation SET data_generation = 1",
        "UPDATE fact_residents SET status = 'resident'",
        "DELETE FROM fact_card_certificates",
        "INSERT INTO erasure SELECT * FROM erasure",
    ],
)
def test_the_gateway_cannot_take_a_hold_back_or_touch_a_fact(connect, statement):
    """P10: least right of the role, not good manners of the program."""
    with connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


@pytest.mark.storage
def test_not_even_the_owner_changes_a_hold(database):
    with psycopg.connect(database.owner_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("UPDATE hold_message SET released = true")
