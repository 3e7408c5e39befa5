"""Addresses of arrears."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.arrears.web import batch, ended, letters, overdue, reallocation, reversal, stays, unremitted, views
from kofu.ledger.arrears.web.of_here import of_here
from kofu.ledger.letters.web import letters as letter_batches
from kofu.staff.registry import HomeFigure, NavigationEntry, WorkList

app_name = "arrears"
prefix = "arrears/"
urlpatterns = [
    path("", of_here(views.runs), name="runs"),
    path("draw/", of_here(views.draw_run), name="draw"),
    path("run/<uuid:run_id>/", of_here(views.one), name="run"),
    path("run/<uuid:run_id>/approve/", of_here(views.approve), name="approve"),
    path("run/<uuid:run_id>/withdraw/", of_here(views.withdraw), name="withdraw"),
    path("run/<uuid:run_id>/sent/", of_here(views.sent), name="sent"),
    path("run/<uuid:run_id>/letter/<int:person_id>/", of_here(letters.letter), name="letter"),
    path("run/<uuid:run_id>/letters/", of_here(batch.letters), name="letters"),
    path("run/<uuid:run_id>/take-out/", of_here(batch.take_out_several), name="take-out-several"),
    path("run/<uuid:run_id>/take-out/<int:claim_id>/", of_here(batch.take_out), name="take-out"),
    path("letters/<uuid:batch_id>/", of_here(letter_batches.progress), name="batch"),
    path("ended/", of_here(ended.listing), name="ended"),
    path("ended/<int:claim_id>/", of_here(ended.propose), name="write-off"),
    path("ended/<int:claim_id>/event/", of_here(ended.add_event), name="event"),
    path("ended/<int:claim_id>/take-back/<int:event_id>/", of_here(ended.take_back), name="take-back"),
    path("ended/<int:claim_id>/waive/", of_here(ended.waive), name="waive"),
    path("ended/<int:claim_id>/reverse/", of_here(ended.reverse_write_off), name="reverse-write-off"),
    path("reversal/<uuid:decision_id>/", of_here(reversal.decide), name="decide-reversal"),
    path("decision/<uuid:decision_id>/withdraw/", of_here(reversal.withdraw), name="withdraw-proposal"),
    path("stays/", of_here(stays.listing), name="stays"),
    path("unremitted/", of_here(unremitted.listing), name="unremitted"),
    path("overdue/", of_here(overdue.listing), name="overdue"),
    path("stays/<int:event_id>/", of_here(stays.end), name="end"),
    path("reallocation/person/<str:person_id>/", of_here(reallocation.propose), name="reallocate"),
    path("reallocation/<uuid:decision_id>/", of_here(reallocation.one), name="reallocation"),
    path("reallocation/<uuid:decision_id>/decide/", of_here(reallocation.decide), name="decide-reallocation"),
    path("decision/<uuid:decision_id>/", of_here(ended.decide), name="decide"),
]
screens = (
    NavigationEntry(label="督促", group="滞納", url_name="arrears:runs", action="dunning.view", order=500),
    NavigationEntry(label="時効・不納欠損", group="滞納", url_name="arrears:ended", action="writeoff.view", order=510),
    NavigationEntry(
        label="特別徴収の未納入", group="滞納", url_name="arrears:unremitted", action="dunning.view", order=530
    ),
    NavigationEntry(label="滞納者の一覧", group="滞納", url_name="arrears:overdue", action="dunning.view", order=499),
    NavigationEntry(
        label="差押・猶予・停止", group="滞納", url_name="arrears:stays", action="writeoff.view", order=520
    ),
)
work_lists = (
    WorkList(
        label="特別徴収の未納入",
        url_name="arrears:unremitted",
        action="dunning.view",
        order=52,
        count=unremitted.count_unremitted,
    ),
    WorkList(
        label="決裁待ちの督促", url_name="arrears:runs", action="dunning.view", order=50, count=views.count_waiting
    ),
    WorkList(
        label="決裁待ちの滞納整理",
        url_name="arrears:ended",
        action="writeoff.view",
        order=51,
        count=ended.count_waiting,
    ),
)
figures = (
    HomeFigure(
        label="滞納（普通徴収）",
        url_name="arrears:overdue",
        action="dunning.view",
        order=10,
        read=overdue.people_in_arrears,
    ),
    HomeFigure(
        label="納期限から20日以内で督促前",
        url_name="arrears:runs",
        action="dunning.view",
        order=20,
        read=overdue.dunning_due,
    ),
)
