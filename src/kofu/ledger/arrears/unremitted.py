"""特別徴収の未納入: what employers and pension payers have not remitted, until they are parties themselves.

It is nobody's arrears among the people of the ledger (法321条の5): this list is where it stands.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import psycopg
from psycopg.rows import class_row

from kofu.ledger.books.domain.special_collection import SPECIAL_METHODS

_OVERDUE = (
    " FROM claim_balance JOIN claim ON claim.id = claim_balance.claim_id JOIN notice ON notice.id = claim.notice_id"
    " LEFT JOIN taxpayer USING (municipality_code, addressee_number)"
    " WHERE (claim_balance.due > 0 OR claim_balance.interest_due > 0) AND claim.due_date < %s"
    " AND notice.collection_method = ANY(%s) AND notice.municipality_code = %s"
)


@dataclass(frozen=True, slots=True)
class Unremitted:
    """A month of 特別徴収 that was not remitted, in yen; for whose tax it was held back."""

    claim_id: int
    person_id: int | None
    addressee_number: str
    name: str
    collection_method: str
    notice_number: str
    installment: str
    due_date: date
    due: int
    interest_due: int


@dataclass(frozen=True, slots=True)
class UnremittedTotal:
    """How many months of a way of collection, and how many yen."""

    collection_method: str
    count: int
    amount: int


def list_unremitted(connection: psycopg.Connection, municipality_code: str, on: date) -> list[Unremitted]:
    """List what was due before a day and was not remitted, the oldest 納期限 first."""
    with connection.cursor(row_factory=class_row(Unremitted)) as cursor:
        return cursor.execute(
            "SELECT claim.id AS claim_id, taxpayer.id AS person_id, notice.addressee_number,"
            " coalesce(taxpayer.name, '') AS name, notice.collection_method, notice.notice_number, claim.installment,"
            f" claim.due_date, claim_balance.due, claim_balance.interest_due{_OVERDUE}"
            " ORDER BY claim.due_date, notice.notice_number, claim.id",
            [on, list(SPECIAL_METHODS), municipality_code],
        ).fetchall()


def unremitted_totals(connection: psycopg.Connection, municipality_code: str, on: date) -> list[UnremittedTotal]:
    """Sum the whole list by 徴収区分."""
    with connection.cursor(row_factory=class_row(UnremittedTotal)) as cursor:
        return cursor.execute(
            "SELECT notice.collection_method, count(*) AS count,"
            f" sum(claim_balance.due + claim_balance.interest_due)::bigint AS amount{_OVERDUE}"
            " GROUP BY notice.collection_method ORDER BY notice.collection_method",
            [on, list(SPECIAL_METHODS), municipality_code],
        ).fetchall()
