"""Addresses of files that went out and their answers."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.sent_files.web import views
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "answers"
prefix = "answers/"
urlpatterns = [
    path("", views.listing, name="list"),
    path("register/", views.register_file, name="register"),
    path("<uuid:file_id>/again/", views.again, name="again"),
    path("<uuid:file_id>/answer/", views.answer, name="answer"),
]
screens = (
    NavigationEntry(
        label="送ったファイルの回答", group="収納", url_name="answers:list", action="outgoing.view", order=370
    ),
)
work_lists = (
    WorkList(
        label="回答の期限を過ぎたファイル",
        url_name="answers:list",
        action="outgoing.view",
        order=28,
        count=views.count_overdue,
    ),
)
