"""The signed code on a certificate's front (optional, by profile): what the ward certified, in a few hundred bytes.

    "KFA1" · key id (4) · length of the body (2) · body · signature (64: ECDSA P-256, r and s, or Ed25519)

The body is a row of records: tag (1), length (1), value. It holds the certificate's number, date and year, who
certifies, as many of the stated facts as fit, how many did not, and the SHA-256 over all of them. Everything before the
signature is signed, deterministically, so that the nightly re-check comes to the same bytes.

In the QR code it stands as text, "KFA1" and the rest in Base45 (RFC 9285): in the alphanumeric mode that costs three
per cent, and every reader of codes gives it back unharmed.

Whoever reads it learns what the ward certified. It does not tell whether the paper in hand is an original or a copy.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from cryptography.exceptions import InvalidSignature

from kofu.certificates.signing_keys import KEY_ID_BYTES, SIGNATURE_BYTES, PublicKey, SigningKey
from kofu.core.errors import PeerFault, ensure

MAGIC = b"KFA1"
CODE_BYTES_MAX = 352  # as text 526 of the 528 characters of a QR code of version 14 at level M: 27 mm on the paper
VALUE_BYTES_MAX = 255
_BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_HEAD = len(MAGIC) + KEY_ID_BYTES + 2


class Tag(IntEnum):
    """Records of the body."""

    NUMBER = 1  # 発行番号
    TITLE = 2
    YEAR = 3  # fiscal year, two bytes
    ISSUED_ON = 4  # yyyymmdd as a number, four bytes
    OFFICE = 5  # 認証者
    DIGEST = 6
    FACT = 7  # label, unit separator (U+001F), value
    LEFT_OUT = 8  # how many facts did not fit, one byte


SEPARATOR = "\x1f"


class CodeRefused(PeerFault):
    """The code is none of ours, is damaged, or says something its signature does not cover. `code` says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeStatement:
    """What a code states. `facts`: label and value as printed. `digest`: of every text of the paper."""

    certificate_number: str
    title: str
    fiscal_year: int
    issued_on: date
    office: str
    facts: tuple[tuple[str, str], ...]
    left_out: int
    digest: bytes


def digest_of(fields: Mapping[str, str]) -> bytes:
    """SHA-256 over every text of the paper by its field's name, in a fixed order."""
    return hashlib.sha256(
        json.dumps(dict(fields), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")
    ).digest()


def sign_code(statement: CodeStatement, key: SigningKey, *, bytes_max: int = CODE_BYTES_MAX) -> bytes:
    """Sign as many of the facts as fit into `bytes_max`, from the first on; the rest is counted as left out.

    The same statement and key give the same bytes.
    """
    fixed = _fixed(statement)
    room = bytes_max - _HEAD - SIGNATURE_BYTES - len(fixed) - 3  # 3: the record of what was left out
    ensure(room >= 0, "the fixed part of a code fits")
    facts = b""
    taken = 0
    for label, value in statement.facts:
        text = f"{label}{SEPARATOR}{value}".encode()
        if len(text) > VALUE_BYTES_MAX or len(facts) + 2 + len(text) > room:
            break
        facts += _record(Tag.FACT, text)
        taken += 1
    left_out = statement.left_out + len(statement.facts) - taken
    body = fixed + facts + _record(Tag.LEFT_OUT, bytes((min(left_out, VALUE_BYTES_MAX),)))
    signed = MAGIC + key.key_id + len(body).to_bytes(2, "big") + body
    return signed + key.sign(signed)


def read_code(code: bytes, keys: Sequence[PublicKey]) -> CodeStatement:
    """Verify a code and give what it states.

    Raises `CodeRefused` with the code not_a_code, unknown_key, not_signed or key_not_valid.
    """
    statement, key_id = parse_code(code)
    key = next((key for key in keys if key.key_id == key_id), None)
    if key is None:
        raise CodeRefused("unknown_key", "the code names a key that is not among those known here")
    try:
        key.verify(code[-SIGNATURE_BYTES:], code[:-SIGNATURE_BYTES])
    except InvalidSignature as error:
        raise CodeRefused("not_signed", "the signature is not of what the code says") from error
    if not key.begins <= statement.issued_on <= key.ends:
        raise CodeRefused("key_not_valid", "the key was not in use on the day the code names")
    return statement


def to_text(code: bytes) -> str:
    """Write a code as the text of a QR code: the characters of its alphanumeric mode only."""
    rest, base = code[len(MAGIC) :], len(_BASE45)
    pairs = struct.unpack(f">{len(rest) // 2}H", rest[: len(rest) // 2 * 2])
    places = [place for pair in pairs for place in (pair % base, pair // base % base, pair // base // base)]
    if len(rest) % 2:
        places += (rest[-1] % base, rest[-1] // base)
    return MAGIC.decode("ascii") + "".join([_BASE45[place] for place in places])


def from_text(text: str) -> bytes:
    """Read the text of a QR code as a code. Raises `CodeRefused` where it is none."""
    digits = list(map(_BASE45.find, text.removeprefix(MAGIC.decode("ascii"))))
    if not text.startswith(MAGIC.decode("ascii")) or -1 in digits or len(digits) % 3 == 1:
        raise CodeRefused("not_a_code", "this is not a code of a certificate")
    base = len(_BASE45)
    end = len(digits) // 3 * 3
    last = digits[end:]
    threes = zip(digits[:end:3], digits[1:end:3], digits[2:end:3], strict=True)
    pairs = [first + base * second + base * base * third for first, second, third in threes]
    rest = last[0] + base * last[1] if last else 0
    if max(pairs, default=0) >= 1 << 16 or rest >= 1 << 8:
        raise CodeRefused("not_a_code", "this is not a code of a certificate")
    return MAGIC + struct.pack(f">{len(pairs)}H", *pairs) + (bytes((rest,)) if last else b"")


def parse_code(code: bytes) -> tuple[CodeStatement, bytes]:
    """Read a code without trusting it: what it states, and the id of the key it names. Raises `CodeRefused`."""
    length = int.from_bytes(code[_HEAD - 2 : _HEAD], "big")
    if not code.startswith(MAGIC) or len(code) != _HEAD + length + SIGNATURE_BYTES:
        raise CodeRefused("not_a_code", "this is not a code of a certificate")
    single: dict[int, bytes] = {}
    facts: list[tuple[str, str]] = []
    try:
        for tag, value in _records(code[_HEAD : _HEAD + length]):
            if tag == Tag.FACT:
                label, _, text = value.decode("utf-8").partition(SEPARATOR)
                facts.append((label, text))
            elif tag in single:
                raise CodeRefused("not_a_code", "a record stands twice in the code")
            else:
                single[tag] = value
        number = int.from_bytes(single[Tag.ISSUED_ON], "big")
        statement = CodeStatement(
            certificate_number=single[Tag.NUMBER].decode("ascii"),
            title=single[Tag.TITLE].decode("utf-8"),
            fiscal_year=int.from_bytes(single[Tag.YEAR], "big"),
            issued_on=date(number // 10_000, number // 100 % 100, number % 100),
            office=single[Tag.OFFICE].decode("utf-8"),
            facts=tuple(facts),
            left_out=single[Tag.LEFT_OUT][0],
            digest=single[Tag.DIGEST],
        )
    except (KeyError, ValueError, IndexError) as error:
        raise CodeRefused("not_a_code", "the code's records are not of this format") from error
    return statement, code[len(MAGIC) : len(MAGIC) + KEY_ID_BYTES]


def _fixed(statement: CodeStatement) -> bytes:
    day = statement.issued_on
    return b"".join(
        (
            _record(Tag.NUMBER, statement.certificate_number.encode("ascii")),
            _record(Tag.TITLE, statement.title.encode()),
            _record(Tag.YEAR, statement.fiscal_year.to_bytes(2, "big")),
            _record(Tag.ISSUED_ON, (day.year * 10_000 + day.month * 100 + day.day).to_bytes(4, "big")),
            _record(Tag.OFFICE, statement.office.encode()),
            _record(Tag.DIGEST, statement.digest),
        )
    )


def _record(tag: Tag, value: bytes) -> bytes:
    ensure(len(value) <= VALUE_BYTES_MAX, "a record of a code has at most 255 bytes")
    return bytes((tag, len(value))) + value


def _records(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(body):
        tag, length = body[at], body[at + 1]
        value = body[at + 2 : at + 2 + length]
        if len(value) != length:
            raise CodeRefused("not_a_code", "a record is cut off")
        yield tag, value
        at += 2 + length
