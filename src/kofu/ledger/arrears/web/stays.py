"""差押・交付要求・猶予・執行停止 that go on: the list of them, and their end with its day and reason."""

from __future__ import annotations

import psycopg
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kofu.core.calendar import day_in_japan
from kofu.core.errors import KofuError
from kofu.ledger.arrears import decide_claims
from kofu.ledger.arrears.domain.events import StayEvent
from kofu.ledger.arrears.dunning import Stay, end_event, ends_by_decision, stay
from kofu.ledger.arrears.read_stays import EventSubject, event_subject, lasting_events
from kofu.ledger.arrears.web import columns
from kofu.ledger.arrears.web.words import FAULTS, HAPPENINGS
from kofu.ledger.books.domain.prescription import Happening
from kofu.ledger.books.quotes import quotes_of
from kofu.ledger.screens.acting import acting_for, rules
from kofu.staff.actions import staff_action
from kofu.staff.fields import DayField
from kofu.staff.lists import given_out, shown_list
from kofu.staff.work import concerns, note, profile, use_case_connection

#: How what lasts can end: (code, words). What is withdrawn renews no 時効 (民法148条).
ENDINGS = {
    Happening.SEIZED: (("over", "換価・配当の終了"), ("withdrawn", "解除（取下げを含む）")),
    Happening.PARTICIPATED: (("over", "相手方の手続の終了"), ("withdrawn", "解除（取下げを含む）")),
    Happening.GRACE: (("over", "猶予の取消・終了"),),
    Happening.SUSPENDED: (("over", "執行停止の取消"),),
    Happening.OBJECTED: (("over", "裁決・取下げ"),),
}


class StayEndForm(forms.Form):
    """How, when and why it ended."""

    how = forms.ChoiceField(label="終わり方", widget=forms.RadioSelect)
    on = DayField(label="終わりの日（取消の決裁日）")
    fact_on = DayField(
        label="取消の基因となる事実の日",
        required=False,
        help_text="猶予・執行停止を取り消すとき。この日から延滞金は免除されません（法15条の9第1項ただし書）。",
    )
    reason = forms.CharField(label="理由・根拠の書類", max_length=100)

    def __init__(self, data: object, happening: Happening) -> None:
        """Offer the ends this kind of event can have."""
        super().__init__(data, initial={"how": ENDINGS[happening][0][0]})  # type: ignore[arg-type] # Django's QueryDict
        if happening not in {Happening.GRACE, Happening.SUSPENDED}:
            del self.fields["fact_on"]
        self.fields["how"].choices = ENDINGS[happening]  # type: ignore[attr-defined] # a ChoiceField


@staff_action("writeoff.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List what goes on, the earliest first."""
    today = day_in_japan(timezone.now())
    with use_case_connection() as connection:
        shown = shown_list(request, columns.STAYS, lasting_events(connection, profile().code, today))
        if given := given_out(request, shown):
            return given
        quotes = quotes_of(connection, {row.claim_id for row in shown.rows}, today, rules(connection))
    note(request, rows=len(shown.rows))
    rows = [(row, HAPPENINGS[Happening(row.happening)], quotes[row.claim_id]) for row in shown.rows]
    return render(request, "ledger/arrears/stays.html", {"rows": rows, "shown": shown})


@staff_action("writeoff.propose")
def end(request: HttpRequest, event_id: int) -> HttpResponse:
    """Put the end of what lasts on record, or propose it where two people decide."""
    with use_case_connection() as connection:
        found, subject = _found(connection, event_id)
    concerns(request, subject.addressee_number)
    form = StayEndForm(request.POST if request.method == "POST" else None, found.happening)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        withdrawn = given["how"] == "withdrawn"
        decided = ends_by_decision(found.happening, withdrawn=withdrawn)
        try:
            with use_case_connection() as connection:
                if decided:
                    decide_claims.propose_end(
                        connection,
                        event_id,
                        on=given["on"],
                        withdrawn=withdrawn,
                        fact_on=given.get("fact_on"),
                        reason=given["reason"],
                        acting=acting_for(request, subject.addressee_number),
                    )
                else:
                    stay(
                        connection,
                        event_id,
                        on=given["on"],
                        today=day_in_japan(timezone.now()),
                        event=StayEvent.NOTE_END,
                    )
                    end_event(
                        connection,
                        event_id,
                        on=given["on"],
                        withdrawn=False,
                        reason=given["reason"],
                        acting=acting_for(request, subject.addressee_number),
                    )
        except KofuError as error:
            form.add_error("on", FAULTS.get(error.code, error.message))
        else:
            messages.success(request, "起案しました。別の決裁者の決裁を待ちます。" if decided else "記録しました。")
            return HttpResponseRedirect(reverse("arrears:stays"))
    return render(
        request,
        "ledger/arrears/end.html",
        {"stay": found, "name": HAPPENINGS[found.happening], "subject": subject, "form": form},
        status=422 if form.errors else 200,
    )


def _found(connection: psycopg.Connection, event_id: int) -> tuple[Stay, EventSubject]:
    """Give the event and whom it is about; 404 where it is not of this municipality or has ended."""
    subject = event_subject(connection, profile().code, event_id)
    if subject is None:
        raise Http404("no such event")
    try:
        return stay(connection, event_id, on=subject.on, today=subject.on, event=StayEvent.NOTE_END), subject
    except KofuError as error:
        raise Http404("the event has ended") from error
