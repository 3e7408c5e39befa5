"""Forms of 過誤納: why it arose, 還付請求書, another account, a reason."""

from __future__ import annotations

from typing import Any

from django import forms

from kofu.ledger.banks.web.account_form import AccountForm
from kofu.ledger.overpayments.domain.grounds import CAUSE_OF, DAYS_OF, CauseOfExcess, ReductionGround
from kofu.ledger.overpayments.web.words import GROUNDS
from kofu.staff.fields import DayField


class CauseForm(forms.Form):
    """Why 過納金 of one claim arose."""

    ground = forms.ChoiceField(label="減額になったわけ（還付加算金の起算）", choices=GROUNDS, widget=forms.RadioSelect)
    requested_on = DayField(label="更正の請求の日（2号）", required=False)
    corrected_on = DayField(label="更正の日（2号）", required=False)
    income_tax_on = DayField(label="所得税の申告・更正の通知の日", required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for the days the ground is judged by."""
        cleaned: dict[str, Any] = super().clean() or {}
        ground = cleaned.get("ground")
        for name in DAYS_OF.get(ReductionGround(ground), ()) if ground else ():
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, "この事由では日付が必要です。")
        return cleaned

    def chosen_cause(self) -> CauseOfExcess:
        """Give what was chosen."""
        chosen = self.cleaned_data
        ground = ReductionGround(chosen["ground"])
        return CauseOfExcess(
            cause=CAUSE_OF[ground],
            ground=ground,
            requested_on=chosen["requested_on"],
            corrected_on=chosen["corrected_on"],
            income_tax_on=chosen["income_tax_on"],
        )


class RefundClaimForm(AccountForm):
    """還付請求書: when it came, where the money goes: an account of a bank, or 記号 and 番号 of ゆうちょ銀行."""

    claimed_on = DayField(label="請求書の受付日")
    holder_confirmed = forms.CharField(
        label="名義が本人と違うときの理由", max_length=100, required=False, help_text="本人の名義なら空欄。"
    )


class AccountCorrectionForm(AccountForm):
    """Another account before the transfer, and why."""

    reason = forms.CharField(label="訂正の理由", max_length=100)
    holder_confirmed = forms.CharField(
        label="名義が本人と違うときの理由", max_length=100, required=False, help_text="本人の名義なら空欄。"
    )
    field_order = ("reason",)
