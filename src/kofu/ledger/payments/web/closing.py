"""日次締め and 速報の一覧: the end of the day, and what is still on its way."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import psycopg
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.errors import KofuError
from kofu.core.wareki import format_short
from kofu.ledger.books.accounting import accounting_days, last_closed_day
from kofu.ledger.books.domain.claims import Channel
from kofu.ledger.payments import advised, day_decisions
from kofu.ledger.payments.batches import list_batches
from kofu.ledger.payments.close_day import close_day, open_days, read_day, state_channel
from kofu.ledger.payments.coverage import late_files, missing_on
from kofu.ledger.payments.day_decisions import waiting_decisions
from kofu.ledger.payments.domain.convenience import is_confirmation_overdue
from kofu.ledger.payments.web import columns
from kofu.ledger.payments.web.booking import open_now
from kofu.ledger.payments.web.expected import (
    FilesForm,
    channels_in_use,
    file_state,
    files_form,
    missing_files,
    propose_files,
)
from kofu.ledger.payments.web.files import LABELS, PaymentReasonForm, refuse, today
from kofu.ledger.payments.web.words import DECISIONS, FINDINGS, STATES, fault_words
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for
from kofu.staff.actions import staff_action
from kofu.staff.fields import NumberField
from kofu.staff.lists import given_out, shown_list
from kofu.staff.paging import cut
from kofu.staff.work import actor, note, profile, use_case_connection

#: Days outside these are a slip of whoever typed them, and beyond what days can be counted from.
FIRST_DAY, YEAR = date(1950, 4, 1), timedelta(days=366)  # 地方税法 (昭和25年)
CHANNELS_STATED = ("direct_debit", "convenience", "counter", "branch", "bank", "electronic", "salary", "pension")


class StatementForm(forms.Form):
    """What bank or cash says."""

    channel = forms.ChoiceField(label="チャネル", choices=[(code, wording.CHANNELS[code]) for code in CHANNELS_STATED])
    rows = NumberField(label="件数", min_value=0)
    total = NumberField(label="金額", min_value=0, widget=forms.TextInput({"class": "yen"}))
    note = forms.CharField(label="備考", required=False, max_length=200)


def count_overdue(connection: psycopg.Connection) -> int:
    """Count advices whose confirmation is overdue, and what is odd about others."""
    late = advised.waiting_for_confirmation(connection, profile().code, today=today(), days=_days())
    return len(late) + len(advised.findings(connection, profile().code, today=today()))


def _days() -> int:
    return ledger_profile(profile().code).reports.confirm_within_days


@staff_action("payment.view")
@require_safe
def advices(request: HttpRequest) -> HttpResponse:
    """List what stores advised of and did not confirm, and what is odd."""
    with use_case_connection() as connection:
        waiting = advised.waiting_for_confirmation(connection, profile().code, today=today())
        odd = advised.findings(connection, profile().code, today=today())
    note(request, rows=len(waiting) + len(odd))
    days = _days()
    rows = [
        (one, one.advised_on is not None and is_confirmation_overdue(one.advised_on, today(), days)) for one in waiting
    ]
    shown = shown_list(request, columns.ADVISED, rows)
    if given := given_out(request, shown):
        return given
    odd_page, odd = cut(request, odd, name="odd")
    return render(
        request,
        "ledger/payments/advised.html",
        {
            "waiting": shown,
            "odd": [
                (one, FINDINGS.get(one.finding, one.finding), PaymentReasonForm(auto_id=f"id_%s_{one.id}"))
                for one in odd
            ],
            "days": days,
            "odd_page": odd_page,
        },
    )


@staff_action("payment.import")
@require_POST
def clear(request: HttpRequest, advised_id: int) -> HttpResponse:
    """Take something odd off the list, saying what was found."""
    form = PaymentReasonForm(request.POST)
    try:
        with use_case_connection() as connection:
            how = form.cleaned_data["reason"] if form.is_valid() else ""
            advised.clear_finding(connection, advised_id, how=how, acting=acting_for(request))
    except KofuError as error:
        refuse(request, error)
    else:
        messages.success(request, "処理を記録しました。")
    return HttpResponseRedirect(reverse("payments:advised"))


def count_unclosed(connection: psycopg.Connection) -> int:
    """Count the days before today that are not closed."""
    return len(accounting_days(connection, profile().code, today()).unclosed_before(today()))


def count_decisions(connection: psycopg.Connection) -> int:
    """Count what waits for a second person before a day can be closed."""
    return len(waiting_decisions(connection, profile().code))


@staff_action("closing.view")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show how a day stands: ledger, batches and statements by channel."""
    return _page(request, _day(request.GET.get("day", "")), StatementForm())


def _page(request: HttpRequest, day: date, form: StatementForm, files: FilesForm | None = None) -> HttpResponse:
    with use_case_connection() as connection:
        missing = missing_on(connection, profile().code, channels_in_use(), day, day)
        late = late_files(connection, profile().code, channels_in_use())
        files = files or files_form(connection, day)
        standing = read_day(connection, profile().code, day)
        batches = list_batches(connection, profile().code, day=day)
        last = last_closed_day(connection, profile().code)
        unclosed = [
            (one, [file for file in missing_files(connection, one.day) if file.holds_the_day])
            for one in open_days(connection, profile().code, today())
        ]
        decisions = waiting_decisions(connection, profile().code)
    channels = [(channel, wording.CHANNELS[channel.channel]) for channel in standing.channels]
    return render(
        request,
        "ledger/payments/closing.html",
        {
            "day": standing,
            "channels": channels,
            "rows": sum(channel.ledger_rows for channel in standing.channels),
            "total": sum(channel.ledger_total for channel in standing.channels),
            "batches": [(batch, LABELS.get(batch.kind, batch.kind), *STATES[batch.state]) for batch in batches],
            "form": form,
            "last": last,
            "unclosed": unclosed,
            "missing": [(one, wording.CHANNELS[one.file.channel], *file_state(one)) for one in missing],
            "late": [(one, wording.CHANNELS[one.file.channel]) for one in late],
            "files": files,
            "holding": [one for one in missing if one.holds_the_day],
            "decisions": [(one, DECISIONS[one.kind], wording.CHANNELS[one.channel]) for one in decisions],
            "login": actor(request).login,
            "before": day - timedelta(days=1),
            "after": day + timedelta(days=1) if day < today() else None,
        },
        status=422 if form.errors or files.errors else 200,
    )


@staff_action("closing.reconcile")
@require_POST
def state(request: HttpRequest) -> HttpResponse:
    """Record what bank or cash says of a channel."""
    day = _day(request.POST.get("day", ""))
    form = StatementForm(request.POST)
    if not form.is_valid():
        return _page(request, day, form)
    given = form.cleaned_data
    try:
        with use_case_connection() as connection:
            state_channel(
                connection,
                profile().code,
                day,
                Channel(given["channel"]),
                rows=given["rows"],
                total=given["total"],
                note=given["note"],
                acting=acting_for(request),
            )
    except KofuError as error:
        refuse(request, error)
    else:
        messages.success(request, f"{wording.CHANNELS[given['channel']]}の突合を記録しました。")
    return _to_day(day)


@staff_action("closing.close")
@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """Close the day."""
    day = _day(request.POST.get("day", ""))
    try:
        with use_case_connection() as connection:
            close_day(connection, profile().code, day, channels=channels_in_use(), acting=acting_for(request))
    except KofuError as error:
        refuse(request, error)
    else:
        messages.success(request, f"{format_short(day)} を締めました。")
    return _to_day(day)


@staff_action("closing.reconcile")
@require_POST
def decide_files(request: HttpRequest) -> HttpResponse:
    """Propose what became of files that are expected and not there."""
    day = _day(request.POST.get("day", ""))
    with use_case_connection() as connection:
        form = files_form(connection, day, request.POST)
    if not form.is_valid():
        return _page(request, day, StatementForm(), form)
    try:
        with use_case_connection() as connection, connection.transaction():
            count = propose_files(connection, form, acting_for(request))
    except KofuError as error:
        form.add_error(None, fault_words(error.code, error.message))
        note(request, refused=error.code)
        return _page(request, day, StatementForm(), form)
    messages.success(request, f"{count}件を起案しました。別の人が決裁します。")
    return _to_day(day)


@staff_action("closing.close")
@require_POST
def decide(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Approve what another person proposed about a day, or turn it down."""
    approve = request.POST.get("decision") == "approve"
    try:
        with use_case_connection() as connection:
            day_decisions.decide(connection, decision_id, approve=approve, acting=acting_for(request))
    except KofuError as error:
        refuse(request, error)
    else:
        messages.success(request, "決裁しました。" if approve else "却下しました。")
    return HttpResponseRedirect(reverse("payments:closing"))


def _day(words: str) -> date:
    """Read a day; what is none, or no day a ledger was ever kept on, is the oldest open day that has come, or today."""
    try:
        found = date.fromisoformat(words)
    except ValueError:
        found = None
    if found is not None and FIRST_DAY <= found <= today() + YEAR:
        return found
    return next((day for day in open_now() if day <= today()), today())


def _to_day(day: date) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('payments:closing')}?day={day.isoformat()}")
