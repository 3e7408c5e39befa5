"""窓口収納: scan or key, compare with the ledger, void a mistake, count, close. Made for the keyboard alone."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.errors import KofuError, OperatorFault
from kofu.ledger.books.domain.quote import Quote
from kofu.ledger.books.quotes import quotes_of
from kofu.ledger.payments import till
from kofu.ledger.payments.batches import Batch, list_batches, load_batch
from kofu.ledger.payments.domain.batches import BatchState
from kofu.ledger.payments.domain.till import CounterEntry
from kofu.ledger.payments.till import KIND, TillEntry
from kofu.ledger.payments.web.files import refuse, to_batch, today
from kofu.ledger.payments.web.words import STATES, fault_words
from kofu.ledger.profile.layouts import layouts_of
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for, rules
from kofu.ledger.slips.codecs.convenience import barcode_profile
from kofu.staff.actions import staff_action
from kofu.staff.fields import CodeField, DayField, NumberField
from kofu.staff.models import Office
from kofu.staff.work import actor, concerns, note, profile, use_case_connection


class EntryForm(forms.Form):
    """One paper: its barcode, or what stands on it."""

    barcode = CodeField(
        r"^[0-9()]+$",
        label="バーコード",
        required=False,
        max_length=60,
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True, "accesskey": "b"}),
        help_text="読み取ると44けたが入り、そのまま登録します。",
    )
    notice_number = CodeField(
        r"^\S+$", label="通知書番号", required=False, max_length=20, widget=forms.TextInput({"autocomplete": "off"})
    )
    installment = CodeField(
        r"^\S+$", label="期別", required=False, max_length=8, widget=forms.TextInput({"autocomplete": "off", "size": 5})
    )
    amount = NumberField(label="税額", required=False, min_value=0, widget=forms.TextInput({"class": "yen"}))
    interest = NumberField(label="延滞金", required=False, min_value=0, widget=forms.TextInput({"class": "yen"}))
    received_on = DayField(label="領収日", required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for the barcode, or for notice, installment and amount."""
        cleaned: dict[str, Any] = super().clean() or {}
        if not cleaned.get("barcode"):
            for name in ("notice_number", "installment"):
                if not cleaned.get(name):
                    self.add_error(name, "バーコードのないときは入力してください。")
            if not (cleaned.get("amount") or cleaned.get("interest")) and "amount" not in self.errors:
                self.add_error("amount", "バーコードのないときは入力してください。")
        return cleaned

    def taken(self) -> TillEntry:
        """Give what was taken in. Raises `PeerFault` for a barcode that is wrong or not ours."""
        given = self.cleaned_data
        received_on = given["received_on"] or today()
        if given["barcode"]:
            digits = "".join(character for character in given["barcode"] if character.isdigit())
            return till.from_barcode(barcode_profile(layouts_of(profile())), digits, received_on=received_on)
        return TillEntry(
            notice_number=given["notice_number"],
            installment=given["installment"],
            amount=given["amount"] or 0,
            interest=given["interest"] or 0,
            received_on=received_on,
        )


class CloseForm(forms.Form):
    """What was counted."""

    papers = NumberField(label="納付書の枚数", min_value=0)
    cash = NumberField(label="現金の合計", min_value=0, widget=forms.TextInput({"class": "yen"}))
    difference = forms.CharField(
        label="差額の理由",
        required=False,
        max_length=200,
        help_text="一致しないまま締めるときだけ。別の人が決裁します。",
    )


@staff_action("payment.enter")
@require_safe
def offices(request: HttpRequest) -> HttpResponse:
    """Show the office's batches of the day, and open one."""
    who = actor(request)
    with use_case_connection() as connection:
        found = [
            batch
            for batch in list_batches(connection, profile().code, day=today())
            if batch.kind == KIND and batch.office == who.office
        ]
    shown = [(batch, *STATES[batch.state]) for batch in found]
    return render(request, "ledger/payments/counter.html", {"batches": shown, "day": today()})


@staff_action("payment.enter")
@require_POST
def open_(request: HttpRequest) -> HttpResponse:
    """Open the day's batch of the clerk's office."""
    office = Office.objects.get(code=actor(request).office)
    try:
        with use_case_connection() as connection:
            batch = till.open_batch(
                connection,
                municipality_code=profile().code,
                office=office.code,
                named=office.name,
                is_branch=office.is_branch,
                acting=acting_for(request),
            )
    except KofuError as error:
        refuse(request, error)
        return HttpResponseRedirect(reverse("payments:counter"))
    return HttpResponseRedirect(reverse("payments:entry", args=[batch.id]))


@staff_action("payment.enter")
@require_safe
def page(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Show the batch that is being entered."""
    return _page(request, batch_id, EntryForm(initial={"received_on": today()}), CloseForm())


def _page(
    request: HttpRequest, batch_id: UUID, entry: EntryForm, closing: CloseForm, *, wrong: bool = False
) -> HttpResponse:
    with use_case_connection() as connection:
        try:
            batch = load_batch(connection, batch_id)
        except OperatorFault as error:
            raise Http404("no such batch") from error
        standing = till.entered(connection, batch)
        last = standing.entries[-1] if standing.entries else None
        known, quote = _quoted_claim(connection, last) if last else (None, None)
    if batch.stands is not BatchState.OPEN or batch.office != actor(request).office:
        return to_batch(batch_id)
    if known is not None:
        concerns(request, known.addressee_number)
    doubles = {number for pair in standing.possible_duplicates for number in pair}
    return render(
        request,
        "ledger/payments/entry.html",
        {
            "batch": batch,
            "entries": [(entry, entry.number in doubles) for entry in reversed(standing.entries)],
            "count": len(standing.live),
            "total": standing.total,
            "last": last,
            "known": known,
            "tax": wording.taxes().get(known.tax, known.tax) if known else "",
            "quote": quote,
            "asked": quote.total if quote is not None and quote.interest is not None else None,
            "differs": quote is not None and last is not None and not _is_amount_due(last, quote),
            "form": entry,
            "close_form": closing,
        },
        status=422 if wrong else 200,
    )


@staff_action("payment.enter")
@require_POST
def enter(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Add an entry."""
    form = EntryForm(request.POST)
    if form.is_valid():
        try:
            with use_case_connection() as connection:
                _require_own_office(request, load_batch(connection, batch_id))
                till.enter(connection, batch_id, form.taken(), acting=acting_for(request))
        except KofuError as error:
            form.add_error("barcode" if form.cleaned_data["barcode"] else None, fault_words(error.code, error.message))
            note(request, refused=error.code)
        else:
            return HttpResponseRedirect(reverse("payments:entry", args=[batch_id]))
    return _page(request, batch_id, form, CloseForm(), wrong=True)


@staff_action("payment.enter")
@require_POST
def void(request: HttpRequest, batch_id: UUID, line: int) -> HttpResponse:
    """Take back an entry by a further row."""
    try:
        with use_case_connection() as connection:
            _require_own_office(request, load_batch(connection, batch_id))
            till.void(connection, batch_id, line, acting=acting_for(request))
    except KofuError as error:
        refuse(request, error)
    else:
        messages.success(request, f"{line} 行目を取り消しました。")
    return HttpResponseRedirect(reverse("payments:entry", args=[batch_id]))


@staff_action("payment.close")
@require_POST
def close(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Close the batch against what was counted."""
    form = CloseForm(request.POST)
    if form.is_valid():
        counted = form.cleaned_data
        try:
            with use_case_connection() as connection:
                _require_own_office(request, load_batch(connection, batch_id))
                till.close(
                    connection,
                    batch_id,
                    papers=counted["papers"],
                    cash=counted["cash"],
                    difference=counted["difference"],
                    acting=acting_for(request),
                )
        except KofuError as error:
            words = "数えた枚数・金額が、入力した件数・合計と一致しません。"
            form.add_error(None, words if error.code == "count_differs" else fault_words(error.code, error.message))
            note(request, refused=error.code)
        else:
            messages.success(request, "締めました。収納管理係が登録します。")
            return to_batch(batch_id)
    return _page(request, batch_id, EntryForm(initial={"received_on": today()}), form, wrong=True)


def _quoted_claim(connection: psycopg.Connection, entry: CounterEntry) -> tuple[till.OnThePaper | None, Quote | None]:
    """Give the 期別 an entry names, and what it comes to on the day the money was taken."""
    known = till.on_the_paper(connection, profile().code, entry.notice_number, entry.installment)
    if known is None:
        return None, None
    return known, quotes_of(connection, [known.claim_id], entry.received_on, rules(connection))[known.claim_id]


def _is_amount_due(entry: CounterEntry, quote: Quote) -> bool:
    """Whether an entry is what its 期別 comes to on that day, or its 本税 alone."""
    paid = entry.amount + entry.interest
    return paid == quote.principal or (quote.interest is not None and paid == quote.total)


def _require_own_office(request: HttpRequest, batch: Batch) -> None:
    """Raise where the batch is another office's."""
    if batch.office != actor(request).office:
        raise OperatorFault("batch_unknown", "the batch is another office's")
