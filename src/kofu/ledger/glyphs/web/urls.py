"""Addresses of the drawn glyphs."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.glyphs.web import views
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "glyphs"
prefix = "glyphs/"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new/", views.new, name="new"),
    path("<uuid:registration_id>/", views.one, name="one"),
    path("<uuid:registration_id>/proof.png", views.proof_picture, name="proof"),
    path("<uuid:registration_id>/end/", views.end, name="end"),
    path("<uuid:registration_id>/decide/", views.decide, name="decide"),
]
screens = (NavigationEntry(label="外字の登録", group="個人", url_name="glyphs:list", action="glyph.view", order=125),)
work_lists = (
    WorkList(
        label="決裁を待つ外字", url_name="glyphs:list", action="glyph.approve", order=45, count=views.count_waiting
    ),
)
