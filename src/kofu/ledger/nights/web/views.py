"""夜間連携 on screen: how far tonight's run is, how the ones before ended, what was written; a run begun by hand."""

from __future__ import annotations

import threading
from datetime import date

import psycopg
import structlog
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from kofu.core.errors import KofuError
from kofu.judgement.words import rule_text
from kofu.ledger.feed.domain.held_nights import HeldState
from kofu.ledger.feed.held_nights import NightHeldError, read_held
from kofu.ledger.feed.night import is_running
from kofu.ledger.nights.read_nights import read_night
from kofu.ledger.nights.tonight import announce_tonight, is_announced, write_tonight
from kofu.ledger.nights.web.held import STATES as HELD_STATES
from kofu.staff.actions import staff_action
from kofu.staff.work import actor, note, profile, use_case_connection

#: How long the answer waits for the run to have begun, so that the page shows it.
BEGIN_SECONDS = 3.0
STEP_SECONDS = 0.05
STATES = {
    "running": ("処理中", "warn"),
    "done": ("完了", "good"),
    "held": ("保留", "warn"),
    "failed": ("失敗", "bad"),
    "broken": ("中断", "bad"),
}
MODES = {"full": "全件", "difference": "差分", "taken_over": "移行", "elsewhere": "他の連携"}
PHASES = {"compare": "前回との突合", "assessments": "賦課情報", "collections": "収納情報"}
JUDGED = "judged "
FAILURES = {
    "feed_differs": "書き出した件数または合計が台帳と一致しないため、連携データを作りませんでした。",
    "announced_otherwise": "予告と件数・合計が異なるため渡していません。動いた記帳を確認し、もう一度始めてください。",
    "feed_held": "数値が上限を超えたため渡していません。二人の職員が確認してください。",
    "business_date_backwards": "前回の連携より前の基準日です。",
    "PermissionError": "連携先のフォルダに書き込む権限がありません。",
    "OSError": "連携先のフォルダに書き込めませんでした。",
    "FileExistsError": "同じ世代のフォルダが既にあります。",
    "OperationalError": "データベースとの接続が切れました。",
    "AdminShutdown": "データベースとの接続が切れました。",
}

log = structlog.get_logger()


class StartForm(forms.Form):
    """Which feed."""

    mode = forms.ChoiceField(
        label="作る連携データ",
        choices=[("difference", "差分（前回から変わった分）"), ("full", "全件")],
        initial="difference",
        widget=forms.RadioSelect,
        help_text="前回の連携データがない場合は、差分を選んでも全件になります。",
    )


def count_failed(connection: psycopg.Connection) -> int:
    """Count one where the last run did not come to its end."""
    page = read_night(connection, profile().code)
    return int(bool(page.runs) and page.runs[0].state in {"failed", "broken", "held"})


@staff_action("feed.runs.view")
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the runs and what they wrote. While one is at work the page looks again by itself."""
    with use_case_connection() as connection:
        night = read_night(connection, profile().code)
    note(request, rows=len(night.runs))
    return render(
        request,
        "ledger/night/page.html",
        {
            "running": night.running,
            "running_phase": PHASES.get(night.running.phase, "") if night.running else "",
            "runs": [
                (
                    run,
                    *STATES[run.state],
                    MODES[run.mode],
                    _failure_in_words(run.failure),
                    HELD_STATES[HeldState(run.held_state)] if run.held_state else None,
                )
                for run in night.runs
            ],
            "generations": [
                (one, MODES[one.mode], {file.name.removesuffix(".csv"): file for file in one.files})
                for one in night.generations
            ],
            "form": StartForm(),
        },
    )


@staff_action("feed.write")
@require_POST
def start(request: HttpRequest) -> HttpResponse:
    """Begin a run beside the requests; its row says how it goes, whoever looks."""
    form = StartForm(request.POST)
    with use_case_connection() as connection:
        if is_running(connection, profile().code):
            messages.error(request, "夜間連携は処理中です。終わってから始めてください。")
            return HttpResponseRedirect(reverse("night:page"))
        who, full, day = actor(request).login, form.is_valid() and form.cleaned_data["mode"] == "full", None
        if number := request.POST.get("held", ""):
            held = read_held(connection, profile().code, int(number)) if number.isdecimal() else None
            if held is None or held.stands is not HeldState.RELEASED:
                messages.error(request, "解除された数値ではありません。")
                return HttpResponseRedirect(reverse("night:page"))
            full, day = held.mode == "full", held.business_date
        run = threading.Thread(target=_run, args=(who,), kwargs={"full": full, "day": day}, name="night", daemon=True)
        run.start()
        for _ in range(round(BEGIN_SECONDS / STEP_SECONDS)):
            run.join(STEP_SECONDS)
            if not run.is_alive() or is_running(connection, profile().code):
                break
    note(request, mode="full" if full else "difference")
    return HttpResponseRedirect(reverse("night:page"))


def _run(who: str, *, full: bool, day: date | None) -> None:
    try:
        if is_announced():
            announce_tonight(actor=who, full=full, day=day)
        write_tonight(actor=who, full=full, day=day)
    except NightHeldError:
        log.warning("night.held")  # the run's row leads to the figures
    except (KofuError, OSError, psycopg.Error) as error:
        log.error("night.failed", kind=type(error).__name__)  # noqa: TRY400 - the run's row says why; words may hold data


def _failure_in_words(failure: str) -> str:
    """Say in Japanese why a run failed; of a judgement the rule, the first file and line, and how many rows."""
    if failure.startswith(JUDGED):
        _, rule, place, count = failure.split(" ")
        where = f"{place}行目ほか計" if ":" in place else f"{place}　計"
        found = f"判定で拒否しました：{rule_text(rule)}　{where}{count}件。"
        return f"{found}元の賦課・収納を訂正してから、もう一度実行してください。"
    return FAILURES.get(failure, failure)
