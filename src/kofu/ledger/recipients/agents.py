"""⑰⑱ 納税管理人: 申告 is in force by itself, 申請 waits for 承認 by a second person; 変更, 解任, periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid4

import psycopg
from psycopg.types.json import Jsonb

from kofu.core.calendar import day_in_japan
from kofu.core.errors import OperatorFault
from kofu.core.four_eyes import PendingProposal, require_second_person
from kofu.ledger.acting.record import record
from kofu.ledger.acting.who_acts import Acting
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.recipients.domain.agents import AGENT_LIFE, AgentEvent, AgentState, TaxAgent, begins, check_agent
from kofu.ledger.recipients.read_recipients import RecipientFacts, RecordedAgent, addressee_of_agent, standing_of
from kofu.platform.standing_proposals import require_decider


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFiling:
    """納税管理人申告書・承認申請書, as filed. `inside`: the agent lives in the area the ordinance names."""

    name: str
    postal_code: str
    address: str
    inside: bool
    taxes: frozenset[Tax]
    may_certify: bool
    confirmed: bool
    filed_on: date
    valid_from: date
    valid_until: date | None = None

    def agent(self) -> TaxAgent:
        """Give the agent as the filing makes them: 申告 or 申請."""
        return TaxAgent(
            name=self.name,
            postal_code=self.postal_code,
            address=self.address,
            inside=self.inside,
            taxes=self.taxes,
            state=begins(inside=self.inside),
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            may_certify=self.may_certify,
            confirmed=self.confirmed,
        )


def file_agent(
    connection: psycopg.Connection,
    municipality_code: str,
    addressee_number: str,
    filing: AgentFiling,
    *,
    replaces: UUID | None,
    acting: Acting,
) -> UUID:
    """Register an 申告 (in force from its day) or an 申請 (waits for 承認); give its id.

    `replaces`: the agent this one follows (変更). After an 申告 the former acts until the day before; after an 申請
    only once it is approved. Raises `OperatorFault` `person_unknown`, `mandate_ended` (the person is dead),
    `agent_state`, and what `check_agent` raises.
    """
    agent = filing.agent()
    with connection.transaction():
        standing = standing_of(connection, municipality_code, addressee_number, lock=True)
        if standing.person.dead:
            raise OperatorFault("mandate_ended", "the person died: 相続人代表者 receives, not a 納税管理人")
        former = _agent_by_id(standing, replaces) if replaces is not None else None
        if former is not None:
            AGENT_LIFE.after(former.agent.state, AgentEvent.REPLACE)
        check_agent(agent, [one.agent for one in standing.agents if one is not former])
        agent_id = uuid4()
        connection.execute(
            "INSERT INTO tax_agent (id, municipality_code, addressee_number, name, postal_code, address, inside, taxes,"
            " may_certify, confirmed, filed_on, valid_from, valid_until, replaces_id, registered_by, registered_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                agent_id, municipality_code, addressee_number, agent.name, agent.postal_code, agent.address,
                agent.inside, Jsonb(sorted(agent.taxes)), agent.may_certify, agent.confirmed, filing.filed_on,
                agent.valid_from, agent.valid_until, replaces, acting.actor, acting.now,
            ],
        )  # fmt: skip
        word = "declare" if agent.state is AgentState.DECLARED else "apply"
        _event(connection, agent_id, word, agent.state, on=filing.filed_on, acting=acting)
        if former is not None and agent.state is AgentState.DECLARED:
            _replaced(connection, former, agent.valid_from, acting)
        record(connection, acting, f"tax_agent.{word}", agent.state.value, agent=agent_id.hex)
    return agent_id


def approve_agent(connection: psycopg.Connection, municipality_code: str, agent_id: UUID, *, acting: Acting) -> None:
    """承認 by a second person: the agent acts from the day filed for; the 承認通知書 can be printed.

    Raises `OperatorFault` `agent_state`, `second_person_needed`, `mandate_ended`, `agent_overlaps`.
    """
    with connection.transaction():
        standing, found = _locked(connection, municipality_code, agent_id)
        applied = PendingProposal(found.registered_by, found.events[0].occurred_at)
        require_decider(connection, acting.actor, applied, what="an application for a 納税管理人")
        if standing.person.dead:
            raise OperatorFault("mandate_ended", "the person died: 相続人代表者 receives, not a 納税管理人")
        state = AGENT_LIFE.after(found.agent.state, AgentEvent.APPROVE)
        former = _former(connection, standing, agent_id)
        check_agent(found.agent, [one.agent for one in standing.agents if one not in {found, former}])
        _event(connection, agent_id, AgentEvent.APPROVE, state, on=day_in_japan(acting.now), acting=acting)
        if former is not None and former.agent.state in {AgentState.DECLARED, AgentState.APPROVED}:
            _replaced(connection, former, found.agent.valid_from, acting)
        record(connection, acting, "tax_agent.approve", state.value, agent=agent_id.hex)


def reject_agent(
    connection: psycopg.Connection, municipality_code: str, agent_id: UUID, *, reason: str, acting: Acting
) -> None:
    """不承認 by a second person. Raises `OperatorFault` `agent_state`, `second_person_needed`."""
    with connection.transaction():
        _, found = _locked(connection, municipality_code, agent_id)
        require_second_person(acting.actor, found.registered_by, what="an application for a 納税管理人")
        state = AGENT_LIFE.after(found.agent.state, AgentEvent.REJECT)
        _event(
            connection, agent_id, AgentEvent.REJECT, state, on=day_in_japan(acting.now), reason=reason, acting=acting
        )
        record(connection, acting, "tax_agent.reject", state.value, agent=agent_id.hex)


def dismiss_agent(
    connection: psycopg.Connection,
    municipality_code: str,
    agent_id: UUID,
    *,
    last_day: date,
    reason: str,
    acting: Acting,
) -> None:
    """解任: the agent acts until `last_day`. Raises `OperatorFault` `agent_state`, `agent_period`."""
    with connection.transaction():
        _, found = _locked(connection, municipality_code, agent_id)
        state = AGENT_LIFE.after(found.agent.state, AgentEvent.DISMISS)
        if last_day < found.agent.valid_from - timedelta(days=1):
            raise OperatorFault("agent_period", "the last day lies before the agent began")
        _event(connection, agent_id, AgentEvent.DISMISS, state, on=last_day, reason=reason, acting=acting)
        record(connection, acting, "tax_agent.dismiss", state.value, agent=agent_id.hex)


def confirm_agent(connection: psycopg.Connection, municipality_code: str, agent_id: UUID, *, acting: Acting) -> None:
    """支援措置: put on record that the protected person knows and wants this agent."""
    with connection.transaction():
        _, found = _locked(connection, municipality_code, agent_id)
        _event(connection, agent_id, "confirm", found.agent.state, on=day_in_japan(acting.now), acting=acting)
        record(connection, acting, "tax_agent.confirm", found.agent.state.value, agent=agent_id.hex)


def _agent_by_id(standing: RecipientFacts, agent_id: UUID) -> RecordedAgent:
    found = next((one for one in standing.agents if one.agent_id == agent_id), None)
    if found is None:
        raise OperatorFault("no_such_tax_agent", "the person has no such 納税管理人; look at their page again")
    return found


def _locked(
    connection: psycopg.Connection, municipality_code: str, agent_id: UUID
) -> tuple[RecipientFacts, RecordedAgent]:
    number = addressee_of_agent(connection, municipality_code, agent_id)
    standing = standing_of(connection, municipality_code, number, lock=True)
    return standing, _agent_by_id(standing, agent_id)


def _former(connection: psycopg.Connection, standing: RecipientFacts, agent_id: UUID) -> RecordedAgent | None:
    row = connection.execute("SELECT replaces_id FROM tax_agent WHERE id = %s", [agent_id]).fetchone()
    return _agent_by_id(standing, row[0]) if row and row[0] is not None else None


def _replaced(connection: psycopg.Connection, former: RecordedAgent, successor_from: date, acting: Acting) -> None:
    state = AGENT_LIFE.after(former.agent.state, AgentEvent.REPLACE)
    _event(connection, former.agent_id, AgentEvent.REPLACE, state, on=successor_from - timedelta(days=1), acting=acting)


def _event(
    connection: psycopg.Connection,
    agent_id: UUID,
    event: str,
    state: AgentState,
    *,
    on: date,
    acting: Acting,
    reason: str = "",
) -> None:
    connection.execute(
        "INSERT INTO tax_agent_event (agent_id, event, state, effective_on, actor, occurred_at, reason)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [agent_id, event, state, on, acting.actor, acting.now, reason],
    )
