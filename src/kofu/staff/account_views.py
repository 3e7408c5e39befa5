"""Screens of the accounts: list and one; a new one, a change, a reset, proposed here and confirmed by another."""

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
from kofu.core.four_eyes import REASON_LENGTH_MAX, same_person
from kofu.staff import account_changes
from kofu.staff.accounts import AccountDetails, details_of
from kofu.staff.actions import staff_action
from kofu.staff.fault_words import LAPSED
from kofu.staff.fields import DayField
from kofu.staff.models import (
    LOGIN_LENGTH_MAX,
    NAME_LENGTH_MAX,
    AccountChange,
    Office,
    StaffAccount,
)
from kofu.staff.permissions import PERMISSIONS
from kofu.staff.work import actor, note

CHANGES_SHOWN = 20
PROPOSED = "起案しました。別のシステム管理者が確認すると実施されます。"
FAULTS = {
    "login_taken": "このログインIDは既に使われています。",
    "login_form": "英小文字・数字・点・ハイフンで入力してください。",
    "name_form": f"氏名は1文字以上{NAME_LENGTH_MAX}文字までです。",
    "own_account": "自分のアカウントの変更・初期化・終了は、別のシステム管理者が行います。",
    "nothing_changed": "変更がありません。",
    "change_waits": "このアカウントには確認待ちの変更があります。先にそれを決めてください。",
    "reason_needed": "理由を記入してください。",
    "second_person_needed": "起案した人・そのアカウントの本人は確認できません。別のシステム管理者が確認します。",
    "proposal_lapsed": LAPSED,
    "not_the_proposer": "取下げは起案した人が行います。",
    "proposer_left": "起案した人が今はシステム管理者ではありません。差し戻して、起案し直してください。",
    "account_change_state": "この変更は既に決まっています。",
    "half_unreadable": "初期パスワードの前半を読めません。差し戻して、起案し直してください。",
    "later_than_now": "終了日は早めることだけできます。延ばすときは変更を起案してください。",
    "administrator_by_two": "システム管理者のアカウントは、変更を起案し、別の管理者の確認を受けて終了します。",
}


def reason_field() -> forms.CharField:
    """Make the field that asks why."""
    return forms.CharField(label="理由", max_length=REASON_LENGTH_MAX, help_text="本人にも示されます。")


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
    reason = reason_field()

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
    field_order = ("login", "display_name", "office", "role", "active_from", "active_to", "reason")


class ResetReasonForm(forms.Form):
    """Why somebody's password and second factor are taken away."""

    reason = reason_field()


class EndForm(forms.Form):
    """The last day of an account."""

    last_day = DayField(
        label="最終日",
        help_text="この日まで使えます。開いている画面は閉じます。すぐ使えなくするには、きのうの日を指定します。",
    )


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
    found = details_of(account)
    return {name: getattr(found, name) for name in AccountDetails.__slots__}


@staff_action("account.view")
@require_safe
def one(request: HttpRequest, login: str) -> HttpResponse:
    """Show an account, with the form to change it for who may."""
    account = get_object_or_404(StaffAccount, login=login)
    return _page(request, account)


def _page(
    request: HttpRequest,
    account: StaffAccount,
    form: DetailsForm | None = None,
    reset_form: ResetReasonForm | None = None,
    end_form: EndForm | None = None,
) -> HttpResponse:
    note(request, account=account.login)
    factor = Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).first()
    shown = [form, reset_form, end_form]
    return render(
        request,
        "staff/account.html",
        {
            "account": account,
            "form": form or DetailsForm(initial=_initial_of(account)),
            "reset_form": reset_form or ResetReasonForm(prefix="reset"),
            "end_form": end_form or EndForm(initial={"last_day": datetime.now(JST).date()}),
            "factor": factor,
            "locked": account.login in _locked(),
            "own": same_person(account.login, actor(request).login),
            "changes": AccountChange.objects.filter(login=account.login)[:CHANGES_SHOWN],
        },
        status=422 if any(one is not None and one.errors for one in shown) else 200,
    )


@staff_action("account.change")
def change(request: HttpRequest, login: str) -> HttpResponse:
    """Propose another name, office, role or other days."""
    account = get_object_or_404(StaffAccount, login=login)
    form = DetailsForm(request.POST)
    if form.is_valid():
        try:
            account_changes.propose_change(actor(request), account, form.details(), form.cleaned_data["reason"])
        except OperatorFault as error:
            form.add_error(None, FAULTS[error.code])
        else:
            messages.success(request, PROPOSED)
            return HttpResponseRedirect(reverse("staff:account", args=[login]))
    return _page(request, StaffAccount.objects.get(login=login), form=form)


@staff_action("account.create")
def new(request: HttpRequest) -> HttpResponse:
    """Propose an account and show the first half of its initial password once."""
    today = datetime.now(JST).date()
    form = NewAccountForm(request.POST or None, initial={"active_from": today})
    if request.method == "POST" and form.is_valid():
        login, reason = form.cleaned_data["login"], form.cleaned_data["reason"]
        try:
            proposed, half = account_changes.propose_new(actor(request), login, form.details(), reason)
        except OperatorFault as error:
            form.add_error("login", FAULTS[error.code])
        else:
            return half_shown(request, proposed, half, first=True)
    return render(request, "staff/account_new.html", {"form": form}, status=422 if form.errors else 200)


@staff_action("account.reset")
def reset(request: HttpRequest, login: str) -> HttpResponse:
    """Propose to take password and second factor away, and show the first half of the new initial password once."""
    account = get_object_or_404(StaffAccount, login=login)
    form = ResetReasonForm(request.POST, prefix="reset")
    if form.is_valid():
        try:
            proposed, half = account_changes.propose_reset(actor(request), account, form.cleaned_data["reason"])
        except OperatorFault as error:
            form.add_error(None, FAULTS[error.code])
        else:
            return half_shown(request, proposed, half, first=True)
    return _page(request, account, reset_form=form)


@staff_action("account.change")
def end(request: HttpRequest, login: str) -> HttpResponse:
    """Bring the last day of an account forward, at once."""
    account = get_object_or_404(StaffAccount, login=login)
    form = EndForm(request.POST)
    if form.is_valid():
        try:
            account_changes.end_use(actor(request), account, form.cleaned_data["last_day"])
        except OperatorFault as error:
            form.add_error(None, FAULTS[error.code])
        else:
            messages.success(request, "利用の終了日を定めました。")
            return HttpResponseRedirect(reverse("staff:account", args=[login]))
    return _page(request, StaffAccount.objects.get(login=login), end_form=form)


def half_shown(request: HttpRequest, change: AccountChange, half: str, *, first: bool) -> HttpResponse:
    """Show half of an initial password, once: `first` to who proposed, the other to who confirmed."""
    note(request, account=change.login, change=change.pk)
    return render(request, "staff/initial_half.html", {"change": change, "half": half, "first": first})
