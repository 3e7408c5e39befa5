"""収納率の集計: counted from the ledger in one reading, kept as it was counted, read back at once.

Counting goes through every share of the ledger, up to a minute in a ward of 350,000 people; a screen shows the latest
count with its instant. Counts are kept: a number that was once reported can be found again.
What is out of reach counts on: the database gives sums of it, and no row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import msgspec
import psycopg

from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.figures.domain.collection_figures import Collected, CollectionTotals
from kofu.platform import audit


@dataclass(frozen=True, slots=True)
class CollectionFigures:
    """What was counted: where each tax and year stands, what was collected of it by month. Yen."""

    standings: tuple[CollectionTotals, ...]
    collected: tuple[Collected, ...]


@dataclass(frozen=True, slots=True)
class CollectionReport:
    """A count: when, by whom, of which entries; `newer`: whether anything was posted since."""

    made_at: datetime
    made_by: str
    figures: CollectionFigures
    newer: bool


def count_collections(connection: psycopg.Connection, municipality_code: str, *, acting: Acting) -> CollectionFigures:
    """Count, and keep the count with its audit entry. All figures are of one snapshot of the ledger."""
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        (last,) = connection.execute("SELECT coalesce(max(sequence), 0) FROM entry").fetchone() or (0,)
        figures = CollectionFigures(
            _standings(connection, municipality_code), _collected(connection, municipality_code)
        )
        connection.execute(
            "INSERT INTO collection_report (municipality_code, made_by, made_at, last_sequence, figures)"
            " VALUES (%s, %s, %s, %s, %s)",
            [municipality_code, acting.actor, acting.now, last, msgspec.json.encode(figures).decode()],
        )
        audit.append(
            connection,
            acting.lane,
            audit.AuditEntry(
                action="report.count",
                actor=acting.actor,
                result="counted",
                occurred_at=acting.now,
                detail={"last_sequence": last},
            ),
        )
    return figures


def latest_report(connection: psycopg.Connection, municipality_code: str) -> CollectionReport | None:
    """Give the latest count, or None where nobody counted yet."""
    row = connection.execute(
        "SELECT made_at, made_by, figures::text, last_sequence < (SELECT coalesce(max(sequence), 0) FROM entry)"
        " FROM collection_report WHERE municipality_code = %s ORDER BY id DESC LIMIT 1",
        [municipality_code],
    ).fetchone()
    if row is None:
        return None
    made_at, made_by, figures, newer = row
    return CollectionReport(made_at, made_by, msgspec.json.decode(figures, type=CollectionFigures), newer)


def _standings(connection: psycopg.Connection, municipality_code: str) -> tuple[CollectionTotals, ...]:
    rows = connection.execute(
        "SELECT tax, fiscal_year, assessed, paid, written_off, due FROM collection_standing"
        " WHERE municipality_code = %s ORDER BY tax DESC, fiscal_year DESC",
        [municipality_code],
    )
    return tuple(
        CollectionTotals(
            tax=Tax(tax), fiscal_year=year, assessed=assessed, collected=paid, written_off=written_off, due=due
        )
        for tax, year, assessed, paid, written_off, due in rows
    )


def _collected(connection: psycopg.Connection, municipality_code: str) -> tuple[Collected, ...]:
    rows: list[tuple[str, int, date, int]] = connection.execute(
        "SELECT tax, fiscal_year, month, amount FROM collection_by_month"
        " WHERE municipality_code = %s ORDER BY tax DESC, fiscal_year DESC, month",
        [municipality_code],
    ).fetchall()
    return tuple(
        Collected(tax=Tax(tax), fiscal_year=year, month=month, amount=amount) for tax, year, month, amount in rows
    )
