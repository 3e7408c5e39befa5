"""Faults planted in a finished paper, each by name: none is released (P2).

A paper set from a forme and one laid out by typst are spoilt alike, by another program that writes the file anew. A
test of `test_fixed_part` holds that without a fault such a file is released: the fault is all that is wrong with it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable

import pikepdf
import pytest
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name
from tests.certificates.last_look.attacks import (
    NAME,
    ORDER,
    OTHER_NAME,
    OTHER_TAX,
    TAX,
    added,
    assert_refused_before_and_after,
    codes,
    font_of,
    in_place_of,
    literal,
    on_page,
    spoilt,
    spoilt_in_place,
    text_at,
    with_content,
)
from tests.certificates.last_look.papers import differences, release

from kofu.certificates import last_look
from kofu.certificates.last_look import MismatchKind
from kofu.certificates.render import render

pytestmark = pytest.mark.font


# -- tools ------------------------------------------------------------------------------------------------------------


def actual(text: str, over: str) -> Callable[[pikepdf.Pdf], None]:
    said = b"FEFF" + text.encode("utf-16-be").hex().upper().encode("ascii")
    return in_place_of(over, lambda found, _: b"/Span<</ActualText<%s>>>BDC %s EMC" % (said, found[0]))


def with_program(change: Callable[[TTFont, dict[str, int]], object]) -> Callable[[pikepdf.Pdf], None]:
    """Change the embedded font program as a font editor would."""

    def apply(document: pikepdf.Pdf) -> None:
        stream = font_of(document).DescendantFonts[0].FontDescriptor.FontFile2
        font = TTFont(io.BytesIO(stream.read_bytes()), recalcBBoxes=False, recalcTimestamp=False)
        change(font, codes(document))
        out = io.BytesIO()
        font.save(out, reorderTables=None)
        stream.write(out.getvalue())
        if "/Length1" in stream:
            stream.Length1 = len(out.getvalue())

    return apply


def swap_outlines(font: TTFont, numbers: dict[str, int]) -> None:
    order = font.getGlyphOrder()
    glyf, one, two = font["glyf"], order[numbers["4"]], order[numbers["5"]]
    glyf[one], glyf[two] = glyf[two], glyf[one]


def move_outline(font: TTFont, numbers: dict[str, int]) -> None:
    name = font.getGlyphOrder()[numbers["4"]]
    advance, bearing = font["hmtx"][name]
    font["hmtx"][name] = (advance, bearing + 400)


def one_point(font: TTFont, numbers: dict[str, int]) -> None:
    coordinates = font["glyf"][font.getGlyphOrder()[numbers["4"]]].coordinates
    x, y = coordinates[0]
    coordinates[0] = (x + 300, y)


def other_instructions(font: TTFont, _: dict[str, int]) -> None:
    font["fpgm"].program.fromBytecode([0x21])


def other_units(font: TTFont, _: dict[str, int]) -> None:
    font["head"].unitsPerEm = 1024


def another_table(font: TTFont, _: dict[str, int]) -> None:
    font["SVG "] = font["prep"]


def codes_and_meanings_exchanged(document: pikepdf.Pdf) -> None:
    """4 and 5 are shown for each other, and the table of meanings says so too: the text layer is right."""
    numbers = codes(document)
    one, two = numbers["4"], numbers["5"]
    table = font_of(document).ToUnicode
    said = table.read_bytes()
    swapped = said.replace(b"<%04X> <0034>" % one, b"<%04X> <0035>" % one)
    table.write(swapped.replace(b"<%04X> <0035>" % two, b"<%04X> <0034>" % two))
    with_content(lambda document, content: _exchange(document, content, TAX))(document)


def _exchange(document: pikepdf.Pdf, content: bytes, text: str) -> bytes:
    """Show `text` by what are now the codes of its characters, in the table's words; each still draws the other."""
    numbers = codes(document)
    found = text_at(document, content, text.translate(str.maketrans("45", "54")))
    wanted = literal([numbers[character] for character in text])
    head = found[0][: found.start(6) - found.start()]
    return content[: found.start()] + head + wanted + b"Tj" + content[found.end() :]


def other_meaning(document: pikepdf.Pdf) -> None:
    table = font_of(document).ToUnicode
    table.write(table.read_bytes().replace(b"<0034>", b"<0039>"))


def wider(document: pikepdf.Pdf) -> None:
    font = font_of(document).DescendantFonts[0]
    font.W = Array([0, 65000, 500])


def in_size(size: bytes) -> Callable[[re.Match[bytes], pikepdf.Pdf], bytes]:
    return lambda found, _: found[0].replace(b" %s Tf" % found[2], b" %s Tf" % size)


def turned(found: re.Match[bytes], _: pikepdf.Pdf) -> bytes:
    signs = found[3].split()
    return found[0].replace(found[3], b"-%s 0 0 %s" % (signs[0], {b"1": b"-1", b"-1": b"1"}[signs[3]]))


def moved(found: re.Match[bytes], _: pikepdf.Pdf) -> bytes:
    return found[0].replace(b" %s %s Tm" % (found[4], found[5]), b" %f %s Tm" % (float(found[4]) - 6, found[5]))


def seal_in(colour: bytes) -> Callable[[pikepdf.Pdf], None]:
    def apply(document: pikepdf.Pdf) -> None:
        page = document.pages[0]
        stream = page.Resources.XObject.S if "/XObject" in page.Resources else page.Contents
        content = stream.read_bytes()
        start = content.index(b"W\nn", content.index(b"W\nn") + 3)  # behind the word 見本
        end = content.index(b"\nB\n", start)
        painted = re.sub(rb"\b0 (g|G|scn|SCN)\b", rb"%s \1" % colour, content[start:end])
        assert painted != content[start:end]
        stream.write(content[:start] + painted + content[end:])

    return apply


def seal_moved(document: pikepdf.Pdf) -> None:
    page = document.pages[0]
    stream = page.Resources.XObject.S if "/XObject" in page.Resources else page.Contents
    content = stream.read_bytes()
    start = content.index(b"W\nn", content.index(b"W\nn") + 3)
    stream.write(content[:start] + content[start:].replace(b" cm", b" cm 1 0 0 1 9 0 cm", 1))


def state(**entries: object) -> Callable[[pikepdf.Pdf], None]:
    def apply(document: pikepdf.Pdf) -> None:
        document.pages[0].Resources.ExtGState = Dictionary(G0=Dictionary(**entries))
        content = document.pages[0].Contents
        content.write(content.read_bytes() + b"\nq /G0 gs Q")

    return apply


def soft_mask(document: pikepdf.Pdf) -> None:
    group = document.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9])
    state(SMask=Dictionary(Type=Name.Mask, S=Name.Luminosity, G=group))(document)


def layer_off(document: pikepdf.Pdf) -> None:
    layer = document.make_indirect(Dictionary(Type=Name.OCG, Name="x"))
    document.Root.OCProperties = Dictionary(OCGs=[layer], D=Dictionary(OFF=[layer]))
    document.pages[0].Resources.Properties = Dictionary(L=layer)
    content = document.pages[0].Contents
    content.write(b"/OC /L BDC\n" + content.read_bytes() + b"\nEMC")


def on_catalog(**entries: object) -> Callable[[pikepdf.Pdf], None]:
    def apply(document: pikepdf.Pdf) -> None:
        for key, value in entries.items():
            document.Root[f"/{key}"] = value

    return apply


def on_pages(**entries: object) -> Callable[[pikepdf.Pdf], None]:
    def apply(document: pikepdf.Pdf) -> None:
        for key, value in entries.items():
            document.Root.Pages[f"/{key}"] = value

    return apply


def image(document: pikepdf.Pdf) -> pikepdf.Object:
    return document.make_stream(
        b"\0" * 8,
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=8,
        Height=8,
        ColorSpace=Name.DeviceGray,
        BitsPerComponent=1,
    )


def thumbnail(document: pikepdf.Pdf) -> None:
    document.pages[0].Thumb = image(document)


def picture(document: pikepdf.Pdf) -> None:
    page = document.pages[0]
    page.Resources["/XObject"] = Dictionary(
        dict(page.Resources.get("/XObject", Dictionary())) | {"/I0": image(document)}
    )
    page.Contents.write(page.Contents.read_bytes() + b"\nq 300 0 0 300 100 100 cm /I0 Do Q")


def information(document: pikepdf.Pdf) -> None:
    document.docinfo["/Author"] = "別人　花代"


def information_date(document: pikepdf.Pdf) -> None:
    document.docinfo["/ModDate"] = "D:20200101000000Z"


def metadata(old: bytes, new: bytes) -> Callable[[pikepdf.Pdf], None]:
    def apply(document: pikepdf.Pdf) -> None:
        said = document.Root.Metadata.read_bytes()
        assert old in said
        document.Root.Metadata.write(said.replace(old, new))

    return apply


def attachment(document: pikepdf.Pdf) -> None:
    document.attachments["other.txt"] = "別人".encode()


def form_field(document: pikepdf.Pdf) -> None:
    document.Root.AcroForm = Dictionary(Fields=[])


def annotation(document: pikepdf.Pdf) -> None:
    note = Dictionary(Type=Name.Annot, Subtype=Name.Square, Rect=[0, 0, 300, 300])
    document.pages[0].Annots = Array([document.make_indirect(note)])


def unseen_object(document: pikepdf.Pdf) -> None:
    """Another person's paper, in the file but on no page."""
    document.Root.Metadata["/Other"] = document.make_stream("別人　花代".encode())


def second_page(document: pikepdf.Pdf) -> None:
    document.pages.append(document.pages[0])


def no_grey(document: pikepdf.Pdf) -> None:
    resources = document.pages[0].Resources
    if "/ColorSpace" in resources:
        resources.ColorSpace = Dictionary()
    else:
        document.pages[0].Contents.write(document.pages[0].Contents.read_bytes() + b"\n/c0 cs")


def no_font(document: pikepdf.Pdf) -> None:
    fonts = document.pages[0].Resources.Font
    (name,) = fonts.keys()
    fonts["/Other"] = fonts[name]
    del fonts[name]


def in_the_table(old: bytes, new: bytes) -> Callable[[pikepdf.Pdf], None]:
    def apply(document: pikepdf.Pdf) -> None:
        table = font_of(document).ToUnicode
        said = table.read_bytes()
        assert old in said
        table.write(said.replace(old, new, 1))

    return apply


def identifier(document: pikepdf.Pdf) -> None:
    document.trailer.ID = Array([pikepdf.String("another person's name, and more"), pikepdf.String("x")])


def profile_turned_round(document: pikepdf.Pdf) -> None:
    profile = document.Root.OutputIntents[0].DestOutputProfile
    profile.write(bytes(reversed(profile.read_bytes())))


ATTACKS: dict[str, Callable[[pikepdf.Pdf], object]] = {
    # B2, what the outlines are
    "outlines of two digits exchanged": with_program(swap_outlines),
    "codes and meanings of two digits exchanged": codes_and_meanings_exchanged,
    "one point of a digit moved": with_program(one_point),
    "an outline begins elsewhere": with_program(move_outline),
    "other instructions for all outlines": with_program(other_instructions),
    "another size of the font's units": with_program(other_units),
    "a table of coloured outlines": with_program(another_table),
    "every letter as wide as half": wider,
    "another meaning of a digit": other_meaning,
    # B3, what lies over them
    "an amount painted out by a white stroke": added(b"q 1 G 3 w 100 500 m 500 500 l S Q"),
    "the page painted white by strokes": added(b"q 1 G 900 w 0 400 m 600 400 l S Q"),
    "the name struck out": added(b"q 0 G 1 w 120 680 m 300 680 l S Q"),
    "a stroke like a 1 before an amount": added(b"q 0 G 0.6 w 440 300 m 440 308 l S Q"),
    "a white area": added(b"q 1 g 100 100 m 400 100 l 400 400 l h f Q"),
    "a hair of a line": added(b"q 0 G 0 w 100 100 m 400 100 l S Q"),
    # B4: the page
    "the page moved": on_page(MediaBox=[0, 100, 595.276, 841.89]),
    "the page a little larger": on_page(MediaBox=[0, 0, 595.3, 841.89]),
    "the page cut": on_page(CropBox=[0, 0, 595, 400]),
    "the page turned": on_page(Rotate=180),
    "the page's unit doubled": on_page(UserUnit=2),
    "the page's trim": on_page(TrimBox=[0, 0, 300, 300]),
    "all pages cut": on_pages(CropBox=[0, 0, 595, 400]),
    "all pages turned": on_pages(Rotate=90),
    # B5: what is not drawn, or otherwise
    "content in a layer that is off": layer_off,
    "a soft mask": soft_mask,
    "a blend mode": state(BM=Name.Difference),
    "half transparent": state(ca=0.5),
    "a transfer function": state(TR=Dictionary(FunctionType=2, Domain=[0, 1], N=1, C0=[1], C1=[0])),
    "overprint": state(OP=True),
    "a colour profile turned round": profile_turned_round,
    # B6, how the type is set
    "the annual tax at 0.8 pt": in_place_of(TAX, in_size(b"0.8")),
    "the annual tax in the smallest type": in_place_of(TAX, in_size(b"6")),
    "the annual tax upside down": in_place_of(TAX, turned),
    "the annual tax moved by 6 pt": in_place_of(TAX, moved),
    "the annual tax in white": in_place_of(TAX, lambda found, _: b"1 g " + found[0]),
    "the annual tax stretched": in_place_of(TAX, lambda found, _: b"50 Tz " + found[0]),
    "the annual tax raised": in_place_of(TAX, lambda found, _: b"8 Ts " + found[0]),
    "the annual tax invisible": in_place_of(TAX, lambda found, _: b"3 Tr " + found[0]),
    "the annual tax as an outline": in_place_of(TAX, lambda found, _: b"1 Tr " + found[0]),
    "the annual tax left out": in_place_of(TAX, lambda *_: b""),
    "the annual tax twice": in_place_of(TAX, lambda found, _: found[0] + b" " + found[0]),
    "its letters set apart": in_place_of(TAX, lambda found, _: b"4 Tc " + found[0]),
    # B7: the seal
    "the seal white": seal_in(b"1"),
    "the seal grey": seal_in(b"0.5"),
    "the seal moved": seal_moved,
    # B8: what the file says and does beside the page
    "another person in the information": information,
    "another date in the information": information_date,
    "another person in the metadata": metadata(
        b"<dc:format>", b"<dc:title>\xe5\x88\xa5\xe4\xba\xba</dc:title><dc:format>"
    ),
    "another producer in the metadata": metadata(b"CreatorTool>", b"CreatorTool>x"),
    "a comment in the metadata": metadata(b"<?xpacket end", b"<!-- other --><?xpacket end"),
    "something that happens on opening": on_catalog(OpenAction=Dictionary(S=Name.JavaScript, JS="app.alert(1)")),
    "other actions": on_catalog(AA=Dictionary(WC=Dictionary(S=Name.JavaScript, JS="1"))),
    "a script by name": on_catalog(
        Names=Dictionary(JavaScript=Dictionary(Names=["a", Dictionary(S=Name.JavaScript, JS="1")]))
    ),
    "a thumbnail": thumbnail,
    "labels of pages": on_catalog(PageLabels=Dictionary(Nums=[0, Dictionary(S=Name.r)])),
    "a structure with other texts": on_catalog(StructTreeRoot=Dictionary(Type=Name.StructTreeRoot)),
    "private data of a program": on_page(PieceInfo=Dictionary(X=Dictionary(Private="x"))),
    "another language": on_catalog(Lang="en"),
    "a collection": on_catalog(Collection=Dictionary(View=Name.T)),
    "an attachment": attachment,
    "a field to fill in": form_field,
    # B9: held before, and held now
    "an annotation": annotation,
    "the form's grey by no name": no_grey,
    "the font by no name": no_font,
    "a word in the table of meanings": in_the_table(b"begincmap", b"begincmap % other"),
    "two meanings of one code": in_the_table(b"<0034>\n", b"<0034>\n<0001> <0039>\n"),
    "a range of meanings": in_the_table(b"endcmap", b"1 beginbfrange <0000> <FFFF> <0031> endbfrange\nendcmap"),
    "a word in the identifier": identifier,
    "a picture": picture,
    "an inline picture": added(b"q 99 0 0 99 9 9 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x00 EI Q"),
    "text in the open": added(b"BT 0 Tr @ 9 Tf 1 0 0 1 300 20 Tm <0001>Tj ET"),
    "text outside the page": added(b"BT 0 Tr @ 9 Tf 1 0 0 1 -300 20 Tm <0001>Tj ET"),
    "white text": added(b"BT 0 Tr @ 9 Tf 1 0 0 1 300 20 Tm 1 g <0001>Tj ET"),
    "a page once more": second_page,
    "an object on no page": unseen_object,
    "a shading": added(b"q /Sh0 sh Q"),
    "marked content": with_content(lambda _, content: b"/Artifact BMC\n" + content + b"\nEMC"),
    "compatible with what is not known": with_content(lambda _, content: content + b"\nBX 1 2 xx EX"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_spoilt_paper_is_not_released(attack, make):
    pdf = spoilt(make(ORDER), ATTACKS[attack])
    found = differences(ORDER, pdf)
    assert found != ()
    assert "別人" not in "".join(map(str, found))


@pytest.mark.parametrize("attack", sorted(ATTACKS.keys() - {"a word in the identifier"}))  # which stands in no object
def test_a_paper_spoilt_in_place_is_not_released_before_its_form_was_read_or_after(attack, press):
    assert_refused_before_and_after(render(ORDER, press), ATTACKS[attack])


def test_most_faults_in_place_leave_the_beginning_of_a_paper_as_it_was(press):
    """Or what is planted after a right paper would say nothing of what is remembered of it."""
    right = render(ORDER, press)
    last_look._right_fixed_parts.clear()
    release(ORDER, right)
    ((_, known),) = last_look._right_fixed_parts.items()
    papers = [spoilt_in_place(right, attack) for attack in list(ATTACKS.values())[::5]]
    assert sum(one.startswith(known.data) for one in papers) > len(papers) / 2


@pytest.mark.parametrize(
    ("wrong", "attack"),
    [(OTHER_TAX, actual(TAX, "940,500")), (OTHER_NAME, actual(NAME, "別人　花代"))],
    ids=["an amount", "a name"],
)
def test_what_is_drawn_counts_whatever_is_said_beside_it(wrong, attack, make):
    """B1: `ActualText` with the right text over another one."""
    assert MismatchKind.TEXT_DIFFERS in {one.fault for one in differences(ORDER, spoilt(make(wrong), attack))}


def test_the_right_text_is_not_to_be_read_as_another(make):
    """B1 the other way round: what is copied or read aloud is another amount than the one drawn."""
    pdf = spoilt(make(ORDER), actual("940,500", TAX))
    assert {(one.field, one.fault) for one in differences(ORDER, pdf)} == {("annual_tax", MismatchKind.TEXT_LAYER)}
