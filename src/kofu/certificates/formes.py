"""Certificates set from formes: everything a paper of these forms needs, at a fraction of the work of a layout.

Each text stands where `fields.toml` and the rules of `certificates.setting` put it, on the pages its field is of, over
the forme of the form version with as many rows. Typst lays out what is the same on every paper, once. It lays out a
whole paper only where one text cannot be set by these rules: a registered glyph (外字) of the second font, a character
line breaking does not know in a text of several lines; and where a text does not fit at all, to say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

from kofu.certificates.content import CertificateContent
from kofu.certificates.setting import POINTS_PER_MM, FormBoxes, TextBox, read_boxes, set_into
from kofu.core.font_file import FontFile
from kofu.press.codes import CodeDrawing
from kofu.press.engine import Press
from kofu.press.forme import CannotBeSet, Forme, SetCode, SetPage, SetText
from kofu.press.glyphs import GlyphCoverage
from kofu.press.subset import FontOutlines

FORMES_MAX = 128
_ROW = re.compile(r"row_([1-9][0-9]*)_payable")
_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)  # a forme bears no date: each paper has its own


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
        # of every character that stands alone, its outline and width; made once from the font
        self._single = {one: self._set_by(name) for one, name in glyphs.single_glyphs()}
        self._made: dict[_Key, Forme] = {}
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
        fields = self._root / content.form / content.version / "fields.toml"
        pages = self._place(content, read_boxes(fields), code) if fields.is_file() else None
        if pages is None:
            return None
        key = _Key(content.form, content.version, frozenset(content.fields), specimen, *seal)
        try:
            return self._forme(key).set(pages, self._font, lambda cluster: self._glyph(cluster)[0], created)
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

    def _set_by(self, name: str) -> tuple[int, int]:
        glyph = self._font.glyph_id(name)
        return glyph, self._font.width(glyph)

    def _glyph(self, cluster: str) -> tuple[int, int]:
        """Outline and width (units of the font) of a cluster. Raises `CannotDraw`."""
        return self._single.get(cluster) or self._set_by(self._glyphs.glyph_name(cluster))

    def _place(
        self, content: CertificateContent, boxes: FormBoxes, code: CodeDrawing | None
    ) -> tuple[SetPage, ...] | None:
        fields = content.fields
        if (code is not None and boxes.code is None) or self._glyphs.drawn_in(fields.values()):
            return None
        pages: list[list[SetText]] = [[] for _ in range(content.pages)]
        used = 0
        for name, box, page, shift in _places(fields, boxes, content.pages):
            text = fields.get(name)
            if text is None:
                return None
            used += page == 0 or box.page != "every"
            if text:
                top = (boxes.page_height - box.y - shift) * POINTS_PER_MM
                lines = set_into(text, box, top, self._advance)
                if lines is None:
                    return None
                pages[page] += lines
        if used != len(fields):
            return None
        drawn = None
        if code is not None and boxes.code is not None:
            place = boxes.code
            left, top = place.x * POINTS_PER_MM, (boxes.page_height - place.y) * POINTS_PER_MM
            drawn = SetCode(code, left, top, place.side * POINTS_PER_MM)
        last = len(pages) - 1
        return tuple(SetPage(tuple(texts), drawn if at == last else None) for at, texts in enumerate(pages))

    def _advance(self, cluster: str) -> float:
        return self._glyph(cluster)[1] / self._font.units_per_em


def _places(fields: Mapping[str, str], boxes: FormBoxes, pages: int) -> Iterator[tuple[str, TextBox, int, float]]:
    """Name every text of a paper, with its box, its page (from 0) and how many mm it is moved down there."""
    rows = sum(1 for name in fields if _ROW.fullmatch(name))
    for name, box in boxes.fields.items():
        if box.page == "row":
            column = name.removeprefix("row_")
            for row in range(rows):
                page, here = divmod(row, boxes.rows_per_page)
                yield f"row_{row + 1}_{column}", box, page, here * boxes.row_pitch
        elif box.page == "last":
            yield name, box, pages - 1, 0.0
        else:
            for page in range(pages):
                yield (f"{name}_{page + 1}" if box.page == "each" else name), box, page, 0.0
