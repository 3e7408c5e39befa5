"""What a content stream marks the page with: texts and paths, in points from the page's bottom left corner."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

BLACK = 0.0


class PathSegment(NamedTuple):
    """One step of a path, m (begin), l (line), c (curve) or h (close), with x and y of each of its points."""

    step: str
    points: tuple[float, ...]


Path = tuple[PathSegment, ...]


class Pen(NamedTuple):
    """How a path is stroked; width in points, dashes as pattern and phase."""

    width: float
    cap: int
    join: int
    miter: float
    dashes: tuple[float, ...]
    grey: float


class Drawn(NamedTuple):
    """A path on the page, filled in a grey (None: not), stroked with a pen (None: not), inside all of `clips`."""

    path: Path
    fill: float | None
    pen: Pen | None
    clips: tuple[Path, ...]


class ShownText(NamedTuple):
    """A text on the page: codes of a font, each with where it begins on the baseline; upright, `size` in points.

    `actual`: by code, the text the page says it stands for, where it says so beside the font's own table.
    """

    font: str
    size: float
    codes: tuple[int, ...]
    starts: tuple[float, ...]
    baseline: float
    grey: float
    clips: tuple[Path, ...]
    actual: tuple[str, ...] = ()


class PlacedDrawing(NamedTuple):
    """The form's drawing, shown in its own place and size before anything else."""

    name: str


class CodeSquares(NamedTuple):
    """The black stretches of a code in a square grid, drawn in black and cut off at its edge.

    `x` and `top` of the upper left corner and the `unit` of the grid in points; `side`: how many units; of each stretch
    its row from the top, where it begins and where it ends.
    """

    x: float
    top: float
    unit: float
    side: int
    stretches: tuple[tuple[int, int, int], ...]


Mark: TypeAlias = Drawn | ShownText | PlacedDrawing
