"""Whether two names can be one person's: the name of an assessment beside those the registry has of that 宛名番号.

Compared, never changed: what is stripped here (selectors, spaces, widths, old forms of a few common characters) is
stripped from a copy. A name that changed (婚姻, 養子縁組: the family name; 通称 and 旧氏 in brackets) fits as
*changed*: it is counted, it holds nobody's paper. The given name of one and the family name of another fit nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from kofu.core.names import is_variation_selector

_BRACKETS = re.compile(r"[（(〔［\[【]([^）)〕］\]】]*)[）)〕］\]】]")
_SPACES = re.compile(r"[\s\u3000\u00a0・･·]+")
_SHARED_GIVEN_MIN = 2

#: Forms of one character between which registers and tax systems differ most often (戸籍統一文字, JIS); compared only.
_SAME = str.maketrans(
    "髙﨑嵜碕邊邉邉濵濱齋齊斎德栁廣瀨澤國眞冨淺惠櫻龍嶋嶌桒桺舘曻槗橫黑靑增神祥福",
    "高崎崎崎辺辺辺浜浜斉斉斉徳柳広瀬沢国真富浅恵桜竜島島桑柳館昇橋横黒青増神祥福",
)


class Fit(StrEnum):
    """How a name stands to the names of a person."""

    SAME = "same"
    CHANGED = "changed"  # the given name is the person's, the family name another
    NONE = "none"


def comparable(text: str) -> str:
    """Give a name as it is compared: without selectors and spaces, widths and common old forms made one."""
    bare = "".join(one for one in text if not is_variation_selector(one))
    return _SPACES.sub("", unicodedata.normalize("NFKC", bare)).translate(_SAME).casefold()


def names_in(text: str) -> frozenset[str]:
    """Give the comparable names a text states: the whole, without brackets, and each bracket's own (通称, 旧氏)."""
    inside = [comparable(one) for one in _BRACKETS.findall(text)]
    outside = comparable(_BRACKETS.sub("", text))
    former = [comparable(part + _given_of(_BRACKETS.sub("", text))) for part in _BRACKETS.findall(text)]
    return frozenset(one for one in (comparable(text), outside, *inside, *former) if one)


def fit(name: str, known: Iterable[str]) -> Fit:
    """Judge a name against all names a person is known by."""
    own = names_in(name)
    all_known = tuple(known)
    if any(own & names_in(one) for one in all_known):
        return Fit.SAME
    if any(_shares_given_name(name, one) for one in all_known):
        return Fit.CHANGED
    return Fit.NONE


def _given_of(text: str) -> str:
    """Give the last word of a name written with a space between family and given name; "" where there is none."""
    words = [word for word in re.split(r"[\s\u3000]+", text) if word]
    return words[-1] if len(words) > 1 else ""


def _shares_given_name(one: str, other: str) -> bool:
    first, second = (_given_of(_BRACKETS.sub("", text)) for text in (one, other))
    if first and second:
        return comparable(first) == comparable(second)
    if first or second:  # one of them is written without a space: its end must be the other's given name
        given, whole = (first, other) if first else (second, one)
        bare = comparable(_BRACKETS.sub("", whole))
        return len(comparable(given)) >= _SHARED_GIVEN_MIN and bare.endswith(comparable(given))
    return False
