"""Virtual cards on the demo reader: what the reader learns, and the PIN check a card makes by itself."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import msgspec

from kofu.core.errors import OperatorFault

TRIES_MAX = 3  # 利用者証明用電子証明書: three wrong PINs in a row lock it; unlocked at the municipality's counter


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


class PinAnswer(StrEnum):
    """What the card says to a PIN."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"


@dataclass(slots=True)
class Reader:
    """The reader with the demo's cards. It counts wrong tries as the cards do."""

    cards: tuple[Card, ...]
    _wrong: dict[str, int] = field(default_factory=dict)

    def locked(self, card: Card) -> bool:
        """Whether the card answers no PIN any more."""
        return self._wrong.get(card.serial, 0) >= TRIES_MAX

    def tries_left(self, card: Card) -> int:
        """How many wrong PINs the card still bears."""
        return TRIES_MAX - self._wrong.get(card.serial, 0)

    def check_pin(self, card: Card, pin: str) -> PinAnswer:
        """Let the card compare the PIN. A right one clears the count."""
        if self.locked(card):
            return PinAnswer.LOCKED
        if hmac.compare_digest(card.pin.encode(), pin.encode()):
            self._wrong.pop(card.serial, None)
            return PinAnswer.RIGHT
        self._wrong[card.serial] = self._wrong.get(card.serial, 0) + 1
        return PinAnswer.LOCKED if self.locked(card) else PinAnswer.WRONG


def read_cards(path: Path) -> Reader:
    """Read cards.json of the ward. Raises `OperatorFault` naming the file and what is wrong with it."""
    try:
        cards = msgspec.json.decode(path.read_bytes(), type=tuple[Card, ...])
    except FileNotFoundError as error:
        raise OperatorFault(
            "no_cards", f"{path} is missing; `kofu ward make` writes it, KOFU_CARDS names it"
        ) from error
    except msgspec.DecodeError as error:
        raise OperatorFault("bad_cards", f"{path}: {error}") from error
    if not cards:
        raise OperatorFault("no_cards", f"{path} holds no card")
    return Reader(cards)
