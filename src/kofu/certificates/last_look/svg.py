"""The drawings a paper must bear, read from their SVG by code of its own: the seal (電子公印) and the word 見本.

Each becomes the marks it must make on the page, all of them, in their order, their places and their greys: a seal that
is paler, larger, turned, or lacks a stroke is another drawing.
"""

from __future__ import annotations

import re
from functools import lru_cache
from math import cos, radians, sin
from typing import NamedTuple
from xml.etree import ElementTree as ET

from kofu.certificates.last_look.graphics import AS_IT_IS, Matrix
from kofu.certificates.last_look.marks import Drawn, Path, PathSegment, Pen
from kofu.core.errors import OperatorFault

_TOKEN = re.compile(r"[A-Za-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_NUMBERS = {"M": 2, "L": 2, "H": 1, "V": 1, "Q": 4, "C": 6, "T": 2, "S": 4, "Z": 0}
_TRANSFORM = re.compile(r"\s*(translate|scale|rotate|matrix)\(([^()]*)\)\s*")
_SVG = "{http://www.w3.org/2000/svg}"
_UNSEEN = {f"{_SVG}{name}" for name in ("metadata", "title", "desc", "defs")}
_STYLE = ("fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit")
_KNOWN = {*_STYLE, "d", "x", "y", "width", "height", "rx", "ry", "transform", "id"}
_CAPS = {"butt": 0, "round": 1, "square": 2}
_JOINS = {"miter": 0, "round": 1, "bevel": 2}
_ARC = 4 / 3 * (2**0.5 - 1)
"""Of a quarter of a circle, how long the handles of the curve are that stands for it."""


class DrawingFrame(NamedTuple):
    """Where a drawing stands: its upper left corner, width and height, in points from the page's upper left corner."""

    left: float
    top: float
    width: float
    height: float


class SvgDrawing(NamedTuple):
    """A drawing as it was read: its own area (view box), its shapes in its own coordinates, y downwards."""

    area: tuple[float, float, float, float]
    shapes: tuple[Drawn, ...]


@lru_cache(maxsize=32)
def read_drawing(svg: bytes) -> SvgDrawing:
    """Read a drawing. Raises `OperatorFault` for SVG this reader does not know."""
    try:
        root = ET.fromstring(svg)  # noqa: S314 - the drawing comes with the deployment, checked by digest
        left, top, width, height = map(float, root.get("viewBox", "").split())
    except (ET.ParseError, ValueError) as error:
        raise OperatorFault("bad_seal", "the drawing of the seal is not well-formed SVG with a viewBox") from error
    shapes: list[Drawn] = []
    _collect(root, AS_IT_IS, {}, shapes)
    if not shapes:
        raise OperatorFault("bad_seal", "the drawing of the seal has nothing to be seen")
    return SvgDrawing((left, top, width, height), tuple(shapes))


@lru_cache(maxsize=32)
def read_seal(svg: bytes) -> SvgDrawing:
    """Read the drawing of a seal: square, so that its size on the paper can be told."""
    drawing = read_drawing(svg)
    if drawing.area[2] != drawing.area[3]:
        raise OperatorFault("bad_seal", "the drawing of a seal is square")
    return drawing


@lru_cache(maxsize=64)
def marks_of(drawing: SvgDrawing, frame: DrawingFrame, page_height: float) -> tuple[Drawn, ...]:
    """Say what a drawing marks a page with that shows it in `frame`, cut off at the frame's edges."""
    left, top, width, height = drawing.area
    across, down = frame.width / width, frame.height / height
    place = Matrix(across, 0, 0, -down, frame.left - left * across, page_height - frame.top + top * down)
    edge = _rectangle_at(frame, page_height)
    return tuple(
        Drawn(
            _moved(shape.path, place),
            shape.fill,
            shape.pen and shape.pen._replace(width=shape.pen.width * place.scale()),
            (edge,),
        )
        for shape in drawing.shapes
    )


def _rectangle_at(frame: DrawingFrame, page_height: float) -> Path:
    x, y = frame.left, page_height - frame.top
    right, bottom = x + frame.width, y - frame.height
    corners = ((x, y), (right, y), (right, bottom), (x, bottom))
    return (*(PathSegment("l" if index else "m", at) for index, at in enumerate(corners)), PathSegment("h", ()))


def _moved(path: Path, matrix: Matrix) -> Path:
    return tuple(
        PathSegment(
            step,
            tuple(value for x, y in zip(points[::2], points[1::2], strict=True) for value in matrix.at(x, y)),
        )
        for step, points in path
    )


def _collect(item: ET.Element, outer: Matrix, style: dict[str, str], shapes: list[Drawn]) -> None:
    for one in item:
        if one.tag in _UNSEEN:
            continue
        if one.tag not in {f"{_SVG}g", f"{_SVG}path", f"{_SVG}rect"} or not _KNOWN.issuperset(one.attrib):
            raise OperatorFault("bad_seal", "a drawing has paths, rectangles and groups of them, with few attributes")
        own = style | {name: one.attrib[name] for name in _STYLE if name in one.attrib}
        matrix = _transform(one.get("transform", "")).then(outer)
        if one.tag == f"{_SVG}g":
            _collect(one, matrix, own, shapes)
            continue
        path = _path(one.get("d", "")) if one.tag == f"{_SVG}path" else _rectangle(one)
        fill, stroke = _grey(own.get("fill", "black")), _grey(own.get("stroke", "none"))
        pen = None
        if stroke is not None:
            pen = Pen(
                float(own.get("stroke-width", "1")) * matrix.scale(),
                _CAPS[own.get("stroke-linecap", "butt")],
                _JOINS[own.get("stroke-linejoin", "miter")],
                float(own.get("stroke-miterlimit", "4")),
                (0.0,),
                stroke,
            )
        if fill is not None or pen is not None:
            shapes.append(Drawn(_moved(path, matrix), fill, pen, ()))


def _grey(colour: str) -> float | None:
    """Give the grey of a colour, 0 black; None for none. Raises `OperatorFault` for what is no grey."""
    if colour == "none":
        return None
    digits = {"black": "000000", "white": "ffffff"}.get(colour, colour.removeprefix("#").lower())
    if len(digits) == 3:  # noqa: PLR2004 - #rgb
        digits = "".join(2 * digit for digit in digits)
    if not re.fullmatch(r"[0-9a-f]{6}", digits) or digits[:2] * 3 != digits:
        raise OperatorFault("bad_seal", "a drawing is black or grey")
    return int(digits[:2], 16) / 255


def _transform(text: str) -> Matrix:
    matrix, at = AS_IT_IS, 0
    for found in _TRANSFORM.finditer(text):
        if found.start() != at:
            break
        at = found.end()
        numbers = [float(one) for one in re.split(r"[\s,]+", found[2].strip())]
        matrix = _one_transform(found[1], numbers).then(matrix)
    if at != len(text):
        raise OperatorFault("bad_seal", "a drawing is moved, scaled or turned in ways not known here")
    return matrix


def _one_transform(kind: str, numbers: list[float]) -> Matrix:
    if kind == "matrix" and len(numbers) == 6:  # noqa: PLR2004
        return Matrix(*numbers)
    if kind == "translate":
        return Matrix(1, 0, 0, 1, numbers[0], numbers[1] if numbers[1:] else 0.0)
    if kind == "scale":
        return Matrix(numbers[0], 0, 0, numbers[1] if numbers[1:] else numbers[0], 0, 0)
    turn = radians(numbers[0])
    x, y = numbers[1:] if len(numbers) == 3 else (0.0, 0.0)  # noqa: PLR2004 - an angle and a centre
    turned = Matrix(cos(turn), sin(turn), -sin(turn), cos(turn), 0, 0)
    return Matrix(1, 0, 0, 1, -x, -y).then(turned).then(Matrix(1, 0, 0, 1, x, y))


def _rectangle(item: ET.Element) -> Path:
    x, y, w, h = (float(item.get(name, "0")) for name in ("x", "y", "width", "height"))
    r = float(item.get("rx", item.get("ry", "0")))
    if item.get("ry", item.get("rx", "0")) != item.get("rx", item.get("ry", "0")) or not 0 <= r <= min(w, h) / 2:
        raise OperatorFault("bad_seal", "the corners of a rectangle are quarters of circles")
    if not r:
        return (
            PathSegment("m", (x, y)),
            PathSegment("l", (x + w, y)),
            PathSegment("l", (x + w, y + h)),
            PathSegment("l", (x, y + h)),
            PathSegment("h", ()),
        )
    k = r * (1 - _ARC)
    right, bottom = x + w, y + h
    return (
        PathSegment("m", (x + r, y)),
        PathSegment("l", (right - r, y)),
        PathSegment("c", (right - k, y, right, y + k, right, y + r)),
        PathSegment("l", (right, bottom - r)),
        PathSegment("c", (right, bottom - k, right - k, bottom, right - r, bottom)),
        PathSegment("l", (x + r, bottom)),
        PathSegment("c", (x + k, bottom, x, bottom - k, x, bottom - r)),
        PathSegment("l", (x, y + r)),
        PathSegment("c", (x, y + k, x + k, y, x + r, y)),
        PathSegment("h", ()),
    )


def _path(description: str) -> Path:
    """Read a path; quadratic curves become cubic ones, as PDF has no others."""
    steps: list[PathSegment] = []
    x = y = start_x = start_y = 0.0
    handle: tuple[float, float] | None = None  # of the curve before, for the smooth ones
    before = ""
    for command, numbers in _commands(description):
        upper = command.upper()
        base_x, base_y = (x, y) if command.islower() else (0.0, 0.0)
        points = [value + (base_y if index % 2 else base_x) for index, value in enumerate(numbers)]
        if upper == "Z":
            steps.append(PathSegment("h", ()))
            x, y = start_x, start_y
        elif upper in {"H", "V"}:
            x, y = (base_x + numbers[0], y) if upper == "H" else (x, base_y + numbers[0])
            steps.append(PathSegment("l", (x, y)))
        elif upper in {"M", "L"}:
            x, y = points
            if upper == "M":
                start_x, start_y = x, y
            steps.append(PathSegment(upper.lower(), (x, y)))
        else:
            smooth = (2 * x - handle[0], 2 * y - handle[1]) if handle and before in _SMOOTH[upper] else (x, y)
            if upper in {"S", "T"}:
                points = [*smooth, *points]
            if upper in {"Q", "T"}:
                q_x, q_y, to_x, to_y = points
                handle = (q_x, q_y)
                points = [
                    x + 2 / 3 * (q_x - x),
                    y + 2 / 3 * (q_y - y),
                    to_x + 2 / 3 * (q_x - to_x),
                    to_y + 2 / 3 * (q_y - to_y),
                    to_x,
                    to_y,
                ]
            else:
                handle = (points[2], points[3])
            steps.append(PathSegment("c", tuple(points)))
            x, y = points[4:]
        before = upper
    return tuple(steps)


_SMOOTH = {"S": "CS", "T": "QT", "C": "", "Q": ""}


def _commands(description: str) -> list[tuple[str, list[float]]]:
    found: list[tuple[str, list[float]]] = []
    tokens = _TOKEN.findall(description)
    at = 0
    command = ""
    while at < len(tokens):
        if tokens[at].isalpha():
            command = tokens[at]
            at += 1
        needed = _NUMBERS.get(command.upper())
        if needed is None:
            raise OperatorFault("bad_seal", "the drawing of the seal uses a path command other than M L H V Q C S T Z")
        try:
            found.append((command, [float(token) for token in tokens[at : at + needed]]))
        except ValueError as error:
            raise OperatorFault("bad_seal", "the drawing of the seal has a broken path") from error
        if len(found[-1][1]) != needed:
            raise OperatorFault("bad_seal", "the drawing of the seal has a broken path")
        at += needed
        # Numbers that follow without a letter repeat the command; after a move they are lines (SVG 2, 9.3.3).
        if command in "Mm":
            command = "L" if command == "M" else "l"
        if needed == 0 and at < len(tokens) and not tokens[at].isalpha():
            raise OperatorFault("bad_seal", "the drawing of the seal has a broken path")
    return found
