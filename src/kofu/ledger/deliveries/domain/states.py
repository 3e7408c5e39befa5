"""The life of a delivery to the data-entry contractor (パンチ委託の送付): papers go out, and come back keyed.

::

    sent ─ come ─► in_hand ─ take ─► returned
     │  ▲             │
     │  └─ send_back ─┘ (the batch was sent back: the delivery is awaited again)
     ├ take ─► returned (還付請求書 are taken in at once)
     └ give_up ─► given_up ─ come, take ─► as above, where it comes back after all

What never comes back (lost, made in error) is given up with the reason, so that nothing is awaited for ever.
"""

from __future__ import annotations

from enum import StrEnum

from kofu.core.errors import OperatorFault


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    SENT = "sent"  # 送付
    IN_HAND = "in_hand"  # 受付: it came, and is a batch that is not posted yet
    RETURNED = "returned"  # 登録済
    GIVEN_UP = "given_up"  # 打切り


class DeliveryEvent(StrEnum):
    """What happens to it."""

    COME = "come"
    SEND_BACK = "send_back"
    TAKE = "take"
    GIVE_UP = "give_up"


DELIVERIES: dict[tuple[DeliveryState, DeliveryEvent], DeliveryState] = {
    (DeliveryState.SENT, DeliveryEvent.COME): DeliveryState.IN_HAND,
    (DeliveryState.SENT, DeliveryEvent.TAKE): DeliveryState.RETURNED,
    (DeliveryState.SENT, DeliveryEvent.GIVE_UP): DeliveryState.GIVEN_UP,
    (DeliveryState.IN_HAND, DeliveryEvent.SEND_BACK): DeliveryState.SENT,
    (DeliveryState.IN_HAND, DeliveryEvent.TAKE): DeliveryState.RETURNED,
    (DeliveryState.GIVEN_UP, DeliveryEvent.COME): DeliveryState.IN_HAND,
    (DeliveryState.GIVEN_UP, DeliveryEvent.TAKE): DeliveryState.RETURNED,
}


def after_delivery(state: DeliveryState, event: DeliveryEvent) -> DeliveryState:
    """State after an event. Raises `OperatorFault` `delivery_state` where it cannot happen."""
    try:
        return DELIVERIES[state, event]
    except KeyError:
        raise OperatorFault("delivery_state", f"a delivery that is {state.value} cannot be: {event.value}") from None
