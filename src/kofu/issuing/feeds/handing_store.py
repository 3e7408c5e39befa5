"""What the gates ask of the database about facts that were handed on: amounts, notices, states that came back.

Read inside the transaction of the load, like `judgement_store`: rows that stand are the new state, rows that end with
this generation stood until now.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from kofu.contracts.feed import ColumnType, FeedKind, Table
from kofu.contracts.feed_tables import ASSESSMENTS, CARD_CERTIFICATES, COLLECTIONS, tables_of
from kofu.issuing.feeds.feed_store import Load, closed_name, opened_name, staging_name

_OPENED = (
    "n.municipality_code = %(municipality)s AND n.from_generation = %(generation)s"
    " AND n.to_generation = %(still_valid)s"
)
_CLOSED = "{0}.municipality_code = %(municipality)s AND {0}.to_generation = %(generation)s"
_STANDING = "{0}.municipality_code = %(municipality)s AND {0}.to_generation = %(still_valid)s"
_AMOUNTS = tuple(column.name for column in ASSESSMENTS.columns if column.type is ColumnType.YEN)


def lines_of_amounts_handed_on(connection: psycopg.Connection, load: Load) -> list[int]:
    """Give the lines of assessments that took all amounts of another person's of the same year.

    Of somebody whose row this load changed or ended, or who lives at the same address. Only taxed amounts with a
    社会保険料控除 count: two people who have nothing else may well have the same.
    """
    of_n, of_o, of_own = (", ".join(f"{alias}.{name}" for name in _AMOUNTS) for alias in ("n", "o", "own"))
    with _by_sets(connection):
        rows = connection.execute(
            # joined by year, income and tax alone: by all amounts the planner would sort the whole ward
            f"SELECT DISTINCT s.line_number FROM {opened_name(ASSESSMENTS)} n"
            f" JOIN {closed_name(ASSESSMENTS)} own ON {_same_key(ASSESSMENTS, 'own')} AND {_CLOSED.format('own')}"
            " JOIN fact_assessments o ON o.municipality_code = n.municipality_code AND o.fiscal_year = n.fiscal_year"
            " AND o.aggregate_income = n.aggregate_income AND o.annual_tax = n.annual_tax"
            " AND o.addressee_number <> n.addressee_number"
            f" JOIN {staging_name(ASSESSMENTS)} s ON {_same_key(ASSESSMENTS, 's')}"
            f" WHERE {_OPENED} AND n.annual_tax > 0 AND n.social_insurance_deduction > 0"
            f" AND ROW({of_n}) IS NOT DISTINCT FROM ROW({of_o}) AND ({of_n}) <> ({of_own})"
            " AND o.from_generation < %(generation)s"
            " AND (o.to_generation = %(generation)s"
            " OR (o.to_generation = %(still_valid)s AND o.address_at_assessment = n.address_at_assessment))"
            " ORDER BY 1",
            load.parameters,
        ).fetchall()
    return [row[0] for row in rows]


def lines_of_assessments_taken(connection: psycopg.Connection, load: Load) -> list[int]:
    """Give the lines of assessments that stood word for word under another number, which is not given up.

    The one before still has another year, or lives here while nobody is known under the new number: a person was torn
    in two. Where two numbers of one person become one (宛名統合), nothing is left under the other.
    """
    cells = [column.name for column in ASSESSMENTS.columns if column.name not in {"change", "addressee_number"}]
    of_n, of_o = (", ".join(f"{alias}.{name}" for name in cells) for alias in ("n", "o"))
    rows = connection.execute(
        f"SELECT DISTINCT s.line_number FROM {opened_name(ASSESSMENTS)} n"
        f" JOIN {closed_name(ASSESSMENTS)} o ON o.municipality_code = n.municipality_code"
        " AND o.fiscal_year = n.fiscal_year AND o.name_at_assessment = n.name_at_assessment"
        " AND o.address_at_assessment = n.address_at_assessment"
        f" AND o.addressee_number <> n.addressee_number AND {_CLOSED.format('o')}"
        f" JOIN {staging_name(ASSESSMENTS)} s ON {_same_key(ASSESSMENTS, 's')}"
        f" WHERE {_OPENED} AND ({of_n}) = ({of_o})"
        " AND NOT EXISTS (SELECT FROM fact_assessments own"
        f" WHERE {_same_key(ASSESSMENTS, 'own')} AND own.municipality_code = n.municipality_code"
        " AND own.from_generation < %(generation)s AND own.to_generation >= %(generation)s)"
        " AND (EXISTS (SELECT FROM fact_assessments a WHERE a.addressee_number = o.addressee_number"
        f" AND {_STANDING.format('a')})"
        " OR (EXISTS (SELECT FROM fact_residents r WHERE r.addressee_number = o.addressee_number"
        f" AND {_STANDING.format('r')} AND r.status = 'resident')"
        " AND NOT EXISTS (SELECT FROM fact_residents r WHERE r.addressee_number = n.addressee_number"
        f" AND {_STANDING.format('r')}))) ORDER BY 1",
        load.parameters,
    )
    return [row[0] for row in rows]


def lines_of_notices_taken(connection: psycopg.Connection, load: Load) -> list[int]:
    """Give the lines of notices that changed their person though the one before still has that year's assessment.

    Where two numbers of one person become one (宛名統合), nothing is left under the other.
    """
    rows = connection.execute(
        f"SELECT DISTINCT s.line_number FROM {opened_name(COLLECTIONS)} n"
        f" JOIN {closed_name(COLLECTIONS)} o ON o.notice_number = n.notice_number AND {_CLOSED.format('o')}"
        " AND o.addressee_number <> n.addressee_number"
        " JOIN fact_assessments a ON a.addressee_number = o.addressee_number AND a.fiscal_year = o.fiscal_year"
        f" AND {_STANDING.format('a')}"
        f" JOIN {staging_name(COLLECTIONS)} s ON s.notice_number = n.notice_number WHERE {_OPENED} ORDER BY 1",
        load.parameters,
    )
    return [row[0] for row in rows]


def lines_of_changed_validity(connection: psycopg.Connection, load: Load) -> list[int]:
    """Give the lines of certificates whose validity is another than before: a certificate is issued with its dates."""
    rows = connection.execute(
        f"SELECT DISTINCT s.line_number FROM {opened_name(CARD_CERTIFICATES)} n"
        f" JOIN {closed_name(CARD_CERTIFICATES)} o ON o.serial = n.serial AND {_CLOSED.format('o')}"
        " AND (o.valid_from, o.valid_to) <> (n.valid_from, n.valid_to)"
        f" JOIN {staging_name(CARD_CERTIFICATES)} s ON s.serial = n.serial WHERE {_OPENED} ORDER BY 1",
        load.parameters,
    )
    return [row[0] for row in rows]


def count_gone_back(connection: psycopg.Connection, kind: FeedKind, load: Load) -> tuple[int, int]:
    """Count the changed rows that say again what they said before the last change, and all changed rows."""
    gone_back = changed = 0
    for table in tables_of(kind):
        same = _same_key(table, "o")
        row = connection.execute(
            f"SELECT count(*) FILTER (WHERE EXISTS (SELECT FROM fact_{table.name} o WHERE {same}"
            " AND o.municipality_code = n.municipality_code AND o.to_generation < %(generation)s"
            " AND o.row_digest = n.row_digest)), count(*)"
            f" FROM {opened_name(table)} n WHERE {_OPENED}"
            f" AND EXISTS (SELECT FROM {closed_name(table)} o WHERE {same} AND {_CLOSED.format('o')})",
            load.parameters,
        ).fetchone()
        gone_back, changed = gone_back + (row[0] if row else 0), changed + (row[1] if row else 0)
    return gone_back, changed


@contextmanager
def _by_sets(connection: psycopg.Connection) -> Iterator[None]:
    """Never look through the whole ward once for each row, whatever the planner believes of a table just filled."""
    before = connection.execute("SHOW enable_nestloop").fetchone() or ("on",)
    connection.execute("SET LOCAL enable_nestloop = off")
    yield
    connection.execute("SELECT set_config('enable_nestloop', %s, true)", before)


def _same_key(table: Table, alias: str) -> str:
    return " AND ".join(f"{alias}.{name} = n.{name}" for name in table.key)
