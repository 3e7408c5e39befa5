"""時効・不納欠損: claims the law has ended, each with its steps, and the decision to write them off."""

from __future__ import annotations

from collections.abc import Sequence
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
from kofu.core.wareki import format_date
from kofu.ledger.arrears import decide_claims
from kofu.ledger.arrears import reverse_write_off as reversals
from kofu.ledger.arrears.domain.events import LAWS, NOT_ENTERED
from kofu.ledger.arrears.domain.proposals import DecisionKind
from kofu.ledger.arrears.domain.write_off import REASON_OF, WORDS, WriteOffReason
from kofu.ledger.arrears.dunning import seized_early, stays
from kofu.ledger.arrears.events import OnRecord, on_record, record_event
from kofu.ledger.arrears.proposal_basis import EventEnd, WrongRecords
from kofu.ledger.arrears.read_decisions import (
    WaitingDecision,
    claim_standing,
    claims_perhaps_ended,
    count_waiting_decisions,
    waiting_decisions,
)
from kofu.ledger.arrears.web import columns
from kofu.ledger.arrears.web.reversal import ReversalForm
from kofu.ledger.arrears.web.words import EARLY_SEIZURE, FAULTS, GROUNDS, HAPPENINGS, KINDS
from kofu.ledger.books.claim_terms import extinctions
from kofu.ledger.books.domain.prescription import (
    DeferralGround,
    Extinction,
    Happening,
    PrescriptionEvent,
    seizable_from,
)
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for
from kofu.staff.actions import staff_action
from kofu.staff.fields import DayField, NumberField
from kofu.staff.lists import given_out, shown_list
from kofu.staff.paging import cut
from kofu.staff.work import actor, concerns, note, profile, use_case_connection


class WriteOffForm(forms.Form):
    """Why."""

    reason = forms.ChoiceField(
        label="不納欠損の事由",
        choices=[(reason.value, WORDS[reason]) for reason in WriteOffReason],
        widget=forms.RadioSelect,
    )


class EventForm(forms.Form):
    """What bears on 時効."""

    happening = forms.ChoiceField(
        label="出来事",
        choices=[(one.value, words) for one, words in HAPPENINGS.items() if one not in NOT_ENTERED],
        help_text="差押・猶予・執行停止・即時消滅・延長などは、別の決裁者の決裁を経て記録されます。",
    )
    on = DayField(label="その日")
    until = DayField(
        label="終わりの日",
        required=False,
        help_text="続いているときは空のまま。猶予は猶予期間の終わりの日（一年以内）、期限の延長は延長後の納期限。",
    )
    ground = forms.ChoiceField(
        label="猶予の根拠",
        choices=[("", "（猶予のとき選ぶ）"), *GROUNDS],
        required=False,
        help_text="免除される延滞金の割合が決まります。",
    )
    reason = forms.CharField(label="理由・根拠の書類", max_length=100)

    def clean(self) -> dict[str, Any]:
        """Refuse an end before the beginning, a 猶予 without its ground or end, and an extension without its day."""
        cleaned: dict[str, Any] = super().clean() or {}
        if (cleaned.get("happening") == Happening.GRACE) != bool(cleaned.get("ground")):
            self.add_error("ground", "猶予のときに限り、根拠を選んでください。")
        if cleaned.get("happening") == Happening.GRACE and not cleaned.get("until"):
            self.add_error("until", FAULTS["grace_end_not_said"])
        if cleaned.get("happening") == Happening.EXTENDED and not cleaned.get("until"):
            self.add_error("until", "延長後の納期限を入れてください。")
        if cleaned.get("until") and cleaned.get("on") and cleaned["until"] < cleaned["on"]:
            self.add_error("until", "その日より前になっています。")
        return cleaned


class WaiverForm(forms.Form):
    """How much 延滞金 is waived, and why."""

    amount = NumberField(label="減免する額（円）", min_value=1)
    reason = forms.CharField(label="減免の理由", max_length=100)


def count_waiting(connection: psycopg.Connection) -> int:
    """Count proposals that wait for approval."""
    return count_waiting_decisions(connection, profile().code)


@staff_action("writeoff.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List what has ended and is still in the books, and the proposals that wait."""
    today = day_in_japan(timezone.now())
    with use_case_connection() as connection:
        claims = claims_perhaps_ended(connection, profile().code, today)
        ends = extinctions(connection, [one.claim_id for one in claims])
        waiting = waiting_decisions(connection, profile().code)
    over = [
        (one, ends[one.claim_id], _cause(ends[one.claim_id])) for one in claims if ends[one.claim_id].is_over(today)
    ]
    shown = shown_list(request, columns.ENDED, over)
    if given := given_out(request, shown):
        return given
    waiting_page, waiting = cut(request, waiting, name="waiting")
    note(request, rows=len(over))
    names = {reason.value: words for reason, words in WORDS.items()}
    return render(
        request,
        "ledger/arrears/ended.html",
        {
            "over": shown,
            "extinguished_words": wording.EXTINGUISHED,
            "waiting_page": waiting_page,
            "waiting": [
                (one, KINDS[one.kind], _ground_in_words(one, names), one.proposed_by == actor(request).login)
                for one in waiting
            ],
        },
    )


@staff_action("writeoff.propose")
def propose(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Show how a claim ended, step by step, and propose to write it off."""
    return _page(request, claim_id)


def _page(
    request: HttpRequest,
    claim_id: int,
    event_form: EventForm | None = None,
    waiver_form: WaiverForm | None = None,
    *,
    reversing: bool = False,
) -> HttpResponse:
    with use_case_connection() as connection:
        row = claim_standing(connection, profile().code, claim_id)
        if row is None:
            raise Http404("no such claim")
        ended = extinctions(connection, [claim_id])[claim_id]
        lasting = stays(connection, [claim_id], today=day_in_japan(timezone.now()))
        recorded = on_record(connection, claim_id)
    concerns(request, row.addressee_number)
    match = request.resolver_match
    writing = request.method == "POST" and match is not None and match.url_name == "write-off"
    form = WriteOffForm(request.POST if writing else None, initial={"reason": REASON_OF[ended.cause].value})
    if writing and form.is_valid():
        try:
            with use_case_connection() as connection:
                decide_claims.propose_write_off(
                    connection,
                    claim_id,
                    WriteOffReason(form.cleaned_data["reason"]),
                    acting=acting_for(request, row.addressee_number),
                )
        except KofuError as error:
            form.add_error("reason", FAULTS.get(error.code, error.message))
        else:
            messages.success(request, "起案しました。別の決裁者の決裁を待ちます。")
            return HttpResponseRedirect(reverse("arrears:ended"))
    reversal_form = ReversalForm(request.POST if reversing else None, records=_records(recorded))
    if reversing and reversal_form.is_valid():
        try:
            with use_case_connection() as connection:
                reversals.propose(
                    connection,
                    claim_id,
                    reason=reversal_form.cleaned_data["reason"],
                    wrong_records=reversal_form.cleaned_data["wrong"],
                    acting=acting_for(request, row.addressee_number),
                )
        except KofuError as error:
            reversal_form.add_error("reason", FAULTS.get(error.code, error.message))
        else:
            messages.success(request, "不納欠損の取消を起案しました。別の決裁者の決裁を待ちます。")
            return HttpResponseRedirect(reverse("arrears:ended"))
    steps = [
        (
            HAPPENINGS[step.event.happening],
            step,
            seizable_from(step.event.on) if step.event.happening is Happening.DUNNED else None,
        )
        for step in ended.steps
    ]
    return render(
        request,
        "ledger/arrears/write_off.html",
        {
            "claim": row,
            "claim_id": claim_id,
            "ended": ended,
            "cause": _cause(ended),
            "steps": steps,
            "recorded": [(one, HAPPENINGS[one.event.happening]) for one in recorded],
            "lasting": [(one, HAPPENINGS[one.happening]) for one in lasting],
            "form": form,
            "event_form": event_form or EventForm(),
            "waiver_form": waiver_form or WaiverForm(),
            "over": ended.is_over(day_in_japan(timezone.now())),
            "owing": bool(row.due or row.interest_due),
            "written_off": bool(row.written_off or row.interest_written_off),
            "reversal_form": reversal_form,
        },
        status=422 if any(_wrong(one) for one in (form, event_form, waiver_form, reversal_form)) else 200,
    )


@staff_action("writeoff.propose")
@require_POST
def reverse_write_off(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Propose to reverse the 不納欠損 of a claim, with the records it rested on that were wrong."""
    return _page(request, claim_id, reversing=True)


def _records(recorded: Sequence[OnRecord]) -> list[tuple[int, str]]:
    return [
        (one.event_id, f"{HAPPENINGS[one.event.happening]}　{format_date(one.event.on)}　{one.reason}")
        for one in recorded
    ]


@staff_action("writeoff.propose")
@require_POST
def add_event(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Put on record what bears on 時効 of a claim."""
    form = EventForm(request.POST)
    if not form.is_valid():
        return _page(request, claim_id, event_form=form)
    given = form.cleaned_data
    ground = DeferralGround(given["ground"]) if given["ground"] else None
    event = PrescriptionEvent(Happening(given["happening"]), given["on"], given["until"], ground=ground)
    try:
        with use_case_connection() as connection:
            decided = LAWS[event.happening].two_people
            put = decide_claims.propose_event if decided else record_event
            put(connection, claim_id, event, reason=given["reason"], acting=acting_for(request))
            early = event.happening is Happening.SEIZED and seized_early(connection, claim_id, event.on)
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, "起案しました。別の決裁者の決裁を待ちます。" if decided else "記録しました。")
        if early:
            messages.warning(request, EARLY_SEIZURE)
    return HttpResponseRedirect(reverse("arrears:write-off", args=[claim_id]))


class TakeBackForm(forms.Form):
    """Why a record was wrong."""

    reason = forms.CharField(max_length=100)


@staff_action("writeoff.propose")
@require_POST
def take_back(request: HttpRequest, claim_id: int, event_id: int) -> HttpResponse:
    """Propose to take back a record made in error."""
    form = TakeBackForm(request.POST)
    try:
        with use_case_connection() as connection:
            decide_claims.propose_take_back(
                connection,
                event_id,
                reason=form.data.get("reason", "") if form.is_valid() else "",
                acting=acting_for(request),
            )
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, "記録の取消を起案しました。別の決裁者の決裁を待ちます。")
    return HttpResponseRedirect(reverse("arrears:write-off", args=[claim_id]))


@staff_action("waiver.propose")
@require_POST
def waive(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Propose to waive 延滞金 of a claim."""
    form = WaiverForm(request.POST)
    if form.is_valid():
        try:
            with use_case_connection() as connection:
                decide_claims.propose_waiver(
                    connection,
                    claim_id,
                    form.cleaned_data["amount"],
                    reason=form.cleaned_data["reason"],
                    acting=acting_for(request),
                )
        except KofuError as error:
            form.add_error("amount", FAULTS.get(error.code, error.message))
        else:
            messages.success(request, "起案しました。別の決裁者の決裁を待ちます。")
            return HttpResponseRedirect(reverse("arrears:ended"))
    return _page(request, claim_id, waiver_form=form)


def _wrong(form: forms.Form | None) -> bool:
    return form is not None and bool(form.errors)


@staff_action("writeoff.approve")
@require_POST
def decide(request: HttpRequest, decision_id: UUID) -> HttpResponse:
    """Approve a proposal, or send it back."""
    try:
        with use_case_connection() as connection:
            if request.POST.get("answer") == "decline":
                decide_claims.decline(connection, decision_id, acting=acting_for(request))
                messages.success(request, "差し戻しました。")
            else:
                amount = decide_claims.approve(connection, decision_id, acting=acting_for(request))
                messages.success(request, f"決裁しました。{amount:,} 円。" if amount else "決裁し、記録しました。")
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    return HttpResponseRedirect(reverse("arrears:ended"))


def _ground_in_words(one: WaitingDecision, names: dict[str, str]) -> str:
    """Give the ground of a proposal in words; of an end, with its day."""
    reason: str = names.get(one.reason, one.reason)
    match one.basis:
        case EventEnd(on=on):
            return f"{reason}（{format_date(on)}に終わり）"
        case PrescriptionEvent(happening=happening, on=on, until=until):
            to = f"〜{format_date(until)}" if until else ""
            return f"{HAPPENINGS[happening]}　{format_date(on)}{to}　{reason}"
        case WrongRecords(records) if records:
            wrong = "、".join(f"{HAPPENINGS[record.what]}　{format_date(record.on)}" for record in records)
            if one.kind is DecisionKind.TAKE_BACK:
                return f"{wrong}の記録を取り消す　{reason}"
            return f"{reason}（誤りの記録も取り消す：{wrong}）"
        case _:
            return reason


def _cause(ended: Extinction) -> str:
    return WORDS[REASON_OF[ended.cause]]
