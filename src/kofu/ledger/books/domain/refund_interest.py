"""還付加算金 (地方税法17条の4, 附則3条の2): what is added to money that goes back.

Counted per day from the day after a starting day, which depends on why the money goes back, to the day the payment was
decided (決裁日) or the money was appropriated (適状日). Base and result are cut as with 延滞金.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kofu.core.errors import ensure
from kofu.core.yen import floor_to
from kofu.ledger.books.domain.interest import (
    BASE_UNIT,
    ONE_DAY,
    SMALLEST_BASE,
    Calculation,
    InterestSegment,
    Period,
    by_year,
    months_end,
    outside,
)
from kofu.ledger.books.domain.rates import RateKind, RateTable

CLAIM_DAYS = timedelta(days=30)
MONTHS_AFTER_REQUEST = 3


class InterestUntil(StrEnum):
    """支出を決定した日 of what is paid out, until which 還付加算金 counts: municipalities decide at different steps."""

    APPROVAL = "approval"  # with the 決裁 of the refund; the notice that follows tells the amount
    CLAIM = "claim"  # when the claim has come that the notice asked for: 除算期間 counts


class RefundCause(StrEnum):
    """Why money goes back, as 17条の4第1項 tells the starting days apart."""

    REASSESSMENT = "reassessment"  # 1号: 更正・決定・賦課決定による過納
    REQUEST = "request"  # 2号: 更正の請求に基づく更正
    INCOME_TAX = "income_tax"  # 3号: 所得税の更正・申告に基因する賦課決定による過納
    OTHER = "other"  # 4号: 誤納など


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The days a cause is judged by.

    `paid_on` is needed always; `requested_on` and `corrected_on` for 2号; `income_tax_on` (the day of the notice of the
    income tax correction, or of the return) for 3号.
    """

    cause: RefundCause
    paid_on: date
    requested_on: date | None = None
    corrected_on: date | None = None
    income_tax_on: date | None = None


def counts_from(origin: Origin) -> date:
    """First day that counts. Raises `InvariantBroken` where a day the cause needs is missing."""
    match origin.cause:
        case RefundCause.REASSESSMENT:
            return origin.paid_on + ONE_DAY
        case RefundCause.OTHER:
            return months_end(origin.paid_on + ONE_DAY, 1) + ONE_DAY
        case RefundCause.INCOME_TAX:
            day = origin.income_tax_on
            ensure(day is not None, "3号 is judged by the day of the income tax correction or return")
            return max(months_end((day or origin.paid_on) + ONE_DAY, 1), origin.paid_on) + ONE_DAY
        case RefundCause.REQUEST:
            requested, corrected = origin.requested_on, origin.corrected_on
            ensure(requested is not None and corrected is not None, "2号 is judged by request and correction")
            by_request = months_end((requested or origin.paid_on) + ONE_DAY, MONTHS_AFTER_REQUEST)
            by_correction = months_end((corrected or origin.paid_on) + ONE_DAY, 1)
            return max(min(by_request, by_correction), origin.paid_on) + ONE_DAY


def days_without_claim(notified_on: date, claimed_on: date | None, until: date) -> Period | None:
    """除算期間 (17条の4第2項): from the day after 30 days since the notice until the claim came, if it came later."""
    first = notified_on + CLAIM_DAYS + ONE_DAY
    last = until if claimed_on is None else min(claimed_on, until)
    return Period(first, last) if first <= last else None


def refund_interest(
    amount: int, origin: Origin, until: date, rates: RateTable, *, excluded: Period | None = None
) -> Calculation:
    """Calculate 還付加算金 on `amount` yen up to and including `until` (決裁日, or 適状日 where it is earlier).

    Raises `OperatorFault` `rate_missing`.
    """
    base = 0 if amount < SMALLEST_BASE else floor_to(amount, BASE_UNIT)
    first = counts_from(origin)
    if not base or first > until:
        return Calculation(())
    return Calculation(
        tuple(
            InterestSegment(begin, end, base, rates.rate(RateKind.REFUND, begin.year), RateKind.REFUND)
            for whole in outside((excluded,) if excluded else (), first, until)
            for begin, end in by_year(*whole)
        )
    )
