"""What stands against a person now, read from the messages the registry itself has put (支援措置, 死亡, 転出 …).

The outbox keeps every message for ever; of each hold its highest revision stands, unless it says released. A message
that is of another kind or of somebody else than the hold's first one is none of that hold's: `issuing` refuses it, and
the hold stands as it stood.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from kofu.contracts.issuing import Hold, HoldKind
from kofu.contracts.registry import PersonAsked
from kofu.platform.hold_outbox import continues

#: Every message of each hold of which one holds a text; what they say is read from the messages, not from the match.
MESSAGES = (
    "SELECT body FROM hold_outbox WHERE discarded_at IS NULL AND hold_id IN (SELECT hold_id FROM hold_outbox"
    " WHERE position(convert_to(%s, 'UTF8') IN body) > 0) ORDER BY hold_id, revision"
)


def asking_about(asked: PersonAsked) -> tuple[str]:
    """Give the value of `MESSAGES`: the number as it stands in a message."""
    return (f'"{asked.addressee_number}"',)


def standing_kinds(asked: PersonAsked, bodies: Iterable[bytes]) -> tuple[HoldKind, ...]:
    """Give the kinds that stand, each once, sorted. Messages about others are left out."""
    kinds = {
        hold.kind
        for hold in _standing(bodies)
        if (hold.municipality_code, hold.addressee_number) == (asked.municipality_code, asked.addressee_number)
    }
    return tuple(sorted(kinds))


def protecting() -> tuple[str]:
    """Give the value of `MESSAGES` for every hold that protects: the kind as it stands in a message."""
    return (f'"{HoldKind.PROTECTION.value}"',)


def protected_numbers(municipality_code: str, bodies: Iterable[bytes]) -> tuple[str, ...]:
    """Give the 宛名番号 under 支援措置 in a municipality, each once, sorted."""
    numbers = {
        hold.addressee_number
        for hold in _standing(bodies)
        if hold.kind is HoldKind.PROTECTION
        and hold.municipality_code == municipality_code
        and hold.addressee_number is not None
    }
    return tuple(sorted(numbers))


def _standing(bodies: Iterable[bytes]) -> list[Hold]:
    """Give the holds that stand. `bodies`: every message of each, by hold and revision."""
    first: dict[str, Hold] = {}
    latest: dict[str, Hold] = {}
    for body in bodies:
        hold = msgspec.json.decode(body, type=Hold)
        if continues(first.setdefault(hold.hold_id, hold), hold):
            latest[hold.hold_id] = hold
    return [hold for hold in latest.values() if not hold.released]
