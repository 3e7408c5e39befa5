"""Claims and payments for the tests of matching."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from kofu.ledger.books.domain import posting
from kofu.ledger.books.domain.books import Books, ClaimBalance
from kofu.ledger.books.domain.claims import Channel, Claim, Notice, Payment, Tax
from kofu.ledger.books.domain.matching_rules import MatchingRules
from kofu.ledger.books.rates_file import load_rates
from kofu.ledger.payments.domain.matching import MatchOutcome, place

RULES = MatchingRules(load_rates())
DUE = {"1": date(2026, 6, 30), "2": date(2026, 8, 31), "3": date(2026, 11, 2), "4": date(2027, 2, 1)}
NOTICE = Notice(
    municipality_code="139998",
    notice_number="20260000001",
    addressee_number="1",
    tax=Tax.RESIDENT,
    fiscal_year=2026,
    origin_year=2026,
    collection_method="ordinary",
    statutory_due_date=DUE["1"],
)
CLAIMS = [Claim(claim_id=int(name), notice=NOTICE, installment=name, due_date=due) for name, due in DUE.items()]


def opened(amount: int = 56_400) -> Books:
    books = Books(claims={claim.claim_id: ClaimBalance(claim.claim_id) for claim in CLAIMS})
    for claim in CLAIMS:
        books.post(posting.assess(claim.claim_id, amount, date(2026, 6, 1)))
    return books


def paying(amount: int, installment: str, on: date, number: int = 1, notice: str = NOTICE.notice_number) -> Payment:
    return Payment(
        payment_id=UUID(int=number),
        municipality_code="139998",
        key=f"test/{number}",
        channel=Channel.CONVENIENCE,
        received_on=on,
        booked_on=on,
        amount=amount,
        notice_number=notice,
        installment=installment,
    )


def pay(books: Books, payment: Payment, claims: list[Claim] = CLAIMS) -> MatchOutcome:
    books.open_payment(payment.payment_id, payment.received_on)
    return match(payment, claims, books, RULES)


def match(payment: Payment, claims: list[Claim], books: Books, rules: MatchingRules) -> MatchOutcome:
    """Post a payment as received, then to where it belongs, as a group of payments is posted."""
    books.post(posting.receive(payment.payment_id, payment.amount, payment.received_on, source=payment.source))
    return place(payment, claims, books, rules)
