"""A forme (組版): the part of a form that never changes, set once by typst, kept as ready bytes; and texts set into it.

Typst lays out and writes a form with all its texts left empty. From that file a forme takes what draws the page and
makes one drawing of it, a form XObject, which every paper shows once; texts are drawn over it by one more content
stream, in a font subset of their own. So a paper's file is

    the forme's objects, byte for byte the same in every paper of this form
    the paper's own objects: texts, their font, its dates
    cross-reference table and trailer

A forme holds nothing of any paper: what is set goes in and comes out as bytes (P1). The same texts give the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import accumulate, chain
from typing import NamedTuple

import pikepdf

from kofu.core.errors import OurFault, ensure
from kofu.press.codes import CodeDrawing
from kofu.press.subset import FontOutlines, GlyphRecord

_NAME = b"KOFUTX+IPAmjMincho"
SLOTS_MAX = 60_000
_HEADER = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
_PER_MAP_SECTION = 100
#: Objects of a paper's own, in their order behind the contents of its pages, which come first after the forme's.
_FONT, _DESCENDANT, _DESCRIPTOR, _FONT_FILE, _CID_SET, _UNICODE, _INFO, _METADATA = range(8)
_OWN = 8
PAGES_MAX = 20


_Numbers = dict[tuple[int, int], int]  # of each object kept, by its number and generation in typst's file


class CannotBeSet(OurFault):
    """The forme has no way to set this: the page must be laid out anew."""

    def __init__(self, message: str) -> None:
        """Build the error from a sentence without any text of the paper."""
        super().__init__("cannot_be_set", message)


class SetText(NamedTuple):
    """One line of text: `x` and `baseline` in points from the bottom left of the page, `size` and `tracking` in points.

    `clusters`: characters, each with its variation selector.
    """

    clusters: tuple[str, ...]
    x: float
    baseline: float
    size: float
    tracking: float = 0.0


@dataclass(frozen=True, slots=True)
class SetCode:
    """A code with its quiet zone: `x` and `top` of its upper left corner and its `side`, in points from bottom left."""

    drawing: CodeDrawing
    x: float
    top: float
    side: float


@dataclass(frozen=True, slots=True)
class SetPage:
    """What is set into one page of a forme."""

    texts: tuple[SetText, ...]
    code: SetCode | None = None


@dataclass(frozen=True, slots=True)
class Forme:
    """The pages of a form, ready for their texts.

    `objects`: how many there are in `prefix`, `entries`: what the cross-reference table has of them; `root`: the
    catalog's number; `descriptor`: what is said of the font.
    """

    prefix: bytes
    objects: int
    entries: bytes
    root: int
    descriptor: bytes
    pages: int

    @classmethod
    def of(cls, pdf: bytes) -> Forme:
        """Make a forme of a typst file whose texts are all empty. Raises `CannotBeSet` for another file."""
        with pikepdf.open(io.BytesIO(pdf)) as file:
            if len(file.pages) > PAGES_MAX:
                raise CannotBeSet("a forme has a limited number of pages")
            return _take(file)

    def set(
        self,
        pages: Sequence[SetPage],
        font: FontOutlines,
        record_of: Callable[[str], GlyphRecord],
        created: datetime,
    ) -> bytes:
        """Set each of the pages and give the whole file. `created` (aware) is its date; `record_of`: a cluster's glyph.

        Raises `CannotBeSet` where an outline of the font cannot stand alone.
        """
        ensure(len(pages) == self.pages, "every page of a forme is set")
        shown = dict.fromkeys(chain.from_iterable(text.clusters for page in pages for text in page.texts))
        ensure(len(shown) < SLOTS_MAX, "a paper has a limited number of different characters")
        codes = [b"%04X" % slot for slot in range(1, len(shown) + 1)]
        slots = dict(zip(shown, codes, strict=True))
        try:
            records = [font.record(0), *map(record_of, slots)]
        except ValueError as error:
            raise CannotBeSet("an outline of the font is composed of others") from error
        subset = font.subset(records)
        own = [_stream(b"", _draw(page, slots)) for page in pages]
        own += self._font_objects(subset, b" ".join([record.width for record in records]), slots)
        own += _dated(created.isoformat())
        return self._file(own)

    def _font_objects(self, subset: bytes, widths: bytes, slots: Mapping[str, bytes]) -> list[bytes]:
        """Write the font of a paper's own texts, from `_FONT` to `_UNICODE`."""
        first = self.objects + 1 + self.pages
        return [
            # Type 0 font (ISO 32000-1, 9.7.6); its codes are the numbers of its glyphs (9.7.5.2)
            b"<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H" % _NAME
            + b"/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>" % (first + _DESCENDANT, first + _UNICODE),
            # CIDFont (9.7.4) with the width of every glyph (9.7.4.3)
            b"<</Type/Font/Subtype/CIDFontType2/BaseFont/%s" % _NAME
            + b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/CIDToGIDMap/Identity"
            + b"/FontDescriptor %d 0 R/DW 0/W[0[%s]]>>" % (first + _DESCRIPTOR, widths),
            # font descriptor (9.8)
            b"<</Type/FontDescriptor/FontName/%s%s" % (_NAME, self.descriptor)
            + b"/FontFile2 %d 0 R/CIDSet %d 0 R>>" % (first + _FONT_FILE, first + _CID_SET),
            # embedded font program (9.9), stored as it is: deflated it would be a fifth shorter, and every reader
            # would inflate it
            _stream(b"/Length1 %d" % len(subset), subset),
            _stream(b"", _all_of(len(slots) + 1)),
            _stream(b"", _to_unicode(slots)),
        ]

    def _file(self, own: Sequence[bytes]) -> bytes:
        """Put a paper's own objects behind the forme's; cross-reference table (7.5.4), trailer (7.5.5)."""
        first = self.objects + 1
        written, entries = _numbered(own, first, len(self.prefix))
        digest = hashlib.sha256(written).hexdigest()[:32].encode("ascii")
        size = first + len(own)
        return b"".join(
            (
                self.prefix,
                written,
                b"xref\n0 %d\n0000000000 65535 f \n" % size,
                self.entries,
                entries,
                b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n"
                % (size, self.root, first + self.pages + _INFO, digest, digest, len(self.prefix) + len(written)),
            )
        )


def _take(file: pikepdf.Pdf) -> Forme:
    """Make one drawing of each page, and pages that show theirs once and then the paper's own texts."""
    pages = [page.obj for page in file.pages]
    descriptor = _descriptor_of(pages[0].Resources)
    drawings = [_drawing_of(file, page) for page in pages]
    kept: list[pikepdf.Object] = []
    numbers: _Numbers = {}
    catalog = file.Root
    del catalog.Metadata
    skip = {page.objgen for page in pages}
    _number(catalog, kept, numbers, skip=skip)
    for page in pages:
        numbers[page.objgen] = len(kept) + 1
        kept.append(page)
    for drawing in drawings:
        _number(drawing, kept, numbers, skip=skip)
    first = len(kept) + 1
    own = first + len(pages)
    shown = {
        page.objgen: _page_of(page, numbers, numbers[drawing.objgen], first + number, own)
        for number, (page, drawing) in enumerate(zip(pages, drawings, strict=True))
    }
    written: list[bytes] = []
    for one in kept:
        if one.objgen in shown:
            text = shown[one.objgen]
        elif one.objgen == catalog.objgen:
            text = f"{_body(one, numbers).removesuffix('>>')}/Metadata {own + _METADATA} 0 R>>"
        elif isinstance(one, pikepdf.Stream):
            written.append(_stream_of(one, numbers))
            continue
        else:
            text = _body(one, numbers)
        written.append(text.encode("latin-1"))
    objects, entries = _numbered(written, 1, len(_HEADER))
    return Forme(_HEADER + objects, len(written), entries, numbers[catalog.objgen], descriptor, len(pages))


def _numbered(bodies: Iterable[bytes], first: int, at: int) -> tuple[bytes, bytes]:
    """Write objects from the number `first` on, behind `at` bytes; and their entries in the cross-reference table."""
    objects = [b"%d 0 obj\n%s\nendobj\n" % (number, body) for number, body in enumerate(bodies, first)]
    begins = accumulate(map(len, objects[:-1]), initial=at)
    return b"".join(objects), b"".join([b"%010d 00000 n \n" % begin for begin in begins])


def _drawing_of(file: pikepdf.Pdf, page: pikepdf.Object) -> pikepdf.Object:
    resources = page.Resources
    return file.make_stream(
        zlib.compress(_in_plain_grey(page.Contents.read_bytes(), resources), 9),
        Filter=pikepdf.Name.FlateDecode,
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Form,
        BBox=page.MediaBox,
        Resources=resources,
    )


def _page_of(page: pikepdf.Object, numbers: _Numbers, drawing: int, content: int, own: int) -> str:
    media = " ".join(str(value) for value in page.MediaBox)
    shows = f"/XObject<</S {drawing} 0 R>>/Font<</T {own + _FONT} 0 R>>"
    return (
        f"<</Type/Page/Parent {numbers[page.Parent.objgen]} 0 R/MediaBox[{media}]"
        f"/Contents {content} 0 R/Resources<<{shows}>>>>"
    )


def _in_plain_grey(content: bytes, resources: pikepdf.Object) -> bytes:
    """Write typst's calibrated grey as DeviceGray: the file's output intent says what it is (PDF/A-1, 6.2.3.3).

    Every reader makes a colour profile of it otherwise, for each paper anew, which takes longer than all the rest.
    """
    spaces = resources.get("/ColorSpace")
    if spaces is None:
        if b" cs" in content or b" CS" in content:
            raise CannotBeSet("a forme sets its grey in a space it names")
        return content
    if set(spaces.keys()) != {"/c0"} or spaces.c0[1].N != 1:
        raise CannotBeSet("a forme is printed in one calibrated grey")
    content = re.sub(rb"/c0 CS (\S+) SCN\b", rb" \1 G", content)
    content = re.sub(rb"/c0 cs (\S+) scn\b", rb" \1 g", content)
    if b"/c0" in content:
        raise CannotBeSet("a forme sets its grey in one way")
    del resources["/ColorSpace"]
    return content


def _number(
    start: pikepdf.Object,
    kept: list[pikepdf.Object],
    numbers: _Numbers,
    *,
    skip: set[tuple[int, int]],
) -> None:
    """Count `start` and everything it leads to, in the order it is met."""
    waiting = [start]
    while waiting:
        one = waiting.pop(0)
        if one.is_indirect:
            if one.objgen in numbers or one.objgen in skip:
                continue
            kept.append(one)
            numbers[one.objgen] = len(kept)
        waiting += _children(one)


def _children(one: pikepdf.Object) -> list[pikepdf.Object]:
    if isinstance(one, pikepdf.Array):
        return [child for child in one if isinstance(child, pikepdf.Object)]
    if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
        return [child for _, child in one.items() if isinstance(child, pikepdf.Object)]
    return []


def _text(one: object, numbers: _Numbers) -> str:
    """Write a value as PDF syntax, references by their new numbers."""
    if isinstance(one, pikepdf.Object) and one.is_indirect and one.objgen in numbers:
        return f"{numbers[one.objgen]} 0 R"
    return _body(one, numbers)


def _body(one: object, numbers: _Numbers) -> str:
    if isinstance(one, pikepdf.Array):
        return f"[{' '.join(_text(child, numbers) for child in one)}]"
    if isinstance(one, pikepdf.Dictionary):
        return f"<<{''.join(f'{key} {_text(child, numbers)}' for key, child in one.items())}>>"
    if isinstance(one, bool):
        return "true" if one else "false"
    if isinstance(one, pikepdf.Object):
        return one.unparse().decode("latin-1")
    return str(one)


def _stream_of(one: pikepdf.Stream, numbers: _Numbers) -> bytes:
    data = one.read_raw_bytes()
    entries = "".join(f"{key} {_text(child, numbers)}" for key, child in one.items() if key != "/Length")
    return _stream(entries.encode("latin-1"), data)


def _stream(entries: bytes, data: bytes) -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (entries, len(data), data)


def _descriptor_of(resources: pikepdf.Object) -> bytes:
    """Give what typst says of the font, but for what is each subset's own."""
    font = next(iter(resources.Font.values()))
    descriptor = font.DescendantFonts[0].FontDescriptor
    own = {"/Type", "/FontName", "/FontFile2", "/CIDSet"}
    entries = "".join(f"{key} {_body(value, {})}" for key, value in descriptor.items() if key not in own)
    return entries.encode("ascii")


def _draw(page: SetPage, slots: Mapping[str, bytes]) -> bytes:
    """Write a page's content (ISO 32000-1, 9.4): the form's drawing, the code, then each text on its place."""
    lines = [b"/S Do"]
    if page.code is not None:
        lines.append(_draw_code(page.code).encode("ascii"))
    lines += [b"q 0 g", b"BT 0 Tr"]
    tracking = 0.0
    slot_of = slots.__getitem__
    for text in page.texts:
        if text.tracking != tracking:
            tracking = text.tracking
            lines.append(b"%.5g Tc" % tracking)
        codes = b"".join(map(slot_of, text.clusters))
        lines.append(b"%s%s>Tj" % (_placed(text.size, text.x, text.baseline), codes))
    lines += [b"ET", b"Q"]
    return b"\n".join(lines)


@lru_cache(maxsize=8_192)  # where texts stand: the same places on all papers of a form, by how wide an amount is
def _placed(size: float, x: float, baseline: float) -> bytes:
    """Set font, size and place (9.3, 9.4.2), and begin a text."""
    return b"/T %.5g Tf 1 0 0 1 %.3f %.3f Tm<" % (size, x, baseline)


_STRETCH = "%d %d m %d %d l %d %d l %d %d l h\n"


def _draw_code(code: SetCode) -> str:
    """Draw the black stretches in a space of one module to a unit, clipped to the code's square."""
    unit, side = code.side / code.drawing.modules, code.drawing.modules
    stretches = code.drawing.stretches
    corners = chain.from_iterable(
        (left, row, right, row, right, row + 1, left, row + 1) for row, left, right in stretches
    )
    path = _STRETCH * len(stretches) % tuple(corners)
    return (
        f"q {unit:.6f} 0 0 {-unit:.6f} {code.x:.3f} {code.top:.3f} cm\n"
        f"0 0 m {side} 0 l {side} {side} l 0 {side} l h W n 0 g\n{path}f\nQ"
    )


def _all_of(count: int) -> bytes:
    """One bit for each glyph of the subset, the first the highest (PDF/A-1, 6.3.5)."""
    return ((1 << count) - 1 << -count % 8).to_bytes(-(-count // 8), "big")


_MAP_HEAD = (
    b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
    b"/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>> def\n"
    b"/CMapName/Adobe-Identity-UCS def /CMapType 2 def\n"
    b"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
)


def _to_unicode(slots: Mapping[str, bytes]) -> bytes:
    """Map each slot to its cluster, variation selector and all (ISO 32000-1, 9.10.3)."""
    entries = [b"<%s> <%s>\n" % pair for pair in zip(slots.values(), map(_meaning_of, slots), strict=True)]
    parts = [_MAP_HEAD]
    for start in range(0, len(entries), _PER_MAP_SECTION):
        section = entries[start : start + _PER_MAP_SECTION]
        parts += [b"%d beginbfchar\n" % len(section), *section, b"endbfchar\n"]
    parts.append(b"endcmap CMapName currentdict /CMap defineresource pop end end")
    return b"".join(parts)


@lru_cache(maxsize=65_536)  # of characters, not of anybody's text
def _meaning_of(cluster: str) -> bytes:
    return cluster.encode("utf-16-be").hex().upper().encode("ascii")


@lru_cache(maxsize=16)  # all papers of a day bear its date
def _dated(at: str) -> tuple[bytes, bytes]:
    """Write what a file says of itself, `_INFO` and `_METADATA`; `at` with its zone: an instant has several."""
    information = b"<</Creator(kofu)/CreationDate(%s)/ModDate(%s)>>" % ((_pdf_date(datetime.fromisoformat(at)),) * 2)
    return information, _stream(b"/Type/Metadata/Subtype/XML", _xmp(at))


def _pdf_date(at: datetime) -> bytes:
    offset = f"{at:%z}"
    return f"D:{at:%Y%m%d%H%M%S}{offset[:3]}'{offset[3:5]}'".encode("ascii")


def _xmp(at: str) -> bytes:
    """Metadata a PDF/A-1b has to have: the same dates as in the file's information, and what it conforms to."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><xmp:CreatorTool>kofu</xmp:CreatorTool>'
        f"<xmp:CreateDate>{at}</xmp:CreateDate><xmp:ModifyDate>{at}</xmp:ModifyDate>"
        "<dc:format>application/pdf</dc:format><dc:language><rdf:Bag><rdf:li>ja</rdf:li></rdf:Bag></dc:language>"
        "<pdfaid:part>1</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance>"
        '</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()
