"""A 個人番号カード on a real reader, behind `LaidCard`: the card compares the PIN and signs; nothing of it is kept."""

from __future__ import annotations

import hashlib

from kofu.core.errors import ResidentFault
from kofu.kiosk.card import apdu
from kofu.kiosk.card.apdu import ResponseApdu, Transport
from kofu.kiosk.card.reader import TRIES_MAX, CardFault, PinAnswer

CERTIFICATE_BYTES_MAX = 8 * 1024


class JpkiCard:
    """A card that lies on a reader. Its certificate is read when it is laid; it needs no PIN."""

    def __init__(self, transport: Transport) -> None:
        """Open the application of a card that was just laid.

        Raises `CardFault`: `card_unknown` (no card with 利用者証明用電子証明書), `card_removed`, `card_fault`.
        """
        self._transport = transport
        self._there = True
        self._tries_left = TRIES_MAX
        try:
            self._open()
            self._certificate = self._read_certificate()
            self._tries_left = self._ask_tries()
        except CardFault:
            self.take_off()
            raise

    @property
    def lies_there(self) -> bool:
        """Whether the card still lies where it was laid, as far as is known."""
        return self._there

    @property
    def certificate(self) -> bytes:
        """利用者証明用電子証明書 (DER)."""
        return self._certificate

    @property
    def tries_left(self) -> int:
        """How many wrong PINs the card bears, as it said last."""
        return self._tries_left

    def verify_pin(self, pin: str) -> PinAnswer:
        """Let the card compare the PIN. What cannot be a PIN is wrong and costs no try.

        The bytes sent are wiped, whatever comes back. Raises `CardFault` `card_removed`, `card_fault`.
        """
        if len(pin) != apdu.PIN_DIGITS or not (pin.isascii() and pin.isdigit()):
            return PinAnswer.WRONG
        self._select(apdu.PIN_FILE)
        command = apdu.verify(pin)
        try:
            answer = self._exchange(command)
        finally:
            command[:] = bytes(len(command))
        if answer.status == apdu.OK:
            self._tries_left = TRIES_MAX
            return PinAnswer.RIGHT
        self._tries_left = self._tries_of(answer)
        return PinAnswer.WRONG if self._tries_left else PinAnswer.LOCKED

    def sign(self, data: bytes) -> bytes:
        """Let the card sign (RSASSA-PKCS1-v1_5, SHA-256).

        Raises `ResidentFault` `pin_needed` before a right PIN; `CardFault` `card_removed`, `card_fault`.
        """
        self._select(apdu.KEY_FILE)
        answer = self._exchange(apdu.sign(hashlib.sha256(data).digest()))
        if answer.status == apdu.PIN_MISSING:
            raise ResidentFault("pin_needed", "the card signs only after its PIN")
        if answer.status != apdu.OK or not answer.data:
            raise _fault("sign", answer)
        return answer.data

    def take_off(self) -> None:
        """Let go of the card: its power is cut, and with it goes what the PIN allowed."""
        self._there = False
        self._transport.close()

    def __repr__(self) -> str:
        return "<a card>"

    def _open(self) -> None:
        if self._exchange(apdu.select_application()).status != apdu.OK:
            raise CardFault("card_unknown", "the card has no application for user authentication")

    def _read_certificate(self) -> bytes:
        self._select(apdu.CERTIFICATE_FILE)
        size = apdu.size_by_head(self._read(0, apdu.HEAD_BYTES))
        if size is None or size > CERTIFICATE_BYTES_MAX:
            raise CardFault("card_unknown", "the card carries no certificate for user authentication")
        certificate = bytearray()
        while len(certificate) < size:
            certificate += self._read(len(certificate), min(size - len(certificate), apdu.CHUNK_BYTES))
        return bytes(certificate)

    def _read(self, offset: int, length: int) -> bytes:
        answer = self._exchange(apdu.read_binary(offset, length))
        if answer.status != apdu.OK or not 0 < len(answer.data) <= length:
            raise _fault("read", answer)
        return answer.data

    def _ask_tries(self) -> int:
        self._select(apdu.PIN_FILE)
        answer = self._exchange(apdu.ask_tries())
        # a card that was not powered down since its PIN says OK
        return TRIES_MAX if answer.status == apdu.OK else self._tries_of(answer)

    def _select(self, number: int) -> None:
        answer = self._exchange(apdu.select_file(number))
        if answer.status == apdu.NOT_FOUND:
            raise CardFault("card_unknown", "the card carries no certificate for user authentication")
        if answer.status != apdu.OK:
            raise _fault("select", answer)

    def _tries_of(self, answer: ResponseApdu) -> int:
        if answer.status in apdu.PIN_BLOCKED:
            return 0
        if answer.tries_left is None:
            raise _fault("verify", answer)
        return answer.tries_left

    def _exchange(self, command: bytes | bytearray) -> ResponseApdu:
        if not self._there:
            raise CardFault("card_removed", "the card was taken off the reader")
        try:
            return apdu.exchange(self._transport, command)
        except CardFault:
            self.take_off()
            raise


def _fault(what: str, answer: ResponseApdu) -> CardFault:
    return CardFault("card_fault", f"the card answered {answer.status:04X} to {what}")
