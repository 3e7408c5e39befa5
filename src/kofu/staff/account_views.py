"""Screens of the accounts: list, one, make, change, reset."""

from __future__ import annotations

from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from kofu.core.calendar import JST
from kofu.core.errors import OperatorFault
from kofu.staff import accounts
from kofu.staff.accounts import AccountDetails
from kofu.staff.actions import staff_action
from kofu.staff.fields import DayField
from kofu.staff.models import LOGIN_LENGTH_MAX, NAME_LENGTH_MAX, Office, StaffAccount
from kofu.staff.permissions import PERMISSIONS
from kofu.staff.work import actor, note

FAULTS = {
    "login_taken": "このログインIDは既に使われています。",
    "own_account": "自分の役割・利用期間・初期化は、別のシステム管理者が行います。",
}


class DetailsForm(forms.Form):
    """What an administrator decides about an account."""

    display_name = forms.CharField(label="氏名", max_length=NAME_LENGTH_MAX)
    office = forms.ModelChoiceField(label="所属", queryset=Office.objects.all(), empty_label="選んでください")
    role = forms.ChoiceField(
        label="役割", choices=[("", "選んでください"), *((role.code, role.label) for role in PERMISSIONS.roles)]
    )
    active_from = DayField(label="利用開始日")
    active_to = DayField(
        label="利用終了日",
        required=False,
        help_text="異動・退職の日。この日まで使えます。空欄は期限なし。",
    )

    def clean(self) -> dict[str, object]:
        """Refuse an end before the beginning."""
        found = super().clean() or {}
        begins, ends = found.get("active_from"), found.get("active_to")
        if begins and ends and ends < begins:
            self.add_error("active_to", "利用開始日より前の日は指定できません。")
        return found

    def details(self) -> AccountDetails:
        """Give what was decided."""
        found = self.cleaned_data
        return AccountDetails(
            display_name=found["display_name"],
            office=found["office"].code,
            role=found["role"],
            active_from=found["active_from"],
            active_to=found["active_to"],
        )


class NewAccountForm(DetailsForm):
    """A new account."""

    login = forms.RegexField(
        label="ログインID",
        regex=r"^[a-z0-9][a-z0-9._-]*$",
        min_length=3,
        max_length=LOGIN_LENGTH_MAX,
        help_text="職員ごとに一つ。英小文字と数字。あとから変えられません。",
        error_messages={"invalid": "英小文字・数字・点・ハイフンで入力してください。"},
    )
    field_order = ("login", "display_name", "office", "role", "active_from", "active_to")


@staff_action("account.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the accounts; `q` finds by login or name."""
    words = request.GET.get("q", "").strip()
    found = StaffAccount.objects.select_related("office").order_by("office__code", "login")
    if words:
        found = found.filter(login__icontains=words) | found.filter(display_name__icontains=words)
    with_factor = set(Authenticator.objects.filter(type=Authenticator.Type.TOTP).values_list("user_id", flat=True))
    locked = _locked()
    rows = [(account, account.pk in with_factor, account.login in locked) for account in found]
    note(request, rows=len(rows))
    return render(request, "staff/accounts.html", {"rows": rows, "words": words})


def _locked() -> set[str]:
    """Logins with too many wrong passwords, whose time is not over."""
    since = datetime.now(JST) - timedelta(hours=settings.AXES_COOLOFF_TIME)
    return set(
        AccessAttempt.objects.filter(
            failures_since_start__gte=settings.AXES_FAILURE_LIMIT, attempt_time__gte=since
        ).values_list("username", flat=True)
    )


def _initial_of(account: StaffAccount) -> dict[str, object]:
    return {
        "display_name": account.display_name,
        "office": account.office_id,
        "role": account.role,
        "active_from": account.active_from,
        "active_to": account.active_to,
    }


@staff_action("account.view")
@require_safe
def one(request: HttpRequest, login: str) -> HttpResponse:
    """Show an account, with the form to change it for who may."""
    account = get_object_or_404(StaffAccount, login=login)
    return _page(request, account, DetailsForm(initial=_initial_of(account)))


def _page(request: HttpRequest, account: StaffAccount, form: DetailsForm) -> HttpResponse:
    note(request, account=account.login)
    factor = Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).first()
    return render(
        request,
        "staff/account.html",
        {
            "account": account,
            "form": form,
            "factor": factor,
            "locked": account.login in _locked(),
            "own": account.login == actor(request).login,
        },
        status=422 if form.errors else 200,
    )


@staff_action("account.change")
def change(request: HttpRequest, login: str) -> HttpResponse:
    """Change name, office, role or days."""
    account = get_object_or_404(StaffAccount, login=login)
    form = DetailsForm(request.POST)
    if form.is_valid():
        try:
            changed = accounts.change(actor(request), account, form.details())
        except OperatorFault as error:
            form.add_error(None, FAULTS[error.code])
        else:
            messages.success(request, "変更しました。" if changed else "変更はありませんでした。")
            return HttpResponseRedirect(reverse("staff:account", args=[login]))
    return _page(request, StaffAccount.objects.get(login=login), form)


@staff_action("account.create")
def new(request: HttpRequest) -> HttpResponse:
    """Make an account and show its initial password once."""
    today = datetime.now(JST).date()
    form = NewAccountForm(request.POST or None, initial={"active_from": today})
    if request.method == "POST" and form.is_valid():
        try:
            account, password = accounts.create(actor(request), form.cleaned_data["login"], form.details())
        except OperatorFault as error:
            form.add_error("login", FAULTS[error.code])
        else:
            return _initial_password(request, account, password)
    return render(request, "staff/account_new.html", {"form": form}, status=422 if form.errors else 200)


@staff_action("account.reset")
def reset(request: HttpRequest, login: str) -> HttpResponse:
    """Take password and second factor away and show the new initial password once."""
    account = get_object_or_404(StaffAccount, login=login)
    try:
        password = accounts.reset(actor(request), account)
    except OperatorFault as error:
        form = DetailsForm(_initial_of(account))
        form.add_error(None, FAULTS[error.code])
        return _page(request, account, form)
    return _initial_password(request, account, password)


def _initial_password(request: HttpRequest, account: StaffAccount, password: str) -> HttpResponse:
    note(request, account=account.login)
    return render(request, "staff/initial_password.html", {"account": account, "initial": password})
