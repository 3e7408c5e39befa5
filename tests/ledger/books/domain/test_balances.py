"""No balance of the books falls below zero, whichever it is (P12)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import BalanceBroken, Books, ClaimBalance
from kofu.ledger.books.domain.posting import Entry

PAYMENT, CLAIM, DAY = UUID(int=1), 1, date(2026, 11, 20)


@pytest.mark.parametrize(
    "entry",
    [
        posting.take_from_suspense(PAYMENT, 1_001, DAY, reason="仮受から"),
        posting.return_refund(PAYMENT, CLAIM, DAY, amount=1, reason="口座なし"),
        posting.waive(CLAIM, 30_001, DAY, reason="災害"),
        posting.void(PAYMENT, 1_001, DAY, reason="誤入力"),
    ],
    ids=["suspense", "refunded", "due", "received"],
)
def test_what_takes_more_than_there_is_is_refused_before_it_is_stored(entry: Entry) -> None:
    """Of 1,000 yen in suspense 1,001 cannot be taken: what is left over as money without a place would look sound."""
    books = Books(claims={CLAIM: ClaimBalance(CLAIM)})
    books.post(posting.assess(CLAIM, 30_000, DAY))
    books.open_payment(PAYMENT, DAY)
    books.post(posting.receive(PAYMENT, 1_000, DAY))
    books.post(posting.suspend(PAYMENT, 1_000, DAY, reason="通知書番号なし"))
    with pytest.raises(BalanceBroken):
        books.post(entry)
