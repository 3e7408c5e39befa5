"""収納の訂正: a payment is taken out of the ledger or moved, by entries that undo where its money went.

Nothing is deleted. One person proposes a correction, another decides it, by the table below.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from uuid import UUID

from kofu.core.errors import OperatorFault
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle
from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import Books, Share
from kofu.ledger.books.domain.posting import Excess


class CorrectionKind(StrEnum):
    """What is corrected."""

    TAKE_OUT = "take_out"  # 収納取消: the payment was never there
    MOVE = "move"  # 付替: it is for another 期別 or person
    TO_SUSPENSE = "to_suspense"  # 充てた先の取消: it waits in 仮受 again


class CorrectionState(LabelledEnum):
    """Where a correction stands."""

    PROPOSED = "proposed", "起案"
    APPROVED = "approved", "決裁済"
    DECLINED = "declined", "却下"  # the payment stays as it is, and can be proposed again


class CorrectionEvent(LabelledEnum):
    """What happens to it."""

    APPROVE = "approve", "決裁"
    DECLINE = "decline", "却下"


CORRECTION_LIFE = LifeCycle(
    title="収納の訂正",
    thing="a correction",
    reason="correction_decided",
    states=CorrectionState,
    events=CorrectionEvent,
    begins=frozenset({CorrectionState.PROPOSED}),
    ends=frozenset({CorrectionState.APPROVED, CorrectionState.DECLINED}),
    table={
        (CorrectionState.PROPOSED, CorrectionEvent.APPROVE): CorrectionState.APPROVED,
        (CorrectionState.PROPOSED, CorrectionEvent.DECLINE): CorrectionState.DECLINED,
    },
)


def take_out(books: Books, payment_id: UUID, on: date, *, reason: str) -> None:
    """Take a payment out: from its claims, from 過誤納 and 仮受, then void it (収納取消). Raises as `free_payment`."""
    free_payment(books, payment_id, on, reason=reason)
    if unallocated := books.payments[payment_id].unallocated:
        books.post(posting.void(payment_id, unallocated, on, reason=reason))


def free_payment(books: Books, payment_id: UUID, on: date, *, reason: str) -> None:
    """Free all money of a payment: from its claims, from 過誤納 and 仮受. The caller gives it a place.

    延滞金 that was fixed because this payment settled a claim late is no longer fixed, and is fixed anew when the claim
    is paid. Where others pay it, it is fixed anew with them, when the caller makes the notice anew: what pays it by a
    decision (充当) stands until then. Raises `OperatorFault` `refund_under_way` where money of the payment was
    refunded, lapsed, or is decided to be refunded.
    """
    payment = books.payments[payment_id]
    if payment.refundable or payment.refunded or payment.lapsed or payment.added:
        raise OperatorFault("refund_under_way", "money of this payment is being refunded; withdraw the refund first")
    for share in [share for (owner, _), share in sorted(books.shares.items()) if owner == payment_id]:
        _free_share(books, share, on, reason)
    if payment.suspense:
        books.post(posting.take_from_suspense(payment_id, payment.suspense, on, reason=reason))


def _free_share(books: Books, share: Share, on: date, reason: str) -> None:
    payment_id, claim_id = share.payment_id, share.claim_id
    if share.principal or share.interest:
        paid_principal = share.principal
        books.post(
            posting.free(payment_id, claim_id, on, principal=share.principal, interest=share.interest, reason=reason)
        )
        claim = books.claims[claim_id]
        others_pay_it = claim.interest_paid > 0
        if paid_principal and claim.due and claim.interest_assessed and not others_pay_it:
            books.post_all(posting.revise_interest(books, claim_id, 0, on, reason=reason))
    for excess, amount in ((Excess.OVERPAID, share.overpaid), (Excess.IN_ERROR, share.in_error)):
        if amount:
            books.post(posting.take_back_excess(payment_id, claim_id, amount, on, excess, reason=reason))
