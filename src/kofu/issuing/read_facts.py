"""Read everything known of one person from exactly one data generation (P6).

All statements of a reading run in one REPEATABLE READ, READ ONLY transaction: they see the database as it was at the
first of them, so neither a load activated in between nor a hold stored in between can show by halves. A hold stored
after the snapshot counts for the next reading; `issue` reads again where that matters.
"""

from __future__ import annotations

import psycopg
from psycopg import IsolationLevel
from psycopg.pq import TransactionStatus

from kofu.core.errors import OperatorFault, ensure
from kofu.issuing.adapters.fact_store import (
    Pointer,
    select_assessment,
    select_card,
    select_collections,
    select_holds,
    select_pointer,
    select_resident,
)
from kofu.issuing.domain.holds import StandingHold
from kofu.issuing.subject import SubjectAtGeneration

SNAPSHOT = IsolationLevel.REPEATABLE_READ


def read_facts(
    connection: psycopg.Connection,
    *,
    municipality_code: str,
    serial: str,
    fiscal_year: int,
    generation: int | None = None,
) -> SubjectAtGeneration:
    """Read the person a card certificate belongs to, at the active generation or at an earlier one named.

    The connection must be idle: the snapshot is a transaction of its own. An earlier `generation` is for re-checking a
    certificate made from it. Holds are always those in force now. Raises `OperatorFault` where the municipality has no
    data, or not that generation.
    """
    with _snapshot(connection), connection.cursor() as cursor:
        pointer = _pointer(cursor, municipality_code)
        at = _generation(pointer, generation)
        card = select_card(cursor, municipality_code, serial, at)
        number = card.addressee_number if card else None
        resident = select_resident(cursor, municipality_code, number, at) if number else None
        assessment = select_assessment(cursor, municipality_code, number, fiscal_year, at) if number else None
        collections = select_collections(cursor, municipality_code, number, at) if number else ()
        holds = select_holds(cursor, municipality_code, addressee_number=number, serial=serial)
    return SubjectAtGeneration(
        municipality_code=municipality_code,
        generation=at,
        tax_business_date=pointer.tax_business_date,
        resident_business_date=pointer.resident_business_date,
        card=card,
        resident=resident,
        assessment=assessment,
        collections=collections,
        holds=holds,
        halted=pointer.halted,
    )


def read_facts_of_person(
    connection: psycopg.Connection,
    *,
    municipality_code: str,
    addressee_number: str,
    fiscal_year: int,
    generation: int | None = None,
) -> SubjectAtGeneration:
    """Read the same by 宛名番号, for the counter. `card` is None; holds on serials do not show."""
    with _snapshot(connection), connection.cursor() as cursor:
        pointer = _pointer(cursor, municipality_code)
        at = _generation(pointer, generation)
        return SubjectAtGeneration(
            municipality_code=municipality_code,
            generation=at,
            tax_business_date=pointer.tax_business_date,
            resident_business_date=pointer.resident_business_date,
            card=None,
            resident=select_resident(cursor, municipality_code, addressee_number, at),
            assessment=select_assessment(cursor, municipality_code, addressee_number, fiscal_year, at),
            collections=select_collections(cursor, municipality_code, addressee_number, at),
            holds=select_holds(cursor, municipality_code, addressee_number=addressee_number, serial=None),
            halted=pointer.halted,
        )


def read_holds(
    connection: psycopg.Connection, *, municipality_code: str, addressee_number: str | None, serial: str | None
) -> tuple[StandingHold, ...]:
    """Read only the holds in force now on a person or a serial: the last question before a certificate leaves (P7).

    Runs in the caller's transaction, where there is one, and then sees what that transaction's isolation shows it.
    """
    with connection.cursor() as cursor:
        return select_holds(cursor, municipality_code, addressee_number=addressee_number, serial=serial)


class _snapshot:  # noqa: N801 - used as a verb: `with _snapshot(connection):`
    """One REPEATABLE READ, READ ONLY transaction on an idle connection."""

    def __init__(self, connection: psycopg.Connection) -> None:
        ensure(
            connection.info.transaction_status is TransactionStatus.IDLE,
            "facts are read in a transaction of their own: the connection must be idle",
        )
        self._connection = connection
        self._before = connection.isolation_level, connection.read_only
        self._transaction = connection.transaction()

    def __enter__(self) -> None:
        # told to the connection, so that they travel with its BEGIN and not as a statement of their own
        self._connection.isolation_level, self._connection.read_only = SNAPSHOT, True
        self._transaction.__enter__()

    def __exit__(self, *exception: object) -> None:
        try:
            self._transaction.__exit__(*exception)  # type: ignore[arg-type]  # handed through as received
        finally:
            if not self._connection.closed:  # else nothing is written through it any more, nor read
                self._connection.isolation_level, self._connection.read_only = self._before


def _pointer(cursor: psycopg.Cursor, municipality_code: str) -> Pointer:
    pointer = select_pointer(cursor, municipality_code)
    if pointer is None:
        raise OperatorFault("no_data", f"no data generation of municipality {municipality_code} was ever activated")
    return pointer


def _generation(pointer: Pointer, asked: int | None) -> int:
    if asked is None:
        return pointer.data_generation
    if not 1 <= asked <= pointer.data_generation:
        raise OperatorFault("no_such_generation", f"data generation {asked} was never activated")
    return asked
