"""区外在住者の照会 of one person: history, a look-up, what it says beside what is known, taking it over."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.contracts.registry import LookedUp, LookUp, PersonOutside, Sex
from kofu.core.errors import KofuError, PeerFault
from kofu.ledger.addressees import addressees
from kofu.ledger.addressees.addressees import Facts
from kofu.ledger.addressees.domain.addressees import Source
from kofu.ledger.addressees.look_up import look_up
from kofu.ledger.people import numbers as people_numbers
from kofu.ledger.people.find import FoundPerson
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for
from kofu.ledger.screens.found import record_or_404
from kofu.staff.actions import staff_action
from kofu.staff.fields import BirthdayField, CodeField
from kofu.staff.permissions import PERMISSIONS
from kofu.staff.templatetags.staff import birthday
from kofu.staff.work import actor, note, profile, use_case_connection

SOURCES = {
    Source.FIRST: "登録時",
    Source.LOOK_UP: "住基ネット照会",
    Source.DECLARED: "届出・申出",
    Source.ENTERED: "住登外登録",
}
OUTSIDE_STATUSES = {"resident": "moved_out", "dead": "dead"}  # who lives elsewhere is no resident of the ward
FAULTS = {
    "says_too_little": "住民票コード、または氏名と（生年月日か住所）を入力してください。",
    "registry_silent": "照会先が応答しません。時間をおいて照会してください。何も変わっていません。",
    "nothing_changed": "登録されている内容と同じです。",
    "reason_needed": "理由を入力してください。",
}
SEXES = (("", "指定しない"), (Sex.MALE.value, "男"), (Sex.FEMALE.value, "女"))


class LookUpForm(forms.Form):
    """What a person outside the ward is looked for by, and what for."""

    purpose = forms.ChoiceField(
        label="照会の目的", choices=[(purpose.code, purpose.label) for purpose in PERMISSIONS.purposes]
    )
    resident_code = CodeField(label="住民票コード", regex=r"^[0-9]{11}$", required=False, help_text="11けた。")
    name = forms.CharField(label="氏名", max_length=120, required=False, help_text="姓と名の間は空白のまま。")
    birthday = BirthdayField(label="生年月日", required=False, help_text="例 S55.4.1、1980-04-01")
    address = forms.CharField(label="住所（前から一致）", max_length=200, required=False)
    sex = forms.ChoiceField(label="性別", choices=SEXES, required=False)

    def question(self, request: HttpRequest) -> LookUp:
        """Give the question as the registry takes it, under a new random id."""
        given = {name: self.cleaned_data[name] or None for name in ("resident_code", "name", "birthday", "address")}
        who = actor(request)
        return LookUp(
            look_up_id=secrets.token_hex(16),
            clerk=who.login,
            office=who.office,
            purpose=self.cleaned_data["purpose"],
            sex=Sex(self.cleaned_data["sex"]) if self.cleaned_data["sex"] else None,
            **given,
        )


class AcceptForm(forms.Form):
    """Taking over what the network says: the person is asked for once more by 住民票コード."""

    resident_code = CodeField(regex=r"^[0-9]{11}$", widget=forms.HiddenInput())
    purpose = forms.CharField(max_length=40, widget=forms.HiddenInput())
    reason = forms.CharField(label="登録の理由", max_length=100)


@staff_action("addressee.look_up", person="person_id")
@require_safe
def page(request: HttpRequest, person_id: str) -> HttpResponse:
    """Show the history, and the form filled with what is known."""
    found = record_or_404(person_id)
    form = LookUpForm(initial={"name": found.name, "birthday": found.birthday})
    return _page(request, found, form)


@staff_action("addressee.look_up", person="person_id")
@require_POST
def find(request: HttpRequest, person_id: str) -> HttpResponse:
    """Ask, and show the answer beside what is known. The words travel in the body: they are personal data."""
    found = record_or_404(person_id)
    form = LookUpForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form)
    try:
        answer = look_up(form.question(request))
    except PeerFault as fault:
        form.add_error(None, FAULTS.get(fault.code, "照会が受け付けられませんでした。入力を確かめてください。"))
        return _page(request, found, form)
    note(request, found=answer.count)
    return _page(request, found, form, answer)


@staff_action("addressee.look_up", person="person_id")
@require_POST
def accept(request: HttpRequest, person_id: str) -> HttpResponse:
    """Take over what the network says now, with the reason; what stood before stays in the history."""
    found = record_or_404(person_id)
    form = AcceptForm(request.POST)
    if not form.is_valid():
        messages.error(request, FAULTS["reason_needed"])
        return HttpResponseRedirect(reverse("addressees:person", args=[person_id]))
    who = actor(request)
    question = LookUp(
        look_up_id=secrets.token_hex(16),
        clerk=who.login,
        office=who.office,
        purpose=form.cleaned_data["purpose"],
        resident_code=form.cleaned_data["resident_code"],
    )
    try:
        person = look_up(question).person
        if person is None:
            raise PeerFault("registry_silent", "the person just named is not there any more")
        with use_case_connection() as connection:
            addressees.change(
                connection,
                profile().code,
                found.addressee_number,
                facts_of(person),
                source=Source.LOOK_UP,
                reason=form.cleaned_data["reason"],
                look_up_id=question.look_up_id,
                acting=acting_for(request, found.addressee_number),
            )
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, "照会の結果を宛名に登録しました。前の内容は履歴に残ります。")
    return HttpResponseRedirect(reverse("addressees:person", args=[person_id]))


def facts_of(person: PersonOutside) -> Facts:
    """Give what the network says as the ledger keeps it."""
    return Facts(
        name=person.name,
        kana=person.kana,
        birthday=person.birthday,
        postal_code=person.postal_code,
        address=person.address,
        status=OUTSIDE_STATUSES.get(person.status, "moved_out"),
        status_date=person.status_date,
        resident_code=person.resident_code,
    )


def _page(request: HttpRequest, found: FoundPerson, form: LookUpForm, answer: LookedUp | None = None) -> HttpResponse:
    with use_case_connection() as connection:
        versions = addressees.versions_of(connection, profile().code, found.addressee_number)
        numbers = people_numbers.numbers_of(connection, profile().code, found.addressee_number)
    person = answer.person if answer else None
    compared: list[dict[str, Any]] = []
    if person is not None:
        said = facts_of(person)
        compared = [
            {"label": label, "known": known, "said": new, "differs": known != new}
            for label, known, new in (
                ("氏名", found.name, said.name),
                ("フリガナ", found.kana, said.kana),
                ("生年月日", birthday(found.birthday), birthday(said.birthday)),
                ("住所", found.address, said.address),
                ("区分", wording.STATUSES.get(found.status, ""), wording.STATUSES.get(said.status, "")),
            )
        ]
    return render(
        request,
        "ledger/addressees/person.html",
        {
            "person": found,
            "versions": [(one, SOURCES[Source(one.source)], wording.STATUSES.get(one.status, "")) for one in versions],
            "others": [number for number in numbers if number != found.addressee_number],
            "survivor": numbers[0],
            "form": form,
            "answer": answer,
            "compared": compared,
            "accept_form": AcceptForm(
                initial={"resident_code": person.resident_code, "purpose": form.cleaned_data["purpose"]}
            )
            if person is not None
            else None,
        },
        status=422 if form.errors else 200,
    )
