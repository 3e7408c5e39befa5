"""The glyph set (外字の組): a municipality's drawn glyphs on their way from the ledger to whoever draws its papers.

A folder, whole or not there::

    glyphs-000003/
        glyphs.json        version, digest and characters of the font, encoded canonically
        glyphs.sig         Ed25519 signature over those bytes by the ledger's key of feeds, base64
        kofu-glyphs.ttf    the font

Versions count up. A receiver takes no version it has passed: an older set would draw what was withdrawn.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

GLYPH_SET_MANIFEST = "glyphs.json"
GLYPH_SET_SIGNATURE = "glyphs.sig"
GLYPH_SET_FONT = "kofu-glyphs.ttf"


class GlyphSetManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a set is. `characters` as code points, `U+8FBB U+E0100`, in their order; `sha256` (hex) of the font."""

    format: Literal["kofu-glyph-set/1"] = "kofu-glyph-set/1"
    municipality_code: str
    version: int
    sha256: str
    characters: tuple[str, ...]
    made_at: datetime


def encode_glyph_set(manifest: GlyphSetManifest) -> bytes:
    """Give the canonical bytes that are written and signed."""
    return msgspec.json.format(msgspec.json.encode(manifest, order="sorted"), indent=2) + b"\n"


def decode_glyph_set(data: bytes) -> GlyphSetManifest:
    """Read a manifest. Raises `msgspec.ValidationError` or `msgspec.DecodeError` naming the place."""
    return msgspec.json.decode(data, type=GlyphSetManifest)
