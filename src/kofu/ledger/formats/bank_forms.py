"""What each bank does with the common format: how its files differ from the letter of it, as data with a date.

The records of 全銀 files are fixed by the banks' association; what stands between and behind them, and in fields nobody
uses any more, is each bank's own. A file that differs in a way the profile allows is read; in any other way it is
refused with what to ask the bank for, because a difference nobody knows of may be a broken file.
Sources of what occurs: zengin4j (0x1A, CR), 持込規格 of the 信用金庫 (several groups: マルチファイル), and
vain0x/zengin-edit (コード区分).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kofu.core.errors import OperatorFault
from kofu.ledger.formats.fixed_width import END_MARK, Newline
from kofu.ledger.formats.problems import FileProblems

YUCHO_CODE = "9900"
CODE_MARKS = {"0": "JIS", "1": "EBCDIC"}


class Peculiarity(StrEnum):
    """A way in which a bank's file may differ."""

    END_MARK = "end_mark"  # 0x1A behind the last record
    EXTRA_NEWLINE = "extra_newline"  # one more newline behind the last record
    CR = "cr"  # CR alone between records
    CODE_MARK_EBCDIC = "code_mark_ebcdic"  # コード区分 1 in a file of JIS bytes
    CODE_MARK_BLANK = "code_mark_blank"  # コード区分 left blank
    NEW_CODE_BLANK = "new_code_blank"  # 新規コード left blank
    YUCHO_BRANCH_BLANK = "yucho_branch_blank"  # ゆうちょ銀行: 支店番号 left blank
    GROUPS = "groups"  # several header … trailer groups in one file (マルチファイル)


_ASK = {
    Peculiarity.END_MARK: "a file without 0x1A at its end",
    Peculiarity.EXTRA_NEWLINE: "a file without empty lines at its end",
    Peculiarity.CR: "a file with CR LF, or nothing, between records",
    Peculiarity.CODE_MARK_EBCDIC: "コード区分 0: the bytes are JIS",
    Peculiarity.CODE_MARK_BLANK: "コード区分 0: the bytes are JIS",
    Peculiarity.NEW_CODE_BLANK: "新規コード in every record",
    Peculiarity.YUCHO_BRANCH_BLANK: "支店番号 in every record",
    Peculiarity.GROUPS: "one file for each header",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BankForm:
    """How the files of one bank look from a day on. `reads`: how its files may differ; the rest: how ours are written.

    `code_mark`: what our files say in コード区分; the bytes are always JIS X 0201.
    """

    bank_code: str = ""
    since: date = date.min
    reads: frozenset[Peculiarity] = frozenset(Peculiarity)
    newline: Newline = Newline.CRLF
    end_mark: bool = False
    code_mark: str = "0"

    @property
    def tail(self) -> bytes:
        """What our files have behind the last record."""
        return END_MARK if self.end_mark else b""

    def check(self) -> None:
        """Raise `OperatorFault` `bank_form` where a form cannot be."""
        digits = self.bank_code.isascii() and self.bank_code.isdigit()
        if not digits or len(self.bank_code) != len(YUCHO_CODE) or self.code_mark not in {*CODE_MARKS, ""}:
            message = f"[[bank_files]] of {self.bank_code}: bank_code has four digits, code_mark is 0, 1 or empty"
            raise OperatorFault("bank_form", message)


ANY_FORM = BankForm()
"""Of a bank the profile says nothing about: its files may differ in every way known; ours keep to the letter."""


def form_of(forms: Sequence[BankForm], bank_code: str, on: date) -> BankForm:
    """Give the form in force on a day: the latest that began, or that of a bank nothing is said about."""
    known = [form for form in forms if form.bank_code == bank_code and form.since <= on]
    return max(known, key=lambda form: form.since, default=ANY_FORM)


def check_forms(forms: Sequence[BankForm]) -> None:
    """Raise `OperatorFault` `bank_form` where one cannot be, or two begin on one day."""
    for form in forms:
        form.check()
    if len({(form.bank_code, form.since) for form in forms}) != len(forms):
        raise OperatorFault("bank_form", "[[bank_files]]: two forms of one bank begin on one day; keep one")


def need(
    form: BankForm, peculiarity: Peculiarity, found: str, problems: FileProblems, *, record: int | None = None
) -> None:
    """Note a difference the form does not allow, with what to ask the bank for."""
    if peculiarity not in form.reads:
        advice = f"ask the bank for {_ASK[peculiarity]}, or agree on it and add {peculiarity} to [[bank_files]]"
        problems.add(peculiarity, found, advice, record=record)


def check_framing(form: BankForm, newline: Newline, tail: bytes, problems: FileProblems) -> None:
    """Note what stands between and behind records and is not allowed."""
    if newline in (Newline.CR, Newline.CR_BETWEEN):
        need(form, Peculiarity.CR, "CR alone between records", problems)
    if END_MARK in tail:
        need(form, Peculiarity.END_MARK, "0x1A behind the last record", problems)
    if tail.replace(END_MARK, b""):
        need(form, Peculiarity.EXTRA_NEWLINE, "an empty line behind the last record", problems)
