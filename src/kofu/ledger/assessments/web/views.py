"""① 賦課情報の登録 on screen: receive a file, see each wrong row and why, post, accept without, or send back."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.errors import KofuError
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.assessments import received, register_assessments, register_statements
from kofu.ledger.assessments.codecs.assessment_files import read_either
from kofu.ledger.assessments.codecs.statement_files import is_statement_file
from kofu.ledger.assessments.domain.assessments import AssessmentLine, AssessmentProblem
from kofu.ledger.assessments.read_files import FileLine, count_waiting_files, file_of, files_of
from kofu.ledger.assessments.web import columns
from kofu.ledger.formats.problems import FileRefused
from kofu.ledger.screens.acting import acting_for, rules
from kofu.ledger.screens.file_words import CODEC_PROBLEMS
from kofu.ledger.screens.forms import ReasonForm
from kofu.staff.actions import staff_action, takes_files
from kofu.staff.body_limits import FILE_NAME_MAX
from kofu.staff.fault_words import LAPSED
from kofu.staff.lists import given_out, shown_list
from kofu.staff.work import actor, note, profile, use_case_connection

FILE_BYTES_MAX = 200 * 1024 * 1024
STATES = {
    "held": ("留保（不備あり）", "bad"),
    "checked": ("登録待ち", "warn"),
    "posted": ("登録済", "good"),
    "rejected": ("返戻", "idle"),
}
FAULTS = {
    "file_state": "このファイルは、いまその処理ができる状態ではありません。",
    "second_person_needed": "受け付けた人は、不備の行を除いた登録を決定できません。別の決裁者が行ってください。",
    "proposal_lapsed": LAPSED,
    "rows_changed": "受付の後に台帳が変わり、登録できない行が増えました。返戻して受け付け直してください。",
}
PROBLEMS = CODEC_PROBLEMS | {
    "notice_unknown": "台帳にない通知書番号です。新規として送り直してください。",
    "notice_known": "台帳にある通知書番号です。増額・減額・取消のいずれかで送り直してください。",
    "notice_differs": "台帳の同じ通知書番号と値が違います。",
    "notice_twice": "同じ通知書番号が前の行にもあります。",
    "addressee_unknown": "台帳にない宛名番号です。住民情報の連携の後に受け付けてください。",
    "increase_is_less": "増額なのに、台帳の調定額より少なくなっています。",
    "reduction_is_more": "減額なのに、台帳の調定額より多くなっています。",
    "cancel_leaves_amount": "取消なのに、金額が残っています。",
    "total_differs": "期別の合計が調定額計と一致しません。",
    "installment_twice": "同じ期別が二度あります。",
    "amount_negative": "金額が負です。減額は、変更後の金額で示してください。",
    "no_installments": "期別がありません。",
    "rate_missing": "率が登録されていない年の延滞金を計算し直す必要があります。先に率を登録してください。",
    "amount_below_100": "100円未満の端数があります（法20条の4の2第3項）。",
    "origin_year": "相当年度が課税年度より後か、7年より前です。",
    "decided_outside_year": "異動年月日が課税年度から離れています。年度と日付を確かめてください。",
    "due_date_outside_year": "納期限がその年度の納期ではありません。年を確かめてください。",
    "increase_needs_day": "納期限を過ぎた期別の増額です。増額分の納期限（決定の日より後）を示してください。",
    "statement_unknown": "この人とこの年度の賦課証明情報は台帳にありません。",
    "statement_twice": "同じ人・同じ年度が前の行にもあります。",
    "sum": "内訳の合計が一致しません。",
    "nontaxable_with_tax": "非課税なのに年税額があります。",
    "required": "必要な項目が空です。",
}
ASSESSMENTS, STATEMENTS = register_assessments.KIND, register_statements.KIND
KINDS = {ASSESSMENTS: "賦課情報", STATEMENTS: "賦課証明情報"}


class AssessmentFileForm(forms.Form):
    """The file."""

    file = forms.FileField(
        max_length=FILE_NAME_MAX,
        label="ファイル",
        help_text="住民税賦課情報、軽自動車税管理情報または賦課証明情報（CSV、UTF-8）",
    )

    def clean_file(self) -> Any:
        """Refuse what no file of this kind can be."""
        given = self.cleaned_data["file"]
        if given.size > FILE_BYTES_MAX:
            raise forms.ValidationError(
                "200MBを超えるファイルは画面からは受け付けられません。コマンドで登録してください。"
            )
        return given


def count_waiting(connection: psycopg.Connection) -> int:
    """Count the files that wait for a decision."""
    return count_waiting_files(connection, profile().code, tuple(KINDS))


def _read(data: bytes, name: str) -> tuple[Sequence[AssessmentLine], Sequence[AssessmentProblem]]:
    return read_either(data, municipality_code=profile().code, file=name)


@staff_action("assessment.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the files, the latest first."""
    return _list(request, AssessmentFileForm())


def _list(request: HttpRequest, form: AssessmentFileForm) -> HttpResponse:
    with use_case_connection() as connection:
        files = files_of(connection, profile().code, tuple(KINDS))
    note(request, rows=len(files))
    shown = shown_list(request, columns.FILES, [(file, KINDS[file.kind], *STATES[file.state]) for file in files])
    if given := given_out(request, shown):
        return given
    return render(
        request,
        "ledger/assessments/list.html",
        {"files": shown, "form": form},
        status=422 if form.errors else 200,
    )


@takes_files(FILE_BYTES_MAX)
@staff_action("assessment.import")
@require_POST
def receive_file(request: HttpRequest) -> HttpResponse:
    """Receive a file and check every row."""
    form = AssessmentFileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _list(request, form)
    given = form.cleaned_data["file"]
    content = given.read()
    try:
        with use_case_connection() as connection:
            checked = _receive(connection, given.name, content, acting_for(request))
    except FileRefused as error:
        form.add_error("file", f"この表ではありません。{error.message}")
        return _list(request, form)
    except KofuError as error:
        form.add_error("file", FAULTS.get(error.code, error.message))
        return _list(request, form)
    note(request, rows=checked.rows, bad_rows=checked.bad_rows, sha256=hashlib.sha256(content).hexdigest())
    return HttpResponseRedirect(reverse("assessments:one", args=[checked.file_id]))


def _receive(connection: psycopg.Connection, name: str, content: bytes, who: Acting) -> received.Checked:
    """Take a file in as what its header row says it is."""
    code = profile().code
    if is_statement_file(content):
        return register_statements.receive(
            connection,
            municipality_code=code,
            name=name,
            content=content,
            acting=who,
            transposition=profile().transposition,
        )
    return register_assessments.receive(
        connection, municipality_code=code, name=name, content=content, read=partial(_read, name=name), acting=who
    )


@staff_action("assessment.view")
@require_safe
def one(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Show a file: what was found, what can be decided."""
    return _page(request, file_id, ReasonForm(), ReasonForm())


def _page(request: HttpRequest, file_id: UUID, accept_form: ReasonForm, reject_form: ReasonForm) -> HttpResponse:
    with use_case_connection() as connection:
        file = _known(connection, file_id)
    label, kind = STATES[file.state]
    return render(
        request,
        "ledger/assessments/one.html",
        {
            "file": file,
            "kind": KINDS[file.kind],
            "state": label,
            "state_kind": kind,
            "problems": [(problem, _words(problem)) for problem in file.problems],
            "accept_form": accept_form,
            "reject_form": reject_form,
            "own": actor(request).login == file.received_by,
        },
        status=422 if accept_form.errors or reject_form.errors else 200,
    )


@staff_action("assessment.import")
@require_POST
def post_file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Post a file without problems."""
    return _post(request, file_id, "")


@staff_action("assessment.decide")
@require_POST
def accept(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Post a held file without its bad rows, by the decision of a second person."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, file_id, form, ReasonForm())
    return _post(request, file_id, form.cleaned_data["reason"])


@staff_action("assessment.import")
@require_POST
def reject_file(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """Send a file back."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, file_id, ReasonForm(), form)
    try:
        with use_case_connection() as connection:
            kind = _known(connection, file_id).kind
            received.reject_file(
                connection, kind, file_id, reason=form.cleaned_data["reason"], acting=acting_for(request)
            )
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, "返戻を記録しました。")
    return HttpResponseRedirect(reverse("assessments:one", args=[file_id]))


def _post(request: HttpRequest, file_id: UUID, reason: str) -> HttpResponse:
    try:
        with use_case_connection() as connection:
            said = _post_known(connection, file_id, reason, acting_for(request))
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, said)
    return HttpResponseRedirect(reverse("assessments:one", args=[file_id]))


def _post_known(connection: psycopg.Connection, file_id: UUID, reason: str, who: Acting) -> str:
    """Post a file by its kind; say what was done."""
    file = _known(connection, file_id)
    kind, name = file.kind, file.name
    if kind == STATEMENTS:
        stated = register_statements.post(
            connection, file_id, acting=who, without_bad_rows=reason, transposition=profile().transposition
        )
        put = f"外字変換表により置き換えた文字 {stated.transposed:,} 字。" if stated.transposed else ""
        return (
            f"登録しました。新規 {stated.new:,} 件、更正 {stated.corrected:,} 件、取消 {stated.removed:,} 件、"
            f"変更なし {stated.unchanged:,} 件、除いた行 {stated.left_out:,} 件。{put}"
        )
    posted = register_assessments.post(
        connection,
        file_id,
        read=partial(_read, name=name),
        rules=rules(connection),
        acting=who,
        without_bad_rows=reason,
    )
    return (
        f"登録しました。新規 {posted.notices_opened:,} 件、増額 {posted.increased:,} 件、減額・取消 "
        f"{posted.reduced:,} 件、変更なし {posted.unchanged:,} 件、除いた行 {posted.left_out:,} 件。"
    )


def _known(connection: psycopg.Connection, file_id: UUID) -> FileLine:
    """Give a file of these screens."""
    found = file_of(connection, profile().code, tuple(KINDS), file_id)
    if found is None:
        raise Http404("no such file")
    return found


def _words(problem: AssessmentProblem) -> str:
    return PROBLEMS.get(problem.code, problem.message)
