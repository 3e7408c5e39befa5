"""The place on a kiosk where a real card is laid: one at a time, and each is another resident's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from kofu.core.errors import OperatorFault, ResidentFault
from kofu.kiosk.card.apdu import Transport
from kofu.kiosk.card.jpki import JpkiCard
from kofu.kiosk.card.reader import TRIES_MAX, CardFault
from kofu.kiosk.cards import Card, Device

#: What the screen offers where cards are real: nothing is known of them before they are laid.
ANY_CARD = Card(serial="", pin="", device=Device.CARD, label="")


@dataclass(slots=True)
class CardSlot:
    """A reader with a real card on it, or none. `connect` opens the line to what lies there."""

    connect: Callable[[], Transport]
    cards: tuple[Card, ...] = (ANY_CARD,)
    _laid: JpkiCard | None = field(default=None)

    def lay(self, _card: Card) -> JpkiCard:
        """Give the card that lies there. Raises `ResidentFault` `no_card`, `CardFault`, `OperatorFault`."""
        if self._laid is None or not self._laid.lies_there:
            self._laid = JpkiCard(self.connect())
        return self._laid

    def locked(self, _card: Card) -> bool:
        """Whether the card that lies there answers no PIN any more."""
        return self._laid is not None and self._laid.lies_there and self._laid.tries_left == 0

    def tries_left(self, _card: Card) -> int:
        """How many wrong PINs the card still bears, as it said last."""
        return self._laid.tries_left if self._laid is not None else TRIES_MAX

    def lies(self, _card: Card) -> bool:
        """Whether something lies there now: asked of the reader. One that cannot be asked holds nobody back."""
        try:
            self.connect().close()
        except CardFault:
            return True
        except (ResidentFault, OperatorFault):
            return False
        return True

    def take_off(self, _card: Card) -> None:
        """Let go of the card, and forget it: what is laid next is another one."""
        if self._laid is not None:
            self._laid.take_off()
        self._laid = None
