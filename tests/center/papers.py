"""A ward's paper and the maker of its back, for the tests of the centre."""

from __future__ import annotations

import functools
import hashlib
import io
from datetime import date

import pikepdf

from kofu.center.back.keys import BackKey, BackKeys
from kofu.center.back.make import Backs
from kofu.center.back.sheet import Sheets
from kofu.contracts.issuing import Document
from kofu.platform.fonts import find_font

SECRET_NAME = "MIHON HITARO 4910400"
KEY = BackKey(date(2026, 1, 1), bytes(range(32)))
NUMBER = "20261123-139998-000000001"


@functools.cache
def front(pages: int = 1) -> bytes:
    """Write a PDF that says a name and many figures, uncompressed: whatever keeps it can be found out."""
    pdf = pikepdf.new()
    font = pdf.make_indirect(
        pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    )
    for number in range(1, pages + 1):
        page = pdf.add_blank_page(page_size=(595.276, 841.89))
        lines = [f"/F1 20 Tf 60 780 Td ({SECRET_NAME} {number}) Tj /F1 9 Tf"]
        lines += [f"0 -12 Td ({line * 8_191_357 % 10**9:011_} " + "yen of tax, paid) Tj" for line in range(60)]
        page.obj.Contents = pdf.make_stream(f"BT {' '.join(lines)} ET".encode())
        page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    out = io.BytesIO()
    pdf.save(out, compress_streams=False)
    return out.getvalue()


def document(pages: int = 1) -> Document:
    """Give the ward's document."""
    pdf = front(pages)
    return Document(certificate_number=NUMBER, pages=pages, sha256=hashlib.sha256(pdf).hexdigest(), pdf=pdf)


@functools.cache
def backs() -> Backs:
    """Give the maker of backs; the empty back is drawn once."""
    return Backs(Sheets(find_font(), "https://kakunin.example/"), BackKeys({KEY.key_id: KEY}))
