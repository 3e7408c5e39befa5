"""Addresses of パンチ委託."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.deliveries.web import proofs, views
from kofu.staff.registry import HomeFigure, NavigationEntry, WorkList

app_name = "deliveries"
prefix = "deliveries/"
urlpatterns = [
    path("", views.listing, name="list"),
    path("proofs/", proofs.listing, name="proofs"),
    path("<uuid:delivery_id>/prove/", proofs.prove, name="prove"),
    path("make/", views.make, name="make"),
    path("<uuid:delivery_id>/", views.one, name="one"),
    path("<uuid:delivery_id>/slips/", views.slips, name="slips"),
    path("<uuid:delivery_id>/give-up/", views.give_up, name="give-up"),
    path("<uuid:delivery_id>/return/", views.take_back, name="return"),
]
screens = (
    NavigationEntry(label="パンチ委託", group="収納", url_name="deliveries:list", action="entry.export", order=360),
)
figures = (
    HomeFigure(
        label="期限を過ぎた消去証明（パンチ委託）",
        url_name="deliveries:proofs",
        action="entry.import",
        order=90,
        read=proofs.overdue_figure,
    ),
)
work_lists = (
    WorkList(
        label="戻りを待つパンチ委託",
        url_name="deliveries:list",
        action="entry.export",
        order=26,
        count=views.count_waiting,
    ),
)
