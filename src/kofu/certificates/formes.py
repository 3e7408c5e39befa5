"""Certificates set from formes: everything a paper of these forms needs, at a fraction of the work of a layout.

Each text stands where `fields.toml` and the rules of `certificates.setting` put it, on the pages its field is of, over
the forme of the form version with as many rows. Typst lays out what is the same on every paper, once. It lays out a
whole paper only where one text cannot be set by these rules: a registered glyph (外字) of the second font, a character
line breaking does not know in a text of several lines; and where a text does not fit at all, to say so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock

from kofu.certificates.content import CertificateContent
from kofu.certificates.setting import POINTS_PER_MM, TextPlace, places_of, read_boxes, set_into
from kofu.core.font_file import FontFile
from kofu.press.codes import CodeDrawing
from kofu.press.engine import Press
from kofu.press.forme import CannotBeSet, Forme, SetCode, SetPage, SetText
from kofu.press.glyphs import GlyphCoverage
from kofu.press.subset import FontOutlines, GlyphRecord

FORMES_MAX = 128
NOTHING = "0"
_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)  # a forme bears no date: each paper has its own


#: Texts that are the form's, the day's or the office's own: the same on many papers one after another, and nobody's.
OF_MANY_PAPERS = frozenset({"title", "statement", "year", "issued_on", "office", "authority_name"})

_Lines = tuple[SetText, ...] | None
_Amounts = dict[str, SetText]
_Place = tuple[TextPlace, tuple[_Lines, _Amounts]]
"""Where a text stands, how 0 is set there, and where amounts begin, by how many digits and commas they have."""
_ONE_DIGIT, _OF_AMOUNTS = str.maketrans(dict.fromkeys("123456789", "0")), "0,"


@dataclass(frozen=True, slots=True)
class _Key:
    """What a forme depends on: form version, which texts there are (rows are ruled for), the drawings on it."""

    form: str
    version: str
    names: frozenset[str]
    specimen: bool
    seal_svg: str
    seal_mm: float


class Formes:
    """The formes of a process, each made at its first use. They hold forms and seals, nothing of any paper (P1)."""

    def __init__(self, engine: Press, glyphs: GlyphCoverage, font: FontFile, forms_root: Path) -> None:
        """Read the font's outlines. Raises `OperatorFault`."""
        self._engine = engine
        self._glyphs = glyphs
        self._font = FontOutlines(font)
        self._root = forms_root
        self._letters = _Letters(self._font, glyphs)
        self._made: dict[_Key, Forme] = {}
        self._nothing: dict[tuple[Path, int, int], tuple[tuple[_Lines, _Amounts], ...]] = {}
        self._of_many: dict[tuple[Path, int, int, str, str], _Lines] = {}
        self._making = Lock()

    def set(
        self,
        content: CertificateContent,
        *,
        specimen: bool,
        seal: tuple[str, float],
        created: datetime,
        code: CodeDrawing | None = None,
    ) -> bytes | None:
        """Set the paper from its forme, or None: this one has to be laid out by typst.

        `seal`: its drawing (SVG) and its side in mm. `code`: drawn on the last page, where the form has its place.
        """
        fields = _fields_of(self._root, content.form, content.version)
        if fields is None:
            return None
        names, places = places_of(fields, content.pages, content.rows)
        if names != content.fields.keys():
            return None  # typst says which text has no place
        nothing = self._nothing_in(fields, content.pages, content.rows)
        pages = self._place(content, zip(places, nothing, strict=True), fields, code)
        if pages is None:
            return None
        key = _Key(content.form, content.version, names, specimen, *seal)
        try:
            return self._forme(key).set(pages, self._font, self._letters.records.__getitem__, created)
        except CannotBeSet:
            return None

    def _forme(self, key: _Key) -> Forme:
        made = self._made.get(key)
        if made is not None:
            return made
        with self._making:
            if key not in self._made:
                if len(self._made) >= FORMES_MAX:
                    self._made.clear()
                extra = {"specimen": key.specimen, "seal_svg": key.seal_svg, "seal_mm": key.seal_mm}
                empty = dict.fromkeys(sorted(key.names), "")
                self._made[key] = Forme.of(self._engine.render(key.form, key.version, empty, extra, _UNDATED))
            return self._made[key]

    def _nothing_in(self, fields: Path, pages: int, rows: int) -> tuple[tuple[_Lines, _Amounts], ...]:
        """Set 0, which stands in most places of most papers, into each place of a form once."""
        key = (fields, pages, rows)
        known = self._nothing.get(key)
        if known is None:
            if len(self._nothing) >= FORMES_MAX:
                self._nothing.clear()
            _, places = places_of(fields, pages, rows)
            known = tuple((set_into(NOTHING, place, self._letters), {}) for place in places)
            self._nothing[key] = known
        return known

    def _set_amount(self, text: str, place: TextPlace, amounts: _Amounts) -> _Lines:
        """Set a text, an amount where one of as many digits and commas was set before: digits are of one width."""
        kind = text.translate(_ONE_DIGIT)
        like = amounts.get(kind)
        if like is not None:
            return (SetText(tuple(text), like.x, like.baseline, like.size, like.tracking),)
        lines = set_into(text, place, self._letters)
        if lines is not None and len(lines) == 1 and self._letters.even and not kind.strip(_OF_AMOUNTS):
            amounts[kind] = lines[0]._replace(clusters=())  # where it begins: what it says is somebody's
        return lines

    def _set_once(self, text: str, place: TextPlace, key: tuple[Path, int, int, str, str]) -> _Lines:
        """Set a text that comes on many papers; with its brackets and stops it takes a tenth of a paper's setting."""
        try:
            return self._of_many[key]  # one look: another thread may clear them between two
        except KeyError:
            pass
        if len(self._of_many) >= FORMES_MAX:
            self._of_many.clear()
        lines = self._of_many[key] = set_into(text, place, self._letters)
        return lines

    def _place(
        self, content: CertificateContent, places: Iterable[_Place], form: Path, code: CodeDrawing | None
    ) -> tuple[SetPage, ...] | None:
        fields, boxes = content.fields, read_boxes(form)
        if (code is not None and boxes.code is None) or self._glyphs.drawn_in(fields.values()):
            return None
        pages: list[list[SetText]] = [[] for _ in range(content.pages)]
        for place, (nothing, amounts) in places:
            text = fields[place.name]
            if text:
                if text == NOTHING:
                    lines = nothing
                elif place.name in OF_MANY_PAPERS:
                    lines = self._set_once(text, place, (form, content.pages, content.rows, place.name, text))
                elif text.isascii():
                    lines = self._set_amount(text, place, amounts)
                else:
                    lines = set_into(text, place, self._letters)
                if lines is None:
                    return None
                pages[place.page] += lines
        drawn = None
        if code is not None and boxes.code is not None:
            box = boxes.code
            left, top = box.x * POINTS_PER_MM, (boxes.page_height - box.y) * POINTS_PER_MM
            drawn = SetCode(code, left, top, box.side * POINTS_PER_MM)
        last = len(pages) - 1
        return tuple(SetPage(tuple(texts), drawn if at == last else None) for at, texts in enumerate(pages))


@lru_cache(maxsize=64)  # form versions do not come and go while a process lives
def _fields_of(root: Path, form: str, version: str) -> Path | None:
    path = root / form / version / "fields.toml"
    return path if path.is_file() else None


class _Records(dict[str, GlyphRecord]):
    """What a subset takes of each cluster's glyph, as it was asked for: of the font's own, and nobody's text."""

    def __init__(self, find: Callable[[str], GlyphRecord]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, cluster: str) -> GlyphRecord:
        found = self[cluster] = self._find(cluster)
        return found


class _Letters:
    """Which outline of the font each cluster is, and how far it advances; both raise `CannotDraw`."""

    def __init__(self, font: FontOutlines, glyphs: GlyphCoverage) -> None:
        self._font = font
        self._glyphs = glyphs
        # of every character that stands alone; made once from the font
        self._single = {one: font.glyph_id(name) for one, name in glyphs.single_glyphs()}
        self.single = {one: self._ems(glyph) for one, glyph in self._single.items()}
        self.even = len({self.single.get(digit) for digit in "0123456789"}) == 1
        self.records = _Records(lambda cluster: font.record(self.glyph(cluster)))

    def glyph(self, cluster: str) -> int:
        known = self._single.get(cluster)
        return known if known is not None else self._font.glyph_id(self._glyphs.glyph_name(cluster))

    def of(self, cluster: str) -> float:
        return self._ems(self.glyph(cluster))

    def _ems(self, glyph: int) -> float:
        return self._font.width(glyph) / self._font.units_per_em
