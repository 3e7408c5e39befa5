"""The outline of a drawn glyph (外字): one path of an SVG file, read strictly, in the units of the papers' font.

The drawing stands in its square (仮想ボディ) as a character of the main font does: the square of the view box is an em,
its lower edge 0.12 em below the baseline. What is not one black path of straight lines and Bézier curves is refused:
no colours, strokes, transformations, pictures, scripts, styles, references, entities, arcs (whose points depend on the
machine's sines).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from fontTools.pens.boundsPen import ControlBoundsPen
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.recordingPen import RecordingPen
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.svgLib.path import parse_path
from fontTools.ttLib.tables._g_l_y_f import Glyph

from kofu.core.errors import OperatorFault

UNITS_PER_EM = 2048
DESCENT = 246
"""Of the square below the baseline, in units: 0.12 em, as in the main font."""
SVG_BYTES_MAX = 64_000
SIDE_MIN, SIDE_MAX = 100.0, 10_000.0
POINTS_MAX, CONTOURS_MAX = 1_000, 100
CURVE_TOLERANCE = 0.5  # units by which a quadratic curve may be beside the cubic one it stands for
INK_MIN = 0.1  # of the square, the larger side of the ink: less is no character but a slip of the units
_SVG = "{http://www.w3.org/2000/svg}"
_ROOT = frozenset({"viewBox", "width", "height", "version"})
_PATH = frozenset({"d", "fill"})
_BLACK = frozenset({"black", "#000", "#000000"})
_COMMANDS = re.compile(r"[MmLlHhVvCcSsQqTtZz0-9eE+\-., \t\r\n]+")


@dataclass(frozen=True, slots=True)
class GlyphOutline:
    """What a drawn glyph draws: straight lines and curves in units of the font, y upwards from the baseline."""

    contours: tuple[tuple[str, tuple[tuple[int, int], ...]], ...]

    def glyph(self) -> Glyph:
        """Make the record of a TrueType glyph."""
        pen = TTGlyphPen(None)
        for command, points in self.contours:
            getattr(pen, command)(*points)
        return pen.glyph()


def read_outline(svg: bytes) -> GlyphOutline:
    """Read a drawing. Raises `OperatorFault` `bad_outline` that says what is not as it must be."""
    path, side = _path_of(svg)
    scale = UNITS_PER_EM / side
    drawn = RecordingPen()
    try:
        parse_path(path, TransformPen(drawn, (scale, 0, 0, -scale, 0, UNITS_PER_EM - DESCENT)))
    except (ValueError, IndexError, AssertionError, TypeError) as error:
        raise _bad("the path cannot be read") from error
    _check(drawn)
    quadratic = RecordingPen()
    drawn.replay(Cu2QuPen(quadratic, CURVE_TOLERANCE))
    outline = GlyphOutline(
        tuple((command, tuple((round(x), round(y)) for x, y in points)) for command, points in quadratic.value)
    )
    if sum(len(points) for _, points in outline.contours) > POINTS_MAX:
        raise _bad(f"the path has more than {POINTS_MAX} points; draw it with fewer")
    return outline


def _path_of(svg: bytes) -> tuple[str, float]:
    """Give the commands of the one path, and the side of the square it is drawn in."""
    if len(svg) > SVG_BYTES_MAX:
        raise _bad(f"the file has more than {SVG_BYTES_MAX} bytes")
    if b"<!" in svg or b"<?xml-" in svg:
        raise _bad("the file has comments, declarations or style sheets; it is one path and nothing else")
    try:
        root = ET.fromstring(svg)  # noqa: S314 - no declarations (see above), so no entities; limited in size
    except (ET.ParseError, ValueError) as error:
        raise _bad("the file is no well-formed SVG") from error
    if root.tag != f"{_SVG}svg" or not _ROOT.issuperset(root.attrib) or (root.text or "").strip():
        raise _bad("the drawing is an <svg> with a view box, and nothing else said of it")
    if [child.tag for child in root] != [f"{_SVG}path"]:
        raise _bad("the drawing is one <path>: no text, pictures, groups, scripts, styles or references")
    path = root[0]
    if len(path) or not _PATH.issuperset(path.attrib) or path.get("fill", "black") not in _BLACK:
        raise _bad("the path is black and filled: no strokes, styles, transformations or other colours")
    commands = path.get("d", "")
    if not _COMMANDS.fullmatch(commands):
        raise _bad("the path is of straight lines and curves (M L H V C S Q T Z), without arcs")
    return commands, _side(root.get("viewBox", ""))


def _side(view_box: str) -> float:
    try:
        left, top, width, height = map(float, view_box.split())
    except ValueError as error:
        raise _bad("the view box is four numbers: 0 0 and the side of the square twice") from error
    if (left, top) != (0, 0) or width != height or not SIDE_MIN <= width <= SIDE_MAX:
        raise _bad(f"the view box is a square from 0 0, its side from {SIDE_MIN:.0f} to {SIDE_MAX:.0f}")
    return width


def _check(drawn: RecordingPen) -> None:
    ends = [command for command, _ in drawn.value if command in {"closePath", "endPath"}]
    if not ends or "endPath" in ends:
        raise _bad("every contour is closed (Z)")
    if len(ends) > CONTOURS_MAX:
        raise _bad(f"the path has more than {CONTOURS_MAX} contours")
    bounds = ControlBoundsPen(None)
    drawn.replay(bounds)
    left, bottom, right, top = bounds.bounds
    if left < 0 or right > UNITS_PER_EM or bottom < -DESCENT or top > UNITS_PER_EM - DESCENT:
        raise _bad("the path goes over the edge of its square")
    if max(right - left, top - bottom) < INK_MIN * UNITS_PER_EM:
        raise _bad("the drawing is smaller than a tenth of its square: look at its units")


def _bad(why: str) -> OperatorFault:
    return OperatorFault("bad_outline", f"{why}; see docs/how-to/register-a-glyph.md")
