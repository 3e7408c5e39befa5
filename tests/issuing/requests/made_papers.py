"""Requests whose papers are made."""

from __future__ import annotations

from tests.issuing.world import NOON

from kofu.issuing.requests import journal_store, leaving
from kofu.issuing.requests.journal_store import JournalCopy
from kofu.issuing.requests.leaving import LeavingEntry, Made


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
        JournalCopy(certificate_number=f"N{number}-{n}", copy=n, sha256="0" * 64, facts_digest="0" * 64, pages=1)
        for n in range(1, request.copies + 1)
    )
    verdict = leaving.leave_first(
        connection,
        journal_store.read_request(connection, request.request_id),
        Made(
            decided_at=world.clock.now,
            generation=1,
            form_version="standard_r8",
            as_of=NOON.date(),
            title="課税証明書",
            fee_per_copy=200,
            copies=copies,
        ),
        LeavingEntry("tests", world.acting().entry("certificate.release", "made").body()),
        addressee_number="000000000000001",
        holds=(),
    )
    assert verdict is leaving.Verdict.RELEASED
    return request
