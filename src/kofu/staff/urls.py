"""Addresses every system with staff screens has: login, second factor, own account, accounts, permissions, health.

allauth's views stand here one by one: sign-up, e-mail and password reset by mail do not exist.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from axes.decorators import axes_dispatch, axes_form_invalid
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST, require_safe

from kofu.staff import (
    account_change_views,
    account_review_views,
    account_views,
    audit_month_views,
    audit_views,
    contractor_views,
    incident_views,
    month_review_views,
    operation_views,
    person_record_views,
    retention_views,
    views,
)
from kofu.staff.actions import public_page, staff_action
from kofu.staff.printing import printed
from kofu.staff.registry import topic_urls


@method_decorator(axes_dispatch, name="dispatch")
@method_decorator(axes_form_invalid, name="form_invalid")
class LoginView(account.LoginView):
    """Login by password, under the lock of axes; the second factor is the next page."""


@public_page("tells the process is alive, nothing else")
@require_safe
def healthz(_: HttpRequest) -> HttpResponse:
    """Answer that this process serves."""
    return HttpResponse("ok", content_type="text/plain")


_login = public_page("this is where one logs in")
_own = staff_action("own.account")

_entrance: list[URLPattern] = [
    path("login/", _login(LoginView.as_view()), name="account_login"),
    path("login/code/", _login(mfa.AuthenticateView.as_view()), name="mfa_authenticate"),
    path("login/inactive/", _login(account.AccountInactiveView.as_view()), name="account_inactive"),
    path("logout/", _own(account.LogoutView.as_view()), name="account_logout"),
    path("own/reauthenticate/", _own(account.ReauthenticateView.as_view()), name="account_reauthenticate"),
    path("own/reauthenticate/code/", _own(mfa.ReauthenticateView.as_view()), name="mfa_reauthenticate"),
    path("own/password/", _own(views.PasswordView.as_view()), name="account_change_password"),
    path("own/code/", _own(totp.ActivateTOTPView.as_view()), name="mfa_activate_totp"),
    path("own/recovery/", _own(recovery.ViewRecoveryCodesView.as_view()), name="mfa_view_recovery_codes"),
    path("own/recovery/new/", _own(recovery.GenerateRecoveryCodesView.as_view()), name="mfa_generate_recovery_codes"),
    path("own/", _own(mfa.IndexView.as_view()), name="mfa_index"),
]

_staff: list[URLPattern] = [
    path("permissions/", views.permissions, name="permissions"),
    path("printed/", printed, name="printed"),
    path("purpose/", views.purpose, name="purpose"),
    path("accounts/", account_views.listing, name="accounts"),
    path("new-account/", account_views.new, name="account_new"),
    path("accounts/<str:login>/", account_views.one, name="account"),
    path("accounts/<str:login>/change/", require_POST(account_views.change), name="account_change"),
    path("accounts/<str:login>/reset/", require_POST(account_views.reset), name="account_reset"),
    path("accounts/<str:login>/end/", require_POST(account_views.end), name="account_end"),
    path("account-changes/", account_change_views.listing, name="account_changes"),
    path("account-changes/<int:number>/", account_change_views.one, name="account_change_one"),
    path("account-changes/<int:number>/confirm/", account_change_views.confirm, name="account_change_confirm"),
    path("account-changes/<int:number>/send-back/", account_change_views.send_back, name="account_change_send_back"),
    path("account-changes/<int:number>/withdraw/", account_change_views.withdraw, name="account_change_withdraw"),
    path("account-reviews/", account_review_views.listing, name="account_reviews"),
    path("account-reviews/sign/", account_review_views.sign, name="account_reviews_sign"),
    path("contractors/", contractor_views.listing, name="contractors"),
    path("contractors/add/", contractor_views.add, name="contract_add"),
    path("contracts/<int:number>/", contractor_views.one, name="contract"),
    path("contracts/<int:number>/worker/", contractor_views.add_worker, name="worker_add"),
    path("contracts/<int:number>/end/", contractor_views.end, name="contract_end"),
    path("contracts/<int:number>/prove/", contractor_views.prove, name="contract_prove"),
    path("workers/<int:number>/confirm/", contractor_views.confirm, name="worker_confirm"),
    path("workers/<int:number>/end/", contractor_views.end_worker, name="worker_end"),
    path("incidents/", incident_views.listing, name="incidents"),
    path("incidents/add/", incident_views.add, name="incident_add"),
    path("incidents/<int:number>/", incident_views.one, name="incident"),
    path("incidents/<int:number>/report/", incident_views.report, name="incident_report"),
    path("operation/", operation_views.index, name="operation"),
    path("own-changes/", account_change_views.own, name="own_changes"),
    path("retention/", retention_views.listing, name="retention"),
    path("audit/", audit_views.listing, name="audit"),
    path("audit/check/", audit_views.check, name="audit_check"),
    path("audit/person/", person_record_views.person_record, name="person_record"),
    path("audit/months/", audit_month_views.listing, name="audit_months"),
    path("audit/reviews/", month_review_views.listing, name="reviews"),
    path("audit/reviews/<str:month>/", month_review_views.one, name="review"),
    path("audit/reviews/<str:month>/sign/", month_review_views.sign, name="review_sign"),
    path("audit/watch/", month_review_views.watch, name="watch"),
    path("audit/pseudonym/", person_record_views.resolved, name="pseudonym"),
]


def staff_urls(topics: Iterable[ModuleType]) -> list[URLPattern | URLResolver]:
    """Give every URL of a system: the shared ones, then those of its topics, each a module `urls`."""
    return [
        path("healthz", healthz, name="healthz"),
        path("account/", include(_entrance)),
        path("staff/", include((_staff, "staff"))),
        *topic_urls(topics),
    ]
