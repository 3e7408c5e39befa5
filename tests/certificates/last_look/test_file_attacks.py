"""Files that programs read differently, or that hold more than they show: none is read as a paper (P2)."""

from __future__ import annotations

import io
import re

import pikepdf
import pytest
from tests.certificates.last_look.attacks import ORDER, OTHER_NAME, rebuilt
from tests.certificates.last_look.papers import differences

from kofu.certificates.last_look import MismatchKind

pytestmark = pytest.mark.font


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"/MediaBox", b"/MediaBox[0 0 9 9]/MediaBox"),
        (rb"/Type ?/Page\b(?!s)", b"/Type/Page/Rotate 180/Rotate 0"),
        (rb"/Contents ", b"/Contents 1 0 R/Contents "),
        (rb"/Lang ?\(ja\)", b"/Lang(ja)/Lang(ja)"),
    ],
    ids=["box", "turn", "content", "language"],
)
def test_the_same_key_twice_is_seen_in_the_bytes(old, new, make):
    """B4: programs take the first or the last of the two, and hide the other."""
    pdf = rebuilt(make(ORDER), lambda body: re.sub(old, new, body, count=1))
    (found,) = differences(ORDER, pdf)
    assert found.fault is MismatchKind.UNREADABLE


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace(b"<<", b"<<% a comment\n", 1),
        lambda body: body.replace(b"/Type/Page/", b"/Ty#70e/Page/").replace(b"/Type /Page", b"/Ty#70e /Page"),
        lambda body: body.replace(b" 0 obj\n", b" 0 obj\nnull\n", 1),
        lambda body: body.replace(b"endobj", b"endobj\n% another person", 1),
    ],
    ids=["a comment", "an escaped name", "two values", "something between objects"],
)
def test_what_programs_read_differently_is_not_read(change, make):
    pdf = rebuilt(make(ORDER), change, every=False)
    (found,) = differences(ORDER, pdf)
    assert found.fault is MismatchKind.UNREADABLE


def test_an_encrypted_paper_is_not_read(make):
    with pikepdf.open(io.BytesIO(make(ORDER))) as document:
        out = io.BytesIO()
        document.save(out, encryption=pikepdf.Encryption(owner="x", user="", R=3, aes=False, metadata=False))
    assert differences(ORDER, out.getvalue()) != ()


def test_a_second_revision_is_not_read(make):
    """An incremental update with another content (B9); and with nothing but a new trailer."""
    pdf = make(ORDER)
    end = int(re.search(rb"startxref\n(\d+)\n", pdf[-60:])[1])
    trailer = re.search(rb"trailer\n<<(.*)>>\nstartxref", pdf[end:], re.DOTALL)[1]
    for objects in (b"", b"1 0 obj\n<<>>\nendobj\n"):
        table = b"xref\n1 1\n%010d 00000 n \n" % len(pdf) if objects else b"xref\n0 0\n"
        later = (
            pdf
            + objects
            + table
            + b"trailer\n<<%s/Prev %d>>\nstartxref\n%d\n%%%%EOF\n"
            % (
                trailer,
                end,
                len(pdf) + len(objects),
            )
        )
        assert {one.fault for one in differences(ORDER, later)} == {MismatchKind.UNREADABLE}


def test_anything_behind_the_end_is_seen(make):
    for more in (b"\n\n", b" ", b"%PDF-1.4", make(OTHER_NAME)):
        assert {one.fault for one in differences(ORDER, make(ORDER) + more)} == {MismatchKind.UNREADABLE}
        assert {one.fault for one in differences(ORDER, more + make(ORDER))} == {MismatchKind.UNREADABLE}
