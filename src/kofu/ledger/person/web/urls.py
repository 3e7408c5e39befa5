"""Addresses of a person's screens."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.person.web import views
from kofu.staff.registry import NavigationEntry

app_name = "person"
prefix = "person/"
urlpatterns = [
    path("", views.search, name="search"),
    path("<str:person_id>/", views.page, name="page"),
    path("<str:person_id>/claim/<int:claim_id>/", views.claim, name="claim"),
    path("<str:person_id>/payment/<uuid:payment_id>/", views.payment, name="payment"),
]
screens = (
    NavigationEntry(
        label="個人を探す", group="個人", url_name="person:search", action="person.search", order=100, access_key="p"
    ),
)
