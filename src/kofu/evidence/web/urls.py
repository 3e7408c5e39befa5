"""Addresses of the evidence."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.http import require_POST

from kofu.evidence.web import views
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "evidence"
prefix = "evidence/"
urlpatterns = [
    path("", views.listing, name="list"),
    path("look/", require_POST(views.look_now), name="look"),
    path("<int:number>/record/", views.record, name="record"),
]
screens = (
    NavigationEntry(label="評価書の約束", group="管理", url_name="evidence:list", action="evidence.view", order=905),
)
work_lists = (
    WorkList(
        label="守られていない約束、期限の切れた記録",
        url_name="evidence:list",
        action="evidence.view",
        order=95,
        count=views.count_wrong,
    ),
)
