"""An entry is proven to somebody who has neither the log nor the network."""

from __future__ import annotations

import base64

import pytest
from tests.platform.anchored_log import open_log

from kofu.core.errors import OperatorFault
from kofu.platform.audit_note import read_checkpoint, read_note
from kofu.platform.audit_proof import ProofWrongError, check_entry, prove_entry, prove_growth
from kofu.platform.audit_tree import proves_consistency

pytestmark = pytest.mark.storage


@pytest.fixture(scope="module")
def here(system_database, postgres, tmp_path_factory):
    """Seven entries before the first anchor, four before the second, one after."""
    here = open_log(system_database("ledger"), postgres, tmp_path_factory.mktemp("log"))
    here.write(0, 7)
    here.anchor()
    here.write(7, 4)
    here.anchor()
    here.write(11, 1)
    yield here
    here.connection.close()


def prove(here, lane: str, sequence: int) -> str:
    return prove_entry(here.connection, here.place.folder, lane, sequence, here.place.folder)


@pytest.mark.parametrize(("lane", "last"), [("kofu_ledger/even", 6), ("kofu_ledger/odd", 5), ("#anchors", 2)])
def test_every_anchored_entry_is_proven_by_the_keys_alone(here, lane, last):
    for sequence in range(1, last + 1):
        proof = prove(here, lane, sequence).encode()
        body = check_entry(proof, here.log_key, here.asked.key)
        row = here.connection.execute(
            "SELECT body FROM audit_entry WHERE lane = %s AND sequence = %s", [lane, sequence]
        ).fetchone()
        assert body == row[0]


def test_a_proof_changed_anywhere_proves_nothing(here):
    proof = prove(here, "kofu_ledger/even", 3)
    lines = proof.split("\n")
    other = base64.b64encode(base64.b64decode(lines[1].removeprefix("extra ")).replace(b"done", b"gone")).decode()
    later = base64.b64encode(
        base64.b64decode(lines[1].removeprefix("extra ")).replace(b'"micros":1', b'"micros":2')
    ).decode()
    for changed in (
        proof.replace(lines[1], f"extra {other}"),
        proof.replace(lines[1], f"extra {later}"),
        proof.replace(lines[2], "index 1"),
        proof.replace(f"{lines[4]}\n", ""),
        proof.replace(lines[3], lines[4]),
        proof[: len(proof) // 2],
        "",
    ):
        assert changed != proof
        with pytest.raises(ProofWrongError):
            check_entry(changed.encode(), here.log_key, here.asked.key)
    with pytest.raises(ProofWrongError, match="not signed by the log"):
        check_entry(proof.encode(), here.asked.key, None)
    unwitnessed = "\n".join(lines[:-2]) + "\n"
    assert check_entry(unwitnessed.encode(), here.log_key, None)
    with pytest.raises(ProofWrongError, match="not co-signed"):
        check_entry(unwitnessed.encode(), here.log_key, here.asked.key)


def test_what_no_anchor_covers_yet_is_not_proven(here):
    with pytest.raises(OperatorFault, match="no anchor covers"):
        prove(here, "kofu_ledger/odd", 6)
    with pytest.raises(OperatorFault, match="no entry 99"):
        prove(here, "kofu_ledger/odd", 99)


def test_that_the_log_only_grew_is_proven(here):
    old, new = [
        read_checkpoint(read_note(path.read_bytes()).text) for path in sorted(here.place.folder.glob("*.checkpoint"))
    ]
    first, *hashes = prove_growth(here.connection, here.place.folder, old.size).splitlines()
    assert first == f"consistency {old.size} {new.size}"
    assert proves_consistency(old.size, new.size, old.root, new.root, [base64.b64decode(one) for one in hashes])
    with pytest.raises(OperatorFault, match="newest checkpoint"):
        prove_growth(here.connection, here.place.folder, 999)
