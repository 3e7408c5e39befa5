"""Claims for the tests of the rules of the books."""

from __future__ import annotations

from datetime import date

from kofu.ledger.books.domain.claims import Claim, Notice, Tax


def claim_due(on: date) -> Claim:
    notice = Notice(
        municipality_code="139998",
        notice_number="N1",
        addressee_number="1",
        tax=Tax.RESIDENT,
        fiscal_year=on.year,
        origin_year=on.year,
        collection_method="ordinary",
        statutory_due_date=on,
    )
    return Claim(claim_id=1, notice=notice, installment="4", due_date=on)
