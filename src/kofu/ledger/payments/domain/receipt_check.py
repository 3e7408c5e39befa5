"""Whether payments that have come can be posted one behind the other, or their notice must be looked at as a whole.

Most payments come later than all that is allocated already, and find room at the 期別 they name: posting them as they
come is the order of receipt. The question is asked for every payment, so it is answered from the books alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise

from kofu.ledger.books.domain.books import Books
from kofu.ledger.books.domain.claims import Claim, Payment


def comes_out_of_order(
    payments: Sequence[Payment], claims: Sequence[Claim], books: Books, changed_on: Mapping[int, date]
) -> bool:
    """Tell whether payments of one notice cannot be posted as they come.

    `payments`: in the order of receipt; `claims`: all 期別 of the notice, open in `books`; `changed_on`: the last day
    a claim was increased, reduced, waived or written off, where that happened.
    """
    named = {claim.installment: claim for claim in claims}
    known = [(payment, named[payment.installment]) for payment in payments if payment.installment in named]
    if not known:
        return False
    earliest = min(payment.received_on for payment, _ in known)
    if any(day >= earliest for claim in claims if (day := changed_on.get(claim.claim_id)) is not None):
        return True
    if any(_follows(books, claim, payment, target) for payment, target in known for claim in claims):
        return True
    dues = [claim.due_date for _, claim in known]
    in_time = any(payment.received_on <= max(dues) for payment, _ in known)
    if in_time and any(following <= due for due, following in pairwise(dues)):
        return True
    return _finds_no_room(known, books)


def _follows(books: Books, claim: Claim, payment: Payment, target: Claim) -> bool:
    """Whether money that lies at a claim came after a payment: on a later day, or that day for a later 期別."""
    days = (books.payments[payment_id].received_on for payment_id in books.payments_at.get(claim.claim_id, ()))
    later = claim.due_date > target.due_date
    return any(day > payment.received_on or (later and day == payment.received_on) for day in days)


def _finds_no_room(known: Sequence[tuple[Payment, Claim]], books: Books) -> bool:
    """Whether money paid in the 納期 finds other money in its place: that of another 期別's slip, or of a 充当."""
    asked: Counter[int] = Counter()
    for payment, claim in known:
        asked[claim.claim_id] += payment.amount
    return any(
        payment.received_on <= claim.due_date
        and bool(books.payments_at.get(claim.claim_id))
        and asked[claim.claim_id] > books.claims[claim.claim_id].due + books.claims[claim.claim_id].interest_due
        for payment, claim in known
    )
