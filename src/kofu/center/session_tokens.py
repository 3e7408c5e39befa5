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

from kofu.core.errors import OurFault
from kofu.platform.sealing import Seal

TOKEN_BYTES = 16


def new_token() -> str:
    """Make the token of a new session: 32 hexadecimal digits."""
    return secrets.token_hex(TOKEN_BYTES)


def session_id_of(token: str) -> str:
    """Give the id a session with this token is stored under: 32 hexadecimal digits."""
    return hashlib.sha256(b"kofu center session " + token.encode()).hexdigest()[: 2 * TOKEN_BYTES]


def seal_serial(token: str, serial: str) -> str:
    """Seal a serial under a session's token, as text."""
    return base64.b64encode(_seal(token).seal(serial.encode(), session_id_of(token))).decode()


def open_serial(token: str, sealed: str) -> str:
    """Open what was sealed under a token. Raises `OurFault` `seal_broken`."""
    try:
        content = base64.b64decode(sealed, validate=True)
    except ValueError as error:
        raise OurFault("seal_broken", "a session's serial is not what was sealed; look at the database") from error
    seal = _seal(token)
    return seal.open(content, session_id_of(token), key_id=seal.key_id).decode()


def _seal(token: str) -> Seal:
    return Seal(hashlib.sha256(b"kofu center serial " + token.encode()).digest())
