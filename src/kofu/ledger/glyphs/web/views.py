"""外字の登録: a clerk puts a drawing in with its evidence; another person sees it as papers bear it, and decides."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kofu.core.errors import KofuError, OperatorFault
from kofu.ledger.glyphs.domain.states import STANDING, GlyphEvent, GlyphState
from kofu.ledger.glyphs.glyphs import (
    REASON_LENGTH_MAX,
    ProposedGlyph,
    Registration,
    current_set,
    decide_glyph,
    propose_glyph,
    registration_of,
    registrations,
)
from kofu.ledger.glyphs.proof import proof
from kofu.ledger.glyphs.web.words import DONE, EVENTS, STATES, fault_words
from kofu.ledger.papers.press import paper_press
from kofu.ledger.screens.acting import acting_for
from kofu.platform.fonts import find_font
from kofu.press.glyph_outline import SVG_BYTES_MAX
from kofu.staff.actions import staff_action, takes_files
from kofu.staff.body_limits import FILE_NAME_MAX
from kofu.staff.work import actor, concerns, note, profile, use_case_connection

DECISIONS = {event.value: event for event in GlyphEvent if event is not GlyphEvent.PROPOSE_END}


class GlyphForm(forms.Form):
    """A drawing and what shows its form."""

    people_fields = ("persons",)

    character = forms.CharField(
        label="文字（符号位置）", max_length=20, help_text="データにあるとおりに。例：U+8FBB U+E0100、U+E123"
    )
    persons = forms.CharField(
        label="この文字を使う方の宛名番号",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="複数のときは改行して入力してください。",
    )
    drawing = forms.FileField(
        max_length=FILE_NAME_MAX,
        label="字形（SVG）",
        help_text="正方形の中の、黒い一つの輪郭だけの図。正方形が文字の枠になります。",
    )
    evidence = forms.CharField(
        label="字形の根拠",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="何によってこの字形と分かるか。例：戸籍全部事項証明書の写し（令和8年11月18日）",
    )
    document_number = forms.CharField(label="根拠資料の文書番号", max_length=80)
    document_sha256 = forms.CharField(
        label="根拠資料の SHA-256",
        max_length=64,
        required=False,
        help_text="電子ファイルのとき。写しは保存しません。",
    )

    def clean_drawing(self) -> bytes:
        """Read the file, which is small."""
        given = self.cleaned_data["drawing"]
        if given.size > SVG_BYTES_MAX:
            raise forms.ValidationError(f"{SVG_BYTES_MAX:,}バイトまでの SVG を選んでください。")
        return bytes(given.read())


class GlyphReasonForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label="理由", max_length=REASON_LENGTH_MAX, required=False, help_text="登録の決裁のほかは、必ず入力。"
    )


def count_waiting(connection: psycopg.Connection) -> int:
    """Count what waits for a second person."""
    waiting = {GlyphState.PROPOSED, GlyphState.ENDING}
    return sum(one.state in waiting for one in registrations(connection, profile().code))


@staff_action("glyph.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """List the registrations, and the set papers are drawn with."""
    with use_case_connection() as connection:
        found = registrations(connection, profile().code)
        held = current_set(connection, profile().code)
    shown = [(one, *STATES[one.state]) for one in found]
    return render(
        request,
        "ledger/glyphs/list.html",
        {
            "standing": [row for row in shown if row[0].state in STANDING],
            "over": [row for row in shown if row[0].state not in STANDING],
            "held": held,
        },
    )


@takes_files(SVG_BYTES_MAX)
@staff_action("glyph.propose")
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Put a drawing in. The character can come with the address, from a paper that could not be printed."""
    if request.method != "POST":
        return _form(request, GlyphForm(initial={"character": request.GET.get("character", "")[:20]}))
    form = GlyphForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, form)
    given: dict[str, Any] = form.cleaned_data
    persons = tuple(given["persons"].split())
    try:
        with use_case_connection() as connection:
            registration = propose_glyph(
                connection,
                profile().code,
                ProposedGlyph(
                    code_points=given["character"].upper(),
                    svg=given["drawing"],
                    evidence=given["evidence"],
                    document_number=given["document_number"],
                    document_sha256=given["document_sha256"].lower(),
                    persons=persons,
                ),
                drawn_by_font=lambda cluster: not paper_press(find_font(), None).glyphs.check(cluster),
                acting=acting_for(request),
            )
    except KofuError as error:
        note(request, refused=error.code)
        form.add_error("drawing" if error.code == "bad_outline" else None, fault_words(error))
        return _form(request, form)
    for person in persons:
        concerns(request, person)
    messages.success(request, "起案しました。別の決裁者が字形を確かめて決裁します。")
    return HttpResponseRedirect(reverse("glyphs:one", args=[registration]))


def _form(request: HttpRequest, form: GlyphForm) -> HttpResponse:
    return render(request, "ledger/glyphs/new.html", {"form": form}, status=422 if form.errors else 200)


@staff_action("glyph.view")
@require_safe
def one(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """Show a registration: its drawing, as papers will bear it, its evidence, what was decided."""
    found = _found(request, registration_id)
    words, tone = STATES[found.state]
    return render(
        request,
        "ledger/glyphs/one.html",
        {
            "glyph": found,
            "state": words,
            "tone": tone,
            "waits": found.state is GlyphState.PROPOSED,
            "ending": found.state is GlyphState.ENDING,
            "in_force": found.state is GlyphState.IN_FORCE,
            "own": found.asked.by == actor(request).login,
            "words": [(EVENTS[word.event], word) for word in found.words],
            "form": GlyphReasonForm(),
        },
    )


@staff_action("glyph.view")
@require_safe
def proof_picture(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """Draw the glyph as papers bear it, large and in its text."""
    found = _found(request, registration_id)
    with use_case_connection() as connection:
        png = proof(connection, profile().code, found, find_font())
    return HttpResponse(png, content_type="image/png")


@staff_action("glyph.propose")
@require_POST
def end(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """Propose to withdraw a glyph."""
    return _decide(request, registration_id, GlyphEvent.PROPOSE_END)


@staff_action("glyph.approve")
@require_POST
def decide(request: HttpRequest, registration_id: UUID) -> HttpResponse:
    """Approve or decline a drawing; withdraw or keep a glyph."""
    event = DECISIONS.get(request.POST.get("answer", ""))
    if event is None:
        raise Http404("no such decision")
    return _decide(request, registration_id, event)


def _decide(request: HttpRequest, registration_id: UUID, event: GlyphEvent) -> HttpResponse:
    _found(request, registration_id)
    form = GlyphReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        with use_case_connection() as connection:
            made = decide_glyph(
                connection, profile().code, registration_id, event, reason=reason, acting=acting_for(request)
            )
    except KofuError as error:
        note(request, refused=error.code)
        messages.error(request, fault_words(error))
    else:
        if made is not None and made.font is not None:
            note(request, set=made.version, sha256=made.font.sha256)
        messages.success(request, DONE[event])
    return HttpResponseRedirect(reverse("glyphs:one", args=[registration_id]))


def _found(request: HttpRequest, registration_id: UUID) -> Registration:
    """Give a registration; whom it concerns is on record."""
    try:
        with use_case_connection() as connection:
            found = registration_of(connection, profile().code, registration_id)
    except OperatorFault as error:
        raise Http404("no such registration") from error
    for person in found.persons:
        concerns(request, person)
    return found
