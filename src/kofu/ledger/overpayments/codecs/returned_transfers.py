"""振込不能: refunds that came back from the bank, by a layout that is data.

The banks' common formats have none for transfers that fail after they were sent; every bank tells it in its own way. A
returned transfer finds its refund by the 顧客コード that was sent with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kofu.ledger.formats.cells import Cell, Form
from kofu.ledger.formats.fixed_width import Newline, RecordRead, RecordRole
from kofu.ledger.formats.layouts_in_use import Layouts
from kofu.ledger.formats.problems import FileProblems
from kofu.ledger.formats.profile_layout import (
    LayoutPurpose,
    ProfileLayout,
    code_of,
    layout_wrong,
    load_layout,
    meaning_of,
    need_fields,
    read_file,
    write_file,
)

NEEDED = {
    "reference": Form.DIGITS,  # 顧客コード of the transfer
    "amount": Form.NUMBER,
    "returned_on": Form.DATE,
    "reason": Form.CODE,  # the codes mean the words shown to staff
}
OPTIONAL = {"bank_code": Form.DIGITS, "branch_code": Form.DIGITS, "account_number": Form.DIGITS}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedTransfer:
    """One transfer that came back. `amount` in yen; `reason` in words; the account "" where the records do not say."""

    reference: str
    amount: int
    returned_on: date
    reason: str
    bank_code: str = ""
    branch_code: str = ""
    account_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedFile:
    """The transfers of one file, in its order. `header`: the header's cells, by the layout's names."""

    transfers: tuple[ReturnedTransfer, ...]
    header: tuple[tuple[str, Cell], ...] = ()
    newline: Newline = Newline.CRLF


def load(data: bytes, *, file: str) -> ProfileLayout:
    """Read a layout of returned transfers. Raises `OperatorFault` ("layout_wrong")."""
    layout = load_layout(data, file=file, purpose=LayoutPurpose.RETURNED_TRANSFERS)
    need_fields(layout, NEEDED, optional=OPTIONAL)
    reason = layout.field(RecordRole.DATA, "reason")
    if reason is None or not reason.codes:
        raise layout_wrong(layout, "the field reason has no codes")
    return layout


def returned_layout(layouts: Layouts) -> ProfileLayout:
    """Give the layout of transfers that came back.

    Raises `OperatorFault` where there is none, or it is wrong.
    """
    data, file = layouts.source("returned_transfers")
    return load(data, file=file)


def decode_readable(
    layout: ProfileLayout, data: bytes, problems: FileProblems
) -> tuple[tuple[ReturnedTransfer, ...], tuple[int, ...]]:
    """Read what can be read, and the record of each; what cannot, and a reference a second time, is noted.

    Raises `FileRefused` where it is no file at all: its order, its header or its totals are not right.
    """
    rows = read_file(layout, data, problems, keep_bad=True)
    _note_twice(rows.lines, problems)
    return tuple(_transfer(layout, row) for row in rows.lines), tuple(row.number for row in rows.lines)


def encode(layout: ProfileLayout, file: ReturnedFile) -> bytes:
    """Write a file of returned transfers, as a bank does. Raises `OperatorFault` ("cannot_write")."""
    lines: list[dict[str, Cell]] = [
        {
            "reference": item.reference,
            "amount": item.amount,
            "returned_on": item.returned_on,
            "reason": code_of(layout, "reason", item.reason),
            "bank_code": item.bank_code,
            "branch_code": item.branch_code,
            "account_number": item.account_number,
        }
        for item in file.transfers
    ]
    return write_file(layout, dict(file.header), lines, file.newline)


def _note_twice(rows: Sequence[RecordRead], problems: FileProblems) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.text("reference") in seen:
            advice = "a transfer comes back once: ask the bank"
            problems.add("twice", "a 顧客コード that stands above too", advice, record=row.number, field="顧客コード")
        seen.add(row.text("reference"))


def _transfer(layout: ProfileLayout, row: RecordRead) -> ReturnedTransfer:
    return ReturnedTransfer(
        reference=row.text("reference"),
        amount=row.whole("amount"),
        returned_on=row.required_day("returned_on"),
        reason=meaning_of(layout, row, "reason"),
        bank_code=row.text("bank_code"),
        branch_code=row.text("branch_code"),
        account_number=row.text("account_number"),
    )
