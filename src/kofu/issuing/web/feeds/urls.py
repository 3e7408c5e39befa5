"""Addresses of the feeds' screens."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.http import require_POST

from kofu.issuing.web.feeds import judged, rows, views
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "feeds"
prefix = "feeds/"
urlpatterns = [
    path("", views.listing, name="list"),
    path("judged/<int:number>/", judged.one, name="one"),
    path("judged/<int:number>/release/", require_POST(judged.release), name="release"),
    path("judged/<int:number>/reject/", require_POST(judged.reject), name="reject"),
    path("rows/", rows.held, name="rows"),
    path("rows/<int:number>/", rows.row, name="row"),
    path("rows/<int:number>/accept/", require_POST(rows.accept), name="accept_row"),
    path("undrawable/", rows.undrawable, name="undrawable"),
]
screens = (
    NavigationEntry(
        label="データの世代と鮮度", group="交付", url_name="feeds:list", action="feed.view", order=130, access_key="f"
    ),
    NavigationEntry(
        label="確認を要する行", group="交付", url_name="feeds:rows", action="row.view", order=140, access_key="k"
    ),
    NavigationEntry(
        label="描けない文字", group="交付", url_name="feeds:undrawable", action="row.view", order=150, access_key="g"
    ),
)
work_lists = (
    WorkList(
        label="保留中の連携データ", url_name="feeds:list", action="feed.view", order=30, count=judged.count_waiting
    ),
    WorkList(label="交付を保留している行", url_name="feeds:rows", action="row.view", order=40, count=rows.count_held),
    WorkList(
        label="届いていない外字の組",
        url_name="feeds:undrawable",
        action="row.view",
        order=45,
        count=rows.count_undelivered,
    ),
)
