"""Addresses of 発行停止 and 更正処理中."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.holds.read_holds import count_unsent
from kofu.ledger.holds.web import views
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "issuance"
prefix = "issuance/"
urlpatterns = [
    path("", views.listing, name="list"),
    path("set/", views.set_one, name="set"),
    path("message/<str:message_id>/discard/", views.propose_discard, name="propose_discard"),
    path("message/<str:message_id>/decide/", views.decide_discard, name="decide_discard"),
    path("<uuid:hold_id>/lift/", views.lift, name="lift"),
]
screens = (
    NavigationEntry(
        label="発行停止・更正処理中", group="証明書", url_name="issuance:list", action="hold.view", order=830
    ),
)
work_lists = (
    WorkList(
        label="届いていない発行停止・更正処理中",
        url_name="issuance:list",
        action="hold.view",
        order=80,
        count=count_unsent,
    ),
)
