"""率の登録: the rates of a calendar year, put in by one person with the 告示 and approved by another, never changed.

A year that was put in wrong is put in again: what was approved last holds. Before the first row the rates that come
with the program hold; with the first proposal they are taken over as the first rows, so that the register is whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import psycopg

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import PendingProposal, require_reason
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain.day_decisions import DecisionState, decided
from kofu.ledger.books.domain.rates import RateKind, rates_from_average
from kofu.ledger.books.rates_file import rates
from kofu.platform.standing_proposals import require_decider

SHIPPED = "同梱（公表 袋井市・日野市・広島市・小樽市・足立区）"
TAKEN_OVER_BY = "kofu"
YEARS_AHEAD = 1  # the 告示 of a year comes by the end of November before it


def propose_rates(
    connection: psycopg.Connection, municipality_code: str, *, year: int, average: int, source: str, acting: Acting
) -> int:
    """Put in the rates of a year from its 平均貸付割合 (`average`, per mille) with the 告示; give the row's number.

    Raises `OperatorFault` `rate_year` (before 2021 the law computed otherwise; at most the coming year),
    `rate_average`, `reason_needed` without a source, `proposed_already` where the year waits for approval.
    """
    today = day_in_japan(acting.now)
    if year > today.year + YEARS_AHEAD:
        raise OperatorFault("rate_year", f"the rates of {year} are not announced before {date(year - 1, 11, 1)}")
    require_reason(source, "rates name the 告示 they come from")
    found = rates_from_average(year, average)
    with connection.transaction():
        _lock(connection, municipality_code)
        take_over_shipped(connection, municipality_code, acting=acting)
        waiting = connection.execute(
            "SELECT 1 FROM rate_year LEFT JOIN rate_decision ON rate_id = rate_year.id"
            " WHERE municipality_code = %s AND year = %s AND rate_id IS NULL",
            [municipality_code, year],
        ).fetchone()
        if waiting:
            raise OperatorFault("proposed_already", f"rates of {year} wait for approval; decide them first")
        number = _add(
            connection, municipality_code, year, found, source=source.strip(), actor=acting.actor, now=acting.now
        )
        record(connection, acting, "rates.propose", "proposed", year=year, rate=number)
    return number


def decide_rates(
    connection: psycopg.Connection, municipality_code: str, rate_id: int, *, approve: bool, acting: Acting
) -> None:
    """決裁 by another person, or refusal. Calculations use an approved row from then on; nothing posted is changed.

    Raises `OperatorFault` `no_such_rates`, `decision_state`, `second_person_needed`.
    """
    with connection.transaction():
        _lock(connection, municipality_code)
        row = connection.execute(
            "SELECT year, proposed_by, proposed_at, approved FROM rate_year"
            " LEFT JOIN rate_decision ON rate_id = rate_year.id WHERE municipality_code = %s AND rate_year.id = %s",
            [municipality_code, rate_id],
        ).fetchone()
        if row is None:
            raise OperatorFault("no_such_rates", "there are no such rates")
        year, proposed_by, proposed_at, approved = row
        state = DecisionState.PROPOSED
        if approved is not None:
            state = DecisionState.APPROVED if approved else DecisionState.DECLINED
        after = decided(state, approve=approve)
        if approve:
            require_decider(connection, acting.actor, PendingProposal(proposed_by, proposed_at), what="rates of a year")
        connection.execute(
            "INSERT INTO rate_decision (rate_id, approved, decided_by, decided_at) VALUES (%s, %s, %s, %s)",
            [rate_id, approve, acting.actor, acting.now],
        )
        record(connection, acting, "rates.decide", after.value, year=year, rate=rate_id)


def take_over_shipped(connection: psycopg.Connection, municipality_code: str, *, acting: Acting) -> int:
    """Make the rates that come with the program the first rows, in the caller's transaction; give how many years.

    Does nothing where there is a row.
    """
    known = connection.execute(
        "SELECT 1 FROM rate_year WHERE municipality_code = %s LIMIT 1", [municipality_code]
    ).fetchone()
    if known:
        return 0
    for year, found in sorted(rates().years.items()):
        number = _add(connection, municipality_code, year, found, source=SHIPPED, actor=TAKEN_OVER_BY, now=acting.now)
        connection.execute(
            "INSERT INTO rate_decision (rate_id, approved, decided_by, decided_at) VALUES (%s, true, %s, %s)",
            [number, TAKEN_OVER_BY, acting.now],
        )
    record(connection, acting, "rates.take_over", "recorded", years=len(rates().years))
    return len(rates().years)


def _add(
    connection: psycopg.Connection,
    municipality_code: str,
    year: int,
    found: Mapping[RateKind, int],
    *,
    source: str,
    actor: str,
    now: datetime,
) -> int:
    row = connection.execute(
        "INSERT INTO rate_year (municipality_code, year, first_month, after, refund, grace, source, proposed_by,"
        " proposed_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        [
            municipality_code, year, found[RateKind.FIRST_MONTH], found[RateKind.AFTER], found[RateKind.REFUND],
            found.get(RateKind.GRACE), source, actor, now,
        ],
    ).fetchone()  # fmt: skip
    return int(row[0]) if row else 0


def _lock(connection: psycopg.Connection, municipality_code: str) -> None:
    connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('rates ' || %s, 0))", [municipality_code])
