"""開示: who looked at a person, for the resident who asks; and whom a pseudonym of the record stands for.

Both are rights of their own, and both are on record with the person they were used for.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kofu.core.calendar import JST, day_in_japan
from kofu.staff.actions import staff_action
from kofu.staff.answered_looks import answered_looks
from kofu.staff.fields import ADDRESSEE_NUMBER, AddresseeNumbersField, CodeField, DayField, PseudonymField
from kofu.staff.known_people import KnownPerson, people_of_system
from kofu.staff.models import Office
from kofu.staff.person_record import ENTRIES_MAX, entries_about, every_number, is_named, known_by_any, resolve
from kofu.staff.work import concerns_all, note, profile, pseudonym_of, use_case_connection

DAYS_BACK = 365
NUMBERS_LENGTH_MAX = 200
UNPROCESSABLE = HTTPStatus.UNPROCESSABLE_ENTITY


class PersonRecordForm(forms.Form):
    """Of whom, and of which days."""

    words = forms.CharField(
        label="氏名・フリガナ・宛名番号",
        max_length=60,
        required=False,
        widget=forms.SearchInput({"autocomplete": "off"}),
    )
    more = AddresseeNumbersField(
        label="ほかの宛名番号（統合されているもの）",
        required=False,
        max_length=NUMBERS_LENGTH_MAX,
        widget=forms.TextInput({"autocomplete": "off"}),
        help_text="このシステムは宛名の統合を知りません。税務情報トータルシステムの「本人への開示」の回答にある番号を、"
        "空白で区切ってすべて記入してください。",
    )
    addressee_number = CodeField(f"^{ADDRESSEE_NUMBER}$", required=False, widget=forms.HiddenInput)
    first = DayField(label="この日から", required=False)
    last = DayField(label="この日まで", required=False)
    reference = forms.CharField(
        label="開示請求の番号", max_length=30, required=False, help_text="氏名や宛名番号は書かないでください。"
    )

    def __init__(self, *args: Any, merges: bool, **given: Any) -> None:
        """Ask for further numbers where the system does not know them by itself (`merges`)."""
        super().__init__(*args, **given)
        if merges:
            del self.fields["more"]


@staff_action("audit.person")
def person_record(request: HttpRequest) -> HttpResponse:
    """Find the person, then show everything the record has about them. What is asked travels in the body."""
    today = day_in_japan(datetime.now(JST))
    days = {"first": today - timedelta(days=DAYS_BACK), "last": today}
    people, code = people_of_system(), profile().code
    form = PersonRecordForm(request.POST or None, initial=days, merges=people.merges)
    if request.method != "POST" or not form.is_valid():
        return render(
            request, "staff/person_record.html", {"form": form}, status=UNPROCESSABLE if form.errors else HTTPStatus.OK
        )
    asked = form.cleaned_data
    number = asked["addressee_number"]
    with use_case_connection() as connection:
        if not number:
            found = people.find(connection, code, asked["words"])
            concerns_all(request, asked.get("more", ()))  # the page says them again
            note(request, rows=len(found))
            return render(request, "staff/person_record.html", {"form": form, "found": found, "searched": True})
        numbers = every_number(people, connection, code, [number, *asked.get("more", ())])
        known = next(iter(people.find(connection, code, number)), KnownPerson(addressee_number=number))
        first, last = asked["first"] or days["first"], asked["last"] or days["last"]
        pseudonyms = [one for each in numbers if (one := pseudonym_of(each)) is not None]
        read = entries_about(connection, pseudonyms, first, last)
        gone = known_by_any(people.knows(connection, code, one) for one in numbers) is False
        nobody = gone and not is_named(connection, pseudonyms)
    concerns_all(request, numbers)
    note(request, rows=len(read.entries), reference=asked["reference"])
    if nobody:
        return render(request, "staff/person_record.html", {"form": form, "nobody": number}, status=UNPROCESSABLE)
    return render(
        request,
        "staff/person_record_answer.html",
        {
            "person": known,
            "numbers": numbers,
            "merges": people.merges,
            "first": first,
            "last": last,
            "lines": answered_looks(
                read.entries,
                {office.code: office.name for office in Office.objects.all()},
                own=pseudonyms,
                by_name=profile().audit.staff_by_name,
            ),
            "cut": read.cut,
            "limit": ENTRIES_MAX,
            "elsewhere": read.elsewhere,
            "reference": asked["reference"],
            "today": today,
            "by_name": profile().audit.staff_by_name,
            "system": settings.KOFU_SYSTEM,
            "gone": gone,
        },
    )


class PseudonymForm(forms.Form):
    """Which pseudonym, and why."""

    pseudonym = PseudonymField()
    reason = forms.CharField(label="調べる理由", max_length=100, help_text="氏名や宛名番号は書かないでください。")


@staff_action("audit.resolve")
def resolved(request: HttpRequest) -> HttpResponse:
    """Say whom a pseudonym of the record stands for."""
    form = PseudonymForm(request.POST or None, initial={"pseudonym": request.GET.get("pseudonym", "")})
    found: KnownPerson | None = None
    asked = request.method == "POST" and form.is_valid()
    if asked:
        code, people = profile().code, people_of_system()
        with use_case_connection() as connection:
            everybody = people.everybody(connection, code)
            number = resolve(form.cleaned_data["pseudonym"], ((one, pseudonym_of(one)) for one in everybody))
            if number is not None:
                shown = people.find(connection, code, number)
                found = next(iter(shown), KnownPerson(addressee_number=number))
        note(request, reason=form.cleaned_data["reason"], found=int(found is not None))
    return render(
        request,
        "staff/pseudonym.html",
        {"form": form, "found": found, "asked": asked},
        status=UNPROCESSABLE if form.errors else HTTPStatus.OK,
    )
