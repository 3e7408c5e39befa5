"""The font of the registered glyphs: the same bytes wherever it is built, and a glyph keeps its number for ever."""

from __future__ import annotations

import io
import subprocess
import sys

import pytest
from fontTools.ttLib import TTFont
from tests.certificates.drawings import BOTH, CROSSED, PLANE_16, PRIVATE, TSUJI, WITH_A_DOT, set_of

from kofu.certificates.last_look.certified import CertifiedFonts
from kofu.core.errors import OperatorFault
from kofu.core.font_file import FontFile
from kofu.platform.fonts import find_font, read_font
from kofu.press.glyph_font import clusters_of, registrable
from kofu.press.glyphs import GlyphCoverage, UndrawableReason


def test_another_process_builds_the_same_bytes() -> None:
    code = "from tests.certificates.drawings import BOTH; print(BOTH.sha256)"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert other.stdout.strip() == BOTH.sha256


def test_what_reaches_papers_says_the_same_of_every_set() -> None:
    other = set_of((TSUJI, WITH_A_DOT), (PRIVATE, None), (PLANE_16, CROSSED))
    with_one, with_more = (TTFont(io.BytesIO(file.data)) for file in (BOTH, other))
    for table, own in (("head", "checkSumAdjustment"), ("maxp", "numGlyphs"), ("hhea", "numberOfHMetrics")):
        first, second = vars(with_one[table]), vars(with_more[table])
        assert {key for key in first if first[key] != second[key]} <= {own}
    assert CertifiedFonts.of((BOTH,)).glyph(TSUJI) == CertifiedFonts.of((other,)).glyph(TSUJI)


def test_the_set_draws_what_the_main_font_does_not_and_nothing_else() -> None:
    coverage = GlyphCoverage(read_font(find_font()), BOTH)
    assert coverage.check(f"{TSUJI}{PRIVATE}辻") == ()
    assert coverage.drawn_in([f"辻{TSUJI}", "見本　太郎"]) == {TSUJI}
    assert [one.reason for one in coverage.check(f"{PLANE_16}辻\U000e0101{PRIVATE}\U000e0100")] == [
        UndrawableReason.PRIVATE_USE,
        UndrawableReason.SEQUENCE_NOT_IN_FONT,
        UndrawableReason.PRIVATE_USE,
    ]


def test_an_empty_set_is_a_font_of_nothing() -> None:
    assert clusters_of(set_of()) == frozenset()


@pytest.mark.parametrize("cluster", [TSUJI, PRIVATE, PLANE_16, "辻", "々"])
def test_letters_their_sequences_and_private_characters_are_registrable(cluster: str) -> None:
    assert registrable(cluster)


@pytest.mark.parametrize(
    "cluster",
    ["", "1", "〓", "\u3000", "\U000e0100", PRIVATE + "\U000e0100", TSUJI + "\U000e0101", "辻辻", "か\u3099", "\u200b"],
)
def test_nothing_else_is(cluster: str) -> None:
    assert not registrable(cluster)


def test_a_file_that_is_no_font_is_refused() -> None:
    with pytest.raises(OperatorFault) as refused:
        clusters_of(FontFile.of("kofu-glyphs.ttf", b"no font"))
    assert refused.value.code == "bad_font"
