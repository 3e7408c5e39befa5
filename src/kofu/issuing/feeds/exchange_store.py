"""What the search for rings needs of the database: of each row that changed, what it said before and what it says now.

Values travel as digests; only equal and unequal matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from kofu.contracts.feed import ColumnType, FeedKind, Table
from kofu.contracts.feed_tables import ASSESSMENTS, CARD_CERTIFICATES, COLLECTIONS, INCOME_COLUMNS, RESIDENTS
from kofu.issuing.feeds.feed_store import Load, closed_name, opened_name, staging_name

_OPENED = "n.municipality_code = %(municipality)s AND n.from_generation = %(generation)s"
_STANDS = "n.to_generation = %(still_valid)s"
_CLOSED = "o.municipality_code = %(municipality)s AND o.to_generation = %(generation)s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchangeable:
    """Cells that belong to one row and must not go round among rows. `figure`: what the ring is counted under.

    `within`: only rows for which this holds; `n` is the row now, `o` the row before.
    """

    figure: str
    table: Table
    cells: tuple[str, ...]
    within: str = "TRUE"


#: 金額 of an assessment without codes and flags, which whole wards share.
_AMOUNTS = tuple(column.name for column in ASSESSMENTS.columns if column.type is ColumnType.YEN)
_INCOMES = tuple(column.name for column in INCOME_COLUMNS)
_VEHICLE = "n.tax = 'light_vehicle'"

EXCHANGEABLE = (
    Exchangeable(figure="addresses_exchanged", table=RESIDENTS, cells=("address",)),
    Exchangeable(figure="assessed_names_exchanged", table=ASSESSMENTS, cells=("fiscal_year", "name_at_assessment")),
    Exchangeable(
        figure="assessed_addresses_exchanged", table=ASSESSMENTS, cells=("fiscal_year", "address_at_assessment")
    ),
    # without the year: two years of one person are exchanged as well as two people
    Exchangeable(figure="amounts_exchanged", table=ASSESSMENTS, cells=_AMOUNTS),
    Exchangeable(figure="amounts_exchanged", table=ASSESSMENTS, cells=_INCOMES),
    # what is asked for, not what is paid: payments are put right every day; and 軽自動車税 has few sums
    Exchangeable(
        figure="notice_amounts_exchanged",
        table=COLLECTIONS,
        cells=("fiscal_year", "origin_year", "assessed"),
        within="n.tax = 'resident'",
    ),
    Exchangeable(figure="vehicles_exchanged", table=COLLECTIONS, cells=("plate_number",), within=_VEHICLE),
    Exchangeable(figure="vehicles_exchanged", table=COLLECTIONS, cells=("chassis_last4",), within=_VEHICLE),
)


def changed_cells(connection: psycopg.Connection, load: Load, one: Exchangeable) -> list[tuple[int | None, str, str]]:
    """Give (line, digest before, digest now) of each row whose cells changed, by line."""
    now, before = (f"ROW({', '.join(f'{alias}.{name}' for name in one.cells)})" for alias in "no")
    return connection.execute(
        f"SELECT s.line_number, md5({before}::text), md5({now}::text) FROM {opened_name(one.table)} n"
        f" JOIN {closed_name(one.table)} o ON {_same_key(one.table, 'o')} AND {_CLOSED}"
        f" JOIN {staging_name(one.table)} s ON {_same_key(one.table, 's')}"
        f" WHERE {_OPENED} AND {_STANDS} AND {one.within} AND {now} <> {before} ORDER BY 1",
        load.parameters,
    ).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class Final:
    """A state that no row leaves: who is dead stays so, what is revoked stays so."""

    figure: str
    table: Table
    state: str


FINAL = (
    Final(figure="back_from_death", table=RESIDENTS, state="dead"),
    Final(figure="certificates_back_from_revocation", table=CARD_CERTIFICATES, state="revoked"),
)


def lines_of_return(connection: psycopg.Connection, load: Load, one: Final) -> list[int]:
    """Give the lines of rows that left a final state with this load."""
    rows = connection.execute(
        f"SELECT s.line_number FROM {opened_name(one.table)} n"
        f" JOIN {closed_name(one.table)} o ON {_same_key(one.table, 'o')} AND {_CLOSED} AND o.status = '{one.state}'"
        f" JOIN {staging_name(one.table)} s ON {_same_key(one.table, 's')}"
        f" WHERE {_OPENED} AND {_STANDS} AND n.status <> '{one.state}' ORDER BY 1",
        load.parameters,
    )
    return [row[0] for row in rows]


def of_kind(kind: FeedKind) -> tuple[tuple[Exchangeable, ...], tuple[Final, ...]]:
    """Give what is looked at in a kind of feed."""
    return (
        tuple(one for one in EXCHANGEABLE if one.table.feed is kind),
        tuple(one for one in FINAL if one.table.feed is kind),
    )


def _same_key(table: Table, alias: str) -> str:
    return " AND ".join(f"{alias}.{name} = n.{name}" for name in table.key)
