"""Cases and stops in PostgreSQL. Every function works inside the caller's transaction; none commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from kofu.certificates.domain.findings import Signature
from kofu.certificates.stored_signatures import signatures_in
from kofu.core.errors import ensure
from kofu.issuing.cases.domain.kinds import CaseKind


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCase:
    """A case as it stands. `occurrences`: how often what it is about happened, the last time at `last_at`."""

    case_id: str
    municipality_code: str
    kind: CaseKind
    request_id: str
    summary: str
    opened_at: datetime
    closed_at: datetime | None
    cause: str = ""
    occurrences: int = 1
    last_at: datetime | None = None

    def __post_init__(self) -> None:
        """Turn the stored word into the kind it names."""
        object.__setattr__(self, "kind", CaseKind(self.kind))


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvidence:
    """One piece of what is known about a case."""

    added_at: datetime
    added_by: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredStop:
    """A stop of a municipality (発行停止)."""

    stop_id: str
    municipality_code: str
    reason: str
    set_at: datetime
    set_by: str
    case_id: str | None
    lifted_at: datetime | None


EVIDENCE_SHOWN_MAX = 200
"""A fault that lasts is one case with a line for every request it touched: pages show the latest."""

_CASE = ", ".join(StoredCase.__dataclass_fields__)
_STOP = ", ".join(StoredStop.__dataclass_fields__)


def insert_case(connection: psycopg.Connection, case: StoredCase) -> tuple[str, int]:
    """Store a new case, or count it with the open one of the same kind and cause; give its id and how often by now."""
    row = connection.execute(
        "INSERT INTO issuing_case"
        " (case_id, municipality_code, kind, request_id, summary, opened_at, cause, occurrences)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, 1)"
        " ON CONFLICT (municipality_code, kind, cause) WHERE closed_at IS NULL AND NOT (cause = '')"
        " DO UPDATE SET occurrences = issuing_case.occurrences + 1, last_at = excluded.opened_at"
        " RETURNING case_id, occurrences",
        (
            case.case_id,
            case.municipality_code,
            case.kind.value,
            case.request_id,
            case.summary,
            case.opened_at,
            case.cause,
        ),
    ).fetchone()
    ensure(row is not None, "a case that was stored has an id")
    return (row[0], row[1]) if row else ("", 0)


def read_case(connection: psycopg.Connection, case_id: str, *, lock: bool = False) -> StoredCase | None:
    """Read a case; with `lock`, hold its row until the transaction ends."""
    with connection.cursor(row_factory=class_row(StoredCase)) as cursor:
        cursor.execute(
            f"SELECT {_CASE} FROM issuing_case WHERE case_id = %s{' FOR UPDATE' if lock else ''}", (case_id,)
        )
        return cursor.fetchone()


def list_cases(connection: psycopg.Connection, municipality_code: str, *, only_open: bool) -> tuple[StoredCase, ...]:
    """List the cases of a municipality, oldest first."""
    with connection.cursor(row_factory=class_row(StoredCase)) as cursor:
        cursor.execute(
            f"SELECT {_CASE} FROM issuing_case WHERE municipality_code = %s"
            f"{' AND closed_at IS NULL' if only_open else ''} ORDER BY opened_at, case_id",
            (municipality_code,),
        )
        return tuple(cursor.fetchall())


def add_evidence(
    connection: psycopg.Connection, case_id: str, by: str, text: str, at: datetime, *, request_id: str = ""
) -> None:
    """Add a piece of evidence to a case, about a request where there is one."""
    connection.execute(
        "INSERT INTO issuing_case_evidence (case_id, added_at, added_by, text, request_id) VALUES (%s, %s, %s, %s, %s)",
        (case_id, at, by, text, request_id),
    )


def read_evidence(connection: psycopg.Connection, case_id: str) -> tuple[StoredEvidence, ...]:
    """Read the evidence of a case in the order it came; of more than `EVIDENCE_SHOWN_MAX` pieces the latest."""
    with connection.cursor(row_factory=class_row(StoredEvidence)) as cursor:
        cursor.execute(
            "SELECT added_at, added_by, text FROM (SELECT id, added_at, added_by, text FROM issuing_case_evidence"
            " WHERE case_id = %s ORDER BY id DESC LIMIT %s) AS latest ORDER BY id",
            (case_id, EVIDENCE_SHOWN_MAX),
        )
        return tuple(cursor.fetchall())


def case_signatures(connection: psycopg.Connection, case_id: str) -> tuple[Signature, ...]:
    """Read who signed a case with which finding."""
    return signatures_in(connection, "issuing_case_signature", case_id=case_id)


def sign_case(connection: psycopg.Connection, case_id: str, signature: Signature, at: datetime) -> None:
    """Add a signature. The unique key refuses a second one of the same person."""
    connection.execute(
        "INSERT INTO issuing_case_signature (case_id, signed_by, signed_at, finding) VALUES (%s, %s, %s, %s)",
        (case_id, signature.by, at, signature.finding),
    )


def close_case(connection: psycopg.Connection, case_id: str, at: datetime) -> None:
    """Close a case. The database refuses where fewer than two people have signed."""
    connection.execute("UPDATE issuing_case SET closed_at = %s WHERE case_id = %s", (at, case_id))


def insert_stop(connection: psycopg.Connection, stop: StoredStop) -> None:
    """Store a stop: in force for every request from the commit on."""
    connection.execute(
        "INSERT INTO issuing_stop (stop_id, municipality_code, reason, set_at, set_by, case_id)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        (stop.stop_id, stop.municipality_code, stop.reason, stop.set_at, stop.set_by, stop.case_id),
    )


def standing_stops(connection: psycopg.Connection, municipality_code: str) -> tuple[StoredStop, ...]:
    """Read the stops in force."""
    with connection.cursor(row_factory=class_row(StoredStop)) as cursor:
        cursor.execute(
            f"SELECT {_STOP} FROM issuing_stop WHERE municipality_code = %s AND lifted_at IS NULL"
            " ORDER BY set_at, stop_id",
            (municipality_code,),
        )
        return tuple(cursor.fetchall())


def lifted_stops(connection: psycopg.Connection, municipality_code: str, limit: int) -> tuple[StoredStop, ...]:
    """Read the stops that were lifted, the last first, at most `limit`."""
    with connection.cursor(row_factory=class_row(StoredStop)) as cursor:
        cursor.execute(
            f"SELECT {_STOP} FROM issuing_stop WHERE municipality_code = %s AND lifted_at IS NOT NULL"
            " ORDER BY lifted_at DESC LIMIT %s",
            (municipality_code, limit),
        )
        return tuple(cursor.fetchall())


def read_stop(connection: psycopg.Connection, stop_id: str, *, lock: bool = False) -> StoredStop | None:
    """Read a stop; with `lock`, hold its row until the transaction ends."""
    with connection.cursor(row_factory=class_row(StoredStop)) as cursor:
        cursor.execute(
            f"SELECT {_STOP} FROM issuing_stop WHERE stop_id = %s{' FOR UPDATE' if lock else ''}", (stop_id,)
        )
        return cursor.fetchone()


def stop_signatures(connection: psycopg.Connection, stop_id: str) -> tuple[Signature, ...]:
    """Read who agreed to lifting a stop, with which finding."""
    return signatures_in(connection, "issuing_stop_signature", stop_id=stop_id)


def sign_stop(connection: psycopg.Connection, stop_id: str, signature: Signature, at: datetime) -> None:
    """Add a person's word that a stop may be lifted."""
    connection.execute(
        "INSERT INTO issuing_stop_signature (stop_id, signed_by, signed_at, finding) VALUES (%s, %s, %s, %s)",
        (stop_id, signature.by, at, signature.finding),
    )


def lift_stop(connection: psycopg.Connection, stop_id: str, at: datetime) -> None:
    """Lift a stop. The database refuses where fewer than two people signed or its case is open."""
    connection.execute("UPDATE issuing_stop SET lifted_at = %s WHERE stop_id = %s", (at, stop_id))
