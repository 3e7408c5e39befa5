"""What tests of two processes do with them: let time pass, have a paper issued, let one that stands still go on."""

from __future__ import annotations

from tests.incidents.steered import Answer, Steered, Time
from tests.issuing.world import World

HOLD_OFF = ("issuing_let_leave", "AND NOT released", "AND false")
TOO_LATE = Answer("AnsweredBefore", "too_late", "")
NOT_AGAIN = Answer("AnsweredBefore", "temporarily_unavailable", "")


def turn(world: World, time: Time, seconds: float, ticks: float | None = None) -> None:
    """Let time pass for all; the counter by `ticks` where the clock does something else."""
    world.clock.turn(seconds=seconds)
    world.ticks += seconds if ticks is None else ticks
    time.set(world.clock.now, world.ticks)


def issued(worker: Steered, request) -> Answer:
    worker.ask(request)
    answer = worker.answer()
    assert answer.outcome == "Issued"
    return answer


def go_on_and_answer(worker: Steered) -> Answer:
    worker.go_on()
    return worker.answer()
