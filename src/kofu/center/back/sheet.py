"""Put the backs behind the fronts without touching one byte of the ward's document.

The backs are an incremental update (ISO 32000-1, 7.5.6): the ward's bytes stand first and as they are, so that their
digest can still be compared by everybody the document passes. Printed on both sides, each front gets its own back.
"""

from __future__ import annotations

import hashlib
import io
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import zxingcpp
from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from kofu.center.back.symbols import BLOCK_MM
from kofu.core.errors import PeerFault, ensure
from kofu.platform.fonts import read_font
from kofu.press.engine import Press

FORMS_ROOT = Path(__file__).resolve().parent / "forms"
BLOCK_TOP_MM = 32.5
PAGE_MM = (210.0, 297.0)
ADDRESS_CHARACTERS_MAX = 70
_POINTS_PER_MM = 72 / 25.4
_BLOCK_NAME = pdf_name("/KofuScrambled")
_MADE = datetime(2026, 1, 1, tzinfo=UTC)  # the empty back is the same on every day


class _Update(IncrementalPdfFileWriter):
    """An update that is the same on every day: no clock and no chance in it, and the ward's metadata as they are."""

    def bear(self, digest: bytes) -> None:
        """Take the second part of the file's identity from `digest`; the first stays the ward's, where it has one."""
        first = self._document_id[0] if "/ID" in self.prev.trailer else generic.ByteStringObject(digest[:16])
        self._document_id = generic.ArrayObject([first, generic.ByteStringObject(digest[16:])])

    def _update_meta(self) -> None:
        """Leave information and XMP alone: they are the ward's, and pyHanko would write today's date into them."""


class Sheets:
    """The empty back, made once, and the laying of symbols into it."""

    def __init__(self, font: Path, address: str) -> None:
        """`address`: of the verification page, printed on each back."""
        ensure(len(address) <= ADDRESS_CHARACTERS_MAX, "the address of the verification page fits on its line")
        code = zxingcpp.create_barcode(address, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
        drawing = zxingcpp.write_barcode_to_svg(code)
        press = Press(read_font(font), FORMS_ROOT)
        self._empty = press.render(
            "back", "v1", {"address": address}, {"address_svg": drawing[drawing.index("<svg") :]}, _MADE
        )

    def add_backs(self, front: bytes, blocks: Sequence[Image.Image]) -> bytes:
        """Give the document with a back behind each page. Raises `PeerFault` where it cannot be added to."""
        try:
            writer = _Update(io.BytesIO(front))
            writer.bear(hashlib.sha256(front + b"".join(block.tobytes() for block in blocks)).digest())
            empty = PdfFileReader(io.BytesIO(self._empty)).root["/Pages"]["/Kids"][0]
            resources = generic.DictionaryObject(writer.import_object(empty["/Resources"].get_object()))
            contents = writer.add_object(writer.import_object(empty["/Contents"].get_object()))
            for number, block in enumerate(blocks):
                writer.insert_page(_back(writer, resources, contents, block), after=2 * number)
            out = io.BytesIO()
            writer.write(out)
        except (PdfError, KeyError, ValueError, TypeError, IndexError) as error:
            raise PeerFault("front_unreadable", "the ward's document cannot be added to") from error
        whole = out.getvalue()
        ensure(whole.startswith(front), "the ward's document stands first, unchanged")
        return whole


def _back(
    writer: IncrementalPdfFileWriter,
    resources: generic.DictionaryObject,
    contents: generic.IndirectObject,
    block: Image.Image,
) -> generic.DictionaryObject:
    own = generic.DictionaryObject(resources)
    pictures = generic.DictionaryObject(own.get("/XObject", generic.DictionaryObject()))
    pictures[_BLOCK_NAME] = writer.add_object(_picture(block))
    own[pdf_name("/XObject")] = pictures
    width, height = (side * _POINTS_PER_MM for side in BLOCK_MM)
    left = (PAGE_MM[0] - BLOCK_MM[0]) / 2 * _POINTS_PER_MM
    bottom = (PAGE_MM[1] - BLOCK_TOP_MM) * _POINTS_PER_MM - height
    placed = f"\nq {width:.4f} 0 0 {height:.4f} {left:.4f} {bottom:.4f} cm {_BLOCK_NAME} Do Q\n".encode("ascii")
    block_contents = writer.add_object(generic.StreamObject(stream_data=placed))
    return generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Page"),
            pdf_name("/MediaBox"): generic.ArrayObject(
                [generic.FloatObject(value) for value in (0, 0, *(round(side * _POINTS_PER_MM, 3) for side in PAGE_MM))]
            ),
            pdf_name("/Resources"): own,
            pdf_name("/Contents"): generic.ArrayObject([contents, block_contents]),
        }
    )


def _picture(block: Image.Image) -> generic.StreamObject:
    values = {
        "/Type": pdf_name("/XObject"),
        "/Subtype": pdf_name("/Image"),
        "/Width": generic.NumberObject(block.width),
        "/Height": generic.NumberObject(block.height),
        "/ColorSpace": pdf_name("/DeviceGray"),
        "/BitsPerComponent": generic.NumberObject(1),
        "/Filter": pdf_name("/FlateDecode"),
    }
    return generic.StreamObject(
        {pdf_name(name): value for name, value in values.items()}, encoded_data=zlib.compress(block.tobytes(), 6)
    )
