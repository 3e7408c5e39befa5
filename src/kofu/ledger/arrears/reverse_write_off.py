"""不納欠損の取消: what was written off of a claim is due again, by a decision of two people on the claim itself.

A 不納欠損 records that the law has ended a claim. It is reversed where that was not so: because a record it rested on
was wrong (執行停止 or 即時消滅 of another person's claim), or because what kept the claim alive was put on record after
it (承認, 差押). A wrong record is taken back by the same decision, since neither can come first: while it stands, the
claim is not owed; while the 不納欠損 stands, it is not taken back. Where the law has ended the claim all the same,
there is nothing to reverse.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import psycopg
from psycopg.rows import class_row

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.arrears import events
from kofu.ledger.arrears.decide_claims import (
    ProposedDecision,
    close_proposal,
    municipality_of,
    put_proposal,
    waiting_proposal,
)
from kofu.ledger.arrears.domain.proposals import DecisionKind, ProposalEvent
from kofu.ledger.arrears.domain.write_off import check_reversal
from kofu.ledger.arrears.proposal_basis import RecordedEvent, WrongRecords
from kofu.ledger.books.accounting import posting_now
from kofu.ledger.books.claim_terms import extinctions
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.journal import open_books, store_books
from kofu.ledger.payments.domain.make_anew import AnewReason, EntryCause
from kofu.ledger.payments.place_payments import make_anew
from kofu.ledger.payments.post_group import lock_posting


@dataclass(frozen=True, slots=True)
class _WrittenOff:
    """Yen of 本税 and 延滞金 that are due again."""

    principal: int
    interest: int

    @property
    def total(self) -> int:
        return self.principal + self.interest


def propose(
    connection: psycopg.Connection, claim_id: int, *, reason: str, wrong_records: Sequence[int] = (), acting: Acting
) -> ProposedDecision:
    """起案 of the reversal of all that is written off of a claim.

    `wrong_records`: numbers of records the 不納欠損 rested on that were made in error; they are taken back with it.
    Raises `OperatorFault` `claim_unknown`, `nothing_written_off`, `extinguished_by_law`, `receipt_case_first`,
    `no_such_event`, `taken_back_already`, `reason_needed`, `proposed_already`.
    """
    with connection.transaction():
        written_off = _reversible(connection, claim_id, wrong_records, acting)
        found = [events.require_wrong(connection, claim_id, number) for number in sorted(set(wrong_records))]
        basis = WrongRecords(tuple(RecordedEvent(one.event_id, one.event.happening, one.event.on) for one in found))
        return put_proposal(
            connection, claim_id, DecisionKind.UNDO_WRITE_OFF, written_off.total, reason, basis=basis, acting=acting
        )


def approve(connection: psycopg.Connection, decision_id: UUID, *, rules: MatchingRules, acting: Acting) -> int:
    """決裁 by a second person: posted as new entries; give the yen that are due again.

    The wrong records are taken back, and money that came while nothing was owed is placed as the order of receipt asks.
    Raises `OperatorFault` `second_person_needed`, `decision_state`, `amount_changed`, and what `propose` raises.
    """
    with connection.transaction():
        waiting = waiting_proposal(connection, decision_id, acting)
        if waiting.kind is not DecisionKind.UNDO_WRITE_OFF or not isinstance(waiting.basis, WrongRecords):
            raise OperatorFault("decided_elsewhere", "the proposal is no 不納欠損の取消")
        claim_id, wrong = waiting.claim_id, [one.event for one in waiting.basis.records]
        municipality_code = municipality_of(connection, claim_id)
        lock_posting(connection, municipality_code)
        written_off = _reversible(connection, claim_id, wrong, acting)
        if written_off.total != waiting.amount:
            raise OperatorFault("amount_changed", "the claim has moved on since; withdraw it and propose it again")
        books = open_books(connection, claim_ids=[claim_id])
        books.post(
            posting.reverse_write_off(
                claim_id,
                day_in_japan(acting.now),
                principal=written_off.principal,
                interest=written_off.interest,
                reason=waiting.reason,
            )
        )
        booked = posting_now(connection, municipality_code, acting, source=f"決裁 {decision_id}")
        store_books(connection, books, booked)
        for number in sorted(wrong, reverse=True):  # the last first: a record may rest on one before it
            events.take_back(connection, number, reason=waiting.reason, acting=acting)
        notice = _notice_of(connection, claim_id)
        make_anew(connection, municipality_code, {notice: EntryCause(why=AnewReason.WRITE_OFF_UNDONE)}, rules, booked)
        close_proposal(connection, decision_id, ProposalEvent.APPROVE, waiting.kind, acting)
    return written_off.total


# -- parts ------------------------------------------------------------------------------------------------------------


def _reversible(
    connection: psycopg.Connection, claim_id: int, wrong_records: Sequence[int], acting: Acting
) -> _WrittenOff:
    """Lock a claim and give what of it can be reversed today; raise as `propose` says."""
    with connection.cursor(row_factory=class_row(_WrittenOff)) as cursor:
        written_off = cursor.execute(
            "SELECT written_off AS principal, interest_written_off AS interest FROM claim_balance WHERE claim_id = %s"
            " FOR UPDATE",
            [claim_id],
        ).fetchone()
    if written_off is None:
        raise OperatorFault("claim_unknown", "there is no such claim")
    if not written_off.total:
        raise OperatorFault("nothing_written_off", "nothing of this claim is written off")
    wrong = [events.require_wrong(connection, claim_id, number) for number in wrong_records]
    instead = {one.event_id: events.stands_in(one) for one in wrong}
    check_reversal(extinctions(connection, [claim_id], instead)[claim_id], day_in_japan(acting.now))
    if _money_waits(connection, claim_id):
        raise OperatorFault(
            "receipt_case_first", "money from before the 不納欠損 waits in a case (領収日順の事案); decide that first"
        )
    return written_off


def _money_waits(connection: psycopg.Connection, claim_id: int) -> bool:
    """Whether two people are still to say what becomes of money that waits because of the 不納欠損."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM receipt_case JOIN claim AS named ON named.id = receipt_case.claim_id"
        " JOIN claim AS own ON own.notice_id = named.notice_id WHERE own.id = %s"
        " AND obstacle = 'written_off' AND state <> 'decided')",
        [claim_id],
    ).fetchone()
    return bool(row and row[0])


def _notice_of(connection: psycopg.Connection, claim_id: int) -> str:
    row = connection.execute(
        "SELECT notice_number FROM notice JOIN claim ON claim.notice_id = notice.id WHERE claim.id = %s", [claim_id]
    ).fetchone()
    return str(row[0]) if row else ""
