"""The centre's tables: sessions that end, requests counted, print results that are never lost."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
import psycopg

from kofu.center.domain.requests import CENTER_REQUEST_LIFE, OutcomeEvent, RequestOutcome, after_failure
from kofu.center.session_tokens import open_serial, seal_serial, session_id_of
from kofu.contracts.center import SessionPrintResult, SessionRequest
from kofu.contracts.issuing import PrintOutcome, PrintResult
from kofu.platform.outbox import Outbox

OPEN_PER_KIOSK_MAX = 8
CHALLENGES_PER_KIOSK_MAX = 16
OPEN_MAX = 5_000  # of all kiosks together
IDLE_MAX = timedelta(minutes=12)  # a kiosk's own screens leave a resident who does nothing long before
REQUESTS_PER_SESSION_MAX = 20
DELIVERIES_PER_ROUND_MAX = 50
#: Sent by `app`, each ward by itself, so that a silent one holds up no other; `outbox` says how a delivery is noted.
PRINT_REPORTS = Outbox("center_print_report", "delivered_at IS NULL", 0x7072696E74)
ACCEPTED, CONTRADICTION = "accepted", "contradiction"  # how a print result stands

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
    """A session that is open now. `token`: what its kiosk knows it by, which is stored nowhere."""

    token: str = field(repr=False)
    kiosk_id: str
    municipality_code: str
    serial: str = field(repr=False)

    @property
    def session_id(self) -> str:
        """What the database knows it by."""
        return session_id_of(self.token)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotedRequest:
    """A request as the centre has it. `same_body`: what is asked now was asked then."""

    outcome: RequestOutcome
    asked_at: datetime
    deadline: datetime
    stop_id: str
    same_body: bool


class ReportIntake(StrEnum):
    """What a kiosk's print result is, seen from what the centre knows."""

    TAKEN = "taken"  # new, or the same again
    CONTRADICTION = "contradiction"  # another word was told before
    NOTHING_ISSUED = "nothing_issued"


@dataclass(frozen=True, slots=True)
class UndeliveredResult:
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
            [
                session.session_id,
                session.kiosk_id,
                session.municipality_code,
                seal_serial(session.token, session.serial),
                now,
                expires_at,
                now,
            ],
        )
    return True


async def find_session(connection: Connection, token: str, kiosk_id: str, now: datetime) -> OpenedSession | None:
    """Find an open session of this very kiosk; its idle time begins anew. Raises `OurFault` `seal_broken`."""
    cursor = await connection.execute(
        "UPDATE center_session SET used_at = %s WHERE session_id = %s AND kiosk_id = %s AND ended_at IS NULL"
        f" AND serial IS NOT NULL AND {_STILL_OPEN} RETURNING municipality_code, serial",
        [now, session_id_of(token), kiosk_id, now, now - IDLE_MAX],
    )
    row = await cursor.fetchone()
    return None if row is None else OpenedSession(token, kiosk_id, row[0], open_serial(token, row[1]))


async def note_request(
    connection: Connection,
    session: OpenedSession,
    asked: SessionRequest,
    *,
    now: datetime,
    deadline: datetime,
    stop_id: str,
) -> NotedRequest | None:
    """Store that a request goes to the ward, or find that it did. None where the session may not ask that.

    It may not where it has asked too often, or the id is another session's. The first deadline stands. With a `stop_id`
    a new request is refused by that stop and goes nowhere. Otherwise one more asking is counted, before the ward hears
    of it: whatever becomes of this process, that it was asked is known.
    """
    digest = hashlib.sha256(msgspec.json.encode(asked, order="sorted")).hexdigest()
    async with connection.transaction():
        cursor = await connection.execute(
            "SELECT count(*) FROM center_request WHERE session_id = %s AND request_id <> %s",
            [session.session_id, asked.request_id],
        )
        row = await cursor.fetchone()
        if row is None or row[0] >= REQUESTS_PER_SESSION_MAX:
            return None
        cursor = await connection.execute(
            "INSERT INTO center_request (request_id, session_id, kind, fiscal_year, copies, asked_at, outcome, code,"
            " fee_per_copy, sheets_per_copy, print_outcome, copies_printed, fee_paid, body_digest, deadline_at,"
            " stop_id, unanswered) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 0, 0, '', 0, 0, %s, %s, %s, 0)"
            " ON CONFLICT DO NOTHING",
            [
                asked.request_id,
                session.session_id,
                asked.kind.value,
                asked.fiscal_year,
                asked.copies,
                now,
                (RequestOutcome.REFUSED if stop_id else RequestOutcome.ASKED).value,
                "kind_stopped" if stop_id else "",
                digest,
                deadline,
                stop_id,
            ],
        )
        cursor = await connection.execute(
            "SELECT outcome, asked_at, coalesce(deadline_at, asked_at), stop_id, body_digest FROM center_request"
            " WHERE request_id = %s AND session_id = %s FOR UPDATE",
            [asked.request_id, session.session_id],
        )
        row = await cursor.fetchone()
        if row is None:
            return None
        noted = NotedRequest(
            outcome=RequestOutcome(row[0]),
            asked_at=row[1],
            deadline=row[2],
            stop_id=row[3],
            same_body=row[4] == digest,
        )
        if noted.same_body and not noted.stop_id and not stop_id:
            await connection.execute(
                "UPDATE center_request SET unanswered = unanswered + 1, outcome = %s WHERE request_id = %s",
                [
                    (CENTER_REQUEST_LIFE.following(noted.outcome, OutcomeEvent.ASK) or noted.outcome).value,
                    asked.request_id,
                ],
            )
    return noted


async def note_refused(connection: Connection, request_id: str, code: str) -> bool:
    """Store that the ward refused. False where it was told otherwise before: this answer does not leave."""
    async with connection.transaction():
        outcome = await _move(connection, request_id, OutcomeEvent.REFUSE)
        if outcome is None:
            return False
        await connection.execute(
            "UPDATE center_request SET outcome = %s, code = %s WHERE request_id = %s", [outcome.value, code, request_id]
        )
    return True


async def note_nothing_done(connection: Connection, request_id: str, code: str) -> None:
    """Store that the ward did nothing with one asking: the request failed where no other asking is open."""
    async with connection.transaction():
        cursor = await connection.execute(
            "SELECT outcome, unanswered FROM center_request WHERE request_id = %s FOR UPDATE", [request_id]
        )
        row = await cursor.fetchone()
        if row is None:
            return
        outcome = after_failure(RequestOutcome(row[0]), row[1])
        failed = outcome is RequestOutcome.FAILED
        await connection.execute(
            "UPDATE center_request SET unanswered = greatest(unanswered - 1, 0), outcome = coalesce(%s, outcome),"
            " code = CASE WHEN %s THEN %s ELSE code END WHERE request_id = %s",
            [outcome.value if outcome else None, failed, code, request_id],
        )


class Leaves(StrEnum):
    """Whether a paper may leave the centre."""

    YES = "yes"
    TOLD_OTHERWISE = "told_otherwise"  # another end was told of the request before
    SESSION_OVER = "session_over"  # its resident has left: nobody stands at the kiosk for whom it is


async def note_issued(connection: Connection, request_id: str, fee_per_copy: int, sheets_per_copy: int) -> Leaves:
    """Store that the ward issued: the fee in yen and the sheets of one copy. Nothing of the documents.

    Nothing is stored where the paper does not leave. The row is locked before the session is looked at: whoever ends
    sessions takes the same lock, so one of the two sees the other.
    """
    async with connection.transaction():
        if await _move(connection, request_id, OutcomeEvent.ISSUE) is None:
            return Leaves.TOLD_OTHERWISE
        cursor = await connection.execute(
            "SELECT s.ended_at IS NOT NULL FROM center_request r JOIN center_session s USING (session_id)"
            " WHERE r.request_id = %s",
            [request_id],
        )
        row = await cursor.fetchone()
        if row is None or row[0]:
            return Leaves.SESSION_OVER
        await connection.execute(
            "UPDATE center_request SET outcome = 'issued', code = '', fee_per_copy = %s, sheets_per_copy = %s"
            " WHERE request_id = %s",
            [fee_per_copy, sheets_per_copy, request_id],
        )
    return Leaves.YES


async def note_not_handed_over(
    connection: Connection, session: OpenedSession, request_id: str, code: str, now: datetime
) -> None:
    """Store that what the ward issued never left the centre, and queue that for the ward, once.

    Where another line handed it over, or somebody told the end, that stands; that nobody knew, told at the session's
    end, is no end.
    """
    failed = PrintResult(
        request_id=request_id, outcome=PrintOutcome.FAILED, copies_printed=0, fee_paid=0, occurred_at=now
    )
    async with connection.transaction():
        outcome = await _move(connection, request_id, OutcomeEvent.DROP)
        cursor = await connection.execute(
            "SELECT print_outcome FROM center_request WHERE request_id = %s", [request_id]
        )
        row = await cursor.fetchone()
        if outcome is None or row is None or row[0] not in {"", PrintOutcome.UNKNOWN}:
            return
        await connection.execute(
            "UPDATE center_request SET outcome = %s, code = %s WHERE request_id = %s", [outcome.value, code, request_id]
        )
        await _queue(connection, session.municipality_code, failed)


async def _move(connection: Connection, request_id: str, event: OutcomeEvent) -> RequestOutcome | None:
    """Lock a request and give its outcome after the event; None where the table has no arrow."""
    cursor = await connection.execute(
        "SELECT outcome FROM center_request WHERE request_id = %s FOR UPDATE", [request_id]
    )
    row = await cursor.fetchone()
    return None if row is None else CENTER_REQUEST_LIFE.following(RequestOutcome(row[0]), event)


async def note_print(
    connection: Connection, token: str, kiosk_id: str, reported: SessionPrintResult, now: datetime
) -> ReportIntake:
    """Store what became of the paper and queue it for the ward.

    Results are compared whole. The first definite word stands, and the same again changes nothing; another word is kept
    and queued as a contradiction, for the ward to make a case of. A word that comes after the session's end, when the
    ward was told `unknown` already, is passed on too. An instant the kiosk's clock cannot have meant is set right.
    A paper or money told of a request of which this centre handed nothing over (it was restored from an older backup,
    or something is badly wrong) counts for no statement here, and goes to the ward, which knows what it made.
    """
    async with connection.transaction():
        cursor = await connection.execute(
            "SELECT r.print_outcome, r.asked_at, s.municipality_code, r.outcome = 'issued' FROM center_request r"
            " JOIN center_session s USING (session_id)"
            " WHERE r.request_id = %s AND r.session_id = %s AND s.kiosk_id = %s FOR UPDATE OF r",
            [reported.request_id, session_id_of(token), kiosk_id],
        )
        row = await cursor.fetchone()
        if row is None or not (row[3] or reported.copies_printed or reported.fee_paid):
            return ReportIntake.NOTHING_ISSUED
        stands, asked_at, municipality_code, issued = row
        cursor = await connection.execute(
            "SELECT standing FROM center_print_report WHERE request_id = %s AND outcome = %s AND copies_printed = %s"
            " AND fee_paid = %s AND told_at = %s",
            [
                reported.request_id,
                reported.outcome.value,
                reported.copies_printed,
                reported.fee_paid,
                reported.occurred_at,
            ],
        )
        same = await cursor.fetchone()
        if same is not None and issued:
            return ReportIntake.CONTRADICTION if same[0] == CONTRADICTION else ReportIntake.TAKEN
        if same is not None:
            return ReportIntake.NOTHING_ISSUED
        first = issued and (
            not stands or (stands == PrintOutcome.UNKNOWN and reported.outcome is not PrintOutcome.UNKNOWN)
        )
        result = PrintResult(
            request_id=reported.request_id,
            outcome=reported.outcome,
            copies_printed=reported.copies_printed,
            fee_paid=reported.fee_paid,
            occurred_at=min(max(reported.occurred_at, asked_at), now),
        )
        await _queue(connection, municipality_code, result, told_at=reported.occurred_at, contradicts=not first)
    if not issued:
        return ReportIntake.NOTHING_ISSUED
    return ReportIntake.TAKEN if first else ReportIntake.CONTRADICTION


async def _queue(
    connection: Connection,
    municipality_code: str,
    result: PrintResult,
    *,
    told_at: datetime | None = None,
    contradicts: bool = False,
) -> None:
    """Keep a result for the ward; where it stands, for fees and statistics too."""
    if not contradicts:
        await connection.execute(
            "UPDATE center_request SET print_outcome = %s, copies_printed = %s, fee_paid = %s WHERE request_id = %s",
            [result.outcome.value, result.copies_printed, result.fee_paid, result.request_id],
        )
    await connection.execute(
        "INSERT INTO center_print_report (request_id, municipality_code, outcome, copies_printed, fee_paid,"
        " occurred_at, told_at, standing, body, attempts, last_failure)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 0, '')",
        [
            result.request_id,
            municipality_code,
            result.outcome.value,
            result.copies_printed,
            result.fee_paid,
            result.occurred_at,
            told_at,
            CONTRADICTION if contradicts else ACCEPTED,
            msgspec.json.encode(result),
        ],
    )


async def end_session(connection: Connection, token: str, kiosk_id: str, now: datetime) -> None:
    """Let a session of this kiosk be over now, as its resident has left. One that is over already stays so."""
    await connection.execute(
        "UPDATE center_session SET expires_at = least(expires_at, %s)"
        " WHERE session_id = %s AND kiosk_id = %s AND ended_at IS NULL",
        [now, session_id_of(token), kiosk_id],
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


async def waiting(connection: Connection, request_id: str | None = None) -> list[UndeliveredResult]:
    """List print results the ward does not have yet, those tried least first; or those of `request_id` alone.

    Of one request the earlier one goes first, and the later one in a round after it: the ward takes the first word.
    """
    cursor = await connection.execute(
        "SELECT id, municipality_code, body FROM center_print_report p"
        f" WHERE {PRINT_REPORTS.waiting} AND (%(only)s::text IS NULL OR request_id = %(only)s)"
        " AND NOT EXISTS (SELECT 1 FROM center_print_report e WHERE e.request_id = p.request_id AND e.id < p.id"
        " AND e.delivered_at IS NULL) ORDER BY attempts, id LIMIT %(limit)s",
        {"only": request_id, "limit": DELIVERIES_PER_ROUND_MAX},
    )
    return [UndeliveredResult(row[0], row[1], bytes(row[2])) for row in await cursor.fetchall()]


async def note_delivery(connection: Connection, report_id: int, failure: str, delivered_at: datetime | None) -> None:
    """Store when the ward took it (None: not yet), and what it said against it."""
    await connection.execute(PRINT_REPORTS.note, [failure, delivered_at, report_id])
