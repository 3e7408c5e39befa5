"""The drawings a paper must bear, read from their SVG by code of its own: the seal (電子公印) and the word 見本.

A drawing is known by the outlines of its filled paths. What the renderer writes into the PDF is the same outline with
another transformation, so the look compares number and order of the points, and a sample of the points themselves in
the drawing's own coordinates. Two different seals differ in these; a seal left out or replaced has none of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from xml.etree import ElementTree as ET

from kofu.core.errors import OperatorFault

_TOKEN = re.compile(r"[A-Za-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_NUMBERS = {"M": 2, "L": 2, "H": 1, "V": 1, "Q": 4, "C": 6, "T": 2, "S": 4, "Z": 0}
SAMPLES = 16
_PATH = "{http://www.w3.org/2000/svg}path"


@dataclass(frozen=True, slots=True)
class Outline:
    """A filled path as a PDF holds it: how many points (3 per curve), and (index, x, y) of a few end points."""

    points: int
    samples: tuple[tuple[int, float, float], ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The filled paths of a drawing in their order, and the middle and side of the square it is drawn in."""

    outlines: tuple[Outline, ...]
    middle_x: float
    middle_y: float
    side: float


@lru_cache(maxsize=32)
def read_drawing(svg: bytes) -> Drawing:
    """Read a drawing. Raises `OperatorFault` for SVG this reader does not know."""
    try:
        root = ET.fromstring(svg)  # noqa: S314 - the drawing comes with the deployment, checked by digest
        left, top, width, height = map(float, root.get("viewBox", "").split())
    except (ET.ParseError, ValueError) as error:
        raise OperatorFault("bad_seal", "the drawing of the seal is not well-formed SVG with a viewBox") from error
    found = tuple(
        _outline(path.get("d", ""))
        for path in root.iter(_PATH)
        if path.get("fill", "black") not in {"none", "transparent"}
    )
    if not found:
        raise OperatorFault("bad_seal", "the drawing of the seal has no filled path")
    return Drawing(found, left + width / 2, top + height / 2, max(width, height))


@lru_cache(maxsize=32)
def read_seal(svg: bytes) -> Drawing:
    """Read the drawing of a seal: square, nothing transformed, so that its size on the paper can be told."""
    drawing = read_drawing(svg)
    root = ET.fromstring(svg)  # noqa: S314 - as above
    _, _, width, height = map(float, root.get("viewBox", "").split())
    if width != height or any("transform" in item.attrib for item in root.iter()):
        raise OperatorFault("bad_seal", "the drawing of a seal is square and has no transform")
    return drawing


def _outline(description: str) -> Outline:
    ends: list[tuple[int, float, float]] = []
    count = 0
    x = y = start_x = start_y = 0.0
    for command, numbers in _commands(description):
        upper = command.upper()
        base_x, base_y = (x, y) if command.islower() else (0.0, 0.0)
        if upper == "Z":
            # pdfium writes the closing line as a point of its own where the path does not end where it began.
            count += (x, y) != (start_x, start_y)
            x, y = start_x, start_y
            continue
        if upper == "H":
            x = base_x + numbers[0]
        elif upper == "V":
            y = base_y + numbers[0]
        else:
            x, y = base_x + numbers[-2], base_y + numbers[-1]
        if upper == "M":
            start_x, start_y = x, y
        count += 3 if upper in "QCST" else 1
        ends.append((count - 1, x, y))
    step = max(1, len(ends) // SAMPLES)
    return Outline(count, tuple(ends[::step]))


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
