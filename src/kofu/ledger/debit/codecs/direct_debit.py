"""口座振替: the request to the banks and their answer, in the banks' common format (全銀協規定フォーマット, 種別 91).

Both files have the same records; in the answer each data record carries what became of it and the trailer counts it.
The bank names nobody of ours: 顧客番号, twenty digits we chose, is the key by which an answer finds its claim.
Layout: https://www.miyagin.co.jp/kfkdown-zengin-help, https://www.hokkokubank.co.jp/customer/webaccess/qa/dl_tran_zg.html
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kofu.core.errors import OperatorFault
from kofu.ledger.formats.bank_forms import YUCHO_CODE, BankForm
from kofu.ledger.formats.cells import Blank, Cell
from kofu.ledger.formats.fixed_width import FixedLayout, Newline, RecordRead, RecordRole, RecordType
from kofu.ledger.formats.problems import FileProblems
from kofu.ledger.formats.zengin_file import (
    check_name,
    check_total,
    check_total_of_bad,
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

DEBIT_DAY = digits("debit_on", "引落日", 4)
DEBIT_DAY_POSITION = 55


class DebitDeposit(StrEnum):
    """預金種目 of an account that is debited."""

    ORDINARY = "1"  # 普通
    CURRENT = "2"  # 当座
    TAX_RESERVE = "3"  # 納税準備
    OTHER = "9"  # その他


class NewCode(StrEnum):
    """新規コード: whether the bank sees this account for the first time."""

    OTHER = "0"  # その他
    FIRST = "1"  # 第1回
    CHANGED = "2"  # 変更


class DebitResult(StrEnum):
    """振替結果コード."""

    PAID = "0"  # 振替済
    SHORT_OF_FUNDS = "1"  # 資金不足
    NO_ACCOUNT = "2"  # 預金取引なし
    STOPPED_BY_PAYER = "3"  # 預金者の都合による停止
    NO_MANDATE = "4"  # 依頼書なし
    STOPPED_BY_US = "8"  # 委託者の都合による停止
    OTHER = "9"  # その他


_RESULT_WORDS = {
    DebitResult.PAID: "振替済",
    DebitResult.SHORT_OF_FUNDS: "資金不足",
    DebitResult.NO_ACCOUNT: "取引なし",
    DebitResult.STOPPED_BY_PAYER: "預金者都合による停止",
    DebitResult.NO_MANDATE: "依頼書なし",
    DebitResult.STOPPED_BY_US: "委託者都合による停止",
    DebitResult.OTHER: "その他",
}


def result_word(result: DebitResult) -> str:
    """Name a result as offices do."""
    return _RESULT_WORDS[result]


@dataclass(frozen=True, slots=True, kw_only=True)
class DebitHeader:
    """Whose request it is, and the day of debiting. Names are 全銀カナ; the account of ours may be left out ("")."""

    consignor_code: str  # 委託者コード, 10 digits
    consignor_name: str
    debit_on: date
    bank_code: str  # 4 digits
    bank_name: str
    branch_code: str = ""  # 3 digits
    branch_name: str = ""
    deposit: DebitDeposit | None = None
    account_number: str = ""  # 7 digits
    code_mark: str = "0"  # コード区分; the bytes are JIS X 0201 whatever it says


@dataclass(frozen=True, slots=True, kw_only=True)
class DebitLine:
    """One account to debit with `amount` yen. `result` is None in a request.

    Banks leave 新規コード blank in answers (None), and ゆうちょ銀行 its branch ("").
    """

    bank_code: str
    bank_name: str
    branch_code: str
    branch_name: str
    deposit: DebitDeposit
    account_number: str  # 7 digits, zeros in front
    holder_kana: str
    amount: int
    new_code: NewCode | None
    customer_number: str  # 顧客番号, 20 digits: the key of matching
    result: DebitResult | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DebitFile:
    """A request or an answer. `newline`: what stands after each record, `tail` behind the last."""

    header: DebitHeader
    lines: tuple[DebitLine, ...]
    newline: Newline = Newline.CRLF
    tail: bytes = b""

    @property
    def total(self) -> int:
        """Sum of all amounts, in yen."""
        return sum(line.amount for line in self.lines)

    @property
    def paid(self) -> tuple[DebitLine, ...]:
        """The lines the banks debited."""
        return tuple(line for line in self.lines if line.result is DebitResult.PAID)


_DEPOSITS = {kind.value: kind.name for kind in DebitDeposit}

LAYOUT = FixedLayout(
    name="全銀 預金口座振替",
    records=(
        RecordType(
            RecordRole.HEADER,
            "ヘッダーレコード",
            "1",
            (
                constant("record", "データ区分", "1"),
                constant("kind", "種別コード", "91"),
                code_mark(),
                digits("consignor_code", "委託者コード", 10),
                text("consignor_name", "委託者名", 40),
                DEBIT_DAY,
                digits("bank_code", "取引銀行番号", 4),
                text("bank_name", "取引銀行名", 15),
                digits("branch_code", "取引支店番号", 3, blank=Blank.SPACES),
                text("branch_name", "取引支店名", 15),
                code("deposit", "預金種目（委託者）", _DEPOSITS, blank=Blank.SPACES),
                digits("account_number", "口座番号（委託者）", 7, blank=Blank.SPACES),
                spare(17),
            ),
        ),
        RecordType(
            RecordRole.DATA,
            "データレコード",
            "2",
            (
                constant("record", "データ区分", "2"),
                digits("bank_code", "引落銀行番号", 4),
                text("bank_name", "引落銀行名", 15),
                digits("branch_code", "引落支店番号", 3, blank=Blank.SPACES),
                text("branch_name", "引落支店名", 15),
                spare(4),
                code("deposit", "預金種目", _DEPOSITS),
                digits("account_number", "口座番号", 7, personal=True),
                text("holder_kana", "預金者名", 30, personal=True),
                number("amount", "引落金額", 10),
                code("new_code", "新規コード", {kind.value: kind.name for kind in NewCode}, blank=Blank.SPACES),
                digits("customer_number", "顧客番号", 20, personal=True),
                code("result", "振替結果コード", {kind.value: kind.name for kind in DebitResult}),
                spare(8),
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
                number("paid_count", "振替済件数", 6),
                number("paid_total", "振替済金額", 12),
                number("failed_count", "振替不能件数", 6),
                number("failed_total", "振替不能金額", 12),
                spare(65),
            ),
        ),
        RecordType(RecordRole.END, "エンドレコード", "9", (constant("record", "データ区分", "9"), spare(119))),
    ),
)


def encode_request(request: DebitFile) -> bytes:
    """Write a request. Raises `OperatorFault` naming the record where a value cannot be sent.

    Names must be 全銀カナ (`zengin_kana.to_zengin`), every amount above zero, every customer number used once.
    """
    for place, line in enumerate(request.lines, start=1):
        if line.result is not None:
            raise OperatorFault(
                "cannot_write", f"data record {place}: a request carries no result; send only open lines"
            )
        if line.amount < 1:
            raise OperatorFault(
                "cannot_write", f"data record {place}: {line.amount} yen cannot be debited; leave it out"
            )
        if line.new_code is None or not line.branch_code:
            raise OperatorFault(
                "cannot_write", f"data record {place}: a request names 新規コード and 引落支店番号; look at the account"
            )
        check_name(line.holder_kana, f"data record {place}, 預金者名")
    check_name(request.header.consignor_name, "header, 委託者名")
    twice = [number for number, times in Counter(line.customer_number for line in request.lines).items() if times > 1]
    if twice:
        message = f"{len(twice)} customer numbers stand twice; the answer could not be matched: give each line its own"
        raise OperatorFault("cannot_write", message)
    return _encode(request, answered=False)


def encode_result(result: DebitFile) -> bytes:
    """Write an answer, as a bank does. Raises `OperatorFault` where a line has no result."""
    if any(line.result is None for line in result.lines):
        raise OperatorFault("cannot_write", "an answer says of every line what became of it; set the results")
    return _encode(result, answered=True)


def decode_request(data: bytes, *, file: str, processed_on: date, forms: Sequence[BankForm] = ()) -> DebitFile:
    """Read back a request. `processed_on` completes the year. Raises `FileRefused`."""
    problems = FileProblems(file)
    found = _decode(data, problems, processed_on, forms, answered=False)
    problems.refuse()
    return found.file


@dataclass(frozen=True, slots=True)
class PartlyRead:
    """An answer of which some records may be unreadable: `records` has the place of each line of `file`."""

    file: DebitFile
    records: tuple[int, ...]


def decode_readable(
    data: bytes,
    problems: FileProblems,
    *,
    processed_on: date,
    forms: Sequence[BankForm] = (),
    asked: Sequence[date] | None = None,
) -> PartlyRead:
    """Read what can be read of an answer; what cannot is noted, record by record.

    `asked`: the days the banks were asked for; the year of the answer's day is that of its request. Without them it is
    the one that brings it nearest to `processed_on`. Raises `FileRefused` where it is no file at all: its order, its
    header or its totals are not right, or nothing was asked for its day.
    """
    return _decode(data, problems, processed_on, forms, answered=True, keep_bad=True, asked=asked)


def note_differences(
    request: DebitFile, result: DebitFile, records: Sequence[int], problems: FileProblems, *, whole: bool = True
) -> None:
    """Note where an answer is not one to its request. `records`: the place of each line; `whole`: the only answer.

    Raises `FileRefused` where it answers another request.
    """
    if (request.header.consignor_code, request.header.debit_on) != (
        result.header.consignor_code,
        result.header.debit_on,
    ):
        found = f"an answer for 引落日 {result.header.debit_on}"
        problems.add("another_request", found, f"the request is for {request.header.debit_on}: choose the right file")
        problems.refuse()
    asked = {line.customer_number: line for line in request.lines}
    answered: set[str] = set()
    for place, line in zip(records, result.lines, strict=True):
        mine = asked.get(line.customer_number)
        if mine is None:
            problems.add("not_asked", "a customer number that was not sent", "ask the bank", record=place)
        elif line.customer_number in answered:
            problems.add("answered_twice", "a second answer to one line", "ask the bank", record=place)
        elif _is_altered(line, mine):
            problems.add("altered", "another account or amount than was sent", "ask the bank", record=place)
        answered.add(line.customer_number)
    missing = len(asked.keys() - answered)
    if missing and whole:
        problems.add("unanswered", f"{missing} lines without an answer", "ask the bank for the rest")


def _is_altered(line: DebitLine, mine: DebitLine) -> bool:
    """Whether an answer is about another account or amount. A branch ゆうちょ銀行 leaves blank says nothing."""
    blank = not line.branch_code and line.bank_code == YUCHO_CODE
    return _account_and_amount(line, blank=blank) != _account_and_amount(mine, blank=blank)


def _account_and_amount(line: DebitLine, *, blank: bool) -> tuple[str, str, str, str, int]:
    branch = "" if blank else line.branch_code
    return line.bank_code, branch, line.deposit.value, line.account_number, line.amount


def _encode(file: DebitFile, *, answered: bool) -> bytes:
    header = file.header
    cells: dict[str, Cell] = {
        "charset": header.code_mark,
        "consignor_code": header.consignor_code,
        "consignor_name": header.consignor_name,
        "debit_on": f"{header.debit_on:%m%d}",
        "bank_code": header.bank_code,
        "bank_name": header.bank_name,
        "branch_code": header.branch_code,
        "branch_name": header.branch_name,
        "deposit": header.deposit.value if header.deposit else "",
        "account_number": header.account_number,
    }
    trailer: dict[str, Cell] = dict(_totals(file.lines, answered=answered))
    lines = [_cells(line) for line in file.lines]
    return write_zengin(LAYOUT, header=cells, lines=lines, trailer=trailer, newline=file.newline, tail=file.tail)


def _cells(line: DebitLine) -> dict[str, Cell]:
    return {
        "bank_code": line.bank_code,
        "bank_name": line.bank_name,
        "branch_code": line.branch_code,
        "branch_name": line.branch_name,
        "deposit": line.deposit.value,
        "account_number": line.account_number,
        "holder_kana": line.holder_kana,
        "amount": line.amount,
        "new_code": line.new_code.value if line.new_code else "",
        "customer_number": line.customer_number,
        "result": (line.result or DebitResult.PAID).value,  # a request carries 0
    }


def _totals(lines: tuple[DebitLine, ...], *, answered: bool) -> dict[str, int]:
    """Count the trailer: in a request nothing is debited yet."""
    count, total = len(lines), sum(line.amount for line in lines)
    paid = [line.amount for line in lines if line.result is DebitResult.PAID] if answered else []
    return {
        "count": count,
        "total": total,
        "paid_count": len(paid),
        "paid_total": sum(paid),
        "failed_count": count - len(paid) if answered else 0,
        "failed_total": total - sum(paid) if answered else 0,
    }


def _decode(
    data: bytes,
    problems: FileProblems,
    processed_on: date,
    forms: Sequence[BankForm],
    *,
    answered: bool,
    keep_bad: bool = False,
    asked: Sequence[date] | None = None,
) -> PartlyRead:
    rows = read_zengin(LAYOUT, data, problems, forms=forms, on=processed_on, keep_bad=keep_bad)
    noted = problems.count
    day = read_month_and_day(rows.header, DEBIT_DAY, DEBIT_DAY_POSITION, processed_on, problems, asked=asked)
    lines = tuple(_line(row, answered=answered) for row in rows.lines)
    if not answered:
        for row in rows.lines:
            if row.text("result") != DebitResult.PAID.value:
                advice = "a request carries 0; is this an answer?"
                problems.add("result_in_request", "a result", advice, record=row.number, field="振替結果コード")
    names = {field.name: field.japanese for field in rows.trailer.type.fields}
    for name, counted in _totals(lines, answered=answered).items():
        if not rows.bad:
            check_total(rows.trailer, name, names[name], counted, problems)
        elif name in ("count", "total"):
            check_total_of_bad(rows, name, names[name], counted, problems)
    if day is None or problems.count > noted:
        raise problems.refusal()
    header = rows.header
    file = DebitFile(
        header=DebitHeader(
            consignor_code=header.text("consignor_code"),
            consignor_name=header.text("consignor_name"),
            debit_on=day,
            bank_code=header.text("bank_code"),
            bank_name=header.text("bank_name"),
            branch_code=header.text("branch_code"),
            branch_name=header.text("branch_name"),
            deposit=DebitDeposit(header.text("deposit")) if header.text("deposit") else None,
            account_number=header.text("account_number"),
            code_mark=header.text("charset"),
        ),
        lines=lines,
        newline=rows.newline,
        tail=rows.tail,
    )
    return PartlyRead(file, tuple(row.number for row in rows.lines))


def _line(row: RecordRead, *, answered: bool) -> DebitLine:
    return DebitLine(
        bank_code=row.text("bank_code"),
        bank_name=row.text("bank_name"),
        branch_code=row.text("branch_code"),
        branch_name=row.text("branch_name"),
        deposit=DebitDeposit(row.text("deposit")),
        account_number=row.text("account_number"),
        holder_kana=row.text("holder_kana"),
        amount=row.whole("amount"),
        new_code=NewCode(row.text("new_code")) if row.text("new_code") else None,
        customer_number=row.text("customer_number"),
        result=DebitResult(row.text("result")) if answered else None,
    )
