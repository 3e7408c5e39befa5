"""Who does what a use case does, when, and in which lane of the audit log it is put down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts, in which lane of the audit log, at which aware instant; `pseudonym` of the person concerned."""

    actor: str
    lane: str
    now: datetime
    pseudonym: str | None = None
