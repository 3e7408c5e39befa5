"""緊急閲覧: asked by a contractor's worker or an administrator, granted by 係長 for named persons and minutes.

The gate asks `live_access` where a role may not see a person: a visit under an access has its number in the record, and
`reads_under` reads the report from there. Nothing ends it but its time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from django.db import transaction

from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import PendingProposal, require_reason, require_second_person
from kofu.platform.audit_archive import segments_over
from kofu.platform.standing_proposals import require_decider
from kofu.staff.domain.emergency_access import (
    EMERGENCY_LIFE,
    MINUTES_MAX,
    PERSONS_MAX,
    EmergencyEvent,
    EmergencyState,
)
from kofu.staff.models import EmergencyAccess, EmergencyPerson
from kofu.staff.records import own_connection, record_with_change
from kofu.staff.work import StaffActor

WHAT = "an emergency access"
#: A look at the last moment is on record a little later.
_WRITTEN_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class NamedPerson:
    """A person an access is for: the number screens have in their addresses, and the pseudonym of the record."""

    person_id: str
    pseudonym: str


@dataclass(frozen=True, slots=True)
class ReadUnderAccess:
    """One look under an access, as the record has it: when (aware), at which screen, at whom."""

    read_at: datetime
    screen: str
    pseudonym: str


@dataclass(frozen=True, slots=True)
class MonthOutside:
    """A month of the record (such as `2026-10`) outside the database: in its files, or deleted after seven years."""

    month: str
    expired: bool


def ask(by: StaffActor, persons: Sequence[NamedPerson], *, reason: str, minutes: int) -> EmergencyAccess:
    """Ask for the data of named persons. Raises `OperatorFault`: `reason_needed`, `persons_wrong`, `minutes_wrong`."""
    words = require_reason(reason)
    if not 1 <= len(persons) <= PERSONS_MAX:
        raise OperatorFault("persons_wrong", f"name 1 to {PERSONS_MAX} persons")
    if not 1 <= minutes <= MINUTES_MAX:
        raise OperatorFault("minutes_wrong", f"1 to {MINUTES_MAX} minutes")
    with transaction.atomic():
        access = EmergencyAccess.objects.create(
            holder=by.login, reason=words, minutes=minutes, state=EmergencyState.ASKED, asked_at=datetime.now(UTC)
        )
        for one in persons:
            EmergencyPerson.objects.create(access=access, person_id=one.person_id, pseudonym=one.pseudonym)
        record_with_change(by, "emergency.ask", "asked", {"emergency": access.pk, "persons": len(persons)})
    return access


def decide(by: StaffActor, number: int, event: EmergencyEvent) -> None:
    """Grant it from now on, or refuse it, as another person than who asks. Raises `OperatorFault`."""
    with transaction.atomic():
        access = _locked(number, event)
        require_second_person(by.login, access.holder, what=WHAT)
        if event is EmergencyEvent.GRANT:
            require_decider(own_connection(), by.login, PendingProposal(access.holder, access.asked_at), what=WHAT)
        now = datetime.now(UTC)
        access.state = EMERGENCY_LIFE.after(EmergencyState(access.state), event)
        access.decided_by, access.decided_at = by.login, now
        if event is EmergencyEvent.GRANT:
            access.ends_at = now + timedelta(minutes=access.minutes)
        access.save(update_fields=["state", "decided_by", "decided_at", "ends_at"])
        record_with_change(by, "emergency.grant", event.value, {"emergency": number, "holder": access.holder})


def take_report(by: StaffActor, number: int) -> None:
    """Put on record that the 係長 has read what was looked at, all of it.

    Raises `OperatorFault` `not_over_yet`, and `report_outside` while looks lie in a month outside the database that can
    be brought back; what was deleted after seven years cannot.
    """
    with transaction.atomic():
        access = _locked(number, EmergencyEvent.REPORT)
        require_second_person(by.login, access.holder, what=WHAT)
        if access.ends_at is None or access.ends_at > datetime.now(UTC):
            raise OperatorFault("not_over_yet", "its time is not over: the report is not whole")
        outside = months_outside(own_connection(), access.decided_at or access.asked_at, access.ends_at)
        if any(not one.expired for one in outside):
            raise OperatorFault("report_outside", "a month of its looks left the database: restore it first")
        access.state = EMERGENCY_LIFE.after(EmergencyState(access.state), EmergencyEvent.REPORT)
        access.reported_by, access.reported_at = by.login, datetime.now(UTC)
        access.save(update_fields=["state", "reported_by", "reported_at"])
        record_with_change(by, "emergency.grant", "reported", {"emergency": number, "holder": access.holder})


def live_access(holder: str, pseudonym: str | None, now: datetime) -> int | None:
    """Give the number of the access under which someone may see a person now; None where there is none."""
    found = EmergencyPerson.objects.filter(
        pseudonym=pseudonym or "", access__holder=holder, access__state=EmergencyState.GRANTED, access__ends_at__gt=now
    ).first()
    return found.access_id if found is not None else None


def reads_under(connection: psycopg.Connection, number: int, since: datetime) -> list[ReadUnderAccess]:
    """Read from the audit log what was looked at under an access, in its order.

    The database alone: what left it is told by `months_outside`.
    """
    rows = connection.execute(
        "SELECT recorded_at, body::json->'detail'->>'screen', body::json->>'subject' FROM audit_entry"
        " WHERE recorded_at >= %s AND body::json->'detail'->>'emergency' = %s"
        " AND body::json->>'subject' IS NOT NULL ORDER BY recorded_at, sequence",
        [since, str(number)],
    ).fetchall()
    return [ReadUnderAccess(*row) for row in rows]


def months_outside(connection: psycopg.Connection, since: datetime, until: datetime) -> list[MonthOutside]:
    """Give the months of an access that left the database, the newest first: its looks may lie in their files."""
    left = segments_over(connection, since, until + _WRITTEN_WITHIN)
    return [MonthOutside(month, expired=state == "expired") for month, state in left]


def count_waiting_accesses(connection: psycopg.Connection) -> int:
    """Count the accesses that wait for 係長: asked, or over and not reported yet."""
    row = connection.execute(
        "SELECT count(*) FROM staff_emergency_access WHERE state = 'asked' OR (state = 'granted' AND ends_at <= now())"
    ).fetchone()
    return int(row[0]) if row else 0


def _locked(number: int, event: EmergencyEvent) -> EmergencyAccess:
    access = EmergencyAccess.objects.select_for_update().filter(pk=number).first()
    if access is None:
        raise OperatorFault("no_such_access", f"there is no emergency access {number}")
    EMERGENCY_LIFE.after(EmergencyState(access.state), event)
    return access
