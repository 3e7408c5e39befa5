"""Only one black path of straight lines and curves is an outline; everything else an SVG can hold is refused."""

from __future__ import annotations

import pytest

from kofu.core.errors import OperatorFault
from kofu.press.glyph_outline import DESCENT, UNITS_PER_EM, read_outline

HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1000">'
SQUARE = "M100 100H900V900H100Z"


def test_the_square_of_the_view_box_is_the_em_on_the_main_fonts_baseline() -> None:
    outline = read_outline(f'{HEAD}<path d="M0 0H1000V1000H0Z"/></svg>'.encode())
    points = {point for _, points in outline.contours for point in points}
    assert points == {(x, y) for x in (0, UNITS_PER_EM) for y in (-DESCENT, UNITS_PER_EM - DESCENT)}


def test_the_same_drawing_in_other_units_is_the_same_outline() -> None:
    small = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 500 500"><path d="M50 50H450V450H50Z"/></svg>'
    assert read_outline(small.encode()) == read_outline(f'{HEAD}<path d="{SQUARE}" fill="#000"/></svg>'.encode())


def test_curves_become_the_quadratic_ones_of_truetype() -> None:
    outline = read_outline(f'{HEAD}<path d="M100 100C400 50 600 50 900 100V900H100Z"/></svg>'.encode())
    assert "qCurveTo" in [command for command, _ in outline.contours]
    assert outline.glyph().numberOfContours == 1


REFUSED = {
    "a script": f'{HEAD}<script>1</script><path d="{SQUARE}"/></svg>',
    "a handler": f'{HEAD}<path d="{SQUARE}" onload="1"/></svg>',
    "a picture": f'{HEAD}<image href="https://example.invalid/a.png"/></svg>',
    "a reference": f'{HEAD}<use href="#a"/></svg>',
    "an entity": f'<!DOCTYPE svg [<!ENTITY a "{SQUARE}">]>{HEAD}<path d="&a;"/></svg>',
    "a style sheet": f'<?xml-stylesheet href="a.css"?>{HEAD}<path d="{SQUARE}"/></svg>',
    "a text": f"{HEAD}<text>辻</text></svg>",
    "a group": f'{HEAD}<g><path d="{SQUARE}"/></g></svg>',
    "two paths": f'{HEAD}<path d="{SQUARE}"/><path d="{SQUARE}"/></svg>',
    "another colour": f'{HEAD}<path d="{SQUARE}" fill="red"/></svg>',
    "white": f'{HEAD}<path d="{SQUARE}" fill="white"/></svg>',
    "a stroke": f'{HEAD}<path d="{SQUARE}" stroke="black"/></svg>',
    "a turn": f'{HEAD}<path d="{SQUARE}" transform="rotate(180)"/></svg>',
    "an arc": f'{HEAD}<path d="M100 100A50 50 0 0 1 200 200Z"/></svg>',
    "an open contour": f'{HEAD}<path d="M100 100H900V900"/></svg>',
    "no ink": f'{HEAD}<path d=""/></svg>',
    "a dot": f'{HEAD}<path d="M1 1H9V9H1Z"/></svg>',
    "over the edge": f'{HEAD}<path d="M-10 100H900V900Z"/></svg>',
    "no number": f'{HEAD}<path d="M100 e H900Z"/></svg>',
    "too many points": f'{HEAD}<path d="M100 100{"H900H100" * 600}V900Z"/></svg>',
    "an oblong": f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 900"><path d="{SQUARE}"/></svg>',
    "no view box": f'<svg xmlns="http://www.w3.org/2000/svg"><path d="{SQUARE}"/></svg>',
    "tiny units": '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0H1V1Z"/></svg>',
    "no numbers": f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 nan nan"><path d="{SQUARE}"/></svg>',
    "no svg": "辻",
    "too large": f'{HEAD}<path d="{SQUARE}{" " * 70_000}"/></svg>',
}


@pytest.mark.parametrize("svg", REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused(svg: str) -> None:
    with pytest.raises(OperatorFault) as refused:
        read_outline(svg.encode())
    assert refused.value.code == "bad_outline"
