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

from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle


class DeliveryState(LabelledEnum):
    """Where a delivery stands."""

    SENT = "sent", "送付"
    IN_HAND = "in_hand", "受付"  # it came, and is a batch that is not posted yet
    RETURNED = "returned", "登録済"
    GIVEN_UP = "given_up", "打切り"


class DeliveryEvent(LabelledEnum):
    """What happens to it."""

    COME = "come", "到着"
    SEND_BACK = "send_back", "バッチの返戻"
    TAKE = "take", "登録"
    GIVE_UP = "give_up", "打切り"


DELIVERY_LIFE = LifeCycle(
    title="パンチ委託の送付",
    thing="a delivery",
    reason="delivery_state",
    states=DeliveryState,
    events=DeliveryEvent,
    begins=frozenset({DeliveryState.SENT}),
    ends=frozenset({DeliveryState.RETURNED, DeliveryState.GIVEN_UP}),
    table={
        (DeliveryState.SENT, DeliveryEvent.COME): DeliveryState.IN_HAND,
        (DeliveryState.SENT, DeliveryEvent.TAKE): DeliveryState.RETURNED,
        (DeliveryState.SENT, DeliveryEvent.GIVE_UP): DeliveryState.GIVEN_UP,
        (DeliveryState.IN_HAND, DeliveryEvent.SEND_BACK): DeliveryState.SENT,
        (DeliveryState.IN_HAND, DeliveryEvent.TAKE): DeliveryState.RETURNED,
        (DeliveryState.GIVEN_UP, DeliveryEvent.COME): DeliveryState.IN_HAND,
        (DeliveryState.GIVEN_UP, DeliveryEvent.TAKE): DeliveryState.RETURNED,
    },
)
