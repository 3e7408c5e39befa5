"""The chip of the tests, laid on a reader of PC/SC: Debian's vsmartcard-vpcd under pcscd, with pyscard in between.

Skips where pyscard or vpcd is missing (docs/how-to/card-reader.md says how to have both).
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from threading import Event, Thread

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from tests.center.published import Holder
from tests.kiosk.card.chip import Chip
from tests.kiosk.card.chips import PIN, chip

from kofu.core.errors import KofuError
from kofu.kiosk.card.jpki import JpkiCard
from kofu.kiosk.card.pcsc import PcscTransport
from kofu.kiosk.card.reader import CardFault, PinAnswer

VPCD = ("127.0.0.1", 0x8C7B)
READER = "Virtual PCD 00 00"
ATR = bytes.fromhex("3BE000FF8131FE4514")  # of a 個人番号カード, as OpenSC has it
CHANGES_MAX = 8
ASK_ATR = b"\x04"  # of one byte; 0, 1 and 2 turn the power off, on, and off and on


class Reader:
    """Lays a chip on the virtual reader: vpcd sends over a socket what a reader would send to the card."""

    def __init__(self, chip: Chip) -> None:
        self.chip = chip
        self.dark = Event()  # the power was cut
        self.line = socket.create_connection(VPCD, timeout=5)
        self.line.settimeout(None)
        self.work = Thread(target=self._serve, daemon=True)
        self.work.start()

    def pull(self) -> None:
        """Take the card off."""
        with suppress(OSError):  # pulled already
            self.line.shutdown(socket.SHUT_RDWR)
        self.line.close()
        self.work.join(5)

    def _serve(self) -> None:
        while (head := self._receive(2)) is not None:
            message = self._receive(struct.unpack(">H", head)[0]) or b""
            if len(message) > 1:
                self._send(self.chip.answer(message))
            elif message == ASK_ATR:
                self._send(ATR)
            else:
                self.chip.power_down()
                self.dark.set()

    def _receive(self, length: int) -> bytes | None:
        received = b""
        while len(received) < length:
            try:
                part = self.line.recv(length - len(received))
            except OSError:
                return None
            if not part:
                return None
            received += part
        return received

    def _send(self, answer: bytes) -> None:
        with suppress(OSError):  # pulled in the middle
            self.line.sendall(struct.pack(">H", len(answer)) + answer)


@pytest.fixture
def reader() -> Iterator[Reader]:
    pytest.importorskip("smartcard")
    try:
        laid = Reader(chip())
    except OSError:
        pytest.skip("no virtual reader: run pcscd with vsmartcard-vpcd")
    yield laid
    laid.pull()
    wait_for("EMPTY")


def wait_for(state: str) -> None:
    """Wait until pcscd has seen a card come (`PRESENT`) or go (`EMPTY`): it looks a few times a second."""
    from smartcard import scard

    wanted = getattr(scard, f"SCARD_STATE_{state}")
    _, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    now = scard.SCARD_STATE_UNAWARE
    for _ in range(CHANGES_MAX):
        _, [(_, now, _)] = scard.SCardGetStatusChange(context, 5000, [(READER, now)])
        if now & wanted:
            break
    scard.SCardReleaseContext(context)
    assert now & wanted, f"the reader never became {state}"


def connected() -> PcscTransport:
    wait_for("PRESENT")
    return PcscTransport(READER)


def test_a_card_on_a_reader_of_pcsc_is_read_and_signs(reader: Reader) -> None:
    card = JpkiCard(connected())
    assert card.certificate == reader.chip.certificate
    assert card.verify_pin("0000") is PinAnswer.WRONG
    assert card.verify_pin(PIN) is PinAnswer.RIGHT
    Holder().key.public_key().verify(card.sign(b"challenge"), b"challenge", padding.PKCS1v15(), hashes.SHA256())
    reader.dark.clear()
    card.take_off()
    assert reader.dark.wait(5)
    assert not reader.chip.verified


def test_a_card_pulled_off_a_reader_of_pcsc_is_removed(reader: Reader) -> None:
    card = JpkiCard(connected())
    reader.pull()
    wait_for("EMPTY")
    with pytest.raises(CardFault) as caught:
        card.verify_pin(PIN)
    assert caught.value.code == "card_removed"
    with pytest.raises(KofuError) as gone:
        PcscTransport(READER)
    assert gone.value.code == "no_card"


def test_a_reader_nobody_has_is_the_operators(reader: Reader) -> None:
    with pytest.raises(KofuError) as caught:
        PcscTransport("no such reader")
    assert caught.value.code == "no_card_reader"
