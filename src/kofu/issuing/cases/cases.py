"""Cases (調査票): everything that must be explained, with its evidence, closed by two different people (P9).

足立区 2023: three warnings of the centre were answered "printed correctly on the second try", and two wrong
certificates stayed unseen. So nothing that happens later closes a case: no success of the same person, no repeat, no
time. Only two people's findings do, and a closed case never opens again by itself; what is new becomes a new case.

While a case is open, the same kind for the same cause is counted with it: a fault that lasts for an hour is one thing
to explain, not one per resident. Each request it touched stands in the evidence, and its page leads to the case.
"""

from __future__ import annotations

from dataclasses import dataclass

import psycopg

from kofu.certificates.domain.findings import Signature, is_closed, require_finding
from kofu.core.errors import OperatorFault, ensure
from kofu.core.short_text import shortened
from kofu.issuing.acting.who_acts import Acting
from kofu.issuing.cases import case_store
from kofu.issuing.cases.case_store import StoredCase, StoredEvidence
from kofu.issuing.cases.domain.kinds import CaseKind

SUMMARY_LENGTH_MAX = 500
EVIDENCE_LENGTH_MAX = 2000
CAUSE_LENGTH_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """A case with everything known about it."""

    case: StoredCase
    evidence: tuple[StoredEvidence, ...]
    signatures: tuple[Signature, ...]


def open_case(
    connection: psycopg.Connection,
    acting: Acting,
    *,
    municipality_code: str,
    kind: CaseKind,
    summary: str,
    request_id: str = "",
    evidence: tuple[str, ...] = (),
    cause: str | None = None,
) -> str:
    """Open a case inside the caller's transaction, or count it with the open one; give its id.

    `cause` is what makes two the same: by default the request, "" for what is always a case of its own. Summary,
    evidence and cause carry no personal data.
    """
    now = acting.clock()
    case_id, occurrences = case_store.insert_case(
        connection,
        StoredCase(
            case_id=acting.new_id(),
            municipality_code=municipality_code,
            kind=kind,
            request_id=request_id,
            summary=shortened(summary, SUMMARY_LENGTH_MAX),
            opened_at=now,
            closed_at=None,
            cause=(request_id if cause is None else cause)[:CAUSE_LENGTH_MAX],
        ),
    )
    about = f"request {request_id}: " if occurrences > 1 and request_id else ""
    for text in evidence or ((summary,) if occurrences > 1 else ()):
        said = shortened(f"{about}{text}", EVIDENCE_LENGTH_MAX)
        case_store.add_evidence(connection, case_id, acting.actor, said, now, request_id=request_id)
    acting.record(
        connection,
        "case.open" if occurrences == 1 else "case.again",
        kind.value,
        detail={"case": case_id, "request": request_id, "evidence": len(evidence), "occurrence": occurrences},
    )
    return case_id


def add_evidence(connection: psycopg.Connection, acting: Acting, case_id: str, *, by: str, text: str) -> None:
    """Add what was found to an open case. Raises `OperatorFault` where there is no such open case, or no words."""
    ensure(by.strip(), "evidence has a name under it")
    if not text.strip() or len(text) > EVIDENCE_LENGTH_MAX:
        raise OperatorFault("evidence_length", f"evidence has 1 to {EVIDENCE_LENGTH_MAX} characters")
    with connection.transaction():
        _open(connection, case_id)
        case_store.add_evidence(connection, case_id, by, text, acting.clock())
        acting.record(connection, "case.evidence", "added", actor=by, detail={"case": case_id})


def sign(connection: psycopg.Connection, acting: Acting, case_id: str, signature: Signature) -> bool:
    """Add one person's finding; the second person's closes the case. Whether it is closed now.

    Raises `OperatorFault` where the case is unknown or closed, the finding is a shrug, or the person signed before.
    """
    with connection.transaction():
        _open(connection, case_id)
        signatures = case_store.case_signatures(connection, case_id)
        require_finding(signatures, signature)
        case_store.sign_case(connection, case_id, signature, acting.clock())
        closed = is_closed((*signatures, signature))
        if closed:
            case_store.close_case(connection, case_id, acting.clock())
        acting.record(
            connection, "case.sign", "closed" if closed else "signed", actor=signature.by, detail={"case": case_id}
        )
    return closed


def show(connection: psycopg.Connection, case_id: str) -> CaseFile:
    """Read a case with its evidence and signatures. Raises `OperatorFault` where there is none."""
    with connection.transaction():
        case = case_store.read_case(connection, case_id)
        if case is None:
            raise OperatorFault("no_such_case", f"there is no case {case_id}")
        return CaseFile(
            case=case,
            evidence=case_store.read_evidence(connection, case_id),
            signatures=case_store.case_signatures(connection, case_id),
        )


def _open(connection: psycopg.Connection, case_id: str) -> StoredCase:
    """Lock a case that is open."""
    case = case_store.read_case(connection, case_id, lock=True)
    if case is None:
        raise OperatorFault("no_such_case", f"there is no case {case_id}")
    if case.closed_at is not None:
        raise OperatorFault("case_closed", f"case {case_id} is closed: open a new one that names it")
    return case
