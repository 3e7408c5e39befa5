"""Whether the service is there right now, for the first screen: nobody lays a card and types a PIN for a closed door.

The centre is asked for the menu: a stop of the ward or of the centre, the hours and a silent line all show there. The
answer is kept for some seconds, since the first screen is drawn again and again; a visit begins on a fresh one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from kofu.contracts.issuing import Menu
from kofu.core.errors import PeerFault
from kofu.kiosk.center_client import CenterClient

KEPT_SECONDS = 20.0
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Offer:
    """What the first screen goes by: the menu, or the code of what is in the way ("" where the service is there)."""

    menu: Menu | None
    trouble: str = ""

    @property
    def open(self) -> bool:
        """Whether a visit may begin."""
        return not self.trouble


def offer_of(menu: Menu) -> Offer:
    """Judge a menu: a ward that is closed or offers nothing is closed to the resident."""
    return Offer(menu, "" if menu.open and menu.kinds else CLOSED)


@dataclass(slots=True)
class Service:
    """What the centre said last, and when it was asked."""

    center: CenterClient
    municipality_code: str
    clock: Callable[[], float]
    _offer: Offer | None = None
    _asked_at: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def now(self, *, fresh: bool = False) -> Offer:
        """Give what is offered: as it was some seconds ago, or asked anew."""
        with self._lock:
            if fresh or self._offer is None or self.clock() - self._asked_at > KEPT_SECONDS:
                self._offer = self._ask()
                self._asked_at = self.clock()
            return self._offer

    def _ask(self) -> Offer:
        try:
            return offer_of(self.center.menu(self.municipality_code))
        except PeerFault as error:
            return Offer(None, error.code)
