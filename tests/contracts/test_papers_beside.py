"""Papers behind the message: read back as they were, and refused where anything does not fit."""

from __future__ import annotations

import hashlib

import msgspec
import pytest

from kofu.contracts.issuing import Document, Issued
from kofu.contracts.papers_beside import decode_beside, encode_beside


def paper(number: int) -> Document:
    pdf = bytes([number, *range(255)]) * number
    return Document(certificate_number=str(number), pages=number, sha256=hashlib.sha256(pdf).hexdigest(), pdf=pdf)


ISSUED = Issued(
    request_id="a" * 32, reference="0000000" + "0", title="課税証明書", fee_per_copy=200, documents=(paper(1), paper(2))
)


def test_an_answer_comes_back_whole_and_no_longer_than_its_papers_and_their_message():
    body = encode_beside(ISSUED)
    assert decode_beside(body) == ISSUED
    assert all(one.pdf in body for one in ISSUED.documents)


def flipped(body: bytes) -> bytes:
    return body[:-1] + bytes([body[-1] ^ 1])


def exchanged(body: bytes) -> bytes:
    first, second = (one.pdf for one in ISSUED.documents)
    return body.replace(first + second, second + first)


@pytest.mark.parametrize(
    "wrong",
    [flipped, exchanged, lambda body: body[:-1], lambda body: body + b"\0", lambda body: body[4:],
     lambda body: body.replace(b'"pdf_bytes":256', b'"pdf_bytes":-56'),
     lambda body: body.replace(b'"outcome":"issued"', b'"outcome":"issuee"')],
)  # fmt: skip
def test_what_does_not_fit_is_refused(wrong):
    body = wrong(encode_beside(ISSUED))
    assert body != encode_beside(ISSUED)
    with pytest.raises(msgspec.DecodeError):
        decode_beside(body)
