"""The screen of アカウント棚卸: every account with its role, signed twice a year."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.calendar import JST
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import same_person
from kofu.staff import account_reviews
from kofu.staff.actions import staff_action
from kofu.staff.domain.contractors import REVIEW_DAYS, half_year_of, review_overdue
from kofu.staff.work import actor, note

FAULTS = {
    "second_person_needed": "自分のアカウントは自分で確認できません。別のシステム管理者が確認します。",
    "review_changed": "ほかの人が確認したか、変更のあったアカウントがあります。見直してください。",
}


@staff_action("account.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List every account in use with its role, and who signed it in this half-year."""
    today = datetime.now(JST).date()
    rows = account_reviews.reviewed_accounts(today)
    login = actor(request).login
    note(request, rows=len(rows))
    return render(
        request,
        "staff/account_reviews.html",
        {
            "half_year": half_year_of(today),
            "due": half_year_of(today) + timedelta(days=REVIEW_DAYS),
            "overdue": review_overdue(today),
            "open": sum(row.review is None for row in rows),
            "rows": [(row, same_person(login, str(row.account.login))) for row in rows],
        },
    )


@staff_action("account.review")
@require_POST
def sign(request: HttpRequest) -> HttpResponse:
    """Sign the chosen accounts."""
    try:
        signed = account_reviews.sign(actor(request), request.POST.getlist("login"), datetime.now(JST).date())
    except OperatorFault as error:
        messages.error(request, FAULTS[error.code])
    else:
        messages.success(request, f"{signed} 件を確認しました。")
    return HttpResponseRedirect(reverse("staff:account_reviews"))
