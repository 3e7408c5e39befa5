"""A glyph set is read only as the ledger signed it, whole, for this municipality."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.certificates.drawings import BOTH, EXCHANGED, PRIVATE, TSUJI

from kofu.contracts.glyph_set import (
    GLYPH_SET_FONT,
    GLYPH_SET_MANIFEST,
    GLYPH_SET_SIGNATURE,
    decode_glyph_set,
    encode_glyph_set,
)
from kofu.core.errors import PeerFault
from kofu.core.font_file import FontFile
from kofu.platform.glyph_sets import KeptGlyphSet, read_glyph_set, write_glyph_set
from kofu.press.glyph_font import clusters_of

WARD = "139998"
KEY = Ed25519PrivateKey.generate()
MADE = datetime(2026, 11, 20, 3, tzinfo=UTC)
POINTS = {TSUJI: "U+8FBB U+E0100", PRIVATE: "U+E123"}


def sent(parent: Path, font: FontFile = BOTH, version: int = 1, key: Ed25519PrivateKey = KEY) -> Path:
    characters = tuple(sorted(POINTS[cluster] for cluster in clusters_of(font)))
    return write_glyph_set(
        parent, font, key, municipality_code=WARD, version=version, characters=characters, made_at=MADE
    )


def read(folder: Path, ward: str = WARD) -> KeptGlyphSet:
    return read_glyph_set(folder, KEY.public_key(), municipality_code=ward, characters_of=clusters_of).kept


def test_what_the_ledger_sent_is_read_as_it_was_sent(tmp_path: Path) -> None:
    held = read(sent(tmp_path))
    assert (held.font, held.manifest.version) == (BOTH, 1)


def test_a_set_that_lies_there_is_not_written_again(tmp_path: Path) -> None:
    first = sent(tmp_path)
    assert (sent(tmp_path, EXCHANGED), read(first).font) == (first, BOTH)


def spoiled_signature(folder: Path) -> None:
    other = Ed25519PrivateKey.generate()
    (folder / GLYPH_SET_SIGNATURE).write_bytes(base64.b64encode(other.sign((folder / GLYPH_SET_MANIFEST).read_bytes())))


def no_signature(folder: Path) -> None:
    (folder / GLYPH_SET_SIGNATURE).unlink()


def another_font(folder: Path) -> None:
    (folder / GLYPH_SET_FONT).write_bytes(EXCHANGED.data)


def changed_word(folder: Path) -> None:
    path = folder / GLYPH_SET_MANIFEST
    path.write_bytes(path.read_bytes().replace(b'"version": 1', b'"version": 9'))


def other_characters(folder: Path) -> None:
    path = folder / GLYPH_SET_MANIFEST
    data = encode_glyph_set(msgspec.structs.replace(decode_glyph_set(path.read_bytes()), characters=("U+8FBB",)))
    path.write_bytes(data)
    (folder / GLYPH_SET_SIGNATURE).write_bytes(base64.b64encode(KEY.sign(data)))


@pytest.mark.parametrize("spoil", [spoiled_signature, no_signature, another_font, changed_word, other_characters])
def test_what_the_ledger_did_not_sign_is_refused(tmp_path: Path, spoil) -> None:
    folder = sent(tmp_path)
    spoil(folder)
    with pytest.raises(PeerFault) as refused:
        read(folder)
    assert refused.value.code == "glyph_set_refused"


def test_another_municipalitys_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PeerFault, match="another municipality"):
        read(sent(tmp_path), ward="131130")
