"""納付書 for several 期別 of a person: choose them and the day, see what they come to, print one paper."""

from __future__ import annotations

from datetime import date

import psycopg
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from kofu.core.errors import KofuError
from kofu.ledger.books.domain.quote import Quote, add_up, check_day
from kofu.ledger.books.domain.special_collection import is_special
from kofu.ledger.books.quotes import owing_claims, quotes_of
from kofu.ledger.glyphs.web.drawn import drawn
from kofu.ledger.glyphs.web.words import undrawable_words
from kofu.ledger.payments.web.files import today
from kofu.ledger.payments.web.words import fault_words
from kofu.ledger.people.numbers import numbers_of
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for, rules
from kofu.ledger.screens.found import found_or_404
from kofu.ledger.screens.papers import pdf_answer
from kofu.ledger.screens.quoting import DAY_FAULT
from kofu.ledger.slips.print_slip import slip_press
from kofu.ledger.slips.print_slips_together import CLAIMS_MAX, print_slips_together
from kofu.platform.fonts import find_font
from kofu.press.glyphs import CannotDraw
from kofu.staff.actions import staff_action
from kofu.staff.fields import DayField
from kofu.staff.work import note, profile, use_case_connection


class TogetherForm(forms.Form):
    """Which 期別, and when they are paid."""

    pay_by = DayField(
        label="納付する日（使用期限）",
        help_text="延滞金はこの日に納付する額です。バーコードは印字しません。",
    )
    claims = forms.TypedMultipleChoiceField(
        label=f"期別（{CLAIMS_MAX} 期まで）", coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: object, choices: list[tuple[int, str]]) -> None:
        """Offer the open 期別, all of them chosen as far as they fit."""
        chosen = [number for number, _ in choices][:CLAIMS_MAX]
        super().__init__(data, initial={"pay_by": today(), "claims": chosen})  # type: ignore[arg-type] # a QueryDict
        self.fields["claims"].choices = choices  # type: ignore[attr-defined] # a choice field

    def clean_pay_by(self) -> date:
        """Refuse a day that is more than a year ahead: a year was mistyped."""
        day: date = self.cleaned_data["pay_by"]
        try:
            check_day(day, today())
        except KofuError as error:
            raise forms.ValidationError(DAY_FAULT) from error
        return day


@staff_action("slip.print", person="person_id")
@require_http_methods(["GET", "HEAD", "POST"])
def together(request: HttpRequest, person_id: str) -> HttpResponse:
    """Show the open 期別 of a person with what each comes to on the day, and print one 納付書 for those chosen."""
    person = found_or_404(person_id)
    with use_case_connection() as connection:
        numbers = numbers_of(connection, profile().code, person.addressee_number)
        quotes = _quotes(connection, owing_claims(connection, profile().code, numbers), today())
    given = request.POST if request.method == "POST" else request.GET if "pay_by" in request.GET else None
    form = TogetherForm(given, [(quote.claim.claim_id, _name(quote)) for quote in quotes])
    if form.is_valid():
        with use_case_connection() as connection:
            quotes = _quotes(connection, form.cleaned_data["claims"], form.cleaned_data["pay_by"])
        if request.method == "POST":
            try:
                with use_case_connection() as connection:
                    printed = print_slips_together(
                        connection,
                        numbers,
                        form.cleaned_data["claims"],
                        profile=profile(),
                        papers=ledger_profile(profile().code).papers,
                        press=slip_press(find_font(), drawn(connection)),
                        pay_by=form.cleaned_data["pay_by"],
                        rules=rules(connection),
                        acting=acting_for(request, person.addressee_number),
                    )
            except KofuError as error:
                words = fault_words(error.code, error.message)
                form.add_error(None, undrawable_words(error, "発行") if isinstance(error, CannotDraw) else words)
                note(request, refused=error.code)
            else:
                return pdf_answer(printed.pdf, "slips")
    return render(
        request,
        "ledger/payments/together.html",
        {
            "form": form,
            "person": person,
            "quotes": [(quote, _name(quote)) for quote in quotes],
            "on": quotes[0].on if quotes else today(),
            "sum": add_up(quotes),
        },
        status=422 if form.errors else 200,
    )


def _quotes(connection: psycopg.Connection, claim_ids: list[int], on: date) -> list[Quote]:
    """Quote what can be asked of the person: no 特別徴収, nothing extinguished."""
    found = quotes_of(connection, claim_ids, on, rules(connection)).values()
    return [one for one in found if not is_special(one.claim.notice.collection_method) and not one.extinguished]


def _name(quote: Quote) -> str:
    notice = quote.claim.notice
    label = f"{quote.claim.installment}期" if quote.claim.installment.isdigit() else quote.claim.installment
    return (
        f"{profile().year_label(notice.fiscal_year)}　{wording.taxes()[notice.tax]}　{label}（{notice.notice_number}）"
    )
