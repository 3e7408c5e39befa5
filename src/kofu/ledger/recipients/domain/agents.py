"""⑰⑱ 納税管理人 (地方税法300条): who settles the taxes of somebody who has no address in the ward.

An agent who lives in the area the ordinance names is declared (申告), in force from its day; one who lives elsewhere is
applied for (申請) and in force when a second person approves. Either is replaced (変更) or dismissed (解任).

National tax has a designation by the office since 2022; local tax has none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from kofu.core.errors import OperatorFault
from kofu.core.labelled import LabelledEnum
from kofu.core.life_cycle import LifeCycle
from kofu.ledger.books.domain.claims import Tax


class AgentState(LabelledEnum):
    """Where a 納税管理人 stands."""

    DECLARED = "declared", "申告受理"
    APPLIED = "applied", "承認申請中"
    APPROVED = "approved", "承認"
    REJECTED = "rejected", "不承認"
    REPLACED = "replaced", "変更"
    DISMISSED = "dismissed", "解任"


class AgentEvent(LabelledEnum):
    """What happens to one."""

    APPROVE = "approve", "承認"
    REJECT = "reject", "不承認"
    REPLACE = "replace", "変更"
    DISMISS = "dismiss", "解任"


AGENT_LIFE = LifeCycle(
    title="納税管理人",
    thing="a 納税管理人",
    reason="agent_state",
    states=AgentState,
    events=AgentEvent,
    begins=frozenset({AgentState.DECLARED, AgentState.APPLIED}),
    ends=frozenset({AgentState.REJECTED, AgentState.REPLACED, AgentState.DISMISSED}),
    table={
        (AgentState.APPLIED, AgentEvent.APPROVE): AgentState.APPROVED,
        (AgentState.APPLIED, AgentEvent.REJECT): AgentState.REJECTED,
        (AgentState.DECLARED, AgentEvent.REPLACE): AgentState.REPLACED,
        (AgentState.APPROVED, AgentEvent.REPLACE): AgentState.REPLACED,
        (AgentState.DECLARED, AgentEvent.DISMISS): AgentState.DISMISSED,
        (AgentState.APPROVED, AgentEvent.DISMISS): AgentState.DISMISSED,
    },
)

TOOK_EFFECT = frozenset({AgentState.DECLARED, AgentState.APPROVED, AgentState.REPLACED, AgentState.DISMISSED})


def begins(*, inside: bool) -> AgentState:
    """申告 where the agent lives in the area the ordinance names, else 申請 that waits for 承認 (法300条1項)."""
    return AgentState.DECLARED if inside else AgentState.APPLIED


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxAgent:
    """納税管理人. `inside`: lives in the area of the ordinance. `taxes`: what they settle.

    In force from `valid_from` to `valid_until`, both included; None: until further notice. `may_certify`: certificates
    of these taxes may be applied for. `confirmed`: the taxpayer under 支援措置 knows and wants this agent.
    """

    name: str
    postal_code: str
    address: str
    inside: bool
    taxes: frozenset[Tax]
    state: AgentState
    valid_from: date
    valid_until: date | None = None
    may_certify: bool = True
    confirmed: bool = False

    def acts_on(self, on: date) -> bool:
        """Whether the agent is in force on a day. One who was replaced or dismissed acted until `valid_until`."""
        ended = self.valid_until is not None and on > self.valid_until
        return self.state in TOOK_EFFECT and self.valid_from <= on and not ended

    def overlaps(self, first: date, last: date | None) -> bool:
        """Whether the agent is in force on some day from `first` to `last`."""
        return (last is None or self.valid_from <= last) and (self.valid_until is None or first <= self.valid_until)


def check_agent(agent: TaxAgent, others: Iterable[TaxAgent]) -> None:
    """Refuse an agent that cannot be. `others`: those the person has, but for the one who is replaced.

    Raises `OperatorFault`: `agent_incomplete`, `agent_taxes`, `agent_period`, `agent_overlaps` (one agent for a tax on
    a day: replace or dismiss the other first).
    """
    if not (agent.name and agent.address):
        raise OperatorFault("agent_incomplete", "name and address of the 納税管理人 are needed")
    if not agent.taxes:
        raise OperatorFault("agent_taxes", "say for which taxes the 納税管理人 acts")
    if agent.valid_until is not None and agent.valid_until < agent.valid_from:
        raise OperatorFault("agent_period", "the period ends before it begins")
    for other in others:
        standing = other.state is not AgentState.REJECTED and other.taxes & agent.taxes
        if standing and other.overlaps(agent.valid_from, agent.valid_until):
            raise OperatorFault("agent_overlaps", "another 納税管理人 acts for this tax in this period")


def agent_for(agents: Iterable[TaxAgent], taxes: frozenset[Tax], on: date) -> TaxAgent | None:
    """Give who acts on a day for every one of the taxes, or None."""
    return next((agent for agent in agents if taxes <= agent.taxes and agent.acts_on(on)), None)
