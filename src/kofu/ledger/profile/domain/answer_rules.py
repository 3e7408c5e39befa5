"""Which files go out, and after how many business days each is answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kofu.core.calendar import next_business_day
from kofu.core.errors import OperatorFault

KEEP_DAYS_MIN = 366
ONE_DAY = timedelta(days=1)


class OutgoingKind(StrEnum):
    """What went out, and from which day its answer is counted."""

    DEBIT_REQUEST = "debit_request"  # 口座振替の依頼: from the 引落日
    DELIVERY = "delivery"  # パンチ委託の送付: from the day of sending
    REFUND_TRANSFER = "refund_transfer"  # 総合振込: from the 振込指定日
    PENSION_STOP = "pension_stop"  # 年金特別徴収の中止・変更の通知, sent by another system: from the day of sending
    OTHER = "other"  # any other file, put on the list by hand


@dataclass(frozen=True, slots=True)
class AnswerRules:
    """Business days after which the answer to each kind is due, and days its content is kept (profile)."""

    days: Mapping[OutgoingKind, int]
    keep_days: int = KEEP_DAYS_MIN

    def check(self) -> None:
        """Raise `OperatorFault` `answer_rules` where a kind has no day, or one that cannot be."""
        wrong = [kind.value for kind in OutgoingKind if self.days.get(kind, 0) < 1]
        if wrong:
            raise OperatorFault("answer_rules", f"[answers] says 1 or more business days for: {', '.join(wrong)}")
        if self.keep_days < KEEP_DAYS_MIN:
            message = f"[outgoing] keep_days is {KEEP_DAYS_MIN} or more: answers are held against what was sent"
            raise OperatorFault("answer_rules", message)

    def due(self, kind: OutgoingKind, counted_from: date) -> date:
        """Give the last day on which an answer is in time."""
        day = counted_from
        for _ in range(self.days[kind]):
            day = next_business_day(day + ONE_DAY)
        return day
