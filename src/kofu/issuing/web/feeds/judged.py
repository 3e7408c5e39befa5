"""One judged feed on a screen: its figures beside their bounds, examples, and two people's words on a held one."""

from __future__ import annotations

import psycopg
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from kofu.certificates.domain.findings import Signature
from kofu.core.errors import OperatorFault
from kofu.issuing.feeds import held_feeds, judged_feed_store
from kofu.issuing.feeds.domain.judged_feeds import FeedEvent, FeedState
from kofu.issuing.web.acting import acting_for
from kofu.issuing.web.feeds.wording import FEEDS, MODES, SEVERITIES, STATES, column_text
from kofu.issuing.web.wording import fault_text, finding_fault
from kofu.judgement.figure_lines import line_of
from kofu.judgement.judgement import DOUBTS
from kofu.judgement.words import rule_text
from kofu.staff.actions import staff_action
from kofu.staff.work import actor, note, profile, use_case_connection

FINDING_LENGTH_MAX = 2000
EXAMPLES_SHOWN = 30


class HeldFeedForm(forms.Form):
    """One person's word on a held feed."""

    finding = forms.CharField(
        label="確認した内容と判断の根拠", max_length=FINDING_LENGTH_MAX, widget=forms.Textarea(attrs={"rows": 3})
    )


def count_waiting(connection: psycopg.Connection) -> int:
    """Count the feeds that wait for people, for the home page."""
    return sum(feed.stands is FeedState.HELD for feed in held_feeds.waiting(connection, profile().code))


@staff_action("feed.view")
@require_safe
def one(request: HttpRequest, number: int) -> HttpResponse:
    """Show what the gates said of a feed."""
    return _page(request, number, HeldFeedForm(prefix="release"), HeldFeedForm(prefix="reject"))


def _page(request: HttpRequest, number: int, releasing: HeldFeedForm, rejecting: HeldFeedForm) -> HttpResponse:
    who = actor(request)
    with use_case_connection() as connection:
        feed = judged_feed_store.read_judged(connection, profile().code, number)
        if feed is None:
            raise Http404
        signatures = judged_feed_store.signatures_of(connection, number, FeedEvent.RELEASE)
        rejections = judged_feed_store.signatures_of(connection, number, FeedEvent.REJECT)
        overtaken = feed.stands in held_feeds.WAITING and held_feeds.overtaken(connection, feed)
    judgement = feed.judgement
    sample = judgement.sample.fields if judgement.sample else {}
    lines = [line_of(figure) for figure in judgement.figures]
    note(request, judged_feed=number)
    return render(
        request,
        "issuing/feeds/one.html",
        {
            "feed": feed,
            "feed_label": FEEDS[feed.feed],
            "mode_label": MODES[feed.mode],
            "state": STATES[feed.stands],
            "judgement": judgement,
            "doubts": [DOUBTS[doubt] for doubt in judgement.doubts],
            "lines": lines,
            "beyond": [line for line in lines if line.figure.out_of_bounds],
            "counts": [(rule_text(rule), count) for rule, count in sorted(judgement.counts.items())],
            "examples": [
                (found, SEVERITIES[found.severity], rule_text(found.rule, found.sentence), column_text(found.column))
                for found in judgement.findings[:EXAMPLES_SHOWN]
            ],
            "sample_fields": sorted((column_text(name), count) for name, count in sample.items()),
            "signatures": signatures,
            "rejections": rejections,
            "signed_by_me": any(signature.by == who.login for signature in signatures),
            "waits": feed.stands is FeedState.HELD,
            "rejectable": feed.stands in held_feeds.WAITING,
            "overtaken": overtaken,
            "releasing": releasing,
            "rejecting": rejecting,
        },
        status=422 if releasing.errors or rejecting.errors else 200,
    )


@staff_action("feed.release")
def release(request: HttpRequest, number: int) -> HttpResponse:
    """Agree to releasing a held feed; the second person's word releases it."""
    form = HeldFeedForm(request.POST or None, prefix="release")
    if not form.is_valid():
        return _page(request, number, form, HeldFeedForm(prefix="reject"))
    new = Signature(by=actor(request).login, finding=form.cleaned_data["finding"])
    with use_case_connection() as connection:
        problem = finding_fault(judged_feed_store.signatures_of(connection, number, FeedEvent.RELEASE), new)
        if problem is None:
            try:
                released = held_feeds.release_feed(connection, acting_for(request), profile().code, number, new)
            except OperatorFault as error:
                problem = fault_text(error)
    if problem is not None:
        form.add_error("finding", problem)
        return _page(request, number, form, HeldFeedForm(prefix="reject"))
    messages.success(
        request,
        "保留を解除しました。次の取込で、判定したデータそのものに切り替わります。"
        if released
        else "署名しました。別の職員の署名で解除されます。",
    )
    return HttpResponseRedirect(reverse("feeds:one", args=[number]))


@staff_action("feed.release")
def reject(request: HttpRequest, number: int) -> HttpResponse:
    """Refuse a held feed for good, with the reason."""
    form = HeldFeedForm(request.POST or None, prefix="reject")
    if not form.is_valid():
        return _page(request, number, HeldFeedForm(prefix="release"), form)
    new = Signature(by=actor(request).login, finding=form.cleaned_data["finding"])
    problem = finding_fault((), new)
    if problem is None:
        with use_case_connection() as connection:
            try:
                held_feeds.reject(connection, acting_for(request), profile().code, number, new)
            except OperatorFault as error:
                problem = fault_text(error)
    if problem is not None:
        form.add_error("finding", problem)
        return _page(request, number, HeldFeedForm(prefix="release"), form)
    messages.success(request, "却下しました。このデータに切り替わることはありません。送信側に再送を依頼してください。")
    return HttpResponseRedirect(reverse("feeds:one", args=[number]))
