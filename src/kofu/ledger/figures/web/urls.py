"""Addresses of the statistics."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.figures.web import views
from kofu.staff.registry import NavigationEntry

app_name = "report"
prefix = "report/"
urlpatterns = [
    path("", views.page, name="page"),
    path("count/", views.count, name="count"),
]
screens = (
    NavigationEntry(
        label="収納率", group="統計", url_name="report:page", action="report.view", order=700, access_key="r"
    ),
)
