"""Lists that grow for ever: as `staff.lists`, but narrowed, ordered, counted and cut by the database.

A column that can be ordered or narrowed names its column of the query (`ListColumn.stored`); a `CHOICE` the words of
its codes (`ListColumn.words`). What the address says chooses among these, and becomes values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

import psycopg
from django.http import HttpRequest

from kofu.platform.stored_rows import EVERYTHING, OneOf, Range, StoredRows, Wanted
from kofu.staff.lists import ColumnKind, ListColumn, ListSpec, ShownList, narrowed_by
from kofu.staff.paging import page_of

Row = TypeVar("Row")


class StoredList(ShownList[Row]):
    """A list of which the rows of one page are read, or all where its file is asked for."""

    def __init__(
        self,
        request: HttpRequest,
        spec: ListSpec[Row],
        stored: StoredRows[Row],
        connection: psycopg.Connection,
        values: Mapping[str, object],
        *,
        completed: Callable[[list[Row]], list[Row]] = list,
    ) -> None:
        """Read what the address asks for. `completed` adds to rows what would be dear to read of all."""
        self._begin(request, spec, ())
        wanted = self._asked_for()
        summed = [column.stored for column in spec.columns if column.summed]
        self._tally = stored.tally(connection, values, wanted, summed=summed)
        self.whole = (
            stored.tally(connection, values, EVERYTHING, summed=()).rows if wanted.narrows else self._tally.rows
        )
        unreadable = self.form.is_bound and not self.form.is_valid()
        self.page = page_of(request, 0 if unreadable else self._tally.rows, rows=spec.rows, name=spec.name)
        limit, offset = self.page.rows, self.page.offset
        if unreadable:
            self.everything = self.rows = ()
        elif self.file_kind is not None and self.may_export:
            self.everything = tuple(completed(stored.rows(connection, values, wanted)))
            self.rows = self.everything[offset : offset + limit]
        else:
            self.rows = tuple(completed(stored.rows(connection, values, wanted, limit=limit, offset=offset)))
            self.everything = self.rows

    @property
    def total(self) -> int:
        """Rows that are left."""
        return self.page.total

    @property
    def sums(self) -> list[tuple[str, int]]:
        """Yen of every summed column over all pages."""
        return [
            (column.label, self._tally.sums[column.stored] if self.total else 0)
            for column in self.spec.columns
            if column.summed
        ]

    def _has_order(self, column: ListColumn[Row]) -> bool:
        return column.stored != ""

    def _asked_for(self) -> Wanted:
        by, back = self._order()
        given = self._wanted()
        ranges, words = [], []
        for number, column in narrowed_by(self.spec):
            if column.kind is ColumnKind.CHOICE:
                if chosen := given.get(str(number)):
                    words.append(OneOf(column.stored, _codes(column, chosen)))
                continue
            first, last = given.get(f"{number}_from"), given.get(f"{number}_to")
            if first is not None or last is not None:
                ranges.append(Range(column.stored, first, last))
        order = "" if by is None else self.spec.columns[by].stored
        return Wanted(order=order, descending=back, ranges=tuple(ranges), words=tuple(words))


def _codes(column: ListColumn[Row], word: str) -> tuple[str, ...]:
    return tuple(code for code, said in column.words.items() if said == word)
