"""Under what a use case acts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Under:
    """Who acts, in which lane of the audit log, at which aware instant; `pseudonym` of the person concerned."""

    actor: str
    lane: str
    now: datetime
    pseudonym: str | None = None
