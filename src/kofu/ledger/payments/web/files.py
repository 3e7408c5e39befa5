"""収納ファイル: received, checked, held, decided by two, posted; the rows that were left out."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kofu.core.calendar import day_in_japan
from kofu.core.errors import KofuError
from kofu.ledger.debit.request_debits import requested_days, requested_in
from kofu.ledger.payments import batches, read_lists
from kofu.ledger.payments.day_decisions import propose_move, waiting_decisions
from kofu.ledger.payments.domain.batches import BATCH_LIFE, BatchEvent, BatchState
from kofu.ledger.payments.files import KINDS, Keying, kind_of, parts_of, reader_for
from kofu.ledger.payments.post_batch import post_batch
from kofu.ledger.payments.web import columns
from kofu.ledger.payments.web.booking import BookingDayField, day_fault
from kofu.ledger.payments.web.words import EVENTS, OUTCOMES, PROBLEMS, STATES, WITH_FIGURES, fault_words
from kofu.ledger.profile.layouts import layouts_of
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for, rules
from kofu.staff.actions import staff_action, takes_files
from kofu.staff.body_limits import FILE_NAME_MAX
from kofu.staff.lists import given_out, shown_list
from kofu.staff.work import actor, note, profile, use_case_connection

FILE_BYTES_MAX = 200 * 1024 * 1024
ROWS_SHOWN = 200
ROWS_ON_SCREEN_MAX = 20_000
LABELS = {kind.code: kind.label for kind in KINDS} | {"counter": "窓口の入力"}


class PaymentFileForm(forms.Form):
    """A file of payments; what a contractor keyed comes as three."""

    kind = forms.ChoiceField(label="種類", choices=[(kind.code, kind.label) for kind in KINDS])
    file = forms.FileField(max_length=FILE_NAME_MAX, label="ファイル")
    second = forms.FileField(
        max_length=FILE_NAME_MAX, label="第2打鍵", required=False, help_text="パンチ委託の戻りだけ"
    )
    slips = forms.FileField(
        max_length=FILE_NAME_MAX, label="バッチ票", required=False, help_text="パンチ委託の戻りだけ"
    )
    booked_on = BookingDayField()

    def clean_file(self) -> Any:
        """Refuse what no file of payments can be."""
        given = self.cleaned_data["file"]
        if given.size > FILE_BYTES_MAX:
            raise forms.ValidationError("200MBを超えるファイルはコマンドで受け付けてください。")
        return given

    def clean(self) -> dict[str, Any]:
        """Ask for all three files of a double keying."""
        cleaned: dict[str, Any] = super().clean() or {}
        keyed = any(kind.code == cleaned.get("kind") and kind.keyed_twice for kind in KINDS)
        for name in ("second", "slips"):
            if keyed and not cleaned.get(name):
                self.add_error(name, "パンチ委託の戻りには必要です。")
        return cleaned


class PaymentReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(label="理由", max_length=200)


class MoveForm(forms.Form):
    """Another 会計日, and why."""

    booked_on = BookingDayField()
    reason = forms.CharField(label="変更の理由", max_length=200)


def today() -> date:
    """Give today in Japan."""
    return day_in_japan(timezone.now())


def count_waiting(connection: psycopg.Connection) -> int:
    """Count batches that wait for posting."""
    return read_lists.count_batches(connection, profile().code, BATCH_LIFE.states_that_take(BatchEvent.POST))


def count_held(connection: psycopg.Connection) -> int:
    """Count batches that wait for a decision."""
    return read_lists.count_batches(connection, profile().code, (BatchState.HELD,))


def count_left_out(connection: psycopg.Connection) -> int:
    """Count rows that were left out and nobody has dealt with."""
    return read_lists.count_left_out(connection, profile().code)


def refuse(request: HttpRequest, error: KofuError) -> None:
    """Tell a refusal above the page, and note its code in the record."""
    messages.error(request, day_fault(error) or fault_words(error.code, error.message))
    note(request, refused=error.code)


def to_batch(batch_id: UUID) -> HttpResponse:
    """Go to a batch's page."""
    return HttpResponseRedirect(reverse("payments:one", args=[batch_id]))


@staff_action("payment.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List batches, newest first."""
    return _list(request, PaymentFileForm())


def _list(request: HttpRequest, form: PaymentFileForm) -> HttpResponse:
    with use_case_connection() as connection:
        found = batches.list_batches(connection, profile().code)
    note(request, rows=len(found))
    rows = [(batch, LABELS.get(batch.kind, batch.kind), *STATES[batch.state]) for batch in found]
    shown = shown_list(request, columns.BATCHES, rows)
    if given := given_out(request, shown):
        return given
    return render(
        request,
        "ledger/payments/files.html",
        {"batches": shown, "cut": len(found) == batches.LISTED_MAX, "form": form},
        status=422 if form.errors else 200,
    )


@takes_files(3 * FILE_BYTES_MAX)
@staff_action("payment.import")
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Receive a file and check every row."""
    form = PaymentFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list(request, form)
    given = form.cleaned_data
    kind = kind_of(given["kind"])
    keying = Keying(given["second"].read(), given["slips"].read()) if kind.keyed_twice else None
    name, content = given["file"].name, given["file"].read()
    forms_ = ledger_profile(profile().code).bank_forms
    try:
        parts = parts_of(kind, name, content, forms=forms_, processed_on=today())
        with use_case_connection() as connection:
            received = [
                batches.receive(
                    connection,
                    municipality_code=profile().code,
                    channel=kind.channel,
                    kind=kind.code,
                    name=part.name,
                    content=part.content,
                    booked_on=given["booked_on"],
                    read=reader_for(
                        kind,
                        layouts_of(profile()),
                        name=part.name,
                        processed_on=today(),
                        keying=keying,
                        requested=requested_in(connection, profile().code),
                        requested_days=requested_days(connection, profile().code),
                        forms=forms_,
                        whole=part.whole,
                    ),
                    acting=acting_for(request),
                    keyed=keying.beside if keying else None,
                )
                for part in parts
            ]
    except KofuError as error:
        form.add_error(None, day_fault(error) or fault_words(error.code, error.message))
        note(request, refused=error.code)
        return _list(request, form)
    note(request, rows=sum(batch.rows for batch in received), bad_rows=sum(batch.bad_rows for batch in received))
    if len(received) == 1:
        return to_batch(received[0].id)
    messages.success(request, f"{len(received)} つのまとまりが入ったファイルです。それぞれを一件として受け付けました。")
    return HttpResponseRedirect(reverse("payments:files"))


@staff_action("payment.view")
@require_safe
def one(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Show a batch: its totals, what is wrong with it, its rows, and what can be done."""
    return _one(request, batch_id)


def _one(
    request: HttpRequest, batch_id: UUID, form: PaymentReasonForm | None = None, moving: MoveForm | None = None
) -> HttpResponse:
    try:
        with use_case_connection() as connection:
            batch = batches.load_batch(connection, batch_id)
            problems = batches.problems_of(connection, profile().code, batch_id=batch_id, limit=ROWS_SHOWN)
            rows = [(row, EVENTS[row.event]) for row in read_lists.first_rows(connection, batch, ROWS_SHOWN)]
            asked = waiting_decisions(connection, profile().code)
            before = batches.sent_back_before(connection, batch_id)
    except KofuError as error:
        refuse(request, error)
        return HttpResponseRedirect(reverse("payments:files"))
    return render(
        request,
        "ledger/payments/batch.html",
        {
            "batch": batch,
            "kind": LABELS.get(batch.kind, batch.kind),
            "channel": wording.CHANNELS[batch.channel],
            "state": STATES[batch.state][0],
            "state_kind": STATES[batch.state][1],
            "problems": [
                (
                    known,
                    PROBLEMS.get(known.problem.code, known.problem.message),
                    known.problem.message if known.problem.code in WITH_FIGURES else "",
                )
                for known in problems
            ],
            "rows": rows,
            "before": before,
            "more": batch.rows > ROWS_SHOWN,
            "own": actor(request).login in (batch.received_by, batch.closed_by),
            "form": form or PaymentReasonForm(),
            "move": moving or MoveForm(auto_id="id_move_%s"),
            "may_move": not batch.stands.keeps_its_day,
            "asked": [one for one in asked if one.batch_id == batch_id],
            "large": batch.rows > ROWS_ON_SCREEN_MAX,
        },
        status=422 if (form is not None and form.errors) or (moving is not None and moving.errors) else 200,
    )


@staff_action("payment.import")
@require_POST
def post(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Post a batch that is decided."""
    try:
        with use_case_connection() as connection:
            batch = batches.load_batch(connection, batch_id)
            if batch.rows > ROWS_ON_SCREEN_MAX:
                messages.warning(request, "件数が多いため、コマンド kofu payments post で登録してください。")
                return to_batch(batch_id)
            done = post_batch(connection, batch_id, rules=rules(connection), acting=acting_for(request))
    except KofuError as error:
        refuse(request, error)
        return to_batch(batch_id)
    words = "、".join(f"{OUTCOMES[outcome]} {count:,}件" for outcome, count in sorted(done.counts.items()))
    known = f"（登録済みのため除いたもの {done.known:,}件）" if done.known else ""
    advised = f"速報 {done.advised:,}件を記録しました。" if done.advised else ""
    messages.success(request, f"{done.posted:,}件 {done.amount:,}円を登録しました。{words}{known}{advised}")
    note(request, posted=done.posted)
    return to_batch(batch_id)


@staff_action("payment.approve")
@require_POST
def accept(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Decide to post a batch without its bad rows, or in spite of its difference."""
    form = PaymentReasonForm(request.POST)
    if not form.is_valid():
        return _one(request, batch_id, form)
    return _decide(request, batch_id, form, accepted=True)


@staff_action("payment.import")
@require_POST
def reject(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Send a batch back."""
    form = PaymentReasonForm(request.POST)
    if not form.is_valid():
        return _one(request, batch_id, form)
    return _decide(request, batch_id, form, accepted=False)


def _decide(request: HttpRequest, batch_id: UUID, form: PaymentReasonForm, *, accepted: bool) -> HttpResponse:
    decide = batches.accept if accepted else batches.reject
    try:
        with use_case_connection() as connection:
            decide(connection, batch_id, reason=form.cleaned_data["reason"], acting=acting_for(request))
    except KofuError as error:
        refuse(request, error)
        return to_batch(batch_id)
    words = "登録を決定しました。続けて登録できます。" if accepted else "返戻しました。"
    messages.success(request, words)
    return to_batch(batch_id)


@staff_action("payment.import")
@require_POST
def move(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Propose another 会計日 for a batch that is not posted."""
    form = MoveForm(request.POST, auto_id="id_move_%s")
    if not form.is_valid():
        return _one(request, batch_id, moving=form)
    given = form.cleaned_data
    try:
        with use_case_connection() as connection:
            propose_move(connection, batch_id, given["booked_on"], reason=given["reason"], acting=acting_for(request))
    except KofuError as error:
        form.add_error(None, day_fault(error) or fault_words(error.code, error.message))
        note(request, refused=error.code)
        return _one(request, batch_id, moving=form)
    messages.success(request, "会計日の変更を起案しました。別の人が日次締めの画面で決裁します。")
    return to_batch(batch_id)


@staff_action("payment.view")
@require_safe
def left_out(request: HttpRequest) -> HttpResponse:
    """List rows that were left out of accepted batches and wait for somebody."""
    with use_case_connection() as connection:
        found = batches.problems_of(connection, profile().code)
    note(request, rows=len(found))
    rows = [(known, PROBLEMS.get(known.problem.code, known.problem.message)) for known in found]
    return render(request, "ledger/payments/left_out.html", {"rows": rows, "form": PaymentReasonForm()})


@staff_action("payment.import")
@require_POST
def clear(request: HttpRequest, problem_id: int) -> HttpResponse:
    """Take a row off the work list, saying what became of it."""
    form = PaymentReasonForm(request.POST)
    try:
        with use_case_connection() as connection:
            how = form.cleaned_data["reason"] if form.is_valid() else ""
            batches.clear_problem(connection, problem_id, how=how, acting=acting_for(request))
    except KofuError as error:
        refuse(request, error)
    else:
        messages.success(request, "処理を記録しました。")
    return HttpResponseRedirect(reverse("payments:left_out"))


@staff_action("payment.view")
@require_safe
def record(request: HttpRequest, problem_id: int) -> HttpResponse:
    """Show the record a problem is about, as it stands in the stored file."""
    with use_case_connection() as connection:
        found = batches.record_of(connection, profile().code, problem_id)
    if found is None:
        raise Http404("no such record")
    known, text = found
    note(request, batch=str(known.batch_id), line=known.problem.line)
    words = PROBLEMS.get(known.problem.code, known.problem.message)
    return render(request, "ledger/payments/record.html", {"known": known, "text": text, "words": words})
