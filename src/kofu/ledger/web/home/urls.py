"""Addresses of the home page."""

from __future__ import annotations

from django.urls import path

from kofu.staff.home import index

app_name = "home"
prefix = ""
urlpatterns = [path("", index, name="index")]
