"""Glyph sets (外字の組) as folders: written and signed by the ledger, verified by who draws papers at kiosks."""

from __future__ import annotations

import base64
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kofu.contracts.glyph_set import (
    GLYPH_SET_FONT,
    GLYPH_SET_MANIFEST,
    GLYPH_SET_SIGNATURE,
    GlyphSetManifest,
    decode_glyph_set,
    encode_glyph_set,
)
from kofu.core.errors import PeerFault
from kofu.core.font_file import FontFile
from kofu.core.names import code_points_of
from kofu.platform.message_keys import MessageKey

FONT_BYTES_MAX = 20_000_000
PREFIX = "glyphs-"


@dataclass(frozen=True, slots=True)
class KeptGlyphSet:
    """A set as it was taken: what it says of itself, and its font."""

    manifest: GlyphSetManifest
    font: FontFile


@dataclass(frozen=True, slots=True)
class DeliveredSet:
    """A set that was verified, with the bytes that were signed and their signature as they came."""

    kept: KeptGlyphSet
    manifest_bytes: bytes
    signature: bytes


def set_folder(parent: Path, version: int) -> Path:
    """Name the folder of a set below `parent`."""
    return parent / f"{PREFIX}{version:06d}"


def write_glyph_set(
    parent: Path,
    font: FontFile,
    key: MessageKey,
    *,
    municipality_code: str,
    version: int,
    characters: tuple[str, ...],
    made_at: datetime,
) -> Path:
    """Write a set into a folder of its own below `parent`, signed; give the folder. One that is there stays."""
    folder = set_folder(parent, version)
    if folder.exists():
        return folder
    manifest = GlyphSetManifest(
        municipality_code=municipality_code,
        version=version,
        sha256=font.sha256,
        characters=characters,
        made_at=made_at,
    )
    data = encode_glyph_set(manifest)
    files = {
        GLYPH_SET_FONT: font.data,
        GLYPH_SET_MANIFEST: data,
        GLYPH_SET_SIGNATURE: base64.b64encode(key.sign(data)),
    }
    _lay(folder, files)
    return folder


def read_glyph_set(
    folder: Path,
    key: Ed25519PublicKey,
    *,
    municipality_code: str,
    characters_of: Callable[[FontFile], frozenset[str]],
) -> DeliveredSet:
    """Read and verify a set. `characters_of`: what a font draws.

    Raises `PeerFault` `glyph_set_refused`, which says what is wrong: no signature of the ledger's, another
    municipality's, another font than it says, other characters.
    """
    read = _read(folder, key)
    if read.kept.manifest.municipality_code != municipality_code:
        raise _refused("it is another municipality's")
    drawn = sorted(map(code_points_of, characters_of(read.kept.font)))
    if drawn != sorted(read.kept.manifest.characters):
        raise _refused("its font draws other characters than it says")
    return read


def _read(folder: Path, key: Ed25519PublicKey) -> DeliveredSet:
    try:
        data = (folder / GLYPH_SET_MANIFEST).read_bytes()
        signature = (folder / GLYPH_SET_SIGNATURE).read_bytes()
        key.verify(base64.b64decode(signature.strip(), validate=True), data)
        manifest = decode_glyph_set(data)
        path = folder / GLYPH_SET_FONT
        if path.stat().st_size > FONT_BYTES_MAX:
            raise _refused(f"its font has more than {FONT_BYTES_MAX:,} bytes")
        font = FontFile.of(GLYPH_SET_FONT, path.read_bytes())
    except OSError as error:
        raise _refused(f"{Path(error.filename).name} cannot be read") from error
    except InvalidSignature as error:
        raise _refused("the ledger's key did not sign it") from error
    except (ValueError, msgspec.MsgspecError) as error:
        raise _refused(f"it cannot be read: {type(error).__name__}") from error
    if font.sha256 != manifest.sha256:
        raise _refused("its font is not the one that was signed")
    return DeliveredSet(KeptGlyphSet(manifest, font), data, signature)


def _lay(folder: Path, files: dict[str, bytes]) -> None:
    """Lay a folder down whole: it has its name only when everything is in it and on the disk."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        for name, data in files.items():
            with (unfinished / name).open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        unfinished.chmod(0o750)
        unfinished.rename(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _refused(why: str) -> PeerFault:
    return PeerFault("glyph_set_refused", f"the glyph set is not taken: {why}; ask who sent it for the newest one")
