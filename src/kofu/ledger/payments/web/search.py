"""収納を探す: payments by amount, day, channel, place, 通知書番号 or plate, in the body of the request."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from kofu.core.calendar import day_in_japan
from kofu.ledger.payments.search_payments import DAYS_BACK, FOUND_MAX, PaymentSearch, find_payments
from kofu.ledger.screens import wording
from kofu.staff.actions import staff_action
from kofu.staff.fields import CodeField, DayField, NumberField
from kofu.staff.models import Office
from kofu.staff.work import note, profile, use_case_connection

YEN_MAX = 9_999_999_999


class PaymentSearchForm(forms.Form):
    """What is known of the payment."""

    yen_from = NumberField(label="金額（円以上）", required=False, min_value=0, max_value=YEN_MAX)
    yen_to = NumberField(label="金額（円以下）", required=False, min_value=0, max_value=YEN_MAX)
    first = DayField(label="領収日（から）", required=False)
    last = DayField(label="領収日（まで）", required=False)
    channel = forms.ChoiceField(
        label="チャネル",
        required=False,
        choices=[("", "すべて"), *wording.CHANNELS.items()],
    )
    office = forms.ChoiceField(label="収納場所", required=False)
    notice_number = CodeField(r"^[0-9A-Za-z]{1,20}$", joined=True, label="通知書番号", required=False)
    plate_number = forms.CharField(label="標識番号", required=False, max_length=20)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the offices by name."""
        super().__init__(*args, **kwargs)
        self.offices = {office.code: office.name for office in Office.objects.order_by("code")}
        self.fields["office"].choices = [("", "すべて"), *self.offices.items()]  # type: ignore[attr-defined]  # a choice field

    def clean(self) -> dict[str, Any]:
        """Ask for something to look for, and for a period that does not end before it begins."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not any(value not in {None, ""} for value in cleaned.values()):
            raise forms.ValidationError("金額、領収日、通知書番号などのどれかを記入してください。")
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", "はじめの日より前になっています。")
        return cleaned


@staff_action("person.search")
def search(request: HttpRequest) -> HttpResponse:
    """Find payments. Whose notices they name is on record."""
    form = PaymentSearchForm(request.POST if request.method == "POST" else None)
    found = None
    if request.method == "POST" and form.is_valid():
        today = day_in_japan(timezone.now())
        with use_case_connection() as connection:
            found = find_payments(connection, profile().code, PaymentSearch(**form.cleaned_data), today=today)
        note(request, rows=len(found))
    rows = None
    if found is not None:
        rows = [(one, wording.CHANNELS[one.channel], form.offices.get(one.office, one.office)) for one in found]
    return render(
        request,
        "ledger/payments/search.html",
        {
            "form": form,
            "rows": rows,
            "total": sum(one.amount for one in found or ()),
            "most": FOUND_MAX,
            "too_many": found is not None and len(found) == FOUND_MAX,
            "days": DAYS_BACK,
        },
        status=422 if form.errors else 200,
    )
