"""The day's applications, the form, and one application with what its papers will say."""

from __future__ import annotations

import re
from datetime import date, timedelta
from uuid import UUID, uuid4

import psycopg
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from kofu.certificates.domain.refusals import Reason
from kofu.certificates.preview import preview_of
from kofu.core.calendar import day_in_japan
from kofu.core.errors import KofuError
from kofu.core.kinds import HoldKind
from kofu.ledger.addressees.ask_registry import ask_registry_of
from kofu.ledger.counter import issue, read
from kofu.ledger.counter import preview as counter_preview
from kofu.ledger.counter.cases import stops_standing
from kofu.ledger.counter.desk import CounterDesk, certificate_press, desk_of, registry_holds_of
from kofu.ledger.counter.domain.rules import CounterFailure
from kofu.ledger.counter.domain.states import UNDECIDED, WITH_PAPER
from kofu.ledger.counter.event_detail import PrintDetail
from kofu.ledger.counter.preview import Preview, YearPreview
from kofu.ledger.counter.read import (
    ApplicationLine,
    EventLine,
    application_line,
    applications_of_day,
    applications_of_person,
    events_of,
    linked_to,
    waiting_for_approval,
)
from kofu.ledger.counter.store import StoredApplication, application, copies_of
from kofu.ledger.counter.web import columns, words
from kofu.ledger.counter.web.forms import ApplicationForm, HandOverForm, ReissueForm, VoidForm
from kofu.ledger.glyphs.web.drawn import drawn
from kofu.ledger.glyphs.web.words import way_to_register
from kofu.ledger.people.find import FoundPerson, person
from kofu.ledger.people.numbers import numbers_of
from kofu.ledger.profile.ledger_profile import CertificateRules, ledger_profile
from kofu.ledger.recipients.read_recipients import RecipientFacts, standing_of
from kofu.ledger.screens.acting import acting_for
from kofu.ledger.screens.forms import ReasonForm
from kofu.ledger.screens.found import found_or_404
from kofu.platform.fonts import find_font
from kofu.staff.actions import staff_action
from kofu.staff.lists import given_out, shown_list
from kofu.staff.models import StaffAccount
from kofu.staff.work import actor, note, profile, use_case_connection

CODE_POINTS = re.compile(r"U\+[0-9A-F]+(?: U\+[0-9A-F]+)*")


def desk(connection: psycopg.Connection) -> CounterDesk:
    """Give the counter of this process, with the registered glyphs of the moment."""
    press = certificate_press(find_font(), signed_code=profile().signed_code, drawn=drawn(connection))
    return desk_of(profile(), rules().decided_by, press, ask_registry_of(profile().code))


def rules() -> CertificateRules:
    """Give the municipality's rules of its counters."""
    return ledger_profile(profile().code).certificates


def own_office_only(request: HttpRequest) -> str | None:
    """Give the office whose papers somebody sees: a branch sees its own, the ward office all (None)."""
    account = request.user
    return account.office_id if isinstance(account, StaffAccount) and account.office.is_branch else None


def day_of(request: HttpRequest) -> date:
    """Give the day an address names, or today; 404 for what is no day."""
    named = request.GET.get("day", "")
    try:
        return date.fromisoformat(named) if named else day_in_japan(timezone.now())
    except ValueError as error:
        raise Http404("no such day") from error


def count_waiting(connection: psycopg.Connection) -> int:
    """Count applications that wait for a second person."""
    return read.count_waiting(connection, profile().code)


@staff_action("certificate.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the applications of a day; of a branch, its own."""
    day, today, office = day_of(request), day_in_japan(timezone.now()), own_office_only(request)
    with use_case_connection() as connection:
        found = applications_of_day(connection, profile().code, day, office)
        waiting = waiting_for_approval(connection, profile().code)
        stops = stops_standing(connection, profile().code)
    note(request, rows=len(found))
    shown = shown_list(request, columns.APPLICATIONS, _lines(found))
    if given := given_out(request, shown):
        return given
    return render(
        request,
        "ledger/certificates/list.html",
        {
            "shown": shown,
            "waiting": _lines(waiting) if office is None else [],
            "stops": stops,
            "day": day,
            "before": day - timedelta(days=1),
            "after": day + timedelta(days=1) if day < today else None,
        },
    )


@staff_action("certificate.issue", person="person_id")
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest, person_id: str) -> HttpResponse:
    """Take an application. The form carries an id of its own: sent twice, it is one application."""
    found = found_or_404(person_id)
    today = day_in_japan(timezone.now())
    with use_case_connection() as connection:
        holds = registry_holds_of(connection, desk(connection), found.addressee_number)
        plates = read.plates_of(
            connection, profile().code, numbers_of(connection, profile().code, found.addressee_number)
        )
        earlier = applications_of_person(connection, profile().code, found.addressee_number)
        stops = stops_standing(connection, profile().code)
        known = _known_applicants(standing_of(connection, profile().code, found.addressee_number), today)
    form = ApplicationForm(
        request.POST if request.method == "POST" else None,
        initial={"application_id": uuid4(), **_earlier_application(request, found)},
        profile=profile(),
        rules=rules(),
        plates=plates,
        known=known,
        today=today,
    )
    if request.method == "POST" and form.is_valid():
        try:
            with use_case_connection() as connection:
                stored = issue.apply(
                    connection,
                    desk(connection),
                    form.cleaned_data["application_id"],
                    form.asked(),
                    addressee_number=found.addressee_number,
                    office=actor(request).office,
                    acting=acting_for(request, found.addressee_number),
                )
        except KofuError as error:
            note(request, refused=error.code)
            form.add_error(None, words.fault_words(error))
        else:
            return HttpResponseRedirect(reverse("certificates:one", args=[person_id, stored.id]))
    return render(
        request,
        "ledger/certificates/apply.html",
        {
            "form": form,
            "person": found,
            "protected": found.protected or HoldKind.PROTECTION in (holds or ()),
            "dead": found.status == "dead" or HoldKind.DEATH in (holds or ()),
            "silent": holds is None,
            "earlier": _lines(earlier),
            "stops": stops,
        },
        status=422 if form.errors else 200,
    )


@staff_action("certificate.issue", person="person_id")
@require_safe
def one(request: HttpRequest, person_id: str, application_id: UUID) -> HttpResponse:
    """Show an application: what its papers will say or what stands in the way, its copies, what can be done now."""
    return page(request, person_id, application_id)


def page(
    request: HttpRequest, person_id: str, application_id: UUID, *, wrong: str = "", status: int = 200
) -> HttpResponse:
    """Draw an application's page, with what went wrong where something did."""
    found, stored, line = application_or_404(request, person_id, application_id)
    preview: Preview | None = None
    with use_case_connection() as connection:
        if stored.state in UNDECIDED:
            try:
                preview = counter_preview.preview(
                    connection, desk(connection), application_id, today=day_in_japan(timezone.now())
                )
            except KofuError as error:
                wrong = wrong or words.fault_words(error)
        copies = copies_of(connection, application_id)
        events = events_of(connection, application_id)
        before, later = linked_to(connection, application_id)
        stops = stops_standing(connection, profile().code)
    due = sum(copy.fee for copy in copies)
    label, state_kind = words.STATES[stored.state.value]
    names = words.office_names()
    return render(
        request,
        "ledger/certificates/one.html",
        {
            "person": found,
            "stored": stored,
            "line": line,
            "asked": _application_in_words(stored),
            "state": label,
            "state_kind": state_kind,
            "office": names.get(stored.office, stored.office),
            "mine": stored.office == actor(request).office,
            "own": line.applied_by == actor(request).login,
            "undecided": stored.state in UNDECIDED,
            "with_paper": stored.state in WITH_PAPER,
            "preview": preview,
            "protected": found.protected or (preview is not None and preview.protected),
            "years": [_year(year) for year in preview.years] if preview is not None else [],
            "copies": [
                (copy, profile().year_label(copy.fiscal_year), _printed(copy.position, events)) for copy in copies
            ],
            "due": due,
            "unprinted": sum(not _printed(copy.position, events) for copy in copies),
            "all_printed": all(_printed(copy.position, events) for copy in copies),
            "events": [(words.EVENTS[event.event], names.get(event.office, event.office), event) for event in events],
            "replaces": before,
            "replaced_by": later,
            "stops": stops,
            "wrong": wrong,
            "reason_form": ReasonForm(),
            "hand_over_form": HandOverForm(initial={"fee_taken": due}),
            "void_form": VoidForm(prefix="void", initial={"fee_returned": line.fee}),
            "reissue_form": ReissueForm(prefix="reissue", rules=rules()),
        },
        status=status,
    )


def application_or_404(
    request: HttpRequest, person_id: str, application_id: UUID
) -> tuple[FoundPerson, StoredApplication, ApplicationLine]:
    """Read an application of a person; 404 where it is another person's, or another office's and not to be seen."""
    found = found_or_404(person_id)
    with use_case_connection() as connection:
        line = application_line(connection, profile().code, application_id)
        office = own_office_only(request)
        whose = line and person(connection, profile().code, line.person_id)
        if line is None or whose is None or whose.id != found.id or (office is not None and line.office != office):
            raise Http404("no such application")
        return found, application(connection, application_id), line


def _lines(found: list[ApplicationLine]) -> list[tuple[ApplicationLine, str, list[str], str, str, str]]:
    """Put lines into words: kind, years, state and its colour, office."""
    names = words.office_names()
    return [
        (
            line,
            words.kind_label(line.kind),
            [profile().year_label(year) for year in line.years],
            *words.STATES[line.state],
            names.get(line.office, line.office),
        )
        for line in found
    ]


def _known_applicants(standing: RecipientFacts, today: date) -> list[str]:
    """Name those whom the ledger's own record lets apply: 納税管理人 in force, registered heirs."""
    agents = [f"納税管理人 {one.agent.name}" for one in standing.agents if one.agent.acts_on(today)]
    heirs = [] if standing.heirs is None or not standing.person.dead else standing.heirs.heirs
    return agents + [f"相続人 {heir.name}" for heir in heirs]


def _earlier_application(request: HttpRequest, found: FoundPerson) -> dict[str, object]:
    """Fill the form with an earlier application of the person that the address names, to be put right."""
    try:
        application_id = UUID(request.GET.get("again", ""))
    except ValueError:
        return {}
    _, stored, _ = application_or_404(request, str(found.id), application_id)
    asked = stored.asked
    return {
        "kind": asked.kind.value,
        "years": [str(year) for year in asked.years],
        "copies": asked.copies,
        "plate_number": asked.plate_number,
        "applicant": asked.applicant.value,
        "applicant_name": asked.applicant_name,
        "right_shown": asked.right_shown,
        "identity": list(asked.identity),
        "purpose": asked.purpose,
        "free_reason": asked.free_reason,
        "unpaid_accepted": asked.unpaid_accepted,
    }


def _application_in_words(stored: StoredApplication) -> dict[str, str]:
    """Put what was applied for into words."""
    asked, named = stored.asked, rules()
    documents = {kind.code: kind.label for kind in named.identity}
    free = {one.code: one.label for one in named.free}
    return {
        "kind": words.kind_label(asked.kind.value),
        "years": words.years_label(list(asked.years)),
        "applicant": words.APPLICANTS[asked.applicant.value],
        "identity": "、".join(documents.get(code, code) for code in asked.identity) or "なし",
        "purpose": next((one.label for one in named.purposes if one.code == asked.purpose), asked.purpose),
        "free": f"無料（{free.get(asked.free_reason, asked.free_reason)}）" if asked.free_reason else "有料",
    }


def _year(year: YearPreview) -> dict[str, object]:
    return {
        "label": profile().year_label(year.year),
        "paper": preview_of(year.content) if year.content is not None else None,
        "fee": year.fee_per_copy,
        "failures": [(failure.words, failure.detail, _way_out(failure)) for failure in year.failures],
    }


def _way_out(failure: CounterFailure) -> str:
    """Give the address where a character that cannot be drawn is registered; "" for another reason."""
    found = CODE_POINTS.search(failure.detail)
    return way_to_register(found[0]) if failure.reason is Reason.UNDRAWABLE and found else ""


def _printed(position: int, events: list[EventLine]) -> int:
    """Count how often a copy was printed."""
    return sum(isinstance(event.detail, PrintDetail) and event.detail.position == position for event in events)
