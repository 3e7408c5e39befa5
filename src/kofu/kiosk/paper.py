"""Pages as pictures for the screen, drawn in memory from the bytes that came."""

from __future__ import annotations

import io
from threading import Lock

import pypdfium2

#: PDFium is not made for several threads at once.
_ONE_AT_A_TIME = Lock()
PIXELS_PER_POINT = 1.6


def page_picture(pdf: bytes, index: int) -> bytes:
    """Draw page `index` (from 0) as PNG. Nothing touches a disk."""
    with _ONE_AT_A_TIME:
        document = pypdfium2.PdfDocument(pdf)
        try:
            picture = document[index].render(scale=PIXELS_PER_POINT).to_pil()
        finally:
            document.close()
    out = io.BytesIO()
    picture.save(out, format="PNG")
    return out.getvalue()
