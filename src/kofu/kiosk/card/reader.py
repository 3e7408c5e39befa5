"""What a kiosk asks of a card or a phone with 利用者証明用電子証明書: answered by the virtual card, or by a reader."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from kofu.core.errors import ResidentFault

TRIES_MAX = 3  # three wrong PINs in a row lock the certificate; it is unlocked at the municipality's counter


class PinAnswer(StrEnum):
    """What the card says to a PIN."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"


class CardFault(ResidentFault):
    """The card, or how it lies: `card_removed`, `card_unknown`, `card_fault`. The visit ends; it may be laid anew."""


class LaidCard(Protocol):
    """A card that lies on the reader."""

    @property
    def certificate(self) -> bytes:
        """利用者証明用電子証明書 (DER). It carries no name and no address; reading it needs no PIN."""

    @property
    def tries_left(self) -> int:
        """How many wrong PINs the card still bears."""

    def verify_pin(self, pin: str) -> PinAnswer:
        """Let the card compare the PIN. A right one clears the count and allows signatures until it is taken off."""

    def sign(self, data: bytes) -> bytes:
        """Let the card sign (RSASSA-PKCS1-v1_5, SHA-256). Raises `ResidentFault` `pin_needed`."""

    def take_off(self) -> None:
        """Take the card off the reader: the next signature needs the PIN again."""
