"""全銀カナ: the characters names may have in bank files, and how a フリガナ becomes one.

Upper-case half-width kana of JIS X 0201 without small ones (ｬｭｮｯ are written ﾔﾕﾖﾂ), voiced marks as bytes of their
own, Latin capitals, digits, space and a few signs. ヲ is not used in names: banks keep カヲル as ｶｵﾙ; ヰ and ヱ, which
have no half-width form at all, are kept as ｲ and ｴ. The long-vowel mark ー and every dash is a hyphen.
Source: https://pca.jp/area_support/manual/kk/Z1sanko/z1_zengin.html, as the banks' own lists.

A voiced mark belongs to the kana before it: ﾜﾞ, ｱﾞ and ｶﾟ are no kana, and a mark in front of a name is half of another.
"""

from __future__ import annotations

import unicodedata

from kofu.core.errors import OperatorFault

_KANA = "".join(chr(code) for code in range(0xFF71, 0xFF9E))  # ｱ to ﾝ; ｦ, small kana and ｰ lie before
_MARKS = "ﾞﾟ"
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
NAME_CHARACTERS = frozenset(_KANA + _MARKS + _LETTERS + " ()-.")
"""What names of persons, companies, banks and branches may consist of."""

EDI_CHARACTERS = NAME_CHARACTERS | frozenset("ｦ¥｢｣/,")
"""What EDI information and other free fields may consist of."""

_VOICED = frozenset("ｳｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾊﾋﾌﾍﾎ")  # those that take ﾞ
_HALF_VOICED = frozenset("ﾊﾋﾌﾍﾎ")  # those that take ﾟ
_BASES = {"ﾞ": _VOICED, "ﾟ": _HALF_VOICED}

#: Kana written by another of the same sound: small ones, and those no bank keeps a name in.
_SAME_SOUND = str.maketrans("ァィゥェォッャュョヮヵヶヲヰヱ", "アイウエオツヤユヨワカケオイエ")
_HIRAGANA_FIRST, _HIRAGANA_LAST, _TO_KATAKANA = 0x3041, 0x3096, 0x60
_FORMS_FIRST, _FORMS_LAST = "\uff01", "\uff9f"  # half-width and full-width forms
_DASHES = "ーｰ－‐‑‒–—―−─━゠〜～∼~"  # long vowels, hyphens, dashes, waves: names spell one mark in all these ways
_SIGNS = dict.fromkeys(_DASHES, "-") | {"・": ".", "･": ".", "　": " "}
_MARK_OF = {"\u3099": "ﾞ", "\u309a": "ﾟ", "゛": "ﾞ", "゜": "ﾟ", "ﾞ": "ﾞ", "ﾟ": "ﾟ"}
_HALF_OF = {unicodedata.normalize("NFKC", half): half for half in _KANA}


def unfit_at(text: str, allowed: frozenset[str] = NAME_CHARACTERS) -> int | None:
    """Tell where the first character stands that may not, or a voiced mark that makes no kana; else None."""
    return next(
        (place for place in range(len(text)) if text[place] not in allowed or _is_stray_mark(text, place)), None
    )


def _is_stray_mark(text: str, place: int) -> bool:
    bases = _BASES.get(text[place])
    return bases is not None and (place == 0 or text[place - 1] not in bases)


def to_zengin(text: str) -> str:
    """Write a フリガナ (full or half width, hiragana too) or Latin letters as 全銀カナ.

    Raises `OperatorFault` ("no_zengin_kana") naming the place, never the name, where a character has no kana, and
    ("no_voiced_kana") where a voiced mark stands after a kana that takes none.
    """
    written = ""
    for place, character in enumerate(text, start=1):
        written += _convert(character, place)
        if _is_stray_mark(written, len(written) - 1):
            message = f"character {place} of the name: this kana takes no such voiced mark; look at the フリガナ"
            raise OperatorFault("no_voiced_kana", message)
    return written


def _convert(character: str, place: int) -> str:
    if character in _SIGNS:
        return _SIGNS[character]
    if character in _MARK_OF:
        return _MARK_OF[character]
    # only the width changes: ① and ㍿ are no way of writing 1 and カブシキガイシャ
    wide = unicodedata.normalize("NFKC", character) if _FORMS_FIRST <= character <= _FORMS_LAST else character
    if _HIRAGANA_FIRST <= ord(wide) <= _HIRAGANA_LAST:
        wide = chr(ord(wide) + _TO_KATAKANA)
    # voiced kana come apart: ガ is カ and a mark
    apart = unicodedata.normalize("NFD", wide)
    base, marks = apart[0].translate(_SAME_SOUND), apart[1:]
    half = _HALF_OF.get(base, base.upper() if base.isascii() else base)
    if all(letter in NAME_CHARACTERS for letter in half) and all(mark in _MARK_OF for mark in marks):
        return half + "".join(_MARK_OF[mark] for mark in marks)
    message = f"character {place} of the name has no 全銀カナ; register a フリガナ for the name"
    raise OperatorFault("no_zengin_kana", message)
