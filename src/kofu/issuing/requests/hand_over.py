"""Who may hand a made paper out, and what is told to whoever asks for it again (P11).

A release lets one worker hand the paper out, each repeat in time one more. `may_leave` of the request counts them. A
worker that finds itself too late says so (`withhold`): where every one of them has, the paper was *withheld*, and that
is a refusal. Nobody says it for another: while one has not spoken, the paper may be in a resident's hands, and all that
can be told is that the request was answered before (`close`), which is no refusal. Either is written before it is told,
and then told for ever.
"""

from __future__ import annotations

import psycopg

from kofu.certificates.domain.refusals import Reason
from kofu.contracts.issuing import AnsweredBefore, Refused
from kofu.core.errors import ensure
from kofu.issuing.requests import journal_store
from kofu.issuing.requests.answers import answered_before, refused
from kofu.issuing.requests.domain.states import WITHOUT_PAPER, RequestState, after_withholding
from kofu.issuing.requests.domain.technical import Technical, refusal_for
from kofu.issuing.requests.issuer import Issuer, audit_detail
from kofu.issuing.requests.journal_store import JournalRequest
from kofu.issuing.requests.leaving import LeavingEntry, Verdict, leave_again


def permit_repeat(
    connection: psycopg.Connection, issuer: Issuer, stored: JournalRequest
) -> AnsweredBefore | Refused | None:
    """Record that the same bytes leave once more; None where they may. Otherwise the answer, recorded (P7, P10)."""
    ensure(connection.autocommit, "what is recorded is durable when the statement returns")
    entry = issuer.acting.entry(
        "certificate.repeat",
        stored.state.value,
        subject=issuer.pseudonyms.of(stored.municipality_code, stored.addressee_number),
        detail=audit_detail(stored),
    )
    match leave_again(connection, stored, LeavingEntry(issuer.acting.lane, entry.body())):
        case Verdict.RELEASED:
            return None
        case Verdict.HALTED:
            return close(connection, issuer, stored, Technical.HALTED_MEANWHILE)
        case Verdict.MOVED:
            return close(connection, issuer, stored, Technical.FACTS_MOVED)
        case Verdict.DECIDED:
            return close(connection, issuer, stored, Technical.ALREADY_REPORTED)


def close(
    connection: psycopg.Connection, issuer: Issuer, stored: JournalRequest, code: Reason | Technical
) -> AnsweredBefore | Refused:
    """Record why nothing leaves again, then say it: what was told first, where somebody was told before."""
    with connection.transaction():
        locked = _locked(connection, stored)
        if locked.state in WITHOUT_PAPER:  # it was withheld meanwhile
            return refused(locked, locked.refusal_code)
        answer_code = locked.repeat_code or code.value
        _close(connection, issuer, locked, answer_code)
    return answered_before(stored, answer_code)


def withhold(connection: psycopg.Connection, issuer: Issuer, stored: JournalRequest) -> AnsweredBefore | Refused:
    """Record that this worker, which might have handed the paper out, is too late and did not; then say so."""
    code = Technical.TOO_LATE.value
    with connection.transaction():
        locked = _locked(connection, stored)
        after = after_withholding(locked.state, locked.may_leave)
        journal_store.withhold(
            connection, locked, after, issuer.acting.clock(), refusal_code=code, public_code=refusal_for(code).code
        )
        issuer.acting.record(
            connection,
            "certificate.hold_back",
            after.value,
            subject=issuer.pseudonyms.of(locked.municipality_code, locked.addressee_number),
            detail=audit_detail(locked),
        )
        if after is RequestState.WITHHELD:
            return refused(locked, code)
        answer_code = locked.repeat_code or code
        _close(connection, issuer, locked, answer_code)
    return answered_before(stored, answer_code)


def _locked(connection: psycopg.Connection, stored: JournalRequest) -> JournalRequest:
    locked = journal_store.read_request(connection, stored.request_id, lock=True)
    ensure(locked is not None, "a request is never removed")
    return locked or stored


def _close(connection: psycopg.Connection, issuer: Issuer, locked: JournalRequest, code: str) -> None:
    if locked.repeat_code:
        return
    journal_store.close_to_repeats(connection, locked.request_id, code)
    issuer.acting.record(
        connection,
        "certificate.not_again",
        code,
        subject=issuer.pseudonyms.of(locked.municipality_code, locked.addressee_number),
        detail=audit_detail(locked),
    )
