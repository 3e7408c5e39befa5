"""緊急閲覧: asked for persons by 宛名番号, granted and its report read by 係長."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.as_written import plain
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import REASON_LENGTH_MAX, same_person
from kofu.ledger.people.find import whole_person
from kofu.ledger.screens.found import found_on
from kofu.staff import emergency
from kofu.staff.actions import staff_action
from kofu.staff.domain.emergency_access import MINUTES_MAX, PERSONS_MAX, EmergencyEvent, EmergencyState
from kofu.staff.emergency import NamedPerson
from kofu.staff.fault_words import LAPSED
from kofu.staff.fields import NumberField
from kofu.staff.models import EmergencyAccess, EmergencyPerson
from kofu.staff.permissions import PERMISSIONS
from kofu.staff.work import (
    actor,
    concerns_all,
    note,
    profile,
    pseudonym_of,
    reading_connection,
    use_case_connection,
)

SYSTEM = "ledger"
SHOWN = 50
SCREENS = {
    "person:page": "個人の収納状況",
    "person:claim": "期別の経過",
    "person:payment": "収納の明細",
}
FAULTS = {
    "reason_needed": "理由を記入してください。",
    "persons_wrong": f"宛名番号を１から{PERSONS_MAX}人まで記入してください。",
    "minutes_wrong": f"１分から{MINUTES_MAX}分までです。",
    "second_person_needed": "申請した人は許可・確認できません。",
    "proposal_lapsed": LAPSED,
    "emergency_state": "この緊急閲覧は、既に決まっています。",
    "not_over_yet": "時間が終わってから確認します。",
    "report_outside": "この間の操作の記録の一部がデータベースの外にあります。戻してから確認してください。",
}


class AskForm(forms.Form):
    """Whose data, why, for how long."""

    people_fields = ("numbers",)

    numbers = forms.CharField(
        label="宛名番号",
        max_length=200,
        help_text=f"{PERSONS_MAX}人まで、空白で区切ります。名指しの人だけを見られます。",
    )
    reason = forms.CharField(
        label="理由", max_length=REASON_LENGTH_MAX, help_text="障害の番号と、見なければ直せない訳。"
    )
    minutes = NumberField(label="時間（分）", min_value=1, max_value=MINUTES_MAX, initial=60)


@staff_action("emergency.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the emergency accesses: one's own, or all of them for who watches over them."""
    return _list(request, AskForm())


def _list(request: HttpRequest, form: AskForm) -> HttpResponse:
    every = EmergencyAccess.objects.all()
    if not _watches(request):
        every = every.filter(holder=actor(request).login)
    return render(
        request,
        "ledger/person/emergency.html",
        {"accesses": every[:SHOWN], "form": form},
        status=422 if form.errors else 200,
    )


def _watches(request: HttpRequest) -> bool:
    """Whether who looks may see the accesses of others: 係長 and the auditor."""
    role = actor(request).role
    return any(PERMISSIONS.allows(role, code, SYSTEM) for code in ("emergency.grant", "audit.view"))


@staff_action("emergency.ask")
@require_POST
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for the data of named persons."""
    form = AskForm(request.POST)
    if form.is_valid():
        numbers = [plain(one) for one in form.cleaned_data["numbers"].split()]
        concerns_all(request, numbers)  # whether somebody is there is told: who tries numbers is on record with them
        persons = _named(numbers)
        if persons is None:
            form.add_error("numbers", "この宛名番号の人はいません。番号を確かめてください。")
        else:
            try:
                access = emergency.ask(
                    actor(request), persons, reason=form.cleaned_data["reason"], minutes=form.cleaned_data["minutes"]
                )
            except OperatorFault as error:
                form.add_error(None, FAULTS[error.code])
            else:
                messages.success(request, "申請しました。係長の許可を待ちます。")
                return HttpResponseRedirect(reverse("person:emergency-one", args=[access.pk]))
    return _list(request, form)


def _named(numbers: list[str]) -> list[NamedPerson] | None:
    """Give the persons of the numbers; None where one of them is nobody's."""
    persons = []
    with use_case_connection() as connection:
        for number in dict.fromkeys(numbers):
            found = whole_person(connection, profile().code, number)
            if found is None:
                return None
            persons.append(NamedPerson(str(found.id), pseudonym_of(found.addressee_number) or ""))
    return persons


@staff_action("emergency.view")
@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """Show an access: to its holder the way to the persons, to 係長 who they are and what was looked at."""
    access = get_object_or_404(EmergencyAccess, pk=number)
    own = same_person(access.holder, actor(request).login)
    if not own and not _watches(request):
        return HttpResponseRedirect(reverse("person:emergency"))
    named = list(EmergencyPerson.objects.filter(access=access).order_by("pk"))
    may_grant = not own and PERMISSIONS.allows(actor(request).role, "emergency.grant", SYSTEM)
    place = {person.pseudonym: place for place, person in enumerate(named, 1)}
    with reading_connection() as connection:
        people = [(person, found_on(connection, person.person_id) if may_grant else None) for person in named]
        since = access.decided_at or access.asked_at
        reads = emergency.reads_under(connection, number, since)
        outside = emergency.months_outside(connection, since, access.ends_at or since)
    note(request, access=number)
    return render(
        request,
        "ledger/person/emergency_one.html",
        {
            "access": access,
            "people": people,
            "own": own,
            "live": access.state == EmergencyState.GRANTED and not access.is_over,
            "asked": access.state == EmergencyState.ASKED,
            "to_report": access.state == EmergencyState.GRANTED and access.is_over,
            "may_grant": may_grant,
            "outside": outside,
            "system": SYSTEM,
            "reads": [(one.read_at, SCREENS.get(one.screen, "画面"), place.get(one.pseudonym)) for one in reads],
        },
    )


@staff_action("emergency.grant")
@require_POST
def grant(request: HttpRequest, number: int) -> HttpResponse:
    """Grant an access from now on."""
    return _done(request, number, EmergencyEvent.GRANT, "許可しました。時間が来ると、ひとりでに終わります。")


@staff_action("emergency.grant")
@require_POST
def refuse(request: HttpRequest, number: int) -> HttpResponse:
    """Refuse an access."""
    return _done(request, number, EmergencyEvent.REFUSE, "不許可としました。")


@staff_action("emergency.grant")
@require_POST
def report(request: HttpRequest, number: int) -> HttpResponse:
    """Put on record that the report was read."""
    return _done(request, number, EmergencyEvent.REPORT, "報告を確認しました。")


def _done(request: HttpRequest, number: int, event: EmergencyEvent, said: str) -> HttpResponse:
    try:
        if event is EmergencyEvent.REPORT:
            emergency.take_report(actor(request), number)
        else:
            emergency.decide(actor(request), number, event)
    except OperatorFault as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, said)
    return HttpResponseRedirect(reverse("person:emergency-one", args=[number]))
