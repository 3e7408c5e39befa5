"""The day's requests: a list with counts, and one request's way through the states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from kofu.core.calendar import day_in_japan
from kofu.core.kinds import CertificateKind
from kofu.core.reference_number import shown_reference
from kofu.issuing.acting.who_acts import system_clock
from kofu.issuing.cases.domain.kinds import CaseKind
from kofu.issuing.requests import read_journal as read
from kofu.issuing.requests.behind_requests import people_of_requests
from kofu.issuing.requests.domain.states import RequestState
from kofu.issuing.requests.domain.technical import REFUSAL_CODES
from kofu.issuing.requests.journal_store import read_copies, read_request
from kofu.issuing.requests.read_journal import RequestLine
from kofu.issuing.web.named_request import request_named
from kofu.issuing.web.wording import CASE_KINDS, STATES, StateWord, kind_label, refusal_text
from kofu.staff.actions import staff_action
from kofu.staff.fields import DayField
from kofu.staff.lists import ColumnKind, ListColumn, ListSpec, given_out
from kofu.staff.stored_lists import StoredList
from kofu.staff.work import concerns, concerns_all, note, profile, use_case_connection

ROWS = 200
PERIOD_MAX = timedelta(days=366)
#: Every reason of refusal: its code and the true words for it, which only staff read; in the order of the words.
REASONS = sorted(((code, refusal_text(code)) for code in REFUSAL_CODES), key=lambda reason: reason[1])


class RequestSearchForm(forms.Form):
    """Which days, and which requests of them; or the one a 受付番号 names."""

    day = DayField(label="受付日", required=False)
    until = DayField(label="受付日（まで）", required=False)
    kind = forms.ChoiceField(label="証明書", required=False)
    state = forms.ChoiceField(
        label="状態",
        required=False,
        choices=[("", "すべて"), *((state.value, word.label) for state, word in STATES.items())],
    )
    reason = forms.ChoiceField(label="交付しなかった理由", required=False)
    kiosk = forms.CharField(label="端末", required=False, max_length=40)
    reference = forms.CharField(label="受付番号", required=False, max_length=20)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the kinds the municipality issues, and every reason there is."""
        super().__init__(*args, **kwargs)
        kinds = [(kind.value, kind_label(profile(), kind)) for kind in CertificateKind if profile().rules(kind)]
        self.fields["kind"].choices = [("", "すべて"), *kinds]  # type: ignore[attr-defined]  # a choice field
        self.fields["reason"].choices = [("", "すべて"), *REASONS]  # type: ignore[attr-defined]  # a choice field

    def clean(self) -> dict[str, Any]:
        """Refuse a period that ends before it begins, or is longer than a year."""
        cleaned: dict[str, Any] = super().clean() or {}
        first, last = cleaned.get("day"), cleaned.get("until")
        if last and not first:
            self.add_error("day", "いつからかを記入してください。")
        if first and last and not timedelta(0) <= last - first <= PERIOD_MAX:
            self.add_error("until", "受付日以後、1年以内の日を記入してください。")
        return cleaned

    def sought(self, today: date) -> read.RequestSearch:
        """Give what was asked for; today where nothing was, or not readably."""
        asked = self.cleaned_data if self.is_valid() else {}
        first = asked.get("day") or today
        return read.RequestSearch(
            first=first,
            last=asked.get("until") or first,
            state=RequestState(asked["state"]) if asked.get("state") else None,
            kind=asked.get("kind", ""),
            refusal_code=asked.get("reason", ""),
            kiosk_id=asked.get("kiosk", ""),
        )

    def clean_reference(self) -> str:
        """Find the request the number names. A wrong one is told at once."""
        said = str(self.cleaned_data["reference"])
        return request_named(said) if said else ""


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request with the words around it."""

    line: RequestLine
    kind: str
    year: str
    state: StateWord
    reason: str
    reference: str


def _request_row(line: RequestLine) -> RequestRow:
    return RequestRow(
        line=line,
        kind=kind_label(profile(), line.kind),
        year=profile().year_label(line.fiscal_year),
        state=STATES[line.state],
        reason=refusal_text(line.refusal_code),
        reference=shown_reference(line.reference),
    )


LINES: ListSpec[RequestLine] = ListSpec(
    "page",
    "交付状況",
    (
        ListColumn("受付時刻", lambda line: line.received_at, stored="received_at"),
        ListColumn("受付番号", lambda line: shown_reference(line.reference), stored="reference"),
        ListColumn("証明書", lambda line: kind_label(profile(), line.kind), stored="kind"),
        ListColumn("年度", lambda line: profile().year_label(line.fiscal_year), stored="fiscal_year"),
        ListColumn("部数", lambda line: line.copies, ColumnKind.NUMBER, stored="copies"),
        ListColumn("端末", lambda line: line.kiosk_id, stored="kiosk_id"),
        ListColumn("状態", lambda line: STATES[line.state].label, stored="state"),
        ListColumn("手数料（円）", lambda line: line.fee_paid, ColumnKind.YEN, summed=True, stored="fee_paid"),
        ListColumn("理由・調査票", lambda line: refusal_text(line.refusal_code), stored="refusal_code"),
    ),
    rows=ROWS,
)


@staff_action("request.view")
@require_safe
def day(request: HttpRequest) -> HttpResponse:
    """List the requests of days with counts by state and by reason of refusal, or go to the one of a 受付番号."""
    today = day_in_japan(system_clock())
    form = RequestSearchForm(request.GET or None, initial={"day": today})
    if form.is_valid() and (found := form.cleaned_data["reference"]):
        return HttpResponseRedirect(reverse("requests:one", args=[found]))
    sought = form.sought(today)
    code = profile().code
    with use_case_connection() as connection:
        counts = read.counts_by_state(connection, code, sought)
        reasons = read.counts_by_reason(connection, code, sought)
        total = sum(counts.values())
        shown = StoredList(request, LINES, read.REQUESTS, connection, read.values_of(code, sought))
        people = people_of_requests(connection, code, (line.request_id for line in shown.everything))
    concerns_all(request, people)
    if given := given_out(request, shown):
        return given
    note(request, rows=len(shown.rows))
    one_day = sought.first == sought.last
    return render(
        request,
        "issuing/requests/day.html",
        {
            "form": form,
            "day": sought.first,
            "last": sought.last,
            "one_day": one_day,
            "before": sought.first - timedelta(days=1),
            "after": sought.first + timedelta(days=1) if sought.first < today else None,
            "shown": shown,
            "requests": [_request_row(line) for line in shown.rows],
            "counts": [(word, counts.get(state, 0)) for state, word in STATES.items()],
            "total": total,
            "reasons": [(refusal_text(code), count) for code, count in reasons],
        },
    )


@staff_action("request.view")
@require_safe
def one(request: HttpRequest, request_id: str) -> HttpResponse:
    """Show what became of one request: its states, numbers, print results and cases."""
    with use_case_connection() as connection:
        stored = read_request(connection, request_id)
        moments = read.moments_of(connection, request_id)
        if stored is None or moments is None or stored.municipality_code != profile().code:
            raise Http404("no such request")
        copies = read_copies(connection, request_id)
        reports = read.reports_of(connection, request_id)
        cases = read.cases_of(connection, request_id)
    if stored.addressee_number:
        concerns(request, stored.addressee_number)
    return render(
        request,
        "issuing/requests/one.html",
        {
            "stored": stored,
            "reference": shown_reference(stored.reference),
            "moments": moments,
            "kind": kind_label(profile(), stored.kind),
            "year": profile().year_label(stored.fiscal_year),
            "state": STATES[stored.state],
            "reason": refusal_text(stored.refusal_code),
            "public": stored.public_code,
            "again": refusal_text(stored.repeat_code),
            "copies": copies,
            "reports": [(report, STATES[RequestState(report.outcome)].label) for report in reports],
            "cases": [(case_id, CASE_KINDS[CaseKind(kind)], closed) for case_id, kind, closed in cases],
        },
    )
