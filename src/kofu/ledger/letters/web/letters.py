"""A batch of letters on a screen: printed as one file, how far it is, what it held and who was left out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

import psycopg
from django import forms
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from kofu.ledger.glyphs.web.drawn import drawn
from kofu.ledger.letters.letter_batches import BatchKind, BatchWork, PrintedBatch
from kofu.ledger.letters.read_batches import BatchLine, batch_line, batch_lines
from kofu.ledger.papers.press import paper_press
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.recipients.web.held_words import HELD_FAULTS
from kofu.ledger.screens.acting import acting_for
from kofu.ledger.screens.papers import pdf_answer
from kofu.platform.fonts import find_font
from kofu.staff.actions import staff_action
from kofu.staff.work import concerns, note, profile, use_case_connection, visit_of

WHY = {
    "cannot_draw": "書体で正しく書けない文字がある",
    "text_does_not_fit": "氏名または住所が枠に収まらない",
    "rate_missing": "率の登録がない年がある",
    "no_letter": "督促状の対象でなくなった",
    "nothing_to_refund": "還付する額がない",
    "not_decided": "決裁されていない",
    **HELD_FAULTS,
}
FAULTS = {
    "no_letters": "送ることのできる方がいないため、印刷しませんでした。",
    "too_many_letters": "一度に印刷できる通数を超えています。選び直してください。",
    "batch_known": "この画面からは、すでに印刷を始めています。もう一度印刷するときは、画面を開き直してください。",
    "letters_misread": "できた通知書を読み返して確かめられず、印刷しませんでした。システムの担当に連絡してください。",
}


class LetterPrintForm(forms.Form):
    """Which batch this page begins, and how it is printed."""

    batch_id = forms.UUIDField(widget=forms.HiddenInput)
    both_sides = forms.BooleanField(
        label="両面に印刷する", required=False, help_text="奇数ページの通知書の裏に、白紙を補います。"
    )


@dataclass(frozen=True, slots=True)
class LetterBatchRow:
    """A batch as the screens show it."""

    line: BatchLine

    @property
    def words(self) -> str:
        """Say where the batch stands."""
        if self.line.finished_at is not None:
            return f"{self.line.letters:,} 通、{self.line.pages:,} ページを印刷しました。"
        if self.line.fault:
            return FAULTS.get(self.line.fault, f"印刷できませんでした（{self.line.fault}）。")
        return f"{self.line.done:,}／{self.line.total:,} 件まで進んでいます。"

    @property
    def named(self) -> list[tuple[int, str, str]]:
        """Give who got none: person, number, reason."""
        return [(one.person_id, one.reference, WHY.get(one.why, one.why)) for one in self.line.left_out]


def batches_of(connection: psycopg.Connection, kind: BatchKind, subject: str) -> list[LetterBatchRow]:
    """List the batches of a run, or of refunds, the latest first."""
    return [LetterBatchRow(line) for line in batch_lines(connection, profile().code, kind, subject)]


@staff_action("dunning.print")
@require_safe
def progress(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Tell how far a batch is; 404 before it is begun."""
    with use_case_connection() as connection:
        line = batch_line(connection, profile().code, batch_id)
    note(request, batches=int(line is not None))
    if line is None:
        raise Http404("no such batch")
    ended = line.finished_at is not None or bool(line.fault)
    return JsonResponse({"words": LetterBatchRow(line).words, "done": line.done, "total": line.total, "ended": ended})


def work_of(
    request: HttpRequest, connection: psycopg.Connection, watch: psycopg.Connection, form: LetterPrintForm
) -> BatchWork:
    """Give what a batch is made with."""
    return BatchWork(
        profile=profile(),
        rules=ledger_profile(profile().code).papers,
        press=paper_press(find_font(), drawn(connection)),
        watch=watch,
        both_sides=form.cleaned_data["both_sides"],
        acting=acting_for(request),
    )


def file_of(request: HttpRequest, batch: PrintedBatch, name: str) -> HttpResponse:
    """Hand out the file: each person whose letter is in it is on the record of this visit."""
    for number in batch.numbers:
        concerns(request, number)
    visit_of(request).result = "printed"
    note(request, letters=batch.letters, pages=batch.pages, sha256=hashlib.sha256(batch.pdf).hexdigest())
    return pdf_answer(batch.pdf, name)
