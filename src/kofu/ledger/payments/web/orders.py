"""領収日順の事案: what stands against the order of receipt, with what is owed; one proposes, another decides."""

from __future__ import annotations

from uuid import UUID

import psycopg
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kofu.core.errors import KofuError
from kofu.ledger.books.journal import claims_by_id
from kofu.ledger.payments import decide_receipt_cases as cases
from kofu.ledger.payments.decide_receipt_cases import ReceiptCase
from kofu.ledger.payments.domain.make_anew import AnewObstacle
from kofu.ledger.payments.domain.receipt_cases import ANSWERS, ReceiptCaseAnswer
from kofu.ledger.payments.read_lists import count_open_cases, payments_received
from kofu.ledger.payments.web import columns
from kofu.ledger.payments.web.files import PaymentReasonForm, refuse
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for, rules
from kofu.staff.actions import staff_action
from kofu.staff.lists import given_out, shown_list
from kofu.staff.work import actor, concerns, note, profile, use_case_connection

OBSTACLES = {
    AnewObstacle.WRITTEN_OFF: "不納欠損の前に納付されていた収納",
    AnewObstacle.APPROPRIATED: "充当済みの期別に、適状日より前の収納",
    AnewObstacle.REFUND: "還付した（還付を決定した）金額が消込に必要",
    AnewObstacle.UNCLEAR: "経過から領収日順の消込を計算できない収納",
}
EXPLAINED = {
    AnewObstacle.WRITTEN_OFF: (
        "領収日は、時効の完成などで期別が消滅する前です。納付は有効なので（地方税法第18条、民法）、不納"
        "欠損を取り消して消し込みます。決裁までのあいだ、収納は仮受金にあります。"
    ),
    AnewObstacle.APPROPRIATED: (
        "後から届いた収納の領収日が、充当の適状日より前です。充当はそのままにし、届いた収納は誤納金としてあります。"
    ),
    AnewObstacle.REFUND: (
        "領収日の順では期別に充てるはずの金額が、還付済みか還付の決定済みです。還付はそのままにしてあり、"
        "期別は未納です。支払前なら、還付の決定を取り消してから充て直します。"
    ),
    AnewObstacle.UNCLEAR: (
        "記録された経過だけでは、領収日順の消込を計算できません。届いた順に消し込んであります。個人の収納"
        "状況で確かめてください。"
    ),
}
ANSWER_WORDS = {
    ReceiptCaseAnswer.REVERSE: "不納欠損を取り消して消し込む",
    ReceiptCaseAnswer.IN_ERROR: "不納欠損のまま、誤納金とする",
    ReceiptCaseAnswer.UNDO: "充当を取り消し、領収日の順に充て直す",
    ReceiptCaseAnswer.ANEW: "いま動かせる金額で、領収日の順に充て直す",
    ReceiptCaseAnswer.KEEP: "このままとする",
    ReceiptCaseAnswer.SENT_BACK: "組戻し",
}
STATES = {"open": ("未処理", "bad"), "proposed": ("決裁待ち", "warn"), "decided": ("決裁済", "good")}


class ReceiptCaseAnswerForm(PaymentReasonForm):
    """What becomes of a case, and why."""

    answer = forms.ChoiceField(label="処理", widget=forms.RadioSelect)
    field_order = ("answer", "reason")

    def __init__(self, obstacle: AnewObstacle, *args: object, **more: object) -> None:
        """Offer what can become of such a case."""
        super().__init__(*args, **more)  # type: ignore[arg-type] # what a form takes
        choices = [(answer.value, ANSWER_WORDS[answer]) for answer in ANSWERS[obstacle]]
        self.fields["answer"].choices = choices  # type: ignore[attr-defined] # it is a ChoiceField


def count_waiting(connection: psycopg.Connection) -> int:
    """Count cases that wait for a proposal or a decision."""
    return count_open_cases(connection, profile().code)


@staff_action("payment.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the cases that wait, oldest first."""
    with use_case_connection() as connection:
        found = cases.list_cases(connection, profile().code)
    note(request, rows=len(found))
    rows = [(one, OBSTACLES[AnewObstacle(one.obstacle)], *STATES[one.state]) for one in found]
    shown = shown_list(request, columns.ORDERS, rows)
    return given_out(request, shown) or render(request, "ledger/payments/orders.html", {"shown": shown})


@staff_action("payment.view")
@require_safe
def one(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Show a case: what would be by the order of receipt, what is, what has left."""
    try:
        with use_case_connection() as connection:
            case = cases.load_case(connection, case_id)
            shown = _findings_in_words(connection, case)
    except KofuError as error:
        refuse(request, error)
        return HttpResponseRedirect(reverse("payments:orders"))
    concerns(request, case.addressee_number)
    return render(
        request,
        "ledger/payments/order.html",
        {
            "case": case,
            "tax": wording.taxes()[case.tax],
            "obstacle": OBSTACLES[AnewObstacle(case.obstacle)],
            "explained": EXPLAINED[AnewObstacle(case.obstacle)],
            "answer": ANSWER_WORDS[ReceiptCaseAnswer(case.answer)] if case.answer else "",
            "state": STATES[case.state],
            "own": case.proposed_by == actor(request).login,
            "form": ReceiptCaseAnswerForm(AnewObstacle(case.obstacle)),
            **shown,
        },
    )


@staff_action("payment.correct")
@require_http_methods(["POST"])
def propose(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Propose what becomes of a case."""
    try:
        with use_case_connection() as connection:
            case = cases.load_case(connection, case_id)
            form = ReceiptCaseAnswerForm(AnewObstacle(case.obstacle), request.POST)
            if not form.is_valid():
                messages.error(request, "処理を選び、理由を入力してください。")
                return HttpResponseRedirect(reverse("payments:order", args=[case_id]))
            given = form.cleaned_data
            cases.propose(
                connection,
                case_id,
                ReceiptCaseAnswer(given["answer"]),
                reason=given["reason"],
                acting=acting_for(request),
            )
    except KofuError as error:
        refuse(request, error)
    else:
        messages.success(request, "起案しました。別の人が決裁します。")
    return HttpResponseRedirect(reverse("payments:order", args=[case_id]))


@staff_action("payment.approve")
@require_POST
def decide(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Approve what was proposed, or give it back."""
    try:
        with use_case_connection() as connection:
            if request.POST.get("decision") == "approve":
                cases.approve(connection, case_id, rules=rules(connection), acting=acting_for(request))
                messages.success(request, "決裁しました。仕訳を追加しました。")
            else:
                cases.decline(connection, case_id, acting=acting_for(request))
                messages.success(request, "差し戻しました。")
    except KofuError as error:
        refuse(request, error)
        return HttpResponseRedirect(reverse("payments:order", args=[case_id]))
    return HttpResponseRedirect(reverse("payments:orders"))


def _findings_in_words(connection: psycopg.Connection, case: ReceiptCase) -> dict[str, object]:
    """Put what was found into words: claims by their number, payments by their day."""
    found = case.found
    ids = {claim.claim_id for claim in found.claims} | {money.claim_id for money in found.left}
    names = {
        claim.claim_id: f"{claim.notice.notice_number}-{claim.installment}" for claim in claims_by_id(connection, ids)
    }
    received = payments_received(connection, profile().code, [line.payment_id for line in found.left])
    days = {one.payment_id: one.received_on for one in received}
    return {
        "claims": [(names[line.claim_id], line) for line in found.claims],
        "left": [(names[line.claim_id], days[line.payment_id], line.amount) for line in found.left],
    }
