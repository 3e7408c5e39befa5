"""The figures of a night: what the two views of the ledger state, counted and summed in the night's snapshot.

The same names as `kofu.judgement.change.FIGURES`, and the same meaning `issuing` gives them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import psycopg

from kofu.contracts.feed_tables import ASSESSMENTS
from kofu.ledger.feed.feed_rows import SAID_OF

_ASSESSMENTS = {
    "assessments": "count(*)",
    "annual_tax": "coalesce(sum(annual_tax), 0)",
    "aggregate_income": "coalesce(sum(aggregate_income), 0)",
    "undeclared": "count(*) FILTER (WHERE declaration <> 'declared')",
    "nontaxable": "count(*) FILTER (WHERE liability = 'nontaxable')",
    "correcting": "count(*) FILTER (WHERE correcting)",
}
_OF_A_TAX = {
    "notices": "count(*) FILTER (WHERE tax = '{tax}')",
    "assessed": "coalesce(sum(assessed_total) FILTER (WHERE tax = '{tax}'), 0)",
    "paid": "coalesce(sum(paid_total) FILTER (WHERE tax = '{tax}'), 0)",
    "paid_in_full": "count(*) FILTER (WHERE tax = '{tax}' AND paid_total >= assessed_total)",
    "unpaid": "count(*) FILTER (WHERE tax = '{tax}' AND paid_total < assessed_total)",
}
_COLLECTIONS = {
    f"{tax}_{name}": aggregate.format(tax=tax)
    for tax in ("resident", "light_vehicle")
    for name, aggregate in _OF_A_TAX.items()
}


def state_figures(connection: psycopg.Connection, municipality_code: str) -> dict[str, int]:
    """Count and sum all that is stated now, whether the feed is full or a difference."""
    names = (*_ASSESSMENTS, *_COLLECTIONS, "notices_above_annual_tax", "notices_below_annual_tax")
    row = connection.execute(_STATE, {"code": municipality_code}).fetchone()
    return dict(zip(names, row or (), strict=True))


def _columns(figures: dict[str, str]) -> str:
    return ", ".join(f"({aggregate})::bigint" for aggregate in figures.values())


#: Each view is read once. The third line holds the year's notices of each person beside 年税額.
_STATE = f"""
    WITH assessed AS MATERIALIZED (
        SELECT addressee_number, fiscal_year, annual_tax, aggregate_income, declaration, liability, correcting
        FROM stated_assessments WHERE municipality_code = %(code)s
    ), collected AS MATERIALIZED (
        SELECT addressee_number, fiscal_year, origin_year, tax, assessed_total, paid_total
        FROM stated_collections_of_all WHERE municipality_code = %(code)s
    )
    SELECT * FROM (SELECT {_columns(_ASSESSMENTS)} FROM assessed) AS assessments,
        (SELECT {_columns(_COLLECTIONS)} FROM collected) AS collections,
        (SELECT count(*) FILTER (WHERE asked > annual_tax), count(*) FILTER (WHERE asked < annual_tax) FROM
            (SELECT annual_tax, coalesce(asked, 0) AS asked FROM assessed LEFT JOIN
                (SELECT addressee_number, fiscal_year, sum(assessed_total) AS asked FROM collected
                WHERE tax = 'resident' AND origin_year = fiscal_year
                GROUP BY addressee_number, fiscal_year) AS notices USING (addressee_number, fiscal_year)
            ) AS both_sides) AS off
"""


def count_removed(connection: psycopg.Connection, municipality_code: str, generation: int) -> int:
    """Count the rows the feeds stated before and that are stated no more, as this night marked them."""
    removed = 0
    for fed in ("fed_assessment", "fed_collection"):
        row = connection.execute(
            f"SELECT count(*) FROM {fed} WHERE municipality_code = %s AND generation = %s AND removed",
            [municipality_code, generation],
        ).fetchone()
        removed += row[0] if row else 0
    return removed


def moved_notices(connection: psycopg.Connection, municipality_code: str, generation: int) -> list[tuple[str, str]]:
    """Give (宛名番号 before, now) of the notices that this night states under another number than the feeds did."""
    return connection.execute(
        "SELECT former_number, addressee_number FROM fed_collection WHERE municipality_code = %s AND generation = %s"
        " AND NOT removed AND former_number <> '' AND former_number <> addressee_number",
        [municipality_code, generation],
    ).fetchall()


def approved_merges(connection: psycopg.Connection, municipality_code: str) -> list[tuple[str, str]]:
    """Give every pair of numbers whose 統合 was ever approved, also where it was taken back."""
    return connection.execute(
        "SELECT from_number, into_number FROM addressee_merge AS merge WHERE municipality_code = %s AND EXISTS"
        " (SELECT FROM addressee_merge_event WHERE merge_id = merge.id AND event = 'approved')",
        [municipality_code],
    ).fetchall()


@dataclass(frozen=True, slots=True)
class UnequalAddresseeName:
    """An assessment that this night states anew, whose name is not letter by letter the 宛名's; all names it had."""

    name: str = field(repr=False)
    known: tuple[str, ...] = field(repr=False)


def unequal_names(
    connection: psycopg.Connection, municipality_code: str, generation: int
) -> tuple[int, list[UnequalAddresseeName]]:
    """Compare the names of the assessments this night marked with the ledger's names of their 宛名: (of how many, …).

    Names of every number that means the person count, and those of the history.
    """
    values = {"code": municipality_code, "generation": generation}
    marked = (
        "SELECT stated.name_at_assessment AS name, taxpayer.name AS own, stated.addressee_number, stated.own_number"
        f" FROM fed_assessment AS fed JOIN stated_assessments AS stated ON {SAID_OF[ASSESSMENTS.name]}"
        " JOIN taxpayer ON taxpayer.municipality_code = stated.municipality_code"
        " AND taxpayer.addressee_number = stated.addressee_number"
        " WHERE fed.municipality_code = %(code)s AND fed.generation = %(generation)s AND NOT fed.removed"
    )
    compared = connection.execute(f"SELECT count(*) FROM ({marked}) AS marked", values).fetchone()
    rows = connection.execute(
        "SELECT marked.name, ARRAY(SELECT taxpayer.name FROM taxpayer WHERE municipality_code = %(code)s"
        " AND taxpayer.addressee_number IN (marked.addressee_number, marked.own_number)"
        " UNION SELECT version.name FROM addressee_version AS version WHERE municipality_code = %(code)s"
        " AND version.addressee_number IN (marked.addressee_number, marked.own_number))"
        f" FROM ({marked}) AS marked WHERE marked.name <> marked.own",
        values,
    )
    return (compared[0] if compared else 0), [UnequalAddresseeName(name, tuple(known)) for name, known in rows]


def recorded_figures(connection: psycopg.Connection, municipality_code: str, day: date) -> dict[str, int]:
    """Give the figures of the last generation of a business date; empty where none were recorded."""
    row = connection.execute(
        "SELECT figures FROM feed_generation WHERE municipality_code = %s AND business_date = %s"
        " ORDER BY generation DESC LIMIT 1",
        [municipality_code, day],
    ).fetchone()
    return dict(row[0]) if row else {}


def figures_of_generation(connection: psycopg.Connection, municipality_code: str, generation: int) -> dict[str, int]:
    """Give the figures of a generation; empty where none were recorded."""
    row = connection.execute(
        "SELECT figures FROM feed_generation WHERE municipality_code = %s AND generation = %s",
        [municipality_code, generation],
    ).fetchone()
    return dict(row[0]) if row else {}
