"""Many refunds at once: chosen in a list, proposed, approved, printed in the order of the post, recorded as sent."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import psycopg
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.errors import KofuError
from kofu.ledger.letters.letter_batches import BatchKind, print_batch
from kofu.ledger.letters.web.letters import FAULTS as LETTER_FAULTS
from kofu.ledger.letters.web.letters import LetterPrintForm, batches_of, file_of, work_of
from kofu.ledger.overpayments.batches import COMMON_GROUNDS, DoneTogether, approve_all, notify_all, propose_all
from kofu.ledger.overpayments.domain.grounds import ReductionGround
from kofu.ledger.overpayments.papers import refund_envelopes
from kofu.ledger.overpayments.read import cases, owed_back
from kofu.ledger.overpayments.web.words import FAULTS, GROUND_WORDS
from kofu.ledger.screens.acting import acting_for, rules
from kofu.staff.actions import staff_action
from kofu.staff.paging import cut
from kofu.staff.work import concerns, note, profile, use_case_connection, visit_of

EACH_ALONE = ""
ROWS = 500  # what one person looks through and one file of letters holds; the others are on the next pages
BATCH_FAULTS = {
    **FAULTS,
    "nothing_chosen": "一件も選ばれていません。",
    "too_many_chosen": "一度に選べる件数を超えています。",
    "ground_needed": "過納があります。減額になったわけを一件ずつ確かめて起案してください。",
    "not_printed": "通知書がまだ印刷されていません。",
    "no_such_case": "該当する事案がありません。",
}


class GroundForm(forms.Form):
    """Why every 減額 among those chosen came about."""

    ground = forms.ChoiceField(
        label="過納のある方の、減額になったわけ",
        choices=[
            (EACH_ALONE, "一件ずつ確かめる（過納のある方は、まとめて起案しない）"),
            *((one.value, f"選んだ全員：{GROUND_WORDS[one.value]}") for one in COMMON_GROUNDS),
        ],
        required=False,
    )


@staff_action("overpayment.view")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show who and what can be chosen, step by step."""
    with use_case_connection() as connection:
        code = profile().code
        people_page, people = cut(request, owed_back(connection, code), rows=ROWS, name="people")
        proposed_page, proposed = cut(request, cases(connection, code, ("proposed",)), rows=ROWS, name="proposed")
        approved_page, approved = cut(request, cases(connection, code, ("approved",)), rows=ROWS, name="approved")
        printed = batches_of(connection, BatchKind.REFUND, "")
    note(request, people=len(people), cases=len(proposed) + len(approved))
    batch_id = uuid4()
    return render(
        request,
        "ledger/refund/batch.html",
        {
            "people": people,
            "proposed": proposed,
            "approved": approved,
            "people_page": people_page,
            "proposed_page": proposed_page,
            "approved_page": approved_page,
            "ground_form": GroundForm(),
            "print_form": LetterPrintForm(initial={"batch_id": batch_id}),
            "next_batch": batch_id,
            "batches": printed,
        },
    )


@staff_action("overpayment.propose")
@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """Propose for everybody chosen."""
    form = GroundForm(request.POST)
    ground = ReductionGround(form.cleaned_data["ground"]) if form.is_valid() and form.cleaned_data["ground"] else None

    def do(connection: psycopg.Connection) -> DoneTogether:
        return propose_all(
            connection,
            profile().code,
            request.POST.getlist("chosen"),
            ground=ground,
            rules=rules(connection),
            acting_for=lambda number: acting_for(request, number),
        )

    return _together(request, do, "を起案しました")


@staff_action("overpayment.approve")
@require_POST
def approve(request: HttpRequest) -> HttpResponse:
    """Approve everything chosen that another person proposed."""

    def do(connection: psycopg.Connection) -> DoneTogether:
        return approve_all(
            connection,
            profile().code,
            _case_ids(request),
            rules=rules(connection),
            acting_for=lambda number: acting_for(request, number),
        )

    return _together(request, do, "を決裁しました")


@staff_action("notice.print")
@require_POST
def notify(request: HttpRequest) -> HttpResponse:
    """Print the papers of what was chosen, or record that they went out."""
    if "print" in request.POST:
        return _print(request)

    def do(connection: psycopg.Connection) -> DoneTogether:
        return notify_all(
            connection, profile().code, _case_ids(request), acting_for=lambda number: acting_for(request, number)
        )

    return _together(request, do, "の通知書の送付を記録しました")


def _print(request: HttpRequest) -> HttpResponse:
    form = LetterPrintForm(request.POST)
    if not form.is_valid():
        return HttpResponseRedirect(reverse("refund:batch"))
    try:
        with use_case_connection() as connection, use_case_connection() as watch:
            work = work_of(request, connection, watch, form)
            envelopes = refund_envelopes(connection, _case_ids(request), work=work)
            batch = print_batch(
                connection, form.cleaned_data["batch_id"], BatchKind.REFUND, envelopes, subject="", work=work
            )
    except KofuError as error:
        visit_of(request).result = "refused"
        note(request, code=error.code)
        messages.error(request, LETTER_FAULTS.get(error.code, error.message))
        return HttpResponseRedirect(reverse("refund:batch"))
    return file_of(request, batch, "refund-notices")


def _case_ids(request: HttpRequest) -> list[UUID]:
    """Read what was chosen; what is no number of a case is nobody's."""
    found = []
    for text in request.POST.getlist("chosen"):
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _together(request: HttpRequest, do: Callable[[psycopg.Connection], DoneTogether], said: str) -> HttpResponse:
    try:
        with use_case_connection() as connection:
            came = do(connection)
    except KofuError as error:
        messages.error(request, BATCH_FAULTS.get(error.code, error.message))
        return HttpResponseRedirect(reverse("refund:batch"))
    for number in came.numbers:
        concerns(request, number)
    note(request, done=came.done, left=len(came.not_done))
    if came.done:
        messages.success(request, f"{came.done:,} 件{said}。還付の合計 {came.total:,} 円。")
    for one in came.not_done:
        words = BATCH_FAULTS.get(one.why, f"処理できませんでした（{one.why}）。")
        messages.warning(request, f"{one.reference}：{words}")
    return HttpResponseRedirect(reverse("refund:batch"))
