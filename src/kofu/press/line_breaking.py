"""Where a Japanese text may be broken into lines, and which punctuation is set closer: what typst does, as rules.

Breaks follow Unicode Standard Annex 14 (line breaking, rules LB7 to LB31) in its strict form for Japanese, for the
characters of names and addresses: han, kana, Latin letters, digits, the punctuation of both. A text with any other
character is not broken here. Brackets, commas and full stops have half an em of white beside their ink, which is taken
away beside others of them and at the ends of a line (JLREQ 3.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

SPACES = frozenset(" \u3000")
BOX = "CB"
"""The class of what is never broken and stands as one thing in a line (LB20)."""

OPENING = frozenset("（〔［｛〈《「『【〖‘“")
CLOSING = frozenset("）〕］｝〉》」』】〗、。，．：；？！’”")
MIDDLE = frozenset("・\u00b7")

_WIDE_OPENING = "〈《「『【〔〖〘〚〝（［｛｢"
_OF_ONE: dict[str, str] = {
    **dict.fromkeys("([{", "OP"),
    **dict.fromkeys(_WIDE_OPENING + "‘“", "OP"),
    **dict.fromkeys("}、。〉》」』】〕〗〙〛〞〟，．］｝｡｣､’”）", "CL"),
    **dict.fromkeys(")]", "CP"),
    **dict.fromkeys("!?！？", "EX"),
    **dict.fromkeys("\"'", "QU"),
    **dict.fromkeys("$+\\￡￥＄", "PR"),
    **dict.fromkeys("%％￠", "PO"),
    **dict.fromkeys(",.:;", "IS"),
    **dict.fromkeys("|\u2010\u3000", "BA"),
    **dict.fromkeys("々〻〼〜ーｰ゛゜ゝゞヽヾ・･ﾞﾟ：；゠", "NS"),
    **dict.fromkeys("ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶｧｨｩｪｫｬｭｮｯ", "NS"),
    "-": "HY",
    "/": "SY",
    " ": "SP",
}
_RANGES = (
    (0x30, 0x39, "NU"),
    (0x21, 0x7E, "AL"),
    (0x31F0, 0x31FF, "NS"),
    (0x3003, 0x3007, "ID"),
    (0x3012, 0x3013, "ID"),
    (0x3020, 0x3029, "ID"),
    (0x3041, 0x3096, "ID"),
    (0x309F, 0x309F, "ID"),
    (0x30A1, 0x30FF, "ID"),
    (0x3400, 0x4DBF, "ID"),
    (0x4E00, 0x9FFF, "ID"),
    (0xF900, 0xFAFF, "ID"),
    (0xFF01, 0xFF9D, "ID"),
    (0x20000, 0x3FFFD, "ID"),
)
_AFTER_ANYTHING = frozenset({"CL", "CP", "EX", "IS", "SY"})
_PAIRS = frozenset(
    {
        *((one, two) for one in ("AL", "NU") for two in ("AL", "NU", "OP")),
        *(("CP", two) for two in ("AL", "NU")),
        *((one, two) for one in ("CL", "CP", "NU") for two in ("PO", "PR")),
        *((one, two) for one in ("PR", "PO") for two in ("AL", "OP", "NU")),
        *((one, "NU") for one in ("HY", "IS", "SY")),
        *(("AL", two) for two in ("PR", "PO")),
        ("PR", "ID"),
        ("ID", "PO"),
        ("IS", "AL"),
    }
)


def class_of(cluster: str) -> str | None:
    """Name the line breaking class of a cluster, by its first character; None for one that is not known here."""
    known = _OF_ONE.get(cluster[0])
    if known is not None:
        return known
    point = ord(cluster[0])
    return next((name for first, last, name in _RANGES if first <= point <= last), None)


class Item(NamedTuple):
    """What stands in a line as one thing: a cluster, or several that are never parted (`BOX`)."""

    clusters: tuple[str, ...]
    kind: str


def may_break(items: Sequence[Item], at: int) -> bool:  # noqa: PLR0911 - the rules of the annex, one behind the other
    """Whether a line may end before `items[at]`, 0 < at < len(items)."""
    after, before = items[at], items[at - 1]
    if after.kind == "SP" or after.kind in _AFTER_ANYTHING:  # LB7, LB13
        return False
    last = at - 1
    while last > 0 and items[last].kind == "SP":
        last -= 1
    real = items[last].kind
    if real == "OP" or (real == "QU" and after.kind == "OP") or (real in {"CL", "CP"} and after.kind == "NS"):
        return False  # LB14, LB15, LB16
    if before.kind == "SP":  # LB18
        return True
    if "QU" in {before.kind, after.kind}:  # LB19
        return False
    if BOX in {before.kind, after.kind}:  # LB20
        return True
    if after.kind in {"BA", "HY", "NS"}:  # LB21
        return False
    if after.kind == "OP" and after.clusters[0][0] in _WIDE_OPENING and before.kind in {"AL", "NU"}:  # LB30
        return True
    return (before.kind, after.kind) not in _PAIRS  # LB23 to LB30


class Pressed(NamedTuple):
    """One cluster as it is set beside its neighbours; in ems.

    How far it advances; how far its ink is moved left, how much closer the next one comes (both of its own white); and
    what white it still has before and after its ink.
    """

    advance: float
    moved: float = 0.0
    closer: float = 0.0
    before: float = 0.0
    after: float = 0.0
    opens: bool = False
    closes: bool = False


def press_together(clusters: Sequence[str], advances: Sequence[float]) -> list[Pressed]:
    """Set punctuation closer where two of it meet. `advances` in ems."""
    found: list[Pressed] = []
    half = 0.0  # of what a bracket or stop just before advances; nothing behind anything else
    for cluster, advance in zip(clusters, advances, strict=True):
        before, after = _white(cluster, advance)
        moved = 0.0
        has_white = before + after > 0
        if half and has_white and found[-1].after + before >= half:
            last = found[-1]
            closer = min(last.after, half)
            found[-1] = last._replace(advance=last.advance - closer, closer=closer, after=last.after - closer)
            moved = half - closer
            before -= moved
        found.append(Pressed(advance - moved, moved, 0.0, before, after, cluster in OPENING, cluster in CLOSING))
        half = (advance - moved) / 2 if has_white else 0.0
    return found


def _white(cluster: str, advance: float) -> tuple[float, float]:
    """How much white a cluster has before and after its ink, where it is a bracket, a comma or a stop; in ems."""
    if cluster in OPENING:
        return (advance / 2, 0.0) if cluster not in "‘“" or advance == 1 else (0.0, 0.0)
    if cluster in CLOSING:
        return (0.0, advance / 2) if cluster not in "’”" or advance == 1 else (0.0, 0.0)
    return (advance / 4, advance / 4) if cluster in MIDDLE else (0.0, 0.0)
