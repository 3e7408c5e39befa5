"""滞納整理の出来事: each by the table of its law, none in the future or before the claim."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from kofu.core.errors import OperatorFault
from kofu.ledger.domain.arrears_events import LAWS, NOT_ENTERED, ClaimThen, From, Until, check_event, law_of
from kofu.ledger.domain.prescription import BASIS, Event, Ground, Happening
from kofu.ledger.web.arrears.words import FAULTS, HAPPENINGS

TODAY = date(2026, 11, 20)
DUE = date(2025, 6, 30)
CLAIM = ClaimThen(arose_on=date(2025, 6, 10), due_date=DUE, owed=30_000, special=False, ended_on=None)
SUSPENDED = Event(Happening.SUSPENDED, date(2026, 2, 2))


def event(happening: Happening, on: date = date(2026, 3, 3), **more) -> Event:
    if happening is Happening.GRACE:
        more.setdefault("ground", Ground.DISASTER)
    if happening is Happening.EXTENDED:
        more.setdefault("until", date(2027, 4, 4))
    return Event(happening, on, **more)


def refused(what: Event, claim: ClaimThen = CLAIM) -> str:
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


@pytest.mark.parametrize("happening", [one for one, law in LAWS.items() if law.earliest is From.OVERDUE])
def test_who_is_not_late_is_not_reminded_suspended_or_given_up(happening: Happening) -> None:
    """法15条の7第5項 dated before the 納期限 was accepted once."""
    assert refused(event(happening, DUE), possible(happening)) == "not_overdue"


def test_who_has_an_extended_due_date_is_late_only_after_it() -> None:
    """地方税法20条の5の2: what is extended is the 納期限 itself."""
    extended = Event(Happening.EXTENDED, date(2025, 6, 20), date(2026, 3, 3))
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


@pytest.mark.parametrize("happening", [one for one, law in LAWS.items() if law.until is Until.NEVER])
def test_what_is_of_one_day_has_no_end(happening: Happening) -> None:
    assert refused(event(happening, until=date(2026, 3, 4)), possible(happening)) == "end_of_a_day"


@pytest.mark.parametrize("happening", [one for one, law in LAWS.items() if law.until is Until.PAST])
def test_an_end_is_not_recorded_ahead(happening: Happening) -> None:
    assert refused(event(happening, until=date(2026, 11, 21)), possible(happening)) == "end_ahead"


def test_a_grace_may_end_ahead_and_an_extension_names_a_later_day() -> None:
    check_event(event(Happening.GRACE, until=date(2027, 3, 2)), CLAIM, today=TODAY)
    early = Event(Happening.EXTENDED, date(2025, 6, 20), DUE)
    assert refused(early) == "end_not_said"
    assert refused(Event(Happening.EXTENDED, date(2025, 6, 20))) == "end_not_said"


def test_a_grace_names_its_ground_and_nothing_else_does() -> None:
    assert refused(Event(Happening.GRACE, date(2026, 3, 3))) == "ground_missing"
    assert refused(Event(Happening.SEIZED, date(2026, 3, 3), ground=Ground.DISASTER)) == "ground_missing"
    assert refused(Event(Happening.GRACE, date(2026, 3, 3), ground=Ground.EXTENSION)) == "ground_missing"


@pytest.mark.parametrize("happening", [one for one, law in LAWS.items() if law.once])
def test_what_is_in_force_does_not_begin_again(happening: Happening) -> None:
    standing = [event(happening, date(2026, 2, 2))]
    assert refused(event(happening), replace(CLAIM, standing=standing)) == "in_force_already"


def test_letters_and_what_is_taken_back_are_not_entered() -> None:
    assert refused(Event(Happening.DUNNED, date(2026, 3, 3))) == "dunned_by_letter"
    assert refused(Event(Happening.TAKEN_BACK, date(2026, 3, 3))) == "not_entered"


def test_nothing_due_is_neither_reminded_of_nor_given_up() -> None:
    for happening in (Happening.DEMANDED, Happening.SUSPENDED, Happening.GIVEN_UP):
        assert refused(event(happening), replace(possible(happening), owed=0)) == "nothing_due"


def test_every_refusal_has_words_for_the_clerk() -> None:
    codes = {
        "special_collection", "event_ahead", "before_the_claim", "not_overdue", "claim_ended", "nothing_due",
        "end_not_said", "end_of_a_day", "end_ahead", "ground_missing", "not_in_force", "in_force_already",
        "dunned_by_letter", "not_entered", "written_off_on_it", "taken_back_already",
    }  # fmt: skip
    assert codes <= FAULTS.keys()
