"""Cases: the list, one case with its evidence, adding to it, signing it, opening one."""

from __future__ import annotations

import re

import psycopg
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from kofu.certificates.domain.findings import SIGNERS, Signature, standing
from kofu.core.errors import OperatorFault
from kofu.issuing.cases import cases
from kofu.issuing.cases.case_store import StoredCase, list_cases
from kofu.issuing.cases.cases import EVIDENCE_LENGTH_MAX, SUMMARY_LENGTH_MAX, CaseFile
from kofu.issuing.cases.domain.kinds import CaseKind
from kofu.issuing.requests.behind_requests import people_of_cases
from kofu.issuing.web.acting import acting_for
from kofu.issuing.web.named_request import request_named
from kofu.issuing.web.wording import CASE_KINDS, fault_text, finding_fault
from kofu.staff.actions import staff_action
from kofu.staff.fields import CodeField
from kofu.staff.work import actor, concerns_all, note, profile, use_case_connection

NO_NAMES = "氏名・住所・宛名番号は書かないでください。申請番号や発行番号で示します。"


class EvidenceForm(forms.Form):
    """Something that was found out."""

    text = forms.CharField(
        label="判明したこと",
        max_length=EVIDENCE_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=NO_NAMES,
    )


class CaseFindingForm(forms.Form):
    """One person's finding, under their name."""

    finding = forms.CharField(
        label="確認した内容と結果", max_length=EVIDENCE_LENGTH_MAX, widget=forms.Textarea(attrs={"rows": 4})
    )


class NewCaseForm(forms.Form):
    """A case somebody asks us to look at."""

    summary = forms.CharField(
        label="内容", max_length=SUMMARY_LENGTH_MAX, widget=forms.Textarea(attrs={"rows": 3}), help_text=NO_NAMES
    )
    request_id = CodeField(
        label="受付番号",
        regex=r"^[0-9A-Za-z -]{1,40}$",
        required=False,
        help_text="分かる場合。紙や端末の英数字8文字（申請番号でも受け付けます）。",
        error_messages={"invalid": "受付番号は英数字8文字です。"},
    )

    def clean_request_id(self) -> str:
        """Find the request a 受付番号 names, told in groups or not; a 申請番号 is taken as it is."""
        said = str(self.cleaned_data["request_id"])
        return said if not said or re.fullmatch(r"[0-9a-f]{32}", said) else request_named(said)


def count_open(connection: psycopg.Connection) -> int:
    """Count the open cases, for the home page."""
    return len(list_cases(connection, profile().code, only_open=True))


def _own_case(connection: psycopg.Connection, case_id: str) -> CaseFile:
    """Read a case of this municipality; 404 where there is none."""
    try:
        found = cases.show(connection, case_id)
    except OperatorFault as error:
        raise Http404("no such case") from error
    if found.case.municipality_code != profile().code:
        raise Http404("no such case")
    return found


@staff_action("case.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List open cases, oldest first; closed ones too where asked for."""
    everything = request.GET.get("all") == "1"
    with use_case_connection() as connection:
        found: tuple[StoredCase, ...] = list_cases(connection, profile().code, only_open=not everything)
        people = people_of_cases(connection, profile().code, (case.case_id for case in found))
    concerns_all(request, people)
    note(request, rows=len(found))
    lines = [(case, CASE_KINDS[case.kind]) for case in found]
    return render(request, "issuing/cases/list.html", {"cases": lines, "everything": everything})


@staff_action("case.view")
@require_safe
def one(request: HttpRequest, case_id: str) -> HttpResponse:
    """Show everything known about a case."""
    return _page(request, case_id, EvidenceForm(), CaseFindingForm())


def _page(request: HttpRequest, case_id: str, evidence: EvidenceForm, finding: CaseFindingForm) -> HttpResponse:
    with use_case_connection() as connection:
        found = _own_case(connection, case_id)
        people = people_of_cases(connection, profile().code, [case_id])
    concerns_all(request, people)
    note(request, case=case_id)
    by = actor(request).login
    return render(
        request,
        "issuing/cases/one.html",
        {
            "found": found,
            "kind": CASE_KINDS[found.case.kind],
            "evidence_form": evidence,
            "finding_form": finding,
            "signed_by_me": any(signature.by == by for signature in found.signatures),
            "missing": SIGNERS - len(standing(found.signatures)),
        },
        status=422 if evidence.errors or finding.errors else 200,
    )


@staff_action("case.evidence")
def add_evidence(request: HttpRequest, case_id: str) -> HttpResponse:
    """Add what was found."""
    form = EvidenceForm(request.POST or None)
    if not form.is_valid():
        return _page(request, case_id, form, CaseFindingForm())
    with use_case_connection() as connection:
        _own_case(connection, case_id)
        try:
            cases.add_evidence(
                connection, acting_for(request), case_id, by=actor(request).login, text=form.cleaned_data["text"]
            )
        except OperatorFault as error:
            form.add_error(None, fault_text(error))
            return _page(request, case_id, form, CaseFindingForm())
    messages.success(request, "判明したことを加えました。")
    return HttpResponseRedirect(reverse("cases:one", args=[case_id]))


@staff_action("case.sign")
def sign(request: HttpRequest, case_id: str) -> HttpResponse:
    """Sign with a finding; the second person's closes the case."""
    form = CaseFindingForm(request.POST or None)
    if not form.is_valid():
        return _page(request, case_id, EvidenceForm(), form)
    new = Signature(by=actor(request).login, finding=form.cleaned_data["finding"])
    with use_case_connection() as connection:
        problem = finding_fault(_own_case(connection, case_id).signatures, new)
        if problem is None:
            try:
                closed = cases.sign(connection, acting_for(request), case_id, new)
            except OperatorFault as error:
                problem = fault_text(error)
    if problem is not None:
        form.add_error("finding", problem)
        return _page(request, case_id, EvidenceForm(), form)
    messages.success(
        request,
        "二人目の署名により、調査票は完結しました。" if closed else "署名しました。別の職員の署名で完結します。",
    )
    return HttpResponseRedirect(reverse("cases:one", args=[case_id]))


@staff_action("case.open")
def new(request: HttpRequest) -> HttpResponse:
    """Open a case for something the centre, or anybody, asks about (エラー確認)."""
    form = NewCaseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with use_case_connection() as connection, connection.transaction():
            case_id = cases.open_case(
                connection,
                acting_for(request),
                municipality_code=profile().code,
                kind=CaseKind.CENTER_ERROR,
                summary=form.cleaned_data["summary"],
                request_id=form.cleaned_data["request_id"],
                cause="",
            )
        messages.success(request, "調査票を起こしました。")
        return HttpResponseRedirect(reverse("cases:one", args=[case_id]))
    return render(request, "issuing/cases/new.html", {"form": form}, status=422 if form.errors else 200)
