"""Clauses about print results: told once, told twice, contradicted, unknown."""

from __future__ import annotations

import secrets
from datetime import datetime

import msgspec

from kofu.conformance.asking import PRINTS, Asking, require_error, require_status
from kofu.conformance.clauses import Clause, clause
from kofu.contracts.issuing import CertificateRequest, Issued, PrintOutcome, PrintResult


def printed(question: CertificateRequest, answer: Issued, now: datetime) -> PrintResult:
    """Report that all was printed and paid."""
    return PrintResult(
        request_id=question.request_id,
        outcome=PrintOutcome.PRINTED,
        copies_printed=question.copies,
        fee_paid=answer.fee_per_copy * question.copies,
        occurred_at=now,
    )


@clause("print.repeated", "Reported once per request; the same report again changes nothing.")
def repeated(asking: Asking) -> None:
    """Report twice; both are taken."""
    question = asking.request(asking.plan.subjects[0])
    result = printed(question, asking.issued(question), asking.clock())
    for _ in range(2):
        require_status(asking.post(PRINTS, result), 204)


@clause("print.contradiction", "409: another result was reported before.")
def contradiction(asking: Asking) -> None:
    """Report printed, then failed."""
    question = asking.request(asking.plan.subjects[0])
    result = printed(question, asking.issued(question), asking.clock())
    require_status(asking.post(PRINTS, result), 204)
    failed = msgspec.structs.replace(result, outcome=PrintOutcome.FAILED, copies_printed=0, fee_paid=0)
    require_error(asking.post(PRINTS, failed), 409)


@clause("print.unknown-id", "404: no such request.")
def unknown_id(asking: Asking) -> None:
    """Report about a request nobody made. A ward may open a case and answer 409 with its number."""
    result = PrintResult(
        request_id=secrets.token_hex(16),
        outcome=PrintOutcome.PRINTED,
        copies_printed=1,
        fee_paid=0,
        occurred_at=asking.clock(),
    )
    require_error(asking.post(PRINTS, result), 404, 409)


CLAUSES: tuple[Clause, ...] = (repeated, contradiction, unknown_id)
