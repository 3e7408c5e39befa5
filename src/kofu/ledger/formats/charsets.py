"""The character sets of payment files.

JIS X 0201: one byte a character, ASCII with ¥ and ‾ in the places of backslash and tilde, and half-width kana from
hexadecimal A1 to DF. Control characters are no text. Python has no codec of it: its shift_jis would join two bytes.
"""

from __future__ import annotations

import codecs
from enum import StrEnum

_UNDEFINED = "\ufffe"
_LATIN = {0x5C: "¥", 0x7E: "‾"}
_KANA_FIRST, _KANA_LAST, _KANA_UNICODE = 0xA1, 0xDF, 0xFF61
_PRINTABLE_FIRST, _PRINTABLE_LAST = 0x20, 0x7E


def _character(byte: int) -> str:
    if _PRINTABLE_FIRST <= byte <= _PRINTABLE_LAST:
        return _LATIN.get(byte, chr(byte))
    if _KANA_FIRST <= byte <= _KANA_LAST:
        return chr(_KANA_UNICODE + byte - _KANA_FIRST)
    return _UNDEFINED


_DECODING = "".join(_character(byte) for byte in range(256))
_ENCODING = codecs.charmap_build(_DECODING)


class Charset(StrEnum):
    """How text is written as bytes."""

    JIS_X_0201 = "jisx0201"  # 全銀: one byte a character
    CP932 = "cp932"  # Shift_JIS as Windows writes it
    UTF_8 = "utf-8"

    def to_text(self, data: bytes) -> str:
        """Read text. Raises `UnicodeDecodeError`, whose `start` is the byte that fits nothing."""
        if self is Charset.JIS_X_0201:
            return codecs.charmap_decode(data, "strict", _DECODING)[0]
        return data.decode(self.value)

    def to_bytes(self, text: str) -> bytes:
        """Write text. Raises `UnicodeEncodeError`, whose `start` is the character that has no bytes."""
        if self is Charset.JIS_X_0201:
            return codecs.charmap_encode(text, "strict", _ENCODING)[0]
        return text.encode(self.value)
