"""A day whose receipts are closed, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """Proof that the reconciliation of `day` (会計日) is closed: everything that reached the ledger by then is posted.

    Only the use case that has read the closing of the day builds one.
    """

    municipality_code: str
    day: date
