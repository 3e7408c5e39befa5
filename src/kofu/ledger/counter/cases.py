"""Cases of the counter (調査票), and the stop that stands while one that stops is open (P2, P9).

A stop is no switch of its own: it is an open case that says so, and only two people's findings close a case. Every
release reads the open cases inside its own transaction, under a shared lock of the municipality; opening one commits
the row and then takes that lock alone. So when `open_case_now` has returned, every release that had not seen the case
is over, in every process, and no later one can pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from kofu.certificates.domain.findings import (
    FINDING_LIFE,
    FindingEvent,
    Signature,
    is_closed,
    require_finding,
    state_of,
)
from kofu.certificates.stored_signatures import signatures_in
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import require_reason
from kofu.core.short_text import shortened
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting

SUMMARY_LENGTH_MAX = 500
FINDING_LENGTH_MAX = 1_000
_LOCK_SPACE = 0x434F_554E  # "COUN": keeps this use of advisory locks apart from others

_OPEN = (
    "SELECT counter_case.id, counter_case.number FROM counter_case"
    " WHERE municipality_code = %s AND stops AND counter_case_signers(counter_case.id) < 2 ORDER BY counter_case.number"
)


class CounterCaseKind(StrEnum):
    """Why somebody must look."""

    LAST_LOOK_MISMATCH = "last_look_mismatch"  # the finished paper did not say what the facts say: stops
    ID_REUSED = "id_reused"  # the same form came with another content
    ISSUE_FAULT = "issue_fault"  # an error of ours while issuing
    BY_HAND = "by_hand"  # somebody stopped the counters


def open_case(
    connection: psycopg.Connection,
    municipality_code: str,
    kind: CounterCaseKind,
    *,
    summary: str,
    evidence: Sequence[str] = (),
    application_id: UUID | None = None,
    stops: bool = False,
    acting: Acting,
) -> UUID:
    """Open a case inside the caller's transaction; give its id. Summary and evidence carry no personal data."""
    case_id = uuid4()
    connection.execute(
        "INSERT INTO counter_case (id, municipality_code, kind, summary, evidence, application_id, stops, opened_by,"
        " opened_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            case_id, municipality_code, kind, shortened(summary, SUMMARY_LENGTH_MAX), Jsonb(list(evidence)),
            application_id, stops, acting.actor, acting.now,
        ],
    )  # fmt: skip
    record(connection, acting, "counter_case.open", kind.value, case=str(case_id), stops=int(stops))
    return case_id


def stop_by_hand(connection: psycopg.Connection, municipality_code: str, *, reason: str, acting: Acting) -> UUID:
    """Stop the counters at once and wait until releases under way are over; give the case's id.

    Raises `OperatorFault` `stop_without_reason`, `reason_long`.
    """
    if not reason.strip():
        raise OperatorFault("stop_without_reason", "say why the counters are stopped")
    words = require_reason(reason, length_max=SUMMARY_LENGTH_MAX)
    with connection.transaction():
        case_id = open_case(
            connection, municipality_code, CounterCaseKind.BY_HAND, summary=words, stops=True, acting=acting
        )
    drain(connection, municipality_code)
    return case_id


def drain(connection: psycopg.Connection, municipality_code: str) -> None:
    """Wait until every release that began before is committed or gone."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", (_LOCK_SPACE, municipality_code))


def stops_standing(connection: psycopg.Connection, municipality_code: str) -> list[tuple[UUID, int]]:
    """Read the open cases that stop issuance: id and number."""
    return [(row[0], int(row[1])) for row in connection.execute(_OPEN, [municipality_code]).fetchall()]


def stops_at_release(connection: psycopg.Connection, municipality_code: str) -> list[tuple[UUID, int]]:
    """Read the same inside a release's transaction; a stop set later waits for that transaction."""
    connection.execute("SELECT pg_advisory_xact_lock_shared(%s, hashtext(%s))", (_LOCK_SPACE, municipality_code))
    return stops_standing(connection, municipality_code)


def sign_case(connection: psycopg.Connection, case_id: UUID, finding: str, *, acting: Acting) -> bool:
    """Add one person's finding; the second person's closes the case. Whether it is closed now.

    Raises `OperatorFault` `no_such_case`, `case_closed`, `finding_refused`.
    """
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('counter case ' || %s, 0))", [str(case_id)])
        if connection.execute("SELECT 1 FROM counter_case WHERE id = %s", [case_id]).fetchone() is None:
            raise OperatorFault("no_such_case", "there is no such case")
        signatures = signatures_of(connection, case_id)
        FINDING_LIFE.after(state_of(signatures), FindingEvent.SIGN)
        new = Signature(by=acting.actor, finding=finding)
        require_finding(signatures, new, length_max=FINDING_LENGTH_MAX)
        connection.execute(
            "INSERT INTO counter_finding (case_id, signed_by, finding, signed_at) VALUES (%s, %s, %s, %s)",
            [case_id, new.by, new.finding.strip(), acting.now],
        )
        closed = is_closed((*signatures, new))
        record(connection, acting, "counter_case.sign", "closed" if closed else "signed", case=str(case_id))
    return closed


def signatures_of(connection: psycopg.Connection, case_id: UUID) -> tuple[Signature, ...]:
    """Read the findings on a case, the first first."""
    return signatures_in(connection, "counter_finding", case_id=case_id)
