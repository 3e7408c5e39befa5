"""Addresses of a person's screens."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.person.web import emergency, views
from kofu.staff.emergency import count_waiting_accesses
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "person"
prefix = "person/"
urlpatterns = [
    path("", views.search, name="search"),
    path("emergency/", emergency.listing, name="emergency"),
    path("emergency/ask/", emergency.ask, name="emergency-ask"),
    path("emergency/<int:number>/", emergency.one, name="emergency-one"),
    path("emergency/<int:number>/grant/", emergency.grant, name="emergency-grant"),
    path("emergency/<int:number>/refuse/", emergency.refuse, name="emergency-refuse"),
    path("emergency/<int:number>/report/", emergency.report, name="emergency-report"),
    path("<str:person_id>/", views.page, name="page"),
    path("<str:person_id>/entries/", views.entries, name="entries"),
    path("<str:person_id>/claim/<int:claim_id>/", views.claim, name="claim"),
    path("<str:person_id>/payment/<uuid:payment_id>/", views.payment, name="payment"),
]
screens = (
    NavigationEntry(
        label="個人を探す", group="個人", url_name="person:search", action="person.search", order=100, access_key="p"
    ),
    NavigationEntry(label="緊急閲覧", group="個人", url_name="person:emergency", action="emergency.view", order=195),
)
work_lists = (
    WorkList(
        label="緊急閲覧（許可・報告の確認）",
        url_name="person:emergency",
        action="emergency.grant",
        order=5,
        count=count_waiting_accesses,
    ),
)
