"""Screens of 事故報告: the incidents with what is owed, and one as the form that is printed and handed over."""

from __future__ import annotations

from datetime import date, datetime, time

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.calendar import JST
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import REASON_LENGTH_MAX
from kofu.staff import incidents
from kofu.staff.actions import staff_action
from kofu.staff.domain.incidents import IncidentReportKind
from kofu.staff.fields import DayField, NumberField
from kofu.staff.incidents import IncidentFacts
from kofu.staff.models import NAME_LENGTH_MAX, TEXT_LENGTH_MAX, Incident
from kofu.staff.work import actor, note, profile

CASE_LENGTH_MAX = 64
FAULTS = {
    "known_later": "まだ来ていない日時か、知った日時より前です。",
    "reported_already": "この報告は登録されています。",
}


class TimeOfDayField(forms.TimeField):
    """A time of day as people write it on the form: 9:05."""

    def __init__(self, label: str) -> None:
        """Take hours and minutes."""
        super().__init__(label=label, input_formats=["%H:%M"], help_text="例 9:05", widget=forms.TextInput({"size": 6}))


def _lines(label: str) -> forms.CharField:
    return forms.CharField(label=label, max_length=TEXT_LENGTH_MAX, widget=forms.Textarea({"rows": 3}))


class IncidentForm(forms.Form):
    """What is known of an incident."""

    title = forms.CharField(label="件名", max_length=NAME_LENGTH_MAX)
    case = forms.CharField(label="調査票の番号", max_length=CASE_LENGTH_MAX, required=False)
    day = DayField(label="知った日")
    at = TimeOfDayField("知った時刻")
    wrongful = forms.BooleanField(label="不正の目的によるおそれがある（確報は60日以内）", required=False)
    persons = NumberField(label="本人の数", min_value=0, max_value=99_999_999)
    items = forms.CharField(label="個人データの項目", max_length=REASON_LENGTH_MAX)
    course = _lines("概要・経過")
    cause = _lines("原因")
    measures = _lines("二次被害の防止・再発防止の措置")


class ReportForm(forms.Form):
    """A report that was made."""

    kind = forms.ChoiceField(label="報告", choices=[(kind.value, kind.label) for kind in IncidentReportKind])
    day = DayField(label="報告した日")
    at = TimeOfDayField("報告した時刻")
    how = forms.CharField(label="方法・受付番号", max_length=REASON_LENGTH_MAX)


@staff_action("incident.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the incidents with the reports that are owed; `case`: the 調査票 one comes from."""
    return _list(request, IncidentForm(initial={"case": request.GET.get("case", "")[:CASE_LENGTH_MAX]}))


def _list(request: HttpRequest, form: IncidentForm) -> HttpResponse:
    today = datetime.now(JST).date()
    rows = [(one, incidents.owed_reports(one, today)) for one in Incident.objects.all()]
    return render(request, "staff/incidents.html", {"rows": rows, "form": form}, status=422 if form.errors else 200)


@staff_action("incident.record")
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put an incident on record."""
    form = IncidentForm(request.POST)
    if form.is_valid():
        found = dict(form.cleaned_data)
        known_at = _instant(found.pop("day"), found.pop("at"))
        try:
            incident = incidents.record_incident(actor(request), IncidentFacts(known_at=known_at, **found))
        except OperatorFault as error:
            form.add_error("day", FAULTS[error.code])
        else:
            messages.success(request, "登録しました。印刷して報告に使えます。")
            return HttpResponseRedirect(reverse("staff:incident", args=[incident.pk]))
    return _list(request, form)


@staff_action("incident.view")
@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """Show an incident as the form to be printed."""
    return _page(request, get_object_or_404(Incident, pk=number), ReportForm())


def _page(request: HttpRequest, incident: Incident, form: ReportForm) -> HttpResponse:
    note(request, incident=incident.pk)
    owed = incidents.owed_reports(incident, datetime.now(JST).date())
    return render(
        request,
        "staff/incident.html",
        {
            "incident": incident,
            "owed": owed,
            "open": any(one.made is None for one in owed),
            "form": form,
            "municipality": profile(),
        },
        status=422 if form.errors else 200,
    )


@staff_action("incident.record")
@require_POST
def report(request: HttpRequest, number: int) -> HttpResponse:
    """Put on record that a report was made."""
    incident = get_object_or_404(Incident, pk=number)
    form = ReportForm(request.POST)
    if form.is_valid():
        found = form.cleaned_data
        made_at = _instant(found["day"], found["at"])
        try:
            incidents.record_report(actor(request), incident, IncidentReportKind(found["kind"]), made_at, found["how"])
        except OperatorFault as error:
            form.add_error("kind" if error.code == "reported_already" else "day", FAULTS[error.code])
        else:
            messages.success(request, "報告を登録しました。")
            return HttpResponseRedirect(reverse("staff:incident", args=[number]))
    return _page(request, incident, form)


def _instant(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=JST)
