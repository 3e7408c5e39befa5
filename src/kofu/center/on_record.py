"""What the centre does for whose card is on record: at which kiosk, with what end, the card by pseudonym (P10)."""

from __future__ import annotations

import psycopg

from kofu.center.store import OpenedSession
from kofu.platform.answer_record import AnswerRecord, KnownBy


async def note_session(record: AnswerRecord, connection: psycopg.AsyncConnection, session: OpenedSession) -> None:
    """Put on record, in the transaction that opens it, that a session of a card began."""
    await _note(record, connection, session, "session.open", "opened")


async def note_passed_on(
    record: AnswerRecord, connection: psycopg.AsyncConnection, session: OpenedSession, request_id: str, end: str
) -> None:
    """Put on record what became of a ward's answer: `end`, whether it leaves or with which code it was refused."""
    await _note(record, connection, session, "certificate.pass_on", end, request=request_id)


async def _note(
    record: AnswerRecord,
    connection: psycopg.AsyncConnection,
    session: OpenedSession,
    action: str,
    result: str,
    **more: str,
) -> None:
    await record.add(
        connection,
        session.kiosk_id,
        action,
        result,
        scope=KnownBy.SERIAL,
        people=[session.serial],
        municipality=session.municipality_code,
        **more,
    )
