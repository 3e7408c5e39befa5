"""Addresses of the openings (閲覧の許可)."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.openings.web import views
from kofu.staff.registry import NavigationEntry

app_name = "openings"
prefix = "openings/"
urlpatterns = [
    path("", views.listing, name="list"),
    path("propose/", views.propose, name="propose"),
    path("<uuid:opening_id>/approve/", views.approve, name="approve"),
    path("<uuid:opening_id>/close/", views.close, name="close"),
    path("<uuid:opening_id>/read/", views.read, name="read"),
]
screens = (
    NavigationEntry(
        label="保存期間を過ぎたものの閲覧", group="個人", url_name="openings:list", action="opening.view", order=190
    ),
)
