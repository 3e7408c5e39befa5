"""Addresses of the feeds' screen."""

from __future__ import annotations

from django.urls import path

from kofu.issuing.web.feeds import views
from kofu.platform.staff.registry import Screen

app_name = "feeds"
prefix = "feeds/"
urlpatterns = [path("", views.listing, name="list")]
screens = (
    Screen(
        label="データの世代と鮮度", group="交付", url_name="feeds:list", action="feed.view", order=130, access_key="f"
    ),
)
