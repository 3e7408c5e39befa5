"""A forme: the same paper as typst lays out, set from ready bytes."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime

import pikepdf
import pypdfium2
import pytest
from fontTools.ttLib import TTFont

from kofu.core.errors import OperatorFault
from kofu.core.font_file import FontFile
from kofu.platform.fonts import read_font
from kofu.press.engine import Press
from kofu.press.forme import PAGES_MAX, CannotBeSet, Forme, SetPage, SetText
from kofu.press.glyphs import GlyphCoverage
from kofu.press.subset import FontOutlines, GlyphRecord

pytestmark = pytest.mark.font

NOW = datetime(2026, 11, 23, tzinfo=UTC)
FORM = """
#let paper(texts, extra) = {
  set page(width: 90mm, height: 50mm, margin: 5mm)
  set text(font: "IPAmjMincho", fallback: false)
  rect(width: 20mm, height: 5mm, stroke: 0.4pt, [様式])
  for page in range(1, extra.pages) { pagebreak() }
}
"""


@pytest.fixture(scope="module")
def outlines(font) -> FontOutlines:
    return FontOutlines(read_font(font))


@pytest.fixture(scope="module")
def press(font, tmp_path_factory) -> Press:
    root = tmp_path_factory.mktemp("forms")
    (root / "bare" / "v1").mkdir(parents=True)
    (root / "bare" / "v1" / "form.typ").write_text(FORM, encoding="utf-8")
    return Press(read_font(font), root)


@pytest.fixture(scope="module")
def forme(press) -> Forme:
    return Forme.of(press.render("bare", "v1", {}, {"pages": 1}, NOW))


@pytest.fixture(scope="module")
def put(forme, outlines, coverage):
    def setting(*texts: SetText, created=NOW) -> bytes:
        return forme.set([SetPage(texts)], outlines, record_of(outlines, coverage), created)

    return setting


def record_of(outlines: FontOutlines, coverage: GlyphCoverage) -> Callable[[str], GlyphRecord]:
    return lambda cluster: outlines.record(outlines.glyph_id(coverage.glyph_name(cluster)))


def line(*clusters: str) -> SetText:
    return SetText(clusters, x=20.0, baseline=60.0, size=10.0)


def test_the_same_texts_give_the_same_bytes(put) -> None:
    assert put(line("見", "本")) == put(line("見", "本"))
    assert put(line("見", "本")) != put(line("本", "見"))


def test_every_paper_begins_with_the_same_bytes(put, forme) -> None:
    assert put(line("見")).startswith(forme.prefix)
    assert put(line("本", "邉\U000e010f")).startswith(forme.prefix)


def test_the_file_is_whole(put) -> None:
    with pikepdf.open(io.BytesIO(put(line("見", "本")))) as file:
        assert file.check_pdf_syntax() == []
        assert file.docinfo["/CreationDate"] == "D:20261123000000+00'00'"
        assert str(file.Root.Metadata.read_bytes(), "utf-8").count("2026-11-23T00:00:00+00:00") == 2


def test_each_slot_of_the_subset_draws_what_the_font_draws(outlines, coverage, font) -> None:
    """The outlines are the font's own bytes, in the order asked for, .notdef before them."""
    clusters = ["見", "邉\U000e010f", "邉", "A", "㐂"]
    glyphs = [outlines.glyph_id(coverage.glyph_name(cluster)) for cluster in clusters]
    with (
        TTFont(io.BytesIO(outlines.subset([outlines.record(glyph) for glyph in (0, *glyphs)]))) as subset,
        TTFont(font, lazy=True) as whole,
    ):
        assert subset["maxp"].numGlyphs == len(clusters) + 1
        order = whole.getGlyphOrder()
        for slot, glyph in enumerate((0, *glyphs)):
            ours, theirs = subset["glyf"][subset.getGlyphName(slot)], whole["glyf"][order[glyph]]
            assert ours.getCoordinates(subset["glyf"])[0] == theirs.getCoordinates(whole["glyf"])[0]
            assert subset["hmtx"][subset.getGlyphName(slot)] == whole["hmtx"][order[glyph]]


def test_texts_that_share_an_outline_keep_their_own_code_points(put, coverage) -> None:
    """The registered default of a base draws as the base alone: on paper the same, as text not."""
    pairs = {text[0]: text for text, name in coverage.registered_sequences() if coverage.glyph_name(text[0]) == name}
    base, sequence = next(iter(pairs.items()))
    with pikepdf.open(io.BytesIO(put(line(base, sequence)))) as file:
        mapped = file.pages[0].Resources.Font.T.ToUnicode.read_bytes().decode("ascii")
    assert f"<0001> <{base.encode('utf-16-be').hex().upper()}>" in mapped
    assert f"<0002> <{sequence.encode('utf-16-be').hex().upper()}>" in mapped


def test_each_page_of_a_form_is_set_by_itself(press, outlines, coverage) -> None:
    forme = Forme.of(press.render("bare", "v1", {}, {"pages": 3}, NOW))
    pages = [SetPage((line(one),)) for one in "一二三"]
    pdf = forme.set(pages, outlines, record_of(outlines, coverage), NOW)
    with pikepdf.open(io.BytesIO(pdf)) as file:
        assert file.check_pdf_syntax() == []
    with pypdfium2.PdfDocument(pdf) as document:
        assert ["".join(page.get_textpage().get_text_range().split())[-1] for page in document] == ["一", "二", "三"]


def test_a_form_of_too_many_pages_is_no_forme(press) -> None:
    with pytest.raises(CannotBeSet):
        Forme.of(press.render("bare", "v1", {}, {"pages": PAGES_MAX + 1}, NOW))


def test_what_is_no_font_is_the_operators_fault() -> None:
    with pytest.raises(OperatorFault):
        FontOutlines(FontFile.of("font.ttf", b"no font"))
