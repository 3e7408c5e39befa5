"""滞納者の一覧: who is past a 納期限 with 普通徴収 unpaid, by person; the figures of the home page.

A person with several 宛名番号 (宛名の統合) is one line, under the number that stands for them.

特別徴収 is nobody's arrears among the people (see `unremitted`). What the law has ended (時効, 執行停止) is nobody's
either, though it stands in the books until it is written off (不納欠損): it is told apart.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta

import psycopg
from psycopg.rows import class_row

from kofu.ledger.books.claim_terms import PERHAPS_ENDED, ended_by
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
_ENDED = "claim.id = ANY(%(ended)s::bigint[])"
_OWED = f"NOT {_ENDED}"


def _yen(which: str) -> str:
    return f"coalesce(sum(claim_balance.due) FILTER (WHERE {which}), 0)::bigint"


@dataclass(frozen=True, slots=True)
class OverduePerson:
    """A person in arrears: how many 期別, the oldest 納期限 that counts, yen of 本税.

    `extinguished`: yen of 本税 that is no part of them: the law has ended it, and it is not written off.
    """

    person_id: int | None
    addressee_number: str
    name: str
    claims: int
    oldest: date
    due: int
    extinguished: int


@dataclass(frozen=True, slots=True)
class OverdueTotal:
    """How many people are in arrears, with how many 期別 and yen; beside them what is extinguished, not written off."""

    people: int
    claims: int
    amount: int
    extinguished_claims: int
    extinguished: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """Who is in arrears, the oldest 納期限 first, then the most yen; and the total, of one moment with them."""

    people: list[OverduePerson]
    total: OverdueTotal

    @property
    def extinguished_elsewhere(self) -> int:
        """Yen of what is extinguished of people who are not in arrears: they are on no line."""
        return self.total.extinguished - sum(one.extinguished for one in self.people)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the statements here ask with: the municipality, the days, the claims that have ended by `today`."""

    code: str
    today: date
    since: date = date.min
    ended: list[int] = field(default_factory=list)


def read_overdue(connection: psycopg.Connection, municipality_code: str, today: date) -> Overdue:
    """List who is in arrears on a day, with the total."""
    asked = _asked(connection, municipality_code, today)
    with connection.cursor(row_factory=class_row(OverduePerson)) as cursor:
        people = cursor.execute(
            f"SELECT taxpayer.id AS person_id, {_PERSON} AS addressee_number, coalesce(taxpayer.name, '') AS name,"
            f" count(*) FILTER (WHERE {_OWED}) AS claims, min({PAYABLE_TO}) FILTER (WHERE {_OWED}) AS oldest,"
            f" {_yen(_OWED)} AS due, {_yen(_ENDED)} AS extinguished{_OVERDUE}"
            f" GROUP BY taxpayer.id, {_PERSON}, taxpayer.name HAVING count(*) FILTER (WHERE {_OWED}) > 0"
            " ORDER BY oldest, due DESC, addressee_number",
            asdict(asked),
        ).fetchall()
    return Overdue(people, _total(connection, asked))


def overdue_total(connection: psycopg.Connection, municipality_code: str, today: date) -> OverdueTotal:
    """Sum up who is in arrears on a day, without listing them."""
    return _total(connection, _asked(connection, municipality_code, today))


def _total(connection: psycopg.Connection, asked: _Asked) -> OverdueTotal:
    with connection.cursor(row_factory=class_row(OverdueTotal)) as cursor:
        found = cursor.execute(
            f"SELECT count(DISTINCT {_PERSON}) FILTER (WHERE {_OWED}) AS people,"
            f" count(*) FILTER (WHERE {_OWED}) AS claims, {_yen(_OWED)} AS amount,"
            f" count(*) FILTER (WHERE {_ENDED}) AS extinguished_claims, {_yen(_ENDED)} AS extinguished{_OVERDUE}",
            asdict(asked),
        ).fetchone()
    return found or OverdueTotal(0, 0, 0, 0, 0)


def _asked(connection: psycopg.Connection, municipality_code: str, today: date, since: date = date.min) -> _Asked:
    asked = _Asked(municipality_code, today, since)
    perhaps = connection.execute(
        f"SELECT claim.id{_OVERDUE} AND {PAYABLE_TO} >= %(since)s AND {PERHAPS_ENDED}", asdict(asked)
    ).fetchall()
    ended = ended_by(connection, [row[0] for row in perhaps], today)
    return replace(asked, ended=sorted(ended))


def soon_to_dun(connection: psycopg.Connection, municipality_code: str, today: date) -> int:
    """Count the 期別 that are overdue, in the 20 days in which 督促状 must be sent, and have none yet."""
    asked = _asked(connection, municipality_code, today, today - timedelta(days=DUNNED_WITHIN_DAYS))
    row = connection.execute(
        f"SELECT count(*){_OVERDUE} AND {_OWED} AND {PAYABLE_TO} >= %(since)s AND NOT EXISTS (SELECT FROM"
        " dunning_letter WHERE dunning_letter.claim_id = claim.id AND pulled_at IS NULL)",
        asdict(asked),
    ).fetchone()
    return row[0] if row else 0
