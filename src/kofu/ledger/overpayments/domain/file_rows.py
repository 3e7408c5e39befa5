"""Rows of files about refunds: a keyed 還付請求書, a 振込不能 of the bank. Which can be taken, which were taken before.

A corrected file brings again what the first one brought: the very claim that stands already, the transfer that came
back already. Such a row is known, and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kofu.ledger.banks.domain.bank_accounts import NUMBER_DIGITS, AccountType, BankAccount
from kofu.ledger.overpayments.domain.refunds import RefundState


class RowResponsibility(StrEnum):
    """Who has to look at a row that is wrong."""

    CONTRACTOR = "contractor"  # パンチ事業者: the paper is right, what was keyed is not
    CLAIMANT = "claimant"  # 請求者: what the paper says cannot be
    BANK = "bank"  # 金融機関
    OFFICE = "office"  # 担当課: the ledger, or a decision a clerk takes with the paper in the hand


class Fate(StrEnum):
    """What becomes of a row that can be read."""

    TAKE = "take"
    KNOWN = "known"  # taken before, by another file or on the screen


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a row: its line (0: the file as a whole), its place as people name it, 項目, code, what to do.

    `holds`: the file waits for a second person's decision; a row that only a clerk can decide with the paper in the
    hand is left for the screen and holds nothing.
    """

    line: int
    place: str
    field: str
    code: str
    message: str
    whose: RowResponsibility
    holds: bool = True


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a row cannot be taken; whoever knows its line makes it a `RowFault`."""

    field: str
    code: str
    message: str
    whose: RowResponsibility


@dataclass(frozen=True, slots=True)
class ClaimedCase:
    """What a claim is held against: state and yen of its case, and the claim that stands there, if any."""

    state: RefundState
    refund_total: int
    claimed_on: date | None
    account: BankAccount | None


@dataclass(frozen=True, slots=True)
class PaidTransfer:
    """What a 振込不能 is held against: what was paid when to which account, and whether it came back before.

    `state` as of the case or, where heirs are paid, of the payee.
    """

    state: str
    amount: int
    paid_on: date | None
    account: BankAccount
    came_back: bool


@dataclass(frozen=True, slots=True)
class ReturnedRow:
    """What a 振込不能 says; of the account what the bank's records tell, "" where they do not."""

    amount: int
    returned_on: date
    bank_code: str = ""
    branch_code: str = ""
    account_number: str = ""


def account_shape(deposit: str, account_number: str) -> Wrong | None:
    """Say what no bank's account can have: another 預金種目 than the four, a number that has not seven digits."""
    if deposit not in set(AccountType):
        words = "預金種目は 1 普通、2 当座、4 貯蓄、9 その他 のいずれかです。原票を確かめてください。"
        return Wrong("deposit", "deposit_unknown", words, RowResponsibility.CONTRACTOR)
    if len(account_number) != NUMBER_DIGITS or not account_number.isdecimal():
        words = "口座番号は7けたです（足りないけたは前に0）。原票を確かめてください。"
        return Wrong("account_number", "account_number", words, RowResponsibility.CONTRACTOR)
    return None


def judge_claim(case: ClaimedCase | None, account: BankAccount, *, claimed_on: date, amount: int) -> Fate | Wrong:
    """Say whether a claim can be registered for its case, was registered before, or what is wrong with it."""
    if case is None:
        return Wrong("claim_number", "claim_unknown", "この番号の還付はありません。原票の番号を確かめてください。",
                     RowResponsibility.CONTRACTOR)  # fmt: skip
    if case.claimed_on == claimed_on and case.account == account:
        return Fate.KNOWN
    if case.state is RefundState.CLAIMED:
        words = "この還付の請求は、別の口座または受付日で登録済みです。違うときは還付の画面で口座を訂正してください。"
        return Wrong("claim_number", "claimed_otherwise", words, RowResponsibility.OFFICE)
    if case.state not in {RefundState.NOTIFIED, RefundState.RETURNED}:
        words = "請求を受け付ける状態ではありません。還付の画面で状態を確かめてください。"
        return Wrong("claim_number", "claim_not_awaited", words, RowResponsibility.OFFICE)
    if amount != case.refund_total:
        words = f"還付額は {case.refund_total:,} 円です。原票の金額を確かめてください。"
        return Wrong("amount", "claim_amount", words, RowResponsibility.CONTRACTOR)
    return Fate.TAKE


def judge_returned(paid: PaidTransfer | None, row: ReturnedRow, *, today: date) -> Fate | Wrong:
    """Say whether a transfer that came back can be taken, was taken before, or what is wrong with the row.

    A return before the day of the transfer that stands is of an earlier transfer: known where one came back.
    """
    if paid is None:
        words = "この番号の還付はありません。金融機関に確かめてください。"
        return Wrong("顧客コード", "transfer_unknown", words, RowResponsibility.BANK)
    wrong = _returned_wrong(paid, row, today)
    if wrong is not None:
        return wrong
    earlier = paid.state != "paid" or (paid.paid_on is not None and row.returned_on < paid.paid_on)
    return Fate.KNOWN if earlier else Fate.TAKE


def _returned_wrong(paid: PaidTransfer, row: ReturnedRow, today: date) -> Wrong | None:
    """Say what the bank's row has wrong of the transfer it names; nothing of an earlier one that came back."""
    said = (row.bank_code, row.branch_code, row.account_number)
    sent = (paid.account.bank_code, paid.account.branch_code, paid.account.account_number)
    before = paid.paid_on is not None and row.returned_on < paid.paid_on
    wrong: Wrong | None = None
    if row.returned_on > today:
        wrong = Wrong(
            "不能日", "day_to_come", "不能日が先の日付です。金融機関に確かめてください。", RowResponsibility.BANK
        )
    elif row.amount != paid.amount:
        wrong = Wrong(
            "金額", "transfer_amount", "還付額と違います。金融機関に確かめてください。", RowResponsibility.BANK
        )
    elif paid.came_back and (paid.state != "paid" or before):
        wrong = None
    elif paid.state != "paid":
        words = "支払済の還付ではありません。還付の画面で状態を確かめてください。"
        wrong = Wrong("顧客コード", "not_paid", words, RowResponsibility.OFFICE)
    elif before:
        words = "不能日が振込日より前です。金融機関に確かめてください。"
        wrong = Wrong("不能日", "before_transfer", words, RowResponsibility.BANK)
    elif any(one and one != other for one, other in zip(said, sent, strict=True)):
        words = "振り込んだ口座と違います。金融機関に確かめてください。"
        wrong = Wrong("口座", "account_altered", words, RowResponsibility.BANK)
    return wrong
