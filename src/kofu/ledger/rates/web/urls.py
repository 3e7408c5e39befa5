"""Addresses of the rates."""

from __future__ import annotations

from django.urls import path

from kofu.ledger.rates.web import views
from kofu.staff.registry import NavigationEntry

app_name = "rates"
prefix = "rates/"
urlpatterns = [
    path("", views.listing, name="list"),
    path("propose/", views.propose, name="propose"),
    path("<int:rate_id>/decide/", views.decide, name="decide"),
]
screens = (
    NavigationEntry(label="延滞金・還付加算金の率", group="滞納", url_name="rates:list", action="rate.view", order=530),
)
