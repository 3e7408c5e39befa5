"""SELECTs of the facts, one per table: rows of one data generation as the values certificates are made of.

Every statement is prepared on the server at first use and takes the generation as a parameter: a version belongs to it
where ``from_generation <= g < to_generation``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import class_row

from kofu.certificates.facts import AssessmentFacts, CollectionFacts, InstallmentFacts
from kofu.core.birthday import parse_birthday
from kofu.core.errors import ensure
from kofu.core.kinds import Declaration, HoldKind, Liability
from kofu.issuing.domain.holds import StandingHold
from kofu.issuing.domain.standing import CardStatus, ResidentStatus
from kofu.issuing.subject import CardCertificateFacts, ResidentFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """The pointer row of a municipality: its active data generation and what the two feeds behind it are.

    `halted`: whether a stop is in force beside it.
    """

    data_generation: int
    tax_feed_generation: int
    tax_business_date: date | None
    resident_feed_generation: int
    resident_business_date: date | None
    retired_before_year: int
    halted: bool


_AT = "municipality_code = %s AND from_generation <= %s AND to_generation > %s"
_ASSESSMENT_COLUMNS = tuple(field.name for field in fields(AssessmentFacts))
_POINTER = f"""
    SELECT {", ".join(field.name for field in fields(Pointer) if field.name != "halted")}, EXISTS (
        SELECT FROM issuing_stop
        WHERE issuing_stop.municipality_code = active_generation.municipality_code AND lifted_at IS NULL) AS halted
    FROM active_generation WHERE municipality_code = %s"""
_CARD = f"""
    SELECT serial, addressee_number, device, valid_from, valid_to, status
    FROM fact_card_certificates WHERE {_AT} AND serial = %s"""
_RESIDENT = f"""
    SELECT addressee_number, status, status_date, resident_since, name, kana, birthday, sex, postal_code, address,
           foreigner
    FROM fact_residents WHERE {_AT} AND addressee_number = %s"""
_ASSESSMENT = f"""
    SELECT {", ".join(_ASSESSMENT_COLUMNS)}
    FROM fact_assessments WHERE {_AT} AND addressee_number = %s AND fiscal_year = %s"""
_COLLECTIONS = f"""
    SELECT addressee_number, notice_number, tax, fiscal_year, origin_year, collection_method, statutory_due_date,
           plate_number, chassis_last4, inspected, installments, due_dates, assessed, paid
    FROM fact_collections WHERE {_AT} AND addressee_number = %s
    ORDER BY fiscal_year, tax, notice_number"""
_HOLDS = """
    SELECT hold_id, revision, kind, effective_from
    FROM standing_hold
    WHERE municipality_code = %s AND NOT released AND (addressee_number = %s OR serial = %s)
    ORDER BY hold_id"""


def select_pointer(cursor: psycopg.Cursor, municipality_code: str) -> Pointer | None:
    """Give the municipality's pointer row, or None where nothing was ever activated."""
    with cursor.connection.cursor(row_factory=class_row(Pointer)) as own:
        return own.execute(_POINTER, (municipality_code,), prepare=True).fetchone()


def select_card(
    cursor: psycopg.Cursor, municipality_code: str, serial: str, generation: int
) -> CardCertificateFacts | None:
    """Give the card certificate of a serial, or None."""
    row = _one(cursor, _CARD, (municipality_code, generation, generation, serial))
    if row is None:
        return None
    serial_read, addressee_number, device, valid_from, valid_to, status = row
    ensure(serial_read == serial, "the card certificate read is the one asked for")
    return CardCertificateFacts(
        serial=serial_read,
        addressee_number=addressee_number,
        device=device,
        valid_from=valid_from,
        valid_to=valid_to,
        status=CardStatus(status),
    )


def select_resident(
    cursor: psycopg.Cursor, municipality_code: str, number: str, generation: int
) -> ResidentFacts | None:
    """Give the resident of an 宛名番号, or None."""
    row = _one(cursor, _RESIDENT, (municipality_code, generation, generation, number))
    if row is None:
        return None
    ensure(row[0] == number, "the resident read is the one asked for")
    return ResidentFacts(
        addressee_number=row[0],
        status=ResidentStatus(row[1]),
        status_date=row[2],
        resident_since=row[3],
        name=row[4],
        kana=row[5],
        birthday=parse_birthday(row[6]),
        sex=row[7],
        postal_code=row[8],
        address=row[9],
        foreigner=row[10],
    )


def select_assessment(
    cursor: psycopg.Cursor, municipality_code: str, number: str, fiscal_year: int, generation: int
) -> AssessmentFacts | None:
    """Give the assessment of a person and fiscal year, or None."""
    row = _one(cursor, _ASSESSMENT, (municipality_code, generation, generation, number, fiscal_year))
    if row is None:
        return None
    values = dict(zip(_ASSESSMENT_COLUMNS, row, strict=True))
    values["declaration"] = Declaration(values["declaration"])
    values["liability"] = Liability(values["liability"])
    facts = AssessmentFacts(**values)
    ensure((facts.addressee_number, facts.fiscal_year) == (number, fiscal_year), "the assessment is the one asked for")
    return facts


def select_collections(
    cursor: psycopg.Cursor, municipality_code: str, number: str, generation: int
) -> tuple[CollectionFacts, ...]:
    """All notices of a person, every tax and year, ordered by year, tax and notice number."""
    rows = cursor.execute(_COLLECTIONS, (municipality_code, generation, generation, number), prepare=True).fetchall()
    ensure(all(row[0] == number for row in rows), "the notices read are those of the person asked for")
    return tuple(_collection(row) for row in rows)


def _collection(row: tuple[Any, ...]) -> CollectionFacts:
    labels, due_dates, assessed, paid = row[10:14]
    return CollectionFacts(
        addressee_number=row[0],
        notice_number=row[1],
        tax=row[2],
        fiscal_year=row[3],
        origin_year=row[4],
        collection_method=row[5],
        statutory_due_date=row[6],
        plate_number=row[7],
        chassis_last4=row[8],
        inspected=row[9],
        installments=tuple(
            InstallmentFacts(label=label, due_date=due_date, assessed=assessed_yen, paid=paid_yen)
            for label, due_date, assessed_yen, paid_yen in zip(labels, due_dates, assessed, paid, strict=True)
        ),
    )


def select_holds(
    cursor: psycopg.Cursor, municipality_code: str, *, addressee_number: str | None, serial: str | None
) -> tuple[StandingHold, ...]:
    """Give the holds in force on the person or the serial, ordered by their id."""
    rows = cursor.execute(_HOLDS, (municipality_code, addressee_number, serial), prepare=True).fetchall()
    return tuple(
        StandingHold(hold_id=hold_id, revision=revision, kind=HoldKind(kind), effective_from=effective_from)
        for hold_id, revision, kind, effective_from in rows
    )


def _one(cursor: psycopg.Cursor, statement: str, parameters: tuple[object, ...]) -> tuple[Any, ...] | None:
    """Give the only row, or None. Two rows of one key in one generation cannot be: stop rather than choose."""
    rows = cursor.execute(statement, parameters, prepare=True).fetchall()
    ensure(len(rows) <= 1, "a key has one version in a generation")
    return rows[0] if rows else None
