"""A virtual card: a real key and a real certificate, and the chip's own mind about PIN, tries and signatures.

The private key is made by the card, lives in it, and has no way out: nothing of the card gives it, prints it or copies
it. What the chip must remember (its key, wrong tries) it keeps in a file of its own, its memory.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Never

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from kofu.core.errors import ResidentFault
from kofu.kiosk.card.reader import TRIES_MAX, PinAnswer

KEY_BITS = 2048
SCRYPT = {"n": 2**12, "r": 8, "p": 1}

#: Asks the authority for a certificate of a public key (SubjectPublicKeyInfo, DER); gives it as DER.
Personalise = Callable[[bytes], bytes]


class _Memory(msgspec.Struct):
    """What the chip remembers. One that names no `making` carries a certificate the centre no longer takes."""

    making: Literal["published profile"]

    key: bytes
    certificate: bytes
    pin_salt: bytes
    pin_hash: bytes
    wrong_tries: int = 0


class VirtualCard:
    """A card (or a phone). `needs_pin` False: the phone checks its owner's face itself and signs at once."""

    __slots__ = ("__key", "__memory", "__path", "__verified", "_needs_pin")

    def __init__(self, path: Path | None, *, pin: str, needs_pin: bool, personalise: Personalise) -> None:
        """Take the card out of the drawer; one that was never used makes its key and gets its certificate now.

        `path` None: the card forgets everything when the program ends. Raises what `personalise` raises.
        """
        self.__path = path
        self._needs_pin = needs_pin
        self.__verified = False
        if path is not None and (remembered := _remembered(path)) is not None:
            self.__memory = remembered
            key = serialization.load_der_private_key(self.__memory.key, password=None)
            if not isinstance(key, rsa.RSAPrivateKey):
                raise ResidentFault("broken_card", "the card's chip cannot be read")
            self.__key = key
            return
        self.__key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
        public = self.__key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        salt = secrets.token_bytes(16)
        private = self.__key.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.__memory = _Memory("published profile", private, personalise(public), salt, _hash(pin, salt))
        self.__remember()

    @property
    def certificate(self) -> bytes:
        """利用者証明用電子証明書 (DER)."""
        return self.__memory.certificate

    @property
    def tries_left(self) -> int:
        """How many wrong PINs the card still bears."""
        return TRIES_MAX - self.__memory.wrong_tries

    def verify_pin(self, pin: str) -> PinAnswer:
        """Compare the PIN. The count is stored before the answer: pulling the card out gives no free try."""
        self.__verified = False
        if self.tries_left == 0:
            return PinAnswer.LOCKED
        self.__memory.wrong_tries += 1
        self.__remember()
        if not hmac.compare_digest(_hash(pin, self.__memory.pin_salt), self.__memory.pin_hash):
            return PinAnswer.LOCKED if self.tries_left == 0 else PinAnswer.WRONG
        self.__memory.wrong_tries = 0
        self.__remember()
        self.__verified = True
        return PinAnswer.RIGHT

    def sign(self, data: bytes) -> bytes:
        """Sign (RSASSA-PKCS1-v1_5, SHA-256). Raises `ResidentFault` `pin_needed` before a right PIN."""
        if self._needs_pin and not self.__verified:
            raise ResidentFault("pin_needed", "the card signs only after its PIN")
        return self.__key.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def take_off(self) -> None:
        """Take the card off: the next signature needs the PIN again."""
        self.__verified = False

    def __repr__(self) -> str:
        return "<a card>"

    def __reduce__(self) -> Never:
        raise TypeError("a card cannot be copied")

    def __remember(self) -> None:
        if self.__path is None:
            return
        self.__path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = self.__path.with_suffix(".new")
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(msgspec.msgpack.encode(self.__memory))
        beside.replace(self.__path)


def _remembered(path: Path) -> _Memory | None:
    """Read a chip's memory; None where there is none, or one of an earlier making: the card is then made anew."""
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=_Memory)
    except (FileNotFoundError, msgspec.ValidationError):
        return None


def _hash(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=SCRYPT["n"], r=SCRYPT["r"], p=SCRYPT["p"])
