"""Addresses of the staff screens of `issuing`: Django's root, and the list of its topics."""

from __future__ import annotations

from kofu.evidence.web import urls as evidence
from kofu.issuing.web.cases import urls as cases
from kofu.issuing.web.erasures import urls as erasures
from kofu.issuing.web.feeds import urls as feeds
from kofu.issuing.web.home import urls as home
from kofu.issuing.web.machines import urls as machines
from kofu.issuing.web.requests import urls as requests
from kofu.issuing.web.stops import urls as stops
from kofu.staff.urls import staff_urls

#: Every topic with screens; a test looks for any that is missing.
topics = (cases, erasures, evidence, feeds, home, machines, requests, stops)
urlpatterns = staff_urls(topics)
