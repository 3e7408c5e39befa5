"""Compare a month's statement of the centre with the journal (手数料・件数の突合)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import psycopg

from kofu.contracts.statement import EntryKind, MonthlyStatement, totals_of
from kofu.core.calendar import begin_of
from kofu.core.errors import PeerFault
from kofu.issuing.checks.domain.statement_check import (
    Amounts,
    CenterEntry,
    StatementComparison,
    WardReport,
    WardRequest,
    compare,
)

DECEMBER = 12


def reconcile(
    connection: psycopg.Connection, statement: MonthlyStatement, *, municipality_code: str
) -> StatementComparison:
    """Compare. Raises `PeerFault` for another municipality's statement, or one that does not hold together."""
    if statement.municipality_code != municipality_code:
        raise PeerFault("statement_of_another", "this statement is of another municipality")
    if totals_of(statement.entries) != statement.totals:
        raise PeerFault("statement_sums_wrong", "the statement's sums are not the sums of its entries")
    begin, end = _bounds(statement.month)
    for entry in statement.entries:
        if not begin <= entry.occurred_at < end:
            raise PeerFault("statement_month_wrong", f"an entry of request {entry.request_id} is of another month")
    named = {entry.request_id for entry in statement.entries}
    return compare(
        [
            CenterEntry(
                request_id=entry.request_id,
                outcome=entry.entry.value,
                amounts=Amounts(copies=entry.copies, sheets=entry.sheets, yen=entry.yen),
                fee_per_copy=entry.fee_per_copy,
            )
            for entry in statement.entries
        ],
        _requests(connection, municipality_code, named, begin, end),
    )


def _requests(
    connection: psycopg.Connection, municipality_code: str, named: Iterable[str], begin: datetime, end: datetime
) -> dict[str, WardRequest]:
    """Read every request the statement names, and every one with a print result of the month."""
    rows = connection.execute(
        "SELECT r.request_id, r.fee_per_copy,"
        " array_agg(c.certificate_number ORDER BY c.copy) FILTER (WHERE c.copy IS NOT NULL),"
        " array_agg(c.pages ORDER BY c.copy) FILTER (WHERE c.copy IS NOT NULL)"
        " FROM issuing_request r LEFT JOIN issuing_copy c USING (request_id)"
        " WHERE r.municipality_code = %(code)s AND (r.request_id = ANY(%(named)s)"
        " OR r.request_id IN (SELECT p.request_id FROM issuing_print_report p WHERE p.standing = 'accepted'"
        " AND p.occurred_at >= %(begin)s AND p.occurred_at < %(end)s))"
        " GROUP BY r.request_id, r.fee_per_copy",
        {"code": municipality_code, "named": list(named), "begin": begin, "end": end},
    ).fetchall()
    pages = {row[0]: list(row[3] or ()) for row in rows}
    reports: dict[str, list[WardReport]] = {request_id: [] for request_id in pages}
    for request_id, outcome, copies, yen, occurred_at in connection.execute(
        "SELECT request_id, outcome, copies_printed, fee_paid, occurred_at FROM issuing_print_report"
        " WHERE standing = 'accepted' AND request_id = ANY(%s) ORDER BY id",
        [list(pages)],
    ).fetchall():
        reports[request_id].append(
            WardReport(
                outcome=EntryKind(outcome).value,
                amounts=Amounts(copies=copies, sheets=sum(pages[request_id][:copies]), yen=yen),
                in_month=begin <= occurred_at < end,
            )
        )
    return {
        row[0]: WardRequest(numbers=tuple(row[2] or ()), fee_per_copy=row[1], reports=tuple(reports[row[0]]))
        for row in rows
    }


def _bounds(month: str) -> tuple[datetime, datetime]:
    first = date.fromisoformat(f"{month}-01")
    after = date(first.year + first.month // DECEMBER, first.month % DECEMBER + 1, 1)
    return begin_of(first), begin_of(after)
