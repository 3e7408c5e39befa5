"""The one way to a booking day: what is open, read under the lock that keeps a day from being closed meanwhile.

Whoever posts holds the days in share until the end of the transaction; closing takes them alone. The database holds the
same rule by itself (`ledger_refuse_closed_day`): an entry on a closed day is refused whoever writes it.
"""

from __future__ import annotations

from datetime import date

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain.accounting_days import AccountingDays, booking_day
from kofu.ledger.books.journal import Posting

_SHARED = "SELECT pg_advisory_xact_lock_shared(hashtextextended('accounting day', 0))"
_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('accounting day', 0))"
#: Entries of a municipality's first notice that has any (one of 0 yen has none) and of its first payment: days go on,
#: none of its own was booked before. Whose each entry is would be asked of millions, its neighbours' among them.
_FIRST_ENTRY = """
    SELECT min(booked_on) FROM (
        SELECT entry.booked_on
        FROM (SELECT id FROM notice
              WHERE municipality_code = %(code)s
                  AND (SELECT true FROM claim JOIN transfer ON transfer.claim_id = claim.id
                       WHERE claim.notice_id = notice.id LIMIT 1)
              ORDER BY id LIMIT 1) AS first
        JOIN claim ON claim.notice_id = first.id JOIN transfer ON transfer.claim_id = claim.id
        JOIN entry ON entry.id = transfer.entry_id
        UNION ALL
        SELECT entry.booked_on
        FROM (SELECT id FROM payment WHERE municipality_code = %(code)s ORDER BY booked_on LIMIT 1) AS first
        JOIN transfer ON transfer.payment_id = first.id JOIN entry ON entry.id = transfer.entry_id) AS booked"""


def accounting_days(connection: psycopg.Connection, municipality_code: str, today: date) -> AccountingDays:
    """Read how the days stand, for a screen: they may move on."""
    closed_to = last_closed_day(connection, municipality_code)
    used = {
        row[0]
        for row in connection.execute(
            "SELECT booked_on FROM batch WHERE municipality_code = %(code)s AND state <> 'rejected'"
            " AND booked_on > %(after)s"
            " UNION SELECT day FROM day_statement WHERE municipality_code = %(code)s AND day > %(after)s",
            {"code": municipality_code, "after": closed_to or date.min},
        )
    }
    begun = None if closed_to else _begun_on(connection, municipality_code)
    return AccountingDays(today=today, closed_to=closed_to, begun=begun, used=frozenset(used))


def last_closed_day(connection: psycopg.Connection, municipality_code: str) -> date | None:
    """Give the latest day that was closed; None before the first."""
    row = connection.execute(
        "SELECT max(day) FROM day_close WHERE municipality_code = %s", [municipality_code]
    ).fetchone()
    return row[0] if row else None


def locked_days(connection: psycopg.Connection, municipality_code: str, today: date) -> AccountingDays:
    """Read how the days stand, and keep them so until the caller's transaction ends."""
    connection.execute(_SHARED)
    return accounting_days(connection, municipality_code, today)


def days_alone(connection: psycopg.Connection, municipality_code: str, today: date) -> AccountingDays:
    """Read how the days stand when every posting that had begun is done, and keep further ones waiting."""
    connection.execute(_ALONE)
    return accounting_days(connection, municipality_code, today)


def posting_now(connection: psycopg.Connection, municipality_code: str, acting: Acting, *, source: str = "") -> Posting:
    """Give under what is stored that is decided or done now: booked on today, or on the next open day after it.

    In the caller's transaction.
    """
    connection.execute(_SHARED)
    day = booking_day(day_in_japan(acting.now), last_closed_day(connection, municipality_code))
    return Posting(actor=acting.actor, booked_on=day, recorded_at=acting.now, source=source)


def posting_on(day: date, acting: Acting, *, source: str) -> Posting:
    """Give how money of a batch is booked: on the 会計日 chosen for it, which `lock_open_day` keeps open meanwhile."""
    return Posting(actor=acting.actor, booked_on=day, recorded_at=acting.now, source=source)


def lock_open_day(connection: psycopg.Connection, municipality_code: str, day: date) -> None:
    """Keep a day from being closed until the caller's transaction ends. Raises `OperatorFault` `day_closed`."""
    connection.execute(_SHARED)
    closed_to = last_closed_day(connection, municipality_code)
    if closed_to is not None and day <= closed_to:
        following = booking_day(day, closed_to)
        raise OperatorFault(
            "day_closed", f"{day} is closed; give these payments an open day (会計日の変更), {following} or later"
        )


def _begun_on(connection: psycopg.Connection, municipality_code: str) -> date | None:
    """Give the first day of a ledger that has closed none: of the take-over, or of its first entry."""
    first = connection.execute(_FIRST_ENTRY, {"code": municipality_code}).fetchone()
    return first[0] if first else None
