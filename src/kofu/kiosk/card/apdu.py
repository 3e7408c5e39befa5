"""The commands of 公的個人認証AP on a 個人番号カード, as bytes (ISO/IEC 7816-4).

Application, files and commands are public in OpenSC (`src/libopensc/jpki.h`, `card-jpki.c`) and jpki/myna: the
application is chosen by its name, then a file by its number; PINs and keys are files too. Only what user authentication
needs stands here: nothing of this program can name the key for signatures (署名用), or change a PIN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

APPLICATION = bytes.fromhex("D392F000260100000001")
CERTIFICATE_FILE = 0x000A
KEY_FILE = 0x0017
PIN_FILE = 0x0018
#: DigestInfo of SHA-256 up to its digest (RFC 8017 §9.2, note 1): what the card pads and signs.
SHA256_DIGEST_INFO = bytes.fromhex("3031300D060960864801650304020105000420")
CHUNK_BYTES = 0xFF  # one short command; some readers do not pass 256
ANSWER_BYTES_MAX = 4096
PIN_DIGITS = 4

OK = 0x9000
PIN_WRONG = 0x63C0  # its last digit: how many tries are left
PIN_BLOCKED = frozenset({0x6983, 0x6984})
PIN_MISSING = 0x6982
NOT_FOUND = 0x6A82
MORE = 0x61  # first byte: so many bytes are to be fetched
LESS = 0x6C  # first byte: so many bytes are to be asked for
STATUS_BYTES = 2
HEAD_BYTES = 4
LONG_SEQUENCE = b"\x30\x82"  # DER: a SEQUENCE of 256 bytes to 64 KiB


class Transport(Protocol):
    """The line to the card that lies on a reader."""

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Bring a command to the card; give its answer with the status word. Raises `CardFault` `card_removed`."""

    def close(self) -> None:
        """Cut the card's power: it forgets that it was given its PIN. Never raises."""


@dataclass(frozen=True, slots=True)
class ResponseApdu:
    """What a card answers: data, and the status word."""

    data: bytes
    status: int

    @property
    def tries_left(self) -> int | None:
        """How many wrong PINs the card still bears, where the answer says it (63Cx)."""
        return self.status & 0x0F if self.status & 0xFFF0 == PIN_WRONG else None


def exchange(transport: Transport, command: bytes | bytearray) -> ResponseApdu:
    """Bring a command and fetch its whole answer: under T=0 a card says `61xx` (fetch) or `6Cxx` (ask for less).

    A command with a PIN (`bytearray`) asks for no data, is sent once and never copied.
    """
    answer = _split(transport.transmit(command))
    if answer.status >> 8 == LESS and isinstance(command, bytes):
        answer = _split(transport.transmit(command[:-1] + bytes([answer.status & 0xFF])))
    data = answer.data
    while answer.status >> 8 == MORE and len(data) < ANSWER_BYTES_MAX:
        answer = _split(transport.transmit(bytes([0x00, 0xC0, 0x00, 0x00, answer.status & 0xFF])))
        data += answer.data
    return ResponseApdu(data, answer.status)


def select_application() -> bytes:
    """SELECT by name, no answer wanted."""
    return bytes([0x00, 0xA4, 0x04, 0x0C, len(APPLICATION)]) + APPLICATION


def select_file(number: int) -> bytes:
    """SELECT a file of the application."""
    return bytes([0x00, 0xA4, 0x02, 0x0C, 2]) + number.to_bytes(2)


def ask_tries() -> bytes:
    """VERIFY without a PIN: costs no try, and the answer says how many there are."""
    return bytes([0x00, 0x20, 0x00, 0x80])


def verify(pin: str) -> bytearray:
    """VERIFY. The caller wipes it."""
    return bytearray([0x00, 0x20, 0x00, 0x80, len(pin)]) + pin.encode("ascii")


def sign(digest: bytes) -> bytes:
    """COMPUTE DIGITAL SIGNATURE over a SHA-256 digest, with the key of the file that is selected."""
    info = SHA256_DIGEST_INFO + digest
    return bytes([0x80, 0x2A, 0x00, 0x80, len(info)]) + info + b"\x00"


def read_binary(offset: int, length: int) -> bytes:
    """READ BINARY of the file that is selected: `length` 1 to 255 bytes from `offset`, below 32 KiB."""
    return bytes([0x00, 0xB0]) + offset.to_bytes(2) + bytes([length])


def size_by_head(head: bytes) -> int | None:
    """Say how long a DER object is by its first four bytes, its head included; None where that is no certificate."""
    if len(head) != HEAD_BYTES or not head.startswith(LONG_SEQUENCE):
        return None
    return HEAD_BYTES + int.from_bytes(head[len(LONG_SEQUENCE) :])


def _split(raw: bytes) -> ResponseApdu:
    # an answer without a status word is a broken line, and no success
    return (
        ResponseApdu(raw[:-STATUS_BYTES], int.from_bytes(raw[-STATUS_BYTES:]))
        if len(raw) >= STATUS_BYTES
        else ResponseApdu(b"", 0)
    )
