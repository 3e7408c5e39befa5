"""Addresses of the day's requests."""

from __future__ import annotations

from django.urls import path

from kofu.issuing.web.requests import views
from kofu.staff.registry import NavigationEntry

app_name = "requests"
prefix = "requests/"
urlpatterns = [
    path("", views.day, name="day"),
    path("<str:request_id>/", views.one, name="one"),
]
screens = (
    NavigationEntry(
        label="当日の交付状況", group="交付", url_name="requests:day", action="request.view", order=100, access_key="r"
    ),
)
