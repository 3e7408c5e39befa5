"""督促: draw the list from a closed day, approve it, record that it went out."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID, uuid4

import psycopg
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from kofu.core.calendar import day_in_japan
from kofu.core.errors import KofuError
from kofu.ledger.arrears import dunning_runs
from kofu.ledger.arrears.kept_runs import FallenOut
from kofu.ledger.arrears.read_runs import count_drawn, fallen_of, letters_of, run_of, runs_of
from kofu.ledger.arrears.web import columns
from kofu.ledger.books.accounting import last_closed_day
from kofu.ledger.letters.letter_batches import BatchKind
from kofu.ledger.letters.web.letters import LetterPrintForm, batches_of
from kofu.ledger.payments.close_day import closed_day
from kofu.ledger.payments.coverage import channels_reached
from kofu.ledger.payments.domain.coverage import covered_to
from kofu.ledger.profile.ledger_profile import ledger_profile
from kofu.ledger.screens import wording
from kofu.ledger.screens.acting import acting_for
from kofu.staff.actions import staff_action
from kofu.staff.fault_words import LAPSED
from kofu.staff.fields import DayField
from kofu.staff.lists import given_out, shown_list
from kofu.staff.paging import cut
from kofu.staff.work import actor, note, profile, use_case_connection

METHOD = "ordinary"  # 普通徴収: what is 特別徴収 is nobody's 督促 here
STATES = {
    "drawn": ("決裁待ち", "warn"),
    "approved": ("決裁済（発送前）", "warn"),
    "sent": ("発送済", "good"),
    "withdrawn": ("取下げ", "idle"),
}
LEFT_OUT = {
    "nothing_due": "完納", "special_collection": "特別徴収（特別徴収義務者が納入する。本人に請求しない）",
    "not_reconciled": "納期限から間がない（行き違いの余地がある）", "advised": "速報あり",
    "not_covered": "納期限までの収納が届いていないチャネルがある", "objected": "審査請求中",
    "received": "登録前の収納・除いた行・仮受金がある", "debit_asked": "口座振替の結果が届いていない",
    "dunned": "督促済（2回目以降は催告）", "in_grace": "徴収の猶予中（地方税法第15条の2の3）",
    "extinguished": wording.EXTINGUISHED,
    "taken_out": "取り出した",
    "held": "書類の送付先が決まっていない（死亡で代表者なし など）",
}  # fmt: skip
FAULTS = {
    "run_waiting": "決裁を待っている一覧があります。先に決裁または取下げをしてください。",
    "day_not_closed": "日次がまだ締められていません。突合をして締めてから抽出してください。",
    "dunning_day": "発送日は、締めた会計日以後の日を指定してください。",
    "second_person_needed": "抽出した人は決裁できません。別の決裁者が行ってください。",
    "proposal_lapsed": LAPSED,
    "run_state": "この一覧は、いまその処理ができる状態ではありません。",
    "reason_needed": "外す理由を記入してください。",
    "nothing_chosen": "外すものを選んでください。",
    "not_on_run": "この一覧にないか、すでに外しています。",
    "sent_on": "督促状の日付と発送日が違います。日付どおりに発送してください。",
}


class DrawForm(forms.Form):
    """The day on the letters."""

    issued_on = DayField(label="督促状の日付（発送日）")


def count_waiting(connection: psycopg.Connection) -> int:
    """Count runs that wait for approval."""
    return count_drawn(connection, profile().code)


@staff_action("dunning.view")
@require_safe
def runs(request: HttpRequest) -> HttpResponse:
    """List the runs, the latest first."""
    return _runs(request, DrawForm(initial={"issued_on": day_in_japan(timezone.now())}))


def _runs(request: HttpRequest, form: DrawForm) -> HttpResponse:
    with use_case_connection() as connection:
        rows = [(run, *STATES[run.state]) for run in runs_of(connection, profile().code)]
        closed = last_closed_day(connection, profile().code)
        rules = ledger_profile(profile().code).channel_rules
        reach = channels_reached(connection, profile().code, rules, closed) if closed else []
    shown = shown_list(request, columns.RUNS, rows)
    if given := given_out(request, shown):
        return given
    return render(
        request,
        "ledger/arrears/runs.html",
        {
            "runs": shown,
            "form": form,
            "closed": closed,
            "reach": [
                (wording.CHANNELS[one.rule.channel], one.to, one.rule.sender, one.missing)
                for one in reach
                if METHOD in one.rule.methods
            ],
            "covered": covered_to(reach, METHOD) if closed else None,
        },
        status=422 if form.errors else 200,
    )


@staff_action("dunning.make")
@require_POST
def draw_run(request: HttpRequest) -> HttpResponse:
    """Draw a list from the last closed day."""
    form = DrawForm(request.POST)
    if not form.is_valid():
        return _runs(request, form)
    try:
        with use_case_connection() as connection:
            code = profile().code
            rules = ledger_profile(code)
            day = last_closed_day(connection, code) or form.cleaned_data["issued_on"]
            drawn = dunning_runs.draw(
                connection,
                closed_day(connection, code, day),
                issued_on=form.cleaned_data["issued_on"],
                channels=rules.channel_rules,
                rules=rules.dunning_rules,
                acting=acting_for(request),
            )
    except KofuError as error:
        form.add_error("issued_on", FAULTS.get(error.code, error.message))
        return _runs(request, form)
    note(request, rows=len(drawn.drawn.lines))
    return HttpResponseRedirect(reverse("arrears:run", args=[drawn.run_id]))


@staff_action("dunning.view")
@require_safe
def one(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show a run: who is on it, who is not and why."""
    with use_case_connection() as connection:
        run = run_of(connection, profile().code, run_id)
        if run is None:
            raise Http404("no such run")
        letters = letters_of(connection, run)
        why = {(line.claim_id, line.due_date): _fallen_out_in_words(line) for line in run.fallen}
        printed = batches_of(connection, BatchKind.DUNNING, str(run_id))
        fallen = fallen_of(connection, why)
    rows = shown_list(request, columns.DUNNED, [one for one in letters if (one.claim_id, one.due_date) not in why])
    if given := given_out(request, rows):
        return given
    fallen_page, fallen = cut(request, fallen, rows=columns.DUNNED.rows, name="fallen")
    note(request, rows=len(rows.rows))
    return render(
        request,
        "ledger/arrears/run.html",
        {
            "run": run,
            "state": STATES[run.state][0],
            "state_kind": STATES[run.state][1],
            "rows": rows,
            "fallen_page": fallen_page,
            "left_out": [(LEFT_OUT[reason], count) for reason, count in sorted(run.left_out.items())],
            "fallen": [(one, why[one.claim_id, one.due_date]) for one in fallen],
            "fallen_count": len(why),
            "reach": [(wording.CHANNELS[one.channel], one.to, one.missing) for one in run.coverage],
            "own": actor(request).login == run.drawn_by,
            "left": run.count - len(why),
            "batches": printed,
            "print_form": LetterPrintForm(initial={"batch_id": (next_batch := uuid4())}),
            "next_batch": next_batch,
            "open": run.state in {"drawn", "approved"},
        },
    )


@staff_action("dunning.approve")
@require_POST
def approve(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Approve a list another person drew."""

    def decide(connection: psycopg.Connection) -> str:
        rules = ledger_profile(profile().code)
        done = dunning_runs.approve_run(
            connection, run_id, channels=rules.channel_rules, rules=rules.dunning_rules, acting=acting_for(request)
        )
        fallen = f"抽出の後に外れたもの {len(done.fallen):,} 件。" if done.fallen else ""
        return f"決裁しました。督促状 {done.letters:,} 通。{fallen}"

    return _run_use_case(request, run_id, decide)


@staff_action("dunning.make")
@require_POST
def withdraw(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Take a list back."""

    def take_back(connection: psycopg.Connection) -> str:
        dunning_runs.withdraw_run(connection, run_id, acting=acting_for(request))
        return "取り下げました。"

    return _run_use_case(request, run_id, take_back)


@staff_action("dunning.make")
@require_POST
def sent(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Record that the letters went out on their day."""

    def record(connection: psycopg.Connection) -> str:
        run = run_of(connection, profile().code, run_id)
        if run is None:
            raise Http404("no such run")
        pulled = dunning_runs.mark_sent(connection, run_id, on=run.issued_on, acting=acting_for(request))
        out = f"送付先が決まっていない・徴収の猶予中の {pulled:,} 件は外しました。" if pulled else ""
        return f"発送を記録しました。{out}"

    return _run_use_case(request, run_id, record)


def _fallen_out_in_words(line: FallenOut) -> str:
    """Say why one fell out; what was taken out by hand, in whose words and by whom."""
    words = LEFT_OUT[line.why]
    return f"{words}：{line.reason}（{line.by}）" if line.reason else words


def _run_use_case(request: HttpRequest, run_id: UUID, action: Callable[[psycopg.Connection], str]) -> HttpResponse:
    try:
        with use_case_connection() as connection:
            said = action(connection)
    except KofuError as error:
        messages.error(request, FAULTS.get(error.code, error.message))
    else:
        messages.success(request, said)
    return HttpResponseRedirect(reverse("arrears:run", args=[run_id]))
