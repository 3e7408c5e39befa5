"""滞納整理の出来事 on the real database: by the table of their law, by two people, taken back by a record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import psycopg
import pytest
from tests.ledger.arrears.on_record import TODAY, decided, ended, refused
from tests.ledger.arrears.people_owing import CHIEF, CLERK, owing

from kofu.ledger.arrears import decide_claims, dunning
from kofu.ledger.arrears.domain.events import LAWS
from kofu.ledger.arrears.domain.write_off import WriteOffReason
from kofu.ledger.arrears.events import on_record, record_event
from kofu.ledger.books.domain.prescription import DeferralGround, ExtinctionCause, Happening, PrescriptionEvent

pytestmark = pytest.mark.storage

DUE = date(2025, 6, 30)
LATE = date(2026, 2, 2)


@pytest.fixture
def connection(system_database) -> Iterator[psycopg.Connection]:
    with psycopg.connect(system_database("ledger").app_url, autocommit=True) as opened:
        yield opened


def taken_back(connection, event_id: int) -> None:
    proposed = decide_claims.propose_take_back(connection, event_id, reason="別の方の決定書", acting=CLERK)
    decide_claims.approve(connection, proposed.decision_id, acting=CHIEF)


def test_what_is_given_up_at_once_needs_a_suspension_two_people_and_a_day_after_the_due_date(connection) -> None:
    """法15条の7第5項: one clerk entered it, dated before the 納期限, and the claim was gone."""
    claim = owing(connection, "G1", DUE).claim_id
    given_up = PrescriptionEvent(Happening.GIVEN_UP, LATE)
    for day, code in ((date(2025, 6, 1), "before_the_claim"), (DUE, "not_overdue"), (LATE, "not_in_force")):
        event = replace(given_up, on=day)
        assert refused(lambda event=event: decide_claims.propose_event(
            connection, claim, event, reason="明らかに徴収不能", acting=CLERK)) == code  # fmt: skip
    decided(connection, claim, PrescriptionEvent(Happening.SUSPENDED, date(2026, 2, 1)))
    assert refused(lambda: record_event(connection, claim, given_up, reason="…", acting=CLERK)) == "two_people_decide"
    proposed = decide_claims.propose_event(connection, claim, given_up, reason="明らかに徴収不能", acting=CLERK)
    assert ended(connection, claim).cause is ExtinctionCause.SUSPENDED_THREE_YEARS  # a proposal ends nothing
    assert refused(lambda: decide_claims.approve(connection, proposed.decision_id, acting=CLERK)) == (
        "second_person_needed"
    )
    decide_claims.approve(connection, proposed.decision_id, acting=CHIEF)
    assert (ended(connection, claim).on, ended(connection, claim).cause) == (LATE, ExtinctionCause.GIVEN_UP)


def test_what_could_be_when_proposed_and_cannot_be_any_more_is_not_approved(connection) -> None:
    claim = owing(connection, "G2", DUE).claim_id
    suspension = decided(connection, claim, PrescriptionEvent(Happening.SUSPENDED, date(2026, 2, 1)))
    proposed = decide_claims.propose_event(
        connection, claim, PrescriptionEvent(Happening.GIVEN_UP, LATE), reason="明らかに徴収不能", acting=CLERK
    )
    taken_back(connection, suspension)
    assert refused(lambda: decide_claims.approve(connection, proposed.decision_id, acting=CHIEF)) == "not_in_force"


@pytest.mark.parametrize(
    "event",
    [
        PrescriptionEvent(Happening.DEMANDED, LATE),
        PrescriptionEvent(Happening.ACKNOWLEDGED, LATE),
        PrescriptionEvent(Happening.PARTICIPATED, LATE),
        PrescriptionEvent(Happening.SEIZED, LATE),
        PrescriptionEvent(Happening.SUSPENDED, LATE),
        PrescriptionEvent(Happening.GRACE, LATE, date(2027, 2, 1), ground=DeferralGround.DISASTER),
        PrescriptionEvent(Happening.NOT_ACKNOWLEDGED, LATE),
        PrescriptionEvent(Happening.EXTENDED, LATE, date(2027, 2, 1)),
    ],
)
def test_each_event_is_taken_back_by_a_record_and_everything_stands_as_before(
    connection, event: PrescriptionEvent
) -> None:
    claim = owing(connection, "T1", DUE).claim_id
    before = ended(connection, claim)
    if LAWS[event.happening].two_people:
        number = decided(connection, claim, event)
    else:
        number = record_event(connection, claim, event, reason="控え", acting=CLERK)
    assert [one.event for one in on_record(connection, claim)] == [event]
    assert refused(lambda: decide_claims.propose_take_back(connection, number, reason=" ", acting=CLERK)) == (
        "reason_needed"
    )
    taken_back(connection, number)
    assert on_record(connection, claim) == ()
    assert dunning.stays(connection, [claim], today=TODAY) == ()
    assert (ended(connection, claim).on, ended(connection, claim).cause) == (before.on, before.cause)
    rows = connection.execute("SELECT count(*) FROM arrears_event WHERE claim_id = %s", [claim]).fetchone()
    assert rows == (2,), "both records are there for ever"
    assert refused(lambda: decide_claims.propose_take_back(connection, number, reason="再び", acting=CLERK)) == (
        "taken_back_already"
    )


def test_an_end_recorded_in_error_is_taken_back_and_what_had_ended_goes_on(connection) -> None:
    claim = owing(connection, "E1", DUE).claim_id
    seizure = decided(connection, claim, PrescriptionEvent(Happening.SEIZED, LATE))
    ending = decide_claims.propose_end(
        connection, seizure, on=date(2026, 3, 3), withdrawn=True, reason="解除", acting=CLERK
    )
    decide_claims.approve(connection, ending.decision_id, acting=CHIEF)
    assert dunning.stays(connection, [claim], today=TODAY) == ()
    (end,) = on_record(connection, claim)
    assert end.ends_began
    taken_back(connection, end.event_id)
    (again,) = dunning.stays(connection, [claim], today=TODAY)
    assert (again.happening, again.on) == (Happening.SEIZED, LATE)
    assert ended(connection, claim).on is None  # stayed, as before the end
    taken_back(connection, again.event_id)
    assert on_record(connection, claim) == ()


def test_a_suspension_that_ended_does_not_go_on_over_a_seizure_recorded_since(connection) -> None:
    """法15条の7第1項: by taking its end back a 停止 lay over a 差押 that was lawful when it was recorded."""
    claim = owing(connection, "E2", DUE).claim_id
    suspension = decided(connection, claim, PrescriptionEvent(Happening.SUSPENDED, LATE))
    ending = decide_claims.propose_end(
        connection, suspension, on=date(2026, 3, 3), withdrawn=False, reason="財産の発見", acting=CLERK
    )
    decide_claims.approve(connection, ending.decision_id, acting=CHIEF)
    (end,) = on_record(connection, claim)
    seizure = decided(connection, claim, PrescriptionEvent(Happening.SEIZED, date(2026, 4, 1)))
    assert refused(lambda: decide_claims.propose_take_back(connection, end.event_id, reason="誤り", acting=CLERK)) == (
        "seized_in_suspension"
    )
    taken_back(connection, seizure)
    taken_back(connection, end.event_id)
    (again,) = on_record(connection, claim)
    assert (again.event.happening, again.event.until) == (Happening.SUSPENDED, None)


def test_a_suspension_is_not_taken_back_from_under_what_was_given_up_in_it(connection) -> None:
    """法15条の7第5項: 即時消滅 is of what 滞納処分 was stopped for; without the 停止 the claim lives."""
    claim = owing(connection, "G3", DUE).claim_id
    suspension = decided(connection, claim, PrescriptionEvent(Happening.SUSPENDED, date(2026, 2, 1)))
    given_up = decided(connection, claim, PrescriptionEvent(Happening.GIVEN_UP, LATE))
    assert refused(lambda: decide_claims.propose_take_back(connection, suspension, reason="誤り", acting=CLERK)) == (
        "given_up_on_it"
    )
    taken_back(connection, given_up)
    taken_back(connection, suspension)
    assert on_record(connection, claim) == ()


def test_a_grace_granted_for_a_period_can_be_revoked_before_its_end_and_the_revocation_taken_back(connection) -> None:
    """法15条の3 (徴収猶予の取消し), 15条の5の3 (換価の猶予の取消し)."""
    claim = owing(connection, "G2", DUE).claim_id
    until = date(2026, 12, 31)
    grace = decided(connection, claim, PrescriptionEvent(Happening.GRACE, LATE, until, ground=DeferralGround.BUSINESS))
    (lasting,) = dunning.stays(connection, [claim], today=TODAY)
    assert (lasting.event_id, lasting.until) == (grace, until)
    assert dunning.stays(connection, [claim], today=until) == (), "it ends by itself"
    ending = decide_claims.propose_end(
        connection, grace, on=date(2026, 9, 1), withdrawn=False, fact_on=date(2026, 8, 1), reason="不履行", acting=CLERK
    )
    assert refused(
        lambda: decide_claims.propose_end(
            connection, grace, on=date(2026, 9, 2), withdrawn=False, reason="不履行", acting=CLERK
        )
    ) == ("proposed_already")
    decide_claims.approve(connection, ending.decision_id, acting=CHIEF)
    (end,) = on_record(connection, claim)
    assert (end.event.until, end.event.fact_on, end.ends_began) == (date(2026, 9, 1), date(2026, 8, 1), True)
    assert dunning.stays(connection, [claim], today=date(2026, 8, 31)) == (), "an end lasts no more"
    taken_back(connection, end.event_id)
    (again,) = on_record(connection, claim)
    assert (again.event.on, again.event.until, again.event.fact_on, again.ends_began) == (LATE, until, None, False)
    assert again.event.ground is DeferralGround.BUSINESS
    (lasting,) = dunning.stays(connection, [claim], today=TODAY)
    assert lasting.event_id == again.event_id
    taken_back(connection, again.event_id)
    assert on_record(connection, claim) == ()
    assert refused(
        lambda: decide_claims.propose_end(
            connection, again.event_id, on=date(2026, 9, 1), withdrawn=False, reason="不履行", acting=CLERK
        )
    ) == ("event_ended")


def test_a_ground_written_off_upon_is_not_taken_back_before_the_write_off_is_reversed(connection) -> None:
    claim = owing(connection, "W1", DUE).claim_id
    decided(connection, claim, PrescriptionEvent(Happening.SUSPENDED, date(2026, 2, 1)))
    number = decided(connection, claim, PrescriptionEvent(Happening.GIVEN_UP, LATE))
    proposed = decide_claims.propose_write_off(connection, claim, WriteOffReason.GIVEN_UP, acting=CLERK)
    decide_claims.approve(connection, proposed.decision_id, acting=CHIEF)
    assert refused(lambda: decide_claims.propose_take_back(connection, number, reason="誤り", acting=CLERK)) == (
        "written_off_on_it"
    )


@pytest.mark.parametrize("method", ["salary", "pension"])
def test_no_event_of_special_collection_is_recorded_against_the_person(connection, method: str) -> None:
    """法321条の5."""
    claim = owing(connection, f"S-{method}", DUE, method=method).claim_id
    event = PrescriptionEvent(Happening.SEIZED, LATE)
    assert refused(lambda: decide_claims.propose_event(connection, claim, event, reason="調書", acting=CLERK)) == (
        "special_collection"
    )


def test_what_one_person_notes_needs_no_decision(connection) -> None:
    claim = owing(connection, "N1", DUE).claim_id
    event = PrescriptionEvent(Happening.DEMANDED, LATE)
    assert refused(lambda: decide_claims.propose_event(connection, claim, event, reason="控え", acting=CLERK)) == (
        "one_person_records"
    )
