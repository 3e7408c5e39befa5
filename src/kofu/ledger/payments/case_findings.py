"""What a 領収日順の事案 keeps of what was found, as values; read from and written to JSON here and nowhere else.

Keys and words in the database are those of the values. Amounts are yen.
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from kofu.ledger.payments.domain.make_anew import AnewObstacle, AnewPlan


class ClaimFinding(msgspec.Struct, frozen=True):
    """What a 期別 would owe by the order of receipt, and what it owes as it is (None: money waits for the decision).

    `written_off`: what of its 不納欠損 would be taken back.
    """

    claim_id: int
    due: int
    interest_due: int
    due_now: int | None
    interest_due_now: int | None
    written_off: int


class MoneyThatLeft(msgspec.Struct, frozen=True):
    """Money of a payment that has left a 期別 and would not have."""

    payment_id: UUID
    claim_id: int
    amount: int


class CaseFindings(msgspec.Struct, frozen=True):
    """What was found when a case was opened."""

    claims: tuple[ClaimFinding, ...]
    left: tuple[MoneyThatLeft, ...]


def findings_of(obstacle: AnewObstacle, ideal: AnewPlan, bound: AnewPlan | None) -> CaseFindings:
    """Put two plans beside each other: yen per claim in either case, and what has left."""
    is_now = bound.replayed.books.claims if bound is not None else {}
    return CaseFindings(
        claims=tuple(
            ClaimFinding(
                claim_id=claim_id,
                due=balance.due,
                interest_due=balance.interest_due,
                due_now=is_now[claim_id].due if claim_id in is_now else None,
                interest_due_now=is_now[claim_id].interest_due if claim_id in is_now else None,
                written_off=sum(ideal.reversed_.get(claim_id, (0, 0))),
            )
            for claim_id, balance in ideal.replayed.books.claims.items()
        ),
        left=tuple(
            MoneyThatLeft(payment_id, claim_id, amount)
            for what, payment_id, claim_id, amount in ideal.left
            if what is obstacle
        ),
    )


def findings_to_json(found: CaseFindings) -> object:
    """Give the JSON of what was found."""
    return msgspec.to_builtins(found)


def left_to_json(found: CaseFindings) -> object:
    """Give the JSON of what has left alone, by which a case that was decided is found again."""
    return msgspec.to_builtins(found.left)


def findings_from_json(kept: object) -> CaseFindings:
    """Read what was found. Raises `msgspec.ValidationError` where what is kept is none."""
    return msgspec.convert(kept, CaseFindings)
