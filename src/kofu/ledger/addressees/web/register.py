"""住登外の登録: a person or corporation the ward's register does not have; who may be the same is shown first."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from kofu.core.errors import KofuError
from kofu.core.numbers import is_corporate_number
from kofu.ledger.addressees import addressees
from kofu.ledger.addressees.addressees import Facts
from kofu.ledger.people.find import find_people
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for
from kofu.staff.actions import staff_action
from kofu.staff.fields import BirthdayField, CodeField
from kofu.staff.work import concerns, profile, use_case_connection

FAULTS = {"reason_needed": "理由を入力してください。", "name_missing": "氏名・名称を入力してください。"}


class UnregisteredForm(forms.Form):
    """What is known of a person outside the register."""

    name = forms.CharField(label="氏名・名称", max_length=120)
    kana = forms.CharField(label="フリガナ", max_length=120, required=False)
    birthday = BirthdayField(label="生年月日", required=False, help_text="個人だけ。例 S55.4.1、1980-04-01")
    corporate_number = CodeField(
        label="法人番号", regex=r"^[0-9]+$", max_length=13, required=False, help_text="法人のとき。13けた。"
    )
    postal_code = CodeField(label="郵便番号", regex=r"^[0-9]{7}$", joined=True, required=False, help_text="7けた。")
    address = forms.CharField(label="住所・所在地", max_length=200)
    reason = forms.CharField(label="登録の理由", max_length=100, help_text="例 軽自動車の所有者")
    different = forms.BooleanField(label="似ている方とは別の方です", required=False)

    def clean_corporate_number(self) -> str:
        """Refuse a number whose check digit does not fit."""
        number: str = self.cleaned_data["corporate_number"].strip()
        if number and not is_corporate_number(number):
            raise forms.ValidationError("法人番号の検査用数字が合いません。番号を確かめてください。")
        return number

    def facts(self) -> Facts:
        """Give what was entered."""
        names = ("name", "kana", "birthday", "corporate_number", "postal_code", "address")
        given: dict[str, Any] = {name: self.cleaned_data[name].strip() for name in names}
        return Facts(**given)


@staff_action("addressee.register")
def page(request: HttpRequest) -> HttpResponse:
    """Register a person; where somebody may be the same, ask once more."""
    form = UnregisteredForm(request.POST or None)
    similar = []
    if request.method == "POST" and form.is_valid():
        facts = form.facts()
        rules = ledger_profile(profile().code).addressees
        try:
            with use_case_connection() as connection:
                similar = addressees.similar_to(connection, profile().code, facts)
                if not similar or form.cleaned_data["different"]:
                    number = addressees.register_unregistered(
                        connection,
                        profile().code,
                        facts,
                        prefix=rules.unregistered_prefix,
                        digits=rules.digits,
                        reason=form.cleaned_data["reason"],
                        acting=acting_for(request),
                    )
                    concerns(request, number)
                    made = next(one for one in find_people(connection, profile().code, number))
                    messages.success(request, f"宛名番号 {number} で登録しました。")
                    return HttpResponseRedirect(reverse("person:page", args=[made.id]))
        except KofuError as error:
            form.add_error(None, FAULTS.get(error.code, error.message))
        for one in similar:
            concerns(request, one.addressee_number)
    return render(
        request,
        "ledger/addressees/register.html",
        {"form": form, "similar": [(one, wording.STATUSES.get(one.status, "")) for one in similar]},
        status=422 if form.errors else 200,
    )
