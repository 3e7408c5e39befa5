"""A card that answers commands as the real one does: application, files, PIN counter, key. Real RSA, nothing played.

The commands are those public in OpenSC (`card-jpki.c`) and jpki/myna; this end of them is written apart from
`kofu.kiosk.card.apdu`, so that a mistake there meets an answer of error here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from asn1crypto.algos import DigestInfo
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from kofu.kiosk.card.reader import CardFault

JPKI = bytes.fromhex("D392F000260100000001")
TRIES = 3


@dataclass(slots=True)
class Chip:
    """`t0`: a contact card, which makes its reader fetch what it has to say. `read_max`: the most it gives at once."""

    key: rsa.RSAPrivateKey
    certificate: bytes
    pin: bytes = b"1234"
    tries: int = TRIES
    application: bytes = JPKI
    t0: bool = False
    read_max: int = 256
    blocked_says: bytes = b"\x69\x83"
    verified: bool = False
    selected: int = 0
    opened: bool = False
    waiting: bytes = b""
    commands: list[bytes] = field(default_factory=list)

    def power_down(self) -> None:
        """Lose the power: what the PIN allowed is over, the count is not."""
        self.verified = self.opened = False
        self.selected, self.waiting = 0, b""

    def answer(self, command: bytes) -> bytes:  # noqa: PLR0911 - one for each command
        """Answer one command."""
        self.commands.append(command)
        head, body = command[:4], command[4:]
        match head:
            case b"\x00\xa4\x04\x0c":
                self.opened = body == bytes([len(self.application)]) + self.application
                return b"\x90\x00" if self.opened else b"\x6a\x82"
            case b"\x00\xc0\x00\x00":
                return self._fetch(body[0] or 256)
            case _ if not self.opened:
                return b"\x6e\x00"
            case b"\x00\xa4\x02\x0c":
                self.selected = int.from_bytes(body[1:])
                return b"\x90\x00" if body[0] == 2 and self.selected in {0x0A, 0x17, 0x18} else b"\x6a\x82"
            case b"\x00\x20\x00\x80" if self.selected == 0x18:
                return self._verify(body)
            case b"\x80\x2a\x00\x80" if self.selected == 0x17:
                return self._sign(body)
            case _ if head[:2] == b"\x00\xb0" and self.selected == 0x0A:
                return self._read(int.from_bytes(head[2:]), body[0] or 256)
        return b"\x6d\x00"

    def _verify(self, body: bytes) -> bytes:
        if not body:
            return b"\x90\x00" if self.verified else bytes([0x63, 0xC0 | self.tries])
        self.verified = False
        if self.tries == 0:
            return self.blocked_says
        self.tries -= 1
        if body != bytes([len(self.pin)]) + self.pin:
            return bytes([0x63, 0xC0 | self.tries])
        self.tries, self.verified = TRIES, True
        return b"\x90\x00"

    def _sign(self, body: bytes) -> bytes:
        if not self.verified:
            return b"\x69\x82"
        info = DigestInfo.load(body[1 : 1 + body[0]], strict=True)
        if info["digest_algorithm"]["algorithm"].native != "sha256" or body[1 + body[0] :] != b"\x00":
            return b"\x6a\x80"
        digest = info["digest"].native
        return self._give(self.key.sign(digest, padding.PKCS1v15(), Prehashed(hashes.SHA256())))

    def _read(self, offset: int, length: int) -> bytes:
        if offset >= len(self.certificate):
            return b"\x6b\x00"
        if self.t0 and length > len(self.certificate) - offset:
            return bytes([0x6C, len(self.certificate) - offset])
        return self.certificate[offset : offset + min(length, self.read_max)] + b"\x90\x00"

    def _give(self, data: bytes) -> bytes:
        if not self.t0:
            return data + b"\x90\x00"
        self.waiting = data
        return bytes([0x61, min(len(data), 256) & 0xFF])

    def _fetch(self, length: int) -> bytes:
        part, self.waiting = self.waiting[:length], self.waiting[length:]
        return part + (bytes([0x61, min(len(self.waiting), 256) & 0xFF]) if self.waiting else b"\x90\x00")


@dataclass(slots=True)
class Line:
    """A line to a chip that is cut after so many commands: the card was taken off. `sent` keeps what went over it."""

    chip: Chip
    cut_after: int = 1000
    closed: int = 0
    sent: list[bytes | bytearray] = field(default_factory=list)

    def transmit(self, command: bytes | bytearray) -> bytes:
        """Bring a command to the chip."""
        self.sent.append(command)
        if len(self.sent) > self.cut_after or self.closed:
            raise CardFault("card_removed", "the card was taken off the reader")
        return self.chip.answer(bytes(command))

    def close(self) -> None:
        """Cut the power."""
        self.closed += 1
        self.chip.power_down()
