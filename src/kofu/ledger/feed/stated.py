"""What the ledger states of a person now: the facts a certificate at the counter is made of, and the nightly feed.

Both come from the same two views, `stated_assessments` and `stated_collections`: what is read here for one person is,
column by column, what the feed says of all of them, so the two papers cannot differ.

Numbers that mean one person (宛名の統合) are stated under the one that stands for them. Where they have assessments of
one year, one is stated and says 更正処理中 until the other is taken back.

Of each 期別 `paid` is what confirmed payments paid of it, never above `assessed`; 速報 does not count. `assessed` is
what is asked for: without what was waived (減免) or ended by law (不納欠損). What an 増額 added with a later 納期限 is
an installment of its own (1期増額); money goes to what was due first. 特別徴収 that was not remitted is stated as what
it is, unpaid of a notice that 特別徴収 pays; that it is no 滞納 of the person (法321条の5) is decided where a paper is:
neither counter nor kiosk prints it as 滞納額.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import psycopg

from kofu.certificates.facts import AssessmentFacts, CollectionFacts, InstallmentFacts
from kofu.contracts.feed_tables import ASSESSMENTS
from kofu.core.errors import ensure
from kofu.core.kinds import Declaration, HoldKind, Liability
from kofu.ledger.people.numbers import numbers_of

#: What a statement of an assessment says, in the order of the contract: all its columns but 異動区分.
STATEMENT_COLUMNS = tuple(column.name for column in ASSESSMENTS.fact_columns)

_ASSESSMENT_COLUMNS = tuple(field.name for field in fields(AssessmentFacts))
_ASSESSMENT = (
    f"SELECT {', '.join(_ASSESSMENT_COLUMNS)} FROM stated_assessments"
    " WHERE municipality_code = %s AND own_number = ANY(%s) AND fiscal_year = %s"
)
_COLLECTIONS = (
    "SELECT addressee_number, notice_number, tax, fiscal_year, origin_year, collection_method, statutory_due_date,"
    " plate_number, chassis_last4, inspected, installments, due_dates, assessed, paid FROM stated_collections"
    " WHERE municipality_code = %s AND own_number = ANY(%s) ORDER BY fiscal_year, tax, notice_number"
)


@dataclass(frozen=True, slots=True)
class Stated:
    """One person as the ledger states them.

    `assessment`: of the year asked for, None where the ledger states none. `collections`: all notices of the person,
    every tax and year. `holds`: 発行停止 and 更正処理中 that are in force. `last_sequence`: the last entry of the
    journal this reading saw.
    """

    assessment: AssessmentFacts | None
    collections: tuple[CollectionFacts, ...]
    holds: tuple[HoldKind, ...]
    last_sequence: int


def stated_facts(
    connection: psycopg.Connection, municipality_code: str, addressee_number: str, fiscal_year: int
) -> Stated:
    """Read what is stated of a person and year, in the caller's snapshot, under every number that means the person.

    Several statements: the caller's transaction should be REPEATABLE READ, so that all see the same moment. Amounts are
    yen.
    """
    numbers = list(numbers_of(connection, municipality_code, addressee_number))
    with connection.cursor() as cursor:
        rows = cursor.execute(_ASSESSMENT, [municipality_code, numbers, fiscal_year]).fetchall()
        ensure(len(rows) <= 1, "a person has one standing assessment of a year")
        collections = cursor.execute(_COLLECTIONS, [municipality_code, numbers]).fetchall()
        holds = cursor.execute(
            "SELECT DISTINCT kind FROM issuance_hold WHERE municipality_code = %s AND addressee_number = ANY(%s)"
            " AND settled_at IS NULL ORDER BY kind",
            [municipality_code, numbers],
        ).fetchall()
        last = cursor.execute("SELECT coalesce(max(sequence), 0) FROM entry").fetchone()
    return Stated(
        assessment=_assessment(rows[0]) if rows else None,
        collections=tuple(_collection(row) for row in collections),
        holds=tuple(HoldKind(kind) for (kind,) in holds),
        last_sequence=int(last[0]) if last else 0,
    )


def _assessment(row: tuple[Any, ...]) -> AssessmentFacts:
    values = dict(zip(_ASSESSMENT_COLUMNS, row, strict=True))
    values["declaration"] = Declaration(values["declaration"])
    values["liability"] = Liability(values["liability"])
    return AssessmentFacts(**values)


def _collection(row: tuple[Any, ...]) -> CollectionFacts:
    labels, due_dates, assessed, paid = row[10:]
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
