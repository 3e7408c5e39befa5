"""Addresses of the erasures."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.http import require_POST

from kofu.issuing.web.erasures import views
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "erasures"
prefix = "erasures/"
urlpatterns = [
    path("", views.listing, name="list"),
    path("<int:order_id>/sign/", require_POST(views.sign), name="sign"),
    path("<int:order_id>/withdraw/", require_POST(views.withdraw), name="withdraw"),
]
screens = (
    NavigationEntry(label="古い年度の消去", group="交付", url_name="erasures:list", action="erasure.view", order=160),
)
work_lists = (
    WorkList(
        label="署名を待つ年度の消去",
        url_name="erasures:list",
        action="erasure.view",
        order=45,
        count=views.count_waiting,
    ),
)
