"""全銀カナ: the characters names may have in bank files, and how a フリガナ becomes one.

Upper-case half-width kana of JIS X 0201 without small ones (ｬｭｮｯ are written ﾔﾕﾖﾂ), voiced marks as bytes of their
own, Latin capitals, digits, space and a few signs. ヲ is not used in names, the long-vowel mark ー is a hyphen.
Source: https://pca.jp/area_support/manual/kk/Z1sanko/z1_zengin.html, as the banks' own lists.
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

_SMALL = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_HIRAGANA_FIRST, _HIRAGANA_LAST, _TO_KATAKANA = 0x3041, 0x3096, 0x60
_FORMS_FIRST, _FORMS_LAST = "\uff01", "\uff9f"  # half-width and full-width forms
_SIGNS = {"ー": "-", "－": "-", "‐": "-", "−": "-", "ｰ": "-", "・": ".", "･": ".", "　": " "}
_MARK_OF = {"\u3099": "ﾞ", "\u309a": "ﾟ", "゛": "ﾞ", "゜": "ﾟ", "ﾞ": "ﾞ", "ﾟ": "ﾟ"}
_HALF_OF = {unicodedata.normalize("NFKC", half): half for half in _KANA}


def unfit_at(text: str, allowed: frozenset[str] = NAME_CHARACTERS) -> int | None:
    """Tell where the first character stands that may not, or None."""
    return next((place for place, character in enumerate(text) if character not in allowed), None)


def to_zengin(text: str) -> str:
    """Write a フリガナ (full or half width, hiragana too) or Latin letters as 全銀カナ.

    Raises `OperatorFault` ("no_zengin_kana") naming the place, never the name, where a character has no kana.
    """
    return "".join(_convert(character, place) for place, character in enumerate(text, start=1))


def _convert(character: str, place: int) -> str:
    if character in _SIGNS:
        return _SIGNS[character]
    if character in _MARK_OF:
        return _MARK_OF[character]
    # only the width changes: ① and ㍿ are no way of writing 1 and カブシキガイシャ
    wide = unicodedata.normalize("NFKC", character) if _FORMS_FIRST <= character <= _FORMS_LAST else character
    if _HIRAGANA_FIRST <= ord(wide) <= _HIRAGANA_LAST:
        wide = chr(ord(wide) + _TO_KATAKANA)
    wide = wide.translate(_SMALL)
    # voiced kana come apart: ガ is カ and a mark
    apart = unicodedata.normalize("NFD", wide)
    base, marks = apart[0], apart[1:]
    half = _HALF_OF.get(base, base.upper() if base.isascii() else base) + "".join(
        _MARK_OF.get(mark, mark) for mark in marks
    )
    if unfit_at(half) is None:
        return half
    advice = "write オ for ヲ" if wide == "ヲ" else "register a フリガナ for the name"
    raise OperatorFault("no_zengin_kana", f"character {place} of the name has no 全銀カナ; {advice}")
