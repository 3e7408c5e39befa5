"""Every character is checked against the font's own tables; what is drawn is the glyph the font names."""

from __future__ import annotations

import io

import pikepdf
import pytest
import typst
import uharfbuzz
from fontTools.ttLib import TTFont

from kofu.core.errors import OperatorFault
from kofu.platform.fonts import read_font
from kofu.press.glyphs import CannotDraw, GlyphCoverage, UndrawableReason

pytestmark = pytest.mark.font

SHEET = """
#set page(width: 600pt, height: 900pt, margin: 0pt)
#set text(font: "IPAmjMincho", size: 8pt, fallback: false)
#for (i, c) in sys.inputs.text.split("|").enumerate() { place(dx: calc.rem(i, 50) * 11pt, dy: calc.quo(i, 50) * 11pt,
c) }
"""


def sheet(font, clusters) -> bytes:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(font.parent)])
    compiler = typst.Compiler(input=SHEET.encode(), font_paths=fonts)
    return compiler.compile(
        format="pdf", pdf_standards="a-1b", timestamp=0, pdf_tags=False, sys_inputs={"text": "|".join(clusters)}
    )


def drawn_outlines(pdf: bytes) -> list[tuple]:
    """The outline of each glyph drawn, in the order of drawing, from the font embedded in the PDF."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        page = document.pages[0]
        descriptor = page.Resources.Font["/f0"].DescendantFonts[0].FontDescriptor
        embedded = TTFont(io.BytesIO(descriptor.FontFile2.read_bytes()))
        table = embedded["glyf"]
        numbers = [
            int.from_bytes(bytes(operands[0]))
            for operands, operator in pikepdf.parse_content_stream(page, "Tj")
            if str(operator) == "Tj"
        ]
        order = embedded.getGlyphOrder()
        return [outline(table, order[number]) for number in numbers]


def outline(table, name: str) -> tuple:
    coordinates, ends, _ = table[name].getCoordinates(table)
    return tuple(coordinates), tuple(ends)


@pytest.fixture(scope="module")
def source(font):
    with font.open("rb") as file, TTFont(file, lazy=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def shaper(font) -> uharfbuzz.Font:
    return uharfbuzz.Font(uharfbuzz.Face(uharfbuzz.Blob.from_file_path(str(font))))


def shape(shaper, text: str) -> list[int]:
    buffer = uharfbuzz.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    uharfbuzz.shape(shaper, buffer, {})
    return [info.codepoint for info in buffer.glyph_infos]


@pytest.mark.slow
def test_every_registered_sequence_is_drawn_as_the_glyph_the_font_names(font, source, coverage, shaper):
    """The whole repertoire, 11,474 sequences: cmap 14, HarfBuzz and the finished PDF agree on every one."""
    registered = list(coverage.registered_sequences())
    assert len(registered) == 11_474
    table, numbers = source["glyf"], source.getReverseGlyphMap()
    wrong = []
    for start in range(0, len(registered), 3_000):
        batch = registered[start : start + 3_000]
        outlines = drawn_outlines(sheet(font, [text for text, _ in batch]))
        assert len(outlines) == len(batch)
        for (text, name), drawn in zip(batch, outlines, strict=True):
            agreed = coverage.check(text) == () and coverage.glyph_name(text) == name
            if not agreed or shape(shaper, text) != [numbers[name]] or drawn != outline(table, name):
                wrong.append(name)
    assert wrong == []


def test_every_character_of_the_font_is_the_glyph_harfbuzz_draws(font, source, coverage, shaper):
    """A second opinion on the 54,578 characters: covered means one glyph, the one named, never .notdef."""
    numbers = source.getReverseGlyphMap()
    covered = [chr(point) for point in source.getBestCmap() if coverage.check(chr(point)) == ()]
    assert len(covered) > 54_000
    assert [one for one in covered if shape(shaper, one) != [numbers[coverage.glyph_name(one)]]] == []


def test_the_danger_is_real_and_the_check_sees_it(font, coverage):
    """The detector detects: for a selector of another collection typst silently draws the base glyph; we refuse."""
    wrong = "邉\U000e0102"
    base, silently = drawn_outlines(sheet(font, ["邉", wrong]))
    assert silently == base
    (found,) = coverage.check(wrong)
    assert (found.character, found.position, found.reason) == (
        "U+9089 U+E0102",
        1,
        UndrawableReason.SEQUENCE_NOT_IN_FONT,
    )


@pytest.mark.parametrize(
    ("text", "character", "position", "reason"),
    [
        ("山田😀", "U+1F600", 3, UndrawableReason.NOT_IN_FONT),
        ("\U000e0100山", "U+E0100", 1, UndrawableReason.LONE_SELECTOR),
        ("山\U000e0100\U000e0101", "U+5C71 U+E0100 U+E0101", 1, UndrawableReason.SEQUENCE_NOT_IN_FONT),
        ("か\u3099", "U+304B U+3099", 1, UndrawableReason.COMBINING),
        ("e\u0301", "U+0065 U+0301", 1, UndrawableReason.COMBINING),
        ("山\ue000", "U+E000", 2, UndrawableReason.PRIVATE_USE),
        ("山\U000f0000", "U+F0000", 2, UndrawableReason.PRIVATE_USE),
        ("山\t田", "U+0009", 2, UndrawableReason.NOT_A_CHARACTER),
        ("山\n田", "U+000A", 2, UndrawableReason.NOT_A_CHARACTER),
        ("山\u00a0田", "U+00A0", 2, UndrawableReason.UNUSUAL_SPACE),
        ("山\u2003田", "U+2003", 2, UndrawableReason.UNUSUAL_SPACE),
        ("山\u200d田", "U+200D", 2, UndrawableReason.NOT_A_CHARACTER),
        ("山\u202e田", "U+202E", 2, UndrawableReason.NOT_A_CHARACTER),
        ("山\uffff", "U+FFFF", 2, UndrawableReason.NOT_A_CHARACTER),
        ("\ud800", "U+D800", 1, UndrawableReason.NOT_A_CHARACTER),
    ],
)
def test_what_is_not_drawn_exactly_is_refused_and_named(coverage, text, character, position, reason):
    (found,) = coverage.check(text)
    assert (found.character, found.position, found.reason) == (character, position, reason)
    with pytest.raises(CannotDraw) as caught:
        coverage.require(text)
    assert caught.value.undrawable == (found,)
    assert text not in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "髙橋　𠮷田", "LEE SUN-HEE O'NEILL", "邉\U000e010f", "令和8年度（課税）△1,234＊", "﨑"]
)
def test_what_people_are_called_is_drawn(coverage, text):
    assert coverage.check(text) == ()
    coverage.require(text)


def test_a_compatibility_character_is_not_taken_for_its_likeness(coverage):
    """神 U+FA19 and 神 U+795E are two characters; a normalisation would lose the first."""
    assert coverage.glyph_name("\ufa19") != coverage.glyph_name("\u795e")


def test_a_file_that_is_no_font_is_the_operators_fault(tmp_path):
    path = tmp_path / "font.ttf"
    path.write_bytes(b"no font at all")
    with pytest.raises(OperatorFault):
        GlyphCoverage(read_font(path))
