"""Addresses of the assessment files."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.assessments.web import views
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "assessments"
prefix = "assessments/"
urlpatterns = [
    path("", views.listing, name="list"),
    path("receive/", views.receive_file, name="receive"),
    path("<uuid:file_id>/", views.one, name="one"),
    path("<uuid:file_id>/post/", views.post_file, name="post"),
    path("<uuid:file_id>/accept/", views.accept, name="accept"),
    path("<uuid:file_id>/reject/", views.reject_file, name="reject"),
]
screens = (
    NavigationEntry(
        label="賦課情報の登録",
        group="賦課",
        url_name="assessments:list",
        action="assessment.view",
        order=200,
        access_key="a",
    ),
)
work_lists = (
    WorkList(
        label="登録を待つ賦課情報",
        url_name="assessments:list",
        action="assessment.view",
        order=20,
        count=views.count_waiting,
    ),
)
