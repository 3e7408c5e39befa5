"""Every letter of the ledger draws a registered glyph (外字) by its own outline, wherever the name stands on it."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from fontTools.ttLib import TTFont
from tests.certificates.drawings import BOTH, PRIVATE, TSUJI
from tests.ledger.glyphs.drawn_letters import outlines, second_font
from tests.ledger.papers.read_papers import PAPERS

from kofu.ledger.papers.press import PaperPress, TextCannotBeDrawn
from kofu.platform.fonts import find_font

pytestmark = pytest.mark.font
NAME = f"{TSUJI}{PRIVATE}　太郎"
OUTLINES = 2


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
