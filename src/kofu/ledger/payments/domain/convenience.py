"""The life of one payment at a convenience store, as one table of (state, event) → step.

A store's till sends 速報 at once: it *advises* of money. 確報 comes days later, checked against the cash: it
*confirms*. Between them the store may take the payment back (速報取消). Only a confirmation is money; an advice never
makes anything paid (完納), only keeps 督促 away. One payment is one barcode taken at one till at one moment; a second
payment of the same slip has a life of its own, and is money that goes back as 誤納, never a duplicate to drop.

Every state takes every event: what arrives twice, late or out of order changes nothing or ends on people's table, never
in an error. The diagram in docs/how-to/payment-files.md is drawn by `mermaid()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class State(StrEnum):
    """What is known of a payment."""

    NONE = "none"  # nothing yet
    ADVISED = "advised"  # 速報受信
    CANCELLED = "cancelled"  # 速報取消
    CONFIRMED = "confirmed"  # 確報受信


class Event(StrEnum):
    """What a file says of it."""

    ADVISE = "advise"  # 速報
    CANCEL = "cancel"  # 速報取消
    CONFIRM = "confirm"  # 確報


class Booking(StrEnum):
    """What the ledger does."""

    NOTHING = "nothing"
    EXPECT = "expect"  # 仮消込: noted as expected, no money
    EXPECT_NO_LONGER = "expect_no_longer"  # 仮消込の取消
    PAY = "pay"  # 本消込: money, allocated
    SUSPEND = "suspend"  # 仮受: money, kept apart until people decide


class Finding(StrEnum):
    """What is odd about a step."""

    CONFIRMED_WITHOUT_ADVICE = "confirmed_without_advice"  # 速報なしの確報
    CANCELLED_WITHOUT_ADVICE = "cancelled_without_advice"  # 速報なしの取消
    CONFIRMED_AFTER_CANCELLATION = "confirmed_after_cancellation"  # 取消後の確報
    CANCELLED_AFTER_CONFIRMATION = "cancelled_after_confirmation"  # 確報後の取消

    @property
    def is_case(self) -> bool:
        """Whether people must look. A confirmation without an advice is sound money: only its advice was lost."""
        return self is not Finding.CONFIRMED_WITHOUT_ADVICE


@dataclass(frozen=True, slots=True)
class Step:
    """The state after an event, what is booked, and what is odd about it, if anything."""

    state: State
    booking: Booking
    finding: Finding | None = None


_SAME = Booking.NOTHING

TRANSITIONS: dict[tuple[State, Event], Step] = {
    (State.NONE, Event.ADVISE): Step(State.ADVISED, Booking.EXPECT),
    # its advice may still be on the way: it will then find the cancellation here and change nothing
    (State.NONE, Event.CANCEL): Step(State.CANCELLED, _SAME, Finding.CANCELLED_WITHOUT_ADVICE),
    (State.NONE, Event.CONFIRM): Step(State.CONFIRMED, Booking.PAY, Finding.CONFIRMED_WITHOUT_ADVICE),
    (State.ADVISED, Event.ADVISE): Step(State.ADVISED, _SAME),
    (State.ADVISED, Event.CANCEL): Step(State.CANCELLED, Booking.EXPECT_NO_LONGER),
    (State.ADVISED, Event.CONFIRM): Step(State.CONFIRMED, Booking.PAY),
    (State.CANCELLED, Event.ADVISE): Step(State.CANCELLED, _SAME),
    (State.CANCELLED, Event.CANCEL): Step(State.CANCELLED, _SAME),
    # the cash has come although the store took the payment back: it is booked, but pays nothing until people decide
    (State.CANCELLED, Event.CONFIRM): Step(State.CONFIRMED, Booking.SUSPEND, Finding.CONFIRMED_AFTER_CANCELLATION),
    (State.CONFIRMED, Event.ADVISE): Step(State.CONFIRMED, _SAME),
    (State.CONFIRMED, Event.CANCEL): Step(State.CONFIRMED, _SAME, Finding.CANCELLED_AFTER_CONFIRMATION),
    (State.CONFIRMED, Event.CONFIRM): Step(State.CONFIRMED, _SAME),
}


def advance(state: State, event: Event) -> Step:
    """Give what an event does to a payment in a state. There is a step for every pair."""
    return TRANSITIONS[state, event]


def is_confirmation_overdue(advised_on: date, today: date, days: int) -> bool:
    """Whether a payment advised of on `advised_on` should have been confirmed: more than `days` days have passed."""
    return (today - advised_on).days > days


def mermaid() -> str:
    """Draw the steps that change a state as a mermaid state diagram, the one in the docs."""
    lines = ["stateDiagram-v2", "    [*] --> none"]
    for (state, event), step in TRANSITIONS.items():
        if step.state is not state:
            case = " (case)" if step.finding is not None and step.finding.is_case else ""
            lines.append(f"    {state} --> {step.state}: {event}{case}")
    lines.append("    confirmed --> [*]")
    return "\n".join(lines)
