"""Requests whose papers are made."""

from __future__ import annotations

from tests.issuing.world import NOON

from kofu.issuing.cases.stop import LOCK_SPACE
from kofu.issuing.requests import journal_store
from kofu.issuing.requests.journal_store import Release, StoredCopy


def stored(connection, world, **fields):
    """Store a request that nobody decided yet."""
    request = world.request(**fields)
    journal_store.insert_request(connection, request, "0" * 64, world.clock.now)
    return request


def made(connection, world, **fields):
    """Store a request as it stands after its release."""
    request = stored(connection, world, **fields)
    number = journal_store.next_sequence(connection)
    copies = tuple(
        StoredCopy(certificate_number=f"N{number}-{n}", copy=n, sha256="0" * 64, facts_digest="0" * 64, pages=1)
        for n in range(1, request.copies + 1)
    )
    verdict = journal_store.release(
        connection,
        journal_store.read_request(connection, request.request_id),
        Release(
            addressee_number="000000000000001",
            holds=(),
            generation=1,
            form_version="standard_r8",
            as_of=NOON.date(),
            title="課税証明書",
            fee_per_copy=200,
            copies=copies,
        ),
        stop_space=LOCK_SPACE,
        at=world.clock.now,
        lane="tests",
        audit_body=world.ground().entry("certificate.release", "made").body(),
    )
    assert verdict is journal_store.Verdict.RELEASED
    return request
