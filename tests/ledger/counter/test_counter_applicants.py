"""Who may have a certificate at the counter: what the registry says now, a 納税管理人, heirs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import psycopg
import pytest
from tests.ledger.counter.counter_desk import (
    CHIEF,
    CLERK,
    DAY,
    HERE,
    applied,
    asked,
    code_of,
    issued,
    state,
)
from tests.ledger.counter_ward import WARD, person

from kofu.core.errors import OperatorFault
from kofu.core.kinds import CertificateKind as K
from kofu.core.kinds import HoldKind
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.counter import preview, steps
from kofu.ledger.counter.desk import CounterDesk
from kofu.ledger.counter.domain.rules import Applicant, CounterApplication
from kofu.ledger.counter.domain.states import CounterState
from kofu.ledger.recipients.agents import AgentFiling, dismiss_agent, file_agent
from kofu.ledger.recipients.domain.heirs import Basis, Heir
from kofu.ledger.recipients.heirs import register_heirs

pytestmark = [pytest.mark.storage, pytest.mark.font]


def test_what_the_registry_put_a_moment_ago_counts_at_the_counter(connection, desk) -> None:
    """P7: 支援措置 travels by no file; it is asked for when the application comes and again when it is issued."""
    number = person(connection)
    protecting = replace(desk, ask_registry=lambda _number: (HoldKind.PROTECTION,))
    assert applied(connection, protecting, number).state is CounterState.WAITING
    stored = applied(connection, desk, number)
    assert stored.state is CounterState.APPLIED
    with pytest.raises(OperatorFault) as caught:
        issued(connection, protecting, stored.id)
    assert code_of(caught) == "approval_needed"
    assert state(connection, stored.id) is CounterState.WAITING
    steps.approve(connection, stored.id, reason="本人を写真で確認", office=HERE, acting=CHIEF)
    assert len(issued(connection, protecting, stored.id)) == 1


def test_a_registry_that_gives_no_answer_lets_nothing_out(connection, desk) -> None:
    """P3: no answer is not a yes."""
    silent = replace(desk, ask_registry=lambda _number: None)
    stored = applied(connection, silent, person(connection))
    (year,) = preview.preview(connection, silent, stored.id, today=DAY).years
    assert [failure.reason.value for failure in year.failures] == ["registry_silent"]
    with pytest.raises(OperatorFault) as caught:
        issued(connection, silent, stored.id)
    assert code_of(caught) == "nothing_issuable"
    assert len(issued(connection, desk, stored.id)) == 1


def test_a_death_the_ledger_has_not_read_of_yet_ends_the_mandate(connection, desk) -> None:
    dead = replace(desk, ask_registry=lambda _number: (HoldKind.DEATH,))
    stored = applied(connection, dead, person(connection))
    (year,) = preview.preview(connection, dead, stored.id, today=DAY).years
    assert [failure.reason.value for failure in year.failures] == ["mandate_ended"]


def refusals(connection: psycopg.Connection, desk: CounterDesk, number: str, what: CounterApplication) -> list[str]:
    stored = applied(connection, desk, number, what)
    (year,) = preview.preview(connection, desk, stored.id, today=DAY).years
    return [failure.reason.value for failure in year.failures]


def test_a_tax_agent_on_record_applies_for_the_taxes_of_the_mandate(connection, desk) -> None:
    """⑰⑱: the record carries the right; nobody of another name has it, nor for another tax, nor after the end."""
    number = person(connection, "t.addressee_number > '00003'")
    filing = AgentFiling(
        name="見本 管理人",
        postal_code="1600000",
        address="東京都見本区青葉台一丁目1番1号",
        inside=True,
        taxes=frozenset({Tax.RESIDENT}),
        may_certify=True,
        confirmed=False,
        filed_on=DAY,
        valid_from=DAY,
    )
    agent = asked(applicant=Applicant.TAX_AGENT, applicant_name="見本　管理人")
    assert refusals(connection, desk, number, agent) == ["no_tax_agent"]
    agent_id = file_agent(connection, WARD, number, filing, replaces=None, acting=CLERK)
    assert refusals(connection, desk, number, agent) == []
    assert refusals(connection, desk, number, replace(agent, applicant_name="見本 別人")) == ["no_tax_agent"]
    vehicle = replace(agent, kind=K.VEHICLE_PAYMENT)
    assert "agent_out_of_scope" in refusals(connection, desk, number, vehicle)
    dismiss_agent(connection, WARD, agent_id, last_day=DAY - timedelta(days=1), reason="解任届", acting=CLERK)
    assert refusals(connection, desk, number, agent) == ["no_tax_agent"]


def test_heirs_on_record_apply_for_the_dead_and_others_show_their_register(connection, desk) -> None:
    """⑮⑯: every heir, the representative no more than another; who is not on record shows 戸籍."""
    number = person(connection, "t.addressee_number > '00005'")
    connection.execute(
        "UPDATE taxpayer SET status = 'dead', status_date = '2026-11-01' WHERE addressee_number = %s", [number]
    )
    heirs = [
        Heir(name=name, postal_code="1600000", address="東京都見本区", relation="子", share=Fraction(1, 2), signed=True)
        for name in ("見本 太郎", "見本 花子")
    ]
    register_heirs(
        connection, WARD, number, heirs, basis=Basis.DECLARATION, representative=0, died_on=date(2026, 11, 1),
        filed_on=date(2026, 11, 10), declare_by=None, acting=CLERK,
    )  # fmt: skip
    heir = asked(applicant=Applicant.HEIR, applicant_name="見本 花子")
    assert refusals(connection, desk, number, heir) == []
    assert refusals(connection, desk, number, replace(heir, applicant_name="見本 三郎")) == ["right_not_shown"]
    assert refusals(connection, desk, number, replace(heir, applicant_name="見本 三郎", right_shown=True)) == []
    assert refusals(connection, desk, number, asked()) == ["mandate_ended"]
