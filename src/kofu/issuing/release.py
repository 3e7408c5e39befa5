"""Let a certificate out, or record why not: the transactions in which a request is decided.

Each function locks the request's row and looks at its state. Where another worker decided first, it changes nothing and
gives None: the caller looks again at what was decided. A lock lives as long as its transaction, never until a timer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import psycopg

from kofu.certificates.domain.refusals import Reason
from kofu.certificates.domain.standing import UndrawableCharacter
from kofu.certificates.facts import CertificateOrder
from kofu.certificates.last_look import LastLookMismatch
from kofu.certificates.released import ReleasedCertificate
from kofu.contracts.issuing import Document, Issued, Refused, Text
from kofu.core.errors import ensure
from kofu.core.profile import Profile
from kofu.issuing import cases, stop
from kofu.issuing.adapters import fact_store, journal_store
from kofu.issuing.adapters.ground import Ground
from kofu.issuing.adapters.journal_store import Release, StoredCopy, StoredRequest, Verdict
from kofu.issuing.domain.eligibility import Eligible
from kofu.issuing.domain.holds import StandingHold
from kofu.issuing.domain.release_rules import CaseKind, is_late
from kofu.issuing.domain.states import AWAITING_RESULT, Event, State
from kofu.issuing.domain.technical import Technical, refusal_for
from kofu.issuing.subject import SubjectAtGeneration
from kofu.platform.pseudonym import Pseudonyms


class Maker(Protocol):
    """Makes one copy and passes it through the last look: `kofu.certificates.make` bound to a press."""

    def __call__(self, order: CertificateOrder) -> ReleasedCertificate:
        """Give the released certificate. Raises `LastLookMismatch` where paper and facts differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuer:
    """What an issuing worker works with. Built at start, never changed, holding nothing of any request.

    `undrawable` checks named texts against the font's tables; `make` renders and looks; `not_certifiable` says which
    errors of making are about the request (a text too long), not about us, and what to tell.
    """

    profile: Profile
    ground: Ground
    pseudonyms: Pseudonyms
    make: Maker
    undrawable: Callable[[tuple[tuple[str, str], ...]], tuple[UndrawableCharacter, ...]]
    not_certifiable: tuple[tuple[type[Exception], Technical | Reason], ...]


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
class No:
    """A refusal decided on: its code (of a `Reason` or `Technical`), and what is known about whom."""

    code: str
    event: Event = Event.REFUSE
    addressee_number: str = ""
    generation: int | None = None
    failures: tuple[str, ...] = ()


class HoldsMovedError(Exception):
    """A hold arrived between reading and release: read again."""


def addressee_of(facts: SubjectAtGeneration) -> str:
    """Name the person a serial belongs to, or "" where it is unknown."""
    return facts.card.addressee_number if facts.card else ""


def release(
    connection: psycopg.Connection, issuer: Issuer, stored: StoredRequest, prepared: Prepared
) -> Issued | Refused | None:
    """Let certificates through in one statement that is durable before the bytes are returned (P10).

    Inside it: stops and holds as they stand now (P7), the row still *received* (P5). Before and after it: the clock
    ahead of the deadline (P3). Raises `HoldsMovedError` where the holds are no longer those decided upon.
    """
    ensure(connection.autocommit, "what is released is durable when the statement returns")
    if is_late(issuer.ground.clock(), stored.deadline) or len(prepared.copies) != stored.copies:
        return refuse(connection, issuer, stored, _no(Technical.TOO_LATE, prepared, Event.EXPIRE))
    match _write(connection, issuer, stored, prepared):
        case Verdict.HALTED:
            return refuse(connection, issuer, stored, _no(Reason.ISSUANCE_HALTED, prepared))
        case Verdict.DECIDED:
            return None
        case Verdict.MOVED:
            raise HoldsMovedError
        case Verdict.RELEASED:
            pass
    if is_late(issuer.ground.clock(), stored.deadline):
        # the commit itself took too long: what is written stays as the record of a paper that never left
        return refuse(connection, issuer, stored, _no(Technical.TOO_LATE, prepared, Event.EXPIRE))
    return issued(stored.request_id, prepared.eligible.fee_per_copy, prepared.numbers, prepared.copies)


def holds_now(connection: psycopg.Connection, stored: StoredRequest, addressee_number: str) -> tuple[StandingHold, ...]:
    """Read the holds in force at this moment on the person or the serial."""
    with connection.cursor() as cursor:
        return fact_store.select_holds(
            cursor, stored.municipality_code, addressee_number=addressee_number or None, serial=stored.serial
        )


def _no(code: Reason | Technical, prepared: Prepared, event: Event = Event.REFUSE) -> No:
    return No(
        code=code.value,
        event=event,
        addressee_number=prepared.addressee_number,
        generation=prepared.facts.generation,
    )


def _write(connection: psycopg.Connection, issuer: Issuer, stored: StoredRequest, prepared: Prepared) -> Verdict:
    """Write journal and audit entry of a release, where nothing stands against it."""
    copies = tuple(
        StoredCopy(
            certificate_number=certificate.certificate_number,
            copy=position,
            sha256=certificate.sha256,
            facts_digest=certificate.facts_digest,
            pages=certificate.pages,
        )
        for position, certificate in enumerate(prepared.copies, start=1)
    )
    entry = issuer.ground.entry(
        "certificate.release",
        State.MADE.value,
        subject=issuer.pseudonyms.of(stored.municipality_code, prepared.addressee_number),
        detail={
            **_about(stored),
            "generation": prepared.facts.generation,
            "form": prepared.eligible.form_version,
            "numbers": " ".join(prepared.numbers),
            "sha256": " ".join(copy.sha256 for copy in copies),
        },
    )
    return journal_store.release(
        connection,
        stored,
        Release(
            addressee_number=prepared.addressee_number,
            holds=prepared.facts.holds,
            generation=prepared.facts.generation,
            form_version=prepared.eligible.form_version,
            as_of=prepared.eligible.as_of,
            title=prepared.copies[0].title,
            fee_per_copy=prepared.eligible.fee_per_copy,
            copies=copies,
        ),
        stop_space=stop.LOCK_SPACE,
        at=entry.occurred_at,
        lane=issuer.ground.lane,
        audit_body=entry.body(),
    )


def repeat(connection: psycopg.Connection, issuer: Issuer, stored: StoredRequest) -> Reason | Technical | None:
    """Record that the same bytes leave once more. What stands against it (stop, hold, result, clock), or None."""
    with connection.transaction():
        if stop.stops_at_release(connection, stored.municipality_code):
            return Reason.ISSUANCE_HALTED
        locked = journal_store.read_request(connection, stored.request_id, lock=True)
        if locked is None or locked.state not in AWAITING_RESULT:
            return Technical.ALREADY_REPORTED
        if holds_now(connection, stored, stored.addressee_number):
            return Technical.FACTS_MOVED
        if is_late(issuer.ground.clock(), stored.deadline):
            return Technical.TOO_LATE
        issuer.ground.record(
            connection,
            "certificate.repeat",
            locked.state.value,
            subject=issuer.pseudonyms.of(stored.municipality_code, stored.addressee_number),
            detail=_about(stored),
        )
    return None


def refuse(connection: psycopg.Connection, issuer: Issuer, stored: StoredRequest, no: No) -> Refused | None:
    """Record a refusal and its audit entry, then say it. None where another worker decided first."""
    with connection.transaction():
        locked = journal_store.read_request(connection, stored.request_id, lock=True)
        ensure(locked is not None, "a request is never removed")
        if locked is None or not (
            locked.state is State.RECEIVED or (no.event is Event.EXPIRE and locked.state is State.MADE)
        ):
            return None
        journal_store.move(
            connection,
            locked,
            no.event,
            issuer.ground.clock(),
            refusal_code=no.code,
            public_code=refusal_for(no.code).code,
            addressee_number=no.addressee_number,
            generation=no.generation,
        )
        issuer.ground.record(
            connection,
            "certificate.refuse",
            no.code,
            subject=issuer.pseudonyms.of(stored.municipality_code, no.addressee_number),
            detail={**_about(stored), "failures": " ".join(no.failures) or no.code},
        )
    return refused(stored.request_id, no.code)


def abort(connection: psycopg.Connection, issuer: Issuer, stored: StoredRequest, fault: Exception) -> Refused | None:
    """Turn a fault of ours into a refusal with a case. Its words stay out: they might quote a person."""
    code = getattr(fault, "code", "unexpected")
    open_case(connection, issuer, stored, CaseKind.ISSUE_FAULT, f"{type(fault).__name__} ({code})")
    return refuse(connection, issuer, stored, No(code=Technical.ISSUE_FAULT.value, event=Event.ABORT))


def stop_everything(
    connection: psycopg.Connection, issuer: Issuer, stored: StoredRequest, mismatch: LastLookMismatch
) -> Refused | None:
    """Stop the municipality, open a case, refuse: a paper that differs from the facts is never a single mishap (P2)."""
    with connection.transaction():
        case_id = cases.open_case(
            connection,
            issuer.ground,
            municipality_code=stored.municipality_code,
            kind=CaseKind.LAST_LOOK_MISMATCH,
            summary="the finished paper did not say what the facts say",
            request_id=stored.request_id,
            evidence=tuple(
                f"page {difference.page}, field {difference.field or '-'}: {difference.fault}"
                for difference in mismatch.differences
            ),
        )
        stop.insert_stop(
            connection,
            issuer.ground,
            municipality_code=stored.municipality_code,
            reason="last look mismatch",
            by=issuer.ground.actor,
            case_id=case_id,
        )
    if stored.state is not State.RECEIVED:
        return refused(stored.request_id, Technical.LAST_LOOK)
    return refuse(connection, issuer, stored, No(code=Technical.LAST_LOOK.value))


def open_case(
    connection: psycopg.Connection, issuer: Issuer, stored: StoredRequest, kind: CaseKind, summary: str
) -> str:
    """Open a case about a request, in a transaction of its own; give its id."""
    with connection.transaction():
        return cases.open_case(
            connection,
            issuer.ground,
            municipality_code=stored.municipality_code,
            kind=kind,
            summary=summary,
            request_id=stored.request_id,
            evidence=(f"state {stored.state}, kiosk {stored.kiosk_id}",),
        )


def record_sent(connection: psycopg.Connection, issuer: Issuer, request_id: str) -> datetime:
    """Note that the bytes left; called when the answer was handed to the centre's connection."""
    at = issuer.ground.clock()
    ensure(connection.autocommit, "the note commits by itself")
    journal_store.record_sent(connection, request_id, at)
    return at


def _about(stored: StoredRequest) -> dict[str, str | int]:
    return {
        "request": stored.request_id,
        "kiosk": stored.kiosk_id,
        "kind": stored.kind,
        "fiscal_year": stored.fiscal_year,
    }


def refused(request_id: str, code: str) -> Refused:
    """Word a refusal for the centre: the public code and texts of a stored code."""
    said = refusal_for(code)
    return Refused(
        request_id=request_id,
        code=said.code,
        resident_text=Text(ja=said.resident.ja, en=said.resident.en),
        next_step=Text(ja=said.next_step.ja, en=said.next_step.en),
    )


def issued(
    request_id: str, fee_per_copy: int, numbers: tuple[str, ...], copies: tuple[ReleasedCertificate, ...]
) -> Issued:
    """Put released certificates into the answer. Only the last look can have made them (P2)."""
    ensure(
        numbers == tuple(certificate.certificate_number for certificate in copies),
        "the certificates bear the numbers taken for them",
    )
    return Issued(
        request_id=request_id,
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
