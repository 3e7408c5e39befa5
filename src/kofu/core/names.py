"""Names and addresses: code points and variation selectors exactly as received.

Never normalised (NFKC turns U+FA19 into U+795E, and nobody notices until the paper is wrong), never trimmed, never
replaced. A *cluster* is what one glyph is drawn from: a base character with the variation selectors and combining marks
after it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

VARIATION_SELECTORS = frozenset({*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0), *range(0x180B, 0x180E)})
_POINT = re.compile(r"U\+([0-9A-F]{4,6})")
_SURROGATES = range(0xD800, 0xE000)
_LAST = 0x10FFFF
REFUSED_CATEGORIES = {
    "Cc": "a control character",
    "Cf": "an invisible format character",
    "Cs": "a lone surrogate",
    "Zl": "a line separator",
    "Zp": "a paragraph separator",
    "Cn": "an unassigned code point",
}


def is_variation_selector(character: str) -> bool:
    """Whether the character chooses a variant of the one before it (VS1-VS16, VS17-VS256, Mongolian)."""
    return ord(character) in VARIATION_SELECTORS


@lru_cache(maxsize=8_192)  # of characters, not of anybody's text
def _extends(character: str) -> bool:
    return is_variation_selector(character) or unicodedata.category(character) in {"Mn", "Mc", "Me"}


def clusters(text: str) -> tuple[str, ...]:
    """Cut `text` into clusters. Joined again they are the same text, code point by code point.

    A selector or mark with nothing before it is a cluster of its own: it is for the glyph check to refuse it.
    """
    if text.isascii() or not any(map(_extends, text)):
        return tuple(text)
    found: list[str] = []
    for character in text:
        if found and _extends(character):
            found[-1] += character
        else:
            found.append(character)
    return tuple(found)


def code_points_of(cluster: str) -> str:
    """Name a cluster by its code points: `U+8FBB U+E0100`."""
    return " ".join(f"U+{ord(character):04X}" for character in cluster)


def read_code_points(text: str) -> str | None:
    """Read `U+8FBB U+E0100`; None for what is not written so."""
    found = [_POINT.fullmatch(word) for word in text.split(" ")]
    numbers = [int(one[1], 16) for one in found if one is not None]
    if len(numbers) != len(found) or any(one in _SURROGATES or one > _LAST for one in numbers):
        return None
    return "".join(map(chr, numbers))


def name_text_fault(text: str) -> str | None:
    """Say what makes `text` unfit for a name or an address, and at which position (from 1); or None.

    The answer never holds the text itself. Refused are control and format characters, lone surrogates, separators of
    lines, unassigned code points, and a selector or mark that has no base. Private-use characters pass: whether the
    font draws them is for the glyph check.
    """
    for position, character in enumerate(text, start=1):
        category = unicodedata.category(character)
        if is_variation_selector(character):
            category = "Mn"
        if category in REFUSED_CATEGORIES:
            return f"{REFUSED_CATEGORIES[category]} (U+{ord(character):04X}) at position {position}"
        if position == 1 and _extends(character):
            return f"a selector or mark without a base (U+{ord(character):04X}) at position 1"
    return None
