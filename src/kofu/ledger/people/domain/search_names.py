"""How clerks find people: kana without voicing marks (清音化), names without variants. For searching only.

What is stored of a person stays as received; these forms stand beside it and are never shown.
"""

from __future__ import annotations

import unicodedata

from kofu.core.names import is_variation_selector

SMALL_TO_LARGE = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
HIRAGANA_TO_KATAKANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
VOICING_MARKS = frozenset("゙゚゛゜")
DROPPED = frozenset(" 　・･-－ー‐")


def search_kana(text: str) -> str:
    """フリガナ as it is looked for: full-width katakana, unvoiced, small kana large, no spaces or long marks."""
    wide = unicodedata.normalize("NFKC", text).translate(HIRAGANA_TO_KATAKANA)
    apart = unicodedata.normalize("NFD", wide)
    kept = "".join(sign for sign in apart if sign not in VOICING_MARKS and sign not in DROPPED)
    return kept.translate(SMALL_TO_LARGE).upper()


#: Variants that are characters of their own, towards the one clerks type. The direction is for searching only.
VARIANTS = str.maketrans(
    {
        "髙": "高", "﨑": "崎", "𠮷": "吉", "邊": "辺", "邉": "辺", "齋": "斎", "齊": "斉", "濵": "浜", "濱": "浜",
        "澤": "沢", "嶋": "島", "嶌": "島", "廣": "広", "國": "国", "眞": "真", "惠": "恵", "德": "徳", "曻": "昇",
        "靜": "静", "澁": "渋", "櫻": "桜", "龍": "竜", "槇": "槙", "壽": "寿", "瀧": "滝", "榮": "栄", "圓": "円",
    }
)  # fmt: skip


def search_name(text: str) -> str:
    """氏名 as it is looked for: without variation selectors and spaces, common variants as the usual character."""
    kept = "".join(sign for sign in text if not is_variation_selector(sign) and sign not in DROPPED)
    return unicodedata.normalize("NFKC", kept).translate(VARIANTS).upper()
