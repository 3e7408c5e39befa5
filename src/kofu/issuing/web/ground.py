"""What the console's use cases stand on: the clock, identities, and who acts."""

from __future__ import annotations

from django.http import HttpRequest

from kofu.issuing.acting.ground import Ground, system_ground
from kofu.staff.work import actor, lane


def ground_of(request: HttpRequest) -> Ground:
    """Act as the member of staff who is logged in."""
    return system_ground(lane=lane("work"), actor=actor(request).login)
