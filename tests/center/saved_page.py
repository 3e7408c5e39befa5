"""The page of verification as a browser saves it."""

from __future__ import annotations

import io

from PIL import Image


def saved(picture: Image.Image, kind: str = "PNG", **how) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **how)
    return out.getvalue()
