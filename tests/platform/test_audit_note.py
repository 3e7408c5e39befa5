"""Signed notes and checkpoints, against the examples of their specifications (c2sp.org)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from kofu.platform.audit_note import (
    LOG_KEY,
    WITNESS_KEY,
    Checkpoint,
    Note,
    NoteError,
    NoteKey,
    cosign,
    read_checkpoint,
    read_note,
    sign,
)

# golang.org/x/mod/sumdb/note: the key and the note of its documentation, the first program that wrote this format
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
EXAMPLE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"  # noqa: E501 - the published line
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"  # noqa: E501 - the published line
)
AT = datetime(2026, 11, 29, 3, tzinfo=UTC)


def test_the_published_note_is_verified_by_its_published_key_and_no_changed_one_is():
    key = NoteKey.read(PETER)
    assert read_note(NOTE.encode()).signed_by(key)
    assert not read_note(NOTE.replace("answer", "Answer").encode()).signed_by(key)
    assert key.text() == PETER


def test_the_example_of_the_specification_is_read_and_written_as_it_is():
    note = read_note(EXAMPLE.encode())
    assert note.data() == EXAMPLE.encode()
    checkpoint = read_checkpoint(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text() == note.text


def test_a_witness_says_when_and_only_its_own_key_is_believed():
    log, witness = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    text = Checkpoint("ward/issuing", 5, bytes(32)).text()
    lines = (sign(text, "ward/issuing", log), cosign(text, "bureau", witness, AT))
    note = read_note(Note(text, lines).data())
    key = NoteKey.of("bureau", WITNESS_KEY, witness.public_key())
    assert note.witnessed_at(key) == AT
    assert note.signed_by(NoteKey.of("ward/issuing", LOG_KEY, log.public_key()))
    assert note.witnessed_at(NoteKey.of("bureau", WITNESS_KEY, log.public_key())) is None
    assert note.witnessed_at(NoteKey.of("other", WITNESS_KEY, witness.public_key())) is None
    later = Note(note.text, (*note.lines, cosign(text, "bureau", witness, AT + timedelta(hours=1))))
    assert later.witnessed_at(key) == AT + timedelta(hours=1)
    stamped = bytearray(note.lines[1][1])
    stamped[11] ^= 1  # the time, inside what was signed
    assert Note(note.text, (("bureau", bytes(stamped)),)).witnessed_at(key) is None


@pytest.mark.parametrize(
    "data",
    [b"", b"text\n", b"text\n\n", b"a\n\n- name AAAA\n", "a\n\n— name\n".encode(), "a\n\n— name ???\n".encode(),
     b"\xff", "a\x00\n\n— name AAAA\n".encode()],
)  # fmt: skip
def test_what_is_no_note_is_the_peer_s_fault(data):
    with pytest.raises(NoteError):
        read_note(data)


@pytest.mark.parametrize(
    "text", ["a\n1\n", "a\n01\nAAAA\n", "a\n-1\nAAAA\n", "a\n1\nAAAA\n", "\n1\n\n", "a\n9999999999999999999\nx\n"]
)
def test_what_is_no_checkpoint_is_refused(text):
    with pytest.raises(NoteError):
        read_checkpoint(text)
