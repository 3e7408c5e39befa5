"""The month's statement from the centre's own records, and refunds entered by people."""

from __future__ import annotations

import csv
import io
import secrets
from collections import Counter
from datetime import date, datetime

import psycopg

from kofu.contracts.issuing import CertificateKind
from kofu.contracts.statement import EntryKind, MonthlyStatement, StatementEntry, totals_of
from kofu.core.calendar import begin_of, in_japan
from kofu.core.errors import OperatorFault

REASON_CHARACTERS_MAX = 200
DECEMBER = 12
NAMES: dict[CertificateKind, str] = {
    CertificateKind.TAXATION: "課税（非課税）証明書",
    CertificateKind.INCOME: "所得証明書",
    CertificateKind.PAYMENT: "納税証明書",
    CertificateKind.VEHICLE_PAYMENT: "軽自動車税納税証明書",
    CertificateKind.VEHICLE_INSPECTION: "軽自動車税納税証明書（継続検査用）",
}

_RESULTS = (
    "SELECT p.outcome, p.request_id, p.occurred_at, r.kind, r.fiscal_year, s.kiosk_id, p.copies_printed,"
    " p.copies_printed * r.sheets_per_copy, r.fee_per_copy, p.fee_paid"
    " FROM center_print_report p JOIN center_request r USING (request_id) JOIN center_session s USING (session_id)"
    " WHERE p.standing = 'accepted' AND p.municipality_code = %(code)s"
    " AND p.occurred_at >= %(begin)s AND p.occurred_at < %(end)s"
)
_REFUNDS = (
    "SELECT 'refund', f.request_id, f.refunded_at, r.kind, r.fiscal_year, s.kiosk_id, 0, 0, r.fee_per_copy, -f.yen"
    " FROM center_refund f JOIN center_request r USING (request_id) JOIN center_session s USING (session_id)"
    " WHERE s.municipality_code = %(code)s AND f.refunded_at >= %(begin)s AND f.refunded_at < %(end)s"
)


def month_bounds(first: date) -> tuple[datetime, datetime]:
    """Give the first instant of a month and of the one after, in Japan."""
    after = date(first.year + first.month // DECEMBER, first.month % DECEMBER + 1, 1)
    return begin_of(first), begin_of(after)


def statement_of(
    connection: psycopg.Connection, municipality_code: str, first: date, made_at: datetime
) -> MonthlyStatement:
    """Draw up the statement of the month that begins on `first`. Raises `OperatorFault` while the month still runs."""
    begin, end = month_bounds(first)
    if made_at < end:
        raise OperatorFault("month_not_over", f"{first:%Y-%m} is not over yet: its statement would change")
    rows = connection.execute(
        f"{_RESULTS} UNION ALL {_REFUNDS} ORDER BY 3, 2, 1", {"code": municipality_code, "begin": begin, "end": end}
    ).fetchall()
    entries = tuple(
        StatementEntry(
            entry=EntryKind(row[0]),
            request_id=row[1],
            occurred_at=row[2],
            kind=CertificateKind(row[3]),
            fiscal_year=row[4],
            kiosk_id=row[5],
            copies=row[6],
            sheets=row[7],
            fee_per_copy=row[8],
            yen=row[9],
        )
        for row in rows
    )
    return MonthlyStatement(
        municipality_code=municipality_code,
        month=f"{first:%Y-%m}",
        made_at=made_at,
        entries=entries,
        totals=totals_of(entries),
    )


def enter_refund(
    connection: psycopg.Connection, request_id: str, yen: int, *, reason: str, by: str, now: datetime
) -> str:
    """Enter money that was given back, and return the refund's id.

    Raises `OperatorFault` where nobody knows the request, or it paid less than all its refunds together.
    """
    if yen <= 0 or not reason.strip() or len(reason) > REASON_CHARACTERS_MAX or not by.strip():
        must_be = f"a refund has yen, a reason of 1 to {REASON_CHARACTERS_MAX} characters and somebody who enters it"
        raise OperatorFault("bad_refund", must_be)
    refund_id = secrets.token_hex(16)
    with connection.transaction():
        paid = connection.execute(
            "SELECT fee_paid FROM center_request WHERE request_id = %s FOR UPDATE", [request_id]
        ).fetchone()
        given = connection.execute(
            "SELECT coalesce(sum(yen), 0) FROM center_refund WHERE request_id = %s", [request_id]
        ).fetchone()
        if paid is None:
            raise OperatorFault("no_such_request", "the centre knows no such request; its id stands in the statement")
        if given is None or given[0] + yen > paid[0]:
            raise OperatorFault("refund_too_large", "the request paid less than its refunds would be; nothing entered")
        connection.execute(
            "INSERT INTO center_refund (refund_id, request_id, yen, refunded_at, reason, entered_by)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [refund_id, request_id, yen, now, reason, by],
        )
    return refund_id


def as_csv(statement: MonthlyStatement) -> str:
    """Write the entries as CSV with a header row; instants in Japan's time."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    fields = StatementEntry.__struct_fields__
    writer.writerow(fields)
    for entry in statement.entries:
        values = {field: getattr(entry, field) for field in fields}
        values["occurred_at"] = in_japan(entry.occurred_at).isoformat(timespec="seconds")
        writer.writerow(str(values[field]) for field in fields)
    return out.getvalue()


def as_text(statement: MonthlyStatement) -> str:
    """Write the sheet people read: sums by kind of certificate, and of everything."""
    lines = [
        f"証明書交付 手数料・件数 月次実績　{statement.month}",
        f"団体コード {statement.municipality_code}　作成 {in_japan(statement.made_at):%Y-%m-%d %H:%M}",
        "",
        f"{'部数':>8}{'用紙枚数':>8}{'手数料（円）':>10}  種別",
    ]
    copies: Counter[CertificateKind] = Counter()
    sheets: Counter[CertificateKind] = Counter()
    yen: Counter[CertificateKind] = Counter()
    for entry in statement.entries:
        if entry.entry is not EntryKind.REFUND:
            copies[entry.kind] += entry.copies
            sheets[entry.kind] += entry.sheets
            yen[entry.kind] += entry.yen
    lines += [
        f"{copies[kind]:>10,}{sheets[kind]:>12,}{yen[kind]:>16,}  {name}"
        for kind, name in NAMES.items()
        if kind in copies
    ]
    totals = statement.totals
    lines += [
        f"{totals.copies:>10,}{totals.sheets:>12,}{totals.fees:>16,}  計",
        "",
        f"返金　　　　　　　{-totals.refunds:,} 円",
        f"差引（納付額）　　{totals.net:,} 円",
        f"印刷結果不明　　　{totals.unknown:,} 件（部数・手数料に含みません）",
    ]
    return "\n".join(lines) + "\n"
