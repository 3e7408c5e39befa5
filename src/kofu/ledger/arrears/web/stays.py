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
from kofu.ledger.arrears.dunning import END_PROPOSED, LASTING, LASTS_PAST, Stay, end_event, ends_by_decision, stay
from kofu.ledger.arrears.web.words import FAULTS, HAPPENINGS
from kofu.ledger.books.domain.prescription import Happening
from kofu.ledger.books.quotes import quotes_of
from kofu.ledger.screens.acting import acting_for, rules
from kofu.staff.actions import staff_action
from kofu.staff.fields import DayField
from kofu.staff.paging import cut
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
        rows = connection.execute(
            'SELECT event.id, happening, event."on", event.reason, claim.id, notice_number, installment, taxpayer.id,'
            f" taxpayer.name, claim_balance.due, {END_PROPOSED}, event.until"
            " FROM arrears_event AS event JOIN claim ON claim.id = event.claim_id"
            " JOIN claim_balance ON claim_balance.claim_id = claim.id JOIN notice ON notice.id = claim.notice_id"
            " JOIN taxpayer USING (municipality_code, addressee_number)"
            f" WHERE notice.municipality_code = %(code)s AND happening = ANY(%(lasting)s) AND {LASTS_PAST}"
            ' ORDER BY event."on", event.id',
            {"code": profile().code, "lasting": list(LASTING), "day": today},
        ).fetchall()
        page, rows = cut(request, rows)
        quotes = quotes_of(connection, {row[4] for row in rows}, today, rules(connection))
    note(request, rows=len(rows))
    shown = [(row, HAPPENINGS[Happening(row[1])], quotes[row[4]]) for row in rows]
    return render(request, "ledger/arrears/stays.html", {"rows": shown, "page": page})


@staff_action("writeoff.propose")
def end(request: HttpRequest, event_id: int) -> HttpResponse:
    """Put the end of what lasts on record, or propose it where two people decide."""
    with use_case_connection() as connection:
        found, row = _found(connection, event_id)
    concerns(request, row[2])
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
                        acting=acting_for(request, row[2]),
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
                        acting=acting_for(request, row[2]),
                    )
        except KofuError as error:
            form.add_error("on", FAULTS.get(error.code, error.message))
        else:
            messages.success(request, "起案しました。別の決裁者の決裁を待ちます。" if decided else "記録しました。")
            return HttpResponseRedirect(reverse("arrears:stays"))
    return render(
        request,
        "ledger/arrears/end.html",
        {"stay": found, "name": HAPPENINGS[found.happening], "row": row, "form": form},
        status=422 if form.errors else 200,
    )


def _found(connection: psycopg.Connection, event_id: int) -> tuple[Stay, tuple[object, str, str, str, str]]:
    """Give the event with (person id, name, 宛名番号, 通知書番号, 期別); 404 where it is not of this municipality."""
    row = connection.execute(
        "SELECT taxpayer.id, taxpayer.name, taxpayer.addressee_number, notice_number, installment, event.on"
        " FROM arrears_event AS event JOIN claim ON claim.id = event.claim_id JOIN notice ON notice.id = notice_id"
        " JOIN taxpayer USING (municipality_code, addressee_number) WHERE event.id = %s AND municipality_code = %s",
        [event_id, profile().code],
    ).fetchone()
    if row is None:
        raise Http404("no such event")
    try:
        found = stay(connection, event_id, on=row[5], today=row[5], event=StayEvent.NOTE_END)
    except KofuError as error:
        raise Http404("the event has ended") from error
    return found, row[:5]
