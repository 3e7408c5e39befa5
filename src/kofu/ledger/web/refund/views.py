"""過誤納: who is owed back, a case proposed, approved by another person, notified, claimed, paid out or come back."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kofu.core.calendar import day_in_japan
from kofu.core.errors import KofuError
from kofu.ledger import refund, revoke_refund
from kofu.ledger.adapters.banks import BankProblem
from kofu.ledger.domain.refund_interest import RefundCause
from kofu.ledger.read_person import read_person
from kofu.ledger.read_refunds import (
    CasePage,
    case_page,
    cases,
    count_cases,
    count_owed_back,
    owed_back,
)
from kofu.ledger.refund import Why
from kofu.ledger.web import wording
from kofu.ledger.web.account_form import AccountForm
from kofu.ledger.web.ground import rules, under
from kofu.ledger.web.person.read import found_or_404
from kofu.platform.staff.actions import staff_action
from kofu.platform.staff.work import actor, concerns, note, profile, use_case_connection

CAUSES = (
    (RefundCause.REASSESSMENT.value, "1号　更正・賦課決定による過納（納付の翌日から）"),
    (RefundCause.REQUEST.value, "2号　更正の請求に基づく更正"),
    (RefundCause.INCOME_TAX.value, "3号　所得税の更正・申告に基因する賦課決定"),
)
CAUSE_WORDS = {**dict(CAUSES), RefundCause.OTHER.value: "4号　誤納など（納付の1月後の翌日から）"}
EVENTS = {
    "propose": "起案", "approve": "決裁", "withdraw": "取下げ", "notify": "通知書の送付", "claim": "還付請求の受付",
    "transfer": "振込", "transfer_failed": "振込不能", "close": "完結", "lapse": "時効",
    "revoke": "還付決定の取消",
}  # fmt: skip
DETAILS = {
    "refund": "還付 {:,} 円",
    "amount": "金額 {:,} 円",
    "interest": "還付加算金 {:,} 円",
    "payees": "受取人 {} 人",
    "reason": "理由 {}",
    "papers": "書類 {}",
    "source": "出所 {}",
    "file": "ファイル {}",
}
PARTS = {"principal": "本税", "interest": "延滞金"}
FAULTS = {
    "nothing_owed_back": "この方に返すべき過誤納金はありません。",
    "proposed_already": "この方には決裁を待っている起案があります。先に決裁または取下げをしてください。",
    "second_person_needed": "起案した人は決裁できません。別の決裁者が行ってください。",
    "plan_changed": "起案の後に収納や調定が変わりました。取り下げて起案し直してください。",
    "refund_state": "この事案は、いまその処理ができる状態ではありません。",
    "payee_dead": "この方は死亡しています。本人の口座は受け付けられません。相続人の口座を登録してください。",
    "payee_unknown": "相続人ごとの還付です。「相続人への還付」の画面で、相続人を選んで記録してください。",
    "refund_lapsed": "還付請求権は時効により消滅しています（地方税法18条の3）。",
    "heirs_paid": "相続人への支払が済んでいるか、相続人に支払う額が残ります。相続人と精算してください。",
    "interest_applied": "この還付の還付加算金は充当されています。取り消すことはできません。",
    "rate_missing": "還付加算金または延滞金の率が登録されていない年があります。率を登録してから行ってください。",
}


class ProposalForm(forms.Form):
    """Why 過納金 of one claim arose."""

    cause = forms.ChoiceField(label="発生事由（還付加算金の起算）", choices=CAUSES, widget=forms.RadioSelect)
    requested_on = forms.DateField(
        label="更正の請求の日（2号）", required=False, widget=forms.DateInput({"type": "date"})
    )
    corrected_on = forms.DateField(label="更正の日（2号）", required=False, widget=forms.DateInput({"type": "date"}))
    income_tax_on = forms.DateField(
        label="所得税の更正の通知・申告の日（3号）", required=False, widget=forms.DateInput({"type": "date"})
    )

    def clean(self) -> dict[str, Any]:
        """Ask for the days the cause is judged by."""
        cleaned: dict[str, Any] = super().clean() or {}
        needed = {
            RefundCause.REQUEST.value: ("requested_on", "corrected_on"),
            RefundCause.INCOME_TAX.value: ("income_tax_on",),
        }.get(cleaned.get("cause", ""), ())
        for name in needed:
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, "この事由では日付が必要です。")
        return cleaned

    def why(self) -> Why:
        """Give what was chosen."""
        chosen = self.cleaned_data
        return Why(
            cause=RefundCause(chosen["cause"]),
            requested_on=chosen["requested_on"],
            corrected_on=chosen["corrected_on"],
            income_tax_on=chosen["income_tax_on"],
        )


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = forms.CharField(label="理由", max_length=100)


class ClaimForm(AccountForm):
    """還付請求書: when it came, where the money goes: an account of a bank, or 記号 and 番号 of ゆうちょ銀行."""

    claimed_on = forms.DateField(label="請求書の受付日", widget=forms.DateInput({"type": "date"}))


def count_waiting(connection: psycopg.Connection) -> int:
    """Count cases that wait for approval."""
    return count_cases(connection, "proposed")


def count_approved(connection: psycopg.Connection) -> int:
    """Count cases whose notice was not sent yet."""
    return count_cases(connection, "approved")


def count_claimed(connection: psycopg.Connection) -> int:
    """Count refunds that can be paid out."""
    return count_cases(connection, "claimed")


def count_undecided(connection: psycopg.Connection) -> int:
    """Count payments with money owed back that nobody decided on."""
    return count_owed_back(connection)


@staff_action("overpayment.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List who is owed back, and the cases on their way."""
    with use_case_connection() as connection:
        people = owed_back(connection, profile().code)
        open_cases = cases(connection, profile().code, ("proposed", "approved", "notified", "claimed", "returned"))
    note(request, people=len(people), cases=len(open_cases))
    return render(
        request,
        "ledger/refund/list.html",
        {"people": people, "cases": [(case, *wording.REFUND_STATES[case.state]) for case in open_cases]},
    )


@staff_action("overpayment.propose", person="person_id")
def propose(request: HttpRequest, person_id: str) -> HttpResponse:
    """Propose a case: why each claim's 過納金 arose; 誤納 is 4号 by itself."""
    found = found_or_404(person_id)
    with use_case_connection() as connection:
        shown = read_person(connection, profile().code, found)
        rows = connection.execute(
            "SELECT claim_id, sum(overpaid)::bigint, sum(in_error)::bigint FROM share"
            " WHERE claim_id = ANY(%s) AND (overpaid > 0 OR in_error > 0) GROUP BY claim_id ORDER BY claim_id",
            [[claim.claim_id for claim in shown.claims]],
        ).fetchall()
    lines = {claim.claim_id: claim for claim in shown.claims}
    bound = request.POST if request.method == "POST" else None
    forms_ = [
        (
            lines[claim_id],
            overpaid,
            in_error,
            ProposalForm(bound, prefix=str(claim_id), initial={"cause": CAUSES[0][0]}) if overpaid else None,
        )
        for claim_id, overpaid, in_error in rows
    ]
    if bound is not None and all(form is None or form.is_valid() for *_, form in forms_):
        causes = {line.claim_id: form.why() for line, _, _, form in forms_ if form is not None}
        try:
            with use_case_connection() as connection:
                case_id = refund.propose(
                    connection,
                    profile().code,
                    found.addressee_number,
                    causes=causes,
                    rules=rules(connection),
                    under=under(request, found.addressee_number),
                )
        except KofuError as error:
            messages.error(request, _fault(error))
        else:
            return HttpResponseRedirect(reverse("refund:one", args=[case_id]))
    return render(request, "ledger/refund/propose.html", {"person": found, "lines": forms_})


@staff_action("overpayment.view")
@require_safe
def one(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show a case: the plan with its calculations, what happened, what can be done now."""
    return _page(request, case_id)


def _page(
    request: HttpRequest, case_id: UUID, claim_form: ClaimForm | None = None, reason_form: ReasonForm | None = None
) -> HttpResponse:
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
                under=under(request, found.addressee_number),
            )
    wrong = (claim_form is not None and claim_form.errors) or (reason_form is not None and reason_form.errors)
    return render(
        request,
        "ledger/refund/one.html",
        {
            "case": found,
            "state": label,
            "state_kind": kind,
            "applied": [
                {
                    **step,
                    "source": found.place(step["from_claim"]),
                    "target": found.place(step["to_claim"]),
                    "part": PARTS[step["part"]],
                    "effective_on": date.fromisoformat(step["effective_on"]),
                }
                for step in found.plan["applied"]
            ],
            "refunds": [{**line, "source": found.place(line["claim_id"])} for line in found.plan["refunds"]],
            "added": [_added(found, line) for line in found.plan["added"]],
            "causes": [(found.place(word["claim_id"]), CAUSE_WORDS[word["cause"]]) for word in found.causes],
            "events": [(EVENTS[event], who, when, _words(detail)) for event, who, when, detail in found.events],
            "interest_open": found.interest_open,
            "coming": coming,
            "own": actor(request).login == found.proposed_by,
            "claim_form": claim_form or ClaimForm(initial={"claimed_on": day_in_japan(timezone.now())}),
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
            connection, case_id, rules=rules(connection), under=under(request, found.addressee_number)
        )
        return f"決裁しました。充当 {plan.applied_total:,} 円、還付 {plan.refund_total:,} 円。"

    return _do(request, case_id, decide)


@staff_action("overpayment.propose")
@require_POST
def withdraw(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Take a proposal back."""
    found = case_or_404(request, case_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, case_id, reason_form=form)

    def take_back(connection: psycopg.Connection) -> str:
        words = form.cleaned_data["reason"]
        refund.withdraw(connection, case_id, reason=words, under=under(request, found.addressee_number))
        return "取り下げました。"

    return _do(request, case_id, take_back)


@staff_action("overpayment.approve")
@require_POST
def revoke(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Take back a decision to refund that was not paid out."""
    found = case_or_404(request, case_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, case_id, reason_form=form)

    def take_back(connection: psycopg.Connection) -> str:
        words = form.cleaned_data["reason"]
        revoke_refund.revoke(
            connection, case_id, reason=words, rules=rules(connection), under=under(request, found.addressee_number)
        )
        return "還付決定を取り消しました。過誤納の一覧から、あらためて起案できます。"

    return _do(request, case_id, take_back)


@staff_action("notice.print")
@require_POST
def notify(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Record that the papers went out."""
    found = case_or_404(request, case_id)
    papers = [
        word for word, needed in (("還付通知書", found.refund_total), ("充当通知書", found.applied_total)) if needed
    ]

    def send(connection: psycopg.Connection) -> str:
        refund.notify(connection, case_id, papers=papers, under=under(request, found.addressee_number))
        return f"{'・'.join(papers)}の送付を記録しました。"

    return _do(request, case_id, send)


@staff_action("claim.register")
@require_POST
def claim(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Register a 還付請求書."""
    found = case_or_404(request, case_id)
    form = ClaimForm(request.POST)
    if form.is_valid():
        try:
            account = form.account()
        except BankProblem as error:
            form.add_error(error.field, error.message)
    if not form.is_valid():
        return _page(request, case_id, claim_form=form)

    def register(connection: psycopg.Connection) -> str:
        refund.claim(
            connection,
            case_id,
            account,
            claimed_on=form.cleaned_data["claimed_on"],
            source="窓口登録",
            rules=rules(connection),
            under=under(request, found.addressee_number),
        )
        return "還付請求を登録しました。"

    return _do(request, case_id, register)


@staff_action("transfer.result")
@require_POST
def failed(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Record that a transfer came back."""
    found = case_or_404(request, case_id)
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, case_id, reason_form=form)

    def come_back(connection: psycopg.Connection) -> str:
        words = form.cleaned_data["reason"]
        refund.transfer_failed(connection, case_id, reason=words, under=under(request, found.addressee_number))
        return "振込不能を記録しました。あらためて請求を受け付けてください。"

    return _do(request, case_id, come_back)


def _do(request: HttpRequest, case_id: UUID, action: Any) -> HttpResponse:
    """Run a use case, say what came of it, show the case."""
    try:
        with use_case_connection() as connection:
            said = action(connection)
    except KofuError as error:
        messages.error(request, _fault(error))
    else:
        messages.success(request, said)
    return HttpResponseRedirect(reverse("refund:one", args=[case_id]))


def case_or_404(request: HttpRequest, case_id: UUID) -> CasePage:
    """Give a case and note whom it concerns."""
    with use_case_connection() as connection:
        found = case_page(connection, profile().code, case_id)
    if found is None:
        raise Http404("no such case")
    concerns(request, found.addressee_number)
    return found


def _added(found: CasePage, line: dict[str, Any]) -> dict[str, Any]:
    calculation = line["calculation"]
    return {
        "source": found.place(line["claim_id"]),
        "amount": line["amount"],
        "sum": calculation["sum"],
        "segments": [
            {
                **segment,
                "first": date.fromisoformat(segment["first"]),
                "last": date.fromisoformat(segment["last"]),
                "percent": f"{segment['rate'] / 10:.1f}",
            }
            for segment in calculation["segments"]
        ],
    }


def _words(detail: dict[str, Any]) -> str:
    return "　".join(DETAILS[key].format(value) for key, value in detail.items())


def _fault(error: KofuError) -> str:
    return FAULTS.get(error.code, f"処理できませんでした（{error.code}）。")
