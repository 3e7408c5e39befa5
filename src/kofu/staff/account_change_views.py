"""Screens of the changes of accounts: what waits for a second administrator, one of them, and what the owner reads."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import REASON_LENGTH_MAX, same_person
from kofu.staff import account_changes
from kofu.staff.account_views import FAULTS, half_shown
from kofu.staff.actions import staff_action
from kofu.staff.domain.account_changes import AccountChangeState
from kofu.staff.models import AccountChange, StaffAccount
from kofu.staff.work import actor, note

DECIDED_SHOWN = 50
LABELS = {
    "display_name": "氏名",
    "office": "所属",
    "role": "役割",
    "active_from": "利用開始日",
    "active_to": "利用終了日",
}
DECIDED = "確認しました。"
CHANGED_ELSEWHERE = 409


class SendBackForm(forms.Form):
    """Why a change is sent back."""

    reason = forms.CharField(label="差戻しの理由", max_length=REASON_LENGTH_MAX)


@staff_action("account.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the changes that wait for a second administrator, and the last ones decided."""
    every = AccountChange.objects.all()
    waiting = every.filter(state=AccountChangeState.PROPOSED).order_by("pk")
    decided = every.exclude(state=AccountChangeState.PROPOSED)[:DECIDED_SHOWN]
    return render(request, "staff/account_changes.html", {"waiting": waiting, "decided": decided})


@staff_action("account.view")
@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """Show a change: what stands, what it would be, who else has this name."""
    return _page(request, get_object_or_404(AccountChange, pk=number), SendBackForm())


@staff_action("account_change.confirm")
@require_POST
def confirm(request: HttpRequest, number: int) -> HttpResponse:
    """Confirm a change; where there is a new initial password, show its other half once."""
    change = get_object_or_404(AccountChange, pk=number)
    try:
        half = account_changes.confirm(actor(request), number)
    except OperatorFault as error:
        return _refused(request, change, error)
    if half:
        return half_shown(request, change, half, first=False)
    messages.success(request, DECIDED)
    return HttpResponseRedirect(reverse("staff:account_changes"))


@staff_action("account_change.confirm")
@require_POST
def send_back(request: HttpRequest, number: int) -> HttpResponse:
    """Send a change back with a reason."""
    change = get_object_or_404(AccountChange, pk=number)
    form = SendBackForm(request.POST)
    if not form.is_valid():
        return _page(request, change, form)
    try:
        account_changes.send_back(actor(request), number, form.cleaned_data["reason"])
    except OperatorFault as error:
        return _refused(request, change, error)
    messages.success(request, "差し戻しました。")
    return HttpResponseRedirect(reverse("staff:account_changes"))


@staff_action("account_change.confirm")
@require_POST
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Take one's own proposal back."""
    change = get_object_or_404(AccountChange, pk=number)
    try:
        account_changes.withdraw(actor(request), number)
    except OperatorFault as error:
        return _refused(request, change, error)
    messages.success(request, "取り下げました。")
    return HttpResponseRedirect(reverse("staff:account_changes"))


@staff_action("own.account")
def own(request: HttpRequest) -> HttpResponse:
    """Show the owner of an account what others changed of it, until it is acknowledged."""
    account = StaffAccount.objects.get(login=actor(request).login)
    if request.method == "POST":
        account_changes.acknowledge(actor(request), account)
        return HttpResponseRedirect(reverse("home:index"))
    return render(request, "staff/own_changes.html", {"changes": account_changes.own_changes(account)})


def _refused(request: HttpRequest, change: AccountChange, error: OperatorFault) -> HttpResponse:
    form = SendBackForm({"reason": ""})
    form.errors.clear()
    form.add_error(None, FAULTS.get(error.code, error.message))
    return _page(request, AccountChange.objects.get(pk=change.pk), form)


def _page(request: HttpRequest, change: AccountChange, form: SendBackForm) -> HttpResponse:
    note(request, account=change.login, change=change.pk)
    login = actor(request).login
    account = StaffAccount.objects.filter(login=change.login).select_related("office").first()
    return render(
        request,
        "staff/account_change.html",
        {
            "change": change,
            "account": account,
            "rows": _rows(change, account),
            "namesakes": account_changes.namesakes(change),
            "form": form,
            "waits": change.state == AccountChangeState.PROPOSED,
            "proposer": same_person(login, change.proposed_by),
            "may_decide": not any(same_person(login, name) for name in (change.proposed_by, change.login)),
        },
        status=CHANGED_ELSEWHERE if form.errors else 200,
    )


def _rows(change: AccountChange, account: StaffAccount | None) -> list[tuple[str, object, object]]:
    """Give each detail as it stands and as it would be; nothing for a reset."""
    if change.office is None:
        return []
    return [
        (label, _shown(account, name) if account is not None else None, _shown(change, name))
        for name, label in LABELS.items()
    ]


def _shown(of: StaffAccount | AccountChange, name: str) -> object:
    """Give a detail as the page words it."""
    if name == "office":
        return of.office.name if of.office is not None else None
    return getattr(of, "role_label" if name == "role" else name)
