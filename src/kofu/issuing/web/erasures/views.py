"""年度更新時の消去 on a screen: what a dry run counted, two signatures, and the erasures on record."""

from __future__ import annotations

import psycopg
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from kofu.core.errors import OperatorFault
from kofu.issuing.feeds import erasure_orders
from kofu.issuing.feeds.erasure_orders import done_erasures, waiting_order
from kofu.issuing.web.acting import acting_for
from kofu.staff.actions import staff_action
from kofu.staff.work import actor, profile, use_case_connection

#: 直近4年度分の税情報のみを保管: what the assessment of the ward says (評価書 Ⅱ-6③).
YEARS_STATED = 4
FAULTS = {
    "no_such_order": "この消去は、すでに実行されたか取り下げられています。",
    "signed_already": "あなたは署名済みです。別の職員の署名が要ります。",
}


def count_waiting(connection: psycopg.Connection) -> int:
    """Count the order that waits for signatures, for the home page."""
    order = waiting_order(connection, profile().code)
    return int(order is not None and not order.is_signed)


@staff_action("erasure.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show what waits and what was erased; and whether the profile keeps more years than the ward's assessment says."""
    values = profile()
    with use_case_connection() as connection:
        order, erasures = waiting_order(connection, values.code), done_erasures(connection, values.code)
    kept = max(rules.years for rules in values.kinds)
    return render(
        request,
        "issuing/erasures/list.html",
        {
            "order": order,
            "signed_by_me": order is not None and actor(request).login in order.signed_by,
            "erasures": erasures,
            "years": kept,
            "deviates": kept > YEARS_STATED,
        },
    )


@staff_action("erasure.sign")
def sign(request: HttpRequest, order_id: int) -> HttpResponse:
    """Sign; with the second person's word the night carries it out."""
    try:
        with use_case_connection() as connection:
            order = erasure_orders.sign(connection, acting_for(request), profile().code, order_id)
    except OperatorFault as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(
            request,
            "署名しました。今夜の処理で消去します。"
            if order.is_signed
            else "署名しました。別の職員の署名で消去されます。",
        )
    return HttpResponseRedirect(reverse("erasures:list"))


@staff_action("erasure.sign")
def withdraw(request: HttpRequest, order_id: int) -> HttpResponse:
    """Take it back; the next night counts and proposes anew."""
    try:
        with use_case_connection() as connection:
            erasure_orders.withdraw(connection, acting_for(request), profile().code, order_id)
    except OperatorFault as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, "取り下げました。次の夜に数え直して起案します。")
    return HttpResponseRedirect(reverse("erasures:list"))
