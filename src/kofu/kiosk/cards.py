"""The demo's cards and the reader they are laid on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import msgspec

from kofu.contracts.unreadable import UNREADABLE
from kofu.core.errors import OperatorFault
from kofu.kiosk.card.reader import TRIES_MAX, LaidCard


class Device(StrEnum):
    """How the certificate is carried. An iPhone checks face or finger itself and asks for no PIN."""

    CARD = "card"
    ANDROID = "android"
    IPHONE = "iphone"


class Card(msgspec.Struct, frozen=True):
    """A virtual card of cards.json."""

    serial: str
    pin: str
    device: Device
    label: str


class CardReader(Protocol):
    """Where cards are laid: the demo's reader (`Reader`), or a real one (`kofu.kiosk.card.slot.Slot`)."""

    @property
    def cards(self) -> tuple[Card, ...]:
        """What the screen offers."""

    def lay(self, card: Card) -> LaidCard:
        """Lay a card, or give the one that lies. Raises `PeerFault`, `ResidentFault`."""

    def locked(self, card: Card) -> bool:
        """Whether a card is known to answer no PIN any more."""

    def tries_left(self, card: Card) -> int:
        """How many wrong PINs the card still bears, as far as is known."""

    def lies(self, card: Card) -> bool:
        """Whether a card that was taken off still lies there, as the reader sees it."""

    def take_off(self, card: Card) -> None:
        """Take a card off: it signs nothing more without its PIN."""


@dataclass(slots=True)
class Reader:
    """The reader with the demo's cards. What a card thinks of a PIN is the card's own business."""

    cards: tuple[Card, ...]
    drawer: Callable[[Card], LaidCard]
    _laid: dict[str, LaidCard] = field(default_factory=dict)

    def lay(self, card: Card) -> LaidCard:
        """Lay a card on the reader. Raises `PeerFault` where a card that was never used gets no certificate."""
        if card.serial not in self._laid:
            self._laid[card.serial] = self.drawer(card)
        return self._laid[card.serial]

    def locked(self, card: Card) -> bool:
        """Whether a card that was laid before answers no PIN any more."""
        return card.serial in self._laid and self._laid[card.serial].tries_left == 0

    def tries_left(self, card: Card) -> int:
        """How many wrong PINs the card still bears, as far as the reader knows."""
        return self._laid[card.serial].tries_left if card.serial in self._laid else TRIES_MAX

    def lies(self, _card: Card) -> bool:
        """Whether a card still lies there: the demonstration's is off by the touch that says so."""
        return False

    def take_off(self, card: Card) -> None:
        """Take a card off: it signs nothing more without its PIN."""
        if card.serial in self._laid:
            self._laid[card.serial].take_off()


#: How a kiosk comes to cards, for whoever starts one.
_WAYS = "`kofu ward make` writes it, KOFU_CARDS names another, KOFU_CARD_READER a real reader"


def read_cards(path: Path, drawer: Callable[[Card], LaidCard]) -> Reader:
    """Read cards.json of the ward; `drawer` takes a card out.

    Raises `OperatorFault` naming the file and what is wrong with it.
    """
    try:
        cards = msgspec.json.decode(path.read_bytes(), type=tuple[Card, ...])
    except FileNotFoundError as error:
        raise OperatorFault("no_cards", f"the file of virtual cards {path} is missing; {_WAYS}") from error
    except OSError as error:
        raise OperatorFault("no_cards", f"{path} cannot be read: {error.strerror}; {_WAYS}") from error
    except UNREADABLE as error:
        raise OperatorFault("bad_cards", f"{path} is no file of virtual cards: {error}; {_WAYS}") from error
    if not cards:
        raise OperatorFault("no_cards", f"{path} holds no card; {_WAYS}")
    return Reader(cards, drawer)
