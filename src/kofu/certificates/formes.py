"""Certificates of one page set from a forme: what nearly all papers are, at a fraction of the work of a layout.

A text that fits its box on one line at the size the form gives it is set from `fields.toml` alone: left, right or in
the middle, on the line in the middle of the box. Where one text of a paper needs more than that (a smaller type, a
second line), or a registered glyph (外字) of the second font, or the paper a second page, typst lays out the whole of
it, as it laid out the forme.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from threading import Lock

from kofu.certificates.content import CertificateContent
from kofu.core.errors import ensure
from kofu.core.font_file import FontFile
from kofu.core.names import clusters
from kofu.press.engine import Press
from kofu.press.forme import CannotBeSet, Forme, SetText
from kofu.press.glyphs import GlyphCoverage
from kofu.press.subset import FontOutlines

POINTS_PER_MM = 72 / 25.4
PAD_MM = 1.2  # between a box and its text: `pad` of certificate.typ
ABOVE_BASELINE_EM = 0.88  # `top-edge` of certificate.typ; what is below makes it up to one em
FORMES_MAX = 64
OPENING = "（〔［｛〈《「『【"
CLOSING = "）〕］｝〉》」』】、。，．"
_TOGETHER = re.compile(f"[{OPENING}{CLOSING}・：；]{{2}}")  # set closer to each other (JLREQ 3.1.4): left to typst
_ROW = re.compile(r"row_([1-9][0-9]*)_([a-z_]+)")
_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)  # a forme bears no date: each paper has its own


@dataclass(frozen=True, slots=True)
class _Box:
    """A field's box in mm from the top left, its type in points."""

    x: float
    y: float
    w: float
    h: float
    size: float
    align: str
    tracking_em: float


@dataclass(frozen=True, slots=True)
class _Boxes:
    """The boxes of one form version."""

    page_height: float
    rows_per_page: int
    row_pitch: float
    fields: Mapping[str, _Box]


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
        self, content: CertificateContent, *, specimen: bool, seal_svg: str, seal_mm: float, created: datetime
    ) -> bytes | None:
        """Set the paper from its forme, or None: this one has to be laid out by typst."""
        fields = self._root / content.form / content.version / "fields.toml"
        texts = self._place(content.fields, read_boxes(fields)) if fields.is_file() else None
        if texts is None:
            return None
        key = _Key(content.form, content.version, frozenset(content.fields), specimen, seal_svg, seal_mm)
        try:
            return self._forme(key).set(texts, self._font, lambda cluster: self._glyph(cluster)[0], created)
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

    def _place(self, fields: Mapping[str, str], boxes: _Boxes) -> list[SetText] | None:
        if "page_1" not in fields or "page_2" in fields or self._glyphs.drawn_in(fields.values()):
            return None
        placed = []
        for name, text in fields.items():
            if not text:
                continue
            at = box_of(name, boxes)
            line = None if at is None else self._line(text, *at, boxes.page_height)
            if line is None:
                return None
            placed.append(line)
        return placed

    def _line(self, text: str, box: _Box, shift: float, page_height: float) -> SetText | None:
        """Set a text on one line in the middle of its box; None where that takes more than this."""
        ones = tuple(text) if text.isascii() else clusters(text)
        if text[0] in OPENING or _TOGETHER.search(text):
            return None
        tracking = box.tracking_em * box.size
        units = sum(self._glyph(one)[1] for one in ones)
        width = units / self._font.units_per_em * box.size + tracking * (len(ones) - 1)
        if text[-1] in CLOSING:
            width -= box.size / 2  # the empty half of a bracket or full stop that ends a line
        free = (box.w - 2 * PAD_MM) * POINTS_PER_MM - width
        if free < 0 or box.size > box.h * POINTS_PER_MM:
            return None
        x = (box.x + PAD_MM) * POINTS_PER_MM + {"left": 0.0, "center": free / 2, "right": free}[box.align]
        top = (box.y + shift) * POINTS_PER_MM + (box.h * POINTS_PER_MM - box.size) / 2
        baseline = page_height * POINTS_PER_MM - top - ABOVE_BASELINE_EM * box.size
        return SetText(ones, x, baseline, box.size, tracking)


def box_of(name: str, boxes: _Boxes) -> tuple[_Box, float] | None:
    """Find the box of a text and how many mm it is moved down; None where the form has none on its one page."""
    if name == "page_1":
        name = "page"
    elif row := _ROW.fullmatch(name):
        number, column = int(row[1]), f"row_{row[2]}"
        box = boxes.fields.get(column)
        return None if box is None or number > boxes.rows_per_page else (box, (number - 1) * boxes.row_pitch)
    box = boxes.fields.get(name)
    return None if box is None else (box, 0.0)


@lru_cache(maxsize=64)
def read_boxes(path: Path) -> _Boxes:
    """Read the boxes of a form version."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    form = data["form"]
    fields = {
        name: _Box(
            float(one["x"]),
            float(one["y"]),
            float(one["w"]),
            float(one["h"]),
            float(one["size_pt"]),
            one["align"],
            float(one.get("tracking_em", 0)),
        )
        for name, one in data["fields"].items()
    }
    ensure(
        all(box.align in {"left", "center", "right"} for box in fields.values()), "a text stands left, centre or right"
    )
    return _Boxes(
        float(form["height_mm"]), int(form.get("rows_per_page", 0)), float(form.get("row_pitch_mm", 0)), fields
    )
