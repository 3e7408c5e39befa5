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
from kofu.staff.permissions import PERMISSIONS, Action
from kofu.staff.work import visit_of


class PasswordView(account.PasswordChangeView):
    """Change one's own password; then home."""

    success_url = reverse_lazy("home:index")


class PermissionsFilterForm(forms.Form):
    """Which actions of the table."""

    words = forms.CharField(label="操作", required=False, max_length=40, widget=forms.SearchInput)
    role = forms.ChoiceField(
        label="できる役割",
        required=False,
        choices=[("", "すべて"), *((role.code, role.label) for role in PERMISSIONS.roles)],
    )

    def takes(self, action: Action) -> bool:
        """Whether an action has the words and is given to the role; of nothing asked, every one."""
        asked = self.cleaned_data if self.is_bound else {}
        role = asked.get("role")
        return asked.get("words", "") in action.label and (not role or PERMISSIONS.may(role, action))


@staff_action("permissions.view")
@require_safe
def permissions(request: HttpRequest) -> HttpResponse:
    """Show who may do what in this system, section by section; all of it, or what was asked for."""
    form = PermissionsFilterForm(request.GET if {"words", "role"} & set(request.GET) else None)
    wanted = form.cleaned_data if form.is_valid() else {}
    narrowed = bool(wanted.get("words") or wanted.get("role"))
    chosen = [] if form.errors else [one for one in PERMISSIONS.of_system(settings.KOFU_SYSTEM) if form.takes(one)]
    sections = [
        (section, rows)
        for section in PERMISSIONS.sections
        if (rows := [(one, _marks(one)) for one in chosen if one.section == section.code])
    ]
    return render(
        request,
        "staff/permissions.html",
        {
            "form": form,
            "roles": PERMISSIONS.roles,
            "sections": sections,
            "count": len(chosen),
            "narrowed": narrowed,
            "unfolded": narrowed or "unfolded" in request.GET,
        },
    )


def _marks(action: Action) -> list[bool]:
    """Say of each role whether it may."""
    return [PERMISSIONS.may(role.code, action) for role in PERMISSIONS.roles]


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
