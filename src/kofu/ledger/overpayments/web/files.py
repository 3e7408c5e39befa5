"""⑧⑨⑩ Files about refunds on screen: keyed 還付請求書, 振込不能 of the bank; what of them was not taken."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import psycopg
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.errors import KofuError
from kofu.ledger.assessments.domain.received_files import FileState
from kofu.ledger.formats.profile_layout import ProfileLayout, RecordShape
from kofu.ledger.keyed.codecs.punched import claims_layout
from kofu.ledger.overpayments import files as refund_files
from kofu.ledger.overpayments.codecs.returned_transfers import returned_layout
from kofu.ledger.overpayments.file_rows import RefundFileLine, clear_fault, count_waiting_files, kept_faults, record_of
from kofu.ledger.overpayments.file_rows import refund_files as files_of
from kofu.ledger.profile.layouts import layouts_of
from kofu.ledger.screens.acting import acting_for, rules
from kofu.ledger.screens.file_words import CODEC_PROBLEMS
from kofu.ledger.screens.forms import ReasonForm
from kofu.staff.actions import staff_action, takes_files
from kofu.staff.body_limits import FILE_NAME_MAX
from kofu.staff.fault_words import LAPSED
from kofu.staff.work import actor, note, profile, use_case_connection

KINDS = {refund_files.CLAIMS: "還付請求書（打鍵）", refund_files.RETURNED: "振込不能"}
STATES = {
    "held": ("留保（不備あり）", "bad"),
    "posted": ("登録済", "good"),
    "rejected": ("返戻", "idle"),
}
WHOSE = {"contractor": "事業者", "claimant": "請求者", "bank": "金融機関", "office": "担当課"}
FIELDS = {
    "claim_number": "還付請求番号", "amount": "金額", "claimed_on": "受付日", "holder": "口座名義",
    "holder_kana": "口座名義", "bank_code": "金融機関", "branch_code": "店舗", "deposit": "預金種目",
    "account_number": "口座番号", "post_symbol": "記号", "post_number": "番号", "count": "枚数", "total": "合計",
    "no_slip": "バッチ票", "not_keyed": "打鍵", "slip_twice": "バッチ票", "sequence_twice": "連番",
}  # fmt: skip
FAULTS = {
    "file_state": "このファイルは、いまその処理ができる状態ではありません。",
    "second_person_needed": "受け付けた人は決定できません。別の決裁者が行ってください。",
    "proposal_lapsed": LAPSED,
    "rows_changed": "受付の後に台帳が変わり、登録できない行が増えました。返戻して受け付け直してください。",
    "nothing_to_accept": "登録できる行が一つもありません。返戻してください。",
    "problem_unknown": "その行は処理済みか、ありません。",
    "reason_needed": "理由を入力してください。",
}
FILE_BYTES_MAX = 50 * 1024 * 1024


class ReturnedForm(forms.Form):
    """The bank's file."""

    file = forms.FileField(
        max_length=FILE_NAME_MAX, label="振込不能のファイル", help_text="金融機関から受け取ったまま。"
    )


def count_waiting(connection: psycopg.Connection) -> int:
    """Count the files on which something waits."""
    return count_waiting_files(connection, profile().code)


def tell_outcome(request: HttpRequest, done: refund_files.Registered) -> None:
    """Say what came of a file."""
    if done.state is FileState.HELD:
        messages.warning(request, "不備があるため、まだ一件も登録していません。")
        return
    known = f"登録済みだった {done.known:,} 件はそのままです。" if done.known else ""
    left = f"除いた {len({fault.place for fault in done.faults}):,} 件は下にあります。" if done.faults else ""
    messages.success(request, f"{done.count:,} 件、{done.total:,} 円を登録しました。{known}{left}")


@staff_action("claim.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the files, the latest first; take in one of the bank."""
    return _list(request, ReturnedForm())


def _list(request: HttpRequest, form: ReturnedForm) -> HttpResponse:
    with use_case_connection() as connection:
        files = files_of(connection, profile().code)
    note(request, rows=len(files))
    return render(
        request,
        "ledger/refund/files.html",
        {"files": [(file, KINDS[file.kind], *STATES[file.state]) for file in files], "form": form},
        status=422 if form.errors else 200,
    )


@takes_files(FILE_BYTES_MAX)
@staff_action("transfer.result")
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Take in a file of transfers that came back."""
    form = ReturnedForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list(request, form)
    given = form.cleaned_data["file"]
    if given.size > FILE_BYTES_MAX:
        form.add_error("file", "ファイルが大きすぎます。振込不能のファイルか確かめてください。")
        return _list(request, form)
    try:
        with use_case_connection() as connection:
            done = refund_files.register_returned(
                connection, profile().code, given.name, given.read(), layouts_of(profile()), acting=acting_for(request)
            )
    except KofuError as error:
        form.add_error("file", FAULTS.get(error.code, error.message))
        return _list(request, form)
    note(request, rows=done.count, total=done.total, bad_rows=len(done.faults))
    tell_outcome(request, done)
    return HttpResponseRedirect(reverse("refund:file", args=[done.file_id]))


@staff_action("claim.view")
@require_safe
def one(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Show a file: what was taken, what was not and why, what can be decided."""
    with use_case_connection() as connection:
        file = _file(connection, file_id)
        faults = kept_faults(connection, file_id)
    label, kind = STATES[file.state]
    told = [
        (fault, FIELDS.get(fault.field, fault.field), CODEC_PROBLEMS.get(fault.code, fault.message), WHOSE[fault.whose])
        for fault in faults
    ]
    return render(
        request,
        "ledger/refund/file.html",
        {
            "file": file,
            "kind": KINDS[file.kind],
            "state": label,
            "state_kind": kind,
            "faults": told,
            "accept_form": ReasonForm(auto_id="id_accept_%s"),
            "reject_form": ReasonForm(auto_id="id_reject_%s"),
            "own": actor(request).login == file.received_by,
        },
    )


@staff_action("overpayment.approve")
@require_POST
def accept(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Take what is right in a held file, by the decision of a second person."""

    def decide(connection: psycopg.Connection, reason: str) -> None:
        _file(connection, file_id)
        done = refund_files.accept(
            connection,
            file_id,
            layouts_of(profile()),
            reason=reason,
            rules=rules(connection),
            acting=acting_for(request),
        )
        note(request, rows=done.count, total=done.total)
        tell_outcome(request, done)

    return _decide(request, file_id, decide)


@staff_action("transfer.result")
@require_POST
def reject(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Send a held file back."""

    def decide(connection: psycopg.Connection, reason: str) -> None:
        _file(connection, file_id)
        refund_files.reject(connection, file_id, reason=reason, acting=acting_for(request))
        messages.success(request, "返戻を記録しました。訂正したファイルを受け付けてください。")

    return _decide(request, file_id, decide)


@staff_action("transfer.result")
@require_POST
def clear(request: HttpRequest, file_id: UUID, fault_id: int) -> HttpResponse:
    """Take a row off the work list, saying what became of it."""

    def decide(connection: psycopg.Connection, how: str) -> None:
        _file(connection, file_id)
        clear_fault(connection, fault_id, how=how, acting=acting_for(request))
        messages.success(request, "処理を記録しました。")

    return _decide(request, file_id, decide)


@staff_action("claim.view")
@require_safe
def record(request: HttpRequest, fault_id: int) -> HttpResponse:
    """Show a row that was not taken as it stands in the stored file."""
    layouts = layouts_of(profile())
    lengths = {
        refund_files.CLAIMS: _length(claims_layout(layouts)),
        refund_files.RETURNED: _length(returned_layout(layouts)),
    }
    with use_case_connection() as connection:
        found = record_of(connection, profile().code, fault_id, lengths=lengths)
        if found is None:
            raise Http404("no such record")
        file_id, fault, text = found
        file = _file(connection, file_id)
    note(request, file=str(file_id), line=fault.line)
    words = CODEC_PROBLEMS.get(fault.code, fault.message)
    values = {"file": file, "fault": fault, "field": FIELDS.get(fault.field, fault.field), "words": words, "text": text}
    return render(request, "ledger/refund/file_record.html", values)


def _decide(
    request: HttpRequest, file_id: UUID, decide: Callable[[psycopg.Connection, str], None]
) -> HttpResponseRedirect:
    form = ReasonForm(request.POST)
    try:
        with use_case_connection() as connection:
            decide(connection, form.cleaned_data["reason"] if form.is_valid() else "")
    except KofuError as error:
        note(request, refused=error.code)
        messages.error(request, FAULTS.get(error.code, error.message))
    return HttpResponseRedirect(reverse("refund:file", args=[file_id]))


def _file(connection: psycopg.Connection, file_id: UUID) -> RefundFileLine:
    found = files_of(connection, profile().code, file_id=file_id)
    if not found:
        raise Http404("no such file")
    return found[0]


def _length(layout: ProfileLayout) -> int:
    """Give the bytes of a record; delimited lines end by themselves."""
    return layout.fixed.length if layout.shape is RecordShape.FIXED else 1
