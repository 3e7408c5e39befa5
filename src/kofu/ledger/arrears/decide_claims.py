"""What two people decide about a claim: 不納欠損, 延滞金減免, the end of a stay; done at the approval by the second."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from kofu.core.calendar import day_in_japan
from kofu.core.errors import InvariantBroken, OperatorFault, ensure
from kofu.core.four_eyes import PendingProposal, require_proposer, require_reason, require_second_person
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.arrears import dunning, events
from kofu.ledger.arrears.domain.events import StayEvent
from kofu.ledger.arrears.domain.proposals import PROPOSAL_LIFE, DecisionKind, ProposalEvent, ProposalState
from kofu.ledger.arrears.domain.write_off import WORDS, WriteOffReason, check_write_off
from kofu.ledger.arrears.proposal_basis import (
    EventEnd,
    ProposalBasis,
    ReasonAlone,
    RecordedEvent,
    WrongRecords,
    basis_from_json,
    basis_to_json,
    extinction_basis,
)
from kofu.ledger.books.accounting import posting_now
from kofu.ledger.books.claim_terms import extinctions
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.posting import ClaimPart
from kofu.ledger.books.domain.prescription import PrescriptionEvent
from kofu.ledger.books.journal import open_books, store_books
from kofu.platform.standing_proposals import require_decider

#: What is put on record and moves no money.
ON_RECORD = frozenset({DecisionKind.END_EVENT, DecisionKind.EVENT, DecisionKind.TAKE_BACK})
#: What takes more than the claim to approve: each in its own module, by its own screen.
ELSEWHERE = frozenset({DecisionKind.REALLOCATE, DecisionKind.UNDO_WRITE_OFF})


WHAT = "a decision about a claim"


@dataclass(frozen=True, slots=True)
class ProposedDecision:
    """A proposal: its id and the yen it would take out."""

    decision_id: UUID
    amount: int


def propose_write_off(
    connection: psycopg.Connection, claim_id: int, reason: WriteOffReason, *, acting: Acting
) -> ProposedDecision:
    """起案 of a 不納欠損: only of what is extinguished today, for the reason that extinguished it.

    Raises `OperatorFault` `write_off_not_extinguished`, `write_off_reason`, `nothing_due`, `proposed_already`.
    """
    today = day_in_japan(acting.now)
    with connection.transaction():
        ended = extinctions(connection, [claim_id])[claim_id]
        check_write_off(reason, ended, today)
        books = open_books(connection, claim_ids=[claim_id])
        amount = books.claims[claim_id].due + books.claims[claim_id].interest_due
        return put_proposal(
            connection,
            claim_id,
            DecisionKind.WRITE_OFF,
            amount,
            reason.value,
            basis=extinction_basis(ended),
            acting=acting,
        )


def propose_waiver(
    connection: psycopg.Connection, claim_id: int, amount: int, *, reason: str, acting: Acting
) -> ProposedDecision:
    """起案 of a 延滞金減免 of `amount` yen, at most what is due of it. Raises `OperatorFault` as above, `too_much`."""
    with connection.transaction():
        books = open_books(connection, claim_ids=[claim_id])
        due = books.claims[claim_id].interest_due
        if not 0 < amount <= due:
            raise OperatorFault(
                "too_much", f"{due} yen of 延滞金 are due; no other amount than 1 to that can be waived"
            )
        return put_proposal(
            connection, claim_id, DecisionKind.WAIVE_INTEREST, amount, reason, basis=ReasonAlone(), acting=acting
        )


def propose_end(
    connection: psycopg.Connection,
    event_id: int,
    *,
    on: date,
    withdrawn: bool,
    reason: str,
    acting: Acting,
    fact_on: date | None = None,
) -> ProposedDecision:
    """起案 of the end of a stay on a day: 差押・交付要求の解除 (`withdrawn`), 猶予・執行停止の取消.

    `fact_on`: the day of the fact a 猶予 or 停止 is revoked for. Raises `OperatorFault` `no_such_event`, `event_ended`,
    `end_ahead`, `reason_needed`, `proposed_already`, `fact_after_end`.
    """
    if fact_on is not None and fact_on > on:
        raise OperatorFault("fact_after_end", "the fact it is revoked for lies after the decision")
    with connection.transaction():
        today = day_in_japan(acting.now)
        event = dunning.stay(connection, event_id, on=on, today=today, event=StayEvent.PROPOSE_END)
        basis = EventEnd(event_id, on, withdrawn, fact_on)
        return put_proposal(connection, event.claim_id, DecisionKind.END_EVENT, 0, reason, basis=basis, acting=acting)


def propose_event(
    connection: psycopg.Connection, claim_id: int, event: PrescriptionEvent, *, reason: str, acting: Acting
) -> ProposedDecision:
    """起案 of an event that takes a right away (差押, 執行停止, 即時消滅, 猶予, 延長 …).

    Raises `OperatorFault` `one_person_records` for what needs no second person, `reason_needed`, `proposed_already`,
    and why it cannot be, as `check_event` says.
    """
    with connection.transaction():
        if not events.require_possible(connection, claim_id, event, acting=acting).two_people:
            raise OperatorFault("one_person_records", "this is noted by one person; nobody approves it")
        return put_proposal(connection, claim_id, DecisionKind.EVENT, 0, reason, basis=event, acting=acting)


def propose_take_back(
    connection: psycopg.Connection, event_id: int, *, reason: str, acting: Acting
) -> ProposedDecision:
    """起案 of taking back a record made in error, whatever it was: 時効 and 延滞金 follow what then stands.

    Raises `OperatorFault` `no_such_event`, `taken_back_already`, `written_off_on_it`, `reason_needed`,
    `proposed_already`.
    """
    with connection.transaction():
        found = events.require_standing(connection, event_id)
        basis = WrongRecords((RecordedEvent(event_id, found.event.happening, found.event.on),))
        return put_proposal(connection, found.claim_id, DecisionKind.TAKE_BACK, 0, reason, basis=basis, acting=acting)


def approve(connection: psycopg.Connection, decision_id: UUID, *, acting: Acting) -> int:
    """決裁 by a second person: posted as it stands today; give the yen, 0 for what is put on record.

    Raises `OperatorFault` `second_person_needed`, `decision_state`, `amount_changed` where the claim has moved since,
    `event_ended`, and why an event cannot be (any more); `decided_elsewhere` for a 再充当 or a 不納欠損の取消.
    """
    today = day_in_japan(acting.now)
    with connection.transaction():
        waiting = waiting_proposal(connection, decision_id, acting)
        claim_id, kind, amount, reason = waiting.claim_id, waiting.kind, waiting.amount, waiting.reason
        if kind in ELSEWHERE:
            raise OperatorFault("decided_elsewhere", f"{kind.value} is approved on its own page, by its own step")
        if kind in ON_RECORD:
            _put_on_record(connection, waiting, acting)
            close_proposal(connection, decision_id, ProposalEvent.APPROVE, kind, acting)
            return 0
        books = open_books(connection, claim_ids=[claim_id])
        balance = books.claims[claim_id]
        if kind is DecisionKind.WRITE_OFF:
            check_write_off(WriteOffReason(reason), extinctions(connection, [claim_id])[claim_id], today)
            if balance.due + balance.interest_due != amount:
                raise OperatorFault("amount_changed", "the claim has moved on since; withdraw it and propose it again")
            books.post(posting.write_off(books, claim_id, today, reason=WORDS[WriteOffReason(reason)]))
        else:
            if balance.interest_due < amount:
                raise OperatorFault("amount_changed", "less 延滞金 is due now; withdraw it and propose it again")
            books.post(posting.waive(claim_id, amount, today, reason=reason, part=ClaimPart.INTEREST))
        booked = posting_now(connection, municipality_of(connection, claim_id), acting, source=f"決裁 {decision_id}")
        store_books(connection, books, booked)
        close_proposal(connection, decision_id, ProposalEvent.APPROVE, kind, acting)
    return amount


def _put_on_record(connection: psycopg.Connection, waiting: OpenProposal, acting: Acting) -> None:
    """Record what was proposed: an event, that others were recorded in error, or the end of one."""
    match waiting.basis:
        case PrescriptionEvent() as event:
            events.require_possible(connection, waiting.claim_id, event, acting=acting)
            events.add_event(connection, waiting.claim_id, event, reason=waiting.reason, acting=acting)
        case WrongRecords(records):
            for one in records:
                events.take_back(connection, one.event, reason=waiting.reason, acting=acting)
        case EventEnd() as end:
            dunning.end_event(
                connection,
                end.event,
                on=end.on,
                withdrawn=end.withdrawn,
                fact_on=end.fact_on,
                reason=waiting.reason,
                acting=acting,
                decided=True,
            )
        case _:
            raise InvariantBroken(f"a proposal of {waiting.kind.value} puts nothing on record")


def withdraw(connection: psycopg.Connection, decision_id: UUID, *, acting: Acting) -> None:
    """取下げ: who proposed it takes it back. Raises `OperatorFault` `not_the_proposer`, `decision_state`."""
    with connection.transaction():
        waiting = waiting_proposal(connection, decision_id)
        require_proposer(acting.actor, waiting.proposed_by, what=WHAT)
        close_proposal(connection, decision_id, ProposalEvent.WITHDRAW, waiting.kind, acting)


def decline(connection: psycopg.Connection, decision_id: UUID, *, acting: Acting) -> None:
    """差戻し by another than who proposed it. Raises `OperatorFault` `second_person_needed`, `decision_state`."""
    with connection.transaction():
        waiting = waiting_proposal(connection, decision_id)
        require_second_person(acting.actor, waiting.proposed_by, what=WHAT)
        close_proposal(connection, decision_id, ProposalEvent.DECLINE, waiting.kind, acting)


@dataclass(frozen=True, slots=True)
class OpenProposal:
    """A proposal that waits for approval. `basis`: what it rests on, by its kind."""

    claim_id: int
    kind: DecisionKind
    amount: int
    reason: str
    proposed_by: str
    basis: ProposalBasis


def put_proposal(
    connection: psycopg.Connection,
    claim_id: int,
    kind: DecisionKind,
    amount: int,
    reason: str,
    *,
    basis: ProposalBasis,
    acting: Acting,
) -> ProposedDecision:
    """Store a proposal, in the caller's transaction. Raises `OperatorFault` as the use cases say."""
    if not amount and kind not in ON_RECORD:
        raise OperatorFault("nothing_due", "nothing is due of this claim")
    require_reason(reason, "a decision names its reason")
    decision_id = uuid4()
    done = connection.execute(
        "INSERT INTO claim_decision (id, claim_id, kind, amount, reason, basis, state, proposed_by, proposed_at,"
        " decided_by) VALUES (%s, %s, %s, %s, %s, %s, 'proposed', %s, %s, '') ON CONFLICT DO NOTHING",
        [decision_id, claim_id, kind, amount, reason, Jsonb(basis_to_json(basis)), acting.actor, acting.now],
    ).rowcount
    if not done:
        raise OperatorFault("proposed_already", "a proposal of this kind waits for approval; decide it first")
    record(connection, acting, f"{kind}.propose", "proposed", decision=str(decision_id))
    return ProposedDecision(decision_id, amount)


def waiting_proposal(connection: psycopg.Connection, decision_id: UUID, approver: Acting | None = None) -> OpenProposal:
    """Lock a proposal that waits; where `approver` is named, it must not be who proposed it, and it must stand still.

    Raises `OperatorFault` `no_such_decision`, `decision_state`, `second_person_needed`, `proposal_lapsed`.
    """
    row = connection.execute(
        "SELECT claim_id, kind, amount, reason, proposed_by, basis, state, proposed_at FROM claim_decision"
        " WHERE id = %s FOR UPDATE",
        [decision_id],
    ).fetchone()
    if row is None:
        raise OperatorFault("no_such_decision", "there is no such proposal")
    PROPOSAL_LIFE.after(
        ProposalState(row[6]), ProposalEvent.APPROVE if approver is not None else ProposalEvent.WITHDRAW
    )
    if approver is not None:
        require_decider(connection, approver.actor, PendingProposal(row[4], row[7]), what=WHAT)
    kind = DecisionKind(row[1])
    return OpenProposal(row[0], kind, row[2], row[3], row[4], basis_from_json(kind, row[5]))


def close_proposal(
    connection: psycopg.Connection, decision_id: UUID, event: ProposalEvent, kind: DecisionKind, acting: Acting
) -> None:
    """Store what was decided on a proposal that is locked and waits, by whom and when, with its audit entry."""
    state = PROPOSAL_LIFE.after(ProposalState.PROPOSED, event)
    connection.execute(
        "UPDATE claim_decision SET state = %s, decided_by = %s, decided_at = %s WHERE id = %s",
        [state, acting.actor, acting.now, decision_id],
    )
    record(connection, acting, f"{kind}.{state}", state, decision=str(decision_id))


def municipality_of(connection: psycopg.Connection, claim_id: int) -> str:
    """Give the code of the municipality a claim belongs to."""
    row = connection.execute(
        "SELECT municipality_code FROM claim JOIN notice ON notice.id = notice_id WHERE claim.id = %s", [claim_id]
    ).fetchone()
    ensure(row is not None, "a claim has its notice")
    return str(row[0]) if row else ""
