"""Read a history from running databases instead of a folder: what they keep, without what went over the lines.

Only tables that `docs/how-to/check-a-history.md` names are read, each in one statement, all in one snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

import msgspec
import psycopg
from psycopg.rows import dict_row

from kofu_proof.books import read_books
from kofu_proof.history import (
    AuditEntry,
    Copy,
    Generation,
    History,
    HoldRevision,
    Money,
    Report,
    Request,
    UnreadableHistoryError,
)

REQUESTS = (
    "SELECT request_id, municipality_code, serial, kind, fiscal_year, copies, state, refusal_code, repeat_code,"
    " addressee_number, generation, as_of, fee_per_copy, received_at, deadline,"
    " coalesce(plate_number, '') AS plate_number FROM issuing_request"
)
COPIES = "SELECT certificate_number, request_id, copy, sha256 FROM issuing_copy"
REPORTS = "SELECT request_id, outcome, copies_printed, fee_paid, standing FROM issuing_print_report ORDER BY id"
HOLDS = "SELECT hold_id, revision, addressee_number, serial, released FROM hold_message"
GENERATIONS = "SELECT number, feed, feed_generation FROM generation WHERE municipality_code = %s"
WARD = "SELECT municipality_code FROM active_generation"
ENTRIES = "SELECT * FROM audit_entry ORDER BY lane, sequence"

Connection = psycopg.Connection[dict[str, object]]


def read_databases(issuing: str | None, ledger: str | None) -> History:
    """Read what the databases named by URL keep. Raises `UnreadableHistoryError` where none has a municipality."""
    history = History(municipality_code="", has=frozenset())
    if issuing is not None:
        with _snapshot(issuing) as connection:
            history = _issuing(connection)
    if ledger is not None:
        with _snapshot(ledger) as connection:
            history = _with_ledger(history, connection)
    return history


def _snapshot(url: str) -> Connection:
    connection = psycopg.connect(url, row_factory=dict_row)
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection


def _issuing(connection: Connection) -> History:
    wards = connection.execute(WARD).fetchall()
    if len(wards) != 1:
        raise UnreadableHistoryError(f"the database of issuing has data of {len(wards)} municipalities; one is checked")
    ward = str(wards[0]["municipality_code"])
    return History(
        municipality_code=ward,
        has=frozenset({"journal", "copies", "reports", "holds", "generations", "audit"}),
        requests=tuple(Request(**row) for row in connection.execute(REQUESTS)),  # type: ignore[arg-type]  # as selected
        copies=tuple(Copy(**row) for row in connection.execute(COPIES)),  # type: ignore[arg-type]  # as selected
        reports=tuple(Report(**row) for row in connection.execute(REPORTS)),  # type: ignore[arg-type]  # as selected
        holds=tuple(HoldRevision(**row) for row in connection.execute(HOLDS)),  # type: ignore[arg-type]  # as selected
        generations=tuple(
            Generation(**row)  # type: ignore[arg-type]  # as selected
            for row in connection.execute(GENERATIONS, [ward])
        ),
        audit=tuple(_audit(connection, "issuing")),
    )


def _with_ledger(history: History, connection: Connection) -> History:
    books = read_books(connection)
    money: list[Money] = []
    for one in books.transfers:
        money.append(Money(what="entry", id=one.entry, yen=one.yen, account=one.debit))
        money.append(Money(what="entry", id=one.entry, yen=-one.yen, account=one.credit))
    money += [Money(what="payment", id=one.id, yen=one.yen) for one in books.payments]
    return msgspec.structs.replace(
        history,
        has=history.has | {"money", "audit", "books"},
        audit=(*history.audit, *_audit(connection, "ledger")),
        money=tuple(money),
        books=books,
    )


def _audit(connection: Connection, system: str) -> Iterator[AuditEntry]:
    """Read the audit log. A log from before hashes had versions has no column for it: all are of the first."""
    with connection.cursor(name=f"audit_{system}") as cursor:
        for row in cursor.execute(ENTRIES):
            moment, previous, digest = row["recorded_at"], row["previous_hash"], row["hash"]
            if not (isinstance(previous, bytes) and isinstance(digest, bytes)):
                raise UnreadableHistoryError(f"the audit log of {system} has hashes that are no bytes")
            yield AuditEntry(
                system=system,
                lane=str(row["lane"]),
                sequence=int(str(row["sequence"])),
                previous_hash=previous.hex(),
                hash=digest.hex(),
                body=str(row["body"]),
                recorded_at=moment.astimezone(UTC).isoformat(),  # type: ignore[attr-defined]  # timestamptz
                version=int(str(row.get("version", 1))),
            )
