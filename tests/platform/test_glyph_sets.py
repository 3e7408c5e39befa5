"""A glyph set is taken only as the ledger signed it, whole, for this municipality, and never an older one."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.certificates.drawings import BOTH, EXCHANGED, PRIVATE, TSUJI, WITH_A_DOT, set_of

from kofu.contracts.glyph_set import (
    GLYPH_SET_FONT,
    GLYPH_SET_MANIFEST,
    GLYPH_SET_SIGNATURE,
    decode_glyph_set,
    encode_glyph_set,
)
from kofu.core.errors import OperatorFault, PeerFault
from kofu.core.font_file import FontFile
from kofu.platform.glyph_sets import HeldSet, held_fonts, held_glyph_set, take_glyph_set, write_glyph_set
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


def taken(folder: Path, into: Path, ward: str = WARD) -> HeldSet:
    return take_glyph_set(folder, KEY.public_key(), municipality_code=ward, characters_of=clusters_of, into=into)


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "var" / "glyphs"


def test_what_the_ledger_sent_is_held_as_it_was_sent(tmp_path: Path, into: Path) -> None:
    assert held_glyph_set(into) is None
    took = taken(sent(tmp_path), into)
    assert held_glyph_set(into) == took
    assert took.font == BOTH


def test_the_same_set_again_changes_nothing(tmp_path: Path, into: Path) -> None:
    assert taken(sent(tmp_path), into) == taken(sent(tmp_path), into)


def test_the_newest_is_in_force_and_an_older_one_never_comes_back(tmp_path: Path, into: Path) -> None:
    first, second = sent(tmp_path), sent(tmp_path, set_of((TSUJI, None), (PRIVATE, WITH_A_DOT)), 2)
    taken(first, into)
    newer = taken(second, into)
    with pytest.raises(PeerFault, match="version 2 is held already"):
        taken(first, into)
    assert held_glyph_set(into) == newer
    assert held_fonts(into) == (newer.font, BOTH), "a paper of then is derived again with the set of then"


def test_a_set_of_the_same_version_that_says_otherwise_is_refused(tmp_path: Path, into: Path) -> None:
    taken(sent(tmp_path / "a"), into)
    with pytest.raises(PeerFault, match="held already"):
        taken(sent(tmp_path / "b", EXCHANGED), into)


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
def test_what_the_ledger_did_not_sign_is_refused(tmp_path: Path, into: Path, spoil) -> None:
    folder = sent(tmp_path)
    spoil(folder)
    with pytest.raises(PeerFault) as refused:
        taken(folder, into)
    assert refused.value.code == "glyph_set_refused"
    assert held_glyph_set(into) is None


def test_another_municipalitys_set_is_refused(tmp_path: Path, into: Path) -> None:
    with pytest.raises(PeerFault, match="another municipality"):
        taken(sent(tmp_path), into, ward="131130")


def test_a_set_that_was_laid_over_after_it_was_taken_is_damaged(tmp_path: Path, into: Path) -> None:
    taken(sent(tmp_path), into)
    (into / "glyphs-000001" / GLYPH_SET_FONT).write_bytes(EXCHANGED.data)
    with pytest.raises(OperatorFault) as damaged:
        held_glyph_set(into)
    assert damaged.value.code == "glyph_set_damaged"
