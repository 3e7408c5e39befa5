"""The graphics state of a content stream (ISO 32000-1, 8.4), as far as papers have one, and its transformations."""

from __future__ import annotations

from typing import NamedTuple

from kofu.certificates.last_look.marks import Path
from kofu.certificates.last_look.syntax import Unreadable

EXACT = 1e-6
"""By how much a transformation may differ from one that leaves sizes as they are."""


class Matrix(NamedTuple):
    """A transformation [a b c d e f] (8.3.3)."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def then(self, outer: Matrix) -> Matrix:
        """Give this transformation followed by `outer`."""
        a, b, c, d, e, f = self
        return Matrix(
            a * outer.a + b * outer.c,
            a * outer.b + b * outer.d,
            c * outer.a + d * outer.c,
            c * outer.b + d * outer.d,
            e * outer.a + f * outer.c + outer.e,
            e * outer.b + f * outer.d + outer.f,
        )

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Transform a point."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def scale(self) -> float:
        """By how much it enlarges. Raises `Unreadable` where that is not the same in all directions."""
        across, upwards = self.a * self.a + self.b * self.b, self.c * self.c + self.d * self.d
        if abs(across - upwards) > EXACT * across or abs(self.a * self.c + self.b * self.d) > EXACT * across:
            raise Unreadable("a stroke is stretched in one direction")
        return float(across**0.5)


AS_IT_IS = Matrix(1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


class State:
    """The graphics state, as far as papers have one. Set in place, and copied where it is saved."""

    __slots__ = (
        "cap",
        "clips",
        "dashes",
        "fill",
        "fill_space",
        "font",
        "join",
        "matrix",
        "miter",
        "size",
        "stroke",
        "stroke_space",
        "tracking",
        "width",
    )

    def __init__(self) -> None:
        self.matrix = AS_IT_IS
        self.clips: tuple[Path, ...] = ()
        self.fill = self.stroke = 0.0
        self.width, self.cap, self.join, self.miter = 1.0, 0, 0, 10.0
        self.dashes: tuple[float, ...] = (0.0,)
        self.font, self.size, self.tracking = "", 0.0, 0.0
        self.fill_space = self.stroke_space = False  # whether the calibrated grey is the colour space

    def copy(self) -> State:
        """Give a state that is the same now and can go on by itself."""
        other = State()
        other.matrix, other.clips, other.fill, other.stroke = self.matrix, self.clips, self.fill, self.stroke
        other.width, other.cap, other.join, other.miter = self.width, self.cap, self.join, self.miter
        other.dashes, other.font, other.size, other.tracking = self.dashes, self.font, self.size, self.tracking
        other.fill_space, other.stroke_space = self.fill_space, self.stroke_space
        return other
