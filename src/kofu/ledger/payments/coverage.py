"""How far each channel reaches, read from what was posted and decided; which files a day still waits for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.books.domain.day_decisions import DayDecision
from kofu.ledger.debit.request_debits import unanswered_days
from kofu.ledger.payments.day_decisions import store_proposal
from kofu.ledger.payments.domain.coverage import Arrived, Expected, Reached, expected_files, is_there, reached
from kofu.ledger.profile.domain.channel_rules import ChannelRule, Rhythm

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Missing:
    """An expected file that is not there. `decided`: what two people decided, `proposed`: what waits for the second."""

    file: Expected
    sender: str
    decided: DayDecision | None = None
    proposed: DayDecision | None = None

    @property
    def holds_the_day(self) -> bool:
        """Whether its day cannot be closed: nobody has decided about it."""
        return self.decided is None


def missing_on(
    connection: psycopg.Connection, municipality_code: str, rules: Sequence[ChannelRule], first: date, last: date
) -> list[Missing]:
    """List the files expected on open days from `first` to `last` that are not there, with what was decided about them.

    Before the first closed day nothing was expected: what came in then came in in the system before.
    """
    began = _first_closed(connection, municipality_code)
    if began is None:
        return []
    first = max(first, began + ONE_DAY)
    return _not_there(connection, municipality_code, rules, first, last)


def channels_reached(
    connection: psycopg.Connection, municipality_code: str, rules: Sequence[ChannelRule], closed_to: date
) -> list[Reached]:
    """Tell for each channel in use up to which 領収日 all money is in, when days are closed to `closed_to`."""
    holes = _holes(connection, municipality_code, rules)
    unanswered = unanswered_days(connection, municipality_code)
    return [
        reached(rule, closed_to, missing=[one.file for one in holes], unanswered=unanswered)
        for rule in rules
        if rule.rhythm is not Rhythm.NOT_USED
    ]


def late_files(connection: psycopg.Connection, municipality_code: str, rules: Sequence[ChannelRule]) -> list[Missing]:
    """List the files two people closed a day without, and that have not come since: they hold 督促 back."""
    return _holes(connection, municipality_code, rules)


@dataclass(frozen=True, slots=True)
class FileKey:
    """Which expected file is meant: of a channel, expected on a day, reaching payments of a day."""

    channel: Channel
    day: date
    reach: date


def propose_file(
    connection: psycopg.Connection,
    municipality_code: str,
    rules: Sequence[ChannelRule],
    file: FileKey,
    kind: DayDecision,
    *,
    batch_id: UUID | None = None,
    reason: str,
    acting: Acting,
) -> UUID:
    """起案 of what became of an expected file.

    Raises `OperatorFault` `file_not_expected`, `file_to_come` before its day, `batch_needed` where a `CAME` names no
    posted batch of the channel, `reason_needed`, `proposed_already`.
    """
    with connection.transaction():
        waiting = _not_there(connection, municipality_code, rules, file.day, file.day)
        waiting += _holes(connection, municipality_code, rules)
        if not any((one.file.channel, one.file.reach) == (file.channel, file.reach) for one in waiting):
            raise OperatorFault("file_not_expected", f"no file of {file.channel} to {file.reach} is missing")
        if file.day > day_in_japan(acting.now):
            raise OperatorFault("file_to_come", f"the file is expected on {file.day}; it is not late yet")
        if kind is DayDecision.CAME:
            known = connection.execute(
                "SELECT 1 FROM batch WHERE id = %s AND municipality_code = %s AND channel = %s AND state = 'posted'",
                [batch_id, municipality_code, file.channel],
            ).fetchone()
            if known is None:
                raise OperatorFault("batch_needed", "name the batch of this channel that was posted and is the file")
        return store_proposal(
            connection, municipality_code, kind, file.channel, file.day,
            reach=file.reach, batch_id=batch_id if kind is DayDecision.CAME else None, reason=reason, acting=acting,
        )  # fmt: skip


def _not_there(
    connection: psycopg.Connection, municipality_code: str, rules: Sequence[ChannelRule], first: date, last: date
) -> list[Missing]:
    debit_days = _debit_days(connection, municipality_code)
    unanswered = set(unanswered_days(connection, municipality_code))
    decided = _decisions(connection, municipality_code, first, last)
    found = []
    for rule in rules:
        if not any(True for _ in expected_files(rule, first, last, debit_days)):
            continue
        arrived = _arrived(connection, municipality_code, rule.channel, first)
        known_to = max([last, *(one.booked_on for one in arrived)])
        files = expected_files(rule, first, known_to, debit_days)
        for place, file in enumerate(files):
            if file.day > last:
                continue
            by_lines = rule.rhythm is Rhythm.DEBIT_DAYS
            there = file.reach not in unanswered if by_lines else is_there(file, arrived, files[place + 1 :])
            if not there:
                known = decided.get((rule.channel, file.reach), {})
                found.append(Missing(file, rule.sender, known.get("approved"), known.get("proposed")))
    return sorted(
        (one for one in found if one.decided not in {DayDecision.NOTHING_PAID, DayDecision.CAME}),
        key=lambda one: (one.file.day, one.file.channel),
    )


def _holes(connection: psycopg.Connection, municipality_code: str, rules: Sequence[ChannelRule]) -> list[Missing]:
    """Give the files that two people said come later, and that did not come since.

    One that the profile does not expect any more is still missing: it holds its channel wholly until it is decided.
    """
    rows = connection.execute(
        "SELECT DISTINCT channel, reach, day FROM accounting_decision WHERE municipality_code = %s"
        " AND kind = 'comes_later' AND state = 'approved'",
        [municipality_code],
    ).fetchall()
    if not rows:
        return []
    first, last = min(row[2] for row in rows), max(row[2] for row in rows)
    decided = _decisions(connection, municipality_code, first, last)
    debit_days = _debit_days(connection, municipality_code)
    expected = {(file.channel, file.reach) for rule in rules for file in expected_files(rule, first, last, debit_days)}
    forgotten = [
        Missing(
            Expected(channel=Channel(channel), day=day, reach=reach, after=date.min),
            "",
            DayDecision.COMES_LATER,
            decided[Channel(channel), reach].get("proposed"),
        )
        for channel, reach, day in rows
        if (Channel(channel), reach) not in expected
        and decided[Channel(channel), reach].get("approved") is DayDecision.COMES_LATER
    ]
    waiting = _not_there(connection, municipality_code, rules, first, last)
    return forgotten + [one for one in waiting if one.decided is DayDecision.COMES_LATER]


def _decisions(
    connection: psycopg.Connection, municipality_code: str, first: date, last: date
) -> dict[tuple[Channel, date], dict[str, DayDecision]]:
    """Give the last approved decision and the waiting one about each file, by channel and reach."""
    found: dict[tuple[Channel, date], dict[str, DayDecision]] = {}
    for channel, reach, state, kind in connection.execute(
        "SELECT channel, reach, state, kind FROM accounting_decision WHERE municipality_code = %s"
        " AND reach IS NOT NULL AND day BETWEEN %s AND %s AND state IN ('proposed', 'approved')"
        " ORDER BY coalesce(decided_at, proposed_at)",
        [municipality_code, first, last],
    ):
        found.setdefault((Channel(channel), reach), {})[state] = DayDecision(kind)
    return found


def _arrived(connection: psycopg.Connection, municipality_code: str, channel: Channel, first: date) -> list[Arrived]:
    """Give the posted batches of a channel from a day on. A 速報 is no file of payments, however empty."""
    rows = connection.execute(
        "SELECT batch.booked_on, max(batch_row.received_on), count(batch_row.line) = 0 AND batch.kind <> 'convenience'"
        " FROM batch LEFT JOIN batch_row ON batch_row.batch_id = batch.id AND batch_row.event IN ('pay', 'fail')"
        " WHERE municipality_code = %s AND channel = %s AND state = 'posted' AND booked_on >= %s GROUP BY batch.id",
        [municipality_code, channel, first],
    )
    return [Arrived(booked_on=day, last_receipt=last, empty=empty) for day, last, empty in rows]


def _debit_days(connection: psycopg.Connection, municipality_code: str) -> list[date]:
    rows = connection.execute(
        "SELECT DISTINCT debit_on FROM debit_request WHERE municipality_code = %s ORDER BY debit_on",
        [municipality_code],
    )
    return [row[0] for row in rows]


def _first_closed(connection: psycopg.Connection, municipality_code: str) -> date | None:
    row = connection.execute(
        "SELECT min(day) FROM day_close WHERE municipality_code = %s", [municipality_code]
    ).fetchone()
    return row[0] if row else None
