"""率の登録 read: the rates of each calendar year as they were put in and approved, and those that hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import class_row

from kofu.ledger.books.domain.rates import RateKind, RateTable
from kofu.ledger.books.rates_file import rates

REGISTER = "率の登録"


@dataclass(frozen=True, slots=True)
class RateRow:
    """Rates of a year as they were put in, in per mille. `approved` None: they wait for the second person."""

    id: int
    year: int
    first_month: int
    after: int
    refund: int
    grace: int | None
    source: str
    proposed_by: str
    proposed_at: datetime
    approved: bool | None
    decided_by: str | None
    decided_at: datetime | None

    def table(self) -> dict[RateKind, int]:
        """Give the rates by kind."""
        found = {RateKind.FIRST_MONTH: self.first_month, RateKind.AFTER: self.after, RateKind.REFUND: self.refund}
        return found if self.grace is None else {**found, RateKind.GRACE: self.grace}


def rates_in_use(connection: psycopg.Connection, municipality_code: str) -> RateTable:
    """Give the rates that hold: what was approved last of each year, or those of the program where none was."""
    years: dict[int, Mapping[RateKind, int]] = {}
    for row in reversed(list_rates(connection, municipality_code)):
        if row.approved:
            years[row.year] = row.table()
    return RateTable(years, REGISTER) if years else rates()


def list_rates(connection: psycopg.Connection, municipality_code: str) -> list[RateRow]:
    """List every row, those that wait first, then by the order of their approval, the latest first."""
    with connection.cursor(row_factory=class_row(RateRow)) as cursor:
        return cursor.execute(
            "SELECT rate_year.id, year, first_month, after, refund, grace, source, proposed_by, proposed_at, approved,"
            " decided_by, decided_at FROM rate_year LEFT JOIN rate_decision ON rate_id = rate_year.id"
            " WHERE municipality_code = %s"
            " ORDER BY decided_at IS NOT NULL, decided_at DESC, year DESC, rate_year.id DESC",
            [municipality_code],
        ).fetchall()
