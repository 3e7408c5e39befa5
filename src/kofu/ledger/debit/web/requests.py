"""口座振替の依頼: the coming 納期限, the files made, line by line what the banks answered."""

from __future__ import annotations

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
from kofu.ledger.debit.codecs.direct_debit import DebitResult, result_word
from kofu.ledger.debit.domain.direct_debit import NotDebited
from kofu.ledger.debit.mandates import dead_payers
from kofu.ledger.debit.request_debits import (
    REQUESTS,
    content_of,
    days_to_request,
    read_request,
    request_debits,
    with_answers,
)
from kofu.ledger.debit.web import columns
from kofu.ledger.profile.layouts import layouts_of
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.screens.acting import acting_for
from kofu.ledger.sent_files.named_people import people_in_file
from kofu.ledger.slips.codecs.convenience import barcode_profile
from kofu.staff.actions import staff_action
from kofu.staff.fields import DayField
from kofu.staff.lists import given_out, shown_list
from kofu.staff.stored_lists import StoredList
from kofu.staff.work import concerns_all, note, profile, use_case_connection

LEFT_OUT = {
    NotDebited.DEAD: "死亡した方の口座からは振り替えない（相続人に納付書を送り、登録を終了する）",
    NotDebited.ADVISED: "コンビニの速報がある（確報を待つ）",
    NotDebited.NO_NUMBER: "期別のコードがバーコード様式にない",
    NotDebited.IN_GRACE: "猶予中・期限の延長中（引き落とさない）",
    NotDebited.BANK_GONE: "金融機関・店舗が一覧にない（口座の届出を確かめる）",
    NotDebited.DOUBTFUL: "通常ありえない口座番号（「口座の確認」で別の人が確かめる）",
}
NEXT_STEPS = {
    DebitResult.SHORT_OF_FUNDS: "納付書を送る",
    DebitResult.NO_ACCOUNT: "口座の届出を確かめ、納付書を送る",
    DebitResult.STOPPED_BY_PAYER: "本人に確かめ、登録を終了し、納付書を送る",
    DebitResult.NO_MANDATE: "依頼書を金融機関と確かめ、納付書を送る",
    DebitResult.STOPPED_BY_US: "停止の理由を確かめる",
    DebitResult.OTHER: "金融機関に確かめ、納付書を送る",
}
FAULTS = {
    "nothing_to_debit": "この日に振り替えるものはありません（依頼済みか、登録口座の未納がありません）。",
    "all_left_out": "振り替える期別はありますが、どれも依頼できません"
    "（死亡した、速報がある、期別のコードがない、金融機関が一覧にない、のいずれかです）。",
    "debit_day_past": "引落日は明日以降の納期限を選んでください。",
}


class DueDateForm(forms.Form):
    """The 納期限 to ask for."""

    debit_on = DayField(label="引落日")


def count_dead(connection: psycopg.Connection) -> int:
    """Count the dead whose account is still registered."""
    return len(dead_payers(connection, profile().code))


@staff_action("payment.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the coming days and the files made."""
    with use_case_connection() as connection:
        days = days_to_request(connection, profile().code, after=day_in_japan(timezone.now()))
        made = StoredList(
            request, columns.MADE, REQUESTS, connection, {"code": profile().code},
            completed=lambda rows: with_answers(connection, rows),
        )  # fmt: skip
        dead = dead_payers(connection, profile().code)
    shown = shown_list(request, columns.DEAD_PAYERS, dead)
    return given_out(request, shown, made) or render(
        request, "ledger/debit/list.html", {"days": days, "requests": made, "dead": shown}
    )


@staff_action("debit.export")
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Make the file of a day; it is downloaded from its page."""
    form = DueDateForm(request.POST)
    if not form.is_valid():
        raise Http404("no such day")
    try:
        with use_case_connection() as connection:
            made = request_debits(
                connection,
                profile().code,
                ledger_profile(profile().code).debit,
                barcode_profile(layouts_of(profile())),
                debit_on=form.cleaned_data["debit_on"],
                answers=ledger_profile(profile().code).answer_rules,
                acting=acting_for(request),
                forms=ledger_profile(profile().code).bank_forms,
            )
            named = people_in_file(connection, profile().code, name=made.name, reference=made.request_id)
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
        return HttpResponseRedirect(reverse("debit:list"))
    concerns_all(request, named)
    note(request, rows=made.count, total=made.total)
    messages.success(request, f"{made.count:,} 件、{made.total:,} 円の依頼ファイルを作りました。")
    for left in made.left_out:
        messages.warning(request, f"除きました: 通知書 {left.notice_number} {left.installment}　{LEFT_OUT[left.why]}")
    return HttpResponseRedirect(reverse("debit:one", args=[made.request_id]))


@staff_action("payment.view")
@require_safe
def one(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Show a request line by line: what was not debited first, with the bank's reason and what to do."""
    with use_case_connection() as connection:
        found = read_request(connection, profile().code, request_id)
    if found is None:
        raise Http404("no such request")
    stored, lines = found
    failed = [
        (line, result_word(DebitResult(line.result)), NEXT_STEPS[DebitResult(line.result)])
        for line in lines
        if line.event == "fail"
    ]
    note(request, rows=len(lines))
    return render(
        request,
        "ledger/debit/one.html",
        {
            "request_": stored,
            "waiting": stored.count - stored.paid - stored.failed,
            "failed": failed,
            "others": [line for line in lines if line.event != "fail"],
        },
    )


@staff_action("debit.export")
@require_POST
def file(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Hand out the file: the bytes that were made, again where need be."""
    with use_case_connection() as connection:
        found = content_of(connection, profile().code, request_id)
        named = people_in_file(connection, profile().code, name="", reference=request_id)
    if found is None:
        raise Http404("no such request")
    name, content = found
    concerns_all(request, named)
    note(request, file=name)
    response = HttpResponse(content, content_type="text/plain; charset=shift_jis")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
