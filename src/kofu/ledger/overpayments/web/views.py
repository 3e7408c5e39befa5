"""過誤納: who is owed back, a case proposed, approved by another person, notified, claimed, paid out or come back."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import psycopg
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kofu.core.calendar import day_in_japan
from kofu.core.errors import KofuError
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.banks.banks import BankProblem, bank_words
from kofu.ledger.banks.domain.bank_accounts import BankAccount
from kofu.ledger.banks.web.account_form import AccountForm
from kofu.ledger.banks.web.doubtful import warn
from kofu.ledger.books.domain.refund_interest import RefundCause
from kofu.ledger.overpayments import refund
from kofu.ledger.overpayments import revoke as revoke_refund
from kofu.ledger.overpayments.compare import BothItems, both_items
from kofu.ledger.overpayments.lapse import lapsing
from kofu.ledger.overpayments.read import (
    CasePage,
    case_page,
    cases,
    count_cases,
    count_owed_back,
    owed_back,
    owed_back_of,
)
from kofu.ledger.overpayments.web import columns
from kofu.ledger.overpayments.web.forms import AccountCorrectionForm, CauseForm, RefundClaimForm
from kofu.ledger.overpayments.web.plan_rows import plan_rows
from kofu.ledger.overpayments.web.words import (
    EVENTS,
    FIELD_OF,
    detail_words,
    fault_words,
)
from kofu.ledger.person.page import read_person
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for, rules
from kofu.ledger.screens.forms import ReasonForm
from kofu.ledger.screens.found import found_or_404
from kofu.staff.actions import staff_action
from kofu.staff.lists import given_out, shown_list
from kofu.staff.templatetags.staff import fiscal_year
from kofu.staff.work import actor, concerns, note, profile, use_case_connection

UNDER_WAY = ("proposed", "sent_back", "approved", "notified", "claimed", "returned")


def count_waiting(connection: psycopg.Connection) -> int:
    """Count cases that wait for approval."""
    return count_cases(connection, profile().code, "proposed")


def count_approved(connection: psycopg.Connection) -> int:
    """Count cases whose notice was not sent yet."""
    return count_cases(connection, profile().code, "approved")


def count_sent_back(connection: psycopg.Connection) -> int:
    """Count cases the approver sent back."""
    return count_cases(connection, profile().code, "sent_back")


def count_lapsing(connection: psycopg.Connection) -> int:
    """Count refunds that end soon unless they are claimed."""
    return len(lapsing(connection, profile().code, today=day_in_japan(timezone.now())))


def count_claimed(connection: psycopg.Connection) -> int:
    """Count refunds that can be paid out."""
    return count_cases(connection, profile().code, "claimed")


def count_undecided(connection: psycopg.Connection) -> int:
    """Count payments with money owed back that nobody decided on."""
    return count_owed_back(connection, profile().code)


@staff_action("overpayment.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List who is owed back, and the cases on their way."""
    with use_case_connection() as connection:
        people = shown_list(request, columns.OWED_BACK, owed_back(connection, profile().code))
        open_cases = shown_list(request, columns.UNDER_WAY, cases(connection, profile().code, UNDER_WAY))
        today = day_in_japan(timezone.now())
        ending = shown_list(request, columns.ENDING, lapsing(connection, profile().code, today=today))
    if given := given_out(request, people, open_cases, ending):
        return given
    note(request, people=people.total, cases=open_cases.total)
    return render(
        request,
        "ledger/refund/list.html",
        {
            "people": people,
            "under_way": open_cases,
            "cases": [(case, *wording.REFUND_STATES[case.state]) for case in open_cases.rows],
            "ending": ending,
        },
    )


@staff_action("overpayment.propose", person="person_id")
def propose(request: HttpRequest, person_id: str) -> HttpResponse:
    """Propose a case: why each claim's 過納金 arose; 誤納 is 4号 by itself."""
    found = found_or_404(person_id)
    with use_case_connection() as connection:
        shown = read_person(connection, profile().code, found)
        owed = owed_back_of(connection, [claim.claim_id for claim in shown.claims])
    lines = {claim.claim_id: claim for claim in shown.claims}
    bound = request.POST if request.method == "POST" else None
    forms_ = [
        (
            lines[one.claim_id],
            one.overpaid,
            one.in_error,
            CauseForm(bound, prefix=str(one.claim_id)) if one.overpaid else None,
        )
        for one in owed
    ]
    if bound is not None and all(form is None or form.is_valid() for *_, form in forms_):
        causes = {line.claim_id: form.chosen_cause() for line, _, _, form in forms_ if form is not None}
        try:
            with use_case_connection() as connection:
                case_id = refund.propose(
                    connection,
                    profile().code,
                    found.addressee_number,
                    causes=causes,
                    rules=rules(connection),
                    acting=acting_for(request, found.addressee_number),
                )
        except KofuError as error:
            messages.error(request, fault_words(error))
        else:
            return HttpResponseRedirect(reverse("refund:one", args=[case_id]))
    return render(request, "ledger/refund/propose.html", {"person": found, "lines": forms_})


@staff_action("overpayment.view")
@require_safe
def one(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show a case: the plan with its calculations, what happened, what can be done now."""
    return page_of(request, case_id)


def page_of(
    request: HttpRequest,
    case_id: UUID,
    *,
    claim_form: RefundClaimForm | None = None,
    reason_form: ReasonForm | None = None,
    answer_form: ReasonForm | None = None,
    correct_form: AccountForm | None = None,
) -> HttpResponse:
    """Show a case, with a form as it came back where something of it is wrong."""
    found = case_or_404(request, case_id)
    label, kind = wording.REFUND_STATES[found.state]
    coming = None
    if found.interest_open and found.state == "notified":
        with use_case_connection() as connection:
            coming = refund.if_claimed(
                connection,
                case_id,
                claimed_on=day_in_japan(timezone.now()),
                rules=rules(connection),
                acting=acting_for(request, found.addressee_number),
            )
    compared: tuple[BothItems, ...] = ()
    if found.state == "proposed":
        try:
            with use_case_connection() as connection:
                by = acting_for(request, found.addressee_number)
                compared = both_items(connection, case_id, rules=rules(connection), acting=by)
        except KofuError as error:
            messages.warning(request, fault_words(error))
    wrong = any(form is not None and form.errors for form in (claim_form, reason_form, answer_form, correct_form))
    return render(
        request,
        "ledger/refund/one.html",
        {
            "case": found,
            "state": label,
            "state_kind": kind,
            "bank": bank_words(found.bank_code or "", found.branch_code or ""),
            "plan": plan_rows(found),
            "compared": [
                (found.place(one.claim_id, fiscal_year), one, one.chosen is RefundCause.INCOME_TAX) for one in compared
            ],
            "answer_form": answer_form or ReasonForm(auto_id="id_answer_%s"),
            "correct_form": correct_form or AccountCorrectionForm(auto_id="id_correct_%s"),
            "events": [(EVENTS[event], who, when, detail_words(detail)) for event, who, when, detail in found.events],
            "interest_open": found.interest_open,
            "coming": coming,
            "own": actor(request).login == found.proposed_by,
            "claim_form": claim_form or RefundClaimForm(initial={"claimed_on": day_in_japan(timezone.now())}),
            "reason_form": reason_form or ReasonForm(),
            "revocable": found.is_revocable,
            "revoke_form": reason_form or ReasonForm(auto_id="id_revoke_%s"),
        },
        status=422 if wrong else 200,
    )


@staff_action("overpayment.approve")
@require_POST
def approve(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Approve a case another person proposed."""
    found = case_or_404(request, case_id)

    def decide(connection: psycopg.Connection) -> str:
        plan = refund.approve(
            connection, case_id, rules=rules(connection), acting=acting_for(request, found.addressee_number)
        )
        return f"決裁しました。充当 {plan.applied_total:,} 円、還付 {plan.refund_total:,} 円。"

    return run(request, case_id, decide)


@staff_action("overpayment.propose")
@require_POST
def withdraw(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Take a proposal back."""
    return _run_with_reason(
        request,
        case_id,
        "取り下げました。",
        lambda connection, reason, by: refund.withdraw(connection, case_id, reason=reason, acting=by),
    )


@staff_action("overpayment.approve")
@require_POST
def revoke(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Take back a decision to refund that was not paid out."""
    return _run_with_reason(
        request,
        case_id,
        "還付決定を取り消しました。過誤納の一覧から、あらためて起案できます。",
        lambda connection, reason, by: revoke_refund.revoke(
            connection, case_id, reason=reason, rules=rules(connection), acting=by
        ),
    )


@staff_action("notice.print")
@require_POST
def notify(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Record that the papers went out."""
    found = case_or_404(request, case_id)
    papers = [
        word for word, needed in (("還付通知書", found.refund_total), ("充当通知書", found.applied_total)) if needed
    ]

    def send(connection: psycopg.Connection) -> str:
        refund.notify(connection, case_id, papers=papers, acting=acting_for(request, found.addressee_number))
        return f"{'・'.join(papers)}の送付を記録しました。"

    return run(request, case_id, send)


@staff_action("claim.register")
@require_POST
def claim(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Register a 還付請求書."""
    found = case_or_404(request, case_id)
    form = RefundClaimForm(request.POST)

    def register(connection: psycopg.Connection, account: BankAccount) -> str:
        refund.claim(
            connection,
            case_id,
            account,
            holder_confirmed=form.cleaned_data["holder_confirmed"],
            claimed_on=form.cleaned_data["claimed_on"],
            source="窓口登録",
            rules=rules(connection),
            acting=acting_for(request, found.addressee_number),
        )
        return "還付請求を登録しました。"

    return run_with_account(request, case_id, form, register, again=lambda: page_of(request, case_id, claim_form=form))


@staff_action("transfer.result")
@require_POST
def failed(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Record that a transfer came back."""
    return _run_with_reason(
        request,
        case_id,
        "振込不能を記録しました。あらためて請求を受け付けてください。",
        lambda connection, reason, by: refund.transfer_failed(connection, case_id, reason=reason, acting=by),
    )


def run(request: HttpRequest, case_id: UUID, action: Callable[[psycopg.Connection], str]) -> HttpResponse:
    """Run a use case, say what came of it, show the case."""
    try:
        with use_case_connection() as connection:
            said = action(connection)
    except KofuError as error:
        messages.error(request, fault_words(error))
    else:
        messages.success(request, said)
    return HttpResponseRedirect(reverse("refund:one", args=[case_id]))


def _run_with_reason(
    request: HttpRequest, case_id: UUID, said: str, action: Callable[[psycopg.Connection, str, Acting], object]
) -> HttpResponse:
    """Run a use case that asks for a reason; where none is given, show the case again."""
    found = case_or_404(request, case_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return page_of(request, case_id, reason_form=form)

    def act(connection: psycopg.Connection) -> str:
        action(connection, form.cleaned_data["reason"], acting_for(request, found.addressee_number))
        return said

    return run(request, case_id, act)


def run_with_account(
    request: HttpRequest,
    case_id: UUID,
    form: AccountForm,
    action: Callable[[psycopg.Connection, BankAccount], str],
    *,
    again: Callable[[], HttpResponse],
) -> HttpResponse:
    """Run a use case on the account of a form. `again` shows the form as it came back, wrong fields told in it."""
    if form.is_valid():
        try:
            account = form.account()
        except BankProblem as error:
            form.add_error(error.field, error.message)
    if not form.is_valid():
        return again()
    try:
        with use_case_connection() as connection:
            said = action(connection, account)
    except KofuError as error:
        if error.code not in FIELD_OF:
            messages.error(request, fault_words(error))
            return HttpResponseRedirect(reverse("refund:one", args=[case_id]))
        form.add_error(FIELD_OF[error.code], fault_words(error))
        return again()
    messages.success(request, said)
    warn(request, account)
    return HttpResponseRedirect(reverse("refund:one", args=[case_id]))


def case_or_404(request: HttpRequest, case_id: UUID) -> CasePage:
    """Give a case and note whom it concerns."""
    with use_case_connection() as connection:
        found = case_page(connection, profile().code, case_id)
    if found is None:
        raise Http404("no such case")
    concerns(request, found.addressee_number)
    return found
