"""Work on the next item while the last one is worked on: rows are checked beside the database that moves them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def read_ahead(items: Iterator[T]) -> Iterator[Iterator[T]]:
    """Give `items`, each of them made in a thread beside while the caller is at the one before.

    One item is kept ready, no more. What making an item raises is raised where it is asked for. Leaving waits for the
    item that is being made.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead") as beside:

        def ahead() -> Iterator[T]:
            coming = beside.submit(next, items, None)
            while (item := coming.result()) is not None:
                coming = beside.submit(next, items, None)
                yield item

        yield ahead()
