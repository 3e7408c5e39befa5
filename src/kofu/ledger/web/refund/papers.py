"""還付通知書 and 充当通知書 of a case, as PDF from memory: on record as printed, kept nowhere."""

from __future__ import annotations

import hashlib
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from kofu.core.errors import KofuError
from kofu.ledger.adapters.ledger_profile import ledger_profile
from kofu.ledger.domain.paper_words import PaperForm
from kofu.ledger.papers import paper_press, print_refund_paper
from kofu.ledger.web.glyphs.words import undrawable_words
from kofu.ledger.web.ground import drawn, under
from kofu.ledger.web.held_words import HELD_FAULTS
from kofu.ledger.web.refund.views import case_or_404
from kofu.platform.fonts import find_font
from kofu.platform.staff.actions import staff_action
from kofu.platform.staff.work import note, profile, use_case_connection, visit_of
from kofu.press.engine import DoesNotFit
from kofu.press.glyphs import CannotDraw

FAULTS = {
    "not_decided": "決裁の前には通知書を作れません。",
    "nothing_to_refund": "全額を充当したため、還付通知書はありません。",
    "no_letter": "決裁の前、または対象でないため、督促状はありません。",
    "nothing_applied": "充当がないため、充当通知書はありません。",
    **HELD_FAULTS,
}


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
                under=under(request, case.person.addressee_number),
            )
    except KofuError as error:
        visit_of(request).result = "refused"
        note(request, paper=form.value, code=error.code)
        messages.error(request, words_of(error))
        return HttpResponseRedirect(reverse("refund:one", args=[case_id]))
    visit_of(request).result = "printed"
    note(request, paper=form.value, case=str(case_id), sha256=hashlib.sha256(pdf).hexdigest())
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{form.value}-{case.number}.pdf"'
    response["Cache-Control"] = "no-store"
    return response


def words_of(error: KofuError) -> str:
    """Say why a paper was not printed."""
    if isinstance(error, CannotDraw):
        return undrawable_words(error, "印刷")
    if isinstance(error, DoesNotFit):
        return "氏名または住所が長く、枠に収まらないため、印刷できません。手書きの通知書で対応してください。"
    return FAULTS.get(error.code, f"印刷できませんでした（{error.code}）。")
