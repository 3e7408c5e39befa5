"""The answer with papers in another form: the PDF as they are, behind the message, instead of base64 inside it.

Who names `PAPERS_BESIDE` in `Accept` gets issued papers so; every other outcome is JSON as before, and so is this one
for whoever does not ask. The body: four bytes that say how long the message is (big-endian), the message
(`IssuedBeside`, JSON in UTF-8), then the PDFs in the order of `documents`, each as many bytes as it says, nothing
between them and nothing behind.
"""

from __future__ import annotations

import hashlib

import msgspec

from kofu.contracts.issuing import Document, DocumentStated, Issued, IssuedStated

PAPERS_BESIDE = "application/vnd.kofu.issued"
_LENGTH_BYTES = 4


class DocumentBeside(DocumentStated, frozen=True):
    """One copy: its 発行番号, page count, SHA-256 (hex) of its PDF behind the message, and how many bytes that has."""

    pdf_bytes: int


class IssuedBeside(IssuedStated, frozen=True):
    """The certificate as `Issued` says it, its papers behind the message: media type application/vnd.kofu.issued."""

    documents: tuple[DocumentBeside, ...]


def encode_beside(issued: Issued) -> bytes:
    """Write an answer with its papers behind it."""
    message = msgspec.json.encode(
        IssuedBeside(
            request_id=issued.request_id,
            reference=issued.reference,
            title=issued.title,
            fee_per_copy=issued.fee_per_copy,
            documents=tuple(
                DocumentBeside(
                    certificate_number=one.certificate_number,
                    pages=one.pages,
                    sha256=one.sha256,
                    pdf_bytes=len(one.pdf),
                )
                for one in issued.documents
            ),
        )
    )
    papers = (one.pdf for one in issued.documents)
    return b"".join((len(message).to_bytes(_LENGTH_BYTES, "big"), message, *papers))


def decode_beside(body: bytes) -> Issued:
    """Read an answer with its papers behind it.

    Raises one of `UNREADABLE` where it is not of the contract: a length that does not fit, bytes left over, a PDF of
    another digest than the message says.
    """
    begins = _LENGTH_BYTES + int.from_bytes(body[:_LENGTH_BYTES], "big")
    said = msgspec.json.decode(body[_LENGTH_BYTES:begins], type=IssuedBeside)
    documents = []
    for one in said.documents:
        if one.pdf_bytes < 0:
            raise msgspec.DecodeError("a paper has a length")
        pdf = body[begins : begins + one.pdf_bytes]
        begins += one.pdf_bytes
        if hashlib.sha256(pdf).hexdigest() != one.sha256:
            raise msgspec.DecodeError("a paper is another one than the message says")
        documents.append(
            Document(certificate_number=one.certificate_number, pages=one.pages, sha256=one.sha256, pdf=pdf)
        )
    if begins != len(body):
        raise msgspec.DecodeError("papers fill the body to its end")
    return Issued(
        request_id=said.request_id,
        reference=said.reference,
        title=said.title,
        fee_per_copy=said.fee_per_copy,
        documents=tuple(documents),
    )
