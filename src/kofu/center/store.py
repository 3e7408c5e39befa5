"""The centre's tables: sessions that end, requests counted, print results that are never lost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
import psycopg

from kofu.contracts.center import SessionPrintResult, SessionRequest
from kofu.contracts.issuing import PrintOutcome, PrintResult

OPEN_PER_KIOSK_MAX = 8
CHALLENGES_PER_KIOSK_MAX = 16
OPEN_MAX = 5_000  # of all kiosks together
IDLE_MAX = timedelta(minutes=12)  # a kiosk's own screens leave a resident who does nothing long before
REQUESTS_PER_SESSION_MAX = 20
DELIVERIES_PER_ROUND_MAX = 50

Connection = psycopg.AsyncConnection

#: Parameters: now, now - IDLE_MAX.
_STILL_OPEN = "expires_at > %s AND coalesce(used_at, opened_at) > %s"


@dataclass(frozen=True, slots=True)
class GivenChallenge:
    """What a card was given to sign, and for whom."""

    challenge_id: str
    kiosk_id: str
    municipality_code: str
    nonce: bytes


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session that is open now."""

    session_id: str
    kiosk_id: str
    municipality_code: str
    serial: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A print result the ward does not have yet."""

    report_id: int
    municipality_code: str
    body: bytes


async def add_challenge(connection: Connection, challenge: GivenChallenge, now: datetime, expires_at: datetime) -> bool:
    """Store a challenge; those whose time is over go. False where the kiosk has too many open at once."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('center_challenge', 1))")
        await connection.execute("DELETE FROM center_challenge WHERE expires_at <= %s", [now])
        cursor = await connection.execute(
            "SELECT count(*) FROM center_challenge WHERE kiosk_id = %s", [challenge.kiosk_id]
        )
        row = await cursor.fetchone()
        if row is None or row[0] >= CHALLENGES_PER_KIOSK_MAX:
            return False
        await connection.execute(
            "INSERT INTO center_challenge (challenge_id, kiosk_id, municipality_code, nonce, expires_at)"
            " VALUES (%s, %s, %s, %s, %s)",
            [challenge.challenge_id, challenge.kiosk_id, challenge.municipality_code, challenge.nonce, expires_at],
        )
    return True


async def use_challenge(connection: Connection, challenge_id: str, now: datetime) -> GivenChallenge | None:
    """Take a challenge: whoever takes it has used it, whatever comes of it. None where there is none (any more)."""
    cursor = await connection.execute(
        "DELETE FROM center_challenge WHERE challenge_id = %s AND expires_at > %s"
        " RETURNING challenge_id, kiosk_id, municipality_code, nonce",
        [challenge_id, now],
    )
    row = await cursor.fetchone()
    return GivenChallenge(row[0], row[1], row[2], bytes(row[3])) if row is not None else None


async def open_session(connection: Connection, session: OpenedSession, *, now: datetime, expires_at: datetime) -> bool:
    """Store a new session. False where the kiosk, or all kiosks together, have too many open at once."""
    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('center_session', 1))")
        cursor = await connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE kiosk_id = %s) FROM center_session"
            f" WHERE ended_at IS NULL AND {_STILL_OPEN}",
            [session.kiosk_id, now, now - IDLE_MAX],
        )
        row = await cursor.fetchone()
        if row is None or row[0] >= OPEN_MAX or row[1] >= OPEN_PER_KIOSK_MAX:
            return False
        await connection.execute(
            "INSERT INTO center_session (session_id, kiosk_id, municipality_code, serial, opened_at, expires_at,"
            " used_at) VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [session.session_id, session.kiosk_id, session.municipality_code, session.serial, now, expires_at, now],
        )
    return True


async def find_session(connection: Connection, session_id: str, kiosk_id: str, now: datetime) -> OpenedSession | None:
    """Find an open session of this very kiosk; its idle time begins anew."""
    cursor = await connection.execute(
        "UPDATE center_session SET used_at = %s WHERE session_id = %s AND kiosk_id = %s AND ended_at IS NULL"
        f" AND serial IS NOT NULL AND {_STILL_OPEN} RETURNING session_id, kiosk_id, municipality_code, serial",
        [now, session_id, kiosk_id, now, now - IDLE_MAX],
    )
    row = await cursor.fetchone()
    return OpenedSession(*row) if row is not None else None


async def note_request(connection: Connection, session: OpenedSession, asked: SessionRequest, now: datetime) -> bool:
    """Store that a request goes to the ward. False where the session has asked too often or the id is another's."""
    async with connection.transaction():
        cursor = await connection.execute(
            "SELECT count(*), count(*) FILTER (WHERE request_id = %s) FROM center_request WHERE session_id = %s",
            [asked.request_id, session.session_id],
        )
        row = await cursor.fetchone()
        if row is None or (row[0] >= REQUESTS_PER_SESSION_MAX and not row[1]):
            return False
        if row[1]:
            return True  # the same again: the ward decides by its body (P11)
        cursor = await connection.execute(
            "INSERT INTO center_request (request_id, session_id, kind, fiscal_year, copies, asked_at, outcome, code,"
            " fee_per_copy, sheets_per_copy, print_outcome, copies_printed, fee_paid)"
            " VALUES (%s, %s, %s, %s, %s, %s, 'asked', '', 0, 0, '', 0, 0) ON CONFLICT DO NOTHING",
            [asked.request_id, session.session_id, asked.kind.value, asked.fiscal_year, asked.copies, now],
        )
        return cursor.rowcount == 1


async def note_answer(connection: Connection, request_id: str, outcome: str, code: str) -> None:
    """Store that the ward refused or failed, and its code."""
    await connection.execute(
        "UPDATE center_request SET outcome = %s, code = %s WHERE request_id = %s", [outcome, code, request_id]
    )


async def note_issued(connection: Connection, request_id: str, fee_per_copy: int, sheets_per_copy: int) -> None:
    """Store that the ward issued: the fee in yen and the sheets of one copy. Nothing of the documents."""
    await connection.execute(
        "UPDATE center_request SET outcome = 'issued', fee_per_copy = %s, sheets_per_copy = %s WHERE request_id = %s",
        [fee_per_copy, sheets_per_copy, request_id],
    )


async def note_not_handed_over(
    connection: Connection, session: OpenedSession, request_id: str, code: str, now: datetime
) -> None:
    """Store that what the ward issued never left the centre, and queue that for the ward."""
    failed = PrintResult(
        request_id=request_id, outcome=PrintOutcome.FAILED, copies_printed=0, fee_paid=0, occurred_at=now
    )
    async with connection.transaction():
        await note_answer(connection, request_id, "failed", code)
        await _queue(connection, session.municipality_code, failed)


async def note_print(
    connection: Connection, session_id: str, kiosk_id: str, told: SessionPrintResult, now: datetime
) -> bool:
    """Store what became of the paper and queue it for the ward. False where this kiosk's session issued no such paper.

    The first definite word stands: the same again changes nothing. A word that comes after the session's end, when the
    ward was told `unknown` already, is passed on too. An instant the kiosk's clock cannot have meant is set right.
    """
    async with connection.transaction():
        cursor = await connection.execute(
            "SELECT r.print_outcome, r.asked_at, s.municipality_code FROM center_request r"
            " JOIN center_session s USING (session_id)"
            " WHERE r.request_id = %s AND r.session_id = %s AND s.kiosk_id = %s AND r.outcome = 'issued'"
            " FOR UPDATE OF r",
            [told.request_id, session_id, kiosk_id],
        )
        row = await cursor.fetchone()
        if row is None:
            return False
        stands, asked_at, municipality_code = row
        if not stands or (stands == PrintOutcome.UNKNOWN and told.outcome is not PrintOutcome.UNKNOWN):
            result = PrintResult(
                request_id=told.request_id,
                outcome=told.outcome,
                copies_printed=told.copies_printed,
                fee_paid=told.fee_paid,
                occurred_at=min(max(told.occurred_at, asked_at), now),
            )
            await _queue(connection, municipality_code, result)
    return True


async def _queue(connection: Connection, municipality_code: str, result: PrintResult) -> None:
    await connection.execute(
        "UPDATE center_request SET print_outcome = %s, copies_printed = %s, fee_paid = %s WHERE request_id = %s",
        [result.outcome.value, result.copies_printed, result.fee_paid, result.request_id],
    )
    await connection.execute(
        "INSERT INTO center_print_report (request_id, municipality_code, outcome, copies_printed, fee_paid,"
        " occurred_at, body, attempts, last_failure) VALUES (%s, %s, %s, %s, %s, %s, %s, 0, '')",
        [
            result.request_id,
            municipality_code,
            result.outcome.value,
            result.copies_printed,
            result.fee_paid,
            result.occurred_at,
            msgspec.json.encode(result),
        ],
    )


async def end_session(connection: Connection, session_id: str, kiosk_id: str, now: datetime) -> None:
    """Let a session of this kiosk be over now, as its resident has left. One that is over already stays so."""
    await connection.execute(
        "UPDATE center_session SET expires_at = least(expires_at, %s)"
        " WHERE session_id = %s AND kiosk_id = %s AND ended_at IS NULL",
        [now, session_id, kiosk_id],
    )
    await end_expired(connection, now)


async def end_expired(connection: Connection, now: datetime) -> int:
    """End the sessions whose time is over: erase the serial; what was handed over without a word becomes `unknown`."""
    over = "s.ended_at IS NULL AND (s.expires_at <= %s OR coalesce(s.used_at, s.opened_at) <= %s)"
    async with connection.transaction():
        cursor = await connection.execute(
            "SELECT r.request_id, s.municipality_code FROM center_request r JOIN center_session s USING (session_id)"
            f" WHERE {over} AND r.outcome IN ('issued', 'asked') AND r.print_outcome = '' FOR UPDATE OF r",
            [now, now - IDLE_MAX],
        )
        for request_id, municipality_code in await cursor.fetchall():
            unknown = PrintResult(
                request_id=request_id, outcome=PrintOutcome.UNKNOWN, copies_printed=0, fee_paid=0, occurred_at=now
            )
            await _queue(connection, municipality_code, unknown)
        cursor = await connection.execute(
            f"UPDATE center_session s SET ended_at = %s, serial = NULL WHERE {over}", [now, now, now - IDLE_MAX]
        )
    return cursor.rowcount


async def waiting(connection: Connection, request_id: str | None = None) -> list[Waiting]:
    """List print results the ward does not have yet, those tried least first; or those of `request_id` alone.

    Of one request the earlier one goes first: `unknown` and the definite word that ends it.
    """
    cursor = await connection.execute(
        "SELECT id, municipality_code, body FROM center_print_report"
        " WHERE delivered_at IS NULL AND (%(only)s::text IS NULL OR request_id = %(only)s)"
        " ORDER BY attempts, id LIMIT %(limit)s",
        {"only": request_id, "limit": DELIVERIES_PER_ROUND_MAX},
    )
    return [Waiting(row[0], row[1], bytes(row[2])) for row in await cursor.fetchall()]


async def note_delivery(connection: Connection, report_id: int, failure: str, delivered_at: datetime | None) -> None:
    """Store when the ward took it (None: not yet), and what it said against it."""
    await connection.execute(
        "UPDATE center_print_report SET attempts = attempts + 1, last_failure = %s, delivered_at = %s WHERE id = %s",
        [failure, delivered_at, report_id],
    )
