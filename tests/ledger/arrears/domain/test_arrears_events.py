"""滞納整理の出来事: each by the table of its law, none in the future or before the claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from kofu.core.errors import OperatorFault
from kofu.ledger.arrears.domain.events import LAWS, NOT_ENTERED, ClaimThen, EarliestDay, EndRule, check_event, law_of
from kofu.ledger.arrears.web.words import FAULTS, HAPPENINGS
from kofu.ledger.books.domain.interest import months_end
from kofu.ledger.books.domain.prescription import BASIS, DeferralGround, Happening, PrescriptionEvent

TODAY = date(2026, 11, 20)
DUE = date(2025, 6, 30)
CLAIM = ClaimThen(arose_on=date(2025, 6, 10), due_date=DUE, owed=30_000, special=False, ended_on=None)
SUSPENDED = PrescriptionEvent(Happening.SUSPENDED, date(2026, 2, 2))


def event(happening: Happening, on: date = date(2026, 3, 3), **more) -> PrescriptionEvent:
    if happening is Happening.GRACE:
        more.setdefault("ground", DeferralGround.DISASTER)
        more.setdefault("until", months_end(on, 6))
    if happening is Happening.EXTENDED:
        more.setdefault("until", date(2027, 4, 5))
    return PrescriptionEvent(happening, on, **more)


def refused(what: PrescriptionEvent, claim: ClaimThen = CLAIM) -> str:
    with pytest.raises(OperatorFault) as fault:
        check_event(what, claim, today=TODAY)
    return fault.value.code


def possible(happening: Happening) -> ClaimThen:
    """A claim at which such an event can be."""
    within = LAWS[happening].within
    return replace(CLAIM, standing=[SUSPENDED] if within else [])


def test_every_event_there_is_has_its_law_its_word_and_its_basis() -> None:
    assert set(LAWS) | NOT_ENTERED == set(Happening)
    assert not set(LAWS) & NOT_ENTERED
    assert set(HAPPENINGS) == set(BASIS) == set(Happening)
    assert all(law.law for law in LAWS.values())


@pytest.mark.parametrize("happening", list(LAWS))
def test_each_event_can_be_where_its_law_lets_it(happening: Happening) -> None:
    assert check_event(event(happening), possible(happening), today=TODAY) is LAWS[happening]


@pytest.mark.parametrize("happening", list(LAWS))
def test_no_event_lies_in_the_future(happening: Happening) -> None:
    check_event(event(happening, TODAY), possible(happening), today=TODAY)
    assert refused(event(happening, date(2026, 11, 21)), possible(happening)) == "event_ahead"


@pytest.mark.parametrize("happening", list(LAWS))
def test_no_event_lies_before_the_claim(happening: Happening) -> None:
    assert refused(event(happening, date(2025, 6, 9)), possible(happening)) == "before_the_claim"


@pytest.mark.parametrize("happening", [one for one, law in LAWS.items() if law.earliest is EarliestDay.OVERDUE])
def test_who_is_not_late_is_not_reminded_suspended_or_given_up(happening: Happening) -> None:
    """法15条の7第5項 dated before the 納期限 was accepted once."""
    assert refused(event(happening, DUE), possible(happening)) == "not_overdue"


def test_who_has_an_extended_due_date_is_late_only_after_it() -> None:
    """地方税法20条の5の2: what is extended is the 納期限 itself."""
    extended = PrescriptionEvent(Happening.EXTENDED, date(2025, 6, 20), date(2026, 3, 3))
    claim = replace(CLAIM, standing=[extended])
    assert refused(event(Happening.DEMANDED, date(2026, 3, 3)), claim) == "not_overdue"
    check_event(event(Happening.DEMANDED, date(2026, 3, 4)), claim, today=TODAY)


def test_what_is_given_up_at_once_needs_a_suspension_in_force_that_day() -> None:
    """法15条の7第5項: 滞納処分の執行を停止した場合において."""
    given_up = event(Happening.GIVEN_UP)
    assert refused(given_up) == "not_in_force"
    lifted = replace(CLAIM, standing=[replace(SUSPENDED, until=date(2026, 3, 2))])
    assert refused(given_up, lifted) == "not_in_force"
    later = replace(CLAIM, standing=[replace(SUSPENDED, on=date(2026, 3, 4))])
    assert refused(given_up, later) == "not_in_force"
    check_event(given_up, replace(CLAIM, standing=[SUSPENDED]), today=TODAY)


@pytest.mark.parametrize(
    "happening", [Happening.GIVEN_UP, Happening.SUSPENDED, Happening.SEIZED, Happening.GRACE, Happening.EXTENDED]
)
def test_what_takes_a_right_away_is_decided_by_two(happening: Happening) -> None:
    assert law_of(happening).two_people


@pytest.mark.parametrize("happening", list(LAWS))
def test_nothing_of_special_collection_is_put_upon_the_person(happening: Happening) -> None:
    """法321条の5."""
    assert refused(event(happening), replace(possible(happening), special=True)) == "special_collection"


@pytest.mark.parametrize("happening", list(LAWS))
def test_nothing_is_recorded_of_a_claim_the_law_has_ended(happening: Happening) -> None:
    assert refused(event(happening), replace(possible(happening), ended_on=date(2026, 3, 3))) == "claim_ended"
    check_event(event(happening), replace(possible(happening), ended_on=date(2026, 3, 4)), today=TODAY)


@pytest.mark.parametrize("happening", [one for one, law in LAWS.items() if law.until is EndRule.NEVER])
def test_what_is_of_one_day_has_no_end(happening: Happening) -> None:
    assert refused(event(happening, until=date(2026, 3, 4)), possible(happening)) == "end_of_a_day"


@pytest.mark.parametrize("happening", [one for one, law in LAWS.items() if law.until is EndRule.PAST])
def test_an_end_is_not_recorded_ahead(happening: Happening) -> None:
    assert refused(event(happening, until=date(2026, 11, 21)), possible(happening)) == "end_ahead"


def test_a_grace_may_end_ahead_and_an_extension_names_a_later_day() -> None:
    check_event(event(Happening.GRACE, until=date(2027, 3, 2)), CLAIM, today=TODAY)
    early = PrescriptionEvent(Happening.EXTENDED, date(2025, 6, 20), DUE)
    assert refused(early) == "end_not_said"
    assert refused(PrescriptionEvent(Happening.EXTENDED, date(2025, 6, 20))) == "end_not_said"


def test_a_grace_names_its_ground_and_nothing_else_does() -> None:
    assert refused(PrescriptionEvent(Happening.GRACE, date(2026, 3, 3), date(2026, 9, 2))) == "ground_missing"
    assert (
        refused(PrescriptionEvent(Happening.SEIZED, date(2026, 3, 3), ground=DeferralGround.DISASTER))
        == "ground_missing"
    )
    assert refused(replace(GRANTED, ground=DeferralGround.EXTENSION)) == "ground_missing"


@pytest.mark.parametrize("happening", [one for one, law in LAWS.items() if law.once])
def test_what_is_in_force_does_not_begin_again(happening: Happening) -> None:
    standing = [event(happening, date(2026, 2, 2))]
    assert refused(event(happening), replace(CLAIM, standing=standing)) == "in_force_already"


def test_letters_and_what_is_taken_back_are_not_entered() -> None:
    assert refused(PrescriptionEvent(Happening.DUNNED, date(2026, 3, 3))) == "dunned_by_letter"
    assert refused(PrescriptionEvent(Happening.TAKEN_BACK, date(2026, 3, 3))) == "not_entered"


def test_nothing_due_is_neither_reminded_of_nor_given_up() -> None:
    for happening in [one for one, law in LAWS.items() if law.owing]:
        assert refused(event(happening), replace(possible(happening), owed=0)) == "nothing_due"
    assert {one for one, law in LAWS.items() if not law.owing} == {
        Happening.ACKNOWLEDGED,
        Happening.NOT_ACKNOWLEDGED,
        Happening.EXTENDED,
        Happening.OBJECTED,
    }


def test_a_seizure_that_ended_is_recorded_though_the_claim_was_paid_by_it() -> None:
    over = event(Happening.SEIZED, until=date(2026, 9, 1))
    check_event(over, replace(CLAIM, owed=0), today=TODAY)


GRANTED = PrescriptionEvent(Happening.GRACE, date(2026, 3, 3), date(2027, 3, 2), ground=DeferralGround.DISASTER)
CONVERSION = replace(GRANTED, ground=DeferralGround.CONVERSION)


@pytest.mark.parametrize(
    "ground",
    [DeferralGround.DISASTER, DeferralGround.BUSINESS, DeferralGround.LATE_ASSESSMENT, DeferralGround.CONVERSION],
)
def test_a_grace_is_one_year_at_most(ground: DeferralGround) -> None:
    """地方税法15条1項, 15条の5第1項, 15条の6第1項: 一年以内の期間を限り."""
    year = replace(GRANTED, ground=ground)
    check_event(year, CLAIM, today=TODAY)
    assert refused(replace(year, until=date(2027, 3, 3))) == "grace_too_long"
    assert refused(replace(year, until=None)) == "grace_end_not_said"


@pytest.mark.parametrize("ground", [DeferralGround.DISASTER, DeferralGround.CONVERSION])
def test_a_grace_is_two_years_at_most_with_what_it_extends(ground: DeferralGround) -> None:
    """地方税法15条4項, 15条の5第2項, 15条の6第3項: 既にした猶予の期間と併せて二年を超えることができない."""
    before = [
        PrescriptionEvent(Happening.GRACE, date(2025, 7, 1), date(2025, 12, 31), ground=ground),
        PrescriptionEvent(Happening.GRACE, date(2026, 1, 1), date(2026, 10, 31), ground=ground),
    ]
    last = PrescriptionEvent(Happening.GRACE, date(2026, 11, 1), date(2027, 6, 30), ground=ground)
    claim = replace(CLAIM, standing=before)
    check_event(last, claim, today=TODAY)
    assert refused(replace(last, until=date(2027, 7, 1)), claim) == "grace_two_years"
    other = replace(
        last, ground=DeferralGround.BUSINESS if ground is DeferralGround.CONVERSION else DeferralGround.CONVERSION
    )
    check_event(replace(other, until=date(2027, 10, 31)), claim, today=TODAY)


@pytest.mark.parametrize("begins", [date(2026, 1, 1), date(2026, 2, 2), date(2026, 2, 3), date(2026, 8, 2)])
def test_a_grace_that_shares_days_with_another_is_refused_whichever_was_entered_first(begins: date) -> None:
    there = PrescriptionEvent(Happening.GRACE, date(2026, 2, 2), date(2026, 8, 2), ground=DeferralGround.DISASTER)
    new = PrescriptionEvent(Happening.GRACE, begins, begins + timedelta(days=60), ground=DeferralGround.DISASTER)
    assert refused(new, replace(CLAIM, standing=[there])) == "in_force_already"


def test_a_grace_follows_another_on_the_next_day() -> None:
    there = PrescriptionEvent(Happening.GRACE, date(2026, 2, 2), date(2026, 8, 2), ground=DeferralGround.DISASTER)
    new = replace(there, on=date(2026, 8, 3), until=date(2026, 12, 31))
    check_event(new, replace(CLAIM, standing=[there]), today=TODAY)


def test_nothing_is_seized_in_a_grace_of_collection_and_in_one_of_conversion_it_is() -> None:
    """地方税法15条の2の3第1項: 新たに督促及び滞納処分（交付要求を除く。）をすることができない; 15条の5 is of 換価."""
    for day in (GRANTED.on, date(2026, 11, 20)):
        assert refused(event(Happening.SEIZED, day), replace(CLAIM, standing=[GRANTED])) == "in_grace"
        check_event(event(Happening.SEIZED, day), replace(CLAIM, standing=[CONVERSION]), today=TODAY)
        check_event(event(Happening.PARTICIPATED, day), replace(CLAIM, standing=[GRANTED]), today=TODAY)
    check_event(event(Happening.SEIZED, date(2026, 3, 2)), replace(CLAIM, standing=[GRANTED]), today=TODAY)


def test_a_grace_is_not_recorded_over_a_seizure_that_came_in_its_days() -> None:
    """The same rule, entered in the other order; what was seized before stays seized (法15条の2の3第2項)."""
    assert refused(GRANTED, replace(CLAIM, standing=[event(Happening.SEIZED, date(2026, 5, 1))])) == "seized_in_grace"
    check_event(GRANTED, replace(CLAIM, standing=[event(Happening.SEIZED, date(2026, 3, 2))]), today=TODAY)


def test_nothing_is_seized_while_its_collection_is_suspended() -> None:
    """地方税法15条の7第1項: 滞納処分の執行を停止."""
    claim = replace(CLAIM, standing=[SUSPENDED])
    assert refused(event(Happening.SEIZED), claim) == "suspended_then"
    lifted = replace(SUSPENDED, until=date(2026, 3, 2))
    check_event(event(Happening.SEIZED), replace(CLAIM, standing=[lifted]), today=TODAY)


def test_a_suspension_is_not_recorded_over_a_seizure_that_came_in_its_days() -> None:
    """The same rule, entered in the other order; what was seized before is lifted (法15条の7第3項)."""
    seized = event(Happening.SEIZED, date(2026, 5, 1))
    assert refused(SUSPENDED, replace(CLAIM, standing=[seized])) == "seized_in_suspension"
    lifted = replace(seized, until=date(2026, 6, 1))
    assert refused(SUSPENDED, replace(CLAIM, standing=[lifted])) == "seized_in_suspension"
    for suspension, day in ((SUSPENDED, SUSPENDED.on), (replace(SUSPENDED, until=date(2026, 4, 30)), seized.on)):
        check_event(suspension, replace(CLAIM, standing=[replace(seized, on=day)]), today=TODAY)


def test_a_grace_of_conversion_is_of_who_is_late() -> None:
    """地方税法15条の5, 15条の6: 滞納者; 徴収の猶予 comes before the 納期限 too (15条1項)."""
    early = PrescriptionEvent(Happening.GRACE, DUE, date(2026, 6, 29), ground=DeferralGround.CONVERSION)
    assert refused(early) == "conversion_before_due"
    check_event(replace(early, ground=DeferralGround.DISASTER), CLAIM, today=TODAY)


def test_an_extension_to_a_closed_day_is_refused_with_the_day_it_is_moved_to() -> None:
    """地方税法20条の5第2項: 2027-04-04 is a Sunday."""
    assert refused(event(Happening.EXTENDED, until=date(2027, 4, 4))) == "end_on_closed_day"


def test_every_refusal_has_words_for_the_clerk() -> None:
    codes = {
        "special_collection", "event_ahead", "before_the_claim", "not_overdue", "claim_ended", "nothing_due",
        "end_not_said", "end_of_a_day", "end_ahead", "ground_missing", "not_in_force", "in_force_already",
        "dunned_by_letter", "not_entered", "written_off_on_it", "taken_back_already", "end_on_closed_day",
        "grace_end_not_said", "grace_too_long", "grace_two_years", "conversion_before_due", "in_grace",
        "suspended_then", "seized_in_grace", "seized_in_suspension", "given_up_on_it",
        "extinguished_by_law", "nothing_written_off", "receipt_case_first",
        "not_the_proposer", "amount_changed", "second_person_needed", "decision_state", "proposed_already",
    }  # fmt: skip
    assert codes <= FAULTS.keys()
