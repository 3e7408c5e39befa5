"""Screens of contractors: contracts and who works under them, a contract with its roster, proofs of erasure."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.calendar import JST
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import same_person
from kofu.staff import contractors
from kofu.staff.actions import staff_action
from kofu.staff.contractors import CertifiedErasure, ContractTerms, WorkerDetails
from kofu.staff.domain.contractors import EntrustedWork, ErasureWay, ProvedThing, proof_due
from kofu.staff.fault_words import LAPSED
from kofu.staff.fields import DayField
from kofu.staff.models import LOGIN_LENGTH_MAX, NAME_LENGTH_MAX, ErasureProof, RosterWorker, ServiceContract
from kofu.staff.work import actor, note

FAULTS = {
    "days_in_order": "終了日が開始日より前です。",
    "login_form": "ログインIDは英小文字・数字・点・ハイフンです。",
    "not_a_contractors": "区の職員のアカウントです。委託先の作業者のログインIDを入力してください。",
    "second_person_needed": "登録した人・本人は確認できません。別のシステム管理者が確認します。",
    "proposal_lapsed": LAPSED,
    "confirmed_already": "既に確認されています。",
    "later_than_now": "終了日は早めることだけできます。延ばすときは新しい契約・名簿として登録してください。",
    "proved_already": "消去証明は既に登録されています。",
    "not_over_yet": "契約が終わっていません。",
    "erased_later": "まだ来ていない日です。",
    "name_form": f"名称は1文字以上{NAME_LENGTH_MAX}文字までです。",
    "no_such_worker": "この作業者はいません。",
}


class ContractForm(forms.Form):
    """A contract as it was signed."""

    contractor = forms.CharField(label="委託先", max_length=NAME_LENGTH_MAX)
    title = forms.CharField(label="件名", max_length=NAME_LENGTH_MAX)
    work = forms.ChoiceField(label="業務", choices=[(work.value, work.label) for work in EntrustedWork])
    starts_on = DayField(label="契約開始日")
    ends_on = DayField(label="契約終了日")
    responsible = forms.CharField(label="取扱責任者", max_length=NAME_LENGTH_MAX)


class WorkerForm(forms.Form):
    """A line of the roster."""

    name = forms.CharField(label="作業者", max_length=NAME_LENGTH_MAX)
    login = forms.CharField(
        label="ログインID", max_length=LOGIN_LENGTH_MAX, required=False, help_text="アカウントを使う作業者だけ。"
    )
    starts_on = DayField(label="従事開始日")
    ends_on = DayField(label="従事終了日", required=False, help_text="空欄は契約の終わりまで。")
    trained_on = DayField(label="教育の日", required=False)
    pledged_on = DayField(
        label="誓約の日", required=False, help_text="教育と誓約の日がないうちは、アカウントは使えません。"
    )


class LastDayForm(forms.Form):
    """A last day brought forward."""

    last_day = DayField(label="最終日")


class ProofForm(forms.Form):
    """The contractor's certificate of erasure."""

    way = forms.ChoiceField(label="処理", choices=[(way.value, way.label) for way in ErasureWay])
    erased_on = DayField(label="返還・消去の日")
    certificate = forms.CharField(label="消去証明書の番号", max_length=NAME_LENGTH_MAX)
    certified_by = forms.CharField(label="証明者（委託先）", max_length=NAME_LENGTH_MAX)

    def report(self) -> CertifiedErasure:
        """Give what the certificate says."""
        found = self.cleaned_data
        return CertifiedErasure(
            way=ErasureWay(found["way"]),
            erased_on=found["erased_on"],
            certificate=found["certificate"],
            certified_by=found["certified_by"],
        )


@staff_action("contractor.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the contracts, and the certificates of erasure that are awaited."""
    return _list(request, ContractForm())


def _list(request: HttpRequest, form: ContractForm) -> HttpResponse:
    today = datetime.now(JST).date()
    contracts = ServiceContract.objects.select_related("contractor")
    workers = Counter(RosterWorker.objects.values_list("contract_id", flat=True))
    awaited = [(contract, due, due < today) for contract, due in contractors.unproved_contracts(today)]
    return render(
        request,
        "staff/contractors.html",
        {
            "contracts": [(one, one.starts_on <= today <= one.ends_on, workers[one.pk]) for one in contracts],
            "waiting": RosterWorker.objects.filter(confirmed_by="").select_related("contract__contractor"),
            "awaited": awaited,
            "form": form,
        },
        status=422 if form.errors else 200,
    )


@staff_action("contractor.record")
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Record a contract."""
    form = ContractForm(request.POST)
    if form.is_valid():
        found = form.cleaned_data
        terms = ContractTerms(
            title=found["title"],
            work=EntrustedWork(found["work"]),
            starts_on=found["starts_on"],
            ends_on=found["ends_on"],
            responsible=found["responsible"],
        )
        try:
            contract = contractors.add_contract(actor(request), found["contractor"], terms)
        except OperatorFault as error:
            form.add_error("ends_on", FAULTS[error.code])
        else:
            messages.success(request, "契約を登録しました。")
            return HttpResponseRedirect(reverse("staff:contract", args=[contract.pk]))
    return _list(request, form)


@staff_action("contractor.view")
@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """Show a contract with its roster."""
    return _page(request, get_object_or_404(ServiceContract, pk=number))


def _page(request: HttpRequest, contract: ServiceContract, **forms_given: forms.Form) -> HttpResponse:
    note(request, contract=contract.pk)
    today, login = datetime.now(JST).date(), actor(request).login
    workers = RosterWorker.objects.filter(contract=contract).select_related("contract")
    return render(
        request,
        "staff/contract.html",
        {
            "contract": contract,
            "over": contract.ends_on < today,
            "due": proof_due(contract.ends_on),
            "proof": ErasureProof.objects.filter(thing=ProvedThing.CONTRACT, subject=str(contract.pk)).first(),
            "workers": [
                (one, not any(same_person(login, name) for name in (one.recorded_by, one.login))) for one in workers
            ],
            "worker_form": WorkerForm(),
            "end_form": LastDayForm(prefix="end"),
            "proof_form": ProofForm(prefix="proof"),
            **forms_given,
        },
        status=422 if any(form.errors for form in forms_given.values()) else 200,
    )


@staff_action("contractor.record")
@require_POST
def add_worker(request: HttpRequest, number: int) -> HttpResponse:
    """Record a line of the roster."""
    contract = get_object_or_404(ServiceContract, pk=number)
    form = WorkerForm(request.POST)
    if form.is_valid():
        try:
            contractors.add_worker(actor(request), contract, WorkerDetails(**form.cleaned_data))
        except OperatorFault as error:
            form.add_error("ends_on" if error.code == "days_in_order" else "login", FAULTS[error.code])
        else:
            messages.success(request, "名簿に登録しました。別のシステム管理者の確認を待ちます。")
            return HttpResponseRedirect(reverse("staff:contract", args=[number]))
    return _page(request, contract, worker_form=form)


@staff_action("contractor.confirm")
@require_POST
def confirm(request: HttpRequest, number: int) -> HttpResponse:
    """Confirm a line of the roster."""
    line = get_object_or_404(RosterWorker, pk=number)
    try:
        contractors.confirm_worker(actor(request), number)
    except OperatorFault as error:
        messages.error(request, FAULTS[error.code])
    else:
        messages.success(request, "名簿の行を確認しました。")
    return HttpResponseRedirect(reverse("staff:contract", args=[line.contract_id]))


@staff_action("contractor.record")
@require_POST
def end_worker(request: HttpRequest, number: int) -> HttpResponse:
    """Bring the end of a line of the roster forward: the worker's account opens nothing after its last day."""
    line = get_object_or_404(RosterWorker, pk=number)
    form = LastDayForm(request.POST)
    if not form.is_valid():
        messages.error(request, "最終日を入力してください。")
    else:
        try:
            contractors.end_worker(actor(request), number, form.cleaned_data["last_day"])
        except OperatorFault as error:
            messages.error(request, FAULTS[error.code])
        else:
            messages.success(request, "従事の終了日を定めました。")
    return HttpResponseRedirect(reverse("staff:contract", args=[line.contract_id]))


@staff_action("contractor.record")
@require_POST
def end(request: HttpRequest, number: int) -> HttpResponse:
    """Bring the end of a contract forward."""
    contract = get_object_or_404(ServiceContract, pk=number)
    form = LastDayForm(request.POST, prefix="end")
    if form.is_valid():
        try:
            contractors.end_contract(actor(request), number, form.cleaned_data["last_day"])
        except OperatorFault as error:
            form.add_error("last_day", FAULTS[error.code])
        else:
            messages.success(request, "契約の終了日を定めました。")
            return HttpResponseRedirect(reverse("staff:contract", args=[number]))
    return _page(request, contract, end_form=form)


@staff_action("contractor.record")
@require_POST
def prove(request: HttpRequest, number: int) -> HttpResponse:
    """Record the certificate of erasure of a contract."""
    contract = get_object_or_404(ServiceContract, pk=number)
    form = ProofForm(request.POST, prefix="proof")
    if form.is_valid():
        try:
            contractors.record_proof(actor(request), ProvedThing.CONTRACT, str(number), form.report())
        except OperatorFault as error:
            form.add_error("erased_on", FAULTS[error.code])
        else:
            messages.success(request, "消去証明を登録しました。")
            return HttpResponseRedirect(reverse("staff:contract", args=[number]))
    return _page(request, contract, proof_form=form)
