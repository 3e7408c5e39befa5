"""Addresses of 宛名."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.addressees.web import merging, outside, register
from kofu.staff.registry import NavigationEntry, WorkList

app_name = "addressees"
prefix = "addressees/"
urlpatterns = [
    path("person/<str:person_id>/", outside.page, name="person"),
    path("person/<str:person_id>/look-up/", outside.find, name="find"),
    path("person/<str:person_id>/accept/", outside.accept, name="accept"),
    path("register/", register.page, name="register"),
    path("merges/", merging.listing, name="merges"),
    path("merges/propose/", merging.propose, name="propose"),
    path("merges/<uuid:merge_id>/decide/", merging.decide, name="decide"),
]
screens = (
    NavigationEntry(
        label="住登外の登録", group="個人", url_name="addressees:register", action="addressee.register", order=110
    ),
    NavigationEntry(
        label="宛名の統合", group="個人", url_name="addressees:merges", action="addressee.merge", order=120
    ),
)
work_lists = (
    WorkList(
        label="決裁待ちの宛名の統合",
        url_name="addressees:merges",
        action="addressee.merge",
        order=60,
        count=merging.count_waiting,
    ),
)
