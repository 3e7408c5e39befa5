"""消去証明 of パンチ委託: what is awaited, and the contractor's certificate put on record."""

from __future__ import annotations

from uuid import UUID

import psycopg
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.ledger.deliveries.deliveries import DeliveryKind
from kofu.ledger.deliveries.erasure_proofs import awaited_proofs
from kofu.ledger.deliveries.web.views import KINDS
from kofu.staff import contractors
from kofu.staff.actions import staff_action
from kofu.staff.contractor_views import FAULTS, ProofForm
from kofu.staff.domain.contractors import ProvedThing
from kofu.staff.registry import FigureValue
from kofu.staff.work import actor, note, profile, use_case_connection


def overdue_figure(connection: psycopg.Connection) -> FigureValue:
    """Count the deliveries whose certificate of erasure is overdue."""
    today = day_in_japan(timezone.now())
    return FigureValue(sum(one.is_late(today) for one in awaited_proofs(connection, profile().code)), "件")


@staff_action("entry.export")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the deliveries whose certificate of erasure is awaited."""
    return _list(request, None, ProofForm())


@staff_action("entry.import")
@require_POST
def prove(request: HttpRequest, delivery_id: UUID) -> HttpResponse:
    """Record the contractor's certificate of erasure for a delivery."""
    form = ProofForm(request.POST)
    with use_case_connection() as connection:
        awaited = {one.delivery_id for one in awaited_proofs(connection, profile().code)}
    if delivery_id not in awaited:
        form.add_error(None, "この送付は、消去証明を待っていません。")
    if form.is_valid():
        try:
            contractors.record_proof(actor(request), ProvedThing.DELIVERY, str(delivery_id), form.report())
        except OperatorFault as error:
            form.add_error("erased_on", FAULTS[error.code])
        else:
            note(request, delivery=str(delivery_id))
            messages.success(request, "消去証明を登録しました。")
            return HttpResponseRedirect(reverse("deliveries:proofs"))
    return _list(request, delivery_id, form)


def _list(request: HttpRequest, chosen: UUID | None, form: ProofForm) -> HttpResponse:
    today = day_in_japan(timezone.now())
    with use_case_connection() as connection:
        awaited = awaited_proofs(connection, profile().code)
    return render(
        request,
        "ledger/deliveries/proofs.html",
        {
            "rows": [
                (
                    one,
                    KINDS[DeliveryKind(one.kind)],
                    one.is_late(today),
                    form if one.delivery_id == chosen else ProofForm(),
                )
                for one in awaited
            ],
        },
        status=422 if form.errors else 200,
    )
