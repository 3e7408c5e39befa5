"""A paper's digest is that of all its bytes, also where what it begins with was digested before."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.certificates import orders
from tests.certificates.last_look.papers import payments

from kofu.certificates import paper_digest
from kofu.certificates.make import make
from kofu.certificates.paper_digest import begin_digest

CONTENT_OF_A_PAGE = b"/S Do\n"


@given(st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 50)), min_size=1, max_size=6))
def test_whatever_was_digested_before_a_digest_is_that_of_the_whole_file(files):
    """Also where two forms begin with as many bytes, or a file is shorter than what it is said to begin with."""
    for file, form_bytes in files:
        assert begin_digest(file, form_bytes).hexdigest() == hashlib.sha256(file).hexdigest()


def test_a_byte_changed_in_the_form_changes_the_digest():
    first, other = b"form" * 20 + b"own", b"farm" * 20 + b"own"
    assert begin_digest(first, 80).hexdigest() != begin_digest(other, 80).hexdigest()


def test_going_on_with_a_digest_leaves_the_next_one_as_it_is():
    begin_digest(b"form, one", 4).update(b"more")
    assert begin_digest(b"form, two", 4).hexdigest() == hashlib.sha256(b"form, two").hexdigest()


@pytest.mark.font
@pytest.mark.parametrize("order", [orders.TAXATION, orders.VEHICLE_PAYMENT, payments(11)])
def test_nothing_of_a_person_is_kept_only_the_form(order, press, monkeypatch):
    """P1: between one resident's paper and the next nothing stays behind but what is nobody's."""
    kept: dict[int, paper_digest._Beginning] = {}
    monkeypatch.setattr(paper_digest, "_beginnings", kept)
    for name in ("鈴木　一郎", "佐藤　二郎"):
        released = make(replace(order, subject=replace(order.subject, name=name)), press)
        assert released.sha256 == hashlib.sha256(released.pdf).hexdigest()
    assert len(kept) == 1
    assert all(CONTENT_OF_A_PAGE not in one.data for one in kept.values())
