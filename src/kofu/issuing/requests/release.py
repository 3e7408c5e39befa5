"""Let a certificate out, or record why not: the transactions in which a request is decided.

Each function locks the request's row and looks at its state. Where another worker decided first, it changes nothing and
gives None: the caller looks again at what was decided. A lock lives as long as its transaction, never until a timer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg

from kofu.certificates.domain.refusals import Reason
from kofu.certificates.last_look import LastLookMismatch, MismatchCause, judge
from kofu.certificates.released import ReleasedCertificate
from kofu.contracts.issuing import AnsweredBefore, Outcome, Refused
from kofu.core.errors import ensure
from kofu.issuing.cases import cases, stop
from kofu.issuing.cases.domain.kinds import CaseKind
from kofu.issuing.requests import hand_over, journal_store
from kofu.issuing.requests.answers import issued, refused
from kofu.issuing.requests.domain.eligibility import Eligible
from kofu.issuing.requests.domain.release_rules import TimeLimit
from kofu.issuing.requests.domain.states import RequestEvent, RequestState
from kofu.issuing.requests.domain.technical import Technical, refusal_for
from kofu.issuing.requests.issuer import Issuer, audit_detail
from kofu.issuing.requests.journal_store import JournalCopy, JournalRequest
from kofu.issuing.requests.leaving import LeavingEntry, Made, Verdict, leave_first
from kofu.issuing.requests.subject import SubjectAtGeneration


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Certificates that passed the last look and wait for the release. Lives in one call only (P1)."""

    facts: SubjectAtGeneration
    eligible: Eligible
    numbers: tuple[str, ...]
    copies: tuple[ReleasedCertificate, ...]

    @property
    def addressee_number(self) -> str:
        """宛名番号 of the person the certificates are about."""
        return addressee_of(self.facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalDecided:
    """A refusal decided on: its code (of a `Reason` or `Technical`), and what is known about whom."""

    code: str
    event: RequestEvent = RequestEvent.REFUSE
    addressee_number: str = ""
    generation: int | None = None
    failures: tuple[str, ...] = ()


class HoldsMovedError(Exception):
    """A hold arrived between reading and release: read again."""


def addressee_of(facts: SubjectAtGeneration) -> str:
    """Name the person a serial belongs to, or "" where it is unknown."""
    return facts.card.addressee_number if facts.card else ""


def release(
    connection: psycopg.Connection, issuer: Issuer, stored: JournalRequest, prepared: Prepared, limit: TimeLimit
) -> Outcome | None:
    """Let certificates through in one statement that is durable before the bytes are returned (P10).

    Inside it: stops and holds as they stand now (P7), the row still *received* (P5). Before and after it: the clock
    ahead of the deadline (P3). Raises `HoldsMovedError` where the holds are no longer those decided upon.
    """
    ensure(connection.autocommit, "what is released is durable when the statement returns")
    if issuer.is_late(limit) or len(prepared.copies) != stored.copies:
        return refuse(connection, issuer, stored, _refusal(Technical.TOO_LATE, prepared, RequestEvent.EXPIRE))
    match _write(connection, issuer, stored, prepared):
        case Verdict.HALTED:
            return refuse(connection, issuer, stored, _refusal(Reason.ISSUANCE_HALTED, prepared))
        case Verdict.DECIDED:
            return None
        case Verdict.MOVED:
            raise HoldsMovedError
        case Verdict.RELEASED:
            pass
    if issuer.is_late(limit):
        # the commit itself took too long: what is written stays as the record of a paper this worker did not hand out
        return hand_over.withhold(connection, issuer, stored)
    return issued(stored, prepared.eligible.fee_per_copy, prepared.numbers, prepared.copies)


def _refusal(code: Reason | Technical, prepared: Prepared, event: RequestEvent = RequestEvent.REFUSE) -> RefusalDecided:
    return RefusalDecided(
        code=code.value,
        event=event,
        addressee_number=prepared.addressee_number,
        generation=prepared.facts.generation,
    )


def _write(connection: psycopg.Connection, issuer: Issuer, stored: JournalRequest, prepared: Prepared) -> Verdict:
    """Write journal and audit entry of a release, where nothing stands against it."""
    copies = tuple(
        JournalCopy(
            certificate_number=certificate.certificate_number,
            copy=position,
            sha256=certificate.sha256,
            facts_digest=certificate.facts_digest,
            pages=certificate.pages,
        )
        for position, certificate in enumerate(prepared.copies, start=1)
    )
    entry = issuer.acting.entry(
        "certificate.release",
        RequestState.MADE.value,
        subject=issuer.pseudonyms.of(stored.municipality_code, prepared.addressee_number),
        detail={
            **audit_detail(stored),
            "generation": prepared.facts.generation,
            "form": prepared.eligible.form_version,
            "numbers": " ".join(prepared.numbers),
            "sha256": " ".join(copy.sha256 for copy in copies),
        },
    )
    made = Made(
        decided_at=entry.occurred_at,
        generation=prepared.facts.generation,
        form_version=prepared.eligible.form_version,
        as_of=prepared.eligible.as_of,
        title=prepared.copies[0].title,
        fee_per_copy=prepared.eligible.fee_per_copy,
        copies=copies,
    )
    return leave_first(
        connection,
        stored,
        made,
        LeavingEntry(issuer.acting.lane, entry.body()),
        addressee_number=prepared.addressee_number,
        holds=prepared.facts.holds,
    )


def refuse(
    connection: psycopg.Connection, issuer: Issuer, stored: JournalRequest, no: RefusalDecided
) -> Refused | None:
    """Record a refusal and its audit entry, then say it. None where another worker decided first: its word stands."""
    with connection.transaction():
        locked = journal_store.read_request(connection, stored.request_id, lock=True)
        ensure(locked is not None, "a request is never removed")
        if locked is None or locked.state is not RequestState.RECEIVED:
            return None
        journal_store.move(
            connection,
            locked,
            no.event,
            issuer.acting.clock(),
            refusal_code=no.code,
            public_code=refusal_for(no.code).code,
            addressee_number=no.addressee_number,
            generation=no.generation,
        )
        issuer.acting.record(
            connection,
            "certificate.refuse",
            no.code,
            subject=issuer.pseudonyms.of(stored.municipality_code, no.addressee_number),
            detail={**audit_detail(stored), "failures": " ".join(no.failures) or no.code},
        )
    return refused(stored, no.code)


def abort(connection: psycopg.Connection, issuer: Issuer, stored: JournalRequest, fault: Exception) -> Refused | None:
    """Turn a fault of ours into a refusal with a case, one for as long as the same fault lasts.

    Its words stay out: they might quote a person.
    """
    cause = f"{type(fault).__name__} ({getattr(fault, 'code', 'unexpected')})"
    open_case(connection, issuer, stored, CaseKind.ISSUE_FAULT, cause, cause=cause)
    return refuse(
        connection, issuer, stored, RefusalDecided(code=Technical.ISSUE_FAULT.value, event=RequestEvent.ABORT)
    )


def not_released(
    connection: psycopg.Connection, issuer: Issuer, stored: JournalRequest, mismatch: LastLookMismatch
) -> Refused | AnsweredBefore | None:
    """Refuse what the last look did not let through: one person, or everybody (`last_look.judgement`)."""
    if judge(mismatch.differences) is MismatchCause.MACHINE:
        return stop_everything(connection, issuer, stored, mismatch)
    with connection.transaction():
        _mismatch_case(connection, issuer, stored, mismatch, "this person's text cannot be read back from the paper")
    if stored.state is not RequestState.RECEIVED:
        return hand_over.close(connection, issuer, stored, Technical.LAST_LOOK)
    return refuse(connection, issuer, stored, RefusalDecided(code=Reason.UNDRAWABLE.value))


def stop_everything(
    connection: psycopg.Connection, issuer: Issuer, stored: JournalRequest, mismatch: LastLookMismatch
) -> Refused | AnsweredBefore | None:
    """Stop the municipality, open a case, refuse: a paper that differs from the facts is never a single mishap (P2)."""
    with connection.transaction():
        case_id = _mismatch_case(
            connection, issuer, stored, mismatch, "the finished paper did not say what the facts say"
        )
        stop.insert_stop(
            connection,
            issuer.acting,
            municipality_code=stored.municipality_code,
            reason="last look mismatch",
            by=issuer.acting.actor,
            case_id=case_id,
        )
    if stored.state is not RequestState.RECEIVED:
        return hand_over.close(connection, issuer, stored, Technical.LAST_LOOK)
    return refuse(connection, issuer, stored, RefusalDecided(code=Technical.LAST_LOOK.value))


def _mismatch_case(
    connection: psycopg.Connection, issuer: Issuer, stored: JournalRequest, mismatch: LastLookMismatch, summary: str
) -> str:
    return cases.open_case(
        connection,
        issuer.acting,
        municipality_code=stored.municipality_code,
        kind=CaseKind.LAST_LOOK_MISMATCH,
        summary=summary,
        request_id=stored.request_id,
        evidence=tuple(
            f"page {difference.page}, field {difference.field or '-'}: {difference.fault}"
            + (f" ({difference.why})" if difference.why else "")
            for difference in mismatch.differences
        ),
    )


def open_case(
    connection: psycopg.Connection,
    issuer: Issuer,
    stored: JournalRequest,
    kind: CaseKind,
    summary: str,
    *,
    cause: str | None = None,
) -> str:
    """Open a case about a request, in a transaction of its own, or count it with the open one; give its id."""
    with connection.transaction():
        return cases.open_case(
            connection,
            issuer.acting,
            municipality_code=stored.municipality_code,
            kind=kind,
            summary=summary,
            request_id=stored.request_id,
            evidence=(f"state {stored.state}, kiosk {stored.kiosk_id}",),
            cause=cause,
        )


def record_sent(connection: psycopg.Connection, issuer: Issuer, request_id: str) -> datetime:
    """Note that the bytes left; called when the answer was handed to the centre's connection."""
    at = issuer.acting.clock()
    ensure(connection.autocommit, "the note commits by itself")
    journal_store.record_sent(connection, request_id, at)
    return at
