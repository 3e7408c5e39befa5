"""Long lists by pages: which page of how many rows, taken from the address (`?page=2`); never cut without a word.

The template of the list includes `staff/pages.html`, which says how many rows there are and leads to the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from django.http import HttpRequest

ROWS = 100
DIGITS_MAX = 6

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `number`: from 1; `total`: rows of the whole list; `query`: the rest of the address."""

    number: int
    total: int
    rows: int = ROWS
    name: str = "page"
    query: str = ""

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.number - 1) * self.rows

    @property
    def first(self) -> int:
        """Place of the page's first row in the list, from 1; 0 where the list is empty."""
        return min(self.offset + 1, self.total)

    @property
    def last(self) -> int:
        """Place of its last row."""
        return min(self.offset + self.rows, self.total)

    @property
    def count(self) -> int:
        """Pages of the list, one where it is empty."""
        return max(1, -(-self.total // self.rows))

    @property
    def earlier(self) -> int | None:
        """Number of the page before."""
        return self.number - 1 if self.number > 1 else None

    @property
    def later(self) -> int | None:
        """Number of the page after."""
        return self.number + 1 if self.number < self.count else None


def page_of(request: HttpRequest, total: int, *, rows: int = ROWS, name: str = "page") -> Page:
    """Give the page the address asks for; what is no page of the list is its nearest one."""
    given = request.GET.get(name, "1")
    number = int(given) if given.isascii() and given.isdigit() and len(given) <= DIGITS_MAX else 1
    others = request.GET.copy()
    others.pop(name, None)
    whole = Page(1, total, rows)
    return Page(min(max(number, 1), whole.count), total, rows, name, others.urlencode())


def cut(request: HttpRequest, whole: list[Row], *, rows: int = ROWS, name: str = "page") -> tuple[Page, list[Row]]:
    """Give the page the address asks for, and its rows of a list that was read whole."""
    page = page_of(request, len(whole), rows=rows, name=name)
    return page, whole[page.offset : page.offset + page.rows]
