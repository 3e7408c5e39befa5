"""相続人代表者, 納税管理人 and 送付先変更 on the real database: who decides, what stands when, what is on record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID, uuid4

import psycopg
import pytest
from tests.ledger.small_ledger import DAY, WARD, by, new_ledger

from kofu.core.errors import OperatorFault
from kofu.ledger.addressees import merge_people
from kofu.ledger.addressees.domain.addressees import MergeEvent
from kofu.ledger.books.domain.claims import Tax
from kofu.ledger.counter.domain.applicants import MayApply, may_apply
from kofu.ledger.counter.domain.rules import Applicant
from kofu.ledger.recipients import agents, forwarding, heirs, outgoing
from kofu.ledger.recipients.agents import AgentFiling
from kofu.ledger.recipients.domain.agents import AgentState
from kofu.ledger.recipients.domain.heirs import Basis, Heir, HeirsState
from kofu.ledger.recipients.domain.recipients import (
    DocumentKind,
    Forwarding,
    Held,
    HeldReason,
    Recipient,
    RecipientReason,
    RecipientRole,
)
from kofu.ledger.recipients.read_recipients import RecipientFacts, documents_sent, standing_of

pytestmark = pytest.mark.storage

TAXES = frozenset({Tax.RESIDENT})
CLERK, CHIEF = by("clerk"), by("chief")
DIED = DAY - timedelta(days=60)
SLIP = DocumentKind.PAYMENT_SLIP


@pytest.fixture(scope="module")
def ledger(system_database):
    made = new_ledger(system_database)
    with psycopg.connect(made.app_url, autocommit=True) as connection:
        for number in range(30):
            connection.execute(
                "INSERT INTO taxpayer (municipality_code, addressee_number, name, kana, search_kana, search_name,"
                " birthday, postal_code, address, status, status_date, protected) VALUES (%s, %s, '見本 太郎',"
                " '', '', '', '', '1600000', '見本区一丁目', %s, %s, FALSE)",
                [WARD, str(number), "dead" if number < 15 else "resident", DIED],
            )
    return made


@pytest.fixture
def connection(ledger) -> Iterator[psycopg.Connection]:
    with psycopg.connect(ledger.app_url, autocommit=True) as opened:
        yield opened


def heir(name: str, share: str, *, signed: bool = True, relation: str = "子") -> Heir:
    return Heir(
        name=name,
        postal_code="1600001",
        address="見本区二丁目",
        relation=relation,
        share=Fraction(share),
        signed=signed,
    )


FAMILY = (heir("見本 花子", "1/2", relation="妻"), heir("見本 一郎", "1/6"), heir("見本 二郎", "1/3"))
UNSIGNED = tuple(replace(one, signed=False) for one in FAMILY)
AGENT = AgentFiling(
    name="見本 代理",
    postal_code="1600002",
    address="見本区三丁目",
    inside=True,
    taxes=TAXES,
    may_certify=True,
    confirmed=False,
    filed_on=DAY,
    valid_from=DAY,
)


def registered(connection, number: str, basis: Basis = Basis.DECLARATION, **changes: object) -> UUID:
    given = {
        "heirs": FAMILY, "representative": 0, "died_on": DIED, "filed_on": DAY, "declare_by": None, **changes,
    }  # fmt: skip
    return heirs.register_heirs(connection, WARD, number, given.pop("heirs"), basis=basis, acting=CLERK, **given)


def standing(connection, number: str) -> RecipientFacts:
    return standing_of(connection, WARD, number)


def to(connection, number: str, kind: DocumentKind = SLIP, on: date = DAY) -> Recipient | Held:
    return standing(connection, number).recipient(kind, on, TAXES)


def test_a_declaration_signed_by_all_is_in_force_from_its_day(connection) -> None:
    assert to(connection, "0") == Held(HeldReason.NO_REPRESENTATIVE)
    registered(connection, "0")
    found = to(connection, "0")
    assert isinstance(found, Recipient)
    assert (found.name, found.role) == ("見本 花子", RecipientRole.REPRESENTATIVE)
    assert to(connection, "0", DocumentKind.SEIZURE) == Held(HeldReason.SEIZURE_EACH_HEIR)
    assert to(connection, "0", on=DAY - timedelta(days=1)) == Held(HeldReason.NO_REPRESENTATIVE)


def test_shares_come_back_exactly_and_divide_what_is_owed(connection) -> None:
    """法9条2項: 10,000 yen to a wife (1/2) and two sons (1/6, 1/3)."""
    registered(connection, "1")
    (owed,) = heirs.owed_by_heirs(connection, standing(connection, "1"))
    assert [part.amount for part in owed.due] == [5_000, 1_667, 3_333]
    assert sum(part.heir.share for part in owed.due) == 1


def test_a_later_declaration_replaces_the_representative(connection) -> None:
    registered(connection, "2")
    registered(connection, "2", Basis.CHANGE, representative=2)
    found = to(connection, "2")
    assert isinstance(found, Recipient)
    assert found.name == "見本 二郎"
    states = connection.execute(
        "SELECT state FROM inheritance_event JOIN inheritance ON inheritance.id = inheritance_id"
        " WHERE addressee_number = '2' ORDER BY inheritance_event.id"
    ).fetchall()
    assert [state for (state,) in states] == ["declared", "replaced", "declared"]


def test_the_ward_designates_by_two_people_once_the_day_is_over(connection) -> None:
    surveyed = {"heirs": UNSIGNED, "representative": None}
    waiting = registered(connection, "3", Basis.SURVEY, **surveyed, declare_by=DAY)
    with pytest.raises(OperatorFault, match="have until"):
        heirs.propose_designation(connection, WARD, waiting, position=0, reason="妻", acting=CLERK)
    over = registered(connection, "3", Basis.SURVEY, **surveyed, declare_by=DAY - timedelta(days=1))
    heirs.propose_designation(connection, WARD, over, position=0, reason="同居の妻", acting=CLERK)
    assert to(connection, "3") == Held(HeldReason.NO_REPRESENTATIVE)
    with pytest.raises(OperatorFault, match="second_person_needed"):
        heirs.approve_designation(connection, WARD, over, acting=CLERK)
    heirs.approve_designation(connection, WARD, over, acting=CHIEF)
    assert isinstance(to(connection, "3"), Recipient)
    found = standing(connection, "3").heirs
    assert found is not None
    assert found.state is HeirsState.DESIGNATED
    with pytest.raises(OperatorFault, match="replaced by a later"):
        heirs.approve_designation(connection, WARD, waiting, acting=CHIEF)


def test_a_proposal_can_be_withdrawn_and_a_representation_ended(connection) -> None:
    survey = registered(
        connection, "4", Basis.SURVEY, heirs=UNSIGNED, representative=None, declare_by=DAY - timedelta(days=1)
    )
    heirs.propose_designation(connection, WARD, survey, position=1, reason="長男", acting=CLERK)
    heirs.withdraw_designation(connection, WARD, survey, reason="届出が出る", acting=CLERK)
    found = standing(connection, "4").heirs
    assert found is not None
    assert (found.state, found.chosen) == (HeirsState.REGISTERED, None)
    declared = registered(connection, "4")
    heirs.end_representation(connection, WARD, declared, reason="代表者の死亡", acting=CLERK)
    assert to(connection, "4") == Held(HeldReason.NO_REPRESENTATIVE)


def test_heirs_of_the_living_are_not_registered(connection) -> None:
    with pytest.raises(OperatorFault, match="does not say that this person died"):
        registered(connection, "20")


def test_what_is_on_record_of_heirs_cannot_be_changed(connection) -> None:
    registered(connection, "5")
    for statement in ("UPDATE heir SET name = '別人'", "DELETE FROM inheritance_event"):
        with pytest.raises(psycopg.Error):
            connection.execute(statement)


def test_inside_the_area_an_agent_receives_at_once_outside_after_approval(connection) -> None:
    """法300条1項."""
    agents.file_agent(connection, WARD, "20", AGENT, replaces=None, acting=CLERK)
    found = to(connection, "20")
    assert isinstance(found, Recipient)
    assert found.why is RecipientReason.AGENT
    outside = agents.file_agent(connection, WARD, "21", replace(AGENT, inside=False), replaces=None, acting=CLERK)
    found = to(connection, "21")
    assert isinstance(found, Recipient)
    assert found.why is RecipientReason.OWN_ADDRESS
    with pytest.raises(OperatorFault, match="second_person_needed"):
        agents.approve_agent(connection, WARD, outside, acting=CLERK)
    agents.approve_agent(connection, WARD, outside, acting=CHIEF)
    found = to(connection, "21")
    assert isinstance(found, Recipient)
    assert found.why is RecipientReason.AGENT
    assert may_apply(Applicant.TAX_AGENT, "見本 代理", standing(connection, "21").rights, [], DAY) is MayApply.YES


def test_a_refused_application_never_acts(connection) -> None:
    outside = agents.file_agent(connection, WARD, "22", replace(AGENT, inside=False), replaces=None, acting=CLERK)
    agents.reject_agent(connection, WARD, outside, reason="連絡がつかない", acting=CHIEF)
    assert standing(connection, "22").agents[0].agent.state is AgentState.REJECTED
    agents.file_agent(connection, WARD, "22", AGENT, replaces=None, acting=CLERK)


def test_a_change_hands_over_on_the_day_the_successor_begins(connection) -> None:
    first = agents.file_agent(connection, WARD, "23", AGENT, replaces=None, acting=CLERK)
    next_month = DAY + timedelta(days=30)
    second = replace(AGENT, name="見本 後任", valid_from=next_month)
    with pytest.raises(OperatorFault, match="another 納税管理人 acts"):
        agents.file_agent(connection, WARD, "23", second, replaces=None, acting=CLERK)
    agents.file_agent(connection, WARD, "23", second, replaces=first, acting=CLERK)
    names = []
    for on in (next_month - timedelta(days=1), next_month):
        found = to(connection, "23", on=on)
        assert isinstance(found, Recipient)
        names.append(found.name)
    assert names == ["見本 代理", "見本 後任"]


def test_a_successor_who_needs_approval_takes_over_with_it(connection) -> None:
    first = agents.file_agent(connection, WARD, "24", AGENT, replaces=None, acting=CLERK)
    second = replace(AGENT, name="見本 後任", inside=False, valid_from=DAY + timedelta(days=1))
    applied = agents.file_agent(connection, WARD, "24", second, replaces=first, acting=CLERK)
    later = DAY + timedelta(days=40)
    found = to(connection, "24", on=later)
    assert isinstance(found, Recipient)
    assert found.name == "見本 代理"
    agents.approve_agent(connection, WARD, applied, acting=CHIEF)
    found = to(connection, "24", on=later)
    assert isinstance(found, Recipient)
    assert found.name == "見本 後任"


def test_a_dismissed_agent_receives_until_the_last_day(connection) -> None:
    agent = agents.file_agent(connection, WARD, "25", AGENT, replaces=None, acting=CLERK)
    agents.dismiss_agent(connection, WARD, agent, last_day=DAY + timedelta(days=9), reason="帰国", acting=CLERK)
    whys = []
    for days in (9, 10):
        found = to(connection, "25", on=DAY + timedelta(days=days))
        assert isinstance(found, Recipient)
        whys.append(found.why)
    assert whys == [RecipientReason.AGENT, RecipientReason.OWN_ADDRESS]


def test_the_dead_have_no_agent(connection) -> None:
    with pytest.raises(OperatorFault, match="相続人代表者 receives"):
        agents.file_agent(connection, WARD, "6", AGENT, replaces=None, acting=CLERK)


def test_a_forwarding_ends_when_the_next_begins_or_it_is_ended(connection) -> None:
    there = Forwarding(postal_code="1600003", address="送付先", care_of="", valid_from=DAY)
    forwarding.forward(connection, WARD, "26", there, reason="入院", acting=CLERK)
    again = replace(there, address="次の送付先", valid_from=DAY + timedelta(days=5))
    second = forwarding.forward(connection, WARD, "26", again, reason="転院", acting=CLERK)
    forwarding.end_forwarding(connection, WARD, second, last_day=DAY + timedelta(days=9), reason="退院", acting=CLERK)
    places = []
    for days in (4, 5, 9, 10):
        found = to(connection, "26", on=DAY + timedelta(days=days))
        assert isinstance(found, Recipient)
        places.append(found.address)
    assert places == ["送付先", "次の送付先", "次の送付先", "見本区一丁目"]
    last = DAY + timedelta(days=9)
    with pytest.raises(OperatorFault, match=f"ends on {last} already"):
        forwarding.end_forwarding(connection, WARD, second, last_day=last, reason="退院", acting=CLERK)
    earlier = DAY + timedelta(days=7)  # a day typed wrong is brought forward
    forwarding.end_forwarding(connection, WARD, second, last_day=earlier, reason="退院日の訂正", acting=CLERK)
    found = to(connection, "26", on=last)
    assert isinstance(found, Recipient)
    assert found.address == "見本区一丁目"


def test_under_protection_a_way_to_others_is_held_until_confirmed(connection) -> None:
    """支援措置: a 送付先 registered before may be that of whom the person fled from."""
    there = Forwarding(postal_code="1600003", address="送付先", care_of="", valid_from=DAY)
    known = forwarding.forward(connection, WARD, "27", there, reason="入院", acting=CLERK)
    connection.execute("UPDATE taxpayer SET protected = TRUE WHERE addressee_number = '27'")
    assert to(connection, "27") == Held(HeldReason.FORWARDING_UNCONFIRMED)
    forwarding.confirm_forwarding(connection, WARD, known, acting=CLERK)
    assert isinstance(to(connection, "27"), Recipient)
    agent = agents.file_agent(connection, WARD, "27", AGENT, replaces=None, acting=CLERK)
    assert to(connection, "27") == Held(HeldReason.AGENT_UNCONFIRMED)
    agents.confirm_agent(connection, WARD, agent, acting=CLERK)
    assert isinstance(to(connection, "27"), Recipient)


def test_what_is_sent_is_on_record_with_place_and_reason_and_what_is_held_is_not_sent(connection) -> None:
    registered(connection, "7")
    with connection.transaction():
        outgoing.address_document(connection, WARD, "7", SLIP, taxes=TAXES, reference="1期", acting=CLERK)
    (sent,) = documents_sent(connection, WARD, "7")
    assert (sent.document, sent.name, sent.why, sent.address) == (
        "payment_slip",
        "見本 花子",
        "representative",
        "見本区二丁目",
    )
    with connection.transaction(), pytest.raises(OperatorFault) as fault:
        outgoing.address_document(connection, WARD, "8", SLIP, taxes=TAXES, reference="1期", acting=CLERK)
    assert fault.value.code == "held_no_representative"
    assert documents_sent(connection, WARD, "8") == []


def test_each_decision_is_in_the_audit_log_without_a_name(connection) -> None:
    registered(connection, "9")
    bodies = connection.execute("SELECT body FROM audit_entry WHERE body LIKE '%%heirs.register%%'").fetchall()
    assert bodies
    assert not any("見本" in body for (body,) in bodies)


def test_another_municipality_cannot_decide(connection) -> None:
    agent = agents.file_agent(connection, WARD, "28", replace(AGENT, inside=False), replaces=None, acting=CLERK)
    with pytest.raises(OperatorFault, match="none of this number"):
        agents.approve_agent(connection, "131041", agent, acting=CHIEF)
    with pytest.raises(OperatorFault, match="none of this number"):
        heirs.approve_designation(connection, WARD, uuid4(), acting=CHIEF)


def test_who_is_dead_under_one_number_is_dead_under_all_that_mean_them(connection) -> None:
    """宛名の統合 moves nothing: the rule reads every number of the person."""
    merge = merge_people.propose_merge(connection, WARD, "29", "10", reason="同一人", acting=CLERK)
    assert isinstance(to(connection, "29"), Recipient)
    merge_people.decide_merge(connection, WARD, merge, MergeEvent.APPROVED, reason="", acting=CHIEF)
    assert to(connection, "29") == Held(HeldReason.NO_REPRESENTATIVE)
    registered(connection, "10")
    found = to(connection, "29")
    assert isinstance(found, Recipient)
    assert found.role is RecipientRole.REPRESENTATIVE
    assert len(heirs.owed_by_heirs(connection, standing(connection, "29"))) == 2, "what both numbers owe"
