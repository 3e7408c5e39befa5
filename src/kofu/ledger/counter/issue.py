"""⑪–⑭ 窓口での証明書の交付: apply, look at what the paper will say, issue, print.

The paper is made by `kofu.certificates`, as the kiosk's is. The order of things is the guarantee:

1. the application is stored, with its content's digest: the same form sent twice is one application (P4, P11);
2. facts are read in one snapshot (P6) and decided upon; the clerk sees the content;
3. issuing reads and decides again: what would now say anything else than what the clerk saw is not issued;
4. each copy is made as a value of the call (P1) and passes the last look (P2);
5. one transaction looks once more at stops, holds and facts, and writes copies, event and audit entry (P7, P10);
6. bytes leave only by `print_copy`, which makes them again and lets them go where they are the same, byte for byte.

What stands after it (hand over, void, reissue) is `kofu.ledger.counter.steps`.
"""

from __future__ import annotations

import hashlib
from uuid import UUID

import msgspec
import psycopg

from kofu.certificates.content import NotCertifiable
from kofu.certificates.domain.numbers import Series, certificate_number
from kofu.certificates.last_look import LastLookMismatch, MismatchCause, judge
from kofu.certificates.released import ReleasedCertificate
from kofu.certificates.render import FieldCannotBeDrawn
from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault, OurFault
from kofu.core.kinds import HoldKind
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.counter.cases import CounterCaseKind, drain, open_case, stops_at_release
from kofu.ledger.counter.desk import CounterDesk, read_person_now, registry_holds_of
from kofu.ledger.counter.domain.rules import CounterApplication, needs_approval
from kofu.ledger.counter.domain.states import UNDECIDED, CounterEvent, CounterState
from kofu.ledger.counter.event_detail import IssueDetail, PrintDetail
from kofu.ledger.counter.preview import PreviewedYears, decide, order_again, order_of
from kofu.ledger.counter.store import (
    CounterCopy,
    StoredApplication,
    add_copies,
    add_event,
    application,
    copies_of,
    find_application,
    insert_application,
    lock_and_read,
    lock_application,
    next_sequence,
    record_event,
)
from kofu.ledger.people.find import whole_person
from kofu.platform.one_moment import one_moment
from kofu.press.engine import DoesNotFit


def apply(
    connection: psycopg.Connection,
    desk: CounterDesk,
    application_id: UUID,
    asked: CounterApplication,
    *,
    addressee_number: str,
    office: str,
    acting: Acting,
) -> StoredApplication:
    """申請を受け付ける: store it; of a person under 支援措置 it waits for a second person.

    The same id with the same content is the same application. Raises `OperatorFault` `id_reused` for another content
    (a case is open then), `person_unknown`, `nothing_asked` where no year or no document is named.
    """
    if not asked.years or len(set(asked.years)) != len(asked.years):
        raise OperatorFault("nothing_asked", "an application names at least one year, each once")
    digest = body_digest(asked, addressee_number, office)
    registry_holds = registry_holds_of(connection, desk, addressee_number)
    with connection.transaction():
        lock_application(connection, application_id)
        known = find_application(connection, application_id)
        if known is None:
            store(
                connection,
                desk,
                application_id,
                asked,
                addressee_number=addressee_number,
                office=office,
                digest=digest,
                registry_holds=registry_holds,
                acting=acting,
            )
            return application(connection, application_id)
        if known.body_digest != digest:
            open_case(
                connection,
                desk.profile.code,
                CounterCaseKind.ID_REUSED,
                summary="the same application form came with another content",
                application_id=application_id,
                acting=acting,
            )
    if known.body_digest != digest:
        raise OperatorFault("id_reused", "this form was sent before with another content; begin a new application")
    return known


def store(
    connection: psycopg.Connection,
    desk: CounterDesk,
    application_id: UUID,
    asked: CounterApplication,
    *,
    addressee_number: str,
    office: str,
    digest: str,
    registry_holds: tuple[HoldKind, ...] | None,
    acting: Acting,
    replaces: UUID | None = None,
) -> None:
    """Add an application with its first events and audit entry, in the caller's transaction.

    `registry_holds`: what the registry said a moment ago. Raises `OperatorFault` `person_unknown`.
    """
    person = whole_person(connection, desk.profile.code, addressee_number)
    if person is None:
        raise OperatorFault("person_unknown", "nobody has this 宛名番号; take the resident feed in first")
    insert_application(
        connection, application_id, asked, municipality_code=desk.profile.code, addressee_number=addressee_number,
        body_digest=digest, office=office, replaces=replaces, acting=acting,
    )  # fmt: skip
    state = CounterState.APPLIED
    add_event(connection, application_id, 1, CounterEvent.APPLY, state, office=office, acting=acting)
    if needs_approval(protected=person.protected or HoldKind.PROTECTION in (registry_holds or ())):
        stored = application(connection, application_id)
        state = record_event(connection, stored, CounterEvent.ASK_APPROVAL, office=office, acting=acting)
    record(
        connection, acting, "counter_certificate.apply", state.value,
        application=str(application_id), kind=asked.kind.value, office=office,
    )  # fmt: skip


def body_digest(asked: CounterApplication, addressee_number: str, office: str) -> str:
    """Digest what is applied for, in hexadecimal: equal for equal forms (P11)."""
    return hashlib.sha256(msgspec.json.encode((asked, addressee_number, office), order="deterministic")).hexdigest()


def issue(
    connection: psycopg.Connection, desk: CounterDesk, application_id: UUID, *, seen: str, office: str, acting: Acting
) -> tuple[CounterCopy, ...]:
    """発行: number, make, look, record. Years that stand refused stay refused; the others are issued together.

    `seen` is the digest of the preview the clerk looked at. An application issued before gives its copies again
    (P11). Raises `OperatorFault` `preview_changed`, `counter_state`, `approval_needed`, `nothing_issuable`,
    `counters_stopped`, `other_office`; `LastLookMismatch` after the counters were stopped; errors of making that are
    about the text (`FieldCannotBeDrawn`, `DoesNotFit`); anything else after a case was opened.
    """
    stored = application(connection, application_id)
    if stored.state not in UNDECIDED and (copies := copies_of(connection, application_id)):
        return copies
    _require_issuable(stored, office)
    registry_holds = registry_holds_of(connection, desk, stored.addressee_number)
    with one_moment(connection):
        decided = decide(connection, desk, stored, day_in_japan(acting.now), registry_holds)
    if needs_approval(protected=decided.preview.protected) and stored.state is not CounterState.APPROVED:
        _ask_approval(connection, stored, office=office, acting=acting)
        raise OperatorFault("approval_needed", "this person is under 支援措置; a second person must approve first")
    if decided.preview.seen != seen:
        raise OperatorFault("preview_changed", "what the paper would say has changed; look at it again")
    if not decided.eligible:
        raise OperatorFault("nothing_issuable", "nothing of this application can be issued; see why, year by year")
    try:
        made = _make_copies(connection, desk, stored, decided)
    except LastLookMismatch as mismatch:
        _not_released(connection, stored, mismatch, office=office, acting=acting)
        raise
    except (FieldCannotBeDrawn, DoesNotFit, NotCertifiable):
        raise
    except Exception as fault:  # a fault of ours ends without paper, with a case (P3), and is shown as what it is
        _abort(connection, stored, fault, office=office, acting=acting)
        raise
    return _release(connection, stored, decided, made, office=office, acting=acting)


def print_copy(
    connection: psycopg.Connection,
    desk: CounterDesk,
    application_id: UUID,
    position: int,
    *,
    office: str,
    reason: str = "",
    acting: Acting,
) -> ReleasedCertificate:
    """印刷: make an issued copy again and give it where it is the same, byte for byte. Only before it is handed over.

    Nothing was kept but digests: the bytes live in this call's value (P1). The event and its audit entry are durable
    before they are given (P10). A second printing needs a reason (紙詰まり …). Raises `OperatorFault` `counter_state`,
    `other_office`, `no_such_copy`, `print_reason_needed`, `counters_stopped`, and `facts_moved` where the ledger has
    moved on since: void the application and reissue it. Raises `LastLookMismatch` after the counters were stopped.
    """
    with one_moment(connection):
        stored = application(connection, application_id)
        copy = next((one for one in copies_of(connection, application_id) if one.position == position), None)
        if copy is None:
            raise OperatorFault("no_such_copy", "there is no such copy of this application")
        person = read_person_now(
            connection, stored.municipality_code, stored.addressee_number, [copy.fiscal_year], ()
        )  # what stands against the person was asked at the issue; here only the same bytes are made again
    try:
        made = desk.make(order_again(desk, stored, copy, person))
    except LastLookMismatch as mismatch:
        _not_released(connection, stored, mismatch, office=office, acting=acting)
        raise
    with connection.transaction():
        if stops_at_release(connection, stored.municipality_code):
            raise OperatorFault("counters_stopped", "issuing at the counters is stopped; see the open case")
        now = lock_and_read(connection, application_id)
        _require_office(now, office)
        if (made.sha256, made.facts_digest) != (copy.sha256, copy.facts_digest):
            raise OperatorFault("facts_moved", "the ledger has moved on since; void this application and reissue it")
        before = connection.execute(
            "SELECT count(*) FROM counter_event WHERE application_id = %s AND event = 'print'"
            " AND detail->>'position' = %s",
            [application_id, str(position)],
        ).fetchone()
        if before and before[0] and not reason.strip():
            raise OperatorFault("print_reason_needed", "this copy was printed before; say why it is printed again")
        record_event(
            connection, now, CounterEvent.PRINT, office=office, acting=acting, reason=reason.strip(),
            detail=PrintDetail(position, made.sha256),
        )  # fmt: skip
        record(
            connection, acting, "counter_certificate.print", "printed",
            application=str(application_id), number_of_paper=copy.certificate_number, sha256=made.sha256,
        )  # fmt: skip
    return made


def _not_released(
    connection: psycopg.Connection,
    stored: StoredApplication,
    mismatch: LastLookMismatch,
    *,
    office: str,
    acting: Acting,
) -> None:
    """Open a case; and stop the counters, unless only this person's text cannot be read back (`last_look.judgement`).

    Where it is the person's text, raises `OperatorFault` `text_not_readable`.
    """
    everybody = judge(mismatch.differences) is MismatchCause.MACHINE
    with connection.transaction():
        open_case(
            connection,
            stored.municipality_code,
            CounterCaseKind.LAST_LOOK_MISMATCH,
            summary="the finished paper did not say what the facts say"
            if everybody
            else "this person's text cannot be read back from the paper",
            evidence=[
                f"page {difference.page}, field {difference.field or '-'}: {difference.fault}"
                + (f" ({difference.why})" if difference.why else "")
                for difference in mismatch.differences
            ],
            application_id=stored.id,
            stops=everybody,
            acting=acting,
        )
        _end_undecided(connection, stored, office=office, acting=acting, reason="最終照合の不一致")
    if not everybody:
        raise OperatorFault("text_not_readable", "this person's text cannot be read back from the paper; see the case")
    drain(connection, stored.municipality_code)


# -- parts ------------------------------------------------------------------------------------------------------------


def _require_office(stored: StoredApplication, office: str) -> None:
    """Raise where another office took the application: its fee and its paper are of that office."""
    if stored.office != office:
        raise OperatorFault("other_office", "another office took this application; it goes on there")


def _require_issuable(stored: StoredApplication, office: str) -> None:
    if stored.state is CounterState.WAITING:
        raise OperatorFault("approval_needed", "this person is under 支援措置; a second person must approve first")
    if stored.state not in UNDECIDED:
        raise OperatorFault("counter_state", "this application is over; begin a new one")
    _require_office(stored, office)


def _ask_approval(connection: psycopg.Connection, stored: StoredApplication, *, office: str, acting: Acting) -> None:
    """Let an application wait for a second person whose subject came under 支援措置 after it was taken."""
    with connection.transaction():
        now = lock_and_read(connection, stored.id)
        if now.state is CounterState.APPLIED:
            state = record_event(connection, now, CounterEvent.ASK_APPROVAL, office=office, acting=acting)
            record(
                connection, acting, "counter_certificate.ask_approval", state.value,
                application=str(stored.id), office=office,
            )  # fmt: skip


def _make_copies(
    connection: psycopg.Connection, desk: CounterDesk, stored: StoredApplication, decided: PreviewedYears
) -> tuple[CounterCopy, ...]:
    """Make every copy and pass it through the last look; keep of each its record, not its bytes."""
    made: list[CounterCopy] = []
    for year, eligible in decided.eligible.items():
        for _ in range(stored.asked.copies):
            number = certificate_number(
                eligible.as_of, stored.municipality_code, next_sequence(connection), Series.COUNTER
            )
            paper = desk.make(order_of(desk, stored, decided.person, year, eligible, number=number))
            made.append(
                CounterCopy(
                    certificate_number=paper.certificate_number,
                    position=len(made) + 1,
                    fiscal_year=year,
                    title=paper.title,
                    form_version=eligible.form_version,
                    as_of=eligible.as_of,
                    last_sequence=decided.person.last_sequence,
                    fee=eligible.fee_per_copy,
                    sha256=paper.sha256,
                    facts_digest=paper.facts_digest,
                    pages=paper.pages,
                )
            )
    return tuple(made)


def _release(
    connection: psycopg.Connection,
    stored: StoredApplication,
    decided: PreviewedYears,
    made: tuple[CounterCopy, ...],
    *,
    office: str,
    acting: Acting,
) -> tuple[CounterCopy, ...]:
    """Write copies, event and audit entry in one transaction, after one more look at everything that could say no."""
    with connection.transaction():
        if stops_at_release(connection, stored.municipality_code):
            raise OperatorFault("counters_stopped", "issuing at the counters is stopped; see the open case")
        now = lock_and_read(connection, stored.id)
        if now.state not in UNDECIDED and (copies := copies_of(connection, stored.id)):
            return copies  # another press of the same button was faster
        _require_issuable(now, office)
        person = read_person_now(
            connection,
            stored.municipality_code,
            stored.addressee_number,
            stored.asked.years,
            decided.registry_holds,
        )
        if not person.same_facts(decided.person):
            raise OperatorFault("preview_changed", "what the paper would say has changed; look at it again")
        if needs_approval(protected=person.protected) and now.state is not CounterState.APPROVED:
            raise OperatorFault("approval_needed", "this person is under 支援措置; a second person must approve first")
        add_copies(connection, stored.id, made)
        refused = {str(year.year): year.failures[0].reason.value for year in decided.preview.years if year.failures}
        state = record_event(
            connection, now, CounterEvent.ISSUE, office=office, acting=acting,
            detail=IssueDetail(len(made), refused),
        )  # fmt: skip
        record(
            connection, acting, "counter_certificate.issue", state.value,
            application=str(stored.id), office=office, kind=stored.asked.kind.value,
            numbers=" ".join(copy.certificate_number for copy in made),
            sha256=" ".join(copy.sha256 for copy in made), generation=decided.person.last_sequence,
        )  # fmt: skip
    return made


def _abort(
    connection: psycopg.Connection, stored: StoredApplication, fault: Exception, *, office: str, acting: Acting
) -> None:
    """Record a fault of ours with a case. Its words stay out: they might quote a person."""
    code = fault.code if isinstance(fault, OurFault | OperatorFault) else "unexpected"
    with connection.transaction():
        open_case(
            connection,
            stored.municipality_code,
            CounterCaseKind.ISSUE_FAULT,
            summary=f"{type(fault).__name__} ({code})",
            application_id=stored.id,
            acting=acting,
        )
        _end_undecided(connection, stored, office=office, acting=acting, reason="処理中の異常")


def _end_undecided(
    connection: psycopg.Connection, stored: StoredApplication, *, office: str, acting: Acting, reason: str
) -> None:
    now = lock_and_read(connection, stored.id)
    if now.state in {CounterState.APPLIED, CounterState.APPROVED}:
        record_event(connection, now, CounterEvent.ABORT, office=office, acting=acting, reason=reason)
