"""日次締め: the day's money by channel, against the batches it came in and against what bank and cash say.

Closing is refused while anything differs or waits. What comes of it is the proof 督促 asks for: `closed_day`. A closed
day takes no more postings.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime

import psycopg
from psycopg.types.json import Jsonb

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.accounting import accounting_days, days_alone, locked_days
from kofu.ledger.books.domain.accounting_days import NAMED_MAX
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.payments.coverage import missing_on
from kofu.ledger.payments.domain.closed_day import ClosedDay
from kofu.ledger.profile.domain.channel_rules import ChannelRule

DAYS_LISTED = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDay:
    """One channel on one day, in payments and yen: posted to the ledger, brought by batches, stated by bank or cash.

    `batch_rows` and `batch_total` count rows that are money and were not left out; `stated_*` is None while nobody has
    stated anything. `left_out` counts rows that were left out of accepted batches.
    """

    channel: str
    ledger_rows: int = 0
    ledger_total: int = 0
    batch_rows: int = 0
    batch_total: int = 0
    left_out: int = 0
    stated_rows: int | None = None
    stated_total: int | None = None
    stated_by: str = ""

    @property
    def agrees(self) -> bool:
        """Whether ledger, batches and statement say the same."""
        ledger = (self.ledger_rows, self.ledger_total)
        return ledger == (self.batch_rows, self.batch_total) == (self.stated_rows, self.stated_total)

    @property
    def difference(self) -> int | None:
        """Yen the bank or the cash says above what the ledger has; None while nobody has stated anything."""
        return None if self.stated_total is None else self.stated_total - self.ledger_total


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """How a day stands: its channels, and the names of batches that are not posted or sent back yet.

    `taken_out_rows`, `taken_out_total`: payments, of this day or earlier, that were taken out of the ledger on it.
    """

    day: date
    channels: tuple[ChannelDay, ...]
    waiting: tuple[str, ...]
    taken_out_rows: int = 0
    taken_out_total: int = 0
    closed_by: str = ""
    closed_at: datetime | None = None

    @property
    def differing(self) -> tuple[str, ...]:
        """Channels in which ledger, batches and statement do not say the same."""
        return tuple(channel.channel for channel in self.channels if not channel.agrees)

    @property
    def can_be_closed(self) -> bool:
        """Whether nothing waits and nothing differs."""
        return not self.closed_by and not self.waiting and not self.differing


def read_day(connection: psycopg.Connection, municipality_code: str, day: date) -> Day:
    """Read how a day stands. Channels without money, batches or a statement are left out.

    What was taken over from the system before came in on other days and was reconciled there.
    """
    parts: dict[str, dict[str, object]] = {channel.value: {} for channel in Channel}
    for channel, rows, total in connection.execute(
        "SELECT channel, count(*), sum(amount) FROM payment WHERE municipality_code = %s AND booked_on = %s"
        " AND channel <> %s GROUP BY channel",
        [municipality_code, day, Channel.TAKEN_OVER],
    ):
        parts[channel] |= {"ledger_rows": rows, "ledger_total": int(total)}
    for channel, rows, total, left_out in connection.execute(_BATCH_TOTALS, [municipality_code, day]):
        parts[channel] |= {"batch_rows": rows, "batch_total": int(total), "left_out": left_out}
    for channel, rows, total, stated_by in connection.execute(
        "SELECT DISTINCT ON (channel) channel, rows, total, stated_by FROM day_statement"
        " WHERE municipality_code = %s AND day = %s ORDER BY channel, id DESC",
        [municipality_code, day],
    ):
        parts[channel] |= {"stated_rows": rows, "stated_total": total, "stated_by": stated_by}
    waiting = connection.execute(
        "SELECT name FROM batch WHERE municipality_code = %s AND booked_on = %s AND NOT state IN ('posted', 'rejected')"
        " ORDER BY received_at",
        [municipality_code, day],
    ).fetchall()
    taken_out = connection.execute(
        "SELECT count(*), coalesce(sum(amount), 0) FROM entry JOIN transfer ON transfer.entry_id = entry.id"
        " JOIN (SELECT id AS payment_id, municipality_code FROM payment) AS of USING (payment_id)"
        " WHERE booked_on = %s AND kind = 'voided' AND municipality_code = %s",
        [day, municipality_code],
    ).fetchone()
    closed = connection.execute(
        "SELECT closed_by, closed_at FROM day_close WHERE municipality_code = %s AND day = %s", [municipality_code, day]
    ).fetchone()
    return Day(
        day=day,
        channels=tuple(ChannelDay(channel=name, **values) for name, values in parts.items() if values),  # type: ignore[arg-type] # the columns are typed by the queries above
        waiting=tuple(row[0] for row in waiting),
        taken_out_rows=taken_out[0] if taken_out else 0,
        taken_out_total=int(taken_out[1]) if taken_out else 0,
        closed_by=closed[0] if closed else "",
        closed_at=closed[1] if closed else None,
    )


#: Rows that are money, without those voided at the counter and those that an earlier batch brought already.
_BATCH_TOTALS = (
    "SELECT channel, count(*) FILTER (WHERE NOT bad), coalesce(sum(amount) FILTER (WHERE NOT bad), 0),"
    " count(*) FILTER (WHERE bad) FROM (SELECT batch.channel, paid.amount, EXISTS (SELECT FROM batch_problem AS problem"
    " WHERE problem.batch_id = batch.id AND problem.line = paid.line) AS bad"
    " FROM batch JOIN batch_row AS paid ON paid.batch_id = batch.id AND paid.event = 'pay'"
    " LEFT JOIN payment AS known ON known.municipality_code = batch.municipality_code"
    " AND known.key = batch.channel || '/' || paid.key AND known.batch_id <> batch.id"
    " WHERE batch.municipality_code = %s AND batch.booked_on = %s AND batch.state <> 'rejected' AND known.id IS NULL"
    " AND NOT EXISTS (SELECT FROM batch_row AS voiding WHERE voiding.batch_id = batch.id"
    " AND voiding.voids = paid.line)) AS rows GROUP BY channel"
)


def state_channel(
    connection: psycopg.Connection,
    municipality_code: str,
    day: date,
    channel: Channel,
    *,
    rows: int,
    total: int,
    note: str = "",
    acting: Acting,
) -> None:
    """Record what the bank or the cash of a channel says came in. A later statement takes the place of an earlier one.

    Raises `OperatorFault` `day_closed`, `day_to_come`, `day_not_open`, `statement_wrong` for a number below zero.
    """
    if rows < 0 or total < 0:
        raise OperatorFault("statement_wrong", "a statement counts payments and yen, neither below zero")
    with connection.transaction():
        locked_days(connection, municipality_code, day_in_japan(acting.now)).require_open(day)
        connection.execute(
            "INSERT INTO day_statement (municipality_code, day, channel, rows, total, note, stated_by, stated_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [municipality_code, day, channel.value, rows, total, note, acting.actor, acting.now],
        )
        record(connection, acting, "day.state", "stated", day=day.isoformat(), channel=channel.value)


def close_day(
    connection: psycopg.Connection,
    municipality_code: str,
    day: date,
    *,
    channels: Sequence[ChannelRule],
    acting: Acting,
) -> ClosedDay:
    """Close a day; days close in order. `channels`: how each channel's files come (profile).

    Raises `OperatorFault`: `day_to_come`, `day_closed`, `day_not_open`, `days_open_before` naming what is open before
    it, `batches_wait`, `totals_differ`, `files_missing` naming the files that are expected and not there.
    """
    if day > day_in_japan(acting.now):
        raise OperatorFault("day_to_come", f"{day} is still to come")
    with connection.transaction():
        days = days_alone(connection, municipality_code, day_in_japan(acting.now))
        days.require_open(day)
        standing = read_day(connection, municipality_code, day)
        _require_none_before(connection, municipality_code, days.unclosed_before(day), day)
        if standing.waiting:
            raise OperatorFault(
                "batches_wait",
                f"{len(standing.waiting)} batches of {day} wait; post them, or send back those not begun",
            )
        if standing.differing:
            differing = ", ".join(standing.differing)
            raise OperatorFault("totals_differ", f"{day} does not come out in: {differing}; find the difference first")
        _require_files(connection, municipality_code, channels, day)
        totals = [asdict(channel) for channel in standing.channels]
        digest = _digest(municipality_code, day, totals)
        connection.execute(
            "INSERT INTO day_close (municipality_code, day, totals, digest, closed_by, closed_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [municipality_code, day, Jsonb(totals), digest, acting.actor, acting.now],
        )
        record(connection, acting, "day.close", "closed", day=day.isoformat(), digest=digest)
    return ClosedDay(municipality_code, day)


def closed_day(connection: psycopg.Connection, municipality_code: str, day: date) -> ClosedDay:
    """Give the proof that a day was closed. Raises `OperatorFault` `day_not_closed`: no 督促 before it."""
    row = connection.execute(
        "SELECT totals, digest FROM day_close WHERE municipality_code = %s AND day = %s", [municipality_code, day]
    ).fetchone()
    if row is None:
        raise OperatorFault("day_not_closed", f"{day} is not closed; reconcile and close it first")
    if _digest(municipality_code, day, row[0]) != row[1]:
        raise OperatorFault("day_altered", f"the totals of {day} are not those it was closed with")
    return ClosedDay(municipality_code, day)


def open_days(connection: psycopg.Connection, municipality_code: str, today: date) -> list[Day]:
    """List the days that are not closed and have come, the oldest first, each with what is missing; at most 31."""
    days = accounting_days(connection, municipality_code, today).open_days()
    return [read_day(connection, municipality_code, day) for day in days[:DAYS_LISTED] if day <= today]


def _require_files(
    connection: psycopg.Connection, municipality_code: str, channels: Sequence[ChannelRule], day: date
) -> None:
    missing = [one for one in missing_on(connection, municipality_code, channels, day, day) if one.holds_the_day]
    if missing:
        named = ", ".join(f"{one.file.channel} to {one.file.reach} ({one.sender})" for one in missing)
        raise OperatorFault(
            "files_missing",
            f"{day} cannot be closed: expected and not there: {named}; ask the sender, or two people decide about it",
        )


def _require_none_before(
    connection: psycopg.Connection, municipality_code: str, before: Sequence[date], day: date
) -> None:
    """Raise `OperatorFault` `days_open_before` naming the open days before a day, and the batches that wait there."""
    if not before:
        return
    waiting: dict[date, list[str]] = {}
    for booked_on, name in connection.execute(
        "SELECT booked_on, name FROM batch WHERE municipality_code = %s AND booked_on = ANY(%s)"
        " AND NOT state IN ('posted', 'rejected') ORDER BY booked_on, received_at",
        [municipality_code, list(before)],
    ):
        waiting.setdefault(booked_on, []).append(name)
    named = [
        f"{one} ({', '.join(waiting[one])} waits)" if one in waiting else one.isoformat() for one in before[:NAMED_MAX]
    ]
    more = f" and {len(before) - NAMED_MAX} more" if len(before) > NAMED_MAX else ""
    raise OperatorFault("days_open_before", f"{day} cannot be closed before: {', '.join(named)}{more}")


def _digest(municipality_code: str, day: date, totals: Sequence[object]) -> str:
    told = {"municipality_code": municipality_code, "day": day.isoformat(), "channels": totals}
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
