"""差押・交付要求・猶予・執行停止 that go on, as their screens show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg.rows import class_row

from kofu.ledger.arrears.dunning import END_PROPOSED, LASTING, LASTS_PAST


@dataclass(frozen=True, slots=True, kw_only=True)
class LastingEvent:
    """What goes on about a claim since `on`. `due`: 本税 in yen; `end_proposed`: its end waits for a second person."""

    event_id: int
    happening: str
    on: date
    until: date | None
    reason: str
    claim_id: int
    notice_number: str
    installment: str
    person_id: int
    addressee_number: str
    name: str
    due: int
    end_proposed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSubject:
    """Whom and which claim an event is about, and since when it lasts."""

    person_id: int
    name: str
    addressee_number: str
    notice_number: str
    installment: str
    on: date


def lasting_events(connection: psycopg.Connection, municipality_code: str, today: date) -> list[LastingEvent]:
    """List what goes on beyond `today`, the earliest first."""
    with connection.cursor(row_factory=class_row(LastingEvent)) as cursor:
        return cursor.execute(
            'SELECT event.id AS event_id, happening, event."on", event.until, event.reason, claim.id AS claim_id,'
            " notice_number, installment, taxpayer.id AS person_id, taxpayer.addressee_number, taxpayer.name,"
            " claim_balance.due,"
            f" {END_PROPOSED} AS end_proposed"
            " FROM arrears_event AS event JOIN claim ON claim.id = event.claim_id"
            " JOIN claim_balance ON claim_balance.claim_id = claim.id JOIN notice ON notice.id = claim.notice_id"
            " JOIN taxpayer USING (municipality_code, addressee_number)"
            f" WHERE notice.municipality_code = %(code)s AND happening = ANY(%(lasting)s) AND {LASTS_PAST}"
            ' ORDER BY event."on", event.id',
            {"code": municipality_code, "lasting": list(LASTING), "day": today},
        ).fetchall()


def event_subject(connection: psycopg.Connection, municipality_code: str, event_id: int) -> EventSubject | None:
    """Read whom an event is about; None where the municipality has none such."""
    with connection.cursor(row_factory=class_row(EventSubject)) as cursor:
        return cursor.execute(
            "SELECT taxpayer.id AS person_id, taxpayer.name, taxpayer.addressee_number, notice_number, installment,"
            ' event."on" FROM arrears_event AS event JOIN claim ON claim.id = event.claim_id'
            " JOIN notice ON notice.id = notice_id JOIN taxpayer USING (municipality_code, addressee_number)"
            " WHERE event.id = %s AND municipality_code = %s",
            [event_id, municipality_code],
        ).fetchone()
