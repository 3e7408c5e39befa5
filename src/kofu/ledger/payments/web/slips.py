"""納付書: find the installment, look at what is due, print."""

from __future__ import annotations

from datetime import date

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from kofu.core.errors import KofuError
from kofu.ledger.books.claim_terms import ended_by
from kofu.ledger.books.domain.quote import check_day
from kofu.ledger.books.quotes import quotes_of
from kofu.ledger.glyphs.web.drawn import drawn
from kofu.ledger.glyphs.web.words import undrawable_words
from kofu.ledger.payments.read_lists import installment_named, installment_of
from kofu.ledger.payments.web.files import today
from kofu.ledger.payments.web.words import fault_words
from kofu.ledger.people.numbers import numbers_of
from kofu.ledger.profile.layouts import layouts_of
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for, rules
from kofu.ledger.screens.found import found_or_404
from kofu.ledger.screens.papers import pdf_answer
from kofu.ledger.screens.quoting import DAY_FAULT, shown_quote
from kofu.ledger.slips.codecs.convenience import NoBarcode, barcode_profile
from kofu.ledger.slips.print_slip import print_slip, slip_press
from kofu.platform.fonts import find_font
from kofu.press.glyphs import CannotDraw
from kofu.staff.actions import staff_action
from kofu.staff.fields import CodeField, DayField
from kofu.staff.work import note, profile, use_case_connection


class FindForm(forms.Form):
    """Which installment."""

    notice_number = CodeField(
        r"^\S+$", label="通知書番号", max_length=20, widget=forms.TextInput({"autocomplete": "off"})
    )
    installment = CodeField(
        r"^\S+$",
        label="期別",
        max_length=8,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text="1〜4、全期、随時1 など",
    )


class PayByForm(forms.Form):
    """Payable until when."""

    pay_by = DayField(
        label="納付する日（使用期限）",
        help_text="延滞金はこの日に納付する額で、バーコードもこの日まで使えます。",
    )

    def clean_pay_by(self) -> date:
        """Refuse a day that is more than a year ahead: a year was mistyped."""
        day: date = self.cleaned_data["pay_by"]
        try:
            check_day(day, today())
        except KofuError as error:
            raise forms.ValidationError(DAY_FAULT) from error
        return day


@staff_action("person.search")
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Find an installment. Its number travels in the body: it is personal data."""
    form = FindForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with use_case_connection() as connection:
            found = installment_named(
                connection,
                profile().code,
                form.cleaned_data["notice_number"].strip(),
                form.cleaned_data["installment"].strip(),
            )
        if found is not None:
            return HttpResponseRedirect(reverse("payments:slip_of", args=found))
        form.add_error(None, "その通知書番号・期別はありません。")
    return render(request, "ledger/payments/slip_find.html", {"form": form}, status=422 if form.errors else 200)


@staff_action("slip.print", person="person_id")
@require_http_methods(["GET", "HEAD", "POST"])
def slip(request: HttpRequest, person_id: str, claim_id: int) -> HttpResponse:
    """Show what is due of an installment, and print its 納付書 as PDF."""
    person = found_or_404(person_id)
    with use_case_connection() as connection:
        numbers = numbers_of(connection, profile().code, person.addressee_number)
        head = installment_of(connection, profile().code, numbers, claim_id)
    if head is None:
        raise Http404("no such installment of this person")
    with use_case_connection() as connection:
        due_date = quotes_of(connection, [claim_id], today(), rules(connection))[claim_id].due_date
    usual = max(due_date, today())
    given = request.POST if request.method == "POST" else request.GET if "pay_by" in request.GET else None
    form = PayByForm(given, initial={"pay_by": usual})
    on: date = form.cleaned_data["pay_by"] if form.is_valid() else usual
    with use_case_connection() as connection:
        quote = quotes_of(connection, [claim_id], on, rules(connection))[claim_id]
        ended = ended_by(connection, [claim_id], on).get(claim_id)
    if request.method == "POST" and form.is_valid():
        try:
            with use_case_connection() as connection:
                printed = print_slip(
                    connection,
                    profile=profile(),
                    papers=ledger_profile(profile().code).papers,
                    barcodes=barcode_profile(layouts_of(profile())),
                    press=slip_press(find_font(), drawn(connection)),
                    notice_number=head.notice_number,
                    installment=head.installment,
                    pay_by=on,
                    rules=rules(connection),
                    acting=acting_for(request, person.addressee_number),
                )
        except KofuError as error:
            words = fault_words(error.code, error.message)
            form.add_error(None, undrawable_words(error, "発行") if isinstance(error, CannotDraw) else words)
            note(request, refused=error.code)
        else:
            note(request, barcode=printed.barcode.value if isinstance(printed.barcode, NoBarcode) else "printed")
            return pdf_answer(printed.pdf, "slip")
    return render(
        request,
        "ledger/payments/slip.html",
        {
            "form": form,
            "person": person,
            "notice_number": head.notice_number,
            "installment": head.installment,
            "tax": wording.taxes().get(head.tax, head.tax),
            "fiscal_year": head.fiscal_year,
            "due_date": due_date,
            "shown": shown_quote(quote, ended=ended),
            "printed_before": head.printed_before,
        },
        status=422 if form.errors else 200,
    )
