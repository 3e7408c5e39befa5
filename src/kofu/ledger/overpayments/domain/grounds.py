"""What caused a 減額, in the words of the work, and the 号 of 地方税法17条の4第1項 that follows from it.

Nobody is asked for the 号 itself: 3号 was taken for every 減額 a 確定申告 brought about, and too little 還付加算金 was
paid for years (浜松 2014, 上越 2015, 桑名). 3号 is for what an income tax correction takes away from a tax that had
been assessed by an income tax return; where the tax had been assessed without one (給与支払報告書, 年金支払報告書) and
the return came after it, the 減額 is 1号.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kofu.ledger.books.domain.refund_interest import RefundCause


class ReductionGround(StrEnum):
    """What caused a 減額."""

    OWN_CORRECTION = "own_correction"  # 課税の誤り、資料の訂正、扶養・障害者控除などの調査による
    LATE_RETURN = "late_return"  # 給与支払報告書などで課税した後の確定申告
    RESIDENT_RETURN = "resident_return"  # 課税した後の住民税の申告
    INCOME_TAX_CORRECTED = "income_tax_corrected"  # 所得税の申告により課税した後の、税務署の所得税の更正
    REQUEST = "request"  # 地方税の更正の請求


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseOfExcess:
    """発生事由 of money owed back at a claim, with the days the cause is judged by; `ground`: what caused the 減額."""

    cause: RefundCause
    ground: ReductionGround | None = None
    requested_on: date | None = None
    corrected_on: date | None = None
    income_tax_on: date | None = None


CAUSE_OF: dict[ReductionGround, RefundCause] = {
    ReductionGround.OWN_CORRECTION: RefundCause.REASSESSMENT,
    ReductionGround.LATE_RETURN: RefundCause.REASSESSMENT,
    ReductionGround.RESIDENT_RETURN: RefundCause.REASSESSMENT,
    ReductionGround.INCOME_TAX_CORRECTED: RefundCause.INCOME_TAX,
    ReductionGround.REQUEST: RefundCause.REQUEST,
}

#: The days a ground is asked for: what its 号 is judged by, and what shows the difference to 3号.
DAYS_OF: dict[ReductionGround, tuple[str, ...]] = {
    ReductionGround.LATE_RETURN: ("income_tax_on",),
    ReductionGround.INCOME_TAX_CORRECTED: ("income_tax_on",),
    ReductionGround.REQUEST: ("requested_on", "corrected_on"),
}
