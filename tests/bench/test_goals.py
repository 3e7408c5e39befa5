"""The page of goals says what the kept figures say, and a paper that became slower is seen."""

from __future__ import annotations

import copy
import json

import pytest
from bench.goals import Goal, Measured, Side

from bench import gate, goals


def test_the_page_and_its_chart_are_those_of_the_kept_figures() -> None:
    """`python -m bench.goals` writes both anew."""
    found = goals.measured(goals.RESULTS)
    assert goals.PAGE.read_text(encoding="utf-8") == goals.page(found)
    assert goals.CHART.read_text(encoding="utf-8") == goals.chart(found)


@pytest.mark.parametrize(
    ("side", "figure", "verdict"),
    [
        (Side.AT_LEAST, 5.0, "met"),
        (Side.AT_LEAST, 4.9, "NOT met"),
        (Side.AT_MOST, 5.0, "met"),
        (Side.AT_MOST, 5.1, "NOT met"),
        (Side.AT_MOST, None, "not measured"),
    ],
)
def test_a_goal_is_met_on_its_side_alone(side: Side, figure: float | None, verdict: str) -> None:
    assert Measured(Goal("a", side, 5, "ms"), figure).verdict() == verdict


def test_a_goal_that_nothing_measures_stands_on_the_page_and_not_in_the_chart() -> None:
    found = [Measured(Goal("how quick", Side.AT_MOST, 5, "ms")), Measured(Goal("how large", Side.AT_MOST, 5, "MB"), 9)]
    assert "| how quick | ≤ 5 ms |  | not measured |  |" in goals.page(found)
    assert "how quick" not in goals.chart(found)
    assert "how large" in goals.chart(found)


def test_what_became_slower_is_named_and_what_did_not_is_not() -> None:
    kept = json.loads((goals.RESULTS / "engines.json").read_text(encoding="utf-8"))
    assert gate.slower(kept, kept) == []
    busy = copy.deepcopy(kept)
    busy["milliseconds_each"] = {engine: 3 * each for engine, each in kept["milliseconds_each"].items()}
    busy["last_look_milliseconds"] *= 3
    assert gate.slower(kept, busy) == [], "a busy machine slows all of them alike"
    slow = copy.deepcopy(kept)
    slow["times_slower"]["typst"] /= 2
    assert gate.slower(kept, slow) == ["a paper, beside typst: 2.00 times what it was"]
