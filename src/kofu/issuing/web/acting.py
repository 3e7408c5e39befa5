"""What the console's use cases stand on: the clock, identities, and who acts."""

from __future__ import annotations

from django.http import HttpRequest

from kofu.issuing.acting.who_acts import Acting, system_acting
from kofu.staff.work import actor, lane


def acting_for(request: HttpRequest) -> Acting:
    """Act as the member of staff who is logged in."""
    return system_acting(lane=lane("work"), actor=actor(request).login)
