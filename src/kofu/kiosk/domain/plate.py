"""標識番号 (number plate) as a resident enters it: written as the ward's records write it."""

from __future__ import annotations

import re
import unicodedata

from kofu.core.errors import ResidentFault

PLATE_MAX = 20  # characters, as the contract says
#: The letters plates bear. お, し, へ and ん are not given out.
LETTERS = "あいうえかきくけこさすせそたちつてとなにぬねのはひふほまみむめもやゆよらりるれろわを"
_DASHES = str.maketrans(dict.fromkeys("‐‑–—−ー－", "-"))
_MUNICIPALITY = re.compile(r"(?:.{2,3}[都道府県])?(?:.+郡)?(?P<name>.+)(?P<suffix>[区市町村])")


def read_plate(text: str) -> str:
    """Give the plate with half-width digits and single spaces. Raises `ResidentFault` for none, or one too long."""
    plate = " ".join(unicodedata.normalize("NFKC", text).translate(_DASHES).split())
    if not plate or len(plate) > PLATE_MAX or not plate.isprintable():
        raise ResidentFault("no_plate", "this is no number plate")
    return plate


def places(municipality_name: str) -> tuple[str, ...]:
    """Give what plates of the ward begin with most often: 「見本」 and 「見本区」 of 東京都見本区."""
    found = _MUNICIPALITY.fullmatch(municipality_name)
    if found is None:
        return (municipality_name,)
    return (found["name"], found["name"] + found["suffix"])
