"""延滞金 of a 期別 fixed once its 本税 is paid, and revised where a 減額 changes what it was counted from."""

from __future__ import annotations

from datetime import date

from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import Books
from kofu.ledger.books.domain.claims import Claim
from kofu.ledger.books.domain.interest import Calculation
from kofu.ledger.books.domain.matching_rules import MatchingRules


def settle_interest(claim: Claim, books: Books, rules: MatchingRules) -> None:
    """Fix the 延滞金 of a claim whose 本税 has been paid up: what it came to by the days the payments were made."""
    calculation, last = interest_by_payments(claim, books, rules)
    if calculation.amount > books.claims[claim.claim_id].interest_assessed:
        books.post_all(
            posting.revise_interest(books, claim.claim_id, calculation.amount, last, detail=calculation.detail())
        )


def revise_after_reduction(
    claim: Claim, books: Books, rules: MatchingRules, on: date, *, reason: str, never_more: bool = False
) -> None:
    """Calculate 延滞金 anew after 減額更正, 取消 or 再充当: what was paid of it and is too much becomes 過納金.

    Nothing happens while 本税 is due: it is fixed when that is paid up. A claim that was written off comes
    to owe no more by it, nor does any with `never_more`. Raises `OperatorFault` `rate_missing`.
    """
    balance = books.claims[claim.claim_id]
    if balance.due:
        return
    calculation, _ = interest_by_payments(claim, books, rules)
    gone = never_more or balance.written_off or balance.interest_written_off
    amount = min(calculation.amount, balance.interest_assessed) if gone else calculation.amount
    books.post_all(
        posting.revise_interest(books, claim.claim_id, amount, on, reason=reason, detail=calculation.detail())
    )


def interest_by_payments(
    claim: Claim, books: Books, rules: MatchingRules, also: tuple[date, int] | None = None
) -> tuple[Calculation, date]:
    """Calculate 延滞金 on what is assessed now by the days of the payments of 本税, and tell the last of these.

    `also`: (領収日, yen of 本税) of a payment that is not posted yet.
    """
    balance = books.claims[claim.claim_id]
    paid = [
        (books.payments[share.payment_id].received_on, share.principal)
        for share in books.shares_of_claim(claim.claim_id)
        if share.principal
    ]
    if also is not None:
        paid.append(also)
    last = max((day for day, _ in paid), default=claim.due_date)
    if last <= claim.due_date:
        return Calculation(()), last
    return rules.interest_of(claim, balance.assessed - balance.waived, paid, last), last
