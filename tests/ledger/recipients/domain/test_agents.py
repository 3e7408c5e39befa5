"""納税管理人: 申告 and 申請 are told apart, periods, one agent for a tax on a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kofu.core.errors import OperatorFault
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.recipients.domain.agents import (
    AGENT_LIFE,
    AgentEvent,
    AgentState,
    TaxAgent,
    agent_for,
    begins,
    check_agent,
)

RESIDENT, BOTH = frozenset({Tax.RESIDENT}), frozenset(Tax)
START = date(2026, 4, 1)
AGENT = TaxAgent(
    name="見本 代理",
    postal_code="1600000",
    address="見本区",
    inside=True,
    taxes=RESIDENT,
    state=AgentState.DECLARED,
    valid_from=START,
    valid_until=date(2027, 3, 31),
)


def test_inside_the_area_declares_outside_applies_and_waits() -> None:
    """法300条1項: 申告 is in force by itself; 申請 only once the ward has approved."""
    assert begins(inside=True) is AgentState.DECLARED
    assert begins(inside=False) is AgentState.APPLIED
    applied = replace(AGENT, inside=False, state=AgentState.APPLIED)
    assert not applied.acts_on(START)
    assert replace(applied, state=AGENT_LIFE.after(AgentState.APPLIED, AgentEvent.APPROVE)).acts_on(START)
    assert not replace(applied, state=AGENT_LIFE.after(AgentState.APPLIED, AgentEvent.REJECT)).acts_on(START)


@pytest.mark.parametrize("state", [AgentState.APPLIED, AgentState.REJECTED, AgentState.DISMISSED, AgentState.REPLACED])
def test_only_who_is_in_force_can_be_dismissed_or_replaced(state: AgentState) -> None:
    for event in (AgentEvent.DISMISS, AgentEvent.REPLACE):
        with pytest.raises(OperatorFault, match="cannot happen"):
            AGENT_LIFE.after(state, event)


days = st.integers(-400, 400).map(lambda n: START + timedelta(days=n))


@given(days, st.none() | st.integers(0, 300), days)
def test_an_agent_acts_from_the_first_to_the_last_day_both_included(first: date, length: int | None, on: date) -> None:
    last = None if length is None else first + timedelta(days=length)
    acts = replace(AGENT, valid_from=first, valid_until=last).acts_on(on)
    assert acts == (first <= on and (last is None or on <= last))


@given(days, st.none() | st.integers(0, 300), days, st.none() | st.integers(0, 300), days)
def test_agents_that_were_let_stand_never_act_for_a_tax_on_the_same_day(
    first, length, second, other_length, on
) -> None:
    one = replace(AGENT, valid_from=first, valid_until=None if length is None else first + timedelta(days=length))
    two = replace(
        AGENT, valid_from=second, valid_until=None if other_length is None else second + timedelta(days=other_length)
    )
    acted_both = one.acts_on(on) and two.acts_on(on)
    if one.overlaps(two.valid_from, two.valid_until):
        with pytest.raises(OperatorFault, match="another 納税管理人"):
            check_agent(two, [one])
    else:
        check_agent(two, [one])
        assert not acted_both


def test_agents_for_other_taxes_stand_beside_each_other() -> None:
    vehicles = replace(AGENT, taxes=frozenset({Tax.LIGHT_VEHICLE}), name="見本 車両")
    check_agent(vehicles, [AGENT])
    assert agent_for([AGENT, vehicles], frozenset({Tax.LIGHT_VEHICLE}), START) is vehicles
    assert agent_for([AGENT, vehicles], BOTH, START) is None, "neither acts for all of it"


@pytest.mark.parametrize(
    ("agent", "code"),
    [
        (replace(AGENT, address=""), "agent_incomplete"),
        (replace(AGENT, taxes=frozenset()), "agent_taxes"),
        (replace(AGENT, valid_until=START - timedelta(days=1)), "agent_period"),
        (replace(AGENT, valid_from=date(2027, 3, 31), valid_until=None), "agent_overlaps"),
    ],
)
def test_an_agent_that_cannot_be_is_refused(agent: TaxAgent, code: str) -> None:
    with pytest.raises(OperatorFault) as fault:
        check_agent(agent, [AGENT])
    assert fault.value.code == code


def test_who_was_refused_stands_in_nobodys_way() -> None:
    check_agent(AGENT, [replace(AGENT, state=AgentState.REJECTED)])
