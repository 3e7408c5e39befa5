"""Holds and deadlines over processes: a repeat beside a hold, the microsecond of the deadline, a hold of another day.

Two workers in processes of their own at one PostgreSQL; each guard has a twin in which it is off.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.incidents.actors import planted
from tests.incidents.steered import MADE, RELEASED, Answer, Time
from tests.incidents.two_processes import HOLD_OFF, NOT_AGAIN, go_on_and_answer, issued, turn
from tests.issuing.world import World

from kofu.core.kinds import HoldKind

pytestmark = [pytest.mark.storage, pytest.mark.font, pytest.mark.usefixtures("noon")]


# B3: a repeat and a hold ------------------------------------------------------------------------------------------


def repeats_under_a_hold(world: World, pair, person: int, **hold: object) -> list[Answer]:
    """Let two processes repeat one request; the hold is acknowledged while both have the paper ready in their hands."""
    request = world.request(f"00a{person:x}")
    issued(pair[0], request)
    for worker in pair:
        worker.ask(request, at=MADE)
    world.hold(f"{person:015}", HoldKind.PROTECTION, **hold)
    for worker in pair:
        worker.go_on()
    return [worker.answer() for worker in pair]


def test_b3_no_repeat_in_any_process_leaves_after_a_hold_is_acknowledged(world, pair):
    assert repeats_under_a_hold(world, pair, 1) == [NOT_AGAIN, NOT_AGAIN]


def test_b3_twin_repeats_that_do_not_look_at_the_holds_leave_after_it(world, pair):
    with planted(world.database.owner_url, *HOLD_OFF):
        assert {answer.outcome for answer in repeats_under_a_hold(world, pair, 2)} == {"Issued"}


# B5: the deadline, to the microsecond -----------------------------------------------------------------------------


def issue_at_its_deadline(world: World, pair, time: Time, at: str, off: tuple[str, ...] = ()) -> Answer:
    """Freeze a process where it stands, wake it at the very microsecond of the deadline."""
    request = world.request("00a3")
    pair[0].ask(request, at=at, off=off)
    pair[0].freeze()
    turn(world, time, 30.0, ticks=0.0)
    pair[0].thaw()
    return go_on_and_answer(pair[0])


@pytest.mark.parametrize("at", [MADE, RELEASED])
def test_b5_a_process_that_wakes_at_the_microsecond_of_the_deadline_hands_nothing_out(world, pair, time, at):
    assert issue_at_its_deadline(world, pair, time, at) == Answer("Refused", "too_late", "")


@pytest.mark.parametrize("at", [MADE, RELEASED])
def test_b5_twin_where_the_deadline_itself_is_in_time_it_hands_the_paper_out(world, pair, time, at):
    assert issue_at_its_deadline(world, pair, time, at, off=("tie",)).outcome == "Issued"


# B7: a hold that names a day to come ------------------------------------------------------------------------------


def issue_under_a_hold_of_next_month(world: World, pair, person: int, off: tuple[str, ...] = ()) -> Answer:
    day = world.clock.now.date() + timedelta(days=30)
    pair[0].ask(world.request(f"00a{person:x}"), at=MADE, off=off)
    world.hold(f"{person:015}", HoldKind.PROTECTION, effective_from=day)
    return go_on_and_answer(pair[0])


def test_b7_a_hold_that_arrives_at_another_process_counts_at_once_whatever_day_it_names(world, pair):
    assert issue_under_a_hold_of_next_month(world, pair, 4) == Answer("Refused", "please_ask_at_counter", "")


def test_b7_a_repeat_in_two_processes_does_not_wait_for_that_day_either(world, pair):
    day = world.clock.now.date() + timedelta(days=30)
    assert repeats_under_a_hold(world, pair, 5, effective_from=day) == [NOT_AGAIN, NOT_AGAIN]


def test_b7_twin_a_hold_that_counts_by_its_day_lets_the_paper_leave(world, pair):
    by_day = "AND NOT released AND effective_from <= made.decided_at::date"
    with planted(world.database.owner_url, "issuing_let_leave", "AND NOT released", by_day):
        assert issue_under_a_hold_of_next_month(world, pair, 6, off=("holds from arrival",)).outcome == "Issued"
