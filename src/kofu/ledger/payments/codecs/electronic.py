"""電子納付: payments by ペイジー, eL-QR, card and so on, by a layout that is data.

No public layout of the records is known, so nothing of it is made up here. What an eL-QR says is `el_qr`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.formats.cells import Cell, Form
from kofu.ledger.formats.fixed_width import Newline, RecordRead, RecordRole
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.formats.problems import FileProblems
from kofu.ledger.formats.profile_layout import (
    LayoutPurpose,
    ProfileLayout,
    code_of,
    load_layout,
    meaning_of,
    need_fields,
    need_meanings,
    read_file,
    write_file,
)

NEEDED = {
    "transaction": Form.TEXT,  # 取引番号: tells this payment from every other
    "notice_number": Form.DIGITS,
    "installment": Form.CODE,  # the codes mean the labels of 期別
    "received_on": Form.DATE,
    "amount": Form.NUMBER,
}
OPTIONAL = {
    "fiscal_year": Form.DIGITS,
    "tax": Form.CODE,
    "method": Form.CODE,  # the codes mean the words shown to staff
    "transferred_on": Form.DATE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectronicPayment:
    """One payment. `amount` in yen; `fiscal_year` 0, `tax` and `method` "" where the records do not say."""

    transaction: str
    notice_number: str
    installment: str
    received_on: date
    amount: int
    fiscal_year: int = 0
    tax: str = ""
    method: str = ""
    transferred_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ElectronicFile:
    """The payments of one file, in its order. `header`: the header's cells, by the layout's names."""

    payments: tuple[ElectronicPayment, ...]
    header: tuple[tuple[str, Cell], ...] = ()
    newline: Newline = Newline.CRLF


def load(data: bytes, *, file: str) -> ProfileLayout:
    """Read a layout of electronic payments. Raises `OperatorFault` ("layout_wrong")."""
    layout = load_layout(data, file=file, purpose=LayoutPurpose.ELECTRONIC_PAYMENTS)
    need_fields(layout, NEEDED, optional=OPTIONAL)
    need_meanings(layout, layout.field(RecordRole.DATA, "tax"), list(Tax))
    return layout


def electronic_layout(layouts: Layouts) -> ProfileLayout:
    """Give the layout of 電子納付.

    Raises `OperatorFault` where there is none, or it is wrong.
    """
    data, file = layouts.source("electronic_payments")
    return load(data, file=file)


def decode_readable(
    layout: ProfileLayout, data: bytes, problems: FileProblems
) -> tuple[ElectronicFile, tuple[int, ...]]:
    """Read what can be read, and the record of each payment; what cannot or stands twice is noted.

    Raises `FileRefused` where it is no file at all: its order, its header or its totals are not right.
    """
    rows = read_file(layout, data, problems, keep_bad=True)
    seen: set[str] = set()
    for row in rows.lines:
        if row.text("transaction") in seen:
            advice = "each payment has its own: ask the sender"
            problems.add("twice", "a 取引番号 that stands above too", advice, record=row.number, field="取引番号")
        seen.add(row.text("transaction"))
    header = tuple(rows.header.cells.items()) if rows.header else ()
    payments = tuple(_payment(layout, row) for row in rows.lines)
    file = ElectronicFile(payments=payments, header=header, newline=rows.newline)
    return file, tuple(row.number for row in rows.lines)


def encode(layout: ProfileLayout, file: ElectronicFile) -> bytes:
    """Write a file of payments. Raises `OperatorFault` ("cannot_write")."""
    lines: list[dict[str, Cell]] = [
        {
            "transaction": item.transaction,
            "notice_number": item.notice_number,
            "installment": code_of(layout, "installment", item.installment),
            "received_on": item.received_on,
            "amount": item.amount,
            "fiscal_year": str(item.fiscal_year) if item.fiscal_year else "",
            "tax": code_of(layout, "tax", item.tax),
            "method": code_of(layout, "method", item.method),
            "transferred_on": item.transferred_on,
        }
        for item in file.payments
    ]
    return write_file(layout, dict(file.header), lines, file.newline)


def _payment(layout: ProfileLayout, row: RecordRead) -> ElectronicPayment:
    return ElectronicPayment(
        transaction=row.text("transaction"),
        notice_number=row.text("notice_number"),
        installment=meaning_of(layout, row, "installment"),
        received_on=row.required_day("received_on"),
        amount=row.whole("amount"),
        fiscal_year=int(row.text("fiscal_year") or 0),
        tax=meaning_of(layout, row, "tax"),
        method=meaning_of(layout, row, "method"),
        transferred_on=row.day("transferred_on"),
    )
