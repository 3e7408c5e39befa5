"""月次点検: what stands out in a closed month of the record, and the words of the two who looked into it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from http import HTTPStatus

import psycopg
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.calendar import JST, day_in_japan
from kofu.core.errors import OperatorFault
from kofu.platform.settings import archive_dir
from kofu.staff import month_review
from kofu.staff.actions import staff_action
from kofu.staff.domain.month_review import (
    WORDS_LENGTH_MAX,
    ReviewResult,
    ReviewWord,
    clearing_words,
    is_doubted,
    is_reviewed,
    lapsed_words,
)
from kofu.staff.domain.patterns import PatternFinding
from kofu.staff.fields import ADDRESSEE_NUMBER, CodeField
from kofu.staff.known_people import people_of_system
from kofu.staff.models import LOGIN_LENGTH_MAX, StaffAccount
from kofu.staff.work import actor, concerns_all, lane, note, profile, pseudonym_of, use_case_connection

FAULTS = {
    "month_open": "終わった月だけ署名できます。",
    "second_person_needed": "同じ人は二度署名できません。別の職員が署名してください。",
    "auditor_needed": "二人のうち一人は監査担当です。監査担当が署名してください。",
    "reason_needed": "確かめたことを記入してください。",
    "no_segment": "この月の記録の保管ファイルがこの機器にありません。戻すまで点検も署名もできません。",
    "bad_segment": "この月の記録の保管ファイルが壊れています。控えを戻すまで点検も署名もできません。",
    "month_expired": "この月の記録は７年を過ぎて消去されました。点検も署名もできません。",
}


class ReviewForm(forms.Form):
    """What one of the two says."""

    result = forms.ChoiceField(
        label="点検の結果", choices=[(one.value, one.label) for one in ReviewResult], widget=forms.RadioSelect
    )
    words = forms.CharField(
        label="確かめたこと",
        max_length=WORDS_LENGTH_MAX,
        widget=forms.Textarea({"rows": 3}),
        help_text="一覧の兆候をどう確かめたか。氏名や宛名番号は書かないでください。",
    )


class WatchForm(forms.Form):
    """Whom the review watches."""

    people_fields = ("number",)

    number = CodeField(f"^{ADDRESSEE_NUMBER}$", label="宛名番号")
    login = forms.CharField(
        label="ログインID",
        required=False,
        max_length=LOGIN_LENGTH_MAX,
        help_text="職員本人・家族・同居の方のときに、その職員のもの。空欄のときは全職員の照会を点検します。",
    )
    reason = forms.CharField(label="理由", max_length=100, help_text="氏名は書かないでください。")


def _today() -> date:
    return day_in_japan(datetime.now(JST))


@staff_action("audit.review")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the closed months, the newest first, with who signed."""
    with use_case_connection() as connection:
        words = month_review.words_of(connection)
        months = month_review.closed_months(connection, _today())[::-1]
    rows = [
        (month, given, is_reviewed(given), clearing_words(given), is_doubted(given))
        for month, given in ((month, words.get(month, [])) for month in months)
    ]
    return render(request, "staff/reviews.html", {"rows": rows, "watch": WatchForm()})


@staff_action("audit.review")
@require_safe
def one(request: HttpRequest, month: str) -> HttpResponse:
    """Show what stands out in a month, and the words of those who signed."""
    return _page(request, month, ReviewForm())


def _findings(connection: psycopg.Connection, month: str) -> list[PatternFinding]:
    names = {
        account.login: account.display_name.replace("　", " ").partition(" ")[0]
        for account in StaffAccount.objects.all()
    }
    people = month_review.people_to_watch(connection, profile().code, names, people_of_system(), pseudonym_of)
    archive = archive_dir(settings.KOFU_SYSTEM)
    return month_review.findings_of_month(connection, archive, month, profile().audit.limits, people)


def _page(request: HttpRequest, month: str, form: ReviewForm) -> HttpResponse:
    with use_case_connection() as connection:
        if month not in month_review.closed_months(connection, _today()):
            raise Http404("no closed month of the record")
        words = month_review.words_of(connection).get(month, [])
        try:
            found, unread = _findings(connection, month), ""
        except OperatorFault as error:
            found, unread = [], FAULTS.get(error.code, error.code)
    note(request, month=month, findings=len(found))
    return render(
        request,
        "staff/review.html",
        {
            "month": month,
            "findings": found,
            "words": words,
            "reviewed": is_reviewed(words),
            "unread": unread,
            "doubted": is_doubted(words),
            "lapsed": lapsed_words(words),
            "may_sign": not unread,
            "form": form,
        },
        status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
    )


@staff_action("audit.review.sign")
@require_POST
def sign(request: HttpRequest, month: str) -> HttpResponse:
    """Sign a month as one of two."""
    form, who = ReviewForm(request.POST), actor(request)
    if not form.is_valid():
        return _page(request, month, form)
    try:
        with use_case_connection() as connection:
            word = ReviewWord(
                by=who.login,
                role=who.role,
                at=datetime.now(UTC),
                result=ReviewResult(form.cleaned_data["result"]),
                words=form.cleaned_data["words"],
                findings=len(_findings(connection, month)),
            )
            done = month_review.sign_month(
                connection, month, word, today=_today(), lane=lane("work"), office=who.office
            )
    except OperatorFault as error:
        form.add_error(None, FAULTS.get(error.code, error.code))
        return _page(request, month, form)
    messages.success(
        request,
        "二人の確認が済みました。"
        if done
        else "署名しました。二人（うち一人は監査担当）の確認がそろうと点検が終わります。",
    )
    return HttpResponseRedirect(reverse("staff:review", args=[month]))


@staff_action("audit.watch")
@require_POST
def watch(request: HttpRequest) -> HttpResponse:
    """Watch a person from now on; only the pseudonym is kept."""
    form = WatchForm(request.POST)
    if not form.is_valid():
        messages.error(request, "宛名番号と理由を記入してください。")
        return HttpResponseRedirect(reverse("staff:reviews"))
    given, code = form.cleaned_data, profile().code
    with use_case_connection() as connection:
        if people_of_system().knows(connection, code, given["number"]) is False:
            messages.error(request, "この宛名番号の方は、このシステムにいません。番号を確かめてください。")
            return HttpResponseRedirect(reverse("staff:reviews"))
        numbers = people_of_system().numbers(connection, code, given["number"])
        for number in numbers:
            if (pseudonym := pseudonym_of(number)) is not None:
                by, login = actor(request).login, given["login"]
                month_review.watch(connection, pseudonym, login=login, reason=given["reason"], by=by)
    concerns_all(request, numbers)
    messages.success(request, "点検の対象に加えました。仮名だけが残ります。")
    return HttpResponseRedirect(reverse("staff:reviews"))
