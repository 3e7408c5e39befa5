"""The three answers to a request, worded for the centre: the paper, a refusal, "it was answered before"."""

from __future__ import annotations

from kofu.certificates.released import ReleasedCertificate
from kofu.contracts.issuing import AnsweredBefore, Document, Issued, Refused, Text
from kofu.core.errors import ensure
from kofu.issuing.requests.domain.technical import refusal_for
from kofu.issuing.requests.journal_store import JournalRequest


def refused(stored: JournalRequest, code: str) -> Refused:
    """Word a refusal: the public code and texts of a stored code."""
    said = refusal_for(code)
    return Refused(
        request_id=stored.request_id,
        reference=stored.reference,
        code=said.code,
        resident_text=Text(ja=said.resident.ja, en=said.resident.en),
        next_step=Text(ja=said.next_step.ja, en=said.next_step.en),
    )


def answered_before(stored: JournalRequest, code: str) -> AnsweredBefore:
    """Say that the paper may have left before and does not leave again; `code` is the stored one, told in public."""
    return AnsweredBefore(request_id=stored.request_id, reference=stored.reference, code=refusal_for(code).code)


def issued(
    stored: JournalRequest, fee_per_copy: int, numbers: tuple[str, ...], copies: tuple[ReleasedCertificate, ...]
) -> Issued:
    """Put released certificates into the answer. Only the last look can have made them (P2)."""
    ensure(
        numbers == tuple(certificate.certificate_number for certificate in copies),
        "the certificates bear the numbers taken for them",
    )
    return Issued(
        request_id=stored.request_id,
        reference=stored.reference,
        title=copies[0].title,
        fee_per_copy=fee_per_copy,
        documents=tuple(
            Document(
                certificate_number=certificate.certificate_number,
                pages=certificate.pages,
                sha256=certificate.sha256,
                pdf=certificate.pdf,
            )
            for certificate in copies
        ),
    )
