"""Issue a certificate: a request comes in, the right person's paper or a refusal goes out.

The order of things is the guarantee:

1. one statement stores the request (P4, P11), and with it reads the facts in one snapshot of one generation (P6); when
   it has returned, the request is durable;
2. upon the facts it is decided;
3. the certificate is made as a value of this call: no file, no spool, no cache (P1), and passes the last look (P2);
4. one transaction locks the request's row, looks once more at stops, holds and the clock, and writes journal and audit
   entry; when its commit has returned, both are durable (P10);
5. the clock is read again; only then are the bytes returned. A worker that is too late by then says that it did not
   hand the paper out; it never says so for another (`hand_over`).

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
from kofu.contracts.issuing import CertificateRequest, Outcome
from kofu.core.errors import OurFault, PeerFault, ensure
from kofu.core.kinds import CertificateKind
from kofu.core.profile import PAYMENT_KINDS
from kofu.issuing.acting.who_acts import Moment
from kofu.issuing.cases.conflicts import RequestConflict
from kofu.issuing.cases.domain.kinds import CaseKind
from kofu.issuing.requests import hand_over, journal_store, release
from kofu.issuing.requests.answers import answered_before, issued, refused
from kofu.issuing.requests.domain import eligibility
from kofu.issuing.requests.domain.release_rules import Repeat, TimeLimit, effective_deadline, repeat_of, time_limit
from kofu.issuing.requests.domain.technical import Technical
from kofu.issuing.requests.issuer import Issuer
from kofu.issuing.requests.journal_store import JournalRequest
from kofu.issuing.requests.order import Question, build_order, standing_of, texts_on_paper
from kofu.issuing.requests.read_facts import read_facts
from kofu.issuing.requests.receive import FirstReading, Received, receive
from kofu.issuing.requests.release import HoldsMovedError, Prepared, RefusalDecided, addressee_of
from kofu.issuing.requests.subject import SubjectAtGeneration
from kofu.platform.commit import ROLLED_BACK

READINGS_MAX = 3
"""How often facts are read anew where a hold arrives while the certificate is being made."""

LOOKS_MAX = 3
"""How often a request is looked at again because another worker decided meanwhile; the second finds it decided."""


def body_digest(request: CertificateRequest) -> str:
    """Digest what is asked for, in hexadecimal: equal for equal requests, however they were written (P11).

    The deadline is no part of it: it says how long an answer is of use. The one that came first counts.
    """
    asked = {field: getattr(request, field) for field in request.__struct_fields__ if field != "deadline"}
    return hashlib.sha256(msgspec.json.encode(asked, order="sorted")).hexdigest()


def issue_certificate(
    connection: psycopg.Connection, issuer: Issuer, request: CertificateRequest, arrived: Moment | None = None
) -> Outcome:
    """Answer one request. The connection must be idle and in autocommit mode: each step is a transaction of its own.

    `arrived`: when it came, where it has waited since; now by default. Raises `RequestConflict` for a known id with
    another body, `PeerFault` for a municipality this process does not serve. Everything else, faults of ours included,
    is a refusal with a code.
    """
    ensure(connection.autocommit, "each step of an issue commits by itself")
    if request.municipality_code != issuer.profile.code:
        raise PeerFault("municipality_not_served", "this system does not issue for that municipality")
    digest = body_digest(request)
    arrived = arrived or issuer.acting.moment()
    longest = timedelta(seconds=issuer.profile.deadline_longest_seconds)
    kept = msgspec.structs.replace(request, deadline=effective_deadline(request.deadline, arrived.at, longest))
    new = receive(connection, kept, digest, arrived.at)  # its commit has returned
    for _ in range(LOOKS_MAX):
        received, new = new or _look_up(connection, request.request_id), None
        stored = received.stored
        if stored.body_digest != digest:
            raise RequestConflict(
                release.open_case(connection, issuer, stored, CaseKind.ID_REUSED, "the same id came with another body")
            )
        limit = time_limit(stored.deadline, stored.received_at, arrived.at, arrived.ticks)
        outcome = _answer(connection, issuer, received, limit)
        if outcome is not None:
            return outcome
    raise OurFault("never_decided", "a request was found undecided after every look")


def _look_up(connection: psycopg.Connection, request_id: str) -> Received:
    stored = journal_store.read_request(connection, request_id)
    if stored is None:
        raise OurFault("request_lost", "a request just stored cannot be read")
    return Received(stored)


def _answer(connection: psycopg.Connection, issuer: Issuer, received: Received, limit: TimeLimit) -> Outcome | None:
    """Answer from where the request stands. None: another worker decided meanwhile, look again."""
    stored = received.stored
    match repeat_of(stored.state, late=issuer.is_late(limit), told_over=bool(stored.repeat_code)):
        case Repeat.DECIDE:
            return _decide(connection, issuer, received, limit)
        case Repeat.SAY_AGAIN:
            return refused(stored, stored.refusal_code)
        case Repeat.REBUILD:
            return _rebuild(connection, issuer, stored, limit)
        case Repeat.OVER:
            return answered_before(stored, stored.repeat_code)
        case Repeat.TOO_LATE:
            return hand_over.close(connection, issuer, stored, Technical.TOO_LATE)
        case Repeat.ALREADY_REPORTED:
            return hand_over.close(connection, issuer, stored, Technical.ALREADY_REPORTED)


def _decide(connection: psycopg.Connection, issuer: Issuer, received: Received, limit: TimeLimit) -> Outcome | None:
    """Read, decide, make, release; every way out but the last is a refusal that is recorded."""
    stored = received.stored
    shortest = timedelta(seconds=issuer.profile.deadline_shortest_seconds)
    if stored.deadline - stored.received_at < shortest:
        return release.refuse(connection, issuer, stored, RefusalDecided(code=Technical.DEADLINE_REFUSED.value))
    try:
        return _release_or_refuse(connection, issuer, received, limit)
    except LastLookMismatch as mismatch:
        return release.not_released(connection, issuer, stored, mismatch)
    except Exception as fault:  # noqa: BLE001 - whatever breaks ends as a refusal with a case, never as a paper (P3)
        return release.abort(connection, issuer, stored, fault)


def _release_or_refuse(
    connection: psycopg.Connection, issuer: Issuer, received: Received, limit: TimeLimit
) -> Outcome | None:
    """Prepare and release; again, from facts read anew, where holds moved or nothing of the release stands.

    Raises what broke, the `ROLLED_BACK` that came every time among it.
    """
    stored, first = received.stored, received.first
    rolled_back: psycopg.Error | None = None
    for _ in range(READINGS_MAX):
        prepared = _prepare(connection, issuer, stored, limit, first)
        first = None
        if isinstance(prepared, RefusalDecided):
            return release.refuse(connection, issuer, stored, prepared)
        try:
            return release.release(connection, issuer, stored, prepared, limit)
        except HoldsMovedError:
            continue
        except ROLLED_BACK as fault:
            rolled_back = fault
    if rolled_back is not None:
        raise rolled_back
    return release.refuse(connection, issuer, stored, RefusalDecided(code=Technical.FACTS_MOVED.value))


def _prepare(
    connection: psycopg.Connection, issuer: Issuer, stored: JournalRequest, limit: TimeLimit, first: FirstReading | None
) -> Prepared | RefusalDecided:
    """Read the facts, decide, and make the copies. Nothing of it leaves this call but its result."""
    facts = read_facts(
        connection,
        municipality_code=stored.municipality_code,
        serial=stored.serial,
        fiscal_year=stored.fiscal_year,
        notices=stored.kind in PAYMENT_KINDS,
        first=first.facts if first is not None else None,
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
        now=issuer.acting.clock(),
    )
    if isinstance(decision, eligibility.Ineligible):
        return RefusalDecided(
            code=decision.reason.value,
            addressee_number=addressee_of(facts),
            generation=facts.generation,
            failures=tuple(failure.reason.value for failure in decision.failures),
        )
    sequences = first.sequences if first is not None else _draw(connection, stored.copies)
    numbers = tuple(certificate_number(decision.as_of, stored.municipality_code, sequence) for sequence in sequences)
    return _make_copies(issuer, stored, facts, decision, numbers=numbers, limit=limit)


def _draw(connection: psycopg.Connection, copies: int) -> tuple[int, ...]:
    return tuple(journal_store.next_sequence(connection) for _ in range(copies))


def _make_copies(
    issuer: Issuer,
    stored: JournalRequest,
    facts: SubjectAtGeneration,
    eligible: eligibility.Eligible,
    *,
    numbers: tuple[str, ...],
    limit: TimeLimit,
) -> Prepared | RefusalDecided:
    copies: list[ReleasedCertificate] = []
    for number in numbers:
        if issuer.is_late(limit):
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
            return RefusalDecided(code=code.value, addressee_number=addressee_of(facts), generation=facts.generation)
    return Prepared(facts=facts, eligible=eligible, numbers=numbers, copies=tuple(copies))


def _rebuild(
    connection: psycopg.Connection, issuer: Issuer, stored: JournalRequest, limit: TimeLimit
) -> Outcome | None:
    """Answer a repeat of a request that was made: the same bytes, made again, compared with the journal (P1, P11)."""
    made = _same_again(connection, issuer, stored)
    if not isinstance(made, tuple):
        return made
    if issuer.is_late(limit):
        return hand_over.close(connection, issuer, stored, Technical.TOO_LATE)
    against = hand_over.permit_repeat(connection, issuer, stored)
    if against is not None:
        return against
    if issuer.is_late(limit):
        return hand_over.withhold(connection, issuer, stored)
    return issued(stored, stored.fee_per_copy, tuple(copy.certificate_number for copy in made), made)


def _same_again(
    connection: psycopg.Connection, issuer: Issuer, stored: JournalRequest
) -> tuple[ReleasedCertificate, ...] | Outcome | None:
    """Make the certificates of the journal a second time, or give the answer that says why not.

    Nothing was kept but digests, so the certificate is derived again from the same generation, number, date and form.
    Where it does not come out byte for byte the same, nothing leaves and a case is opened.
    """
    try:
        copies = journal_store.read_copies(connection, stored.request_id)
        made = _make_again(connection, issuer, stored, copies)
    except LastLookMismatch as mismatch:
        return release.not_released(connection, issuer, stored, mismatch)
    except Exception as fault:  # noqa: BLE001 - as above: a repeat that breaks does not leave, with a case (P3)
        release.open_case(connection, issuer, stored, CaseKind.REPLAY_MISMATCH, type(fault).__name__)
        return hand_over.close(connection, issuer, stored, Technical.REPLAY_MISMATCH)
    kept = tuple((copy.certificate_number, copy.sha256) for copy in copies)
    if tuple((certificate.certificate_number, certificate.sha256) for certificate in made) != kept:
        release.open_case(connection, issuer, stored, CaseKind.REPLAY_MISMATCH, "a repeat came out with other bytes")
        return hand_over.close(connection, issuer, stored, Technical.REPLAY_MISMATCH)
    return made


def _make_again(
    connection: psycopg.Connection,
    issuer: Issuer,
    stored: JournalRequest,
    copies: tuple[journal_store.JournalCopy, ...],
) -> tuple[ReleasedCertificate, ...]:
    as_of = stored.as_of
    if as_of is None or not copies:
        raise OurFault("journal_incomplete", "a made request has a date and copies")
    facts = read_facts(
        connection,
        municipality_code=stored.municipality_code,
        serial=stored.serial,
        fiscal_year=stored.fiscal_year,
        notices=stored.kind in PAYMENT_KINDS,
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


def question_of(stored: JournalRequest) -> Question:
    """Give what a stored request asks for, apart from whose it is."""
    return Question(
        kind=CertificateKind(stored.kind),
        fiscal_year=stored.fiscal_year,
        copies=stored.copies,
        plate_number=stored.plate_number,
    )
