"""The SELECT of the facts: rows of one data generation as the values certificates are made of.

A version of a fact belongs to generation g where ``from_generation <= g < to_generation``. Everything of a person
is read in one statement, prepared on the server at first use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

import msgspec
import psycopg
from psycopg.rows import class_row

from kofu.certificates.facts import AssessmentFacts, CollectionFacts, InstallmentFacts
from kofu.core.birthday import parse_birthday
from kofu.core.errors import ensure
from kofu.core.kinds import Declaration, HoldKind, Liability
from kofu.issuing.holds.domain.holds import StandingHold
from kofu.issuing.requests.domain.card_holder import ResidentStatus, SerialStatus
from kofu.issuing.requests.long_statement import LongStatement
from kofu.issuing.requests.subject import UNREAD, CardCertificateFacts, ResidentFacts


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


_POINTER_COLUMNS = tuple(field.name for field in fields(Pointer) if field.name != "halted")
_ASSESSMENT_COLUMNS = tuple(field.name for field in fields(AssessmentFacts))
_CARD_COLUMNS = tuple(field.name for field in fields(CardCertificateFacts))
_RESIDENT_COLUMNS = tuple(field.name for field in fields(ResidentFacts))
_HALTED = """EXISTS (
        SELECT FROM issuing_stop
        WHERE issuing_stop.municipality_code = pointer.municipality_code AND lifted_at IS NULL) AS halted"""
_POINTER = f"""
    SELECT {", ".join(_POINTER_COLUMNS)}, {_HALTED}
    FROM active_generation AS pointer WHERE municipality_code = %s"""


def _in_force(table: str) -> str:
    """Condition under which a version of `table` belongs to the generation that is read."""
    return (
        f"{table}.municipality_code = pointer.municipality_code"
        f" AND {table}.from_generation <= at.generation AND {table}.to_generation > at.generation"
    )


def _columns(table: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"{table}.{name}" for name in names)


class _Notice(msgspec.Struct, frozen=True, array_like=True):
    """A row of `fact_collections` as the one statement brings it; the 期別 as lists joined by |, in one order."""

    addressee_number: str
    notice_number: str
    tax: str
    fiscal_year: int
    origin_year: int
    collection_method: str
    statutory_due_date: date
    plate_number: str
    chassis_last4: str
    inspected: bool
    installments: str
    due_dates: str
    assessed: str
    paid: str


class _Hold(msgspec.Struct, frozen=True, array_like=True):
    """A row of `standing_hold` as the one statement brings it."""

    hold_id: str
    revision: int
    kind: HoldKind
    effective_from: date


_NOTICES = msgspec.json.Decoder(list[_Notice])
_STANDING = msgspec.json.Decoder(list[_Hold])

FactsRow: TypeAlias = tuple[Any, ...]
"""A row of `SUBJECT`, as the database gave it."""


class SubjectQuestion(NamedTuple):
    """Of whom, of which year and at which generation (None: the active one) `SUBJECT` reads; `notices`: theirs, too.

    Without a serial the person is named by 宛名番号, and there is no card.
    """

    municipality_code: str
    fiscal_year: int
    serial: str | None = None
    number: str | None = None
    generation: int | None = None
    notices: bool = True


#: Everything of one person at one generation, in one statement: it sees the database as it is at one moment (P6).
SUBJECT = LongStatement(f"""
    SELECT {_columns("pointer", _POINTER_COLUMNS)}, {_HALTED}, {_columns("card", _CARD_COLUMNS)},
        {_columns("resident", _RESIDENT_COLUMNS)}, {_columns("assessment", _ASSESSMENT_COLUMNS)},
        (SELECT json_agg(json_build_array({_columns("notice", _Notice.__struct_fields__)})
                ORDER BY notice.fiscal_year, notice.tax, notice.notice_number)::text
            FROM fact_collections AS notice WHERE {_in_force("notice")} AND notice.addressee_number = person.number
                AND %(notices)s::bool),
        (SELECT json_agg(json_build_array({_columns("hold", _Hold.__struct_fields__)}) ORDER BY hold.hold_id)::text
            FROM standing_hold AS hold WHERE hold.municipality_code = pointer.municipality_code AND NOT hold.released
                AND (hold.addressee_number = person.number OR hold.serial = %(serial)s::text)),
        (SELECT array_agg(DISTINCT finding.rule ORDER BY finding.rule) FROM issuing_row_finding AS finding
            WHERE {_in_force("finding")} AND finding.addressee_number = person.number AND finding.held
                AND finding.accepted_at IS NULL)
    FROM active_generation AS pointer
        CROSS JOIN LATERAL (SELECT coalesce(%(generation)s::bigint, pointer.data_generation) AS generation) AS at
        LEFT JOIN fact_card_certificates AS card ON {_in_force("card")} AND card.serial = %(serial)s::text
        CROSS JOIN LATERAL (SELECT coalesce(%(number)s::text, card.addressee_number) AS number) AS person
        LEFT JOIN fact_residents AS resident ON {_in_force("resident")} AND resident.addressee_number = person.number
        LEFT JOIN fact_assessments AS assessment ON {_in_force("assessment")}
            AND assessment.addressee_number = person.number AND assessment.fiscal_year = %(fiscal_year)s::int
    WHERE pointer.municipality_code = %(municipality_code)s""")


def select_pointer(cursor: psycopg.Cursor, municipality_code: str) -> Pointer | None:
    """Give the municipality's pointer row, or None where nothing was ever activated."""
    with cursor.connection.cursor(row_factory=class_row(Pointer)) as own:
        return own.execute(_POINTER, (municipality_code,), prepare=True).fetchone()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRows:
    """What the one statement found. `card`, `resident`, `assessment`: None where there is none."""

    pointer: Pointer
    card: CardCertificateFacts | None
    resident: ResidentFacts | None
    assessment: AssessmentFacts | None
    collections: tuple[CollectionFacts, ...]
    holds: tuple[StandingHold, ...]
    held_rows: tuple[str, ...]


def select_subject(connection: psycopg.Connection, asked: SubjectQuestion) -> SubjectRows | None:
    """Read a person. None where nothing was ever activated for the municipality."""
    found = SUBJECT.execute(connection, asked._asdict()).fetchall()
    # Two rows of one key in one generation cannot be: stop rather than choose.
    ensure(len(found) <= 1, "a key has one version in a generation")
    return subject_of(found[0], asked) if found else None


def subject_of(row: FactsRow, asked: SubjectQuestion) -> SubjectRows | None:
    """Look at a row that was read for `asked`. None where it is empty: nothing was ever activated.

    `collections` are ordered by year, tax and notice number, and `UNREAD` where not asked for; `holds` by their id.
    """
    if row[0] is None:
        return None
    values = iter(row)
    reading = SubjectRows(
        pointer=Pointer(
            **dict(zip(_POINTER_COLUMNS, _next_values(values, len(_POINTER_COLUMNS)), strict=True)), halted=next(values)
        ),
        card=_card(_next_values(values, len(_CARD_COLUMNS))),
        resident=_resident(_next_values(values, len(_RESIDENT_COLUMNS))),
        assessment=_assessment(_next_values(values, len(_ASSESSMENT_COLUMNS))),
        collections=_collections(next(values), asked),
        holds=tuple(
            StandingHold(
                hold_id=hold.hold_id, revision=hold.revision, kind=hold.kind, effective_from=hold.effective_from
            )
            for hold in _STANDING.decode(next(values) or "[]")
        ),
        held_rows=tuple(next(values) or ()),
    )
    number = asked.number or (reading.card.addressee_number if reading.card else None)
    ensure(
        reading.card is None or reading.card.serial == asked.serial, "the card certificate read is the one asked for"
    )
    of_whom = {facts.addressee_number for facts in (reading.resident, reading.assessment) if facts is not None}
    if asked.notices:
        of_whom |= {notice.addressee_number for notice in reading.collections}
    ensure(of_whom <= {number}, "everything read is of the person asked for")
    year = reading.assessment.fiscal_year if reading.assessment else asked.fiscal_year
    ensure(year == asked.fiscal_year, "the assessment is of the year asked for")
    return reading


def _next_values(values: Iterator[Any], count: int) -> tuple[Any, ...]:
    return tuple(islice(values, count))


def _card(row: tuple[Any, ...]) -> CardCertificateFacts | None:
    if row[0] is None:
        return None
    values = dict(zip(_CARD_COLUMNS, row, strict=True))
    return CardCertificateFacts(**values | {"status": SerialStatus(values["status"])})


def _resident(row: tuple[Any, ...]) -> ResidentFacts | None:
    if row[0] is None:
        return None
    values = dict(zip(_RESIDENT_COLUMNS, row, strict=True))
    values |= {"status": ResidentStatus(values["status"]), "birthday": parse_birthday(values["birthday"])}
    return ResidentFacts(**values)


def _assessment(row: tuple[Any, ...]) -> AssessmentFacts | None:
    if row[0] is None:
        return None
    values = dict(zip(_ASSESSMENT_COLUMNS, row, strict=True))
    values |= {"declaration": Declaration(values["declaration"]), "liability": Liability(values["liability"])}
    return AssessmentFacts(**values)


def _collections(notices: str | None, asked: SubjectQuestion) -> tuple[CollectionFacts, ...]:
    if not asked.notices:
        return UNREAD
    return tuple(_collection(notice) for notice in _NOTICES.decode(notices or "[]"))


def _collection(notice: _Notice) -> CollectionFacts:
    lists = (notice.installments, notice.due_dates, notice.assessed, notice.paid)
    parts = zip(*(joined.split("|") for joined in lists), strict=True)
    return CollectionFacts(
        addressee_number=notice.addressee_number,
        notice_number=notice.notice_number,
        tax=notice.tax,
        fiscal_year=notice.fiscal_year,
        origin_year=notice.origin_year,
        collection_method=notice.collection_method,
        statutory_due_date=notice.statutory_due_date,
        plate_number=notice.plate_number,
        chassis_last4=notice.chassis_last4,
        inspected=notice.inspected,
        installments=tuple(
            InstallmentFacts(label=label, due_date=date.fromisoformat(due), assessed=int(assessed), paid=int(paid))
            for label, due, assessed, paid in parts
        ),
    )
