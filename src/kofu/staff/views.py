"""Shared screens: the permission table, the purpose of a look-up, one's own password."""

from __future__ import annotations

from allauth.account import views as account
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from kofu.staff.actions import staff_action
from kofu.staff.gate import PENDING_KEY, PURPOSES_KEY
from kofu.staff.permissions import EVERYBODY, PERMISSIONS
from kofu.staff.work import visit_of


class PasswordView(account.PasswordChangeView):
    """Change one's own password; then home."""

    success_url = reverse_lazy("home:index")


@staff_action("permissions.view")
@require_safe
def permissions(request: HttpRequest) -> HttpResponse:
    """Show who may do what in this system."""
    rows = [
        (action, [EVERYBODY in action.roles or role.code in action.roles for role in PERMISSIONS.roles])
        for action in PERMISSIONS.of_system(settings.KOFU_SYSTEM)
    ]
    return render(request, "staff/permissions.html", {"roles": PERMISSIONS.roles, "rows": rows})


class PurposeForm(forms.Form):
    """Why a person is looked up."""

    purpose = forms.ChoiceField(
        label="照会の目的",
        choices=[(purpose.code, purpose.label) for purpose in PERMISSIONS.purposes],
        widget=forms.RadioSelect,
    )


@staff_action("own.account")
def purpose(request: HttpRequest) -> HttpResponse:
    """Ask once per person and session why somebody is looked up; go on to where the clerk was going."""
    pending = request.session.get(PENDING_KEY)
    if not pending:
        return HttpResponseRedirect(reverse("home:index"))
    form = PurposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["purpose"]
        request.session[PURPOSES_KEY] = {**request.session.get(PURPOSES_KEY, {}), pending["key"]: given}
        del request.session[PENDING_KEY]
        visit = visit_of(request)
        visit.purpose, visit.result = given, "purpose_given"
        where = pending["next"]
        safe = url_has_allowed_host_and_scheme(where, allowed_hosts=None)
        return HttpResponseRedirect(where if safe else reverse("home:index"))
    return render(request, "staff/purpose.html", {"form": form})
