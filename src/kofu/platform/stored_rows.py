"""Rows of a list as the database narrows, orders, sums and cuts them: for lists that grow for ever.

What a list may be narrowed and ordered by is closed: the columns of its query, by the fields of its row. A name from
anywhere else is a defect (`InvariantBroken`); what people typed is only ever a value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from typing import Generic, TypeVar

import psycopg
from psycopg.rows import class_row

from kofu.core.errors import ensure

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Range:
    """What a column may be, both ends among it: numbers, or days in Japan. None: open."""

    column: str
    first: int | date | None = None
    last: int | date | None = None


@dataclass(frozen=True, slots=True)
class OneOf:
    """What a column may be: one of some words."""

    column: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which rows of a list, in which order. `order`: a column, "" for the order of the list itself."""

    order: str = ""
    descending: bool = False
    ranges: tuple[Range, ...] = ()
    words: tuple[OneOf, ...] = ()

    @property
    def narrows(self) -> bool:
        """Whether it asks for less than all."""
        return bool(self.ranges or self.words)


EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows, and the yen of each summed column."""

    rows: int
    sums: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRows(Generic[Row]):
    """A list: its rows' class, the SELECT that gives them (parameters by name), its own order of what that gives.

    `instants`: columns that hold instants; they are narrowed by their day in Japan.
    """

    row: type[Row]
    query: str
    order: str
    instants: frozenset[str] = field(default_factory=frozenset)

    def tally(
        self, connection: psycopg.Connection, values: Mapping[str, object], wanted: Wanted, *, summed: Sequence[str]
    ) -> Tally:
        """Count and sum what is wanted, over all pages."""
        condition, asked = self._condition(wanted)
        sums = "".join(f", coalesce(sum({self._known(name)}), 0)" for name in summed)
        found = connection.execute(
            f"SELECT count(*){sums} FROM ({self.query}) AS listed WHERE {condition}", {**values, **asked}
        ).fetchone()
        ensure(found is not None, "a count has a row")
        count, *yen = found or (0,)
        return Tally(int(count), dict(zip(summed, map(int, yen), strict=True)))

    def rows(
        self,
        connection: psycopg.Connection,
        values: Mapping[str, object],
        wanted: Wanted = EVERYTHING,
        *,
        limit: int | None = None,
        offset: int = 0,
    ) -> list[Row]:
        """Give what is wanted, all of it or `limit` rows after the first `offset`; what is empty stands last."""
        condition, asked = self._condition(wanted)
        way = "DESC" if wanted.descending else "ASC"
        first = f"{self._known(wanted.order)} {way} NULLS LAST, " if wanted.order else ""
        columns = ", ".join(self._known(name) for name in self.columns)
        with connection.cursor(row_factory=class_row(self.row)) as cursor:
            return cursor.execute(
                f"SELECT {columns} FROM ({self.query}) AS listed WHERE {condition} ORDER BY {first}{self.order}"
                " LIMIT %(_limit)s OFFSET %(_offset)s",
                {**values, **asked, "_limit": limit, "_offset": offset},
            ).fetchall()

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of what a row has."""
        return tuple(one.name for one in fields(self.row)) if is_dataclass(self.row) else ()

    def _condition(self, wanted: Wanted) -> tuple[str, dict[str, object]]:
        parts, asked = ["true"], dict[str, object]()
        for place, bound in enumerate(wanted.ranges):
            of = self._known(bound.column)
            value = f"({of} AT TIME ZONE 'Asia/Tokyo')::date" if bound.column in self.instants else of
            for sign, end in ((">=", bound.first), ("<=", bound.last)):
                if end is not None:
                    name = f"_{place}{'first' if sign == '>=' else 'last'}"
                    parts.append(f"{value} {sign} %({name})s")
                    asked[name] = end
        for place, choice in enumerate(wanted.words):
            parts.append(f"{self._known(choice.column)} = ANY(%(_{place}words)s)")
            asked[f"_{place}words"] = list(choice.words)
        return " AND ".join(parts), asked

    def _known(self, name: str) -> str:
        """Quote the name of a column. Raises `InvariantBroken` where the rows have none of that name."""
        ensure(name in self.columns, "a list is narrowed and ordered by its own columns")
        return f'listed."{name}"'
