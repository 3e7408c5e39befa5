"""Ask a claim for a day: the form of the day and of a payment, and a quote in the words of a screen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django import forms

from kofu.core.errors import KofuError
from kofu.ledger.books.domain.interest import Period
from kofu.ledger.books.domain.prescription import CAUSE_WORDS, Extinction
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


@dataclass(frozen=True, slots=True)
class ShownSegment:
    """A line of a calculation in words: its days, base and amount in yen, the rate in percent."""

    first: date
    last: date
    days: int
    base: int
    percent: str
    kind: str
    amount: int
    part: int


@dataclass(frozen=True, slots=True)
class ShownQuote:
    """A quote as the templates show it. `total`: yen, None where a rate is missing; `exempt`: days with their law.

    `settles`: what a payment of `amount` yen settles, None where none is asked or a rate is missing.
    `ended`: what the law ended the claim by, where it is extinguished on the day.
    """

    quote: Quote
    total: int | None
    segments: tuple[ShownSegment, ...]
    exempt: tuple[tuple[Period, str], ...]
    settles: Settles | None
    amount: int | None
    ended: Extinction | None = None

    @property
    def ended_by(self) -> str:
        """What ended the claim, with the law."""
        return CAUSE_WORDS[self.ended.cause] if self.ended is not None else ""


def shown_quote(quote: Quote, amount: int | None = None, *, ended: Extinction | None = None) -> ShownQuote:
    """Put a quote into what the templates show: sums, its lines, exempt days with their law, what a payment settles."""
    return ShownQuote(
        quote=quote,
        total=None if quote.interest is None else quote.total,
        segments=tuple(
            ShownSegment(
                first=segment.first,
                last=segment.last,
                days=segment.days,
                base=segment.base,
                percent=f"{segment.rate / 10:.1f}",
                kind=wording.RATE_KINDS[segment.kind.value],
                amount=segment.amount,
                part=segment.part,
            )
            for segment in quote.calculation.segments
        ),
        exempt=tuple((period, _reason(period)) for period in quote.calculation.exempt),
        settles=quote.settles(amount) if amount and quote.interest is not None else None,
        amount=amount,
        ended=ended,
    )


def _reason(period: Period) -> str:
    return EXEMPT_REASONS[period.reason.value] if period.reason is not None else ""
