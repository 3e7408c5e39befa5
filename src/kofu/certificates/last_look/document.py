"""What a paper's file holds, key by key: the objects a paper has, each with exactly the entries it has here.

Begins at the trailer and goes where references lead. A key that is not known ends the reading, whatever its value:
layers, actions, annotations, forms, names, attachments, structure, thumbnails, other boxes, a turned page, states,
pictures have no way in. At the end every object of the file was met in its one role: nothing lies in it unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from kofu.certificates.last_look.certified import CertifiedFonts
from kofu.certificates.last_look.embedded import EmbeddedFont, read_embedded
from kofu.certificates.last_look.file import PdfFile, Stream
from kofu.certificates.last_look.syntax import Reference, Unreadable, Value

PAGES_MAX = 20
FONTS_MAX = 8
_PROCEDURES = frozenset({"PDF", "Text", "ImageC", "ImageB"})
_OF_A_FORME = {"XObject", "Font"}


@dataclass(frozen=True, slots=True)
class ContentStream:
    """A content stream with what its names lead to: fonts, the calibrated greys, the form's drawing (or None)."""

    stream: bytes
    fonts: Mapping[str, EmbeddedFont]
    greys: frozenset[str]
    drawing: tuple[str, ContentStream] | None


class PageEntry(NamedTuple):
    """What the list of pages says of one page: its size in points, its own content, what the names in it lead to."""

    box: tuple[float, float]
    contents: Reference
    resources: Value


@dataclass(frozen=True, slots=True)
class FormDrawing:
    """The form's drawing of a page: the objects it is made of, by role, and what it shows."""

    roles: Mapping[int, str]
    content: ContentStream


@dataclass(frozen=True, slots=True)
class FixedPart:
    """The bytes a file begins with, up to the first page's own content, and what was read in them.

    `spans`: where each object lies that has its `roles` here; `root`: the number of the catalog. A file that begins
    with the same bytes, with these objects in the same places, says the same in them.
    """

    data: bytes
    root: int
    spans: Mapping[int, tuple[int, int]]
    roles: Mapping[int, str]
    profiles: Mapping[int, str]
    metadata: Value
    pages: tuple[PageEntry, ...]
    forms: tuple[FormDrawing, ...]

    def begins(self, file: PdfFile) -> bool:
        """Whether a file begins so."""
        return (
            file.trailer.root == self.root
            and file.data.startswith(self.data)
            and self.spans.items() <= file.spans.items()
        )


@dataclass(frozen=True, slots=True)
class PageSource:
    """One page: its size in points, and its content."""

    width: float
    height: float
    content: ContentStream


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A paper's file as it was read. `profiles`: SHA-256 (hex) of the colour profiles it has.

    `fixed`: what it begins with, where every page shows its form as a drawing that lies in it.
    """

    pages: tuple[PageSource, ...]
    information: Mapping[str, bytes]
    metadata: bytes
    profiles: frozenset[str]
    fixed: FixedPart | None


def read_document(file: PdfFile, fonts: CertifiedFonts, known: FixedPart | None = None) -> PaperFile:
    """Read a file from its trailer on. Raises `Unreadable` where anything in it has no business in a paper.

    `known`: what a file begins with that was read before. Where this one begins so, that part is not read again.
    """
    return _Walk(file, fonts).document(known if known is not None and known.begins(file) else None)


def _named(value: Value) -> dict[str, Value]:
    if not isinstance(value, dict):
        raise Unreadable("what is named stands by its name")
    return value


class _Walk:
    """One walk through one file; it remembers which objects it met, and in which role."""

    def __init__(self, file: PdfFile, fonts: CertifiedFonts) -> None:
        self._file = file
        self._certified = fonts
        self._roles: dict[int, str] = {}
        self._fonts: dict[int, EmbeddedFont] = {}
        self._profiles: dict[int, str] = {}

    def document(self, known: FixedPart | None) -> PaperFile:
        """Walk through the whole file, but for what is known of its beginning."""
        forms: list[FormDrawing | None]
        if known is not None:
            self._roles, self._profiles = {**known.roles}, {**known.profiles}
            described, entries, forms = known.metadata, known.pages, [*known.forms]
        else:
            described, entries = self._frame()
            forms = [self._form_of(entry) for entry in entries]
        fixed = known or self._fixed(described, entries, forms)
        metadata = self._stream(described, "metadata", {"Type", "Subtype"})
        if metadata.entries != {"Type": "Metadata", "Subtype": "XML"}:
            raise Unreadable("the metadata are XML")
        information = self._entries(
            Reference(self._file.trailer.info), "information", {"Creator", "CreationDate", "ModDate"}
        )
        pages = tuple(map(self._page, entries, forms))
        if len(self._roles) != len(self._file.spans):
            raise Unreadable("the file holds objects that no page needs")
        return PaperFile(
            pages,
            {key: value for key, value in information.items() if isinstance(value, bytes)},
            metadata.data,
            frozenset(self._profiles.values()),
            fixed,
        )

    def _frame(self) -> tuple[Value, tuple[PageEntry, ...]]:
        """Read the catalog and the list of pages: what leads to the metadata, and what is said of each page."""
        catalog = self._entries(
            Reference(self._file.trailer.root),
            "catalog",
            {"Type", "Pages", "Metadata", "OutputIntents", "Lang", "ViewerPreferences"},
        )
        if (
            catalog["Type"] != "Catalog"
            or catalog["Lang"] != b"ja"
            or catalog["ViewerPreferences"] != {"Direction": "L2R"}
        ):
            raise Unreadable("the catalog says something else than every paper's")
        self._intent(catalog["OutputIntents"])
        return catalog["Metadata"], self._pages(catalog["Pages"])

    def _fixed(
        self, metadata: Value, pages: tuple[PageEntry, ...], forms: list[FormDrawing | None]
    ) -> FixedPart | None:
        """Give what the file begins with, where all that was met so far lies in it."""
        drawings = tuple(form for form in forms if form is not None)
        plainly = all(isinstance(page.resources, dict) and page.resources.keys() == _OF_A_FORME for page in pages)
        begins = min(self._file.spans[page.contents.number][0] for page in pages)
        spans = {number: self._file.spans[number] for number in self._roles}
        if len(drawings) < len(pages) or not plainly or any(end > begins for _, end in spans.values()):
            return None
        data, root = self._file.data[:begins], self._file.trailer.root
        roles, profiles = {**self._roles}, {**self._profiles}
        return FixedPart(data, root, spans, roles, profiles, metadata, pages, drawings)

    # -- objects ------------------------------------------------------------------------------------------------------

    def _met(self, value: Value, role: str) -> bool:
        """Note that a reference was followed in a role; whether it is the first time."""
        if not isinstance(value, Reference):
            return False
        before = self._roles.setdefault(value.number, role)
        if before != role:
            raise Unreadable("an object has one role")
        return True

    def _resolve(self, value: Value, role: str) -> Value | Stream:
        if isinstance(value, Reference):
            self._met(value, role)
            return self._file.read(value.number)
        return value

    def _entries(
        self, value: Value, role: str, needed: set[str], allowed: frozenset[str] = frozenset()
    ) -> dict[str, Value]:
        """Give a dictionary that has the keys it needs, may have some more, and has no other."""
        found = self._resolve(value, role)
        if isinstance(found, Stream) or not isinstance(found, dict):
            raise Unreadable(f"a paper has a {role}")
        if not needed <= found.keys() <= needed | allowed:
            raise Unreadable(f"a {role} has exactly its own keys")
        return found

    def _stream(self, value: Value, role: str, needed: set[str], allowed: frozenset[str] = frozenset()) -> Stream:
        found = self._resolve(value, role)
        if not isinstance(found, Stream) or not needed <= found.entries.keys() <= needed | allowed:
            raise Unreadable(f"a {role} is a stream with exactly its own keys")
        return found

    def _array(self, value: Value, role: str) -> tuple[Value, ...]:
        found = self._resolve(value, role)
        if not isinstance(found, tuple) or isinstance(found, Reference | Stream):
            raise Unreadable(f"a paper has a list of {role}")
        return found

    # -- roles --------------------------------------------------------------------------------------------------------

    def _intent(self, value: Value) -> None:
        intents = self._array(value, "output intents")
        if len(intents) != 1:
            raise Unreadable("a paper is meant for one way of output")
        intent = self._entries(
            intents[0],
            "output intent",
            {
                "Type",
                "S",
                "DestOutputProfile",
                "OutputConditionIdentifier",
                "OutputCondition",
                "RegistryName",
                "Info",
            },
        )
        self._profile(intent["DestOutputProfile"], 3)
        if {key: said for key, said in intent.items() if key != "DestOutputProfile"} != {
            "Type": "OutputIntent",
            "S": "GTS_PDFA1",
            "OutputConditionIdentifier": b"Custom",
            "OutputCondition": b"sRGB",
            "RegistryName": b"",
            "Info": b"sRGB v2.1",
        }:
            raise Unreadable("the way of output is that of every paper")

    def _profile(self, value: Value, colours: int) -> None:
        profile = self._stream(value, "colour profile", {"N", "Range"})
        if profile.entries["N"] != colours or profile.entries["Range"] != (0, 1) * colours:
            raise Unreadable("a colour profile is for the colours it is used for")
        if isinstance(value, Reference):
            self._profiles[value.number] = hashlib.sha256(profile.data).hexdigest()

    def _pages(self, value: Value) -> tuple[PageEntry, ...]:
        tree = self._entries(value, "page tree", {"Type", "Count", "Kids"})
        kids = tree["Kids"]
        if tree["Type"] != "Pages" or not isinstance(kids, tuple) or tree["Count"] != len(kids):
            raise Unreadable("the pages are listed once, in their order")
        if not 0 < len(kids) <= PAGES_MAX or len(set(map(repr, kids))) != len(kids):
            raise Unreadable("a certificate has at least one page and not many, each once")
        return tuple(self._page_entry(kid, value) for kid in kids)

    def _page_entry(self, value: Value, parent: Value) -> PageEntry:
        if not isinstance(value, Reference):
            raise Unreadable("a page is an object of its own")
        page = self._entries(value, "page", {"Type", "Parent", "MediaBox", "Contents", "Resources"})
        if page["Type"] != "Page" or page["Parent"] != parent:
            raise Unreadable("a page belongs to the list it stands in")
        contents = page["Contents"]
        if not isinstance(contents, Reference) or contents.number not in self._file.spans:
            raise Unreadable("a page has one content, an object of its own")
        return PageEntry(self._box(page["MediaBox"]), contents, page["Resources"])

    def _page(self, entry: PageEntry, form: FormDrawing | None) -> PageSource:
        stream = self._stream(entry.contents, "content", set())
        resources = self._resources(entry.resources, page=True)
        name = next(iter(_named(resources.get("XObject", {}))), "")
        drawing = None if form is None else (name, form.content)
        return PageSource(*entry.box, self._content(stream.data, resources, drawing))

    def _form_of(self, entry: PageEntry) -> FormDrawing | None:
        """Read the form's drawing of a page, where it shows one.

        What it is made of is counted for each page anew, also what it has in common with another's drawing: a form
        that was found right is known by all of its objects.
        """
        drawings = _named(self._resources(entry.resources, page=True).get("XObject", {}))
        if len(drawings) > 1:
            raise Unreadable("a page shows at most one drawing, its form")
        for value in drawings.values():
            form = self._read_form(value, entry.box)
            for number, role in form.roles.items():
                self._met(Reference(number), role)
            return form
        return None

    def _box(self, value: Value) -> tuple[float, float]:
        if not isinstance(value, tuple) or len(value) != 4 or value[:2] != (0, 0):  # noqa: PLR2004 - two corners
            raise Unreadable("a page begins in its lower left corner")
        width, height = value[2:]
        if not isinstance(width, int | float) or not isinstance(height, int | float):
            raise Unreadable("a page has a size")
        return float(width), float(height)

    def _resources(self, value: Value, *, page: bool) -> dict[str, Value]:
        """Give what the names in a content lead to; only a `page` may show a drawing."""
        allowed = frozenset({"Font", "ColorSpace", "ProcSet"} | ({"XObject"} if page else set()))
        return self._entries(value, "resources", set(), allowed)

    def _content(
        self, stream: bytes, resources: dict[str, Value], drawing: tuple[str, ContentStream] | None
    ) -> ContentStream:
        named = _named(resources.get("Font", {}))
        if len(named) > FONTS_MAX:
            raise Unreadable("a page has few fonts")
        fonts = {name: self._font(font) for name, font in named.items()}
        greys = self._greys(resources.get("ColorSpace", {}))
        procedures = resources.get("ProcSet", ())
        if not isinstance(procedures, tuple) or not _PROCEDURES.issuperset(map(str, procedures)):
            raise Unreadable("the sets of procedures are those of every paper")
        return ContentStream(stream, fonts, greys, drawing)

    def _read_form(self, value: Value, box: tuple[float, float]) -> FormDrawing:
        if not isinstance(value, Reference):
            raise Unreadable("the form's drawing is an object of its own")
        before = self._roles, self._fonts
        self._roles, self._fonts = {}, {}
        drawing = self._stream(value, "drawing", {"Type", "Subtype", "BBox", "Resources"})
        entries = drawing.entries
        if (entries["Type"], entries["Subtype"]) != ("XObject", "Form") or self._box(entries["BBox"]) != box:
            raise Unreadable("the form's drawing is as large as the page")
        content = self._content(drawing.data, self._resources(entries["Resources"], page=False), None)
        roles = self._roles
        self._roles, self._fonts = before
        return FormDrawing(roles, content)

    def _greys(self, value: Value) -> frozenset[str]:
        if not isinstance(value, dict):
            raise Unreadable("colour spaces have names")
        for space in value.values():
            parts = self._array(space, "colour space")
            if len(parts) != 2 or parts[0] != "ICCBased":  # noqa: PLR2004 - its kind and its profile
                raise Unreadable("a paper has one calibrated grey")
            self._profile(parts[1], 1)
        return frozenset(value)

    def _font(self, value: Value) -> EmbeddedFont:
        if not isinstance(value, Reference):
            raise Unreadable("a font is an object of its own")
        if value.number in self._fonts:
            return self._fonts[value.number]
        font = self._entries(value, "font", {"Type", "Subtype", "BaseFont", "Encoding", "DescendantFonts", "ToUnicode"})
        descendants = font["DescendantFonts"]
        if (
            (font["Type"], font["Subtype"], font["Encoding"]) != ("Font", "Type0", "Identity-H")
            or not isinstance(descendants, tuple)
            or len(descendants) != 1
        ):
            raise Unreadable("a font's codes are the numbers of its glyphs")
        name = str(font["BaseFont"])
        widths, program, members = self._descendant(descendants[0], name)
        to_unicode = self._stream(font["ToUnicode"], "meanings of codes", set(), frozenset({"Type", "WMode"}))
        if to_unicode.entries not in ({}, {"Type": "CMap", "WMode": 0}):
            raise Unreadable("text runs across the page")
        read = read_embedded(name, program, widths, to_unicode=to_unicode.data, members=members, fonts=self._certified)
        self._fonts[value.number] = read
        return read

    def _descendant(self, value: Value, name: str) -> tuple[Value, bytes, bytes]:
        font = self._entries(
            value,
            "descendant font",
            {"Type", "Subtype", "BaseFont", "CIDSystemInfo", "CIDToGIDMap", "FontDescriptor", "DW", "W"},
        )
        system = {"Registry": b"Adobe", "Ordering": b"Identity", "Supplement": 0}
        if (
            (font["Type"], font["Subtype"], font["CIDToGIDMap"]) != ("Font", "CIDFontType2", "Identity")
            or font["CIDSystemInfo"] != system
            or font["BaseFont"] != name
        ):
            raise Unreadable("a font's codes are the numbers of its glyphs")
        about = self._entries(
            font["FontDescriptor"],
            "font descriptor",
            {
                "Type",
                "FontName",
                "Flags",
                "FontBBox",
                "ItalicAngle",
                "Ascent",
                "Descent",
                "CapHeight",
                "StemV",
                "CIDSet",
                "FontFile2",
            },
        )
        if about["Type"] != "FontDescriptor" or about["FontName"] != name or about["ItalicAngle"] != 0:
            raise Unreadable("a font is described by its name")
        members = self._stream(about["CIDSet"], "set of glyphs", set())
        program = self._stream(about["FontFile2"], "font program", set(), frozenset({"Length1"}))
        if program.entries.get("Length1", len(program.data)) != len(program.data):
            raise Unreadable("a font program is as long as it says")
        return font["W"], program.data, members.data
