"""時効・不納欠損: claims the law has ended, each with its steps, and the decision to write them off."""

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
from kofu.ledger import decide_claims
from kofu.ledger.arrears import extinctions
from kofu.ledger.domain.prescription import Extinction, Happening
from kofu.ledger.domain.write_off import REASON_OF, WORDS, WriteOffReason
from kofu.ledger.web.ground import under
from kofu.platform.staff.actions import staff_action
from kofu.platform.staff.work import actor, concerns, note, profile, use_case_connection

YEARS_BACK = 4  # nothing younger can have ended, but for what was given up or suspended
ROWS_MAX = 500
HAPPENINGS = {
    Happening.DUNNED: "督促", Happening.DEMANDED: "催告", Happening.SEIZED: "差押", Happening.PARTICIPATED: "交付要求",
    Happening.ACKNOWLEDGED: "承認", Happening.GRACE: "猶予", Happening.SUSPENDED: "執行停止",
    Happening.GIVEN_UP: "即時消滅",
}  # fmt: skip
FAULTS = {
    "write_off_not_extinguished": "まだ消滅していません。不納欠損にできません。",
    "write_off_reason": "消滅の原因と事由が違います。",
    "proposed_already": "すでに起案されています。",
    "nothing_due": "未納はありません。",
    "second_person_needed": "起案した人は決裁できません。別の決裁者が行ってください。",
    "amount_changed": "起案の後に金額が変わりました。取り下げて起案し直してください。",
    "decision_state": "すでに決裁または取下げされています。",
}


class WriteOffForm(forms.Form):
    """Why."""

    reason = forms.ChoiceField(
        label="不納欠損の事由",
        choices=[(reason.value, WORDS[reason]) for reason in WriteOffReason],
        widget=forms.RadioSelect,
    )


def count_waiting(connection: psycopg.Connection) -> int:
    """Count proposals that wait for approval."""
    row = connection.execute("SELECT count(*) FROM claim_decision WHERE state = 'proposed'").fetchone()
    return int(row[0]) if row else 0


@staff_action("writeoff.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List what has ended and is still in the books, and the proposals that wait."""
    today = day_in_japan(timezone.now())
    with use_case_connection() as connection:
        rows = connection.execute(
            "SELECT claim.id, taxpayer.id, taxpayer.name, notice_number, installment, claim.due_date,"
            " claim_balance.due + claim_balance.interest_due"
            " FROM claim_balance JOIN claim ON claim.id = claim_balance.claim_id"
            " JOIN notice ON notice.id = claim.notice_id JOIN taxpayer USING (municipality_code, addressee_number)"
            " WHERE (claim_balance.due > 0 OR claim_balance.interest_due > 0) AND notice.municipality_code = %s"
            " AND (claim.due_date < %s OR EXISTS (SELECT FROM arrears_event WHERE claim_id = claim.id"
            " AND happening IN ('suspended', 'given_up')))"
            f" ORDER BY claim.due_date, claim.id LIMIT {ROWS_MAX}",
            [profile().code, today.replace(year=today.year - YEARS_BACK, day=1)],
        ).fetchall()
        ends = extinctions(connection, [row[0] for row in rows])
        waiting = connection.execute(
            "SELECT claim_decision.id, kind, amount, reason, proposed_by, proposed_at, notice_number, installment"
            " FROM claim_decision JOIN claim ON claim.id = claim_id JOIN notice ON notice.id = notice_id"
            " WHERE claim_decision.state = 'proposed' AND municipality_code = %s ORDER BY proposed_at",
            [profile().code],
        ).fetchall()
    over = [(row, ends[row[0]], _cause(ends[row[0]])) for row in rows if _is_over(ends[row[0]])]
    note(request, rows=len(over))
    names = {reason.value: words for reason, words in WORDS.items()}
    return render(
        request,
        "ledger/arrears/ended.html",
        {
            "over": over,
            "waiting": [(row, names.get(row[3], row[3]), row[4] == actor(request).login) for row in waiting],
        },
    )


@staff_action("writeoff.propose")
def propose(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Show how a claim ended, step by step, and propose to write it off."""
    with use_case_connection() as connection:
        row = connection.execute(
            "SELECT taxpayer.id, taxpayer.name, taxpayer.addressee_number, notice_number, installment, claim.due_date,"
            " claim_balance.due, claim_balance.interest_due"
            " FROM claim JOIN claim_balance ON claim_balance.claim_id = claim.id"
            " JOIN notice ON notice.id = claim.notice_id JOIN taxpayer USING (municipality_code, addressee_number)"
            " WHERE claim.id = %s AND notice.municipality_code = %s",
            [claim_id, profile().code],
        ).fetchone()
        if row is None:
            raise Http404("no such claim")
        ended = extinctions(connection, [claim_id])[claim_id]
    concerns(request, row[2])
    form = WriteOffForm(request.POST or None, initial={"reason": REASON_OF[ended.cause].value})
    if request.method == "POST" and form.is_valid():
        try:
            with use_case_connection() as connection:
                decide_claims.propose_write_off(
                    connection, claim_id, WriteOffReason(form.cleaned_data["reason"]), under=under(request, row[2])
                )
        except KofuError as error:
            form.add_error("reason", FAULTS.get(error.code, error.message))
        else:
            messages.success(request, "起案しました。別の決裁者の決裁を待ちます。")
            return HttpResponseRedirect(reverse("arrears:ended"))
    steps = [(HAPPENINGS[step.event.happening], step) for step in ended.steps]
    return render(
        request,
        "ledger/arrears/write_off.html",
        {"row": row, "ended": ended, "cause": _cause(ended), "steps": steps, "form": form, "over": _is_over(ended)},
        status=422 if form.errors else 200,
    )


@staff_action("writeoff.approve")
@require_POST
def decide(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Approve a proposal, or take it back."""
    try:
        with use_case_connection() as connection:
            if request.POST.get("answer") == "withdraw":
                decide_claims.withdraw(connection, decision_id, under=under(request))
                messages.success(request, "取り下げました。")
            else:
                amount = decide_claims.approve(connection, decision_id, under=under(request))
                messages.success(request, f"決裁しました。{amount:,} 円。")
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    return HttpResponseRedirect(reverse("arrears:ended"))


def _is_over(ended: Extinction) -> bool:
    return ended.on is not None and ended.on <= day_in_japan(timezone.now())


def _cause(ended: Extinction) -> str:
    return WORDS[REASON_OF[ended.cause]]
