"""What every staff template may use: the system's name, the navigation, who is logged in."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from kofu.core.system_names import screens_name
from kofu.staff.models import StaffAccount
from kofu.staff.printing import words_of
from kofu.staff.registry import NavigationEntry, screens_for
from kofu.staff.signals import SECOND_FACTOR_KEY
from kofu.staff.work import StaffVisit, profile


@dataclass(frozen=True, slots=True)
class PageFrame:
    """The frame around a page. `ready`: logged in with a second factor, so that the navigation is shown.

    `print_words`: what the page hands back when it is printed (`printing`).
    """

    system: str
    system_name: str
    municipality: str
    specimen: bool
    ready: bool
    groups: tuple[tuple[str, tuple[NavigationEntry, ...]], ...]
    current: str
    print_words: str


def staff(request: HttpRequest) -> dict[str, PageFrame]:
    """Give the frame as `frame`."""
    account = getattr(request, "user", None)
    ready = isinstance(account, StaffAccount) and bool(request.session.get(SECOND_FACTOR_KEY))
    match = request.resolver_match
    visit = getattr(request, "visit", None)
    return {
        "frame": PageFrame(
            system=settings.KOFU_SYSTEM,
            system_name=screens_name(settings.KOFU_SYSTEM),
            municipality=profile().name,
            specimen=profile().specimen,
            ready=ready,
            groups=screens_for(account.role) if ready and isinstance(account, StaffAccount) else (),
            current=match.view_name if match else "",
            print_words=words_of(visit) if ready and isinstance(visit, StaffVisit) else "",
        )
    }
