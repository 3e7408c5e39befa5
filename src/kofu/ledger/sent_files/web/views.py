"""送ったファイルの回答: what waits and what is overdue, what another system sent, what was answered."""

from __future__ import annotations

import hashlib
from uuid import UUID

import psycopg
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kofu.core.calendar import day_in_japan
from kofu.core.errors import KofuError
from kofu.ledger.profile.domain.answer_rules import OutgoingKind
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.screens.acting import acting_for
from kofu.ledger.sent_files.answers import ANSWERED, Outgoing, outgoing_files, record_answer, register
from kofu.ledger.sent_files.domain.outgoing_files import MADE_HERE
from kofu.ledger.sent_files.named_people import people_in_stored
from kofu.ledger.sent_files.stored_files import have_again, stored_files
from kofu.staff.actions import staff_action
from kofu.staff.fields import DayField
from kofu.staff.lists import ColumnKind, ListColumn, ListSpec, given_out
from kofu.staff.paging import cut
from kofu.staff.stored_lists import StoredList
from kofu.staff.work import concerns_all, note, profile, use_case_connection

KINDS = {
    OutgoingKind.DEBIT_REQUEST: "口座振替の依頼",
    OutgoingKind.DELIVERY: "パンチ委託の送付",
    OutgoingKind.REFUND_TRANSFER: "還付の総合振込",
    OutgoingKind.PENSION_STOP: "年金特別徴収の中止・変更の通知",
    OutgoingKind.OTHER: "その他",
}
_KIND_WORDS = {kind.value: words for kind, words in KINDS.items()}
DONE: ListSpec[Outgoing] = ListSpec(
    "done",
    "回答のあったファイル",
    (
        ListColumn("ファイル", lambda one: one.name, stored="name"),
        ListColumn("種類", lambda one: _KIND_WORDS[one.kind], ColumnKind.CHOICE, stored="kind", words=_KIND_WORDS),
        ListColumn("送った日", lambda one: one.sent_on, ColumnKind.DAY, stored="sent_on"),
        ListColumn("回答の日", lambda one: one.answered_on, ColumnKind.DAY, stored="answered_on"),
        ListColumn("回答", lambda one: one.what),
        ListColumn("保存した内容"),
    ),
)
FAULTS = {
    "made_here": "この種類は、作ったときに自動で一覧に載ります。",
    "name_needed": "何のファイルを、どこへ送ったかを入力してください。",
    "day_to_come": "先の日付です。送ってから登録してください。",
    "reason_needed": "回答の内容、または確かめた結果を入力してください。",
    "answer_known": "すでに回答が記録されています。",
    "file_unknown": "そのファイルはありません。",
    "file_erased": "保存期限を過ぎたため、内容は消去されています。",
    "other_key": "このファイルを開く鍵がありません。鍵の控えを戻すよう、システムの担当者に連絡してください。",
    "seal_broken": "保存した内容が壊れています。システムの担当者に連絡してください。",
}


class SentForm(forms.Form):
    """A file another system or a person sent."""

    kind = forms.ChoiceField(
        label="種類", choices=[(kind.value, words) for kind, words in KINDS.items() if kind not in MADE_HERE]
    )
    name = forms.CharField(label="ファイルと送り先", max_length=200)
    sent_on = DayField(label="送った日")


class FileAnswerForm(forms.Form):
    """What was answered, or found out."""

    what = forms.CharField(label="回答の内容・確かめた結果", max_length=200)


def count_overdue(connection: psycopg.Connection) -> int:
    """Count the files whose answer should be here."""
    today = day_in_japan(timezone.now())
    return sum(one.overdue(today) for one in outgoing_files(connection, profile().code, waiting=True))


@staff_action("outgoing.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List what waits, the most overdue first, and what was answered."""
    return _list(request, SentForm(initial={"sent_on": day_in_japan(timezone.now())}))


def _list(request: HttpRequest, form: SentForm) -> HttpResponse:
    today = day_in_japan(timezone.now())
    with use_case_connection() as connection:
        waiting = outgoing_files(connection, profile().code, waiting=True)
        done = StoredList(request, DONE, ANSWERED, connection, {"code": profile().code})
        stored = stored_files(connection, profile().code)
    if given := given_out(request, done):
        return given
    page, waiting = cut(request, waiting)
    note(request, rows=len(waiting) + len(done.rows))
    return render(
        request,
        "ledger/answers/list.html",
        {
            "waiting": [
                (
                    one,
                    KINDS[OutgoingKind(one.kind)],
                    one.overdue(today),
                    FileAnswerForm(auto_id=f"id_%s_{one.id}"),
                    stored.get(one.id),
                )
                for one in waiting
            ],
            "done": done,
            "done_rows": [(one, KINDS[OutgoingKind(one.kind)], stored.get(one.id)) for one in done.rows],
            "page": page,
            "form": form,
        },
        status=422 if form.errors else 200,
    )


@staff_action("outgoing.record")
@require_POST
def register_file(request: HttpRequest) -> HttpResponse:
    """Put a file on the list that was sent elsewhere."""
    form = SentForm(request.POST)
    if not form.is_valid():
        return _list(request, form)
    given = form.cleaned_data
    try:
        with use_case_connection() as connection:
            register(
                connection,
                profile().code,
                OutgoingKind(given["kind"]),
                given["name"],
                sent_on=given["sent_on"],
                answers=ledger_profile(profile().code).answer_rules,
                acting=acting_for(request),
            )
    except KofuError as error:
        form.add_error(None, FAULTS.get(error.code, error.message))
        return _list(request, form)
    messages.success(request, "送ったファイルを一覧に載せました。")
    return HttpResponseRedirect(reverse("answers:list"))


@staff_action("outgoing.record")
@require_POST
def answer(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Record what was answered, or found out."""
    form = FileAnswerForm(request.POST)
    try:
        with use_case_connection() as connection:
            what = form.cleaned_data["what"] if form.is_valid() else ""
            record_answer(connection, file_id, what=what, acting=acting_for(request))
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, "回答を記録しました。")
    return HttpResponseRedirect(reverse("answers:list"))


@staff_action("outgoing.again")
@require_POST
def again(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Hand out a file that went out once more: the bytes that were made."""
    try:
        with use_case_connection() as connection:
            name, content = have_again(connection, profile().code, file_id, acting=acting_for(request))
            concerns_all(request, people_in_stored(connection, profile().code, file_id))
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
        note(request, refused=error.code)
        return HttpResponseRedirect(reverse("answers:list"))
    note(request, file=name, sha256=hashlib.sha256(content).hexdigest())
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name if name.isascii() else file_id}"'
    return response
