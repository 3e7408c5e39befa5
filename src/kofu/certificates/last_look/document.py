"""What a paper's file holds, key by key: the objects a paper has, each with exactly the entries it has here.

Begins at the trailer and goes where references lead. A key that is not known ends the reading, whatever its value:
layers, actions, annotations, forms, names, attachments, structure, thumbnails, other boxes, a turned page, states,
pictures have no way in. At the end every object of the file was met in its one role: nothing lies in it unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kofu.certificates.last_look.certified import CertifiedFonts
from kofu.certificates.last_look.embedded import EmbeddedFont, read_embedded
from kofu.certificates.last_look.file import PdfFile, Stream
from kofu.certificates.last_look.syntax import Reference, Unreadable, Value

PAGES_MAX = 20
FONTS_MAX = 8
_PROCEDURES = frozenset({"PDF", "Text", "ImageC", "ImageB"})


@dataclass(frozen=True, slots=True)
class ContentStream:
    """A content stream with what its names lead to: fonts, the calibrated greys, the form's drawing (or None)."""

    stream: bytes
    fonts: Mapping[str, EmbeddedFont]
    greys: frozenset[str]
    drawing: tuple[str, ContentStream] | None


@dataclass(frozen=True, slots=True)
class FixedForm:
    """The form's drawing of a file: the objects it is made of, by role and by place in the file, and what it shows."""

    number: int
    roles: Mapping[int, str]
    spans: Mapping[int, tuple[int, int]]
    content: ContentStream


@dataclass(frozen=True, slots=True)
class PageSource:
    """One page: its size in points, and its content.

    `fixed`: SHA-256 of the bytes before the first page's own content, where all of the form's drawing lies in them,
    else empty; `form`: that drawing.
    """

    width: float
    height: float
    content: ContentStream
    fixed: bytes = b""
    form: FixedForm | None = None


FormsKnown = Callable[[bytes, int], "FixedForm | None"]
"""What is known of a form by the digest of the bytes a file begins with, and the number of its drawing."""


@dataclass(frozen=True, slots=True)
class PaperFile:
    """A paper's file as it was read. `profiles`: SHA-256 (hex) of the colour profiles it has."""

    pages: tuple[PageSource, ...]
    information: Mapping[str, bytes]
    metadata: bytes
    profiles: frozenset[str]


def read_document(file: PdfFile, fonts: CertifiedFonts, known: FormsKnown = lambda _digest, _number: None) -> PaperFile:
    """Read a file from its trailer on. Raises `Unreadable` where anything in it has no business in a paper."""
    return _Walk(file, fonts, known).document()


class _Walk:
    """One walk through one file; it remembers which objects it met, and in which role."""

    def __init__(self, file: PdfFile, fonts: CertifiedFonts, known: FormsKnown) -> None:
        self._file = file
        self._certified = fonts
        self._known = known
        self._roles: dict[int, str] = {}
        self._fonts: dict[int, EmbeddedFont] = {}
        self._profiles: dict[int, str] = {}
        self._begins = 0  # where the first of the pages' own contents begins
        self._digest = b""

    def document(self) -> PaperFile:
        """Walk through the whole file."""
        trailer = self._file.trailer
        catalog = self._entries(
            Reference(trailer.root),
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
        metadata = self._stream(catalog["Metadata"], "metadata", {"Type", "Subtype"})
        if metadata.entries != {"Type": "Metadata", "Subtype": "XML"}:
            raise Unreadable("the metadata are XML")
        information = self._entries(Reference(trailer.info), "information", {"Creator", "CreationDate", "ModDate"})
        pages = self._pages(catalog["Pages"])
        if len(self._roles) != len(self._file.spans):
            raise Unreadable("the file holds objects that no page needs")
        return PaperFile(
            pages,
            {key: value for key, value in information.items() if isinstance(value, bytes)},
            metadata.data,
            frozenset(self._profiles.values()),
        )

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
        self._profile(intent.pop("DestOutputProfile"), 3)
        if intent != {
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

    def _pages(self, value: Value) -> tuple[PageSource, ...]:
        tree = self._entries(value, "page tree", {"Type", "Count", "Kids"})
        kids = tree["Kids"]
        if tree["Type"] != "Pages" or not isinstance(kids, tuple) or tree["Count"] != len(kids):
            raise Unreadable("the pages are listed once, in their order")
        if not 0 < len(kids) <= PAGES_MAX or len(set(map(repr, kids))) != len(kids):
            raise Unreadable("a certificate has at least one page and not many, each once")
        pages = [self._page_entries(kid, value) for kid in kids]
        contents = [page["Contents"] for page in pages]
        self._begins = min(
            (self._file.spans[one.number][0] for one in contents if isinstance(one, Reference)), default=0
        )
        return tuple(map(self._page, pages))

    def _page_entries(self, value: Value, parent: Value) -> dict[str, Value]:
        if not isinstance(value, Reference):
            raise Unreadable("a page is an object of its own")
        page = self._entries(value, "page", {"Type", "Parent", "MediaBox", "Contents", "Resources"})
        if page["Type"] != "Page" or page["Parent"] != parent:
            raise Unreadable("a page belongs to the list it stands in")
        return page

    def _page(self, page: dict[str, Value]) -> PageSource:
        box = self._box(page["MediaBox"])
        contents = page["Contents"]
        stream = self._stream(contents, "content", set())
        content, form = self._content(stream.data, page["Resources"], box)
        if form is None or not isinstance(contents, Reference):
            return PageSource(*box, content)
        closed = all(end <= self._begins for _, end in form.spans.values())
        return PageSource(*box, content, self._digest_of_beginning() if closed else b"", form)

    def _digest_of_beginning(self) -> bytes:
        """Digest the bytes the file begins with, up to the first content of a page."""
        if not self._digest:
            self._digest = hashlib.sha256(self._file.data[: self._begins]).digest()
        return self._digest

    def _box(self, value: Value) -> tuple[float, float]:
        if not isinstance(value, tuple) or len(value) != 4 or value[:2] != (0, 0):  # noqa: PLR2004 - two corners
            raise Unreadable("a page begins in its lower left corner")
        width, height = value[2:]
        if not isinstance(width, int | float) or not isinstance(height, int | float):
            raise Unreadable("a page has a size")
        return float(width), float(height)

    def _content(
        self, stream: bytes, resources: Value, box: tuple[float, float] | None
    ) -> tuple[ContentStream, FixedForm | None]:
        """Read what a stream's names lead to. `box`: of the page, where a drawing may be shown; None inside one."""
        allowed = frozenset({"Font", "ColorSpace", "ProcSet"} | ({"XObject"} if box else set()))
        found = self._entries(resources, "resources", set(), allowed)
        named = found.get("Font", {})
        if not isinstance(named, dict) or len(named) > FONTS_MAX:
            raise Unreadable("fonts have names")
        fonts = {name: self._font(font) for name, font in named.items()}
        greys = self._greys(found.get("ColorSpace", {}))
        procedures = found.get("ProcSet", ())
        if not isinstance(procedures, tuple) or not _PROCEDURES.issuperset(map(str, procedures)):
            raise Unreadable("the sets of procedures are those of every paper")
        drawings = found.get("XObject", {})
        if not isinstance(drawings, dict) or len(drawings) > 1:
            raise Unreadable("a page shows at most one drawing, its form")
        for name, value in drawings.items():
            form = self._form(value, box)
            return ContentStream(stream, fonts, greys, (name, form.content)), form
        return ContentStream(stream, fonts, greys, None), None

    def _form(self, value: Value, box: tuple[float, float] | None) -> FixedForm:
        """Read the form's drawing, unless the bytes up to the pages' own contents were read before.

        What it is made of is counted for each page anew, also what it has in common with another's drawing: a form
        that was found right is known by all of its objects.
        """
        if not isinstance(value, Reference):
            raise Unreadable("the form's drawing is an object of its own")
        form = self._known(self._digest_of_beginning(), value.number)
        if form is None or form.number != value.number or not form.spans.items() <= self._file.spans.items():
            form = self._read_form(value, box)
        for number, role in form.roles.items():
            self._met(Reference(number), role)
        return form

    def _read_form(self, value: Reference, box: tuple[float, float] | None) -> FixedForm:
        before = self._roles, self._fonts
        self._roles, self._fonts = {}, {}
        drawing = self._stream(value, "drawing", {"Type", "Subtype", "BBox", "Resources"})
        entries = drawing.entries
        if (entries["Type"], entries["Subtype"]) != ("XObject", "Form") or self._box(entries["BBox"]) != box:
            raise Unreadable("the form's drawing is as large as the page")
        content, _ = self._content(drawing.data, entries["Resources"], None)
        roles = self._roles
        self._roles, self._fonts = before
        return FixedForm(value.number, roles, {number: self._file.spans[number] for number in roles}, content)

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
