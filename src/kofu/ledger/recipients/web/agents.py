"""⑰⑱ 納税管理人 and 送付先変更 on screen: 申告, 申請 and 承認, 変更, 解任; registered, ended, confirmed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from kofu.core.errors import KofuError
from kofu.core.wareki import format_short
from kofu.ledger.recipients import agents as use
from kofu.ledger.recipients.domain.agents import AgentState
from kofu.ledger.recipients.forwarding import confirm_forwarding, end_forwarding, forward
from kofu.ledger.recipients.read_recipients import standing_of
from kofu.ledger.recipients.web.forms import AgentForm, ForwardingForm
from kofu.ledger.recipients.web.views import act, act_with_reason, end_with_reason, today
from kofu.ledger.recipients.web.words import fault
from kofu.ledger.screens.acting import acting_for
from kofu.ledger.screens.found import found_or_404
from kofu.staff.actions import staff_action
from kofu.staff.work import note, profile, use_case_connection


@staff_action("person.note", person="person_id")
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, person_id: str) -> HttpResponse:
    """Take a 申告 or an 申請."""
    found = found_or_404(person_id)
    with use_case_connection() as connection:
        standing = standing_of(connection, profile().code, found.addressee_number)
    former = [
        (str(one.agent_id), f"{one.agent.name}（{format_short(one.agent.valid_from)}から）")
        for one in standing.agents
        if one.agent.state in {AgentState.DECLARED, AgentState.APPROVED}
    ]
    form = AgentForm(request.POST or None, former=former, initial={"filed_on": today(), "valid_from": today()})
    if request.method == "POST" and form.is_valid():
        replaces = form.cleaned_data["replaces"]
        try:
            with use_case_connection() as connection:
                use.file_agent(
                    connection,
                    profile().code,
                    found.addressee_number,
                    form.filing(),
                    replaces=UUID(replaces) if replaces else None,
                    acting=acting_for(request, found.addressee_number),
                )
        except KofuError as error:
            note(request, refused=error.code)
            form.add_error(None, fault(error.code))
        else:
            inside = form.cleaned_data["inside"]
            messages.success(
                request, "申告を受理しました。" if inside else "承認の申請を受け付けました。決裁を受けてください。"
            )
            return HttpResponseRedirect(reverse("representatives:page", args=[found.id]))
    return render(
        request,
        "ledger/representatives/agent.html",
        {"person": found, "form": form, "protected": found.protected},
        status=422 if form.errors else 200,
    )


@staff_action("representative.approve", person="person_id")
@require_POST
def approve(request: HttpRequest, person_id: str, agent_id: UUID) -> HttpResponse:
    """Approve a 納税管理人."""
    return act(
        request,
        person_id,
        "納税管理人を承認しました。承認通知書を印刷し、送ってください。",
        lambda connection, by: use.approve_agent(connection, profile().code, agent_id, acting=by),
    )


@staff_action("representative.approve", person="person_id")
@require_POST
def reject(request: HttpRequest, person_id: str, agent_id: UUID) -> HttpResponse:
    """Refuse a 納税管理人."""
    return act_with_reason(
        request,
        person_id,
        "不承認としました。",
        lambda connection, reason, by: use.reject_agent(connection, profile().code, agent_id, reason=reason, acting=by),
    )


@staff_action("person.note", person="person_id")
@require_POST
def dismiss(request: HttpRequest, person_id: str, agent_id: UUID) -> HttpResponse:
    """Dismiss a 納税管理人."""
    return end_with_reason(
        request,
        person_id,
        "納税管理人の解任を登録しました。",
        lambda connection, last_day, reason, by: use.dismiss_agent(
            connection,
            profile().code,
            agent_id,
            last_day=last_day,
            reason=reason,
            acting=by,
        ),
    )


@staff_action("person.note", person="person_id")
@require_POST
def confirm(request: HttpRequest, person_id: str, agent_id: UUID) -> HttpResponse:
    """Record that a protected person wants this agent."""
    return act(
        request,
        person_id,
        "納税管理人について、本人の意思を確認したことを記録しました。",
        lambda connection, by: use.confirm_agent(connection, profile().code, agent_id, acting=by),
    )


@staff_action("person.note", person="person_id")
@require_http_methods(["GET", "HEAD", "POST"])
def register_forwarding(request: HttpRequest, person_id: str) -> HttpResponse:
    """Take a 送付先変更."""
    found = found_or_404(person_id)
    form = ForwardingForm(request.POST or None, initial={"valid_from": today()})
    if request.method == "POST" and form.is_valid():
        try:
            with use_case_connection() as connection:
                forward(
                    connection,
                    profile().code,
                    found.addressee_number,
                    form.forwarding(),
                    reason=form.cleaned_data["reason"],
                    acting=acting_for(request, found.addressee_number),
                )
        except KofuError as error:
            note(request, refused=error.code)
            form.add_error(None, fault(error.code))
        else:
            messages.success(request, "送付先変更を登録しました。")
            return HttpResponseRedirect(reverse("representatives:page", args=[found.id]))
    return render(
        request,
        "ledger/representatives/forwarding.html",
        {"person": found, "form": form, "protected": found.protected},
        status=422 if form.errors else 200,
    )


@staff_action("person.note", person="person_id")
@require_POST
def stop_forwarding(request: HttpRequest, person_id: str, forwarding_id: UUID) -> HttpResponse:
    """End a 送付先変更."""
    return end_with_reason(
        request,
        person_id,
        "送付先変更を解除しました。",
        lambda connection, last_day, reason, by: end_forwarding(
            connection,
            profile().code,
            forwarding_id,
            last_day=last_day,
            reason=reason,
            acting=by,
        ),
    )


@staff_action("person.note", person="person_id")
@require_POST
def confirm_forwarded(request: HttpRequest, person_id: str, forwarding_id: UUID) -> HttpResponse:
    """Record that a protected person wants this address."""
    return act(
        request,
        person_id,
        "送付先について、本人の意思を確認したことを記録しました。",
        lambda connection, by: confirm_forwarding(connection, profile().code, forwarding_id, acting=by),
    )
