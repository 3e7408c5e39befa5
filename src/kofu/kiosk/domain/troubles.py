"""What is in the way, by its code: each kind has its own heading and its own thing to do (D7).

A card whose certificate is revoked or expired is no fault of the service, and trying again later helps nobody; a card
that moved on the reader is laid again; a reader that is broken is no fault of the card.
"""

from __future__ import annotations

from enum import StrEnum


class Trouble(StrEnum):
    """Part of the texts that says it: title, lead, and what to do."""

    REVOKED = "card_revoked"
    EXPIRED = "card_expired"
    UNUSABLE = "card_unusable"
    REMOVED = "card_removed"  # off the reader, or moved, while it was read
    UNKNOWN = "card_unknown"  # another kind of card, or one without the certificate
    UNREAD = "card_fault"
    NO_READER = "no_card_reader"
    CLOSED = "closed"
    AWAY = "trouble"  # the line, the centre, the ward: later it may go


#: Codes of the centre (docs/contracts) and of the kiosk itself → what they are to a resident.
_BY_CODE: dict[str, Trouble] = {
    "certificate_revoked": Trouble.REVOKED,
    "certificate_expired": Trouble.EXPIRED,
    "signature_wrong": Trouble.UNUSABLE,
    "card_removed": Trouble.REMOVED,
    "card_unknown": Trouble.UNKNOWN,
    "card_fault": Trouble.UNREAD,
    "no_card_reader": Trouble.NO_READER,
    "closed": Trouble.CLOSED,
    "center_closed": Trouble.CLOSED,
    "center_stopped": Trouble.CLOSED,
    "municipality_stopped": Trouble.CLOSED,
    "kind_stopped": Trouble.CLOSED,
}
_OF_A_CARD = "certificate_"
#: What laying the card anew, or another one, may mend.
_LAID_AGAIN = (Trouble.REMOVED, Trouble.UNKNOWN, Trouble.UNREAD)


def trouble_of(code: str) -> Trouble:
    """Give the kind of a trouble; one not in the table is the card's where it says so, else the service's."""
    return _BY_CODE.get(code, Trouble.UNUSABLE if code.startswith(_OF_A_CARD) else Trouble.AWAY)


def may_lay_again(code: str) -> bool:
    """Whether the way on is the reader: the card is laid once more, and the visit goes on."""
    return trouble_of(code) in _LAID_AGAIN
