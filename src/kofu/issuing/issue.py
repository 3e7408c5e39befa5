"""Issue a certificate: a request comes in, the right person's paper or a refusal goes out.

The order of things is the guarantee:

1. the request is stored, in a transaction of its own (P4, P11);
2. the facts are read in one snapshot of one generation (P6) and decided upon;
3. the certificate is made as a value of this call: no file, no spool, no cache (P1), and passes the last look (P2);
4. one transaction locks the request's row, looks once more at stops, holds and the clock, and writes journal and audit
   entry; when its commit has returned, both are durable (P10);
5. the clock is read again; only then are the bytes returned.

No lock is held while a certificate is being made. Two workers may work on one request, in one process or on two
machines; step 4 lets one of them through, because the row is *received* only once (P5). The other's certificate is
dropped and it answers with what the first one decided. Whatever is late, broken or doubtful ends as a refusal (P3).
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

import msgspec
import psycopg

from kofu.certificates.domain.numbers import certificate_number
from kofu.certificates.domain.standing import RequestFacts
from kofu.certificates.last_look import LastLookMismatch
from kofu.certificates.released import ReleasedCertificate
from kofu.contracts.issuing import CertificateRequest, Issued, Refused
from kofu.core.errors import OurFault, PeerFault, ensure
from kofu.core.kinds import CertificateKind
from kofu.issuing import release
from kofu.issuing.adapters import journal_store
from kofu.issuing.adapters.journal_store import StoredRequest
from kofu.issuing.conflicts import RequestConflict
from kofu.issuing.domain import eligibility
from kofu.issuing.domain.release_rules import (
    CaseKind,
    Repeat,
    effective_deadline,
    is_late,
    repeat_of,
)
from kofu.issuing.domain.technical import Technical
from kofu.issuing.order import Question, build_order, standing_of, texts_on_paper
from kofu.issuing.read_facts import read_facts
from kofu.issuing.release import HoldsMovedError, Issuer, No, Prepared, addressee_of
from kofu.issuing.subject import SubjectAtGeneration

READINGS_MAX = 3
"""How often facts are read anew where a hold arrives while the certificate is being made."""

LOOKS_MAX = 3
"""How often a request is looked at again because another worker decided meanwhile; the second finds it decided."""


def body_digest(request: CertificateRequest) -> str:
    """Digest what is asked for, in hexadecimal: equal for equal requests, however they were written (P11)."""
    return hashlib.sha256(msgspec.json.encode(request, order="sorted")).hexdigest()


def issue_certificate(connection: psycopg.Connection, issuer: Issuer, request: CertificateRequest) -> Issued | Refused:
    """Answer one request. The connection must be idle and in autocommit mode: each step is a transaction of its own.

    Raises `RequestConflict` for a known id with another body, `PeerFault` for a municipality this process does not
    serve. Everything else, faults of ours included, is a refusal with a code.
    """
    ensure(connection.autocommit, "each step of an issue commits by itself")
    if request.municipality_code != issuer.profile.code:
        raise PeerFault("municipality_not_served", "this system does not issue for that municipality")
    digest = body_digest(request)
    received_at = issuer.ground.clock()
    longest = timedelta(seconds=issuer.profile.deadline_longest_seconds)
    kept = msgspec.structs.replace(request, deadline=effective_deadline(request.deadline, received_at, longest))
    new = journal_store.insert_request(connection, kept, digest, received_at)  # its commit has returned
    for _ in range(LOOKS_MAX):
        stored, new = new or journal_store.read_request(connection, request.request_id), None
        if stored is None:
            raise OurFault("request_lost", "a request just stored cannot be read")
        if stored.body_digest != digest:
            raise RequestConflict(
                release.open_case(connection, issuer, stored, CaseKind.ID_REUSED, "the same id came with another body")
            )
        outcome = _answer(connection, issuer, stored)
        if outcome is not None:
            return outcome
    raise OurFault("never_decided", "a request was found undecided after every look")


def _answer(connection: psycopg.Connection, issuer: Issuer, stored: StoredRequest) -> Issued | Refused | None:
    """Answer from where the request stands. None: another worker decided meanwhile, look again."""
    match repeat_of(stored.state, issuer.ground.clock(), stored.deadline):
        case Repeat.DECIDE:
            return _decide(connection, issuer, stored)
        case Repeat.SAY_AGAIN:
            return release.refused(stored.request_id, stored.refusal_code)
        case Repeat.REBUILD:
            return _rebuild(connection, issuer, stored)
        case Repeat.TOO_LATE:
            return release.refused(stored.request_id, Technical.TOO_LATE)
        case Repeat.ALREADY_REPORTED:
            return release.refused(stored.request_id, Technical.ALREADY_REPORTED)


def _decide(connection: psycopg.Connection, issuer: Issuer, stored: StoredRequest) -> Issued | Refused | None:
    """Read, decide, make, release; every way out but the last is a refusal that is recorded."""
    shortest = timedelta(seconds=issuer.profile.deadline_shortest_seconds)
    if stored.deadline - stored.received_at < shortest:
        return release.refuse(connection, issuer, stored, No(code=Technical.DEADLINE_REFUSED.value))
    try:
        for _ in range(READINGS_MAX):
            prepared = _prepare(connection, issuer, stored)
            if isinstance(prepared, No):
                return release.refuse(connection, issuer, stored, prepared)
            try:
                return release.release(connection, issuer, stored, prepared)
            except HoldsMovedError:
                continue
        return release.refuse(connection, issuer, stored, No(code=Technical.FACTS_MOVED.value))
    except LastLookMismatch as mismatch:
        return release.stop_everything(connection, issuer, stored, mismatch)
    except Exception as fault:  # noqa: BLE001 - whatever breaks ends as a refusal with a case, never as a paper (P3)
        return release.abort(connection, issuer, stored, fault)


def _prepare(connection: psycopg.Connection, issuer: Issuer, stored: StoredRequest) -> Prepared | No:
    """Read the facts, decide, and make the copies. Nothing of it leaves this call but its result."""
    facts = read_facts(
        connection,
        municipality_code=stored.municipality_code,
        serial=stored.serial,
        fiscal_year=stored.fiscal_year,
    )
    question = question_of(stored)
    decision = eligibility.decide(
        RequestFacts(
            kind=question.kind,
            fiscal_year=question.fiscal_year,
            copies=question.copies,
            plate_number=question.plate_number,
        ),
        standing_of(facts, undrawable=issuer.undrawable(texts_on_paper(question.kind, facts))),
        profile=issuer.profile,
        now=issuer.ground.clock(),
    )
    if isinstance(decision, eligibility.Refused):
        return No(
            code=decision.reason.value,
            addressee_number=addressee_of(facts),
            generation=facts.generation,
            failures=tuple(failure.reason.value for failure in decision.failures),
        )
    numbers = tuple(
        certificate_number(decision.as_of, stored.municipality_code, journal_store.next_sequence(connection))
        for _ in range(stored.copies)
    )
    return _make_copies(issuer, stored, facts, decision, numbers)


def _make_copies(
    issuer: Issuer,
    stored: StoredRequest,
    facts: SubjectAtGeneration,
    eligible: eligibility.Eligible,
    numbers: tuple[str, ...],
) -> Prepared | No:
    copies: list[ReleasedCertificate] = []
    for number in numbers:
        if is_late(issuer.ground.clock(), stored.deadline):
            break  # no use making more: the release refuses by the same clock
        order = build_order(
            issuer.profile,
            question_of(stored),
            facts,
            certificate_number=number,
            as_of=eligible.as_of,
            form_version=eligible.form_version,
        )
        try:
            copies.append(issuer.make(order))
        except tuple(kind for kind, _ in issuer.not_certifiable) as reason:
            code = next(code for kind, code in issuer.not_certifiable if isinstance(reason, kind))
            return No(code=code.value, addressee_number=addressee_of(facts), generation=facts.generation)
    return Prepared(facts=facts, eligible=eligible, numbers=numbers, copies=tuple(copies))


def _rebuild(connection: psycopg.Connection, issuer: Issuer, stored: StoredRequest) -> Issued | Refused | None:
    """Answer a repeat of a request that was made: the same bytes, made again and compared with the journal (P1, P11).

    Nothing was kept but digests, so the certificate is derived a second time from the same generation, number, date and
    form. Where it does not come out byte for byte the same, nothing leaves and a case is opened.
    """
    try:
        copies = journal_store.read_copies(connection, stored.request_id)
        made = _make_again(connection, issuer, stored, copies)
    except LastLookMismatch as mismatch:
        return release.stop_everything(connection, issuer, stored, mismatch)
    except Exception as fault:  # noqa: BLE001 - as above: a repeat that breaks is refused, with a case (P3)
        release.open_case(connection, issuer, stored, CaseKind.REPLAY_MISMATCH, type(fault).__name__)
        return release.refused(stored.request_id, Technical.REPLAY_MISMATCH)
    if tuple(certificate.sha256 for certificate in made) != tuple(copy.sha256 for copy in copies):
        release.open_case(connection, issuer, stored, CaseKind.REPLAY_MISMATCH, "a repeat came out with other bytes")
        return release.refused(stored.request_id, Technical.REPLAY_MISMATCH)
    against = release.repeat(connection, issuer, stored)
    if against is not None:
        return release.refused(stored.request_id, against)
    if is_late(issuer.ground.clock(), stored.deadline):
        return release.refused(stored.request_id, Technical.TOO_LATE)
    numbers = tuple(copy.certificate_number for copy in copies)
    return release.issued(stored.request_id, stored.fee_per_copy, numbers, made)


def _make_again(
    connection: psycopg.Connection,
    issuer: Issuer,
    stored: StoredRequest,
    copies: tuple[journal_store.StoredCopy, ...],
) -> tuple[ReleasedCertificate, ...]:
    as_of = stored.as_of
    if as_of is None or not copies:
        raise OurFault("journal_incomplete", "a made request has a date and copies")
    facts = read_facts(
        connection,
        municipality_code=stored.municipality_code,
        serial=stored.serial,
        fiscal_year=stored.fiscal_year,
        generation=stored.generation,
    )
    return tuple(
        issuer.make(
            build_order(
                issuer.profile,
                question_of(stored),
                facts,
                certificate_number=copy.certificate_number,
                as_of=as_of,
                form_version=stored.form_version,
            )
        )
        for copy in copies
    )


def question_of(stored: StoredRequest) -> Question:
    """Give what a stored request asks for, apart from whose it is."""
    return Question(
        kind=CertificateKind(stored.kind),
        fiscal_year=stored.fiscal_year,
        copies=stored.copies,
        plate_number=stored.plate_number,
    )
