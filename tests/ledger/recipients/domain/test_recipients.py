"""One rule for every document: a table of every combination that matters, each with recipient, place and reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import product

import pytest

from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.recipients.domain.agents import AgentState, TaxAgent
from kofu.ledger.recipients.domain.heirs import Heir, HeirsState, Representation
from kofu.ledger.recipients.domain.recipients import (
    DocumentKind,
    DocumentSubject,
    Forwarding,
    Held,
    HeldReason,
    Recipient,
    RecipientReason,
    RecipientRole,
    recipient_of,
)

ON = date(2026, 11, 24)
BEFORE, AFTER = date(2026, 1, 1), date(2027, 1, 1)
TAXES = frozenset({Tax.RESIDENT})
PERSON = DocumentSubject(name="見本 太郎", postal_code="1600000", address="本人の住所")
HEIR = Heir(name="見本 花子", postal_code="1600001", address="相続人の住所", relation="妻", share=Fraction(1))
STANDS = Representation(state=HeirsState.DECLARED, heirs=(HEIR,), representative=HEIR, since=BEFORE)
AGENT = TaxAgent(
    name="見本 代理",
    postal_code="1600002",
    address="管理人の住所",
    inside=True,
    taxes=TAXES,
    state=AgentState.DECLARED,
    valid_from=BEFORE,
)
FORWARDING = Forwarding(postal_code="1600003", address="送付先の住所", care_of="見本", valid_from=BEFORE)

OWN, TO_AGENT, FORWARDED, TO_HEIR = (
    (RecipientReason.OWN_ADDRESS, "見本 太郎", "本人の住所"),
    (RecipientReason.AGENT, "見本 代理", "管理人の住所"),
    (RecipientReason.FORWARDED, "見本 太郎", "送付先の住所　見本様方"),
    (RecipientReason.REPRESENTATIVE, "見本 花子", "相続人の住所"),
)
PAST = (RecipientReason.SEIZURE_TO_PERSON, "見本 太郎", "本人の住所")
PAPERS = [kind for kind in DocumentKind if kind is not DocumentKind.SEIZURE]
SURE = {"confirmed": True}

#: dead, protected, representative, agent, forwarding → an ordinary paper, a paper of 滞納処分
TABLE = [
    # the living
    (False, False, None, None, None, OWN, OWN),
    (False, False, None, AGENT, None, TO_AGENT, PAST),
    (False, False, None, None, FORWARDING, FORWARDED, PAST),
    (False, False, None, AGENT, FORWARDING, TO_AGENT, PAST),
    (False, False, STANDS, None, None, OWN, OWN),
    # an agent who does not act: other tax, not yet, no more, waiting for approval, refused
    (False, False, None, replace(AGENT, taxes=frozenset({Tax.LIGHT_VEHICLE})), None, OWN, OWN),
    (False, False, None, replace(AGENT, valid_from=AFTER), None, OWN, OWN),
    (False, False, None, replace(AGENT, valid_until=BEFORE), FORWARDING, FORWARDED, PAST),
    (False, False, None, replace(AGENT, state=AgentState.APPLIED), None, OWN, OWN),
    (False, False, None, replace(AGENT, state=AgentState.REJECTED), None, OWN, OWN),
    (False, False, None, replace(AGENT, state=AgentState.DISMISSED, valid_until=ON), None, TO_AGENT, PAST),
    # a forwarding that does not hold
    (False, False, None, None, replace(FORWARDING, valid_from=AFTER), OWN, OWN),
    (False, False, None, None, replace(FORWARDING, valid_until=BEFORE), OWN, OWN),
    # 支援措置: own address, or a way the protected person confirmed, or nowhere
    (False, True, None, None, None, OWN, OWN),
    (False, True, None, AGENT, None, HeldReason.AGENT_UNCONFIRMED, PAST),
    (False, True, None, replace(AGENT, **SURE), None, TO_AGENT, PAST),
    (False, True, None, None, FORWARDING, HeldReason.FORWARDING_UNCONFIRMED, PAST),
    (False, True, None, None, replace(FORWARDING, **SURE), FORWARDED, PAST),
    (False, True, None, AGENT, replace(FORWARDING, **SURE), HeldReason.AGENT_UNCONFIRMED, PAST),
    (False, True, None, replace(AGENT, **SURE), FORWARDING, TO_AGENT, PAST),
    # the dead: mandates and forwardings ended; 滞納処分 is against each heir
    (True, False, STANDS, None, None, TO_HEIR, HeldReason.SEIZURE_EACH_HEIR),
    (True, True, STANDS, None, None, TO_HEIR, HeldReason.SEIZURE_EACH_HEIR),
    (True, False, STANDS, AGENT, FORWARDING, TO_HEIR, HeldReason.SEIZURE_EACH_HEIR),
    (True, False, None, None, None, HeldReason.NO_REPRESENTATIVE, HeldReason.SEIZURE_EACH_HEIR),
    (True, False, None, AGENT, FORWARDING, HeldReason.NO_REPRESENTATIVE, HeldReason.SEIZURE_EACH_HEIR),
    (True, False, replace(STANDS, state=HeirsState.PROPOSED), None, None, HeldReason.NO_REPRESENTATIVE,
     HeldReason.SEIZURE_EACH_HEIR),
    (True, False, replace(STANDS, state=HeirsState.REGISTERED, representative=None), None, None,
     HeldReason.NO_REPRESENTATIVE, HeldReason.SEIZURE_EACH_HEIR),
    (True, False, replace(STANDS, since=AFTER), None, None, HeldReason.NO_REPRESENTATIVE, HeldReason.SEIZURE_EACH_HEIR),
    (True, False, replace(STANDS, state=HeirsState.ENDED), None, None, HeldReason.NO_REPRESENTATIVE,
     HeldReason.SEIZURE_EACH_HEIR),
]  # fmt: skip


def decided(
    document: DocumentKind, *, dead=False, protected=False, representation=None, agent=None, forwarding=None
) -> Recipient | Held:
    return recipient_of(
        document,
        replace(PERSON, dead=dead, protected=protected),
        ON,
        taxes=TAXES,
        representation=representation,
        agents=[agent] if agent else [],
        forwardings=[forwarding] if forwarding else [],
    )


@pytest.mark.parametrize(("row", "document"), [(row, kind) for row in TABLE for kind in DocumentKind])
def test_a_document_goes_where_the_table_says(row, document: DocumentKind) -> None:
    dead, protected, representation, agent, forwarding, ordinary, of_seizure = row
    expected = of_seizure if document is DocumentKind.SEIZURE else ordinary
    found = decided(
        document, dead=dead, protected=protected, representation=representation, agent=agent, forwarding=forwarding
    )
    if isinstance(expected, HeldReason):
        assert found == Held(expected)
    else:
        assert isinstance(found, Recipient)
        assert (found.why, found.name, found.address) == expected


def test_a_document_about_several_taxes_needs_an_agent_for_all_of_them() -> None:
    found = recipient_of(DocumentKind.REFUND_NOTICE, PERSON, ON, taxes=frozenset(Tax), agents=[AGENT])
    assert isinstance(found, Recipient)
    assert found.why is RecipientReason.OWN_ADDRESS
    whole = replace(AGENT, taxes=frozenset(Tax))
    found = recipient_of(DocumentKind.REFUND_NOTICE, PERSON, ON, taxes=frozenset(Tax), agents=[whole])
    assert isinstance(found, Recipient)
    assert found.role is RecipientRole.AGENT


def test_who_receives_for_another_is_named_with_their_capacity() -> None:
    agent, heir = decided(PAPERS[0], agent=AGENT), decided(PAPERS[0], dead=True, representation=STANDS)
    assert isinstance(agent, Recipient)
    assert agent.name_lines == ("見本 代理　様", "（見本 太郎　様　納税管理人）")
    assert isinstance(heir, Recipient)
    assert heir.name_lines == ("見本 花子　様", "（亡　見本 太郎　様　相続人代表者）")
    assert heir.taxpayer == "亡　見本 太郎"


def test_a_person_without_an_address_receives_nothing_yet() -> None:
    assert recipient_of(PAPERS[0], replace(PERSON, address=""), ON, taxes=TAXES) == Held(HeldReason.NO_ADDRESS)


def test_no_combination_lets_a_paper_of_the_dead_go_to_them_or_their_agent() -> None:
    """Everything at once: what the table might have forgotten."""
    for kind, protected, representation, agent, forwarding in product(
        DocumentKind, (False, True), (None, STANDS), (None, AGENT), (None, FORWARDING)
    ):
        found = decided(
            kind, dead=True, protected=protected, representation=representation, agent=agent, forwarding=forwarding
        )
        assert isinstance(found, Held) or (
            found.role is RecipientRole.REPRESENTATIVE and kind is not DocumentKind.SEIZURE
        )


def test_a_paper_to_another_never_bears_the_persons_own_address() -> None:
    for kind, protected, agent, forwarding in product(
        PAPERS, (False, True), (None, AGENT, replace(AGENT, **SURE)), (None, FORWARDING, replace(FORWARDING, **SURE))
    ):
        found = decided(kind, protected=protected, agent=agent, forwarding=forwarding)
        if isinstance(found, Recipient) and found.role is not RecipientRole.PERSON:
            assert PERSON.address not in f"{found.address} {found.name} {found.capacity}"
