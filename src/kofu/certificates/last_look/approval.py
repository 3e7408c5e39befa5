"""Approving a form version: writing down its marks, once its values stand in their boxes.

Whoever approves a form looks at the paper with their eyes, then keeps the list of marks this module reads from papers
of it. From then on the last look holds every paper of this form version to the list.
"""

from __future__ import annotations

from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look.certified import CertifiedFonts
from kofu.certificates.last_look.document import ContentStream, PaperFile, read_document
from kofu.certificates.last_look.embedded import shape_of_meanings
from kofu.certificates.last_look.file import Stream, read_file
from kofu.certificates.last_look.form_ink import FormMark, Label, PageKind, same_drawn
from kofu.certificates.last_look.ink import WantedPage, marks_on
from kofu.certificates.last_look.layout import Layout
from kofu.certificates.last_look.marks import BLACK, Drawn, ShownText
from kofu.certificates.last_look.metadata import shape_of
from kofu.certificates.last_look.slots import slots_by_page
from kofu.certificates.last_look.syntax import Unreadable
from kofu.certificates.last_look.values import Boxes, boxes_of, slot_of
from kofu.certificates.last_look.wording import expected_texts

Pages = dict[PageKind, tuple[FormMark, ...]]


def form_marks(order: CertificateOrder, pdf: bytes, layout: Layout, fonts: CertifiedFonts) -> Pages:
    """Read the marks of the form off a paper laid out without a code: what is neither a drawing nor a value.

    Raises `Unreadable` where the paper does not begin with its drawings, or a label is not what the file says it is.
    """
    slots, _ = slots_by_page(layout, expected_texts(order))
    document = _document(pdf, fonts)
    pages: Pages = {}
    for number, (page, values) in enumerate(zip(document.pages, slots, strict=True), start=1):
        kind = PageKind(number == len(slots), values.rows)
        wanted = WantedPage(layout, number, kind, order.authority, order.specimen, code=False)
        marks = list(marks_on(page.content).marks)
        boxes = boxes_of(values.places)
        for drawn, _ in wanted.head():
            first = marks.pop(0)
            if not isinstance(first, Drawn) or not same_drawn(first, drawn):
                raise Unreadable("a page begins with its drawings")
        while isinstance(marks[-1], ShownText) and _is_value(marks[-1], page.content, boxes, page.height):
            marks.pop()
        pages[kind] = tuple(_form_mark(mark, page.content, fonts) for mark in marks)
    return pages


def metadata_shape(order: CertificateOrder, pdf: bytes, fonts: CertifiedFonts) -> tuple[str, str, frozenset[str]]:
    """Give the producer a paper names, the digest of what it says of itself, and those of its colour profiles."""
    file = read_file(pdf)
    document = read_document(file, fonts)
    producer = document.information["Creator"].decode("ascii")
    return producer, shape_of(document, file.trailer.identifiers, order.as_of), document.profiles


def meanings_shapes(pdf: bytes) -> frozenset[str]:
    """Digest what stands around the pairs of each table of meanings in a file."""
    file = read_file(pdf)
    streams = [found for number in file.spans if isinstance(found := file.read(number), Stream)]
    return frozenset(shape_of_meanings(one.data) for one in streams if b"begincmap" in one.data)


def _document(pdf: bytes, fonts: CertifiedFonts) -> PaperFile:
    return read_document(read_file(pdf), fonts)


def _is_value(shown: ShownText, content: ContentStream, boxes: Boxes, page_height: float) -> bool:
    return slot_of(shown, content.fonts[shown.font], boxes, page_height) is not None


def _form_mark(mark: object, content: ContentStream, fonts: CertifiedFonts) -> FormMark:
    if isinstance(mark, Drawn):
        return mark
    if not isinstance(mark, ShownText) or mark.grey != BLACK or mark.clips:
        raise Unreadable("a form has black labels and rules")
    font = content.fonts[mark.font]
    meanings = tuple(font.meanings[code] for code in mark.codes)
    for code, cluster in zip(mark.codes, meanings, strict=True):
        glyph = fonts.glyph(cluster)
        if glyph is None or not font.draws(code, glyph, fonts):
            raise Unreadable("a label is not drawn as the characters the file says it is")
    return Label(meanings, mark.size, mark.starts, mark.baseline)
