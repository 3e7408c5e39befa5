"""A claim that was settled, or written off, on a day, with all that can be said of one."""

from __future__ import annotations

from datetime import date

import psycopg
from tests.ledger.year_of_four import NOTICE, Year, a_year, noon

from kofu.ledger.acting.reached_day import reach_day
from kofu.ledger.books.domain import posting
from kofu.ledger.books.journal import Posting, open_books, store_books


def settled(connection: psycopg.Connection, on: date, *, written_off: bool = False, number: str = NOTICE) -> Year:
    """A notice of one 期別 of 10,000 yen, paid in full or written off on `on`."""
    year = a_year(connection, (10_000,), dues={"1": on}, number=number)
    claim_id = year.claim("1")
    if written_off:
        with connection.transaction():
            books = open_books(connection, claim_ids=[claim_id])
            books.post(posting.write_off(books, claim_id, on, reason="18"))
            store_books(connection, books, Posting(actor="test", booked_on=on, recorded_at=noon(on)))
    else:
        year.arrive(on, year.slip("1", on, 10_000))
    return year


def seen(connection: psycopg.Connection, claim_id: int) -> bool:
    """Whether the role of this connection sees the claim."""
    return connection.execute("SELECT count(*) FROM claim WHERE id = %s", [claim_id]).fetchone() == (1,)


def seen_on(connection: psycopg.Connection, claim_id: int, day: date) -> bool:
    """Whether the role sees the claim once the system has reached a day."""
    reach_day(connection, day)
    return seen(connection, claim_id)
