"""The signed code as a reader sees it: its black squares as they are drawn, decoded and compared with the facts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import zxingcpp
from PIL import Image

from kofu.certificates.authenticity import CodeRefused, CodeStatement, digest_of, from_text, read_code
from kofu.certificates.code_facts import FACTS
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look.form_ink import PLACE_TOLERANCE, same_path
from kofu.certificates.last_look.layout import Box
from kofu.certificates.last_look.marks import BLACK, CodeSquares, Drawn, PathSegment
from kofu.certificates.last_look.mismatch import MismatchKind, PaperDifference
from kofu.certificates.last_look.wording import ExpectedTexts
from kofu.certificates.signing_keys import PublicKey

QUIET = 4  # modules of white on every side (ISO/IEC 18004)
SIDES = range(21 + 2 * QUIET, 177 + 2 * QUIET + 1, 4)  # modules of a side, with the white
MODULE_TOLERANCE = 0.02  # of a module
_PIXELS = 4
_POINTS_PER_MM = 72 / 25.4
_QR = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
_RECTANGLE = "mlllh"


def code_faults(
    order: CertificateOrder,
    expected: ExpectedTexts,
    drawn: Drawn | CodeSquares | None,
    *,
    pages: int,
    box: Box,
    page_height: float,
    keys: Sequence[PublicKey],
) -> list[PaperDifference]:
    """Compare the code drawn in `box` (mm) of the last page with the order: one code, signed, saying these facts."""
    picture = None
    if isinstance(drawn, Drawn):
        picture = _picture_of_path(drawn, box, page_height)
    elif drawn is not None:
        picture = _picture_of_squares(drawn, box, page_height)
    text = None if picture is None else _decoded(picture)
    if text is not None:
        try:
            statement = read_code(from_text(text), keys)
        except CodeRefused:
            return [PaperDifference(pages, "signed_code", MismatchKind.CODE)]
        if _says_the_facts(statement, order, expected, pages):
            return []
    return [PaperDifference(pages, "signed_code", MismatchKind.CODE)]


def _decoded(picture: Image.Image) -> str | None:
    codes = zxingcpp.read_barcodes(picture, formats=_QR, try_invert=False)
    return codes[0].text if len(codes) == 1 and _is_whole(picture, codes[0].text) else None


def _picture_of_squares(drawn: CodeSquares, box: Box, page_height: float) -> Image.Image | None:
    """Draw a code that was read as stretches of one grid; None where that does not fill the box, or they leave it."""
    side, places = drawn.side, (drawn.x, drawn.top, drawn.unit * drawn.side)
    edges = (box.left, page_height / _POINTS_PER_MM - box.top, box.right - box.left)
    if side not in SIDES or any(
        abs(place - edge * _POINTS_PER_MM) > PLACE_TOLERANCE for place, edge in zip(places, edges, strict=True)
    ):
        return None
    grid = bytearray(b"\xff" * side * side)
    for row, left, right in drawn.stretches:
        if not (0 <= left < right <= side and 0 <= row < side):
            return None
        grid[row * side + left : row * side + right] = bytes(right - left)
    picture = Image.frombytes("L", (side, side), bytes(grid))
    return picture.resize((side * _PIXELS, side * _PIXELS), Image.Resampling.NEAREST)


def _picture_of_path(drawn: Drawn, box: Box, page_height: float) -> Image.Image | None:
    """Draw a code from its squares, each a whole number of modules in one grid; None where it is no such drawing."""
    left, top, side = (value * _POINTS_PER_MM for value in (box.left, box.top, box.right - box.left))
    top = page_height - top
    corners = ((left, top), (left + side, top), (left + side, top - side), (left, top - side))
    edge = (*(PathSegment("l" if index else "m", at) for index, at in enumerate(corners)), PathSegment("h", ()))
    if drawn.fill != BLACK or drawn.pen is not None or len(drawn.clips) != 1 or not same_path(drawn.clips[0], edge):
        return None
    rectangles = _rectangles(drawn)
    if not rectangles:
        return None
    height = min(bottom - above for _, above, _, bottom in (_edges(one, left, top) for one in rectangles))
    modules = round(side / height) if height > 0 else 0
    if modules not in SIDES:
        return None
    picture = Image.new("L", (modules * _PIXELS, modules * _PIXELS), 255)
    for rectangle in rectangles:
        edges = [value / side * modules for value in _edges(rectangle, left, top)]
        x, y, right, bottom = whole = [round(value) for value in edges]
        if any(abs(value - near) > MODULE_TOLERANCE for value, near in zip(edges, whole, strict=True)):
            return None
        if not (0 <= x < right <= modules and 0 <= y < bottom <= modules):
            return None
        picture.paste(0, (x * _PIXELS, y * _PIXELS, right * _PIXELS, bottom * _PIXELS))
    return picture


def _is_whole(picture: Image.Image, text: str) -> bool:
    """Whether every square is that of the text's own code: a reader mends some, a person sees them."""
    code = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M").to_image(add_quiet_zones=False)
    side = code.shape[0]
    whole = Image.new("L", (side + 2 * QUIET, side + 2 * QUIET), 255)
    whole.paste(Image.frombytes("L", (side, side), memoryview(code).tobytes()), (QUIET, QUIET))  # type: ignore[arg-type]  # it is a buffer
    return picture.resize(whole.size, Image.Resampling.NEAREST).tobytes() == whole.tobytes()


def _rectangles(drawn: Drawn) -> list[tuple[PathSegment, ...]]:
    """Cut a path into its rectangles; none where it is anything else."""
    path = drawn.path
    pieces = [path[at : at + 5] for at in range(0, len(path), 5)]
    return pieces if all("".join(one.step for one in piece) == _RECTANGLE for piece in pieces) else []


def _edges(rectangle: Sequence[PathSegment], left: float, top: float) -> tuple[float, float, float, float]:
    """Give left, upper, right and lower edge, from the upper left corner; a rectangle askew has no width."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = (segment.points for segment in rectangle[:4])
    if max(abs(y0 - y1), abs(x1 - x2), abs(y2 - y3), abs(x3 - x0)) > MODULE_TOLERANCE or x1 <= x0 or y2 >= y1:
        return 0.0, 0.0, 0.0, 0.0
    return x0 - left, top - y0, x2 - left, top - y2


def _says_the_facts(statement: CodeStatement, order: CertificateOrder, expected: ExpectedTexts, pages: int) -> bool:
    texts = expected.by_field(pages)
    facts = [(label, texts[name]) for name, label in FACTS[order.kind] if texts.get(name)]
    day: date = order.as_of
    return (
        (statement.certificate_number, statement.title, statement.fiscal_year, statement.issued_on, statement.office)
        == (order.certificate_number, texts["title"], order.fiscal_year, day, order.authority.office)
        and list(statement.facts) == facts[: len(statement.facts)]
        and len(statement.facts) + statement.left_out == len(facts)
        and statement.digest == digest_of(texts)
    )
