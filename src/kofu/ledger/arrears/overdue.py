"""滞納者の一覧: who is past a 納期限 with 普通徴収 unpaid, by person; the figures of the home page.

A person with several 宛名番号 (宛名の統合) is one line, under the number that stands for them.

特別徴収 is nobody's arrears among the people (see `unremitted`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

import psycopg
from psycopg.rows import class_row

from kofu.ledger.books.journal import PAYABLE_TO

DUNNED_WITHIN_DAYS = 20  # 督促状は納期限後20日以内 (法329条1項)

_PERSON = "coalesce(survivor.into_number, notice.addressee_number)"
_OVERDUE = (
    " FROM claim_balance JOIN claim ON claim.id = claim_balance.claim_id JOIN notice ON notice.id = claim.notice_id"
    " LEFT JOIN addressee_survivor AS survivor ON survivor.municipality_code = notice.municipality_code"
    " AND survivor.from_number = notice.addressee_number"
    " LEFT JOIN taxpayer ON taxpayer.municipality_code = notice.municipality_code"
    f" AND taxpayer.addressee_number = {_PERSON}"
    # an extension only moves a 納期限 on, so the indexed day rules most claims out first
    f" WHERE claim_balance.due > 0 AND claim.due_date < %(today)s AND {PAYABLE_TO} < %(today)s"
    " AND notice.collection_method = 'ordinary' AND notice.municipality_code = %(code)s"
)


@dataclass(frozen=True, slots=True)
class OverduePerson:
    """A person in arrears: how many 期別, the oldest 納期限 that counts, yen of 本税."""

    person_id: int | None
    addressee_number: str
    name: str
    claims: int
    oldest: date
    due: int


@dataclass(frozen=True, slots=True)
class OverdueTotal:
    """How many people are in arrears, with how many 期別 and yen."""

    people: int
    claims: int
    amount: int


def list_overdue(connection: psycopg.Connection, municipality_code: str, today: date) -> list[OverduePerson]:
    """List who is in arrears on a day, the oldest 納期限 first, then the most yen."""
    with connection.cursor(row_factory=class_row(OverduePerson)) as cursor:
        return cursor.execute(
            f"SELECT taxpayer.id AS person_id, {_PERSON} AS addressee_number, coalesce(taxpayer.name, '') AS name,"
            f" count(*) AS claims, min({PAYABLE_TO}) AS oldest, sum(claim_balance.due)::bigint AS due{_OVERDUE}"
            f" GROUP BY taxpayer.id, {_PERSON}, taxpayer.name ORDER BY oldest, due DESC, addressee_number",
            {"code": municipality_code, "today": today},
        ).fetchall()


def total_of(people: Collection[OverduePerson]) -> OverdueTotal:
    """Sum up people who were listed."""
    return OverdueTotal(len(people), sum(one.claims for one in people), sum(one.due for one in people))


def overdue_total(connection: psycopg.Connection, municipality_code: str, today: date) -> OverdueTotal:
    """Sum up who is in arrears on a day, without listing them."""
    with connection.cursor(row_factory=class_row(OverdueTotal)) as cursor:
        found = cursor.execute(
            f"SELECT count(DISTINCT {_PERSON}) AS people, count(*) AS claims,"
            f" coalesce(sum(claim_balance.due), 0)::bigint AS amount{_OVERDUE}",
            {"code": municipality_code, "today": today},
        ).fetchone()
    return found or OverdueTotal(0, 0, 0)


def soon_to_dun(connection: psycopg.Connection, municipality_code: str, today: date) -> int:
    """Count the 期別 that are overdue, in the 20 days in which 督促状 must be sent, and have none yet."""
    row = connection.execute(
        f"SELECT count(*){_OVERDUE} AND {PAYABLE_TO} >= %(since)s AND NOT EXISTS (SELECT FROM dunning_letter"
        " WHERE dunning_letter.claim_id = claim.id AND pulled_at IS NULL)",
        {"code": municipality_code, "today": today, "since": today - timedelta(days=DUNNED_WITHIN_DAYS)},
    ).fetchone()
    return row[0] if row else 0
