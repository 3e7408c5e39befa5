"""督促状 of one person, as PDF from memory: on record as printed, kept nowhere."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from kofu.core.errors import KofuError
from kofu.ledger.arrears.letters import print_dunning_letter
from kofu.ledger.glyphs.web.drawn import drawn
from kofu.ledger.papers.press import paper_press
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.recipients.web.held_words import words_of
from kofu.ledger.screens.acting import acting_for, rules
from kofu.ledger.screens.found import found_or_404
from kofu.ledger.screens.papers import pdf_answer
from kofu.platform.fonts import find_font
from kofu.staff.actions import staff_action
from kofu.staff.work import concerns, note, profile, use_case_connection, visit_of


@staff_action("dunning.print")
@require_safe
def letter(request: HttpRequest, run_id: UUID, person_id: int) -> HttpResponse:
    """Hand out the 督促状 of a person of an approved run."""
    person = found_or_404(str(person_id))
    concerns(request, person.addressee_number)
    try:
        with use_case_connection() as connection:
            pdf = print_dunning_letter(
                connection,
                run_id,
                person_id,
                profile=profile(),
                rules=ledger_profile(profile().code).papers,
                interest=rules(connection),
                press=paper_press(find_font(), drawn(connection)),
                acting=acting_for(request, person.addressee_number),
            )
    except KofuError as error:
        visit_of(request).result = "refused"
        note(request, paper="dunning_letter", code=error.code)
        messages.error(request, words_of(error))
        return HttpResponseRedirect(reverse("arrears:run", args=[run_id]))
    visit_of(request).result = "printed"
    note(request, paper="dunning_letter", run=str(run_id), sha256=hashlib.sha256(pdf).hexdigest())
    return pdf_answer(pdf, "dunning-letter")
