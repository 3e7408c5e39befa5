"""機器の証明書: those that lie on this machine, the one that ends first foremost, with 60, 30 and 7 days told."""

from __future__ import annotations

from datetime import datetime

import psycopg
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kofu.core.errors import OperatorFault
from kofu.core.profile import RevocationRule
from kofu.core.system_names import SYSTEM_NAMES
from kofu.platform.machines import MachineCertificate, certificates_here, list_here, list_overdue, now_utc
from kofu.platform.tls import tls_dir
from kofu.staff.actions import staff_action
from kofu.staff.work import note, profile

#: How urgent a certificate's end is: words and the look of them (`staff.css`).
STEPS = {
    0: ("期限切れ", "bad"),
    7: ("７日以内に更新", "bad"),
    30: ("30日以内に更新", "warn"),
    60: ("60日以内に更新", "warn"),
}
CERTIFIED = {"ca": "認証局"} | {system: name.short for system, name in SYSTEM_NAMES.items() if system != "kiosk"}


@staff_action("machine.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show the certificates, and the machines of the profile of which none lies here."""
    now, fault = now_utc(), ""
    found: tuple[MachineCertificate, ...] = ()
    listed = None
    try:
        found, listed = _found(now), list_here(tls_dir())
    except OperatorFault:
        fault = "失効リスト又は証明書を読み取れません。コマンド kofu machine list の表示で確かめてください。"
    here = {one.name for one in found}
    note(request, rows=len(found))
    return render(
        request,
        "issuing/machines/list.html",
        {
            "rows": [(CERTIFIED.get(one.name, ""), one, one.days_left(now), *_state(one)) for one in found],
            "elsewhere": [(CERTIFIED.get(name, ""), name) for name in sorted(profile().machines.names - here)],
            "fault": fault,
            "listed": listed,
            "overdue": list_overdue(listed, now),
            "asked": profile().machines.revocation is not RevocationRule.WARNED,
        },
    )


def count_ending(_: psycopg.Connection) -> int:
    """How many certificates end within 60 days, or are over; an overdue list of those revoked counts as one."""
    now = now_utc()
    try:
        return sum(one.warning is not None for one in _found(now)) + list_overdue(list_here(tls_dir()), now)
    except OperatorFault:
        return 1  # the page says what is wrong


def _found(now: datetime) -> tuple[MachineCertificate, ...]:
    return certificates_here(tls_dir(), profile().machines.names, now)


def _state(one: MachineCertificate) -> tuple[str, str]:
    if one.revoked:
        return "失効済み", "bad"
    if not one.known:
        return "登録のない機器（接続できません）", "warn"
    return ("有効", "good") if one.warning is None else STEPS[one.warning]
