"""Requests nobody has decided yet, what is asked of the database about one, and the way back from a stop."""

from __future__ import annotations

import msgspec
import psycopg

from kofu.issuing.requests import journal_store, leaving
from kofu.issuing.requests.domain.states import RequestState
from kofu.issuing.requests.issue import body_digest
from kofu.issuing.requests.journal_store import JournalCopy, JournalRequest

WARD = "139998"
LET_LEAVE = (
    "SELECT issuing_let_leave(jsonb_populate_record(NULL::issuing_leaving, %s::jsonb),"
    " jsonb_populate_record(NULL::issuing_made, %s::jsonb), %s, '{}')"
)


def state_of(connection: psycopg.Connection, request) -> RequestState:
    stored = journal_store.read_request(connection, request.request_id)
    assert stored is not None
    return stored.state


def received(connection: psycopg.Connection, world, serial: str) -> JournalRequest:
    """Store a request that nobody decided yet."""
    request = world.request(serial)
    stored = journal_store.insert_request(connection, request, body_digest(request), world.clock.now)
    assert stored is not None
    return stored


def asked(stored: JournalRequest, person: int, *states: RequestState) -> str:
    """Word what is asked about a paper that leaves from one of `states`, nothing held."""
    words = leaving._leaving(stored, f"{person:015}", states, "")
    return msgspec.json.encode(words).decode()


def release_words(stored: JournalRequest, world, person: int, lane: str) -> tuple[object, ...]:
    """Give the values of a bare release of `stored`: only what the database looks at is real."""
    copy = JournalCopy(certificate_number=f"{stored.request_id}-{lane}", copy=1, sha256="0", facts_digest="0", pages=1)
    made = leaving.Made(
        decided_at=world.clock.now, generation=1, form_version="v1", as_of=world.clock.now.date(), title="title",
        fee_per_copy=200, copies=(copy,),
    )  # fmt: skip
    return asked(stored, person, RequestState.RECEIVED), msgspec.json.encode(made).decode(), lane


def lift_stops(world) -> None:
    with world.as_owner() as owner:
        owner.execute("ALTER TABLE issuing_stop DISABLE TRIGGER USER; UPDATE issuing_stop SET lifted_at = now()")
        owner.execute("ALTER TABLE issuing_stop ENABLE TRIGGER USER")
