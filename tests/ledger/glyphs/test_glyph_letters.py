"""Every letter of the ledger draws a registered glyph (外字) by its own outline, wherever the name stands on it."""

from __future__ import annotations

import io
from dataclasses import replace

import pikepdf
import pytest
from fontTools.ttLib import TTFont
from tests.certificates.drawings import BOTH, PRIVATE, TSUJI
from tests.ledger.papers.test_papers import PAPERS

from kofu.ledger.papers.press import PaperPress, TextCannotBeDrawn
from kofu.platform.fonts import find_font

pytestmark = pytest.mark.font
NAME = f"{TSUJI}{PRIVATE}　太郎"
OUTLINES = 2


def outlines(font: TTFont) -> set[bytes]:
    """The outlines of a font that mark something, as points."""
    table = font["glyf"]
    found = (table[name] for name in font.getGlyphOrder())
    return {repr(list(glyph.coordinates)).encode() for glyph in found if glyph.numberOfContours > 0}


def second_font(pdf: bytes) -> TTFont:
    """The font of the registered glyphs as the paper has it embedded."""
    with pikepdf.open(io.BytesIO(pdf)) as file:
        for one in file.objects:
            if isinstance(one, pikepdf.Dictionary) and str(one.get("/FontName", "")).endswith("+KofuGlyphs"):
                return TTFont(io.BytesIO(one.FontFile2.read_bytes()))
    raise AssertionError("no text is drawn with the second font")


@pytest.fixture(scope="module")
def press() -> PaperPress:
    return PaperPress(find_font(), BOTH)


@pytest.fixture(scope="module")
def without() -> PaperPress:
    return PaperPress(find_font())


@pytest.mark.parametrize("letter", PAPERS)
def test_a_letter_bears_the_registered_outlines(press: PaperPress, letter: str) -> None:
    sheet = PAPERS[letter]
    embedded = outlines(second_font(press.pdf(replace(sheet, texts={**sheet.texts, "name": NAME}))))
    assert embedded == outlines(TTFont(io.BytesIO(BOTH.data)))
    assert len(embedded) == OUTLINES


@pytest.mark.parametrize("letter", PAPERS)
def test_a_letter_without_the_set_is_refused(letter: str, without: PaperPress) -> None:
    sheet = PAPERS[letter]
    with pytest.raises(TextCannotBeDrawn):
        without.pdf(replace(sheet, texts={**sheet.texts, "name": NAME}))
