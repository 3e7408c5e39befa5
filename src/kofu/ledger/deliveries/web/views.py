"""④⑨ パンチ委託: bundles are entered and numbered, slips saved; the keyed files come back to their delivery."""

from __future__ import annotations

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
from kofu.core.errors import KofuError, OperatorFault
from kofu.ledger.deliveries import deliveries
from kofu.ledger.deliveries.deliveries import Bundle, DeliveryKind, StoredDelivery
from kofu.ledger.deliveries.domain.states import DELIVERY_LIFE, DeliveryEvent
from kofu.ledger.formats.problems import FileRefused
from kofu.ledger.keyed.codecs.punched import slips_layout
from kofu.ledger.overpayments import files
from kofu.ledger.overpayments.web.files import tell_outcome
from kofu.ledger.payments import batches
from kofu.ledger.payments.files import Keying, kind_of, reader_for
from kofu.ledger.payments.web.booking import BookingDayField, day_fault, open_now
from kofu.ledger.payments.web.words import fault_words
from kofu.ledger.profile.layouts import layouts_of
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.screens.acting import acting_for, rules
from kofu.ledger.screens.file_words import CODEC_PROBLEMS
from kofu.staff.actions import staff_action, takes_files
from kofu.staff.body_limits import FILE_NAME_MAX
from kofu.staff.fields import NumberField
from kofu.staff.lists import ColumnKind, ListColumn, ListSpec, given_out
from kofu.staff.stored_lists import StoredList
from kofu.staff.work import note, profile, use_case_connection

KINDS = {DeliveryKind.PAYMENTS: "納付済通知書", DeliveryKind.CLAIMS: "還付請求書"}
_KIND_WORDS = {kind.value: words for kind, words in KINDS.items()}
ENDED: ListSpec[deliveries.StoredDelivery] = ListSpec(
    "page",
    "戻った送付・打ち切った送付",
    (
        ListColumn("送付番号", lambda one: one.number, ColumnKind.NUMBER, stored="number"),
        ListColumn("種類", lambda one: _KIND_WORDS[one.kind], ColumnKind.CHOICE, stored="kind", words=_KIND_WORDS),
        ListColumn("送付日", lambda one: one.sent_on, ColumnKind.DAY, stored="sent_on"),
        ListColumn("枚数", lambda one: one.papers, ColumnKind.NUMBER, stored="papers"),
        ListColumn("金額", lambda one: one.total, ColumnKind.YEN, summed=True, stored="total"),
        ListColumn("受付", lambda one: one.source or f"打切り　{one.given_up}"),
    ),
)
ROWS = 8
FILE_BYTES_MAX = 50 * 1024 * 1024
FAULTS = {
    "no_bundles": "束を一つ以上入力してください。",
    "bundle_wrong": "枚数は1以上、金額は0以上で入力してください。",
    "delivery_unknown": "この送付はありません。",
    "delivery_state": "この送付は、すでに受け付けたか、打ち切られています。",
    "reason_needed": "理由を入力してください。",
}


class BundleForm(forms.Form):
    """One bundle; a line left empty is none."""

    count = NumberField(label="枚数", min_value=1, max_value=9_999, required=False)
    total = NumberField(label="金額（円）", min_value=0, max_value=999_999_999_999, required=False)
    origin = forms.CharField(label="どこの束か", max_length=60, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for count and sum together."""
        given: dict[str, Any] = super().clean() or {}
        if (given.get("count") is None) != (given.get("total") is None) and not self.errors:
            raise forms.ValidationError("枚数と金額は、両方を入力してください。")
        return given


class KindForm(forms.Form):
    """What the papers are."""

    kind = forms.ChoiceField(
        label="種類", choices=[(kind.value, words) for kind, words in KINDS.items()], widget=forms.RadioSelect
    )


class ReturnForm(forms.Form):
    """What the contractor keyed: twice."""

    first = forms.FileField(max_length=FILE_NAME_MAX, label="第1打鍵のファイル")
    second = forms.FileField(max_length=FILE_NAME_MAX, label="第2打鍵のファイル")
    booked_on = BookingDayField(required=False, help_text="納付済通知書のとき。")


class GiveUpForm(forms.Form):
    """Why a delivery is not awaited any more."""

    reason = forms.CharField(label="打ち切る理由", max_length=200)


Bundles = forms.formset_factory(BundleForm, extra=ROWS, max_num=deliveries.BUNDLES_MAX)


def count_waiting(connection: psycopg.Connection) -> int:
    """Count deliveries that have not come back."""
    return deliveries.count_awaited(connection, profile().code)


@staff_action("entry.export")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List deliveries; enter the bundles of a new one."""
    return _list(request, KindForm(), Bundles())


def _list(request: HttpRequest, kind: KindForm, bundles: Any) -> HttpResponse:
    with use_case_connection() as connection:
        waiting = deliveries.waiting_deliveries(connection, profile().code)
        ended = StoredList(request, ENDED, deliveries.ENDED, connection, {"code": profile().code})
    if given := given_out(request, ended):
        return given
    today = day_in_japan(timezone.now())
    wrong = bool(kind.errors or (bundles.is_bound and (bundles.total_error_count() or bundles.non_form_errors())))
    return render(
        request,
        "ledger/deliveries/list.html",
        {
            "waiting": [(one, KINDS[DeliveryKind(one.kind)], (today - one.sent_on).days) for one in waiting],
            "ended": ended,
            "ended_rows": [(one, KINDS[DeliveryKind(one.kind)]) for one in ended.rows],
            "kind_form": kind,
            "bundles": bundles,
        },
        status=422 if wrong else 200,
    )


@staff_action("entry.export")
@require_POST
def make(request: HttpRequest) -> HttpResponse:
    """Give the bundles numbers and write their slips."""
    kind, bundles = KindForm(request.POST), Bundles(request.POST)
    if not (kind.is_valid() and bundles.is_valid()):
        return _list(request, kind, bundles)
    given = [
        Bundle(form.cleaned_data["count"], form.cleaned_data["total"], form.cleaned_data["origin"])
        for form in bundles
        if form.cleaned_data.get("count") is not None
    ]
    try:
        with use_case_connection() as connection:
            made = deliveries.make_delivery(
                connection,
                profile().code,
                DeliveryKind(kind.cleaned_data["kind"]),
                given,
                slips_layout(layouts_of(profile())),
                answers=ledger_profile(profile().code).answer_rules,
                acting=acting_for(request),
            )
    except KofuError as error:
        kind.add_error(None, FAULTS.get(error.code, error.message))
        return _list(request, kind, bundles)
    note(request, rows=len(given))
    messages.success(request, f"{len(given)} 束に番号を付け、バッチ票を作りました。")
    return HttpResponseRedirect(reverse("deliveries:one", args=[made]))


@staff_action("entry.export")
@require_safe
def one(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Show a delivery: its bundles to be printed, its slips to be saved, and the way back."""
    return _one(request, delivery_id, ReturnForm())


def _one(
    request: HttpRequest,
    delivery_id: UUID,
    form: ReturnForm,
    faults: tuple[tuple[str, str, str], ...] = (),
    give_up_form: GiveUpForm | None = None,
) -> HttpResponse:
    found, _ = _found(delivery_id)
    with use_case_connection() as connection:
        bundles = deliveries.bundles_of(connection, delivery_id)
    return render(
        request,
        "ledger/deliveries/one.html",
        {
            "delivery": found,
            "kind": KINDS[DeliveryKind(found.kind)],
            "bundles": bundles,
            "form": form,
            "faults": faults,
            "may_come": DELIVERY_LIFE.allows(found.state, DeliveryEvent.COME),
            "may_give_up": DELIVERY_LIFE.allows(found.state, DeliveryEvent.GIVE_UP),
            "give_up_form": give_up_form or GiveUpForm(),
        },
        status=422 if form.errors or faults or (give_up_form and give_up_form.errors) else 200,
    )


@staff_action("entry.export")
@require_POST
def slips(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Hand out the file of the slips."""
    found, content = _found(delivery_id)
    note(request, file=found.name)
    response = HttpResponse(content, content_type="text/csv")
    response["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return response


@staff_action("entry.import")
@require_POST
def give_up(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Await a delivery no more, with the reason."""
    form = GiveUpForm(request.POST)
    if form.is_valid():
        try:
            with use_case_connection() as connection:
                deliveries.give_up(
                    connection,
                    profile().code,
                    delivery_id,
                    reason=form.cleaned_data["reason"],
                    acting=acting_for(request),
                )
        except KofuError as error:
            messages.error(request, FAULTS.get(error.code, error.message))
        else:
            messages.success(request, "打ち切りました。あとで戻ったときは、この画面で受け付けられます。")
        return HttpResponseRedirect(reverse("deliveries:one", args=[delivery_id]))
    return _one(request, delivery_id, ReturnForm(), give_up_form=form)


@takes_files(2 * FILE_BYTES_MAX)
@staff_action("entry.import")
@require_POST
def take_back(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Take the keyed files of a delivery in, judged by the slips that went out."""
    found, content = _found(delivery_id)
    form = ReturnForm(request.POST, request.FILES)
    if not form.is_valid():
        return _one(request, delivery_id, form)
    first, second = form.cleaned_data["first"], form.cleaned_data["second"]
    try:
        with use_case_connection() as connection:
            event = DeliveryEvent.COME if found.kind == DeliveryKind.PAYMENTS else DeliveryEvent.TAKE
            deliveries.require(connection, profile().code, delivery_id, event)
            if found.kind == DeliveryKind.PAYMENTS:
                return _payments(request, connection, found, content, form)
            result = files.register_claims(
                connection,
                profile().code,
                files.KeyedClaims(first.name, first.read(), second.read(), content, delivery_id),
                layouts_of(profile()),
                rules=rules(connection),
                acting=acting_for(request),
            )
    except FileRefused as refused:
        faults = tuple(
            (str(one.record or ""), one.field, CODEC_PROBLEMS.get(one.reason, "")) for one in refused.problems
        )
        return _one(request, delivery_id, form, faults)
    except KofuError as error:
        return _not_taken(request, delivery_id, form, error)
    note(request, rows=result.count, total=result.total, bad_rows=len(result.faults))
    tell_outcome(request, result)
    return HttpResponseRedirect(reverse("refund:file", args=[result.file_id]))


def _not_taken(request: HttpRequest, delivery_id: UUID, form: ReturnForm, error: KofuError) -> HttpResponse:
    if error.code in FAULTS:  # nothing is awaited, so the page has no form to say it at
        messages.error(request, FAULTS[error.code])
        return HttpResponseRedirect(reverse("deliveries:one", args=[delivery_id]))
    form.add_error(None, day_fault(error) or fault_words(error.code, error.message))
    return _one(request, delivery_id, form)


def _payments(
    request: HttpRequest, connection: psycopg.Connection, found: StoredDelivery, content: bytes, form: ReturnForm
) -> HttpResponse:
    kind = kind_of("keyed")
    first, second = form.cleaned_data["first"], form.cleaned_data["second"]
    today = day_in_japan(timezone.now())
    keying = Keying(second.read(), content)
    batch = batches.receive(
        connection,
        municipality_code=profile().code,
        channel=kind.channel,
        kind=kind.code,
        name=first.name,
        content=first.read(),
        booked_on=form.cleaned_data["booked_on"] or open_now()[0],
        read=reader_for(
            kind,
            layouts_of(profile()),
            name=first.name,
            processed_on=today,
            keying=keying,
        ),
        acting=acting_for(request),
        keyed=keying.beside,
    )
    deliveries.came_as(connection, found.id, batch.id)
    note(request, rows=batch.rows, bad_rows=batch.bad_rows)
    return HttpResponseRedirect(reverse("payments:one", args=[batch.id]))


def _found(delivery_id: UUID) -> tuple[StoredDelivery, bytes]:
    try:
        with use_case_connection() as connection:
            return deliveries.slips_of(connection, profile().code, delivery_id)
    except OperatorFault as error:
        raise Http404("no such delivery") from error
