"""Cases: closed by two people's findings, by nothing else, and for good (P9)."""

from __future__ import annotations

import psycopg
import pytest
from tests.resets import reset

from kofu.certificates.domain.findings import Signature
from kofu.core.errors import OperatorFault
from kofu.issuing.cases import cases
from kofu.issuing.cases.domain.kinds import CaseKind

pytestmark = pytest.mark.storage
WARD = "139998"
FIRST = Signature(by="sato", finding="compared the digest with the journal: equal")
SECOND = Signature(by="ito", finding="asked the store: paper jam, nothing was handed over")


@pytest.fixture
def case_id(connection, world):
    with connection.transaction():
        return cases.open_case(
            connection, world.acting(), municipality_code=WARD, kind=CaseKind.CENTER_ERROR, summary="the centre asks"
        )


def test_the_second_persons_finding_closes_a_case(connection, world, case_id):
    assert cases.sign(connection, world.acting(), case_id, FIRST) is False
    assert cases.show(connection, case_id).case.closed_at is None
    assert cases.sign(connection, world.acting(), case_id, SECOND) is True
    assert cases.show(connection, case_id).case.closed_at is not None


@pytest.mark.parametrize(
    ("signature", "why"),
    [
        (Signature(by="sato", finding="looked at it a second time, still equal"), "same person"),
        (Signature(by="ito", finding="ok"), "at least"),
        (Signature(by="ito", finding=FIRST.finding), "word for word"),
        (Signature(by=" ", finding=SECOND.finding), "needs the name"),
    ],
)
def test_a_shrug_does_not_close_a_case(connection, world, case_id, signature, why):
    cases.sign(connection, world.acting(), case_id, FIRST)
    with pytest.raises(OperatorFault, match=why):
        cases.sign(connection, world.acting(), case_id, signature)
    assert cases.show(connection, case_id).case.closed_at is None


def test_the_signature_of_an_account_that_was_reset_since_closes_nothing(connection, world, case_id):
    """Two others sign; whose account it is does not sign this case again."""
    first = Signature(by="mori", finding=FIRST.finding)
    cases.sign(connection, world.acting(), case_id, first)
    with psycopg.connect(world.database.owner_url) as owner:
        reset(owner, first.by, world.clock.now)
    assert cases.sign(connection, world.acting(), case_id, SECOND) is False
    with pytest.raises(OperatorFault, match="same person"):
        cases.sign(connection, world.acting(), case_id, Signature(by=first.by, finding="looked at it once more: equal"))
    third = Signature(by="kato", finding="asked both, and read the journal again")
    assert cases.sign(connection, world.acting(), case_id, third) is True


def test_a_closed_case_stays_closed_and_takes_nothing_more(connection, world, case_id):
    cases.sign(connection, world.acting(), case_id, FIRST)
    cases.sign(connection, world.acting(), case_id, SECOND)
    with pytest.raises(OperatorFault, match="open a new one"):
        cases.add_evidence(connection, world.acting(), case_id, by="sato", text="one thing more")


def test_the_database_itself_wants_two_people(connection, world, case_id):
    """Twin: with the rule in the program gone, the trigger still refuses."""
    cases.sign(connection, world.acting(), case_id, FIRST)
    with pytest.raises(psycopg.errors.RaiseException, match="closed by two people"):
        connection.execute("UPDATE issuing_case SET closed_at = now() WHERE case_id = %s", [case_id])


def test_one_person_cannot_sign_twice_at_the_same_moment_either(connection, world, case_id):
    """Two windows, one person: the unique key refuses what both checks let through."""
    insert = (
        "INSERT INTO issuing_case_signature (case_id, signed_by, signed_at, finding) VALUES (%s, 'sato', now(), '')"
    )
    connection.execute(insert, [case_id])
    with pytest.raises(psycopg.errors.UniqueViolation):
        connection.execute(insert, [case_id])


def test_evidence_keeps_its_order_and_its_author(connection, world, case_id):
    for number in range(3):
        cases.add_evidence(connection, world.acting(), case_id, by="sato", text=f"step {number}")
    found = cases.show(connection, case_id).evidence
    assert [(piece.added_by, piece.text) for piece in found] == [("sato", f"step {number}") for number in range(3)]
