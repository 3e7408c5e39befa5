"""The nightly re-check (再照合): an independent look at everything issued on a day.

Each certificate of the journal is derived again from the generation it names. The facts are read by SQL of this
module's own, column by column from the published feed contract, not by the code that issuing uses; the paper is made
again by the function handed in, and its digests are compared with the journal's. A difference opens a case and stops
the municipality: either the journal, the facts or the program is not what it was when the paper left.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import TypeVar

import psycopg
from psycopg.rows import class_row

from kofu.certificates.facts import (
    AssessmentFacts,
    Authority,
    CertificateOrder,
    CollectionFacts,
    InstallmentFacts,
    SubjectFacts,
)
from kofu.contracts.feed import Table
from kofu.contracts.feed_tables import ASSESSMENTS, CARD_CERTIFICATES, COLLECTIONS, RESIDENTS
from kofu.core.birthday import parse_birthday
from kofu.core.errors import KofuError, PeerFault
from kofu.core.kinds import CertificateKind, Declaration, Liability
from kofu.core.profile import Profile
from kofu.issuing.acting.who_acts import Acting
from kofu.issuing.cases import cases, stop
from kofu.issuing.cases.domain.kinds import CaseKind
from kofu.issuing.requests import journal_store
from kofu.issuing.requests.journal_store import JournalCopy, JournalRequest


@dataclass(frozen=True, slots=True)
class Derived:
    """What a re-derivation comes to: SHA-256 of the bytes, and the digest of the facts (hex)."""

    sha256: str
    facts_digest: str


Derive = Callable[[CertificateOrder], Derived]


@dataclass(frozen=True, slots=True)
class _CardRow:
    """Of a card certificate: whose it is."""

    addressee_number: str


@dataclass(frozen=True, slots=True)
class _ResidentRow:
    """Of a resident: what stands on the paper; `birthday` as the feed writes it."""

    name: str
    address: str
    birthday: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _CollectionRow:
    """A notice as its row has it: the 期別 as lists joined by |, in one order. Yen."""

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


Row = TypeVar("Row", _CardRow, _ResidentRow, _CollectionRow, AssessmentFacts)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecheckReport:
    """What the re-check found: copies looked at, and the cases opened."""

    copies: int
    case_ids: tuple[str, ...]


def recheck(
    connection: psycopg.Connection,
    acting: Acting,
    profile: Profile,
    derive: Derive,
    *,
    start: datetime,
    end: datetime,
    earlier: Sequence[Derive] = (),
) -> RecheckReport:
    """Re-derive every copy of the requests received in [start, end). The connection must be idle and in autocommit.

    `earlier`: the same with the glyph sets (外字) that were in force before, the newest first; a paper drawn with a
    glyph that was withdrawn since comes out the same with one of them.

    Gives how many copies were looked at and the cases opened; the first mismatch also stops the municipality.
    """
    with connection.transaction():
        requests = tuple(journal_store.released_between(connection, profile.code, start, end))
    looked, opened = 0, list[str]()
    for request in requests:
        for copy in journal_store.read_copies(connection, request.request_id):
            looked += 1
            problem = _problem(connection, profile, derive, request, copy)
            if any(_problem(connection, profile, before, request, copy) is None for before in earlier if problem):
                problem = None
            if problem is not None:
                opened.append(_stop_and_open(connection, acting, request, copy, problem, first=not opened))
    with connection.transaction():
        acting.record(
            connection,
            "recheck",
            "mismatch" if opened else "clean",
            detail={"from": start.isoformat(), "to": end.isoformat(), "copies": looked, "cases": " ".join(opened)},
        )
    return RecheckReport(copies=looked, case_ids=tuple(opened))


def _problem(
    connection: psycopg.Connection, profile: Profile, derive: Derive, request: JournalRequest, copy: JournalCopy
) -> str | None:
    """Say what does not come out the same, without a word of what stands on the paper. None where all is the same."""
    try:
        derived = derive(_order(connection, profile, request, copy.certificate_number))
    except (KofuError, ArithmeticError, LookupError, TypeError, ValueError) as fault:
        return f"cannot be derived again: {type(fault).__name__} ({getattr(fault, 'code', 'unexpected')})"
    if derived.facts_digest != copy.facts_digest:
        return "the facts of its generation are not those it was made from"
    if derived.sha256 != copy.sha256:
        return "the same facts come out as other bytes"
    return None


def _stop_and_open(
    connection: psycopg.Connection,
    acting: Acting,
    request: JournalRequest,
    copy: JournalCopy,
    problem: str,
    *,
    first: bool,
) -> str:
    with connection.transaction():
        case_id = cases.open_case(
            connection,
            acting,
            municipality_code=request.municipality_code,
            kind=CaseKind.RECHECK_MISMATCH,
            summary=problem,
            request_id=request.request_id,
            evidence=(
                f"certificate {copy.certificate_number}, generation {request.generation}, form {request.form_version}",
            ),
            cause=copy.certificate_number,
        )
        if first:
            stop.insert_stop(
                connection,
                acting,
                municipality_code=request.municipality_code,
                reason="nightly re-check mismatch",
                by=acting.actor,
                case_id=case_id,
            )
    return case_id


def _order(connection: psycopg.Connection, profile: Profile, request: JournalRequest, number: str) -> CertificateOrder:
    """Put the order together again from the journal and the generation's rows."""
    kind, as_of = CertificateKind(request.kind), request.as_of
    if as_of is None or request.generation is None:
        raise PeerFault("journal_incomplete", "a made request has a date and a generation")
    (card,) = _rows(connection, CARD_CERTIFICATES, _CardRow, request, "serial = %s", request.serial)
    person = card.addressee_number
    if person != request.addressee_number:
        raise PeerFault("person_differs", "the card certificate belongs to another person than the journal says")
    (resident,) = _rows(connection, RESIDENTS, _ResidentRow, request, "addressee_number = %s", person)
    period = profile.authority_on(as_of)
    of_vehicle = kind in {CertificateKind.VEHICLE_PAYMENT, CertificateKind.VEHICLE_INSPECTION}
    assessment, collections = None, tuple[CollectionFacts, ...]()
    if of_vehicle or kind is CertificateKind.PAYMENT:
        tax = "light_vehicle" if of_vehicle else "resident"
        found = _rows(
            connection,
            COLLECTIONS,
            _CollectionRow,
            request,
            "addressee_number = %s AND tax = %s AND fiscal_year = %s",
            person,
            tax,
            request.fiscal_year,
        )
        wanted = request.plate_number if kind is CertificateKind.VEHICLE_INSPECTION else None
        collections = tuple(_collection(row) for row in found if wanted is None or row.plate_number == wanted)
    else:
        (assessed,) = _rows(
            connection,
            ASSESSMENTS,
            AssessmentFacts,
            request,
            "addressee_number = %s AND fiscal_year = %s",
            person,
            request.fiscal_year,
        )
        assessment = _assessment(assessed)
    return CertificateOrder(
        kind=kind,
        form_version=request.form_version,
        fiscal_year=request.fiscal_year,
        year_label=profile.year_label(request.fiscal_year),
        certificate_number=number,
        as_of=as_of,
        generation=request.generation,
        subject=SubjectFacts(
            addressee_number=person,
            name=resident.name,
            address=resident.address,
            birthday=parse_birthday(resident.birthday),
        ),
        assessment=assessment,
        collections=collections,
        authority=Authority(office=period.office, name=period.name, seal_svg=period.seal_svg, seal_mm=period.seal_mm),
        municipal_tax=profile.municipal_tax.value,
        prefectural_tax=profile.prefectural_tax.value,
        specimen=profile.specimen,
    )


def _rows(
    connection: psycopg.Connection, table: Table, row: type[Row], request: JournalRequest, where: str, *values: object
) -> tuple[Row, ...]:
    """Read the rows of a feed table that were in force in the journal's generation, in the order of their key.

    Of each the columns that `row` names.
    """
    columns = ", ".join(field.name for field in fields(row))
    with connection.cursor(row_factory=class_row(row)) as cursor:
        cursor.execute(
            f"SELECT {columns} FROM fact_{table.name} WHERE municipality_code = %s AND {where}"
            f" AND %s >= from_generation AND %s < to_generation ORDER BY {', '.join(table.key)}",
            (request.municipality_code, *values, request.generation, request.generation),
        )
        return tuple(cursor.fetchall())


def _assessment(row: AssessmentFacts) -> AssessmentFacts:
    """Turn the words of the columns into those of the facts. Raises `ValueError` where one is none of them."""
    return replace(row, declaration=Declaration(row.declaration), liability=Liability(row.liability))


def _collection(row: _CollectionRow) -> CollectionFacts:
    lists = (row.installments, row.due_dates, row.assessed, row.paid)
    parts = zip(*(joined.split("|") for joined in lists), strict=True)
    own = {field.name: getattr(row, field.name) for field in fields(CollectionFacts) if field.name != "installments"}
    return CollectionFacts(
        **own,
        installments=tuple(
            InstallmentFacts(label=label, due_date=date.fromisoformat(due), assessed=int(assessed), paid=int(paid))
            for label, due, assessed, paid in parts
        ),
    )
