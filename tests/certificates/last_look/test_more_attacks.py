"""More faults planted in finished papers: other fonts, other ways to colour and to place, other ways to build a file.

None is released. Whether a person would see them is asked of two engines that are not the look's (PDFium and poppler).
"""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable
from dataclasses import replace

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String
from tests.certificates import orders
from tests.certificates.last_look.attacks import (
    NAME,
    ORDER,
    TAX,
    added,
    assert_refused_before_and_after,
    codes,
    font_of,
    in_place_of,
    literal,
    on_page,
    rebuilt,
    spoilt,
    with_content,
)
from tests.certificates.last_look.papers import differences, paper, release, saved
from tests.certificates.last_look.readers import by_pdfium, by_poppler, look_the_same

from kofu.certificates.last_look import MismatchCause, MismatchKind, judge
from kofu.certificates.last_look.layout import load_layout
from kofu.certificates.last_look.values import PAD, POINTS_PER_MM
from kofu.certificates.render import render

pytestmark = pytest.mark.font

LINE_EM = 1.25
BRACKETED = replace(ORDER, assessment=replace(orders.ASSESSMENT, name_at_assessment="王（見本）花子"))


@pytest.fixture(scope="module")
def pdf(press) -> bytes:
    """A right paper, set from a forme."""
    right = render(ORDER, press)
    release(ORDER, right)
    return right


# -- fonts and texts ---------------------------------------------------------------------------------------------------


def another_font(**entries: object) -> Callable[[pikepdf.Pdf], None]:
    """Name one more font and show a text of it."""

    def apply(document: pikepdf.Pdf) -> None:
        document.pages[0].Resources.Font["/X0"] = document.make_indirect(Dictionary(Type=Name.Font, **entries))
        content = document.pages[0].Contents
        content.write(content.read_bytes() + b"\nBT 0 Tr /X0 40 Tf 1 0 0 1 60 400 Tm (AA)Tj ET")

    return apply


def type_three(document: pikepdf.Pdf) -> None:
    glyph = document.make_stream(b"1000 0 0 0 750 750 d1 0 0 750 750 re f")
    another_font(
        Subtype=Name.Type3,
        FontBBox=[0, 0, 750, 750],
        FontMatrix=[0.001, 0, 0, 0.001, 0, 0],
        CharProcs=Dictionary(A=glyph),
        Encoding=Dictionary(Type=Name.Encoding, Differences=[65, Name.A]),
        FirstChar=65,
        LastChar=65,
        Widths=[1000],
        Resources=Dictionary(),
    )(document)


def glyphs_mapped_otherwise(document: pikepdf.Pdf) -> None:
    """Codes of 4 and 5 lead to each other's glyph by a table beside the font."""
    numbers = codes(document)
    font = font_of(document).DescendantFonts[0]
    table = bytearray(b"".join(number.to_bytes(2, "big") for number in range(max(numbers.values()) + 1)))
    for code, glyph in ((numbers["4"], numbers["5"]), (numbers["5"], numbers["4"])):
        table[2 * code : 2 * code + 2] = glyph.to_bytes(2, "big")
    font.CIDToGIDMap = document.make_stream(bytes(table))


def codes_mapped_otherwise(document: pikepdf.Pdf) -> None:
    """The same by an encoding of its own."""
    numbers = codes(document)
    font_of(document).Encoding = document.make_stream(
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 1 def"
        b" 1 begincodespacerange <0000> <FFFF> endcodespacerange"
        b" 3 begincidrange <0000> <FFFF> 0 <%04X> <%04X> %d <%04X> <%04X> %d endcidrange endcmap end end"
        % (numbers["4"], numbers["4"], numbers["5"], numbers["5"], numbers["5"], numbers["4"]),
        Type=Name.CMap,
        CMapName=Name.X,
    )


def in_font(**entries: object) -> Callable[[pikepdf.Pdf], None]:
    def apply(document: pikepdf.Pdf) -> None:
        for key, value in entries.items():
            font_of(document)[f"/{key}"] = value

    return apply


def in_descendant(**entries: object) -> Callable[[pikepdf.Pdf], None]:
    def apply(document: pikepdf.Pdf) -> None:
        for key, value in entries.items():
            font_of(document).DescendantFonts[0][f"/{key}"] = value

    return apply


def with_matrix(matrix: bytes) -> Callable[[pikepdf.Pdf], None]:
    return in_place_of(TAX, lambda found, _: found[0].replace(found[3], matrix))


def box_of(field: str) -> tuple[float, float]:
    """Left edge of a field's text and middle of its box, in points from the page's lower left corner."""
    layout = load_layout(ORDER.kind.value, ORDER.form_version)
    box = layout.places[field].box
    return box.left * POINTS_PER_MM + PAD, (layout.height - (box.top + box.bottom) / 2) * POINTS_PER_MM


def piece(document: pikepdf.Pdf, found: re.Match[bytes], text: str, x: float, y: float, size: float) -> bytes:
    """Show `text` in the type of what was found, elsewhere."""
    numbers = literal([codes(document)[character] for character in text])
    return b"%s %.4f Tf %s %.6f %.6f Tm %sTj" % (found[1], size, found[3], x, y, numbers)


def broken_in_two(found: re.Match[bytes], document: pikepdf.Pdf) -> bytes:
    """The annual tax on two lines, as no amount that fits on one is."""
    size, (x, middle) = float(found[2]), box_of("annual_tax")
    first, last = TAX[:4], TAX[4:]
    above = middle - 0.38 * size + LINE_EM / 2 * size
    upper = piece(document, found, first, x, above, size)
    return upper + b" " + piece(document, found, last, x, above - LINE_EM * size, size)


def half_a_line(up: int) -> Callable[[re.Match[bytes], pikepdf.Pdf], bytes]:
    def change(found: re.Match[bytes], document: pikepdf.Pdf) -> bytes:
        size = float(found[2])
        return piece(document, found, TAX, float(found[4]), float(found[5]) + up * LINE_EM / 2 * size, size)

    return change


def a_step_smaller(found: re.Match[bytes], document: pikepdf.Pdf) -> bytes:
    """A quarter of a point smaller than the form's type, at the same right edge."""
    size = float(found[2])
    width = sum(500 for _ in TAX) / 1000  # digits and commas of the font are half an em
    x = float(found[4]) + width * 0.25
    return piece(document, found, TAX, x, float(found[5]), size - 0.25)


def digits_change_places(found: re.Match[bytes], document: pikepdf.Pdf) -> bytes:
    """Codes in the right order, set so that the first two stand in each other's place."""
    numbers = [codes(document)[character] for character in TAX]
    first, second, rest = (literal(part) for part in (numbers[:1], numbers[1:2], numbers[2:]))
    shifted = b"[-500 %s 1000 %s -500 %s]TJ" % (first, second, rest)
    return found[0][: found.start(6) - found.start()] + shifted


# -- colours, states, pictures -----------------------------------------------------------------------------------------


def space(name: str, make: Callable[[pikepdf.Pdf], object], use: bytes) -> Callable[[pikepdf.Pdf], None]:
    """Name a colour space and show the annual tax in it."""

    def apply(document: pikepdf.Pdf) -> None:
        resources = document.pages[0].Resources
        spaces = Dictionary(dict(resources.get("/ColorSpace", Dictionary())))
        spaces[f"/{name}"] = make(document)
        resources.ColorSpace = spaces
        in_place_of(TAX, lambda found, _: use + b" " + found[0])(document)

    return apply


def inverted(document: pikepdf.Pdf) -> pikepdf.Object:
    turn = Dictionary(FunctionType=2, Domain=[0, 1], N=1, C0=[0], C1=[1])
    return Array([Name.Separation, Name.Black, Name.DeviceGray, document.make_indirect(turn)])


def other_profile(document: pikepdf.Pdf) -> pikepdf.Object:
    return Array([Name.ICCBased, document.make_stream(b"\0" * 128, N=1, Range=[0, 1])])


def indexed(_: pikepdf.Pdf) -> pikepdf.Object:
    return Array([Name.Indexed, Name.DeviceGray, 1, String(b"\xff\x00")])


def pattern(document: pikepdf.Pdf) -> None:
    tile = document.make_stream(
        b"1 g 0 0 9 9 re f",
        PatternType=1,
        PaintType=1,
        TilingType=1,
        BBox=[0, 0, 9, 9],
        XStep=9,
        YStep=9,
        Resources=Dictionary(),
    )
    document.pages[0].Resources.Pattern = Dictionary(P0=tile)
    in_place_of(TAX, lambda found, _: b"/Pattern cs /P0 scn " + found[0])(document)


def stencil(document: pikepdf.Pdf) -> None:
    mask = document.make_stream(
        b"\0" * 8, Type=Name.XObject, Subtype=Name.Image, Width=8, Height=8, ImageMask=True, BitsPerComponent=1
    )
    page = document.pages[0]
    page.Resources.XObject = Dictionary(dict(page.Resources.get("/XObject", Dictionary())) | {"/M0": mask})
    page.Contents.write(page.Contents.read_bytes() + b"\nq 1 g 300 0 0 300 100 100 cm /M0 Do Q")


def on_form(**entries: object) -> Callable[[pikepdf.Pdf], None]:
    """Say more of the form's drawing."""

    def apply(document: pikepdf.Pdf) -> None:
        for key, value in entries.items():
            document.pages[0].Resources.XObject.S[f"/{key}"] = value

    return apply


def form_last(document: pikepdf.Pdf) -> None:
    with_content(lambda _, content: re.sub(rb"\A(.*?/S Do)(.*)\Z", rb"\2 \1", content, flags=re.DOTALL))(document)


# -- pages, files ------------------------------------------------------------------------------------------------------


def resources_inherited(document: pikepdf.Pdf) -> None:
    document.Root.Pages.Resources = document.pages[0].Resources
    del document.pages[0].obj["/Resources"]


def node_between(document: pikepdf.Pdf) -> None:
    """A turned node between the list of pages and the page."""
    page = document.pages[0].obj
    node = document.make_indirect(
        Dictionary(Type=Name.Pages, Kids=[page], Count=1, Parent=document.Root.Pages, Rotate=180)
    )
    document.Root.Pages.Kids = Array([node])
    page.Parent = node


def contents_in_parts(document: pikepdf.Pdf) -> None:
    content = document.pages[0].Contents
    white = document.make_stream(b"q 1 g 100 100 m 400 100 l 400 400 l h f Q")
    document.pages[0].Contents = Array([content, white])


def note_over_the_amount(document: pikepdf.Pdf) -> None:
    look = document.make_stream(
        b"1 g 0 0 300 300 re f", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 300, 300], Resources=Dictionary()
    )
    note = Dictionary(Type=Name.Annot, Subtype=Name.FreeText, Rect=[100, 100, 400, 400], F=4, AP=Dictionary(N=look))
    document.pages[0].Annots = Array([document.make_indirect(note)])


def xfa(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = Dictionary(Fields=[], XFA=document.make_stream(b"<xdp/>"), NeedAppearances=True)


def written_as(**how: object) -> Callable[[bytes], bytes]:
    def apply(pdf: bytes) -> bytes:
        out = io.BytesIO()
        with pikepdf.open(io.BytesIO(pdf)) as document:
            document.save(out, fix_metadata_version=False, **how)
        return out.getvalue()

    return apply


def filtered(how: bytes) -> Callable[[bytes], bytes]:
    """Say otherwise how streams are stored."""
    return lambda pdf: rebuilt(pdf, lambda body: body.replace(b"/FlateDecode", how))


ATTACKS: dict[str, Callable[[pikepdf.Pdf], object]] = {
    "a font drawn by procedures": type_three,
    "a font that is not embedded": another_font(Subtype=Name.Type1, BaseFont=Name.Helvetica),
    "glyphs mapped otherwise beside the font": glyphs_mapped_otherwise,
    "codes mapped otherwise by an encoding": codes_mapped_otherwise,
    "text that runs downwards": in_font(Encoding=Name("/Identity-V")),
    "a font said to be the certified one of another kind": in_descendant(Subtype=Name.CIDFontType0),
    "letters set by a second table of widths": in_descendant(W2=Array([0, 65535, 0, 0, 0])),
    "the annual tax turned by a degree": with_matrix(b"0.99985 0.01745 -0.01745 0.99985"),
    "the annual tax leaning": with_matrix(b"1 0 0.3 1"),
    "the annual tax twice as large by its matrix": with_matrix(b"2 0 0 2"),
    "the annual tax on two lines": in_place_of(TAX, broken_in_two),
    "the annual tax half a line higher": in_place_of(TAX, half_a_line(1)),
    "the annual tax half a line lower": in_place_of(TAX, half_a_line(-1)),
    "the annual tax a step smaller": in_place_of(TAX, a_step_smaller),
    "two digits in each other's place": in_place_of(TAX, digits_change_places),
    "the annual tax drawn as areas": in_place_of(TAX, lambda *_: b"ET 400 400 m 404 400 l 404 409 l h f BT"),
    "the annual tax behind a clip": in_place_of(
        TAX, lambda found, _: b"ET q 0 0 m 9 0 l 9 9 l h W n BT 0 Tr " + found[0] + b" ET Q BT"
    ),
    "its letters one over the other": in_place_of(TAX, lambda found, _: b"-4.5 Tc " + found[0] + b" 0 Tc"),
    "a text without a place": added(b"BT 0 Tr @ 9 Tf <0001>Tj ET"),
    "a separation that inverts": space("c9", inverted, b"/c9 cs 1 scn"),
    "a grey of another profile": space("c9", other_profile, b"/c9 cs 0 scn"),
    "a grey by its number": space("c9", indexed, b"/c9 cs 0 scn"),
    "every grey by another profile": space("DefaultGray", other_profile, b"0 g"),
    "colours": in_place_of(TAX, lambda found, _: b"1 0 0 rg " + found[0]),
    "a pattern": pattern,
    "a stencil in white": stencil,
    "a rectangle in white": added(b"q 1 g 100 100 300 300 re f Q"),
    "the form in a layer": on_form(OC=Dictionary(Type=Name.OCG, Name="x")),
    "the form moved": on_form(Matrix=[1, 0, 0, 1, 30, 0]),
    "the form cut": on_form(BBox=[0, 0, 300, 300]),
    "the form as a group": on_form(Group=Dictionary(S=Name.Transparency, K=True)),
    "the form over the values": form_last,
    "the form twice": added(b"/S Do"),
    "the page as a group": on_page(Group=Dictionary(S=Name.Transparency, CS=Name.DeviceGray)),
    "the page's art": on_page(ArtBox=[0, 0, 300, 300]),
    "a transition": on_page(Trans=Dictionary(S=Name.Dissolve), Dur=1),
    "something that happens on the page": on_page(AA=Dictionary(O=Dictionary(S=Name.JavaScript, JS="1"))),
    "files of the page": on_page(AF=Array([])),
    "a scale of the page": on_page(VP=Array([])),
    "what a page needs in the list of pages": resources_inherited,
    "a turned node between list and page": node_between,
    "content in two parts": contents_in_parts,
    "a note with a look of its own": note_over_the_amount,
    "a form of another kind (XFA)": xfa,
}
FILES: dict[str, Callable[[bytes], bytes]] = {
    "objects in streams": written_as(object_stream_mode=pikepdf.ObjectStreamMode.generate),
    "a file for the web": written_as(linearize=True, object_stream_mode=pikepdf.ObjectStreamMode.disable),
    "a second table in a stream": lambda pdf: pdf.replace(b"/Size", b"/XRefStm 9 /Size"),
    "a table of two sections": lambda pdf: re.sub(rb"xref\n0 (\d+)\n", rb"xref\n0 1\n0000000000 65535 f \n0 \1\n", pdf),
    "an entry that is free": lambda pdf: re.sub(rb"(\d{10}) 00000 n", rb"\1 00000 f", pdf, count=1),
    "another generation of an object": lambda pdf: re.sub(rb"(\d{10}) 00000 n", rb"\1 00001 n", pdf, count=1),
    "another version": lambda pdf: pdf.replace(b"%PDF-1.4", b"%PDF-2.0", 1),
    "filters in a list": filtered(b"[/FlateDecode]"),
    "a short name of a filter": filtered(b"/Fl"),
    "parameters of a filter": filtered(b"/FlateDecode/DecodeParms<</Predictor 1>>"),
    "content in another file": filtered(b"/FlateDecode/F(other)"),
    "a start behind the end": lambda pdf: re.sub(rb"startxref\n\d+", b"startxref\n9999999", pdf),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_spoilt_paper_is_not_released(attack, pdf):
    assert differences(ORDER, spoilt(pdf, ATTACKS[attack])) != ()


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_paper_spoilt_in_place_is_not_released_before_its_form_was_read_or_after(attack, pdf):
    assert_refused_before_and_after(pdf, ATTACKS[attack])


@pytest.mark.parametrize("attack", FILES)
def test_a_file_built_otherwise_is_not_read(attack, pdf):
    assert {one.fault for one in differences(ORDER, FILES[attack](pdf))} == {MismatchKind.UNREADABLE}


def test_without_a_fault_the_file_written_anew_is_released(pdf):
    """Twin: what writes the faults is not what is found."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert differences(ORDER, saved(document)) == ()


SEEN_BY_BOTH = {
    "the annual tax on two lines",
    "the annual tax half a line higher",
    "the annual tax half a line lower",
    "two digits in each other's place",
    "the annual tax drawn as areas",
    "its letters one over the other",
    "glyphs mapped otherwise beside the font",
    "the annual tax leaning",
    "a rectangle in white",
    "the form cut",
    "content in two parts",
    "a turned node between list and page",
}


@pytest.mark.parametrize("attack", sorted(SEEN_BY_BOTH))
def test_two_other_engines_see_the_fault_too(attack, pdf, tmp_path):
    if shutil.which("pdftoppm") is None:
        pytest.skip("there is no pdftoppm; on Debian: apt-get install poppler-utils")
    wrong = spoilt(pdf, ATTACKS[attack])
    for eye in (by_pdfium, by_poppler):
        assert not look_the_same(eye(pdf, tmp_path), eye(wrong, tmp_path))


# -- a bracket set over its neighbour, and whom it is about ------------------------------------------------------------


def closer(quarters: int, at: int) -> Callable[[re.Match[bytes], pikepdf.Pdf], bytes]:
    """Set the name from character `at` on closer to what stands before it, in its first place otherwise."""

    def change(found: re.Match[bytes], document: pikepdf.Pdf) -> bytes:
        numbers = [codes(document)[character] for character in BRACKETED.assessment.name_at_assessment]
        head = found[0][: found.start(6) - found.start()]
        return head + b"[%s %d %s]TJ" % (literal(numbers[:at]), 250 * quarters, literal(numbers[at:]))

    return change


@pytest.mark.parametrize(
    ("quarters", "at", "fault"),
    [
        (2, 1, None),  # the empty half before （
        (3, 1, MismatchKind.TEXT_MISPLACED),
        (4, 1, MismatchKind.TEXT_MISPLACED),  # （ over 王
        (2, 4, MismatchKind.TEXT_MISPLACED),  # ） over 本: its ink is in its first half
        (2, 5, None),  # the empty half behind ）
        (4, 5, MismatchKind.TEXT_MISPLACED),  # 花 over ）
    ],
)
def test_a_bracket_stands_closer_by_its_empty_half_and_no_more(quarters, at, fault, press):
    right = render(BRACKETED, press)
    release(BRACKETED, right)
    name = BRACKETED.assessment.name_at_assessment
    found = differences(BRACKETED, spoilt(right, in_place_of(name, closer(quarters, at))))
    assert {one.fault for one in found} == ({fault} if fault else set())
    if fault:
        assert judge(found) is MismatchCause.PERSON


@pytest.mark.parametrize("attack", [*ATTACKS])
def test_what_is_no_text_of_one_person_stops_the_ward(attack, pdf):
    assert judge(differences(ORDER, spoilt(pdf, ATTACKS[attack]))) is MismatchCause.MACHINE


def test_a_name_too_long_for_its_box_is_still_released_on_two_lines_and_smaller(press):
    long = replace(ORDER, assessment=replace(orders.ASSESSMENT, name_at_assessment=f"{NAME}　" * 4 + "（見本）"))
    for make in (render, paper):
        release(long, make(long, press))
