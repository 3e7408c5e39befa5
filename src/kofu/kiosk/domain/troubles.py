"""What is in the way, by its code: each kind has its own heading and its own thing to do (D7).

A card whose certificate is revoked or expired is no fault of the service, and trying again later helps nobody.
"""

from __future__ import annotations

from enum import StrEnum


class Trouble(StrEnum):
    """Part of the texts that says it: title, lead, and what to do."""

    REVOKED = "card_revoked"
    EXPIRED = "card_expired"
    UNUSABLE = "card_unusable"
    CLOSED = "closed"
    AWAY = "trouble"  # the line, the centre, the ward: later it may go


#: Codes of the centre (docs/contracts) and of the kiosk itself → what they are to a resident.
_BY_CODE: dict[str, Trouble] = {
    "certificate_revoked": Trouble.REVOKED,
    "certificate_expired": Trouble.EXPIRED,
    "signature_wrong": Trouble.UNUSABLE,
    "closed": Trouble.CLOSED,
    "center_closed": Trouble.CLOSED,
    "center_stopped": Trouble.CLOSED,
    "municipality_stopped": Trouble.CLOSED,
    "kind_stopped": Trouble.CLOSED,
}
_OF_A_CARD = "certificate_"


def trouble_of(code: str) -> Trouble:
    """Give the kind of a trouble; one not in the table is the card's where it says so, else the service's."""
    return _BY_CODE.get(code, Trouble.UNUSABLE if code.startswith(_OF_A_CARD) else Trouble.AWAY)
