"""総合振込: refunds sent to the bank, in the banks' common format (全銀協制定フォーマット, 種別 21).

Layout: https://expydoc.com/doc/11700435/. There is no common format of transfers that come back; see
`kofu.ledger.overpayments.codecs.returned_transfers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kofu.core.errors import OperatorFault
from kofu.ledger.formats.bank_forms import BankForm
from kofu.ledger.formats.cells import Blank, Cell, Form, LayoutField, is_digits
from kofu.ledger.formats.fixed_width import FixedLayout, Newline, RecordRead, RecordRole, RecordType
from kofu.ledger.formats.problems import FileProblems
from kofu.ledger.formats.zengin_file import (
    check_name,
    check_total,
    code,
    code_mark,
    constant,
    digits,
    number,
    read_month_and_day,
    read_zengin,
    spare,
    text,
    write_zengin,
)
from kofu.ledger.formats.zengin_kana import EDI_CHARACTERS

REFERENCE_DIGITS = 20
TRANSFER_DAY = digits("transfer_on", "振込指定日", 4)
TRANSFER_DAY_POSITION = 55
EDI_MARK = "Y"


class TransferDeposit(StrEnum):
    """預金種目 of the recipient's account."""

    ORDINARY = "1"  # 普通
    CURRENT = "2"  # 当座
    SAVINGS = "4"  # 貯蓄
    OTHER = "9"  # その他


class OwnDeposit(StrEnum):
    """預金種目 of the account that pays."""

    ORDINARY = "1"  # 普通
    CURRENT = "2"  # 当座
    OTHER = "9"  # その他


class TransferNewCode(StrEnum):
    """新規コード."""

    OTHER = "0"  # その他
    FIRST = "1"  # 第1回振込分
    CHANGED = "2"  # 変更分


class TransferDesignation(StrEnum):
    """振込指定区分."""

    TELEGRAPHIC = "7"  # テレ振込
    DOCUMENT = "8"  # 文書振込


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferHeader:
    """Who pays, from which account, on which day. Names are 全銀カナ."""

    consignor_code: str  # 振込依頼人コード, 10 digits
    consignor_name: str
    transfer_on: date
    bank_code: str  # 4 digits
    bank_name: str
    branch_code: str  # 3 digits
    branch_name: str
    deposit: OwnDeposit
    account_number: str  # 7 digits
    code_mark: str = "0"  # コード区分; the bytes are JIS X 0201 whatever it says


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRecord:
    """One transfer of `amount` yen. `reference`: 顧客コード, 20 digits of ours, or with `edi` free 全銀 characters.

    An account of ゆうちょ銀行 is given as bank 9900 with its branch and number for transfers.
    """

    bank_code: str
    bank_name: str
    branch_code: str
    branch_name: str
    deposit: TransferDeposit
    account_number: str
    recipient_kana: str
    amount: int
    new_code: TransferNewCode | None  # None: left blank in a file that was read
    reference: str
    edi: bool = False
    designation: TransferDesignation = TransferDesignation.TELEGRAPHIC


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferFile:
    """A file of transfers. `newline`: what stands after each record, `tail` behind the last."""

    header: TransferHeader
    lines: tuple[TransferRecord, ...]
    newline: Newline = Newline.CRLF
    tail: bytes = b""

    @property
    def total(self) -> int:
        """Sum of all amounts, in yen."""
        return sum(line.amount for line in self.lines)


LAYOUT = FixedLayout(
    name="全銀 総合振込",
    records=(
        RecordType(
            RecordRole.HEADER,
            "ヘッダーレコード",
            "1",
            (
                constant("record", "データ区分", "1"),
                constant("kind", "種別コード", "21"),
                code_mark(),
                digits("consignor_code", "振込依頼人コード", 10),
                text("consignor_name", "振込依頼人名", 40),
                TRANSFER_DAY,
                digits("bank_code", "仕向銀行番号", 4),
                text("bank_name", "仕向銀行名", 15),
                digits("branch_code", "仕向支店番号", 3),
                text("branch_name", "仕向支店名", 15),
                code("deposit", "預金種目（依頼人）", {kind.value: kind.name for kind in OwnDeposit}),
                digits("account_number", "口座番号（依頼人）", 7),
                spare(17),
            ),
        ),
        RecordType(
            RecordRole.DATA,
            "データレコード",
            "2",
            (
                constant("record", "データ区分", "2"),
                digits("bank_code", "被仕向銀行番号", 4),
                text("bank_name", "被仕向銀行名", 15),
                digits("branch_code", "被仕向支店番号", 3, blank=Blank.SPACES),
                text("branch_name", "被仕向支店名", 15),
                spare(4, filling="0"),  # 手形交換所番号, no longer used
                code("deposit", "預金種目", {kind.value: kind.name for kind in TransferDeposit}),
                digits("account_number", "口座番号", 7, personal=True),
                text("recipient_kana", "受取人名", 30, personal=True),
                number("amount", "振込金額", 10),
                code("new_code", "新規コード", {kind.value: kind.name for kind in TransferNewCode}, blank=Blank.SPACES),
                text("reference", "顧客コード（EDI情報）", 20, personal=True),
                code("designation", "振込指定区分", {kind.value: kind.name for kind in TransferDesignation}),
                LayoutField(
                    name="edi",
                    japanese="識別表示",
                    form=Form.CODE,
                    width=1,
                    codes={EDI_MARK: "EDI情報"},
                    blank=Blank.SPACES,
                ),
                spare(7),
            ),
        ),
        RecordType(
            RecordRole.TRAILER,
            "トレーラレコード",
            "8",
            (
                constant("record", "データ区分", "8"),
                number("count", "合計件数", 6),
                number("total", "合計金額", 12),
                spare(101),
            ),
        ),
        RecordType(RecordRole.END, "エンドレコード", "9", (constant("record", "データ区分", "9"), spare(119))),
    ),
)


def encode(file: TransferFile) -> bytes:
    """Write a file of transfers. Raises `OperatorFault` naming the record where a value cannot be sent.

    Names must be 全銀カナ (`zengin_kana.to_zengin`), every amount above zero.
    """
    check_name(file.header.consignor_name, "header, 振込依頼人名")
    for place, line in enumerate(file.lines, start=1):
        _check_line(line, f"data record {place}")
    header = file.header
    cells: dict[str, Cell] = {
        "charset": header.code_mark,
        "consignor_code": header.consignor_code,
        "consignor_name": header.consignor_name,
        "transfer_on": f"{header.transfer_on:%m%d}",
        "bank_code": header.bank_code,
        "bank_name": header.bank_name,
        "branch_code": header.branch_code,
        "branch_name": header.branch_name,
        "deposit": header.deposit.value,
        "account_number": header.account_number,
    }
    trailer: dict[str, Cell] = {"count": len(file.lines), "total": file.total}
    lines = [_cells(line) for line in file.lines]
    return write_zengin(LAYOUT, header=cells, lines=lines, trailer=trailer, newline=file.newline, tail=file.tail)


def decode(data: bytes, *, file: str, processed_on: date, forms: Sequence[BankForm] = ()) -> TransferFile:
    """Read a file of transfers back. `processed_on` completes the year. Raises `FileRefused`."""
    problems = FileProblems(file)
    rows = read_zengin(LAYOUT, data, problems, forms=forms, on=processed_on)
    day = read_month_and_day(rows.header, TRANSFER_DAY, TRANSFER_DAY_POSITION, processed_on, problems)
    for row in rows.lines:
        if not row.text("edi") and not _is_reference(row.text("reference")):
            found, advice = "no 20 digits", "write 顧客コード as digits, or mark EDI information with Y"
            problems.add("not_digits", found, advice, record=row.number, position=92, field="顧客コード（EDI情報）")
    lines = tuple(_line(row) for row in rows.lines)
    check_total(rows.trailer, "count", "合計件数", len(lines), problems)
    check_total(rows.trailer, "total", "合計金額", sum(line.amount for line in lines), problems)
    if day is None or problems:
        raise problems.refusal()
    header = rows.header
    return TransferFile(
        header=TransferHeader(
            consignor_code=header.text("consignor_code"),
            consignor_name=header.text("consignor_name"),
            transfer_on=day,
            bank_code=header.text("bank_code"),
            bank_name=header.text("bank_name"),
            branch_code=header.text("branch_code"),
            branch_name=header.text("branch_name"),
            deposit=OwnDeposit(header.text("deposit")),
            account_number=header.text("account_number"),
            code_mark=header.text("charset"),
        ),
        lines=lines,
        newline=rows.newline,
        tail=rows.tail,
    )


def _is_reference(reference: str) -> bool:
    return len(reference) == REFERENCE_DIGITS and is_digits(reference)


def _check_line(line: TransferRecord, place: str) -> None:
    if line.amount < 1:
        raise OperatorFault("cannot_write", f"{place}: {line.amount} yen cannot be transferred; leave it out")
    if line.new_code is None or not line.branch_code:
        raise OperatorFault(
            "cannot_write", f"{place}: a transfer names 新規コード and 被仕向支店番号; look at the account"
        )
    check_name(line.recipient_kana, f"{place}, 受取人名")
    if not line.recipient_kana:
        raise OperatorFault("cannot_write", f"{place}: no 受取人名; the bank would send it back")
    if line.edi:
        check_name(line.reference, f"{place}, EDI情報", EDI_CHARACTERS)
    elif not _is_reference(line.reference):
        raise OperatorFault("cannot_write", f"{place}: 顧客コード has {REFERENCE_DIGITS} digits; fill zeros in front")


def _cells(line: TransferRecord) -> dict[str, Cell]:
    return {
        "bank_code": line.bank_code,
        "bank_name": line.bank_name,
        "branch_code": line.branch_code,
        "branch_name": line.branch_name,
        "deposit": line.deposit.value,
        "account_number": line.account_number,
        "recipient_kana": line.recipient_kana,
        "amount": line.amount,
        "new_code": line.new_code.value if line.new_code else "",
        "reference": line.reference,
        "designation": line.designation.value,
        "edi": EDI_MARK if line.edi else "",
    }


def _line(row: RecordRead) -> TransferRecord:
    return TransferRecord(
        bank_code=row.text("bank_code"),
        bank_name=row.text("bank_name"),
        branch_code=row.text("branch_code"),
        branch_name=row.text("branch_name"),
        deposit=TransferDeposit(row.text("deposit")),
        account_number=row.text("account_number"),
        recipient_kana=row.text("recipient_kana"),
        amount=row.whole("amount"),
        new_code=TransferNewCode(row.text("new_code")) if row.text("new_code") else None,
        reference=row.text("reference"),
        edi=row.text("edi") == EDI_MARK,
        designation=TransferDesignation(row.text("designation")),
    )
