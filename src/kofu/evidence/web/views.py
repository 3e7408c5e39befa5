"""評価書の約束と証拠 on a screen: each sentence, the last look at it, and what the ward wrote down itself.

The console looks at issuing and shows what `kofu evidence` found of registry, centre and kiosk; the ledger's screens
look at the ledger. Neither can reach the other's database: no process holds both. The command unites them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import groupby

import psycopg
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from kofu.core.calendar import day_in_japan
from kofu.core.system_names import SYSTEM_NAMES
from kofu.evidence.domain.promises import Promise
from kofu.evidence.domain.standing import EvidenceVerdict, KeptEntry, KeptState
from kofu.evidence.ground import EvidenceGround
from kofu.evidence.keeping import KeptWrongError, check_entry, write_down
from kofu.evidence.looking import keep, last_kept, last_looks, look
from kofu.evidence.report import KEEPERS, CheckLine, PromiseLine, lines_of, verdict_of
from kofu.evidence.table import promise_table
from kofu.platform.settings import var_dir
from kofu.staff.actions import staff_action
from kofu.staff.fields import DayField
from kofu.staff.work import actor, note, profile, use_case_connection

TONES = {
    EvidenceVerdict.HOLDS: "good",
    EvidenceVerdict.DEVIATES: "warn",
    EvidenceVerdict.NOT_SEEN: "idle",
    EvidenceVerdict.BROKEN: "bad",
}
KEPT_TONES = {KeptState.KEPT: "good", KeptState.SOON: "warn", KeptState.OVERDUE: "bad", KeptState.MISSING: "bad"}
FAULTS = {
    "not_yet": "実施日が今日より後です。",
    "not_later": "次の期限は、実施日より後の日にしてください。",
    "too_late": "次の期限が遠すぎます。決めた間隔までの日にしてください。",
}


@dataclass(frozen=True, slots=True)
class LookShown:
    """A look as the page shows it."""

    line: CheckLine
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RowShown:
    """A sentence as the page shows it. `elsewhere`: the screens that look at it, where these do not."""

    line: PromiseLine
    looks: tuple[LookShown, ...]
    tone: str
    kept_tone: str
    elsewhere: str

    @property
    def promise(self) -> Promise:
        """The sentence."""
        return self.line.promise


class KeptForm(forms.Form):
    """What was seen to, by whom, where the paper lies, when it is due again."""

    kept_on = DayField(label="実施日")
    next_due = DayField(label="次の期限")
    person = forms.CharField(label="確認した人（氏名）", max_length=64)
    place = forms.CharField(label="記録の場所（簿冊・番号）", max_length=200)


def _own_lines(connection: psycopg.Connection, today: date) -> list[PromiseLine]:
    """Give every sentence with the looks that are kept here, and with what is written down on these screens."""
    own = settings.KOFU_SYSTEM
    table = promise_table()
    lines = lines_of(table, last_looks(connection, table.checks), last_kept(connection), today)
    return [_of_here(line, own) for line in lines]


def _of_here(line: PromiseLine, own: str) -> PromiseLine:
    looks = tuple(one for one in line.looks if KEEPERS[one.system] == own)
    here = line.promise.kept_in is not None and line.promise.kept_in.page == own
    return replace(
        line,
        looks=looks,
        verdict=verdict_of(looks),
        kept=line.kept if here else None,
        entry=line.entry if here else None,
    )


def _today() -> date:
    return day_in_japan(datetime.now(UTC))


def count_wrong(connection: psycopg.Connection) -> int:
    """Count what is not kept or overdue, for the home page; what was never written down waits there too."""
    return sum(
        line.verdict is EvidenceVerdict.BROKEN or line.kept in {KeptState.OVERDUE, KeptState.MISSING}
        for line in _own_lines(connection, _today())
    )


@staff_action("evidence.view")
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Show every sentence by section."""
    with use_case_connection() as connection:
        lines = _own_lines(connection, _today())
    rows = [_row(line) for line in lines]
    sections = [(section, list(of)) for section, of in groupby(rows, key=lambda row: row.promise.section)]
    return render(
        request,
        "evidence/list.html",
        {
            "source": promise_table().source,
            "sections": sections,
            "counts": [(one, TONES[one], sum(line.verdict is one for line in lines)) for one in EvidenceVerdict],
            "kept_counts": [(one, KEPT_TONES[one], sum(line.kept is one for line in lines)) for one in KeptState],
        },
    )


def _row(line: PromiseLine) -> RowShown:
    return RowShown(
        line=line,
        looks=tuple(LookShown(one, TONES[one.verdict]) for one in line.looks),
        tone=TONES[line.verdict] if line.verdict else "",
        kept_tone=KEPT_TONES[line.kept] if line.kept else "",
        elsewhere="" if line.looks or line.kept else _other_screens(),
    )


def _other_screens() -> str:
    others = {keeper for keeper in KEEPERS.values() if keeper != settings.KOFU_SYSTEM}
    return "、".join(SYSTEM_NAMES[name].short for name in sorted(others))


@staff_action("evidence.verify")
def look_now(request: HttpRequest) -> HttpResponse:
    """Look at this system now, by the rights of these screens, and put what was found on record."""
    ground = EvidenceGround(
        system=settings.KOFU_SYSTEM,
        now=datetime.now(UTC),
        profile=profile(),
        var=var_dir(),
        open_database=use_case_connection,
    )
    checks = [one for one in promise_table().checks if one.on_page and ground.system in one.systems]
    looks = [look(check, ground, actor(request).login) for check in checks]
    with use_case_connection() as connection, connection.transaction():
        keep(connection, looks)
    wrong = sum(one.finding.verdict is EvidenceVerdict.BROKEN for one in looks)
    note(request, looks=len(looks), broken=wrong)
    if wrong:
        messages.error(request, f"{len(looks)} の点を確かめ、{wrong} が守られていません。")
    else:
        messages.success(request, f"{len(looks)} の点を確かめました。守られていないものはありません。")
    return HttpResponseRedirect(reverse("evidence:list"))


@staff_action("evidence.keep")
@require_http_methods(["GET", "POST"])
def record(request: HttpRequest, number: int) -> HttpResponse:
    """Write down that something no software does was seen to."""
    promise = next((one for one in promise_table().promises if one.number == number), None)
    if promise is None or promise.kept_in is None or promise.kept_in.page != settings.KOFU_SYSTEM:
        raise Http404
    form = KeptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        entry = KeptEntry(promise=number, entered_by=actor(request).login, **form.cleaned_data)
        try:
            check_entry(entry, promise.kept_in, _today())
        except KeptWrongError as wrong:
            form.add_error(wrong.field, FAULTS[wrong.reason])
        else:
            with use_case_connection() as connection, connection.transaction():
                write_down(connection, entry, datetime.now(UTC))
            note(request, promise=number)
            messages.success(request, f"{number} の記録を記入しました。")
            return HttpResponseRedirect(reverse("evidence:list"))
    return render(request, "evidence/record.html", {"promise": promise, "form": form})
