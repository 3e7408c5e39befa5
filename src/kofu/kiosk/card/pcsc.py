"""The line to a card over PC/SC: pyscard, which a kiosk with a real reader installs (`pip install kofu[reader]`)."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from kofu.core.errors import OperatorFault, ResidentFault
from kofu.kiosk.card.reader import CardFault

if TYPE_CHECKING:
    from smartcard.CardConnection import CardConnection


class PcscTransport:
    """A connection that nobody else shares. `named`: part of the name only this reader bears."""

    def __init__(self, named: str) -> None:
        """Connect to the card on the reader.

        Raises `ResidentFault` `no_card` where none lies there, `CardFault` `card_fault` where it does not wake up,
        `OperatorFault` `no_card_reader` where pyscard, pcscd or the reader is missing.
        """
        try:
            from smartcard.Exceptions import (
                CardConnectionException,
                NoCardException,
                SmartcardException,
            )
            from smartcard.scard import SCARD_SHARE_EXCLUSIVE, SCARD_UNPOWER_CARD
            from smartcard.System import readers
        except ImportError as error:
            raise OperatorFault("no_card_reader", "pyscard is missing; install kofu[reader]") from error
        self._broken: type[Exception] = SmartcardException
        try:
            found = [reader for reader in readers() if named in reader.name]
        except SmartcardException as error:
            raise OperatorFault("no_card_reader", "PC/SC does not answer; is pcscd running?") from error
        if len(found) != 1:
            raise OperatorFault(
                "no_card_reader", f"{len(found)} readers bear {named!r} in their name; KOFU_CARD_READER must name one"
            )
        connection: CardConnection = found[0].createConnection()
        try:
            connection.connect(mode=SCARD_SHARE_EXCLUSIVE, disposition=SCARD_UNPOWER_CARD)
        except NoCardException as error:
            raise ResidentFault("no_card", "no card lies on the reader") from error
        except CardConnectionException as error:
            raise CardFault("card_fault", "the card does not answer the reader") from error
        self._connection = connection

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Bring a command to the card. The list it travels in is wiped: it may hold a PIN."""
        sent = list(command)
        try:
            data, first, second = self._connection.transmit(sent)
        except self._broken as error:
            raise CardFault("card_removed", "the card was taken off the reader") from error
        finally:
            sent[:] = [0] * len(sent)
        return bytes(data) + bytes([first, second])

    def close(self) -> None:
        """Cut the card's power."""
        with suppress(self._broken):
            self._connection.disconnect()
