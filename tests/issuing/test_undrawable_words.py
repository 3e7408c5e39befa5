"""The list of texts that cannot be drawn says of each which characters are meant, as the feed's findings name them."""

from __future__ import annotations

import pytest
from tests.certificates.drawings import PRIVATE, TSUJI

from kofu.issuing.judging import coverage_of
from kofu.issuing.web.feeds.wording import undrawn_characters
from kofu.platform.fonts import ensure_font, read_font
from kofu.press.glyphs import GlyphCoverage

pytestmark = pytest.mark.font


def test_the_characters_of_a_finding_are_read_by_their_code_points() -> None:
    coverage = coverage_of(GlyphCoverage(read_font(ensure_font())))
    found = " / ".join(coverage.undrawable(f"{TSUJI}辻{PRIVATE}　太郎"))
    assert undrawn_characters(found) == {"U+8FBB U+E0100", "U+E123"}
