"""④⑤⑨⑩ Papers keyed by a contractor (パンチ事業者): 納付済通知書 and 還付請求書.

Papers go out in bundles (束), each with a slip (バッチ票) that says how many there are and what they come to. Two
people key every paper without seeing each other's work, so two files come back, and `keyed.domain.keying` judges
whether they may be taken in.

No public layout is known; all three files have layouts that are data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from kofu.ledger.books.domain.claims import Tax
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
    need_meanings,
    read_file,
    write_file,
)
from kofu.ledger.keyed.domain.keying import BatchSlip, KeyedClaim, KeyedPayment

SLIP_FIELDS = {"batch_number": Form.DIGITS, "count": Form.NUMBER, "amount": Form.NUMBER, "made_on": Form.DATE}
PAYMENT_FIELDS = {
    "batch_number": Form.DIGITS,
    "sequence": Form.NUMBER,
    "notice_number": Form.DIGITS,
    "installment": Form.CODE,  # the codes mean the labels of 期別
    "amount": Form.NUMBER,
    "received_on": Form.DATE,
}
PAYMENT_OPTIONAL = {"fiscal_year": Form.DIGITS, "tax": Form.CODE, "interest": Form.NUMBER, "place": Form.TEXT}
CLAIM_FIELDS = {
    "batch_number": Form.DIGITS,
    "sequence": Form.NUMBER,
    "claim_number": Form.DIGITS,
    "claimed_on": Form.DATE,
    "amount": Form.NUMBER,
    "holder_kana": Form.TEXT,
}
BANK_FIELDS = {
    "bank_code": Form.DIGITS,
    "branch_code": Form.DIGITS,
    "deposit": Form.DIGITS,
    "account_number": Form.DIGITS,
}
POST_FIELDS = {"post_symbol": Form.DIGITS, "post_number": Form.DIGITS}

Item = TypeVar("Item", BatchSlip, KeyedPayment, KeyedClaim)


@dataclass(frozen=True, slots=True, kw_only=True)
class PunchFile(Generic[Item]):
    """The items of one file, in its order. `header`: the header's cells, by the layout's names."""

    items: tuple[Item, ...]
    header: tuple[tuple[str, Cell], ...] = ()
    newline: Newline = Newline.CRLF


def load_slips(data: bytes, *, file: str) -> ProfileLayout:
    """Read a layout of batch slips. Raises `OperatorFault` ("layout_wrong")."""
    layout = load_layout(data, file=file, purpose=LayoutPurpose.BATCH_SLIPS)
    need_fields(layout, SLIP_FIELDS, optional={})
    return layout


def slips_layout(layouts: Layouts) -> ProfileLayout:
    """Give the layout of バッチ票 of what went to the data-entry contractor.

    Raises `OperatorFault` where there is none, or it is wrong.
    """
    data, file = layouts.source("batch_slips")
    return load_slips(data, file=file)


def load_payments(data: bytes, *, file: str) -> ProfileLayout:
    """Read a layout of keyed 納付済通知書. Raises `OperatorFault` ("layout_wrong")."""
    layout = load_layout(data, file=file, purpose=LayoutPurpose.KEYED_PAYMENTS)
    need_fields(layout, PAYMENT_FIELDS, optional=PAYMENT_OPTIONAL)
    need_meanings(layout, layout.field(RecordRole.DATA, "tax"), list(Tax))
    return layout


def keyed_layout(layouts: Layouts) -> ProfileLayout:
    """Give the layout of 納付済通知書 as the contractor keyed them.

    Raises `OperatorFault` where there is none, or it is wrong.
    """
    data, file = layouts.source("keyed_payments")
    return load_payments(data, file=file)


def load_claims(data: bytes, *, file: str) -> ProfileLayout:
    """Read a layout of keyed 還付請求書, with bank accounts, ゆうちょ symbols or both. Raises `OperatorFault`."""
    layout = load_layout(data, file=file, purpose=LayoutPurpose.KEYED_CLAIMS)
    need_fields(layout, CLAIM_FIELDS, optional=BANK_FIELDS | POST_FIELDS)
    bank = all(layout.field(RecordRole.DATA, name) for name in BANK_FIELDS)
    if not bank and not all(layout.field(RecordRole.DATA, name) for name in POST_FIELDS):
        raise layout_wrong(layout, "it has neither all fields of a bank account nor those of ゆうちょ")
    return layout


def claims_layout(layouts: Layouts) -> ProfileLayout:
    """Give the layout of 還付請求書 as the contractor keyed them.

    Raises `OperatorFault` where there is none, or it is wrong.
    """
    data, file = layouts.source("keyed_claims")
    return load_claims(data, file=file)


def decode_slips(layout: ProfileLayout, data: bytes, *, file: str) -> PunchFile[BatchSlip]:
    """Read batch slips. Raises `FileRefused`."""
    return _decode(layout, data, file, _slip)


def encode_slips(layout: ProfileLayout, slips: PunchFile[BatchSlip]) -> bytes:
    """Write the batch slips that go out with the papers. Raises `OperatorFault` ("cannot_write")."""
    lines: list[dict[str, Cell]] = [
        {"batch_number": item.batch_number, "count": item.count, "amount": item.total, "made_on": item.made_on}
        for item in slips.items
    ]
    return write_file(layout, dict(slips.header), lines, slips.newline)


def decode_readable(
    layout: ProfileLayout, data: bytes, problems: FileProblems
) -> tuple[tuple[KeyedPayment, ...], tuple[int, ...]]:
    """Read what can be read of a keying of 納付済通知書, and the record of each; what cannot is noted.

    Raises `FileRefused` where it is no file at all: its order, its header or its totals are not right.
    """
    rows = read_file(layout, data, problems, keep_bad=True)
    return tuple(_payment(layout, row) for row in rows.lines), tuple(row.number for row in rows.lines)


def encode_payments(layout: ProfileLayout, payments: PunchFile[KeyedPayment]) -> bytes:
    """Write a keying of 納付済通知書, as a contractor does. Raises `OperatorFault` ("cannot_write")."""
    lines: list[dict[str, Cell]] = [
        {
            "batch_number": item.batch_number,
            "sequence": item.sequence,
            "notice_number": item.notice_number,
            "installment": code_of(layout, "installment", item.installment),
            "amount": item.amount,
            "interest": item.interest,
            "received_on": item.received_on,
            "fiscal_year": str(item.fiscal_year) if item.fiscal_year else "",
            "tax": code_of(layout, "tax", item.tax),
            "place": item.place,
        }
        for item in payments.items
    ]
    return write_file(layout, dict(payments.header), lines, payments.newline)


def decode_readable_claims(
    layout: ProfileLayout, data: bytes, problems: FileProblems
) -> tuple[tuple[KeyedClaim, ...], tuple[int, ...]]:
    """Read what can be read of a keying of 還付請求書, as `decode_readable` does payments. Raises `FileRefused`."""
    rows = read_file(layout, data, problems, keep_bad=True)
    return tuple(_claim(row) for row in rows.lines), tuple(row.number for row in rows.lines)


def encode_claims(layout: ProfileLayout, claims: PunchFile[KeyedClaim]) -> bytes:
    """Write a keying of 還付請求書, as a contractor does. Raises `OperatorFault` ("cannot_write")."""
    lines: list[dict[str, Cell]] = [
        {
            "batch_number": item.batch_number,
            "sequence": item.sequence,
            "claim_number": item.claim_number,
            "claimed_on": item.claimed_on,
            "amount": item.amount,
            "holder_kana": item.holder_kana,
            "bank_code": item.bank_code,
            "branch_code": item.branch_code,
            "deposit": item.deposit,
            "account_number": item.account_number,
            "post_symbol": item.post_symbol,
            "post_number": item.post_number,
        }
        for item in claims.items
    ]
    return write_file(layout, dict(claims.header), lines, claims.newline)


def _decode(layout: ProfileLayout, data: bytes, file: str, make: Callable[[RecordRead], Item]) -> PunchFile[Item]:
    rows = read_file(layout, data, FileProblems(file))
    items: Sequence[Item] = [make(row) for row in rows.lines]
    header = tuple(rows.header.cells.items()) if rows.header else ()
    return PunchFile(items=tuple(items), header=header, newline=rows.newline)


def _slip(row: RecordRead) -> BatchSlip:
    return BatchSlip(
        batch_number=row.text("batch_number"),
        count=row.whole("count"),
        total=row.whole("amount"),
        made_on=row.required_day("made_on"),
    )


def _payment(layout: ProfileLayout, row: RecordRead) -> KeyedPayment:
    return KeyedPayment(
        batch_number=row.text("batch_number"),
        sequence=row.whole("sequence"),
        notice_number=row.text("notice_number"),
        installment=meaning_of(layout, row, "installment"),
        amount=row.whole("amount"),
        interest=row.whole("interest"),
        received_on=row.required_day("received_on"),
        fiscal_year=int(row.text("fiscal_year") or 0),
        tax=meaning_of(layout, row, "tax"),
        place=row.text("place"),
    )


def _claim(row: RecordRead) -> KeyedClaim:
    return KeyedClaim(
        batch_number=row.text("batch_number"),
        sequence=row.whole("sequence"),
        claim_number=row.text("claim_number"),
        claimed_on=row.required_day("claimed_on"),
        amount=row.whole("amount"),
        holder_kana=row.text("holder_kana"),
        bank_code=row.text("bank_code"),
        branch_code=row.text("branch_code"),
        deposit=row.text("deposit"),
        account_number=row.text("account_number"),
        post_symbol=row.text("post_symbol"),
        post_number=row.text("post_number"),
    )
