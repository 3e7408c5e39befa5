"""Keys in a token (PKCS#11): a hardware security module, or SoftHSM in tests. The key is used there and never leaves.

=======================  ============================================================================================
`KOFU_PKCS11_MODULE`     the library of the token's maker, such as /usr/lib/softhsm/libsofthsm2.so
`KOFU_PKCS11_TOKEN`      label of the token
`KOFU_PKCS11_PIN_FILE`   file with its PIN on one line, mode 0600
=======================  ============================================================================================

One thread of the process speaks with the token: libraries of tokens differ in what they bear of threads, and SoftHSM
ends the process where two of them close at once. Keys are made in the token, marked as never to be given out: P-256 for
papers, Ed25519 for what systems say (`platform.message_keys`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, Hash

from kofu.core.errors import KofuError, OperatorFault

HALF_BYTES = 32
_POINT_PREFIX = b"\x04"
_CURVE = "1.2.840.10045.3.1.7"  # P-256
_ED25519 = "1.3.101.112"
T = TypeVar("T")


class Token:
    """An open session with one token. Errors of the token are `OperatorFault`s `token_failed`, without its PIN."""

    def __init__(self, module: Path, label: str, pin: str) -> None:
        """Open the session. Raises `OperatorFault` where there is no such token or the PIN is not its own."""
        self._owner = ThreadPoolExecutor(1, thread_name_prefix="token")
        self.label = label
        self._session: Any = None
        self._owner.submit(self._open, module, pin).result()

    def _open(self, module: Path, pin: str) -> None:
        import pkcs11

        try:
            token = pkcs11.lib(str(module)).get_token(token_label=self.label)
            self._session = token.open(user_pin=pin, rw=True)
        except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
            raise OperatorFault(
                "token_failed",
                f"token {self.label} cannot be opened ({type(error).__name__}); see docs/how-to/key-ceremony.md",
            ) from None

    def run(self, work: Callable[[Any], T]) -> T:
        """Do something with the session, in the one thread that may. Raises `OperatorFault` where the token fails."""
        return self._owner.submit(self._run, work).result()

    def _run(self, work: Callable[[Any], T]) -> T:
        import pkcs11

        try:
            return work(self._session)
        except KofuError:
            raise
        except pkcs11.PKCS11Error as error:
            raise OperatorFault("token_failed", f"token {self.label} refused ({type(error).__name__})") from None

    def close(self) -> None:
        """End the session."""
        self._owner.submit(self._session.close).result()
        self._owner.shutdown()

    def make_key(self, label: str) -> ec.EllipticCurvePublicKey:
        """Make a key of P-256 that can sign and never be read. Raises `OperatorFault` where the label is taken."""
        self.run(lambda session: self._make(session, label, messages=False))
        return self.public_key(label)

    def make_message_key(self, label: str) -> Ed25519PublicKey:
        """Make a key of Ed25519 that can sign and never be read. Raises `OperatorFault` where the label is taken."""
        self.run(lambda session: self._make(session, label, messages=True))
        return self.message_key(label)

    def _make(self, session: Any, label: str, *, messages: bool) -> None:
        from pkcs11 import Attribute, KeyType, Mechanism
        from pkcs11.util.ec import encode_named_curve_parameters

        if list(session.get_objects({Attribute.LABEL: label})):
            raise OperatorFault("key_label_taken", f"token {self.label} holds something labelled {label} already")
        kind, curve, mechanism = (
            (KeyType.EC_EDWARDS, _ED25519, Mechanism.EC_EDWARDS_KEY_PAIR_GEN)
            if messages
            else (KeyType.EC, _CURVE, Mechanism.EC_KEY_PAIR_GEN)
        )
        parameters = session.create_domain_parameters(
            kind, {Attribute.EC_PARAMS: encode_named_curve_parameters(curve)}, local=True
        )
        never_out = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.SIGN: True}
        parameters.generate_keypair(store=True, label=label, mechanism=mechanism, private_template=never_out)

    def public_key(self, label: str) -> ec.EllipticCurvePublicKey:
        """Read the public half of a key. Raises `OperatorFault` where the token has none of that label."""
        point = self._point(label)
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point[point.index(_POINT_PREFIX, 2) :])

    def message_key(self, label: str) -> Ed25519PublicKey:
        """Read the public half of an Ed25519 key. Raises `OperatorFault` where the token has none of that label."""
        point = self._point(label)
        if len(point) not in {HALF_BYTES, 2 + HALF_BYTES}:
            raise OperatorFault("no_key_in_token", f"in token {self.label}, {label} is no Ed25519 key")
        return Ed25519PublicKey.from_public_bytes(point[-HALF_BYTES:])

    def _point(self, label: str) -> bytes:
        def read(session: Any) -> bytes:
            from pkcs11 import Attribute, ObjectClass

            for found in session.get_objects({Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.LABEL: label}):
                return bytes(found[Attribute.EC_POINT])
            raise OperatorFault("no_key_in_token", f"token {self.label} holds no key labelled {label}")

        return self.run(read)

    def sign_message(self, label: str, data: bytes) -> bytes:
        """Sign `data` (Ed25519): 64 bytes, the same every time."""
        return self._sign(label, data, "EDDSA")

    def sign(self, label: str, data: bytes) -> bytes:
        """Sign `data` (ECDSA over its SHA-256); gives the signature in DER."""
        digest = Hash(SHA256())
        digest.update(data)
        raw = self._sign(label, digest.finalize(), "ECDSA")
        return encode_dss_signature(int.from_bytes(raw[:HALF_BYTES], "big"), int.from_bytes(raw[HALF_BYTES:], "big"))

    def _sign(self, label: str, data: bytes, mechanism: str) -> bytes:
        def sign_there(session: Any) -> bytes:
            from pkcs11 import Mechanism, ObjectClass

            key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=label)
            return bytes(key.sign(data, mechanism=Mechanism[mechanism]))

        return self.run(sign_there)


def open_token() -> Token:
    """Open the token the environment names. Raises `OperatorFault` for what is missing, or a PIN others can read."""
    names = ("KOFU_PKCS11_MODULE", "KOFU_PKCS11_TOKEN", "KOFU_PKCS11_PIN_FILE")
    module, label, pin_file = (os.environ.get(name, "") for name in names)
    for name, value in zip(names, (module, label, pin_file), strict=True):
        if not value:
            raise OperatorFault("no_token", f"{name} is not set; the profile keeps its signing keys in a token")
    path = Path(pin_file)
    if not path.is_file() or path.stat().st_mode & 0o077:
        raise OperatorFault("token_pin_open", f"{path} must be a file that its owner alone can read (chmod 600)")
    return Token(Path(module), label, path.read_text(encoding="utf-8").strip())
