"""What a content stream draws (ISO 32000-1, 8 and 9), for exactly the operators papers are written with.

Every other operator, every operand of another kind, and every state a paper has no use for (invisible or stroked text,
text that is turned, mirrored or stretched, a colour space but the calibrated grey, graphics states, pictures, shadings,
marked content) ends the reading. So what is read is all there is, and it is seen as it is read.

Marked content has one exception. Where one outline serves two texts of a paper (蘇, and 蘇 with a selector of the same
shape), the font's table can name one of them only, and typst writes the other beside it as `ActualText` (14.9.4). It is
read with the codes it stands for, and compared like the table.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from kofu.certificates.last_look.graphics import EXACT, Matrix, State
from kofu.certificates.last_look.marks import Drawn, Mark, PathSegment, Pen, PlacedDrawing, ShownText
from kofu.certificates.last_look.syntax import Unreadable
from kofu.core.names import clusters

MARKS_MAX = 20_000
NESTING_MAX = 16
SIZE_POINTS_MAX = 200.0
_BYTE = rb"[^()\\\r\n]|\\[nrtbf()\\]|\\[0-7]{3}"
_IN_BRACKETS = rb"\((?:%s|\((?:%s)*\))*\)" % (_BYTE, _BYTE)  # brackets in pairs need no escape (7.3.4.2)
_TOKEN = re.compile(
    rb"[ \t\r\n]*(?:"
    rb"(?P<number>-?(?:[0-9]{1,7}(?:\.[0-9]{1,12})?|\.[0-9]{1,12}))(?=[ \t\r\n\[\]()<>/]|\Z)"
    rb"|(?P<operator>[A-Za-z]{1,3})(?=[ \t\r\n\[\]()<>/]|\Z)"
    rb"|/Span<</ActualText<FEFF(?P<actual>(?:[0-9A-F]{4}){1,32})>>>BDC(?=[ \t\r\n\[\]()<>/])"
    rb"|/(?P<name>[A-Za-z0-9]{1,32})(?=[ \t\r\n\[\]()<>/]|\Z)"
    rb"|\((?P<literal>(?:" + _BYTE + rb"|" + _IN_BRACKETS + rb")*)\)"
    rb"|<(?P<hex>[0-9A-Fa-f]*)>"
    rb"|(?P<start>\[)|(?P<end>\])"
    rb"|(?P<stop>\Z))"
)
_VALUES = frozenset({"number", "literal", "hex", "name"})
_ESCAPE = re.compile(rb"\\(?:([nrtbf()\\])|([0-7]{3}))")
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


Advances = Mapping[str, Mapping[int, float]]
"""By name of the font and code, how far a code advances, in thousandths of the size."""
Operand: TypeAlias = "float | str | bytes | list[float | bytes]"


class Begun(NamedTuple):
    """The beginning of a stream that was read before: how long it is, its SHA-256, and what it draws.

    Behind it the graphics state is the first one again, so the rest can be read by itself. `greys`: the names of the
    calibrated grey it was read with.
    """

    length: int
    sha256: bytes
    greys: frozenset[str]
    marks: tuple[Mark, ...]


class StreamDrawing(NamedTuple):
    """What a stream draws; and by number of marks drawn, up to which byte the state is the first one again."""

    marks: tuple[Mark, ...]
    rests: Mapping[int, int]


def read_content(
    content: bytes, greys: frozenset[str], advances: Advances, begun: Begun | None = None
) -> StreamDrawing:
    """Read what a stream draws. `greys`: names of the calibrated grey. Raises `Unreadable`.

    Where the stream begins as one did that was read before, that part is not read again.
    """
    machine = _Machine(greys, advances)
    operands: list[Operand] = []
    array: list[float | bytes] | None = None
    at = _go_on(machine, content, begun) if begun is not None and begun.greys == greys else 0
    while True:
        token = _TOKEN.match(content, at)
        if token is None:
            raise Unreadable("a content stream is written in a way not known here")
        at = token.end()
        kind = token.lastgroup
        if kind == "operator" and array is None:
            machine.operate(token["operator"].decode("ascii"), operands, at)
            operands = []
        elif kind in _VALUES:
            _take(token, operands, array)
        elif kind == "actual" and array is None and not operands:
            machine.begin_actual(token["actual"])
        elif kind == "start" and array is None:
            array = []
        elif kind == "end" and array is not None:
            operands.append(array)
            array = None
        elif kind == "stop" and array is None and not operands:
            return machine.end()
        else:
            raise Unreadable("a content stream is not well formed")


def _go_on(machine: _Machine, content: bytes, begun: Begun) -> int:
    """Go on behind what was read before, where a stream begins like that; give the byte to go on at."""
    if hashlib.sha256(content[: begun.length]).digest() != begun.sha256:
        return 0
    machine.go_on(begun.marks)
    return begun.length


def _take(token: re.Match[bytes], operands: list[Operand], array: list[float | bytes] | None) -> None:
    """Put a number, a string or a name to the operands, or into the array that is open."""
    if token.lastgroup == "name":
        if array is not None:
            raise Unreadable("an array holds a name")
        operands.append(token["name"].decode("ascii"))
        return
    value = float(token["number"]) if token.lastgroup == "number" else _string(token)
    if array is None:
        operands.append(value)
    else:
        array.append(value)


def _string(token: re.Match[bytes]) -> bytes:
    if token.lastgroup == "hex":
        digits = token["hex"]
        if len(digits) % 4:
            raise Unreadable("a code has two bytes")
        return bytes.fromhex(digits.decode("ascii"))
    text = token["literal"]
    if b"\\" in text:
        text = _ESCAPE.sub(_unescaped, text)
    if len(text) % 2:
        raise Unreadable("a code has two bytes")
    return text


def _unescaped(found: re.Match[bytes]) -> bytes:
    if found[2]:
        value = int(found[2], 8)
        if value > 255:  # noqa: PLR2004 - a byte
            raise Unreadable("a string holds bytes")
        return bytes((value,))
    return _ESCAPED.get(found[1], found[1])


class _Machine:
    """Carries out operators. One for one stream; nothing of it outlives the reading."""

    def __init__(self, greys: frozenset[str], advances: Advances) -> None:
        self._greys = greys
        self._advances = advances
        self._state = State()
        self._count = 0
        self._rests: dict[int, int] | None = {}  # None: the first state was left for good
        self._saved: list[State] = []
        self._marks: list[Mark] = []
        self._path: list[PathSegment] = []
        self._open = False  # whether a subpath has begun
        self._clipping = False
        self._in_text = False
        self._line: Matrix | None = None  # the text matrix, once it is set in a text object
        self._actual: tuple[str, ...] = ()  # what the next text is said to stand for
        self._in_actual = False

    def go_on(self, marks: tuple[Mark, ...]) -> None:
        """Go on behind what was read before."""
        self._marks += marks
        self._count = 1

    def end(self) -> StreamDrawing:
        """Give what was drawn. Raises `Unreadable` where something is left open."""
        if self._saved or self._in_text or self._path or self._clipping:
            raise Unreadable("a content stream ends in the middle")
        return StreamDrawing(tuple(self._marks), self._rests or {})

    def operate(self, operator: str, operands: list[Operand], at: int) -> None:
        """Carry out one operator; `at`: the byte behind it."""
        self._count += 1
        known = _OPERATORS.get(operator)
        if known is None:
            raise Unreadable("a content stream has an operator no paper has")
        kinds, run = known
        if len(operands) != len(kinds) or not all(map(isinstance, operands, kinds)):
            raise Unreadable("an operator has operands of another kind")
        if self._path and operator not in _OF_PATHS:
            raise Unreadable("a path is painted before anything else")
        if self._in_text != (operator in _OF_TEXTS) and operator not in _EVERYWHERE:
            raise Unreadable("an operator stands where it has no place")
        run(self, operands)
        if not self._saved:
            if operator != "Q":
                self._rests = None
            elif self._rests is not None:
                self._rests[len(self._marks)] = at

    # -- state --------------------------------------------------------------------------------------------------------

    def save(self, _: list[Operand]) -> None:
        if len(self._saved) >= NESTING_MAX:
            raise Unreadable("states are nested too deep")
        self._saved.append(self._state.copy())

    def restore(self, _: list[Operand]) -> None:
        if not self._saved:
            raise Unreadable("a state is restored that was not saved")
        self._state = self._saved.pop()

    def transform(self, operands: list[Operand]) -> None:
        self._state.matrix = Matrix(*_numbers(operands)).then(self._state.matrix)

    def set_width(self, operands: list[Operand]) -> None:
        self._state.width = _number(operands[0])

    def set_cap(self, operands: list[Operand]) -> None:
        self._state.cap = _choice(operands[0])

    def set_join(self, operands: list[Operand]) -> None:
        self._state.join = _choice(operands[0])

    def set_miter(self, operands: list[Operand]) -> None:
        self._state.miter = _number(operands[0])

    def set_dashes(self, operands: list[Operand]) -> None:
        pattern, phase = operands
        if not isinstance(pattern, list) or not all(isinstance(one, float) for one in pattern):
            raise Unreadable("dashes are lengths")
        self._state.dashes = (*(_number(one) for one in pattern), _number(phase))

    def set_fill(self, operands: list[Operand]) -> None:
        self._state.fill = _number(operands[0])
        self._state.fill_space = False

    def set_stroke(self, operands: list[Operand]) -> None:
        self._state.stroke = _number(operands[0])
        self._state.stroke_space = False

    def fill_space(self, operands: list[Operand]) -> None:
        self._choose(operands[0])
        self._state.fill = 0.0
        self._state.fill_space = True

    def stroke_space(self, operands: list[Operand]) -> None:
        self._choose(operands[0])
        self._state.stroke = 0.0
        self._state.stroke_space = True

    def fill_in_space(self, operands: list[Operand]) -> None:
        if not self._state.fill_space:
            raise Unreadable("a colour is set in no space")
        self._state.fill = _number(operands[0])

    def stroke_in_space(self, operands: list[Operand]) -> None:
        if not self._state.stroke_space:
            raise Unreadable("a colour is set in no space")
        self._state.stroke = _number(operands[0])

    def _choose(self, space: Operand) -> None:
        if space not in self._greys:
            raise Unreadable("a paper has grey and black only")

    # -- paths --------------------------------------------------------------------------------------------------------

    def step(self, name: str, operands: list[Operand]) -> None:
        if name != "m" and not self._open:
            raise Unreadable("a path begins somewhere")
        self._open = name != "h"
        numbers = _numbers(operands)
        at = self._state.matrix.at
        points = [value for x, y in zip(numbers[::2], numbers[1::2], strict=True) for value in at(x, y)]
        self._path.append(PathSegment(name, tuple(points)))

    def clip(self, _: list[Operand]) -> None:
        self._clipping = True

    def paint(self, *, fill: bool, stroke: bool) -> None:
        state = self._state
        path = tuple(self._path)
        if self._clipping:
            if fill or stroke or not path:
                raise Unreadable("a path clips or paints, not both")
            self._state.clips = (*state.clips, path)
        elif not (fill or stroke) or not path:
            raise Unreadable("a path is painted")
        else:
            pen = None
            if stroke:
                scale = state.matrix.scale()
                pen = Pen(
                    state.width * scale,
                    state.cap,
                    state.join,
                    state.miter,
                    tuple(one * scale for one in state.dashes),
                    state.stroke,
                )
            self._mark(Drawn(path, state.fill if fill else None, pen, state.clips))
        self._path, self._open, self._clipping = [], False, False

    def _mark(self, mark: Mark) -> None:
        if len(self._marks) >= MARKS_MAX:
            raise Unreadable("a page has a limited number of marks")
        self._marks.append(mark)

    def show_drawing(self, operands: list[Operand]) -> None:
        if self._count != 1:
            raise Unreadable("the form's drawing is shown first, as it is")
        self._mark(PlacedDrawing(str(operands[0])))

    # -- texts --------------------------------------------------------------------------------------------------------

    def begin_text(self, _: list[Operand]) -> None:
        self._in_text, self._line = True, None

    def begin_actual(self, text: bytes) -> None:
        """Take what the next text is said to stand for: in a text object, for one text."""
        if not self._in_text or self._in_actual:
            raise Unreadable("a text is said to stand for one other")
        try:
            self._actual = clusters(bytes.fromhex(text.decode("ascii")).decode("utf-16-be"))
        except UnicodeDecodeError as error:
            raise Unreadable("a text is said to stand for a text") from error
        self._in_actual = True

    def end_actual(self, _: list[Operand]) -> None:
        if not self._in_actual or self._actual:
            raise Unreadable("what a text is said to stand for ends behind that text")
        self._in_actual = False

    def end_text(self, _: list[Operand]) -> None:
        if self._in_actual:
            raise Unreadable("a text object ends in the middle")
        self._in_text = False

    def set_mode(self, operands: list[Operand]) -> None:
        if operands[0] != 0:
            raise Unreadable("text is filled")

    def set_tracking(self, operands: list[Operand]) -> None:
        self._state.tracking = _number(operands[0])

    def set_font(self, operands: list[Operand]) -> None:
        size = _number(operands[1])
        if not 0 < size <= SIZE_POINTS_MAX:
            raise Unreadable("type has a size")
        self._state.font = str(operands[0])
        self._state.size = size

    def set_place(self, operands: list[Operand]) -> None:
        self._line = Matrix(*_numbers(operands))

    def show(self, operands: list[Operand]) -> None:
        state = self._state
        if self._line is None or not state.font:
            raise Unreadable("text is shown after its font and its place are set")
        whole = self._line.then(state.matrix)
        if max(abs(whole.a - 1), abs(whole.b), abs(whole.c), abs(whole.d - 1)) > EXACT:
            raise Unreadable("text is upright and of the size that is set")
        pieces = operands[0] if isinstance(operands[0], list) else operands
        codes: list[int] = []
        starts: list[float] = []
        x = whole.e
        for piece in pieces:
            if isinstance(piece, bytes):
                own = struct.unpack(f">{len(piece) // 2}H", piece)
                codes += own
                x = self._advance(own, starts, x)
            else:
                x -= _number(piece) / 1000 * state.size
        self._line = None  # a paper sets the place of every text
        if not codes:
            raise Unreadable("a text shows something")
        self._show(tuple(codes), tuple(starts), whole.f)

    def _advance(self, codes: tuple[int, ...], starts: list[float], x: float) -> float:
        """Note where each code begins, from `x` on; give where the last one ends."""
        state = self._state
        advances = self._advances.get(state.font)
        if advances is None:
            raise Unreadable("a text is set in a font the page does not name")
        scale, tracking = state.size / 1000, state.tracking
        try:
            for code in codes:
                starts.append(x)
                x += advances[code] * scale + tracking
        except KeyError as error:
            raise Unreadable("a text has a code without a width") from error
        return x

    def _show(self, codes: tuple[int, ...], starts: tuple[float, ...], baseline: float) -> None:
        state = self._state
        if self._in_actual and len(self._actual) != len(codes):
            raise Unreadable("a text is said to stand for as many characters as it has")
        own = (state.font, state.size, codes, starts, baseline, state.fill, state.clips, self._actual)
        self._mark(ShownText(*own))
        self._actual = ()


def _number(operand: object) -> float:
    if not isinstance(operand, float):
        raise Unreadable("an operand is a number")
    return operand


def _numbers(operands: list[Operand]) -> list[float]:
    return [_number(operand) for operand in operands]


def _choice(operand: Operand) -> int:
    if operand not in {0.0, 1.0, 2.0}:
        raise Unreadable("a line has one of three ends and corners")
    return int(_number(operand))


def _stepping(name: str) -> Callable[[_Machine, list[Operand]], None]:
    return lambda machine, operands: machine.step(name, operands)


def _painting(*, fill: bool, stroke: bool) -> Callable[[_Machine, list[Operand]], None]:
    return lambda machine, _: machine.paint(fill=fill, stroke=stroke)


_OPERATORS: Mapping[str, tuple[tuple[type, ...], Callable[[_Machine, list[Operand]], None]]] = {
    "q": ((), _Machine.save),
    "Q": ((), _Machine.restore),
    "cm": ((float,) * 6, _Machine.transform),
    "w": ((float,), _Machine.set_width),
    "J": ((float,), _Machine.set_cap),
    "j": ((float,), _Machine.set_join),
    "M": ((float,), _Machine.set_miter),
    "d": ((list, float), _Machine.set_dashes),
    "g": ((float,), _Machine.set_fill),
    "G": ((float,), _Machine.set_stroke),
    "cs": ((str,), _Machine.fill_space),
    "CS": ((str,), _Machine.stroke_space),
    "scn": ((float,), _Machine.fill_in_space),
    "SCN": ((float,), _Machine.stroke_in_space),
    "m": ((float,) * 2, _stepping("m")),
    "l": ((float,) * 2, _stepping("l")),
    "c": ((float,) * 6, _stepping("c")),
    "h": ((), _stepping("h")),
    "W": ((), _Machine.clip),
    "n": ((), _painting(fill=False, stroke=False)),
    "f": ((), _painting(fill=True, stroke=False)),
    "S": ((), _painting(fill=False, stroke=True)),
    "B": ((), _painting(fill=True, stroke=True)),
    "Do": ((str,), _Machine.show_drawing),
    "BT": ((), _Machine.begin_text),
    "ET": ((), _Machine.end_text),
    "EMC": ((), _Machine.end_actual),
    "Tr": ((float,), _Machine.set_mode),
    "Tc": ((float,), _Machine.set_tracking),
    "Tf": ((str, float), _Machine.set_font),
    "Tm": ((float,) * 6, _Machine.set_place),
    "Tj": ((bytes,), _Machine.show),
    "TJ": ((list,), _Machine.show),
}
_OF_PATHS = frozenset({"m", "l", "c", "h", "W", "n", "f", "S", "B"})
_OF_TEXTS = frozenset({"ET", "EMC", "Tr", "Tf", "Tm", "Tj", "TJ"})
_EVERYWHERE = frozenset({"Tc"})
