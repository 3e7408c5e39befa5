"""還付通知書 and 充当通知書 of a case, as PDF from memory: on record as printed, kept nowhere."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from kofu.core.errors import KofuError
from kofu.ledger.glyphs.web.drawn import drawn
from kofu.ledger.overpayments.papers import print_refund_paper
from kofu.ledger.overpayments.web.views import case_or_404
from kofu.ledger.papers.press import paper_press
from kofu.ledger.profile.domain.paper_forms import PaperForm
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.recipients.web.held_words import words_of
from kofu.ledger.screens.acting import acting_for
from kofu.ledger.screens.papers import pdf_answer
from kofu.platform.fonts import find_font
from kofu.staff.actions import staff_action
from kofu.staff.work import note, profile, use_case_connection, visit_of


@staff_action("notice.print")
@require_safe
def refund_notice(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Hand out 還付通知書 with 還付請求書兼口座振込依頼書."""
    return _paper(request, case_id, PaperForm.REFUND_NOTICE)


@staff_action("notice.print")
@require_safe
def offset_notice(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Hand out 充当通知書."""
    return _paper(request, case_id, PaperForm.OFFSET_NOTICE)


def _paper(request: HttpRequest, case_id: UUID, form: PaperForm) -> HttpResponse:
    case = case_or_404(request, case_id)
    try:
        with use_case_connection() as connection:
            pdf = print_refund_paper(
                connection,
                form,
                case_id,
                profile=profile(),
                rules=ledger_profile(profile().code).papers,
                press=paper_press(find_font(), drawn(connection)),
                acting=acting_for(request, case.person.addressee_number),
            )
    except KofuError as error:
        visit_of(request).result = "refused"
        note(request, paper=form.value, code=error.code)
        messages.error(request, words_of(error))
        return HttpResponseRedirect(reverse("refund:one", args=[case_id]))
    visit_of(request).result = "printed"
    note(request, paper=form.value, case=str(case_id), sha256=hashlib.sha256(pdf).hexdigest())
    return pdf_answer(pdf, f"{form.value}-{case.number}")
