"""Glyph sets (外字の組) on the disk: written and signed by the ledger, verified and held by who draws papers at kiosks.

Sets that were taken stay, by their version: a paper of an earlier day is derived again with the set of then. The one in
force is that of the highest version; a process reads it once, at its start, and states its digest (P8).
"""

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
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from kofu.contracts.glyph_set import (
    GLYPH_SET_FONT,
    GLYPH_SET_MANIFEST,
    GLYPH_SET_SIGNATURE,
    GlyphSetManifest,
    decode_glyph_set,
    encode_glyph_set,
)
from kofu.core.errors import OperatorFault, PeerFault
from kofu.core.font_file import FontFile
from kofu.platform.settings import var_dir

FONT_BYTES_MAX = 20_000_000
PREFIX = "glyphs-"


@dataclass(frozen=True, slots=True)
class HeldSet:
    """A set as it was taken: what it says of itself, and its font."""

    manifest: GlyphSetManifest
    font: FontFile


def held_dir() -> Path:
    """Folder of the sets this deployment has taken."""
    return var_dir() / "glyphs"


def write_glyph_set(
    parent: Path,
    font: FontFile,
    key: Ed25519PrivateKey,
    *,
    municipality_code: str,
    version: int,
    characters: tuple[str, ...],
    made_at: datetime,
) -> Path:
    """Write a set into a folder of its own below `parent`, signed; give the folder. One that is there stays."""
    folder = parent / f"{PREFIX}{version:06d}"
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


def take_glyph_set(
    folder: Path,
    key: Ed25519PublicKey,
    *,
    municipality_code: str,
    characters_of: Callable[[FontFile], frozenset[str]],
    into: Path,
) -> HeldSet:
    """Verify a set and hold it from now on. The same one again changes nothing.

    `characters_of`: what a font draws. Raises `PeerFault` `glyph_set_refused`, which says what is wrong: no signature
    of the ledger's, another municipality's, another font than it says, other characters, a version that was passed.
    """
    read = _read(folder, key)
    manifest, font = read.manifest, read.font
    if manifest.municipality_code != municipality_code:
        raise _refused("it is another municipality's")
    drawn = sorted(" ".join(f"U+{ord(one):04X}" for one in cluster) for cluster in characters_of(font))
    if drawn != sorted(manifest.characters):
        raise _refused("its font draws other characters than it says")
    held = held_glyph_set(into)
    if held is not None and held.manifest.version >= manifest.version:
        if held.manifest == manifest:
            return held
        raise _refused(f"version {held.manifest.version} is held already: an older set never comes back")
    _lay(
        into / f"{PREFIX}{manifest.version:06d}",
        {
            GLYPH_SET_FONT: font.data,
            GLYPH_SET_MANIFEST: encode_glyph_set(manifest),
            GLYPH_SET_SIGNATURE: (folder / GLYPH_SET_SIGNATURE).read_bytes(),
        },
    )
    return read


def held_glyph_set(where: Path) -> HeldSet | None:
    """Give the set in force, None where none was taken. Raises `OperatorFault` for one that is damaged."""
    folders = sorted(where.glob(f"{PREFIX}[0-9]*"))
    return _held(folders[-1]) if folders else None


def held_fonts(where: Path) -> tuple[FontFile, ...]:
    """Give the fonts of every set that was taken, the one in force first. Raises `OperatorFault` for a damaged one."""
    return tuple(_held(folder).font for folder in sorted(where.glob(f"{PREFIX}[0-9]*"), reverse=True))


def drawn_glyphs() -> FontFile | None:
    """Give the registered glyphs this deployment draws with."""
    held = held_glyph_set(held_dir())
    return None if held is None else held.font


def _held(folder: Path) -> HeldSet:
    try:
        manifest = decode_glyph_set((folder / GLYPH_SET_MANIFEST).read_bytes())
        font = FontFile.of(GLYPH_SET_FONT, (folder / GLYPH_SET_FONT).read_bytes())
    except (OSError, msgspec.MsgspecError) as error:
        raise _damaged(folder) from error
    if font.sha256 != manifest.sha256:
        raise _damaged(folder)
    return HeldSet(manifest, font)


def _read(folder: Path, key: Ed25519PublicKey) -> HeldSet:
    try:
        data = (folder / GLYPH_SET_MANIFEST).read_bytes()
        key.verify(base64.b64decode((folder / GLYPH_SET_SIGNATURE).read_bytes().strip(), validate=True), data)
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
    return HeldSet(manifest, font)


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


def _damaged(folder: Path) -> OperatorFault:
    return OperatorFault(
        "glyph_set_damaged",
        f"{folder.name} below {folder.parent} is not as it was taken; take it in again from the ledger's export",
    )
