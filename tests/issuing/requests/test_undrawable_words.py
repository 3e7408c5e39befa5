"""The list of texts that cannot be drawn says of each which characters are meant, as the feed's findings name them."""

from __future__ import annotations

import pytest
from tests.certificates.drawings import PRIVATE, TSUJI

from kofu.core.transposition import read_tables
from kofu.issuing.feeds.judging import coverage_of
from kofu.issuing.web.feeds.wording import table_text, undrawn_characters
from kofu.platform.fonts import ensure_font, read_font
from kofu.press.glyphs import GlyphCoverage

pytestmark = pytest.mark.font


def test_the_characters_of_a_finding_are_read_by_their_code_points() -> None:
    coverage = coverage_of(GlyphCoverage(read_font(ensure_font())))
    found = " / ".join(coverage.undrawable(f"{TSUJI}辻{PRIVATE}　太郎"))
    assert undrawn_characters(found) == {"U+8FBB U+E0100", "U+E123"}


def test_staff_read_what_the_municipalitys_tables_know_of_a_character_they_do_not_map() -> None:
    rows = "U+E124,,MJ068101,same,追加分\nU+E125,U+8FBA,,reduced,縮退マップ\nU+E126,U+8FBB U+E0102,,same,台帳\n"
    tables = read_tables([("gaiji.csv", f"from,to,mj_name,relation,source\n{rows}".encode())])
    assert table_text("U+E124 (private_use) / U+E125 (private_use)", tables) == (
        "　変換表：MJ068101（符号位置がまだありません。追加分）"
        "　変換表：縮退候補 U+8FBA（氏名・住所には使いません。縮退マップ）"
    )
    assert table_text("U+E126 (private_use) / U+E127 (private_use)", tables) == ""
