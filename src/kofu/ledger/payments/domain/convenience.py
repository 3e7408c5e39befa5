"""The life of one payment at a convenience store, as one table of (state, event) → step.

A store's till sends 速報 at once: it *advises* of money. 確報 comes days later, checked against the cash: it
*confirms*. Between them the store may take the payment back (速報取消). Only a confirmation is money; an advice never
makes anything paid (完納), only keeps 督促 away. One payment is one barcode taken at one till at one moment; a second
payment of the same slip has a life of its own, and is money that goes back as 誤納, never a duplicate to drop.

Every state takes every event: what arrives twice, late or out of order changes nothing or ends on people's table, never
in an error. The diagram in docs/how-to/payment-files.md is drawn from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class AdviceState(LabelledEnum):
    """What is known of a payment."""

    NONE = "none", "未着"  # nothing yet
    ADVISED = "advised", "速報受信"
    CANCELLED = "cancelled", "速報取消"
    CONFIRMED = "confirmed", "確報受信"


class ReportEvent(LabelledEnum):
    """What a file says of it."""

    ADVISE = "advise", "速報"
    CANCEL = "cancel", "速報取消"
    CONFIRM = "confirm", "確報"


class Booking(StrEnum):
    """What the ledger does."""

    NOTHING = "nothing"
    EXPECT = "expect"  # 仮消込: noted as expected, no money
    EXPECT_NO_LONGER = "expect_no_longer"  # 仮消込の取消
    PAY = "pay"  # 本消込: money, allocated
    SUSPEND = "suspend"  # 仮受: money, kept apart until people decide


class AdviceFinding(StrEnum):
    """What is odd about a step."""

    CONFIRMED_WITHOUT_ADVICE = "confirmed_without_advice"  # 速報なしの確報
    CANCELLED_WITHOUT_ADVICE = "cancelled_without_advice"  # 速報なしの取消
    CONFIRMED_AFTER_CANCELLATION = "confirmed_after_cancellation"  # 取消後の確報
    CANCELLED_AFTER_CONFIRMATION = "cancelled_after_confirmation"  # 確報後の取消

    @property
    def is_case(self) -> bool:
        """Whether people must look. A confirmation without an advice is sound money: only its advice was lost."""
        return self is not AdviceFinding.CONFIRMED_WITHOUT_ADVICE


@dataclass(frozen=True, slots=True)
class AdviceStep:
    """The state after an event, what is booked, and what is odd about it, if anything."""

    state: AdviceState
    booking: Booking
    finding: AdviceFinding | None = None


_SAME = Booking.NOTHING

TRANSITIONS: dict[tuple[AdviceState, ReportEvent], AdviceStep] = {
    (AdviceState.NONE, ReportEvent.ADVISE): AdviceStep(AdviceState.ADVISED, Booking.EXPECT),
    # its advice may still be on the way: it will then find the cancellation here and change nothing
    (AdviceState.NONE, ReportEvent.CANCEL): AdviceStep(
        AdviceState.CANCELLED, _SAME, AdviceFinding.CANCELLED_WITHOUT_ADVICE
    ),
    (AdviceState.NONE, ReportEvent.CONFIRM): AdviceStep(
        AdviceState.CONFIRMED, Booking.PAY, AdviceFinding.CONFIRMED_WITHOUT_ADVICE
    ),
    (AdviceState.ADVISED, ReportEvent.ADVISE): AdviceStep(AdviceState.ADVISED, _SAME),
    (AdviceState.ADVISED, ReportEvent.CANCEL): AdviceStep(AdviceState.CANCELLED, Booking.EXPECT_NO_LONGER),
    (AdviceState.ADVISED, ReportEvent.CONFIRM): AdviceStep(AdviceState.CONFIRMED, Booking.PAY),
    (AdviceState.CANCELLED, ReportEvent.ADVISE): AdviceStep(AdviceState.CANCELLED, _SAME),
    (AdviceState.CANCELLED, ReportEvent.CANCEL): AdviceStep(AdviceState.CANCELLED, _SAME),
    # the cash has come although the store took the payment back: it is booked, but pays nothing until people decide
    (AdviceState.CANCELLED, ReportEvent.CONFIRM): AdviceStep(
        AdviceState.CONFIRMED, Booking.SUSPEND, AdviceFinding.CONFIRMED_AFTER_CANCELLATION
    ),
    (AdviceState.CONFIRMED, ReportEvent.ADVISE): AdviceStep(AdviceState.CONFIRMED, _SAME),
    (AdviceState.CONFIRMED, ReportEvent.CANCEL): AdviceStep(
        AdviceState.CONFIRMED, _SAME, AdviceFinding.CANCELLED_AFTER_CONFIRMATION
    ),
    (AdviceState.CONFIRMED, ReportEvent.CONFIRM): AdviceStep(AdviceState.CONFIRMED, _SAME),
}


CONVENIENCE_LIFE = LifeCycle(
    title="コンビニの収納（速報・確報）",
    thing="a payment at a convenience store",
    reason="convenience_state",
    states=AdviceState,
    events=ReportEvent,
    begins=frozenset({AdviceState.NONE}),
    ends=frozenset({AdviceState.CONFIRMED}),
    table={at: step.state for at, step in TRANSITIONS.items()},
)


def advance(state: AdviceState, event: ReportEvent) -> AdviceStep:
    """Give what an event does to a payment in a state. There is a step for every pair."""
    return TRANSITIONS[state, event]


def is_confirmation_overdue(advised_on: date, today: date, days: int) -> bool:
    """Whether a payment advised of on `advised_on` should have been confirmed: more than `days` days have passed."""
    return (today - advised_on).days > days
