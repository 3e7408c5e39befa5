"""Names of every shape, and the variation sequences a font can draw."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fontTools.ttLib import TTFont

from kofu.ward import words
from kofu.ward.draw import Draw
from kofu.ward.shapes import NameShape

FIRST_IDEOGRAPH = 0x3400
IDEOGRAPHIC_VARIATIONS_FROM = 0xE0100
VARIANTS_PER_NAME = 3
FORMAT_OF_VARIATION_SEQUENCES = 14


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name as the paper carries it, its reading if there is one, the sex that goes with it, whether a foreigner's."""

    text: str
    kana: str | None
    sex: str
    foreigner: bool = False


@lru_cache(maxsize=4)
def sequences_of(font: Path | None) -> tuple[str, ...]:
    """Give every ideographic variation sequence the font knows, in the order of code points.

    Without a font: a few well-known ones. Raises `FileNotFoundError`, `fontTools.ttLib.TTLibError` for a broken font.
    """
    if font is None:
        return words.FEW_SEQUENCES
    found: list[tuple[int, int]] = []
    with TTFont(font, lazy=True) as opened:
        for table in opened["cmap"].tables:
            if table.format == FORMAT_OF_VARIATION_SEQUENCES:
                for selector, pairs in table.uvsDict.items():
                    if selector >= IDEOGRAPHIC_VARIATIONS_FROM:
                        found += [(base, selector) for base, _ in pairs if base >= FIRST_IDEOGRAPH]
    return tuple(chr(base) + chr(selector) for base, selector in sorted(found))


def name_of(
    shape: NameShape, draw: Draw, sequences: tuple[str, ...], walk: int, *, certainly_female: bool = False
) -> PersonName:
    """Make a name. `walk` says where the names with variants stand in their walk through all sequences of the font."""
    female = draw.one_in(2) or certainly_female
    sex = "female" if female else "male"
    family, family_kana = draw.pick(words.SURNAMES)
    given, given_kana = draw.pick(words.GIVEN_FEMALE if female else words.GIVEN_MALE)
    if shape is NameShape.ORDINARY:
        return PersonName(f"{family}　{given}", f"{family_kana}　{given_kana}", sex)
    if shape is NameShape.VARIANT:
        at = walk * VARIANTS_PER_NAME
        a, b, c = (sequences[(at + n) % len(sequences)] for n in range(VARIANTS_PER_NAME))
        return PersonName(f"{a}{b}　{c}{given[-1]}", None, sex)
    if shape in _STRANGE_FAMILIES:
        family, family_kana = draw.pick(_STRANGE_FAMILIES[shape])
        return PersonName(f"{family}　{given}", f"{family_kana}　{given_kana}", sex)
    if shape is NameShape.LONG:
        return PersonName(draw.pick(words.LONG_LATIN), None, sex, foreigner=True)
    if shape is NameShape.HAN:
        return PersonName(f"{draw.pick(words.HAN_FAMILY)}　{draw.pick(words.HAN_GIVEN)}", None, sex, foreigner=True)
    latin = f"{draw.pick(words.LATIN_FAMILY)} {draw.pick(words.LATIN_GIVEN)}"
    if shape is NameShape.LATIN_ALIAS:
        latin += f"（{family}　{given}）"
    return PersonName(latin, None, sex, foreigner=True)


_STRANGE_FAMILIES = {
    NameShape.SEPARATE_CODE: words.SEPARATE_CODE,
    NameShape.OTHER_COLLECTION: words.OTHER_COLLECTION,
    NameShape.PRIVATE_USE: words.PRIVATE_USE,
}
