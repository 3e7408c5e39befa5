"""Read everything known of one person from exactly one data generation (P6).

A reading is one statement: it sees the database as it is at one moment, so neither a load activated beside it nor a
hold stored beside it can show by halves. A hold stored after it counts for the next reading; `issue` reads again where
that matters.
"""

from __future__ import annotations

from contextlib import nullcontext

import psycopg
from psycopg.pq import TransactionStatus

from kofu.core.errors import OperatorFault, ensure
from kofu.issuing.requests.fact_store import FactsRow, SubjectQuestion, SubjectRows, select_subject, subject_of
from kofu.issuing.requests.subject import SubjectAtGeneration


def read_facts(
    connection: psycopg.Connection,
    *,
    municipality_code: str,
    serial: str,
    fiscal_year: int,
    generation: int | None = None,
    notices: bool = True,
    first: FactsRow | None = None,
) -> SubjectAtGeneration:
    """Read the person a card certificate belongs to, at the active generation or at an earlier one named.

    The connection must be idle: inside a transaction a statement could see an older moment. An earlier `generation` is
    for re-checking a certificate made from it. Holds are always those in force now. Without `notices` the collections
    are `UNREAD`. `first`: what was read of them when the request was stored, taken instead of reading. Raises
    `OperatorFault` where the municipality has no data, or not that generation.
    """
    asked = SubjectQuestion(
        municipality_code=municipality_code,
        fiscal_year=fiscal_year,
        serial=serial,
        generation=generation,
        notices=notices,
    )
    found = _read(connection, asked) if first is None else subject_of(first, asked)
    if found is None:
        raise OperatorFault("no_data", f"no data generation of municipality {municipality_code} was ever activated")
    at = found.pointer.data_generation if generation is None else generation
    if not 1 <= at <= found.pointer.data_generation:
        raise OperatorFault("no_such_generation", f"data generation {generation} was never activated")
    return SubjectAtGeneration(
        municipality_code=municipality_code,
        generation=at,
        tax_business_date=found.pointer.tax_business_date,
        resident_business_date=found.pointer.resident_business_date,
        card=found.card,
        resident=found.resident,
        assessment=found.assessment,
        collections=found.collections,
        holds=found.holds,
        held_rows=found.held_rows,
        halted=found.pointer.halted,
    )


def _read(connection: psycopg.Connection, asked: SubjectQuestion) -> SubjectRows | None:
    ensure(
        connection.info.transaction_status is TransactionStatus.IDLE,
        "facts are read as they are now: the connection must be idle",
    )
    with nullcontext() if connection.autocommit else connection.transaction():
        return select_subject(connection, asked)
