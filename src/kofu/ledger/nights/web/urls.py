"""Addresses of the nightly feed."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.nights.web import held, views
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "night"
prefix = "night/"
urlpatterns = [
    path("", views.page, name="page"),
    path("start/", views.start, name="start"),
    path("held/<int:number>/", held.one, name="held"),
    path("held/<int:number>/release/", held.release, name="release"),
    path("held/<int:number>/send-back/", held.send_back, name="send_back"),
]
screens = (
    NavigationEntry(
        label="夜間連携", group="連携", url_name="night:page", action="feed.runs.view", order=900, access_key="n"
    ),
)
work_lists = (
    WorkList(
        label="失敗・保留の夜間連携",
        url_name="night:page",
        action="feed.runs.view",
        order=90,
        count=views.count_failed,
    ),
)
