"""Addresses of the machines' certificates."""

from __future__ import annotations

from django.urls import path

from kofu.issuing.web.machines import views
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "machines"
prefix = "machines/"
urlpatterns = [path("", views.listing, name="list")]
screens = (
    NavigationEntry(label="機器の証明書", group="管理", url_name="machines:list", action="machine.view", order=905),
)
work_lists = (
    WorkList(
        label="期限の近い機器の証明書",
        url_name="machines:list",
        action="machine.view",
        order=60,
        count=views.count_ending,
    ),
)
