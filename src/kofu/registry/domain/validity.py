"""Whether a card certificate is good on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

ValidityStatus = Literal["good", "revoked", "expired", "unknown"]


@dataclass(frozen=True, slots=True)
class SerialRecord:
    """What the registry holds of one serial; `valid_to` is the last good day.

    `status`: valid, revoked or suspended, since the instant `status_since`.
    """

    valid_from: date
    valid_to: date
    status: str
    status_since: datetime


def validity_on(record: SerialRecord | None, day: date) -> ValidityStatus:
    """Answer the centre. Only a known serial that is neither revoked nor suspended, within its period, is good (P7).

    Suspended counts as revoked: the contract has no third no. A certificate before its first day is unknown.
    """
    if record is None or day < record.valid_from:
        return "unknown"
    if record.status != "valid":
        return "revoked"
    return "good" if day <= record.valid_to else "expired"
