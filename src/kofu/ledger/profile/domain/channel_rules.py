"""How the files of a channel come, as a municipality agreed it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.claims import Channel

MONTH_END = 31  # as a day of the month: whatever its last day is


class Rhythm(StrEnum):
    """How the files of a channel come."""

    AT_DESK = "at_desk"  # entered by ourselves on the day: the closing of the day is the proof
    BUSINESS_DAYS = "business_days"  # a file each business day
    PERIODS = "periods"  # a file for each period of a month, some days after its end
    DEBIT_DAYS = "debit_days"  # the banks' answer to each 口座振替の依頼, some days after the 引落日
    NOT_USED = "not_used"  # nobody can pay so here


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelRule:
    """What the profile says of a channel. `sender`: who sends its files, and is asked where one is missing.

    `lag_business_days`: a payment of a day is in the file of the so-many-th business day after it (`BUSINESS_DAYS`), or
    is answered on it (`DEBIT_DAYS`). `period_ends`: last days of periods, by day of the month (31: its end), and
    `arrives_after_days`, moved to a business day (`PERIODS`). `margin_days`: days the channel has to be covered beyond
    a 納期限. `methods`: 徴収方法 whose payers use the channel.
    """

    channel: Channel
    rhythm: Rhythm
    sender: str = ""
    lag_business_days: int = 1
    period_ends: tuple[int, ...] = ()
    arrives_after_days: int = 0
    margin_days: int = 0
    methods: tuple[str, ...] = ("ordinary",)

    def check(self) -> None:
        """Raise `OperatorFault` `channel_rule` where the rule cannot be followed."""
        wrong = (
            (self.lag_business_days < 0 or self.arrives_after_days < 0 or self.margin_days < 0, "days below zero"),
            (self.rhythm is Rhythm.PERIODS and not self.period_ends, "periods without their ends"),
            (any(not 1 <= end <= MONTH_END for end in self.period_ends), "a period ends on a day from 1 to 31"),
            (self.rhythm not in {Rhythm.AT_DESK, Rhythm.NOT_USED} and not self.sender, "nobody is named who sends it"),
        )
        for holds, words in wrong:
            if holds:
                raise OperatorFault("channel_rule", f"channel {self.channel}: {words}")
