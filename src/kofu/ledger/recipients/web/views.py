"""書類の送付先 of a person: where documents go and why, who represents, what was sent; what waits for a decision."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import psycopg
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from kofu.core.calendar import day_in_japan
from kofu.core.errors import KofuError
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.people.find import FoundPerson
from kofu.ledger.people.numbers import numbers_of
from kofu.ledger.recipients.domain.agents import AgentState
from kofu.ledger.recipients.domain.heirs import IN_FORCE, HeirsState, suggested
from kofu.ledger.recipients.domain.papers import share_words
from kofu.ledger.recipients.heirs import OwedByHeirs, owed_by_heirs
from kofu.ledger.recipients.read_recipients import RecipientFacts, documents_sent, standing_of
from kofu.ledger.recipients.read_waiting import refunds_owed, unrepresented, waiting_for_approval
from kofu.ledger.recipients.web import columns
from kofu.ledger.recipients.web.forms import DesignationForm, RecipientEndForm
from kofu.ledger.recipients.web.held_words import DOCUMENTS, WHY
from kofu.ledger.recipients.web.read import lines_of
from kofu.ledger.recipients.web.words import AGENT_STATES, BASES, HEIRS_STATES, PAPERS, ROLES, SHORT_TAXES, fault
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for
from kofu.ledger.screens.forms import ReasonForm
from kofu.ledger.screens.found import found_or_404
from kofu.staff.actions import staff_action
from kofu.staff.lists import given_out, shown_list
from kofu.staff.work import actor, note, profile, use_case_connection

ALL_DOCUMENTS = {**{kind.value: words for kind, words in DOCUMENTS.items()}, **PAPERS}
ALL_WHY = {why.value: words for why, words in WHY.items()}


def today() -> date:
    """Give the day it is in Japan."""
    return day_in_japan(timezone.now())


@staff_action("representative.list.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List what waits for a decision, and the dead with unpaid tax for whom nobody receives."""
    with use_case_connection() as connection:
        waiting = shown_list(request, columns.WAITING, waiting_for_approval(connection, profile().code))
        missing = shown_list(request, columns.MISSING, unrepresented(connection, profile().code))
    if given := given_out(request, waiting, missing):
        return given
    note(request, waiting=waiting.total, missing=missing.total)
    return render(request, "ledger/representatives/list.html", {"waiting": waiting, "missing": missing})


@staff_action("representative.view", person="person_id")
@require_safe
def page(request: HttpRequest, person_id: str) -> HttpResponse:
    """Show where each document of a person goes now and why, and who stands for them."""
    found = found_or_404(person_id)
    return render_page(request, found)


def render_page(
    request: HttpRequest, found: FoundPerson, proposal: DesignationForm | None = None, status: int = 200
) -> HttpResponse:
    """Draw the page of a person."""
    with use_case_connection() as connection:
        standing = standing_of(connection, profile().code, found.addressee_number)
        owed = owed_by_heirs(connection, standing)
        sent = documents_sent(connection, profile().code, found.addressee_number)
        cases = refunds_owed(connection, profile().code, numbers_of(connection, profile().code, found.addressee_number))
    who = actor(request).login
    return render(
        request,
        "ledger/representatives/page.html",
        {
            "person": found,
            "status": wording.STATUSES.get(found.status, ""),
            "today": today(),
            "lines": lines_of(standing, today()),
            "dead": standing.person.dead,
            "heirs": _heirs(standing, who, proposal),
            "owed": owed,
            "owed_totals": _totals(owed),
            "cases": [
                (case.case_id, case.number, case.refund_total, *wording.REFUND_STATES[case.state]) for case in cases
            ],
            "agents": [_agent(one, who) for one in standing.agents],
            "forwardings": [
                (
                    one,
                    one.forwarding.holds_on(today()),
                    RecipientEndForm(initial={"last_day": today()}, auto_id=f"id_%s_{one.forwarding_id}"),
                )
                for one in standing.forwardings
            ],
            "sent": [(one, ALL_DOCUMENTS[one.document], ROLES[one.role], ALL_WHY[one.why]) for one in sent],
        },
        status=status,
    )


def _heirs(standing: RecipientFacts, who: str, proposal: DesignationForm | None) -> dict[str, Any] | None:
    """Give what the page shows of the heirs."""
    heirs = standing.heirs
    if heirs is None:
        return None
    label, kind = HEIRS_STATES[heirs.state]
    registered = heirs.state is HeirsState.REGISTERED
    if registered and proposal is None:
        best = suggested(heirs.heirs, standing.person.address)
        proposal = DesignationForm(heirs=heirs.heirs, initial={"position": best})
    return {
        "record": heirs,
        "basis": BASES[heirs.basis],
        "state": label,
        "kind": kind,
        "rows": [
            (place, heir, share_words(heir.share), place == heirs.chosen) for place, heir in enumerate(heirs.heirs)
        ],
        "since": heirs.since,
        "in_force": heirs.state in IN_FORCE,
        "designated": heirs.state is HeirsState.DESIGNATED,
        "proposed": heirs.state is HeirsState.PROPOSED,
        "own": heirs.proposed_by == who,
        "may_designate": registered and heirs.declare_by is not None and today() > heirs.declare_by,
        "registered": registered,
        "proposal": proposal,
        "reason_form": ReasonForm(auto_id="id_%s_heirs"),
        "reason": next((one.reason for one in reversed(heirs.events) if one.event == "propose"), ""),
    }


def _totals(owed: tuple[OwedByHeirs, ...]) -> list[tuple[str, int, int]]:
    """Add up what is whose: name, 本税 and 延滞金 in yen, in the order of the heirs."""
    return [
        (
            owed[0].due[place].heir.name,
            sum(one.due[place].amount for one in owed),
            sum(one.interest[place].amount for one in owed),
        )
        for place in range(len(owed[0].due) if owed else 0)
    ]


def _agent(one: Any, who: str) -> dict[str, Any]:
    """Give what the page shows of an agent."""
    label, kind = AGENT_STATES[one.agent.state]
    return {
        "record": one,
        "agent": one.agent,
        "state": label,
        "kind": kind,
        "taxes": "、".join(words for tax, words in SHORT_TAXES.items() if tax in one.agent.taxes),
        "acts": one.agent.acts_on(today()),
        "applied": one.agent.state is AgentState.APPLIED,
        "approved": any(event.event == "approve" for event in one.events),
        "standing": one.agent.state in {AgentState.DECLARED, AgentState.APPROVED},
        "own": one.registered_by == who,
        "reason_form": ReasonForm(auto_id=f"id_%s_{one.agent_id}"),
        "end_form": RecipientEndForm(initial={"last_day": today()}, auto_id=f"id_%s_{one.agent_id}"),
    }


def act(
    request: HttpRequest, person_id: str, said: str, action: Callable[[psycopg.Connection, Acting], object]
) -> HttpResponse:
    """Run a use case about a person, say what came of it, show the page."""
    found = found_or_404(person_id)
    try:
        with use_case_connection() as connection:
            action(connection, acting_for(request, found.addressee_number))
    except KofuError as error:
        note(request, refused=error.code)
        messages.error(request, fault(error.code))
    else:
        messages.success(request, said)
    return HttpResponseRedirect(reverse("representatives:page", args=[found.id]))


def act_with_reason(
    request: HttpRequest, person_id: str, said: str, action: Callable[[psycopg.Connection, str, Acting], object]
) -> HttpResponse:
    """Run a use case about a person that asks for a reason; `action` is given it."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _back_without_reason(request, person_id)
    return act(request, person_id, said, lambda connection, by: action(connection, form.cleaned_data["reason"], by))


def end_with_reason(
    request: HttpRequest, person_id: str, said: str, action: Callable[[psycopg.Connection, date, str, Acting], object]
) -> HttpResponse:
    """Run a use case that ends what holds for a person; `action` is given its last day and the reason."""
    form = RecipientEndForm(request.POST)
    if not form.is_valid():
        return _back_without_reason(request, person_id)
    given = form.cleaned_data
    return act(
        request, person_id, said, lambda connection, by: action(connection, given["last_day"], given["reason"], by)
    )


def _back_without_reason(request: HttpRequest, person_id: str) -> HttpResponse:
    """Show the page again where a reason or a day is missing."""
    messages.error(request, "理由と日を記入してください。")
    return HttpResponseRedirect(reverse("representatives:page", args=[found_or_404(person_id).id]))
