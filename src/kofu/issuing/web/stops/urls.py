"""Addresses of the stops."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.http import require_POST

from kofu.issuing.web.stops import views
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "stops"
prefix = "stops/"
urlpatterns = [
    path("", views.listing, name="list"),
    path("set/", require_POST(views.set_stop), name="set"),
    path("<str:stop_id>/lift/", require_POST(views.lift), name="lift"),
]
screens = (
    NavigationEntry(
        label="緊急停止", group="交付", url_name="stops:list", action="stop.view", order=120, access_key="x"
    ),
)
work_lists = (
    WorkList(label="継続中の緊急停止", url_name="stops:list", action="stop.view", order=20, count=views.count_standing),
)
