"""A bank account as clerks enter it from a paper: an account of a bank, or 記号 and 番号 of ゆうちょ銀行."""

from __future__ import annotations

from typing import Any

from django import forms

from kofu.ledger.banks.banks import check_account, check_passbook
from kofu.ledger.banks.domain.bank_accounts import AccountType, BankAccount
from kofu.staff.fields import CodeField


class AccountForm(forms.Form):
    """The fields of an account; the one or the other is filled in whole."""

    bank_code = CodeField(label="金融機関コード", regex=r"^[0-9]{4}$", required=False, help_text="4けた。")
    branch_code = CodeField(label="店舗コード", regex=r"^[0-9]{3}$", required=False, help_text="3けた。")
    account_type = forms.ChoiceField(
        label="預金種目",
        choices=(("1", "普通"), ("2", "当座"), ("4", "貯蓄"), ("9", "その他")),
        required=False,
        widget=forms.RadioSelect,
    )
    account_number = CodeField(
        label="口座番号", regex=r"^[0-9]{1,7}$", required=False, help_text="7けたまで。左は0で埋めます。"
    )
    post_symbol = CodeField(
        label="ゆうちょ銀行の記号",
        regex=r"^[0-9]{5}$",
        required=False,
        help_text="通帳の5けた。銀行の口座に代えて記入します。",
    )
    post_number = CodeField(
        label="ゆうちょ銀行の番号", regex=r"^[0-9]{2,8}$", required=False, help_text="記号との間の1けたは除きます。"
    )
    holder = forms.CharField(label="口座名義（カナ）", max_length=60, help_text="通帳のとおり。姓と名の間に空白。")

    def clean(self) -> dict[str, Any]:
        """Ask for the whole of the one or the other."""
        chosen: dict[str, Any] = super().clean() or {}
        bank = ("bank_code", "branch_code", "account_type", "account_number")
        post = ("post_symbol", "post_number")
        by_post = any(self.data.get(self.add_prefix(name)) for name in post)
        if by_post and any(chosen.get(name) for name in ("bank_code", "branch_code", "account_number")):
            self.add_error("post_symbol", "銀行の口座とゆうちょ銀行の記号番号は、どちらか一方を記入してください。")
        for name in post if by_post else bank:
            if not chosen.get(name) and name not in self.errors:
                self.add_error(name, "このフィールドは必須です。")
        return chosen

    def account(self) -> BankAccount:
        """Give the account. Raises `BankProblem` where there is no such bank, branch or name."""
        chosen = self.cleaned_data
        if chosen["post_symbol"]:
            return check_passbook(
                symbol=chosen["post_symbol"],
                number=chosen["post_number"],
                savings=chosen["account_type"] == AccountType.SAVINGS,
                holder=chosen["holder"],
            )
        return check_account(
            bank_code=chosen["bank_code"],
            branch_code=chosen["branch_code"],
            account_type=chosen["account_type"],
            account_number=chosen["account_number"].zfill(7),
            holder=chosen["holder"],
        )
