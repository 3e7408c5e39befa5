"""指定通知書 and 承認通知書 as PDF from memory: on record as printed, kept nowhere."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from uuid import UUID

import psycopg
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from kofu.core.errors import KofuError
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.glyphs.web.drawn import drawn
from kofu.ledger.papers.press import paper_press
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.recipients.papers import print_approval, print_designation
from kofu.ledger.recipients.web.held_words import words_of
from kofu.ledger.recipients.web.words import FAULTS
from kofu.ledger.screens.acting import acting_for
from kofu.ledger.screens.found import found_or_404
from kofu.ledger.screens.papers import pdf_answer
from kofu.platform.fonts import find_font
from kofu.staff.actions import staff_action
from kofu.staff.work import note, profile, use_case_connection, visit_of


@staff_action("representative.print", person="person_id")
@require_safe
def designation(request: HttpRequest, person_id: str, inheritance_id: UUID, position: int) -> HttpResponse:
    """Hand out the 指定通知書 for one heir."""

    def make(connection: psycopg.Connection, by: Acting) -> bytes:
        rules, press = ledger_profile(profile().code).papers, paper_press(find_font(), drawn(connection))
        return print_designation(
            connection, inheritance_id, position, profile=profile(), rules=rules, press=press, acting=by
        )

    return _paper(request, person_id, "designation_notice", make)


@staff_action("representative.print", person="person_id")
@require_safe
def approval(request: HttpRequest, person_id: str, agent_id: UUID) -> HttpResponse:
    """Hand out the 承認通知書."""

    def make(connection: psycopg.Connection, by: Acting) -> bytes:
        rules, press = ledger_profile(profile().code).papers, paper_press(find_font(), drawn(connection))
        return print_approval(connection, agent_id, profile=profile(), rules=rules, press=press, acting=by)

    return _paper(request, person_id, "approval_notice", make)


def _paper(
    request: HttpRequest, person_id: str, paper: str, make: Callable[[psycopg.Connection, Acting], bytes]
) -> HttpResponse:
    found = found_or_404(person_id)
    try:
        with use_case_connection() as connection:
            pdf = make(connection, acting_for(request, found.addressee_number))
    except KofuError as error:
        visit_of(request).result = "refused"
        note(request, paper=paper, code=error.code)
        messages.error(request, FAULTS.get(error.code) or words_of(error))
        return HttpResponseRedirect(reverse("representatives:page", args=[found.id]))
    visit_of(request).result = "printed"
    note(request, paper=paper, sha256=hashlib.sha256(pdf).hexdigest())
    return pdf_answer(pdf, paper)
