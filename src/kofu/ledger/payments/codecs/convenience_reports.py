"""速報, 速報取消 and 確報 of a collection agency (収納代行会社).

No public layout is known (標準料金代理収納ガイドライン has one that could not be had, and agencies differ), so the
layout is data. What the records mean is `kofu.ledger.payments.domain.convenience`.

The key of a payment is its barcode with the moment and the place of paying. The moment is required: without it the
second payment of a slip on one day would look like the first one told twice, and money would be lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kofu.core.errors import PeerFault
from kofu.ledger.formats.cells import Cell, Form, LayoutField
from kofu.ledger.formats.fixed_width import Newline, RecordRead, RecordRole
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.formats.problems import FileProblems
from kofu.ledger.formats.profile_layout import (
    LayoutPurpose,
    LayoutRows,
    ProfileLayout,
    code_for,
    layout_wrong,
    load_layout,
    need_fields,
    need_meanings,
    read_file,
    write_file,
)
from kofu.ledger.payments.domain.convenience import ReportEvent
from kofu.ledger.slips.codecs.barcode import parse

NEEDED = {
    "kind": Form.CODE,  # データ種別, in the data record or the header
    "barcode": Form.DIGITS,
    "received_on": Form.DATE,
    "received_at": Form.DIGITS,  # time of day, HHMM or HHMMSS
    "amount": Form.NUMBER,
}
OPTIONAL = {"chain": Form.TEXT, "store": Form.TEXT, "transferred_on": Form.DATE}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreReport:
    """What an agency says of one payment. `amount` in yen; `transferred_on` 送金日, of confirmations where known."""

    event: ReportEvent
    barcode: str
    received_on: date
    received_at: str
    amount: int
    chain: str = ""
    store: str = ""
    transferred_on: date | None = None

    @property
    def key(self) -> str:
        """What tells this payment from every other: barcode, moment and place."""
        return "|".join((self.barcode, f"{self.received_on:%Y%m%d}", self.received_at, self.chain, self.store))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """The reports of one file, in its order. `header`: further cells of the header, by the layout's names."""

    reports: tuple[StoreReport, ...]
    header: tuple[tuple[str, Cell], ...] = ()
    newline: Newline = Newline.CRLF

    @property
    def total(self) -> int:
        """Sum of all amounts, in yen, whatever the reports say of them."""
        return sum(report.amount for report in self.reports)


def load(data: bytes, *, file: str) -> ProfileLayout:
    """Read a layout of report files. Raises `OperatorFault` ("layout_wrong")."""
    layout = load_layout(data, file=file, purpose=LayoutPurpose.CONVENIENCE_REPORTS)
    need_fields(layout, NEEDED, either={"kind"}, optional=OPTIONAL)
    need_meanings(layout, _kind_field(layout), list(ReportEvent))
    return layout


def reports_layout(layouts: Layouts) -> ProfileLayout:
    """Give the layout of 速報, 速報取消 and 確報 of the collection agency.

    Raises `OperatorFault` where there is none, or it is wrong.
    """
    data, file = layouts.source("convenience_reports")
    return load(data, file=file)


def decode_readable(layout: ProfileLayout, data: bytes, problems: FileProblems) -> tuple[ReportFile, tuple[int, ...]]:
    """Read what can be read, and the record of each report; what cannot or is wrong is noted, record by record.

    Raises `FileRefused` where it is no file at all: its order, its header or its totals are not right.
    """
    rows = read_file(layout, data, problems, keep_bad=True)
    kind = _kind_field(layout)
    reports = tuple(_report(row, rows, kind, problems) for row in rows.lines)
    header = tuple(rows.header.cells.items()) if rows.header else ()
    file = ReportFile(reports=reports, header=header, newline=rows.newline)
    return file, tuple(row.number for row in rows.lines)


def encode(layout: ProfileLayout, file: ReportFile) -> bytes:
    """Write a file of reports, as an agency does. Raises `OperatorFault` ("cannot_write")."""
    kind = _kind_field(layout)
    header = dict(file.header)
    in_header = layout.field(RecordRole.DATA, "kind") is None
    if in_header and file.reports:
        header["kind"] = code_for(kind, file.reports[0].event)
    lines: list[dict[str, Cell]] = [
        {
            "kind": code_for(kind, report.event),
            "barcode": report.barcode,
            "received_on": report.received_on,
            "received_at": report.received_at,
            "amount": report.amount,
            "chain": report.chain,
            "store": report.store,
            "transferred_on": report.transferred_on,
        }
        for report in file.reports
    ]
    return write_file(layout, header, lines, file.newline)


def _kind_field(layout: ProfileLayout) -> LayoutField:
    field = layout.field(RecordRole.DATA, "kind") or layout.field(RecordRole.HEADER, "kind")
    if field is None:
        raise layout_wrong(layout, "neither the data record nor the header has a field kind")
    return field


def _report(row: RecordRead, rows: LayoutRows, kind: LayoutField, problems: FileProblems) -> StoreReport:
    code = row.text("kind") or (rows.header.text("kind") if rows.header else "")
    barcode, amount = row.text("barcode"), row.whole("amount")
    try:
        coded = parse(barcode).amount
    except PeerFault as fault:
        problems.add("barcode_wrong", fault.message, "ask the agency", record=row.number, field="バーコード")
    else:
        if coded != amount:
            found = f"{amount} yen, but the barcode says {coded}"
            problems.add("amount", found, "ask the agency", record=row.number, field="金額")
    return StoreReport(
        event=ReportEvent(kind.codes[code]),
        barcode=barcode,
        received_on=row.required_day("received_on"),
        received_at=row.text("received_at"),
        amount=amount,
        chain=row.text("chain"),
        store=row.text("store"),
        transferred_on=row.day("transferred_on"),
    )
