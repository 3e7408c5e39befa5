"""What stands against a person now, read from the messages the registry itself has put (支援措置, 死亡, 転出 …).

The outbox keeps every message for ever; of each hold its highest revision stands, unless it says released.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from kofu.contracts.issuing import Hold, HoldKind
from kofu.contracts.registry import PersonAsked

#: The latest message of each hold that holds a text; what it says is read from the message, not from the match.
LATEST = (
    "SELECT DISTINCT ON (hold_id) body FROM hold_outbox WHERE position(convert_to(%s, 'UTF8') IN body) > 0"
    " AND discarded_at IS NULL"
    " ORDER BY hold_id, revision DESC"
)


def latest_of(asked: PersonAsked) -> tuple[str]:
    """Give the value of `LATEST`: the number as it stands in a message."""
    return (f'"{asked.addressee_number}"',)


def standing_kinds(asked: PersonAsked, bodies: Iterable[bytes]) -> tuple[HoldKind, ...]:
    """Give the kinds that stand, each once, sorted. Messages about others are left out."""
    holds = (msgspec.json.decode(body, type=Hold) for body in bodies)
    kinds = {
        hold.kind
        for hold in holds
        if not hold.released
        and (hold.municipality_code, hold.addressee_number) == (asked.municipality_code, asked.addressee_number)
    }
    return tuple(sorted(kinds))


def protecting() -> tuple[str]:
    """Give the value of `LATEST` for every hold that protects: the kind as it stands in a message."""
    return (f'"{HoldKind.PROTECTION.value}"',)


def protected_numbers(municipality_code: str, bodies: Iterable[bytes]) -> tuple[str, ...]:
    """Give the 宛名番号 under 支援措置 in a municipality, each once, sorted."""
    holds = (msgspec.json.decode(body, type=Hold) for body in bodies)
    numbers = {
        hold.addressee_number
        for hold in holds
        if hold.kind is HoldKind.PROTECTION
        and not hold.released
        and hold.municipality_code == municipality_code
        and hold.addressee_number is not None
    }
    return tuple(sorted(numbers))
