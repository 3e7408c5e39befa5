"""Ask a claim for a day: the form of the day and of a payment, and a quote in the words of a screen."""

from __future__ import annotations

from datetime import date

from django import forms

from kofu.core.errors import KofuError
from kofu.ledger.books.domain.interest import Period
from kofu.ledger.books.domain.quote import Quote, Settles, check_day
from kofu.ledger.screens import wording
from kofu.staff.fields import DayField, NumberField

EXEMPT_REASONS = {"extended": "期限の延長", "grace": "徴収の猶予", "suspended": "執行停止", "unavoidable": "減免"}
DAY_FAULT = "一年より先の日では計算できません。年を確かめてください。"


class QuoteForm(forms.Form):
    """As of which day, and what would be paid on it."""

    on = DayField(label="納付する日")
    amount = NumberField(
        label="その日に納付する額（円）",
        required=False,
        min_value=1,
        max_value=10**11,
        widget=forms.TextInput({"class": "yen", "inputmode": "numeric"}),
        help_text="入れると、何に充てられ、いくら残るかが分かります。",
    )

    def __init__(self, data: object, today: date) -> None:
        """Offer today."""
        super().__init__(data, initial={"on": today})  # type: ignore[arg-type] # Django's QueryDict
        self.today = today

    def clean_on(self) -> date:
        """Refuse a day that is more than a year ahead: a year was mistyped (甲賀市 2019-06)."""
        day: date = self.cleaned_data["on"]
        try:
            check_day(day, self.today)
        except KofuError as error:
            raise forms.ValidationError(DAY_FAULT) from error
        return day


def shown_quote(quote: Quote, amount: int | None = None) -> dict[str, object]:
    """Put a quote into what the templates show: sums, its lines, exempt days with their law, what a payment settles."""
    settles: Settles | None = quote.settles(amount) if amount and quote.interest is not None else None
    return {
        "quote": quote,
        "total": None if quote.interest is None else quote.total,
        "segments": [
            {
                "first": segment.first,
                "last": segment.last,
                "days": segment.days,
                "base": segment.base,
                "percent": f"{segment.rate / 10:.1f}",
                "kind": wording.RATE_KINDS[segment.kind.value],
                "amount": segment.amount,
                "part": segment.part,
            }
            for segment in quote.calculation.segments
        ],
        "exempt": [(period, _reason(period)) for period in quote.calculation.exempt],
        "settles": settles,
        "amount": amount,
    }


def _reason(period: Period) -> str:
    return EXEMPT_REASONS[period.reason.value] if period.reason is not None else ""
