"""Addresses of the staff screens of `issuing`: Django's root."""

from __future__ import annotations

from kofu.platform.staff.urls import staff_urls

urlpatterns = staff_urls()
