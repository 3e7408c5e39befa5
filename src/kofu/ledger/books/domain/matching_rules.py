"""The rules payments are matched by and 延滞金 is calculated by, as the municipality and the law give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from kofu.ledger.books.domain.claims import Claim
from kofu.ledger.books.domain.exemptions import ClaimTerms
from kofu.ledger.books.domain.interest import Calculation, NewYear, Period, SmallBase, interest_of_parts
from kofu.ledger.books.domain.rates import RateTable
from kofu.ledger.books.domain.refund_interest import InterestUntil

PLAIN_TERMS = ClaimTerms()


@dataclass(frozen=True, slots=True)
class MatchingRules:
    """What a municipality decides: rates of 延滞金, how small bases are judged, exempt periods that hold for all.

    `barred`: claims extinguished by 時効, each with the first day on which it was not owed any more. `terms`: claims
    with 増額, 猶予, 停止 or 延長 of their own, which `books.claim_terms` reads. `refund_interest`: until when
    還付加算金 counts.
    """

    rates: RateTable
    small_base: SmallBase = SmallBase.ORIGINAL
    exempt: tuple[Period, ...] = ()
    barred: Mapping[int, date] = field(default_factory=dict)
    refund_interest: InterestUntil = InterestUntil.APPROVAL
    new_year: NewYear = NewYear.CUT
    terms: Mapping[int, ClaimTerms] = field(default_factory=dict)

    def terms_of(self, claim_id: int) -> ClaimTerms:
        """Give what makes the 延滞金 of a claim its own."""
        return self.terms.get(claim_id, PLAIN_TERMS)

    def interest_of(
        self, claim: Claim, assessed: int, payments: Sequence[tuple[date, int]], until: date
    ) -> Calculation:
        """Calculate 延滞金 of a claim up to `until`, by its own 増額, 猶予 and 停止: `assessed` 本税 in yen.

        `payments`: (領収日, yen of 本税). Raises `OperatorFault` `rate_missing`.
        """
        terms = self.terms_of(claim.claim_id)
        return interest_of_parts(
            terms.parts(claim.due_date, assessed),
            payments=payments,
            until=until,
            rates=self.rates,
            exempt=(*self.exempt, *terms.exempt),
            in_grace=terms.in_grace,
            small=self.small_base,
            new_year=self.new_year,
        )
