"""不納欠損の取消 on the screens: proposed from the page of a 期別, decided by another from the list of what waits."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from kofu.core.errors import KofuError
from kofu.ledger.arrears import decide_claims, reverse_write_off
from kofu.ledger.arrears.web.words import FAULTS
from kofu.ledger.screens.acting import acting_for, rules
from kofu.staff.actions import staff_action
from kofu.staff.work import use_case_connection


class ReversalForm(forms.Form):
    """Why, and which records were wrong."""

    reason = forms.CharField(label="取消の理由・根拠の書類", max_length=100)
    wrong = forms.TypedMultipleChoiceField(
        label="誤りだった記録（不納欠損と一緒に取り消す）",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, *, records: list[tuple[int, str]]) -> None:
        """Offer the records that stand, each with its words."""
        super().__init__(data)
        self.fields["wrong"].choices = records  # type: ignore[attr-defined]  # the field is a choice field


@staff_action("writeoff.approve")
@require_POST
def decide(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Approve a 不納欠損の取消, or send it back."""
    try:
        with use_case_connection() as connection:
            if request.POST.get("answer") == "decline":
                decide_claims.decline(connection, decision_id, acting=acting_for(request))
                messages.success(request, "差し戻しました。")
            else:
                amount = reverse_write_off.approve(
                    connection, decision_id, rules=rules(connection), acting=acting_for(request)
                )
                messages.success(request, f"決裁しました。{amount:,} 円の不納欠損を取り消しました。")
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    return HttpResponseRedirect(reverse("arrears:ended"))


@staff_action("writeoff.propose")
@require_POST
def withdraw(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """取下げ of any proposal on a claim, by who proposed it."""
    try:
        with use_case_connection() as connection:
            decide_claims.withdraw(connection, decision_id, acting=acting_for(request))
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, "取り下げました。")
    return HttpResponseRedirect(reverse("arrears:ended"))
