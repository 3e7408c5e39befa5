"""Banks and branches as the published list knows them (zengin-code), and whether an account can be paid to."""

from __future__ import annotations

from kofu.core.errors import Blame, KofuError, OperatorFault
from kofu.ledger.banks.domain.bank_accounts import YUCHO, BankAccount, from_passbook
from kofu.ledger.formats.zengin_kana import to_zengin

HOLDER_BYTES_MAX = 30


class BankProblem(KofuError):  # noqa: N818 - a problem of what was entered, shown beside its field
    """An account that cannot be paid to; `field` names what to look at."""

    default_blame = Blame.OPERATOR

    def __init__(self, field: str, message: str) -> None:
        """Build the problem from the field and what to do about it."""
        super().__init__("bank_account", message)
        self.field = field


def names_of(bank_code: str, branch_code: str) -> tuple[str, str]:
    """Give the names of bank and branch in 全銀カナ. Raises `BankProblem` where the list does not know them."""
    from zengin_code import Bank  # a list of 30,000 branches: loaded when a bank is looked up

    bank = Bank.all.get(bank_code)
    if bank is None:
        raise BankProblem("bank_code", "この金融機関コードはありません。")
    branch = bank.branches.get(branch_code)
    if branch is None:
        raise BankProblem("branch_code", f"{bank.name}にこの店舗コードはありません。")
    return to_zengin(bank.kana), to_zengin(branch.kana)


def bank_words(bank_code: str, branch_code: str) -> str:
    """Name a bank and its branch as people do, with their codes: みずほ 東京営業部（0001-001）; "" without a code.

    One the list does not know is said to be so: it may be newer than the list.
    """
    if not bank_code:
        return ""
    from zengin_code import Bank

    bank = Bank.all.get(bank_code)
    branch = bank.branches.get(branch_code) if bank is not None else None
    named = f"{bank.name} {branch.name}" if bank is not None and branch is not None else "一覧にない金融機関"
    return f"{named}（{bank_code}-{branch_code}）"


def check_account(
    *, bank_code: str, branch_code: str, account_type: str, account_number: str, holder: str
) -> BankAccount:
    """Check an account and give it with the holder in 全銀カナ. Raises `BankProblem`."""
    names_of(bank_code, branch_code)
    try:
        kana = to_zengin(holder.strip())  # forms and files bring spaces around a name; within it they are the name's
    except KofuError as error:
        if error.code == "no_voiced_kana":
            raise BankProblem("holder", "濁点・半濁点の付き方が違います。通帳の名義を確かめてください。") from error
        raise BankProblem("holder", "カナに直せない文字があります。カタカナで入力してください。") from error
    if not kana:
        raise BankProblem("holder", "口座名義を入力してください。")
    if len(kana) > HOLDER_BYTES_MAX:
        raise BankProblem("holder", "濁点も1字に数えて30字までです。通帳の省略の仕方に合わせてください。")
    return BankAccount(
        bank_code=bank_code,
        branch_code=branch_code,
        account_type=account_type,
        account_number=account_number,
        holder=kana,
    )


def check_passbook(*, symbol: str, number: str, savings: bool, holder: str) -> BankAccount:
    """Check an account of ゆうちょ銀行 given by 記号 and 番号; give it as transfers name it. Raises `BankProblem`."""
    try:
        found = from_passbook(symbol, number, savings=savings)
    except OperatorFault as error:
        messages = {
            "post_symbol": "記号は0または1で始まる5けたです。",
            "post_number": "番号は、1で始まる記号では8けたまで、0で始まる記号では7けたまでです。",
        }
        raise BankProblem(error.code, messages[error.code]) from error
    try:
        return check_account(
            bank_code=YUCHO,
            branch_code=found.branch_code,
            account_type=found.account_type.value,
            account_number=found.account_number,
            holder=holder,
        )
    except BankProblem as error:
        if error.field == "branch_code":
            raise BankProblem("post_symbol", "この記号に当たる店舗がありません。") from error
        raise
