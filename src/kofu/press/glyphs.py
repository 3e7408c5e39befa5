"""What the font draws exactly, and what it does not.

Every engine draws *something* for every character: a box, or for an unknown variation selector silently the base glyph,
which on a certificate is another person's name. So each text is checked against the font's own tables before it is
rendered: `cmap` format 12 for characters, format 14 for base + selector (IVS). A second opinion by
HarfBuzz is in the tests.

Glyphs a municipality registered (外字) are a second font, for what the main font does not draw (`press.glyph_font`).

Refused, with the character named: characters the font does not have, sequences it does not register (a selector of the
Adobe-Japan1 collection on a Moji_Joho font), selectors and combining marks with no exact glyph of their own, control
and format characters, private use, unassigned code points.
"""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from fontTools.ttLib import TTFont, TTLibError

from kofu.core.errors import OperatorFault, OurFault
from kofu.core.font_file import FontFile
from kofu.core.names import clusters, is_variation_selector
from kofu.press.glyph_font import clusters_of

NO_GLYPH = ".notdef"
_SPACES = {" ", "\u3000"}
_NEVER_ON_PAPER = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


class UndrawableReason(StrEnum):
    """Why a character is not drawn. Stable codes."""

    NOT_A_CHARACTER = "not_a_character"  # control, format, surrogate, unassigned, separators
    PRIVATE_USE = "private_use"  # 外字: means something else in every font
    NOT_IN_FONT = "not_in_font"
    SEQUENCE_NOT_IN_FONT = "sequence_not_in_font"  # the base alone would be drawn, silently
    LONE_SELECTOR = "lone_selector"  # a variation selector without its base
    UNUSUAL_SPACE = "unusual_space"  # U+00A0 and the like: on paper nobody, and no reader, can tell which space it is
    COMBINING = "combining"  # a mark drawn over its base has no exact glyph here


@dataclass(frozen=True, slots=True)
class Undrawable:
    """One cluster the font does not draw exactly: `character` as `U+9089 U+E0102`, `position` in clusters from 1."""

    character: str
    position: int
    reason: UndrawableReason


class CannotDraw(OurFault):
    """The font does not draw a text exactly. `undrawable` names the characters, for staff; the message does not."""

    def __init__(self, undrawable: tuple[Undrawable, ...]) -> None:
        """Keep what is undrawable; the sentence says only how much and why."""
        reasons = ", ".join(sorted({one.reason.value for one in undrawable}))
        super().__init__("cannot_draw", f"{len(undrawable)} characters cannot be drawn exactly: {reasons}")
        self.undrawable = undrawable


class GlyphCoverage:
    """The characters and registered sequences of one font, read once; then without the font file.

    `drawn`: the set of drawn glyphs (外字) beside it, for what the font itself does not draw exactly.
    """

    def __init__(self, font: FontFile, drawn: FontFile | None = None) -> None:
        """Read the font's `cmap` tables. Raises `OperatorFault` for a file that is no font or has no Unicode table."""
        self._drawn = clusters_of(drawn) if drawn is not None else frozenset()
        try:
            with TTFont(io.BytesIO(font.data), lazy=True) as opened:
                best = opened.getBestCmap()
                tables = opened["cmap"].tables
                sequences = [table.uvsDict for table in tables if table.format == 14]  # noqa: PLR2004 - its number
        except (KeyError, ValueError, TTLibError) as error:
            raise OperatorFault("bad_font", "the font file cannot be read") from error
        if not best:
            raise OperatorFault("bad_font", "the font has no Unicode character table")
        self._glyphs: dict[int, str] = {point: name for point, name in best.items() if name != NO_GLYPH}
        self._sequences: dict[tuple[int, int], str] = {}
        for by_selector in sequences:
            for selector, pairs in by_selector.items():
                for base, name in pairs:
                    shown = name or self._glyphs.get(base)  # None: the default glyph of the base, by registration
                    if shown is not None and shown != NO_GLYPH:
                        self._sequences[base, selector] = shown
        # Nearly all texts are of these characters alone, each a cluster of its own. Made once from the font, so nothing
        # of a text is kept.
        self._plain = frozenset(one for one in map(chr, self._glyphs) if self._refusal_of_font(one) is None)

    def __contains__(self, cluster: str) -> bool:
        """Whether the font itself draws a cluster exactly, without a registered glyph (外字)."""
        return self._refusal_of_font(cluster) is None

    def registered_sequences(self) -> Iterator[tuple[str, str]]:
        """Yield every registered sequence as (text of base and selector, glyph name)."""
        for (base, selector), name in self._sequences.items():
            yield chr(base) + chr(selector), name

    def single_glyphs(self) -> Iterator[tuple[str, str]]:
        """Yield every character that is drawn by itself as (character, glyph name)."""
        for one in self._plain:
            yield one, self._glyphs[ord(one)]

    def is_plain(self, text: str) -> bool:
        """Whether every character of `text` is drawn by itself: none is part of a cluster, and none is missing."""
        return self._plain.issuperset(text)

    def check(self, text: str) -> tuple[Undrawable, ...]:
        """Name every cluster of `text` that the font does not draw exactly; empty where all is well."""
        if self.is_plain(text):
            return ()
        found = []
        for position, cluster in enumerate(clusters(text), start=1):
            reason = self._refusal(cluster)
            if reason is not None:
                named = " ".join(f"U+{ord(character):04X}" for character in cluster)
                found.append(Undrawable(named, position, reason))
        return tuple(found)

    def require(self, text: str) -> None:
        """Raise `CannotDraw` unless the font draws all of `text` exactly."""
        undrawable = self.check(text)
        if undrawable:
            raise CannotDraw(undrawable)

    def glyph_name(self, cluster: str) -> str:
        """Name the glyph the font itself gives for one cluster. Raises `CannotDraw`."""
        reason = self._refusal_of_font(cluster)
        if reason is not None:
            named = " ".join(f"U+{ord(character):04X}" for character in cluster)
            raise CannotDraw((Undrawable(named, 1, reason),))
        if len(cluster) == 1:
            return self._glyphs[ord(cluster)]
        return self._sequences[ord(cluster[0]), ord(cluster[1])]

    def drawn_in(self, texts: Iterable[str]) -> frozenset[str]:
        """Name the clusters of some texts that are drawn by registered glyphs (外字), not by the main font."""
        if not self._drawn:
            return frozenset()
        found = {one for text in texts if not self._plain.issuperset(text) for one in clusters(text)}
        return frozenset(one for one in found & self._drawn if self._refusal_of_font(one) is not None)

    def _refusal(self, cluster: str) -> UndrawableReason | None:
        reason = self._refusal_of_font(cluster)
        return None if reason is not None and cluster in self._drawn else reason

    def _refusal_of_font(self, cluster: str) -> UndrawableReason | None:  # noqa: PLR0911 - one line per reason reads best
        first = cluster[:1]
        if not first or is_variation_selector(first):
            return UndrawableReason.LONE_SELECTOR
        category = unicodedata.category(first)
        if category == "Co":
            return UndrawableReason.PRIVATE_USE
        if category in _NEVER_ON_PAPER:
            return UndrawableReason.NOT_A_CHARACTER
        if category == "Zs" and first not in _SPACES:
            return UndrawableReason.UNUSUAL_SPACE
        if category.startswith("M") or any(not is_variation_selector(other) for other in cluster[1:]):
            return UndrawableReason.COMBINING
        if ord(first) not in self._glyphs:
            return UndrawableReason.NOT_IN_FONT
        if len(cluster) == 1:
            return None
        if len(cluster) > 2 or (ord(first), ord(cluster[1])) not in self._sequences:  # noqa: PLR2004 - base, selector
            return UndrawableReason.SEQUENCE_NOT_IN_FONT
        return None
