"""⑮⑯ 相続人代表者 on screen: 届出, 変更届, 調査; 指定 proposed by one person and decided by another; 終了."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from kofu.core.errors import KofuError
from kofu.ledger.recipients import heirs as use
from kofu.ledger.recipients.domain.heirs import Basis, Heir
from kofu.ledger.recipients.read_recipients import RecordedHeirs, standing_of
from kofu.ledger.recipients.web.forms import DeclarationForm, DesignationForm, HeirRows
from kofu.ledger.recipients.web.views import act, act_with_reason, render_page, today
from kofu.ledger.recipients.web.words import fault
from kofu.ledger.screens.acting import acting_for
from kofu.ledger.screens.found import found_or_404
from kofu.staff.actions import staff_action
from kofu.staff.work import note, profile, use_case_connection

ROWS_EMPTY = 6
ROWS_MORE = 2


@staff_action("person.note", person="person_id")
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, person_id: str) -> HttpResponse:
    """Take a 届出, a 変更届 or what a survey found."""
    found = found_or_404(person_id)
    with use_case_connection() as connection:
        standing = standing_of(connection, profile().code, found.addressee_number)
    known = standing.heirs
    initial = {
        "basis": Basis.CHANGE.value if known and known.since else Basis.DECLARATION.value,
        "died_on": known.died_on if known else standing.status_date,
        "filed_on": today(),
    }
    form = DeclarationForm(request.POST or None, initial=initial)
    rows = HeirRows(request.POST or None, initial=_rows(known), prefix="heir")
    rows_valid = rows.is_valid() if request.method == "POST" else False
    if request.method == "POST" and form.is_valid() and rows_valid:
        given = form.cleaned_data
        chosen = given["representative"]
        heirs: list[Heir] = [heir for row in rows.forms if (heir := row.heir()) is not None]
        try:
            with use_case_connection() as connection:
                use.register_heirs(
                    connection,
                    profile().code,
                    found.addressee_number,
                    heirs,
                    basis=Basis(given["basis"]),
                    representative=chosen - 1 if chosen else None,
                    died_on=given["died_on"],
                    filed_on=given["filed_on"],
                    declare_by=given["declare_by"],
                    acting=acting_for(request, found.addressee_number),
                )
        except KofuError as error:
            note(request, refused=error.code)
            form.add_error(None, fault(error.code))
        else:
            return HttpResponseRedirect(reverse("representatives:page", args=[found.id]))
    wrong = bool(form.errors) or (request.method == "POST" and not rows_valid)
    return render(
        request,
        "ledger/representatives/heirs.html",
        {"person": found, "form": form, "rows": rows, "dead": standing.person.dead},
        status=422 if wrong else 200,
    )


@staff_action("person.note", person="person_id")
@require_POST
def propose(request: HttpRequest, person_id: str, inheritance_id: UUID) -> HttpResponse:
    """Propose a 指定."""
    found = found_or_404(person_id)
    with use_case_connection() as connection:
        known = standing_of(connection, profile().code, found.addressee_number).heirs
    form = DesignationForm(request.POST, heirs=known.heirs if known else ())
    if not form.is_valid():
        return render_page(request, found, form, status=422)
    given = form.cleaned_data
    return act(
        request,
        person_id,
        "指定を起案しました。別の決裁者の決裁を受けてください。",
        lambda connection, by: use.propose_designation(
            connection,
            profile().code,
            inheritance_id,
            position=given["position"],
            reason=given["reason"],
            acting=by,
        ),
    )


@staff_action("representative.approve", person="person_id")
@require_POST
def approve(request: HttpRequest, person_id: str, inheritance_id: UUID) -> HttpResponse:
    """Decide a 指定."""
    return act(
        request,
        person_id,
        "指定しました。相続人ごとに指定通知書を印刷し、送ってください。",
        lambda connection, by: use.approve_designation(connection, profile().code, inheritance_id, acting=by),
    )


@staff_action("person.note", person="person_id")
@require_POST
def withdraw(request: HttpRequest, person_id: str, inheritance_id: UUID) -> HttpResponse:
    """Take a proposal back."""
    return act_with_reason(
        request,
        person_id,
        "指定の起案を取り下げました。",
        lambda connection, reason, by: use.withdraw_designation(
            connection, profile().code, inheritance_id, reason=reason, acting=by
        ),
    )


@staff_action("person.note", person="person_id")
@require_POST
def end(request: HttpRequest, person_id: str, inheritance_id: UUID) -> HttpResponse:
    """End a representation."""
    return act_with_reason(
        request,
        person_id,
        "代表者を終了しました。次の代表者が登録されるまで、書類は保留されます。",
        lambda connection, reason, by: use.end_representation(
            connection, profile().code, inheritance_id, reason=reason, acting=by
        ),
    )


def _rows(known: RecordedHeirs | None) -> list[dict[str, object]]:
    """Start from the heirs on record, with some empty rows below."""
    rows: list[dict[str, object]] = [
        {
            "name": heir.name,
            "relation": heir.relation,
            "share": str(heir.share),
            "postal_code": heir.postal_code,
            "address": heir.address,
            "addressee_number": heir.addressee_number,
            "protected": heir.protected,
        }
        for heir in (known.heirs if known else ())
    ]
    return rows + [{} for _ in range(ROWS_MORE if rows else ROWS_EMPTY)]
