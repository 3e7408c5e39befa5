"""What the state comes to that a load makes, beside the state before: counts and sums of whole tables.

Of a full feed both are counted in one pass over a table: rows that stand are the new state, rows with
``to_generation = generation`` stood until this load. Of a difference the figures of the generation before are on
record, and only what the load opened and ended is counted: sums add up.
"""

from __future__ import annotations

from collections.abc import Mapping

import psycopg

from kofu.contracts.feed import FeedKind
from kofu.contracts.feed_tables import ASSESSMENTS, CARD_CERTIFICATES, COLLECTIONS, RESIDENTS, tables_of
from kofu.issuing.feeds.feed_store import Load, closed_name, opened_name
from kofu.judgement.change import SUM_PREFIX, SUMMED

_NOW = "{0}.to_generation = %(still_valid)s"
_BEFORE = "{0}.from_generation < %(generation)s AND {0}.to_generation >= %(generation)s"

#: Of each table the figures of its state: name → (aggregate, condition).
_FIGURES: dict[str, dict[str, tuple[str, str]]] = {
    RESIDENTS.name: {
        "residents": ("count(*)", "status = 'resident'"),
        "residents_moving_out": ("count(*)", "status = 'moving_out'"),
        "residents_moved_out": ("count(*)", "status = 'moved_out'"),
        "residents_dead": ("count(*)", "status = 'dead'"),
        "residents_deleted": ("count(*)", "status = 'deleted'"),
    },
    CARD_CERTIFICATES.name: {
        "certificates": ("count(*)", "TRUE"),
        "certificates_not_valid": ("count(*)", "status <> 'valid'"),
    },
    ASSESSMENTS.name: {
        "assessments": ("count(*)", "TRUE"),
        "annual_tax": ("sum(annual_tax)", "TRUE"),
        "aggregate_income": ("sum(aggregate_income)", "TRUE"),
        "undeclared": ("count(*)", "declaration <> 'declared'"),
        "nontaxable": ("count(*)", "liability = 'nontaxable'"),
        "correcting": ("count(*)", "correcting"),
        "without_taxing_right": ("count(*)", "NOT taxing_right"),
        **{f"{SUM_PREFIX}{name}": (f"sum({name})", "TRUE") for name in SUMMED},
    },
    COLLECTIONS.name: {
        f"{tax}_{name}": (aggregate, f"tax = '{tax}' AND {condition}")
        for tax in ("resident", "light_vehicle")
        for name, aggregate, condition in (
            ("notices", "count(*)", "TRUE"),
            ("assessed", "sum(assessed_total)", "TRUE"),
            ("paid", "sum(paid_total)", "TRUE"),
            ("paid_in_full", "count(*)", "paid_total >= assessed_total"),
            ("unpaid", "count(*)", "paid_total < assessed_total"),
        )
    },
}
OFF_NOTICES = ("notices_above_annual_tax", "notices_below_annual_tax", "methods_off_notices")


def figure_names(kind: FeedKind) -> set[str]:
    """Name the figures of the state that a kind of feed makes."""
    names = {name for table in tables_of(kind) for name in _FIGURES[table.name]}
    return names | set(OFF_NOTICES) if kind is FeedKind.TAX else names


def figures_still_true(connection: psycopg.Connection, kind: FeedKind, load: Load, recorded: Mapping[str, int]) -> bool:
    """Tell whether the figures on record are all there and those of the state before: no year was erased since."""
    if not recorded.keys() >= figure_names(kind):
        return False
    row = connection.execute(
        "SELECT NOT EXISTS (SELECT FROM erasure WHERE municipality_code = %(municipality)s AND erased_at >= ("
        " SELECT max(activated_at) FROM generation WHERE municipality_code = %(municipality)s AND feed = %(kind)s))",
        load.parameters | {"kind": kind},
    ).fetchone()
    return bool(row and row[0])


def state_figures(
    connection: psycopg.Connection,
    kind: FeedKind,
    load: Load,
    recorded: Mapping[str, int] | None,
    *,
    first: bool = False,
) -> tuple[dict[str, int], dict[str, int]]:
    """Give the figures of the new state and of the state before, of the tables of one kind of feed.

    `recorded`: the figures of the state before, of a difference (`figures_still_true`); None counts everything. Before
    the `first` feed of a kind there is no state.
    """
    after: dict[str, int] = {}
    before: dict[str, int] = {}
    for table in tables_of(kind):
        names = _FIGURES[table.name]
        if recorded is None:
            states = (_NOW.format("f"),) if first else (_NOW.format("f"), _BEFORE.format("f"))
            values = _aggregates(connection, table.name, f"fact_{table.name}", load, states)
            after |= values[0]
            before |= {} if first else values[1]
            continue
        (opened,) = _aggregates(connection, table.name, opened_name(table), load, ("TRUE",))
        (closed,) = _aggregates(connection, table.name, closed_name(table), load, ("TRUE",))
        after |= {name: recorded[name] + opened[name] - closed[name] for name in names}
        before |= {name: recorded[name] for name in names}
    row = connection.execute(
        "SELECT count(*) FROM standing_hold WHERE municipality_code = %(municipality)s AND NOT released",
        load.parameters,
    ).fetchone()
    return after | {"standing_holds": row[0] if row else 0}, before


def _aggregates(
    connection: psycopg.Connection, name: str, source: str, load: Load, states: tuple[str, ...]
) -> list[dict[str, int]]:
    """Count and sum the figures of a table over a relation, once for each state."""
    figures = _FIGURES[name]
    columns = ", ".join(
        f"coalesce({aggregate} FILTER (WHERE {state} AND {condition}), 0)::bigint"
        for state in states
        for aggregate, condition in figures.values()
    )
    row = connection.execute(
        f"SELECT {columns} FROM {source} f"
        " WHERE municipality_code = %(municipality)s AND to_generation >= %(generation)s",
        load.parameters,
    ).fetchone()
    values = iter(row or ())
    return [{name: next(values) for name in figures} for _ in states]


def count_off_notices(connection: psycopg.Connection, load: Load, recorded: Mapping[str, int] | None) -> dict[str, int]:
    """Count the assessments that their year's notices, 普通 and 特別徴収 together, do not fit.

    Those that ask for more or for less than 年税額, and those whose 徴収区分 is another, several ones being 併用.
    `recorded` as for `state_figures`: then only the years of people are counted that the load touched.
    """
    if recorded is None:
        return _off_notices(connection, load, _NOW, touched=False)
    connection.execute(f"CREATE TEMPORARY TABLE touched ON COMMIT DROP AS {_TOUCHED}")
    connection.execute("ANALYZE touched")
    now = _off_notices(connection, load, _NOW, touched=True)
    before = _off_notices(connection, load, _BEFORE, touched=True)
    return {name: recorded[name] + now[name] - before[name] for name in OFF_NOTICES}


#: The years of people of which the load opened or ended an assessment or a notice.
_TOUCHED = " UNION ".join(
    f"SELECT addressee_number, fiscal_year FROM {relation}"
    for table in (ASSESSMENTS, COLLECTIONS)
    for relation in (opened_name(table), closed_name(table))
)


def _off_notices(connection: psycopg.Connection, load: Load, state: str, *, touched: bool) -> dict[str, int]:
    of_year = (
        "SELECT sum(assessed_total) AS asked, CASE WHEN min(collection_method) < max(collection_method)"
        " THEN 'combined' ELSE min(collection_method) END AS method{}"
        f" FROM fact_collections n WHERE n.municipality_code = %(municipality)s AND {state.format('n')}"
        " AND tax = 'resident' AND origin_year = fiscal_year"
    )
    if touched:  # one year of one person after another, by index: they are few, and the ward is not looked through
        source = (
            "touched t JOIN fact_assessments a USING (addressee_number, fiscal_year) LEFT JOIN LATERAL ("
            f"{of_year.format('')} AND n.addressee_number = t.addressee_number AND n.fiscal_year = t.fiscal_year"
            ") c ON TRUE"
        )
    else:
        source = (
            f"fact_assessments a LEFT JOIN ({of_year.format(', addressee_number, fiscal_year')}"
            " GROUP BY addressee_number, fiscal_year) c USING (addressee_number, fiscal_year)"
        )
    row = connection.execute(
        "SELECT count(*) FILTER (WHERE coalesce(c.asked, 0) > a.annual_tax),"
        " count(*) FILTER (WHERE coalesce(c.asked, 0) < a.annual_tax),"
        f" count(*) FILTER (WHERE a.collection_method <> c.method) FROM {source}"
        f" WHERE a.municipality_code = %(municipality)s AND {state.format('a')}",
        load.parameters,
    ).fetchone()
    return dict(zip(OFF_NOTICES, row or (), strict=True))
