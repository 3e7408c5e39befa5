"""収納の訂正: a payment is taken out of the ledger, by entries that undo where its money went. Nothing is deleted."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from kofu.core.errors import OperatorFault
from kofu.ledger.domain import posting
from kofu.ledger.domain.books import Books, Share
from kofu.ledger.domain.posting import Excess


def take_out(books: Books, payment_id: UUID, on: date, *, reason: str) -> None:
    """Take a payment out: from its claims, from 過誤納 and 仮受, then void it (収納取消).

    延滞金 that was fixed because this payment settled a claim late is no longer fixed: what other payments paid on it
    is owed back to them, and it is fixed anew when the claim is paid. Raises `OperatorFault` `refund_under_way` where
    money of the payment was refunded, lapsed, or is decided to be refunded.
    """
    payment = books.payments[payment_id]
    if payment.refundable or payment.refunded or payment.lapsed or payment.added:
        raise OperatorFault("refund_under_way", "money of this payment is being refunded; withdraw the refund first")
    for share in [share for (owner, _), share in sorted(books.shares.items()) if owner == payment_id]:
        _free_share(books, share, on, reason)
    if payment.suspense:
        books.post(posting.take_from_suspense(payment_id, payment.suspense, on, reason=reason))
    if payment.unallocated:
        books.post(posting.void(payment_id, payment.unallocated, on, reason=reason))


def _free_share(books: Books, share: Share, on: date, reason: str) -> None:
    payment_id, claim_id = share.payment_id, share.claim_id
    if share.principal or share.interest:
        paid_principal = share.principal
        books.post(
            posting.free(payment_id, claim_id, on, principal=share.principal, interest=share.interest, reason=reason)
        )
        claim = books.claims[claim_id]
        if paid_principal and claim.due and claim.interest_assessed:
            books.post_all(posting.revise_interest(books, claim_id, 0, on, reason=reason))
    for excess, amount in ((Excess.OVERPAID, share.overpaid), (Excess.IN_ERROR, share.in_error)):
        if amount:
            books.post(posting.take_back_excess(payment_id, claim_id, amount, on, excess, reason=reason))
