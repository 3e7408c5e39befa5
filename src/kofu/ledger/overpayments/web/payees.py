"""還付 of a dead person on screen: which heirs are paid what, to which account; transfers that came back, by heir."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from kofu.core.errors import KofuError
from kofu.ledger.banks.banks import BankProblem, bank_words
from kofu.ledger.banks.web.account_form import AccountForm
from kofu.ledger.banks.web.doubtful import warn
from kofu.ledger.overpayments import answers, refund
from kofu.ledger.overpayments.payees import BY_AGREEMENT, BY_SHARE, HeirsClaim, Payee, payees_of, place_of
from kofu.ledger.overpayments.read import case_page
from kofu.ledger.recipients.domain.heirs import Heir, split
from kofu.ledger.recipients.domain.papers import share_words
from kofu.ledger.recipients.read_recipients import RecordedHeirs, standing_of
from kofu.ledger.recipients.web.views import today
from kofu.ledger.recipients.web.words import fault
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for, rules
from kofu.ledger.screens.forms import ReasonForm
from kofu.ledger.screens.found import found_or_404
from kofu.staff.actions import staff_action
from kofu.staff.fields import DayField, NumberField
from kofu.staff.work import note, profile, use_case_connection

STATES = {"waiting": ("振込待ち", "warn"), "paid": ("支払済", "good"), "returned": ("振込不能", "bad")}


class HeirsClaimForm(forms.Form):
    """還付請求書 of the heirs."""

    claimed_on = DayField(label="請求書の受付日")
    basis = forms.ChoiceField(
        label="受取りの根拠",
        choices=((BY_SHARE, "相続分による"), (BY_AGREEMENT, "遺産分割協議書・同意書による（受取額を記入）")),
        widget=forms.RadioSelect,
    )


class PayeeForm(AccountForm):
    """The account of one heir, and what they are paid by agreement."""

    amount = NumberField(
        label="受取額（円）",
        required=False,
        min_value=0,
        help_text="協議・同意によるときだけ。受け取らない相続人は空欄。",
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
    )
    field_order = ("amount",)


@dataclass(slots=True)
class HeirRow:
    """A line of the form: an heir who may be paid, their 相続分 in words, yen, and where to."""

    place: int
    heir: Heir
    share: str
    amount: int
    form: PayeeForm


@staff_action("claim.register", person="person_id")
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, person_id: str, case_id: UUID) -> HttpResponse:
    """Show who is paid a refund, and take the heirs' claim."""
    found = found_or_404(person_id)
    with use_case_connection() as connection:
        case = case_page(connection, profile().code, case_id)
        if case is None or case.person.id != found.id:
            raise Http404("no such case of this person")
        heirs = standing_of(connection, profile().code, found.addressee_number).heirs
        payees = payees_of(connection, case_id)
        coming = None
        if case.interest_open and case.state == "notified":
            coming = refund.if_claimed(
                connection,
                case_id,
                claimed_on=today(),
                rules=rules(connection),
                acting=acting_for(request, found.addressee_number),
            )
    total = coming[1] if coming else case.refund_total
    open_to = case.state in {"notified", "returned"} or (case.state == "claimed" and not payees)
    form = HeirsClaimForm(request.POST or None, initial={"claimed_on": today(), "basis": BY_SHARE})
    try:
        rows = _rows(request, total, heirs, payees) if open_to and heirs is not None else []
    except KofuError as error:
        messages.warning(request, fault(error.code))
        rows = []
    if request.method == "POST" and form.is_valid():
        claim = _claim(form, rows, new_accounts=bool(payees))
        if claim is not None:
            try:
                with use_case_connection() as connection:
                    refund.claim_by_heirs(
                        connection,
                        case_id,
                        claim,
                        rules=rules(connection),
                        acting=acting_for(request, found.addressee_number),
                    )
            except KofuError as error:
                note(request, refused=error.code)
                form.add_error(None, fault(error.code))
            else:
                messages.success(request, "相続人の還付請求を登録しました。")
                return HttpResponseRedirect(reverse("payees:list", args=[found.id, case_id]))
    wrong = bool(form.errors) or any(row.form.errors for row in rows)
    return render(
        request,
        "ledger/refund/payees.html",
        {
            "person": found,
            "case": case,
            "total": total,
            "interest_now": coming is not None,
            "state": wording.REFUND_STATES[case.state],
            "heirs": heirs,
            "rows": rows,
            "form": form,
            "again": bool(payees),
            "payees": [
                (payee, _bank_of(payee), *STATES[payee.state], ReasonForm(auto_id=f"id_%s_{payee.position}"))
                for payee in payees
            ],
        },
        status=422 if wrong else 200,
    )


class HeirAccountCorrectionForm(AccountForm):
    """Another account of an heir before the transfer, and why."""

    reason = forms.CharField(label="訂正の理由", max_length=100)
    field_order = ("reason",)


@staff_action("claim.register", person="person_id")
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, person_id: str, case_id: UUID, position: int) -> HttpResponse:
    """Correct the account of an heir who was not paid yet."""
    found = found_or_404(person_id)
    with use_case_connection() as connection:
        case = case_page(connection, profile().code, case_id)
        payee = next((one for one in payees_of(connection, case_id) if one.position == position), None)
    if case is None or case.person.id != found.id or payee is None or payee.state != "waiting":
        raise Http404("no such payee who waits for the transfer")
    form = HeirAccountCorrectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            with use_case_connection() as connection:
                given = form.account()
                answers.correct_account(
                    connection,
                    case_id,
                    given,
                    reason=form.cleaned_data["reason"],
                    position=position,
                    acting=acting_for(request, found.addressee_number),
                )
        except BankProblem as error:
            form.add_error(error.field, error.message)
        except KofuError as error:
            note(request, refused=error.code)
            form.add_error(None, fault(error.code))
        else:
            messages.success(request, "振込先を訂正しました。")
            warn(request, given)
            return HttpResponseRedirect(reverse("payees:list", args=[found.id, case_id]))
    return render(
        request,
        "ledger/refund/payee_account.html",
        {"person": found, "case": case, "payee": payee, "bank": _bank_of(payee), "form": form},
        status=422 if form.errors else 200,
    )


@staff_action("transfer.result", person="person_id")
@require_POST
def failed(request: HttpRequest, person_id: str, case_id: UUID, position: int) -> HttpResponse:
    """Record that the transfer to one heir came back."""
    found = found_or_404(person_id)
    form = ReasonForm(request.POST)
    back = HttpResponseRedirect(reverse("payees:list", args=[found.id, case_id]))
    if not form.is_valid():
        messages.error(request, "振込が戻った理由を記入してください。")
        return back
    try:
        with use_case_connection() as connection:
            by = acting_for(request, found.addressee_number)
            words = form.cleaned_data["reason"]
            refund.transfer_failed(connection, case_id, reason=words, acting=by, position=position)
    except KofuError as error:
        messages.error(request, fault(error.code))
    else:
        messages.success(request, "振込不能を記録しました。この相続人の新しい口座を登録してください。")
    return back


def _rows(request: HttpRequest, total: int, heirs: RecordedHeirs, payees: tuple[Payee, ...]) -> list[HeirRow]:
    """Give a row for each heir who may be paid: all of them, or those whose transfer came back.

    Raises `OperatorFault` `heirs_changed`.
    """
    returned = {place_of(payee, heirs): payee for payee in payees if payee.state == "returned"}
    rows = []
    for place, part in enumerate(split(total, heirs.heirs)):
        payee = returned.get(place)
        if payees and payee is None:
            continue
        rows.append(
            HeirRow(
                place=place,
                heir=part.heir,
                share=share_words(part.heir.share),
                amount=payee.amount if payee else part.amount,
                form=PayeeForm(request.POST or None, prefix=f"heir-{place}"),
            )
        )
    return rows


def _claim(form: HeirsClaimForm, rows: list[HeirRow], *, new_accounts: bool) -> HeirsClaim | None:
    """Give the claim, or None where an account is wrong. By agreement, who is paid nothing needs no account."""
    by_agreement = form.cleaned_data["basis"] == BY_AGREEMENT and not new_accounts
    accounts, agreed, good = {}, {}, True
    for row in rows:
        row_form = row.form
        if by_agreement and not row_form.data.get(row_form.add_prefix("amount")):
            row.form = PayeeForm(prefix=row_form.prefix)
            continue
        if not row_form.is_valid():
            good = False
            continue
        try:
            accounts[row.place] = row_form.account()
        except BankProblem as error:
            row_form.add_error(error.field, error.message)
            good = False
        if by_agreement:
            agreed[row.place] = row_form.cleaned_data["amount"]
    return HeirsClaim(accounts, agreed if by_agreement else None, form.cleaned_data["claimed_on"]) if good else None


def _bank_of(payee: Payee) -> str:
    """Name the bank an heir is paid at."""
    return bank_words(payee.account.bank_code, payee.account.branch_code)
