"""What a session is known by, and how its card's serial is kept: neither can be read from the database alone.

A session's **token** is a random word of 128 bits only its kiosk has. The database knows the session by the token's
digest, and keeps the serial (発行番号 of the card's certificate) sealed under a key made of the token. So what stays
behind of a session that is over, in a page not yet vacuumed, in the write-ahead log or in a backup, opens for nobody:
the kiosk has forgotten the token with the card (「区以外の者が特定個人情報を保管することはない。」, II-7).
"""

from __future__ import annotations

import base64
import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kofu.core.errors import OurFault

TOKEN_BYTES = 16
NONCE_BYTES = 12  # NIST SP 800-38D 8.2


def new_token() -> str:
    """Make the token of a new session: 32 hexadecimal digits."""
    return secrets.token_hex(TOKEN_BYTES)


def session_id_of(token: str) -> str:
    """Give the id a session with this token is stored under: 32 hexadecimal digits."""
    return hashlib.sha256(b"kofu center session " + token.encode()).hexdigest()[: 2 * TOKEN_BYTES]


def seal_serial(token: str, serial: str) -> str:
    """Seal a serial under a session's token, as text."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    sealed = AESGCM(_key(token)).encrypt(nonce, serial.encode(), session_id_of(token).encode())
    return base64.b64encode(nonce + sealed).decode()


def open_serial(token: str, sealed: str) -> str:
    """Open what was sealed under a token. Raises `OurFault` `seal_broken`."""
    try:
        content = base64.b64decode(sealed, validate=True)
        nonce, rest = content[:NONCE_BYTES], content[NONCE_BYTES:]
        return AESGCM(_key(token)).decrypt(nonce, rest, session_id_of(token).encode()).decode()
    except (InvalidTag, ValueError) as error:  # ValueError: no base64, or too short to be sealed at all
        raise OurFault("seal_broken", "a session's serial is not what was sealed; look at the database") from error


def _key(token: str) -> bytes:
    return hashlib.sha256(b"kofu center serial " + token.encode()).digest()
