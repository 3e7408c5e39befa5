"""Addresses of the cases."""

from __future__ import annotations

from django.urls import path
from django.views.decorators.http import require_POST

from kofu.issuing.web.cases import views
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "cases"
prefix = "cases/"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new/", views.new, name="new"),
    path("<str:case_id>/", views.one, name="one"),
    path("<str:case_id>/evidence/", require_POST(views.add_evidence), name="evidence"),
    path("<str:case_id>/sign/", require_POST(views.sign), name="sign"),
]
screens = (
    NavigationEntry(label="調査票", group="交付", url_name="cases:list", action="case.view", order=110, access_key="c"),
)
work_lists = (
    WorkList(label="完結していない調査票", url_name="cases:list", action="case.view", order=10, count=views.count_open),
)
