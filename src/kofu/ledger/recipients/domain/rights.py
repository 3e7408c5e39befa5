"""Rights on record to act for a person: heirs, agents."""

from __future__ import annotations

from dataclasses import dataclass

from kofu.ledger.recipients.domain.agents import TaxAgent
from kofu.ledger.recipients.domain.heirs import Representation


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRights:
    """What the ledger has on record of a person on a day."""

    dead: bool
    agents: tuple[TaxAgent, ...] = ()
    representation: Representation | None = None
