"""Store a request, and by the same statement read what it is decided by and draw its numbers (P4, P6).

A statement is one transaction: when it returns, the request is durable, and what was read with it is how the database
was at one moment. Nothing is decided before that. So a request costs one way to the database before its paper is made,
and one after; of a request that was known already nothing is read and no number is drawn.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg

from kofu.contracts.issuing import CertificateRequest
from kofu.core.errors import ensure
from kofu.core.profile import PAYMENT_KINDS
from kofu.issuing.requests import journal_store
from kofu.issuing.requests.fact_store import SUBJECT, FactsRow, SubjectQuestion
from kofu.issuing.requests.journal_store import INSERT_REQUEST, JournalRequest
from kofu.issuing.requests.long_statement import LongStatement


@dataclass(frozen=True, slots=True)
class FirstReading:
    """What came with a request when it was stored: its facts, not yet looked at, and a running number for each copy."""

    facts: FactsRow
    sequences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Received:
    """A request as stored. `first`: None where its facts are still to be read."""

    stored: JournalRequest
    first: FirstReading | None = None


#: A row where the request was stored: its numbers, then its facts.
_RECEIVE = LongStatement(f"""
    WITH stored AS ({INSERT_REQUEST})
    SELECT (SELECT array_agg(nextval('issuing_certificate_number')) FROM generate_series(1, stored.copies)), subject.*
    FROM stored LEFT JOIN LATERAL ({SUBJECT.words}) AS subject ON true""")


def receive(
    connection: psycopg.Connection, request: CertificateRequest, body_digest: str, received_at: datetime
) -> Received | None:
    """Store a request and read its facts; durable when this returns. None where its id is there (P4, P11).

    The connection must be idle and commit by itself. Where the one statement fails, the request is stored alone: what
    is wrong with the facts then breaks when they are read again, and is a case.
    """
    ensure(
        connection.autocommit and connection.info.transaction_status is psycopg.pq.TransactionStatus.IDLE,
        "a request is stored by a statement that commits by itself",
    )
    try:
        return _receive(connection, request, body_digest, received_at)
    except psycopg.Error:
        stored = journal_store.insert_request(connection, request, body_digest, received_at)
        return Received(stored) if stored is not None else None


def _receive(
    connection: psycopg.Connection, request: CertificateRequest, body_digest: str, received_at: datetime
) -> Received | None:
    asked = SubjectQuestion(
        municipality_code=request.municipality_code,
        serial=request.serial,
        fiscal_year=request.fiscal_year,
        notices=request.kind in PAYMENT_KINDS,
    )
    new = journal_store.new_request(request, body_digest, received_at, attempt=0)
    found = _RECEIVE.execute(connection, journal_store.values_of(new) | asked._asdict()).fetchall()
    if not found:
        return None
    stored = journal_store.as_stored(new)
    if len(found) > 1:  # a key with two versions: it is stored; read again, its facts break and are a case
        return Received(stored)
    numbers, *facts = found[0]
    return Received(stored, FirstReading(tuple(facts), tuple(numbers)))
