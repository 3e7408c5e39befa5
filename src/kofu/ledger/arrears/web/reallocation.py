"""再充当: what it would do, shown before it is proposed; approved by a second person from the same page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import psycopg
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.errors import KofuError
from kofu.ledger.arrears import decide_claims, reallocate
from kofu.ledger.arrears.proposal_basis import KeptReallocation, kept_reallocation
from kofu.ledger.arrears.read_decisions import reallocation_of
from kofu.ledger.books.journal import claims_of_person
from kofu.ledger.payments.read_lists import payments_received
from kofu.ledger.people.numbers import numbers_of
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for, rules
from kofu.ledger.screens.found import found_or_404
from kofu.staff.actions import staff_action
from kofu.staff.fault_words import LAPSED
from kofu.staff.work import actor, concerns, profile, use_case_connection

STATES = {"proposed": "決裁待ち", "approved": "決裁済", "withdrawn": "取下げ", "declined": "差戻し"}
PARTS = {"principal": "本税", "interest": "延滞金"}
FAULTS = {
    "nothing_to_move": "配当の日に滞納していた期別で、充てられるものはありません。",
    "proposed_already": "すでに起案されています。",
    "second_person_needed": "起案した人は決裁できません。別の決裁者が行ってください。",
    "proposal_lapsed": LAPSED,
    "decision_state": "すでに決裁・差戻しまたは取下げされています。",
    "plan_changed": "起案の後に台帳が変わりました。差し戻して起案し直してください。",
    "rate_missing": "延滞金の割合が登録されていない年があります。",
}


class ReallocationReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label="理由・根拠の書類", max_length=100, help_text="例 令和4年度分の賦課取消（更正決議書 令8-15）"
    )


@staff_action("overpayment.propose", person="person_id")
def propose(request: HttpRequest, person_id: str) -> HttpResponse:
    """Show what a 再充当 would do to a person's claims, and propose it."""
    person = found_or_404(person_id)
    acting = acting_for(request, person.addressee_number)
    form = ReallocationReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            with use_case_connection() as connection:
                made = reallocate.propose(
                    connection,
                    profile().code,
                    person.addressee_number,
                    reason=form.cleaned_data["reason"],
                    rules=rules(connection),
                    acting=acting,
                )
        except KofuError as error:
            form.add_error("reason", FAULTS.get(error.code, error.message))
        else:
            messages.success(request, "起案しました。別の決裁者の決裁を待ちます。")
            return HttpResponseRedirect(reverse("arrears:reallocation", args=[made.decision_id]))
    with use_case_connection() as connection:
        found = reallocate.plan(
            connection, profile().code, person.addressee_number, rules=rules(connection), acting=acting
        )
        shown = _plan_in_words(connection, person.addressee_number, kept_reallocation(found))
    return render(
        request,
        "ledger/arrears/reallocation.html",
        {"person_id": person.id, "name": person.name, "plan": shown, "total": found.total, "form": form},
        status=422 if form.errors else 200,
    )


@staff_action("overpayment.view")
@require_safe
def one(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Show a 再充当 that was proposed, and what became of it."""
    with use_case_connection() as connection:
        decision = reallocation_of(connection, profile().code, decision_id)
        if decision is None:
            raise Http404("no such decision")
        shown = _plan_in_words(connection, decision.addressee_number, decision.plan)
    concerns(request, decision.addressee_number)
    return render(
        request,
        "ledger/arrears/reallocation.html",
        {
            "person_id": decision.person_id,
            "name": decision.name,
            "plan": shown,
            "total": decision.amount,
            "decision": decision,
            "waits": decision.state == "proposed",
            "own": decision.proposed_by == actor(request).login,
            "state": STATES[decision.state],
        },
    )


@staff_action("overpayment.approve")
@require_POST
def decide(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Approve a 再充当, or take it back."""
    try:
        with use_case_connection() as connection:
            if request.POST.get("answer") == "decline":
                decide_claims.decline(connection, decision_id, acting=acting_for(request))
                messages.success(request, "差し戻しました。")
            else:
                amount = reallocate.approve(
                    connection, decision_id, rules=rules(connection), acting=acting_for(request)
                )
                messages.success(request, f"決裁しました。{amount:,} 円を再充当しました。")
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    return HttpResponseRedirect(reverse("arrears:reallocation", args=[decision_id]))


@dataclass(frozen=True, slots=True)
class MovedRow:
    """Yen that go from one claim to a part of another. `payment`: day and channel; claims by year and number."""

    payment: tuple[date, str]
    source: tuple[str, str]
    target: tuple[str, str]
    part: str
    amount: int


@dataclass(frozen=True, slots=True)
class DisplacedRow:
    """Yen of a later payment that find no room at a claim any more."""

    payment: tuple[date, str]
    claim: tuple[str, str]
    amount: int


@dataclass(frozen=True, slots=True)
class InterestChangeRow:
    """延滞金 of a claim before and after, in yen."""

    claim: tuple[str, str]
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class ReallocationRows:
    """The plan of a 再充当 in words."""

    moved: tuple[MovedRow, ...]
    displaced: tuple[DisplacedRow, ...]
    interest: tuple[InterestChangeRow, ...]


def _plan_in_words(connection: psycopg.Connection, addressee_number: str, plan: KeptReallocation) -> ReallocationRows:
    """Put a plan into words: claims by year and number, payments by day and channel."""
    names = {
        claim.claim_id: (
            f"{profile().year_label(claim.notice.fiscal_year)}　{wording.taxes()[claim.notice.tax]}",
            f"{claim.notice.notice_number}-{claim.installment}",
        )
        for claim in claims_of_person(
            connection, profile().code, numbers_of(connection, profile().code, addressee_number)
        )
    }
    told = [step.payment_id for step in plan.moved] + [one.payment_id for one in plan.displaced]
    payments = {
        one.payment_id: (one.received_on, wording.CHANNELS[one.channel])
        for one in payments_received(connection, profile().code, told)
    }
    return ReallocationRows(
        moved=tuple(
            MovedRow(
                payments[step.payment_id],
                names[step.from_claim],
                names[step.to_claim],
                PARTS[step.part],
                step.amount,
            )
            for step in plan.moved
        ),
        displaced=tuple(
            DisplacedRow(payments[one.payment_id], names[one.claim_id], one.amount) for one in plan.displaced
        ),
        interest=tuple(InterestChangeRow(names[one.claim_id], one.before, one.after) for one in plan.interest),
    )
