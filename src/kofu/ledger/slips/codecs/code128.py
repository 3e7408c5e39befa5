"""Code 128 (ISO/IEC 15417): the widths of bars and spaces.

Every value is three bars and three spaces, eleven modules wide together; the stop has one bar more and thirteen
modules. A payment slip's symbol is 288 modules: with modules of 0.2 mm it is 57.6 mm wide, under the 60 mm a till's
scanner takes.
"""

from __future__ import annotations

from collections.abc import Sequence

from kofu.core.errors import ensure

START_C, FNC1, STOP, MODULO = 105, 102, 106, 103

# fmt: off
_WIDTHS = (
    "212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213",
    "221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132",
    "221231", "213212", "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211",
    "212123", "212321", "232121", "111323", "131123", "131321", "112313", "132113", "132311", "211313",
    "231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121", "313121", "211331",
    "231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111",
    "314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221", "112214",
    "112412", "122114", "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111",
    "111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
    "214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311", "113141",
    "114131", "311141", "411131", "211412", "211214", "211232", "2331112",
)
# fmt: on


def values_of(digits: str) -> tuple[int, ...]:
    """Give the values of a GS1-128 of an even number of digits: start C, FNC1, pairs, check modulo 103, stop."""
    ensure(len(digits) % 2 == 0 and digits.isascii() and digits.isdigit(), "code set C holds pairs of digits")
    data = [FNC1, *(int(digits[place : place + 2]) for place in range(0, len(digits), 2))]
    check = (START_C + sum(place * value for place, value in enumerate(data, 1))) % MODULO
    return (START_C, *data, check, STOP)


def widths_of(values: Sequence[int]) -> tuple[int, ...]:
    """Give the widths in modules, a bar first, then a space, and so on; the last is a bar."""
    return tuple(int(width) for value in values for width in _WIDTHS[value])
