"""受付番号 (reference number): eight characters by which resident and staff mean the same request.

Seven characters of Douglas Crockford's base 32 (no I, L, O, U: they are misread) and his check symbol, which finds
every single wrong character and every two neighbours exchanged (https://www.crockford.com/base32.html). His check
symbols `*~$=U` are never used: they cannot be said at a telephone. The number says nothing of person or request.
"""

from __future__ import annotations

import hashlib

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
CHECK_MODULUS = 37
_VALUE_BITS = 5 * (LENGTH - 1)
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None, "\u3000": None})


def reference_candidate(request_id: str, attempt: int) -> str:
    """Derive the reference number of a request; the same for the same request and attempt.

    Numbers are short, so two requests may come to the same one: whoever stores it under a unique key tries the next
    `attempt` (from 0).
    """
    turn = 0
    while True:
        digest = hashlib.sha256(f"kofu reference 1\n{request_id}\n{attempt}\n{turn}".encode()).digest()
        value = int.from_bytes(digest[:8], "big") >> (64 - _VALUE_BITS)
        if value % CHECK_MODULUS < len(ALPHABET):
            return _written(value)
        turn += 1


def read_reference(text: str) -> str | None:
    """Read a reference number as somebody typed or said it; None where it is none or its check symbol does not fit."""
    said = text.strip().upper().translate(_READ_AS)
    if len(said) != LENGTH or any(character not in ALPHABET for character in said):
        return None
    value = 0
    for character in said[:-1]:
        value = value * len(ALPHABET) + ALPHABET.index(character)
    return said if value % CHECK_MODULUS == ALPHABET.index(said[-1]) else None


def shown_reference(reference: str) -> str:
    """Write a reference number for people, in two groups: `7K3M-9QXD`."""
    return f"{reference[: LENGTH // 2]}-{reference[LENGTH // 2 :]}" if reference else ""


def _written(value: int) -> str:
    characters = [ALPHABET[value % CHECK_MODULUS]]
    for _ in range(LENGTH - 1):
        value, digit = divmod(value, len(ALPHABET))
        characters.append(ALPHABET[digit])
    return "".join(reversed(characters))
