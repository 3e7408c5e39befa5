"""時効: five years, what renews and stays them, and the end of what was suspended."""

from __future__ import annotations

from datetime import date, timedelta

import hypothesis.strategies as st
import pytest
from hypothesis import given

from kofu.core.errors import InvariantBroken
from kofu.ledger.books.domain.prescription import (
    ExtinctionCause,
    Happening,
    PrescriptionEvent,
    StartingDay,
    extinction,
    starting_day,
    with_part_payments,
)

DUE = date(2020, 6, 30)
FIRST = date(2020, 7, 1)


def ends(*events: PrescriptionEvent) -> tuple[date | None, ExtinctionCause]:
    found = extinction(FIRST, events)
    return found.on, found.cause


def test_five_years_run_from_the_day_after_the_due_date() -> None:
    """法18条1項: due 2020-06-30, owed to the end of 2025-06-30."""
    assert starting_day(DUE, DUE) == FIRST
    assert ends() == (date(2025, 7, 1), ExtinctionCause.PRESCRIBED)


def test_the_day_later_installments_count_from_is_the_municipality_s_reading() -> None:
    second = date(2020, 8, 31)
    assert starting_day(second, DUE) == date(2020, 9, 1)
    assert starting_day(second, DUE, StartingDay.STATUTORY) == FIRST


def test_a_reminder_stays_ten_days_and_renews_from_the_day_after() -> None:
    """法18条の2第1項2号: sent 2020-07-20, ten days past on 2020-07-30, anew from 2020-07-31."""
    found = extinction(FIRST, [PrescriptionEvent(Happening.DUNNED, date(2020, 7, 20))])
    assert found.on == date(2025, 7, 31)
    assert found.steps[0].last_day == date(2025, 7, 30)
    assert found.steps[0].basis == "法18条の2第1項2号"


def test_a_second_reminder_is_a_demand_and_renews_nothing() -> None:
    found = extinction(
        FIRST,
        [
            PrescriptionEvent(Happening.DUNNED, date(2020, 7, 20)),
            PrescriptionEvent(Happening.DUNNED, date(2024, 7, 20)),
        ],
    )
    assert found.on == date(2025, 7, 31)
    assert [step.without_effect for step in found.steps] == [False, True]


def test_a_reminder_on_the_last_day_is_in_time_and_on_the_next_too_late() -> None:
    assert ends(PrescriptionEvent(Happening.DUNNED, date(2025, 6, 30)))[0] == date(2030, 7, 11)
    late = extinction(FIRST, [PrescriptionEvent(Happening.DUNNED, date(2025, 7, 1))])
    assert late.on == date(2025, 7, 1)
    assert late.steps[0].too_late


def test_what_is_extinguished_does_not_come_back_by_an_acknowledgement() -> None:
    """法18条2項: 時効の利益を放棄することができない."""
    assert ends(PrescriptionEvent(Happening.ACKNOWLEDGED, date(2025, 8, 1)))[0] == date(2025, 7, 1)


def test_an_acknowledgement_renews_from_the_day_after() -> None:
    assert ends(PrescriptionEvent(Happening.ACKNOWLEDGED, date(2023, 3, 31)))[0] == date(2028, 4, 1)


def test_a_demand_stays_six_months_and_repeating_it_stays_no_longer() -> None:
    """民法150条."""
    once = PrescriptionEvent(Happening.DEMANDED, date(2025, 6, 1))
    assert ends(once)[0] == date(2025, 12, 2)
    assert ends(once, PrescriptionEvent(Happening.DEMANDED, date(2025, 11, 1)))[0] == date(2025, 12, 2)


def test_a_seizure_stays_as_long_as_it_lasts_and_renews_when_it_ends() -> None:
    assert ends(PrescriptionEvent(Happening.SEIZED, date(2024, 1, 10)))[0] is None
    assert ends(PrescriptionEvent(Happening.SEIZED, date(2024, 1, 10), date(2027, 5, 20)))[0] == date(2032, 5, 21)


def test_a_seizure_that_was_taken_back_stays_six_months_and_renews_nothing() -> None:
    withdrawn = PrescriptionEvent(Happening.SEIZED, date(2024, 1, 10), date(2025, 5, 20), withdrawn=True)
    assert ends(withdrawn)[0] == date(2025, 11, 21)


def test_time_stands_still_during_grace_and_each_day_counts_once() -> None:
    grace = PrescriptionEvent(Happening.GRACE, date(2021, 1, 1), date(2021, 1, 31))
    again = PrescriptionEvent(Happening.GRACE, date(2021, 1, 20), date(2021, 2, 9))
    assert ends(grace)[0] == date(2025, 7, 1) + timedelta(days=31)
    assert ends(grace, again)[0] == date(2025, 7, 1) + timedelta(days=40)
    assert ends(PrescriptionEvent(Happening.GRACE, date(2021, 1, 1)))[0] is None


def test_nothing_is_extinguished_in_grace_that_was_granted_while_a_demand_held_the_end_off() -> None:
    """法18条の2第4項: 時効 does not run on during 猶予; 民法150条: a 催告 stays the end of the five years."""
    demand = PrescriptionEvent(Happening.DEMANDED, date(2025, 6, 1))
    grace = PrescriptionEvent(Happening.GRACE, date(2025, 7, 10), date(2026, 7, 9))
    assert ends(demand, grace)[0] == date(2026, 7, 10)


def test_a_suspension_of_three_years_extinguishes_and_does_not_stop_the_five() -> None:
    """法15条の7第4項; 時効は停止中も進行する."""
    assert ends(PrescriptionEvent(Happening.SUSPENDED, date(2021, 4, 10))) == (
        date(2024, 4, 11),
        ExtinctionCause.SUSPENDED_THREE_YEARS,
    )
    assert ends(PrescriptionEvent(Happening.SUSPENDED, date(2023, 4, 10))) == (
        date(2025, 7, 1),
        ExtinctionCause.PRESCRIBED,
    )


def test_a_suspension_lifted_before_three_years_extinguishes_nothing() -> None:
    assert ends(PrescriptionEvent(Happening.SUSPENDED, date(2021, 4, 10), date(2024, 4, 9))) == (
        date(2025, 7, 1),
        ExtinctionCause.PRESCRIBED,
    )


def test_what_can_plainly_not_be_collected_ends_at_once() -> None:
    """法15条の7第5項."""
    assert ends(PrescriptionEvent(Happening.GIVEN_UP, date(2022, 9, 1))) == (date(2022, 9, 1), ExtinctionCause.GIVEN_UP)


def test_nothing_lasts_to_a_day_before_it_began() -> None:
    with pytest.raises(InvariantBroken):
        PrescriptionEvent(Happening.GRACE, date(2022, 1, 2), date(2022, 1, 1))


EVENTS = st.builds(
    lambda happening, on, length: PrescriptionEvent(
        happening, FIRST + timedelta(days=on), FIRST + timedelta(days=on + length)
    ),
    st.sampled_from([h for h in Happening if h not in (Happening.SUSPENDED, Happening.GIVEN_UP)]),
    st.integers(0, 4_000),
    st.integers(0, 900),
)  # fmt: skip


@given(st.lists(EVENTS, max_size=6))
def test_no_event_but_a_suspension_ever_brings_the_end_forward(events: list[PrescriptionEvent]) -> None:
    found = extinction(FIRST, events)
    assert found.on is not None
    assert found.on >= date(2025, 7, 1)
    lasts = [step.last_day for step in found.steps if step.last_day]
    assert lasts == sorted(lasts)
    for step in found.steps:
        assert step.too_late == (step.event.on >= found.on)


def test_a_part_payment_is_an_acknowledgment_and_renews_the_five_years() -> None:
    """民法152条1項, 法18条3項: due 2021-06-30, a part paid 2024-03-31: owed to the end of 2029-03-31."""
    found = extinction(date(2021, 7, 1), with_part_payments([], [date(2024, 3, 31)]))
    assert (found.on, found.cause) == (date(2029, 4, 1), ExtinctionCause.PRESCRIBED)
    assert found.steps[0].basis == "法18条3項・民法152条"


def test_a_part_payment_recorded_as_no_acknowledgment_renews_nothing() -> None:
    no = PrescriptionEvent(Happening.NOT_ACKNOWLEDGED, date(2024, 3, 31))
    found = extinction(date(2021, 7, 1), with_part_payments([no], [date(2024, 3, 31)]))
    assert found.on == date(2026, 7, 1)
    assert found.steps[0].without_effect


def test_a_part_payment_before_the_due_date_renews_nothing() -> None:
    found = extinction(FIRST, with_part_payments([], [date(2020, 6, 10)]))
    assert found.on == date(2025, 7, 1)


def test_an_extended_due_date_is_counted_from() -> None:
    found = extinction(FIRST, [PrescriptionEvent(Happening.EXTENDED, date(2020, 7, 1), date(2020, 9, 30))])
    assert found.on == date(2025, 10, 1)
