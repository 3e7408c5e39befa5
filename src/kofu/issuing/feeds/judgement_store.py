"""What the gates need of the database: the new state beside yesterday's, inside the transaction of the load.

The versions of the load are written and not yet committed: what it opened and ended has names of its own
(`feed_store.opened_name`, `closed_name`). What the whole state comes to is `state_store`'s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import psycopg
from psycopg.rows import class_row

from kofu.contracts.feed import FeedKind, FeedMode, Table
from kofu.contracts.feed_tables import ASSESSMENTS, CARD_CERTIFICATES, COLLECTIONS, RESIDENTS, tables_of
from kofu.issuing.feeds.feed_store import Load, closed_name, opened_name, staging_name


def _count(connection: psycopg.Connection, statement: str, load: Load) -> int:
    row = connection.execute(statement, load.parameters).fetchone()
    return int(row[0]) if row else 0


def _opened(alias: str) -> str:
    return (
        f"{alias}.municipality_code = %(municipality)s AND {alias}.from_generation = %(generation)s"
        f" AND {alias}.to_generation = %(still_valid)s"
    )


def _closed(alias: str) -> str:
    return f"{alias}.municipality_code = %(municipality)s AND {alias}.to_generation = %(generation)s"


def _standing(alias: str) -> str:
    return f"{alias}.municipality_code = %(municipality)s AND {alias}.to_generation = %(still_valid)s"


def count_gone(connection: psycopg.Connection, table: Table, load: Load) -> int:
    """Count the keys that stood before this load and stand no more."""
    same = " AND ".join(f"n.{name} = o.{name}" for name in table.key)
    return _count(
        connection,
        f"SELECT count(*) FROM {closed_name(table)} o WHERE {_closed('o')}"
        f" AND NOT EXISTS (SELECT FROM fact_{table.name} n WHERE {_standing('n')} AND {same})",
        load,
    )


def count_changed(connection: psycopg.Connection, table: Table, column: str, load: Load) -> int:
    """Count the keys whose cell of `column` is another than before this load."""
    same = " AND ".join(f"n.{name} = o.{name}" for name in table.key)
    return _count(
        connection,
        f"SELECT count(*) FROM {opened_name(table)} n JOIN {closed_name(table)} o ON {same} AND {_closed('o')}"
        f" WHERE {_opened('n')} AND n.{column} <> o.{column}",
        load,
    )


def count_new_people(connection: psycopg.Connection, load: Load) -> int:
    """Count the people whose number was never there before."""
    return _count(
        connection,
        f"SELECT count(*) FROM {opened_name(RESIDENTS)} n WHERE {_opened('n')}"
        " AND NOT EXISTS (SELECT FROM fact_residents o"
        " WHERE o.municipality_code = n.municipality_code AND o.addressee_number = n.addressee_number"
        " AND o.to_generation <= %(generation)s)",
        load,
    )


def lines_of_moved_serials(connection: psycopg.Connection, load: Load) -> list[int | None]:
    """Give the lines of serials that belonged to another person in any generation that is kept."""
    rows = connection.execute(
        f"SELECT DISTINCT s.line_number FROM {opened_name(CARD_CERTIFICATES)} n"
        " JOIN fact_card_certificates o ON o.municipality_code = n.municipality_code AND o.serial = n.serial"
        " AND o.to_generation <= %(generation)s AND o.addressee_number <> n.addressee_number"
        f" JOIN {staging_name(CARD_CERTIFICATES)} s ON s.serial = n.serial"
        f" WHERE {_opened('n')} ORDER BY 1",
        load.parameters,
    )
    return [row[0] for row in rows]


@dataclass(frozen=True, slots=True)
class ChangedPerson:
    """Name, birthday and sex under one 宛名番号, now and when it was last stated before."""

    line: int | None
    name: str = field(repr=False)
    name_before: str = field(repr=False)
    birth: str = field(repr=False)
    birth_before: str = field(repr=False)
    sex: str = field(repr=False)
    sex_before: str = field(repr=False)


def changed_people(connection: psycopg.Connection, load: Load) -> list[ChangedPerson]:
    """Give who is stated otherwise than when the 宛名番号 was last stated, however long ago that was.

    A number that stood empty for a while and is given to somebody else is no new person's: what the registry and the
    taxes said of it was about the old one.
    """
    with connection.cursor(row_factory=class_row(ChangedPerson)) as cursor:
        return cursor.execute(
            "SELECT s.line_number AS line, n.name, o.name AS name_before, n.birthday AS birth,"
            f" o.birthday AS birth_before, n.sex, o.sex AS sex_before FROM {opened_name(RESIDENTS)} n"
            " JOIN (SELECT DISTINCT ON (addressee_number) addressee_number, name, birthday, sex FROM fact_residents"
            " WHERE municipality_code = %(municipality)s AND to_generation <= %(generation)s"
            " ORDER BY addressee_number, to_generation DESC) o USING (addressee_number)"
            f" JOIN {staging_name(RESIDENTS)} s USING (addressee_number)"
            f" WHERE {_opened('n')}"
            " AND (n.name <> o.name OR n.birthday <> o.birthday OR n.sex <> o.sex) ORDER BY 1",
            load.parameters,
        ).fetchall()


@dataclass(frozen=True, slots=True)
class UnequalRegistryName:
    """An assessment whose name is not the registry's, and whether it bears another person's name and address."""

    addressee_number: str = field(repr=False)
    fiscal_year: int
    digest: str
    line: int | None
    name: str = field(repr=False)
    known: tuple[str, ...] = field(repr=False)


def _pairs(kind: FeedKind) -> str:
    """Give the rows a load has to compare: those it brings beside their person, or whose person it brings."""
    assessed, people = f"fact_{ASSESSMENTS.name}", f"fact_{RESIDENTS.name}"
    if kind is FeedKind.TAX:
        assessed = opened_name(ASSESSMENTS)
    else:
        people = opened_name(RESIDENTS)
    return (
        f"{assessed} a JOIN {people} r ON r.municipality_code = a.municipality_code"
        " AND r.addressee_number = a.addressee_number AND r.to_generation = %(still_valid)s"
    )


#: A finding about a name is about both rows: a change of either asks anew.
PAIR_DIGEST = "md5(a.row_digest::text || r.row_digest::text)::uuid"


def _line(kind: FeedKind) -> tuple[str, str]:
    """Give the join that finds the line of a pair in the feed that is judged, and the file it stands in."""
    if kind is FeedKind.TAX:
        join = (
            f"LEFT JOIN {staging_name(ASSESSMENTS)} s ON s.addressee_number = a.addressee_number"
            " AND s.fiscal_year = a.fiscal_year"
        )
        return join, ASSESSMENTS.file_name
    return f"LEFT JOIN {staging_name(RESIDENTS)} s ON s.addressee_number = a.addressee_number", RESIDENTS.file_name


def count_compared(connection: psycopg.Connection, kind: FeedKind, load: Load) -> int:
    """Count the assessments whose name this load compares with the registry's."""
    return _count(connection, f"SELECT count(*) FROM {_pairs(kind)} WHERE {_standing('a')}", load)


def unequal_names(connection: psycopg.Connection, kind: FeedKind, load: Load) -> list[UnequalRegistryName]:
    """Give the assessments this load compares whose name is not the registry's letter by letter."""
    join, _ = _line(kind)
    rows = connection.execute(
        f"SELECT a.addressee_number, a.fiscal_year, {PAIR_DIGEST}::text, s.line_number, a.name_at_assessment,"
        " (SELECT array_agg(DISTINCT h.name) FROM fact_residents h WHERE h.municipality_code = a.municipality_code"
        " AND h.addressee_number = a.addressee_number)"
        f" FROM {_pairs(kind)} {join} WHERE {_standing('a')} AND a.name_at_assessment <> r.name"
        " ORDER BY s.line_number, a.addressee_number, a.fiscal_year",
        load.parameters,
    )
    return [
        UnequalRegistryName(number, year, digest, line, name, tuple(known))
        for number, year, digest, line, name, known in rows
    ]


def lines_of_others(connection: psycopg.Connection, kind: FeedKind, load: Load) -> list[int | None]:
    """Give the lines of assessments that bear name *and* address of another person of the registry, not their own."""
    join, _ = _line(kind)
    rows = connection.execute(
        f"SELECT DISTINCT s.line_number FROM {_pairs(kind)} {join}"
        " JOIN fact_residents p ON p.municipality_code = a.municipality_code AND p.name = a.name_at_assessment"
        " AND p.address = a.address_at_assessment AND p.addressee_number <> a.addressee_number"
        " AND p.to_generation = %(still_valid)s"
        f" WHERE {_standing('a')}"
        " AND (a.name_at_assessment, a.address_at_assessment) <> (r.name, r.address)"
        " AND NOT EXISTS (SELECT FROM fact_residents h WHERE h.municipality_code = a.municipality_code"
        " AND h.addressee_number = a.addressee_number AND h.name = a.name_at_assessment"
        " AND h.address = a.address_at_assessment) ORDER BY 1",
        load.parameters,
    )
    return [row[0] for row in rows]


def lines_of_exchanged_assessments(connection: psycopg.Connection, load: Load) -> list[int | None]:
    """Give the lines of assessments that state today under one number what stood yesterday under another.

    Same name, address, income and tax of the same year, both people's rows replaced: whole rows changed hands, also
    between two people of the same name.
    """
    same = " AND ".join(
        f"o.{name} = n.{name}"
        for name in ("fiscal_year", "name_at_assessment", "address_at_assessment", "aggregate_income", "annual_tax")
    )
    rows = connection.execute(
        f"SELECT DISTINCT s.line_number FROM {opened_name(ASSESSMENTS)} n"
        f" JOIN {closed_name(ASSESSMENTS)} o ON {same} AND o.addressee_number <> n.addressee_number AND {_closed('o')}"
        f" JOIN {closed_name(ASSESSMENTS)} own ON own.addressee_number = n.addressee_number"
        f" AND own.fiscal_year = n.fiscal_year AND {_closed('own')}"
        " AND (own.name_at_assessment, own.address_at_assessment, own.aggregate_income,"
        " own.annual_tax) <> (n.name_at_assessment, n.address_at_assessment, n.aggregate_income, n.annual_tax)"
        f" JOIN {staging_name(ASSESSMENTS)} s ON s.addressee_number = n.addressee_number"
        f" AND s.fiscal_year = n.fiscal_year WHERE {_opened('n')} ORDER BY 1",
        load.parameters,
    )
    return [row[0] for row in rows]


def moved_notices(connection: psycopg.Connection, load: Load) -> list[tuple[int | None, str, str]]:
    """Give (line, number before, number now) of the notices that changed their person."""
    return connection.execute(
        f"SELECT s.line_number, o.addressee_number, n.addressee_number FROM {opened_name(COLLECTIONS)} n"
        f" JOIN {closed_name(COLLECTIONS)} o ON o.notice_number = n.notice_number AND {_closed('o')}"
        f" JOIN {staging_name(COLLECTIONS)} s ON s.notice_number = n.notice_number"
        f" WHERE {_opened('n')} AND o.addressee_number <> n.addressee_number ORDER BY 1",
        load.parameters,
    ).fetchall()


def figures_of_generation(connection: psycopg.Connection, load: Load, kind: FeedKind, day: date) -> dict[str, int]:
    """Give the figures that were recorded for the last generation of this kind of feed with this business date."""
    rows = connection.execute(
        "SELECT name, value FROM issuing_feed_figure WHERE municipality_code = %s AND data_generation = ("
        " SELECT max(number) FROM generation WHERE municipality_code = %s AND feed = %s AND business_date = %s)",
        (load.municipality_code, load.municipality_code, kind, day),
    ).fetchall()
    return dict(rows)


def record_figures(connection: psycopg.Connection, load: Load, figures: dict[str, int]) -> None:
    """Keep the figures of the generation that is being activated."""
    connection.cursor().executemany(
        "INSERT INTO issuing_feed_figure (municipality_code, data_generation, name, value) VALUES (%s, %s, %s, %s)",
        [(load.municipality_code, load.data_generation, name, value) for name, value in figures.items()],
    )


def count_removed(connection: psycopg.Connection, kind: FeedKind, mode: FeedMode) -> int:
    """Count the removals of a difference."""
    if mode is FeedMode.FULL:
        return 0
    total = 0
    for table in tables_of(kind):
        row = connection.execute(f"SELECT count(*) FROM {staging_name(table)} WHERE change = 'remove'").fetchone()
        total += int(row[0]) if row else 0
    return total
