"""Merkle trees as RFC 6962 defines them, against its own recursive words and its published examples."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.core.errors import OperatorFault
from kofu.platform.audit_tree import (
    EMPTY_ROOT,
    LeafRun,
    Subtree,
    consistency_spans,
    inclusion_spans,
    leaf,
    node,
    proves_consistency,
    proves_inclusion,
    roots_of,
)


def by_definition(data: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, word for word."""
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return hashlib.sha256(b"\x01" + by_definition(data[:k]) + by_definition(data[k:])).digest()


def entries(count: int) -> list[bytes]:
    return [bytes([number]) * 32 for number in range(count)]


def parts(count: int) -> list[Subtree]:
    return [Subtree(0, leaf(one)) for one in entries(count)]


def test_the_published_roots_of_the_reference_implementation():
    """The test tree of certificate-transparency (eight leaves): https://github.com/google/certificate-transparency."""
    words = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
    run = LeafRun()
    for word in words:
        run.add(Subtree(0, leaf(bytes.fromhex(word))))
    assert run.root().hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(34))
def test_a_run_that_grows_has_the_root_of_the_definition(size):
    run = LeafRun()
    for part in parts(size):
        run.add(part)
    assert run.root() == by_definition(entries(size))
    assert run.end == size


@given(st.integers(1, 40).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size - 1))))
def test_every_leaf_is_proven_and_no_other_in_its_place(drawn):
    size, index = drawn
    root = by_definition(entries(size))
    proof = roots_of(inclusion_spans(index, size), parts(size))
    assert proves_inclusion(index, size, leaf(entries(size)[index]), proof, root)
    assert not proves_inclusion(index, size, leaf(b"another"), proof, root)
    assert not proves_inclusion(index, size + 1, leaf(entries(size)[index]), proof, node(root, root))
    if proof:
        assert not proves_inclusion(index, size, leaf(entries(size)[index]), proof[:-1], root)
        assert not proves_inclusion(index ^ 1, size, leaf(entries(size)[index]), proof, root)


@given(st.integers(1, 40).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size))))
def test_a_tree_that_only_grew_is_proven_and_one_rewritten_is_not(drawn):
    size, old = drawn
    old_root, root = by_definition(entries(old)), by_definition(entries(size))
    proof = roots_of(consistency_spans(old, size), parts(size))
    assert proves_consistency(old, size, old_root, root, proof)
    if old:
        rewritten = by_definition([b"other", *entries(old)[1:]])
        assert not proves_consistency(old, size, rewritten, root, proof)


def test_entries_that_are_gone_keep_their_place_in_root_and_proofs():
    """Leaves 5 to 18 have left: what stays of them is the roots of their largest complete subtrees."""
    gone = LeafRun(5)
    for part in parts(19)[5:]:
        gone.add(part)
    left = [*parts(5), *gone.parts, *parts(23)[19:]]
    assert len(gone.parts) < 14
    run = LeafRun()
    for part in left:
        run.add(part)
    assert run.root() == by_definition(entries(23))
    for index in (0, 4, 19, 22):
        proof = roots_of(inclusion_spans(index, 23), left)
        assert proves_inclusion(index, 23, leaf(entries(23)[index]), proof, run.root())
    with pytest.raises(OperatorFault, match="no longer here"):
        roots_of(inclusion_spans(9, 23), left)
